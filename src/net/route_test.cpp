#include "net/route.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::net;

namespace {
const Listed kListed{.hosts = {"api.mexc.com", "api.kucoin.com"}, .streams = [](std::string_view) { return true; }};
}

TEST_CASE("a route re-points its host and leaves all others alone") {
    const Routes routes{{"api.mexc.com", "http://127.0.0.1:8500/mexc"},
                        {"contract.mexc.com", "https://sim.local/mexc/futures/"},
                        {"wbs-api.mexc.com", "http://127.0.0.1:8500/mexc"}};
    struct Row {
        const char* host;
        const char* target;
        bool secure;
        const char* authority;
        const char* sent;
    };
    const Row rows[] = {
        {"api.mexc.com", "/api/v3/time?x=1", false, "127.0.0.1:8500", "/mexc/api/v3/time?x=1"},
        {"contract.mexc.com", "/api/v1/contract/ping", true, "sim.local", "/mexc/futures/api/v1/contract/ping"},
        {"api.kucoin.com", "/api/v1/timestamp", true, "api.kucoin.com", "/api/v1/timestamp"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.host);
        const auto got = route_request(routes, kListed, row.host, row.target);
        REQUIRE(got.has_value());
        CHECK(got->endpoint.secure == row.secure);
        CHECK(got->endpoint.authority() == row.authority);
        CHECK(got->target == row.sent);
    }
}

TEST_CASE("a stream's address is used as given unless its host has a route") {
    const Routes routes{{"wbs-api.mexc.com", "http://127.0.0.1:8500/mexc"}};
    const auto pointed = route_stream(routes, kListed, "wss://wbs-api.mexc.com/ws?listenKey=a");
    REQUIRE(pointed.has_value());
    CHECK_FALSE(pointed->endpoint.secure);
    CHECK(pointed->target == "/mexc/ws?listenKey=a");
    const auto own = route_stream(routes, kListed, "ws://127.0.0.1:9/kucoin?token=t");
    REQUIRE(own.has_value());
    CHECK(own->endpoint == Endpoint{.secure = false, .host = "127.0.0.1", .port = 9});
    CHECK(own->target == "/kucoin?token=t");
    const auto live = route_stream(routes, kListed, "wss://ws-api.kucoin.com/");
    REQUIRE(live.has_value());
    CHECK(live->endpoint == Endpoint{.secure = true, .host = "ws-api.kucoin.com", .port = 443});
}

TEST_CASE("what could not stand in a request is refused") {
    for (const char* target : {"", "time", "/a b", "/a\r\nX: y", "/a#b"})
        CHECK_FALSE(route_request({}, kListed, "api.mexc.com", target).has_value());
    for (const char* host : {"", "a/b", "a@b", "a b", "user:x@host"}) CHECK_FALSE(route_request({}, kListed, host, "/").has_value());
    for (const char* url : {"", "https://a/", "wss:/a", "wss://"}) CHECK_FALSE(route_stream({}, kListed, url).has_value());
    CHECK_FALSE(check_routes({{"a", "ws://b"}}).has_value());
    CHECK_FALSE(check_routes({{"a", "http://b/?x"}}).has_value());
    CHECK(check_routes({{"a", "http://b/c"}}).has_value());
}

TEST_CASE("what is not listed is not called, whoever names it") {
    const Routes routes{{"contract.mexc.com", "http://127.0.0.1:8500/mexc/futures"}};
    const Listed listed{.hosts = {"api.mexc.com"}, .streams = [](std::string_view url) { return url == "wss://wbs-api.mexc.com/ws"; }};
    CHECK(route_request(routes, listed, "api.mexc.com", "/").has_value());
    CHECK(route_request(routes, listed, "contract.mexc.com", "/").has_value());
    for (const char* host : {"api.kucoin.com", "127.0.0.1", "localhost", "169.254.169.254", "[::1]", "api.mexc.com:8443", "api.mexc.com.", "API.MEXC.COM", "api.mexc.com@evil.example",
                             "api.mexc.com.evil.example", "evil.example", ""}) {
        CAPTURE(host);
        const auto refused = route_request(routes, listed, host, "/");
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == "not_listed");
        CHECK(refused.error().fate == Fate::not_sent);
        CHECK_FALSE(route_request(routes, Listed{}, host, "/").has_value());
    }
    CHECK(route_stream(routes, listed, "wss://wbs-api.mexc.com/ws").has_value());
    CHECK(route_stream(routes, listed, "wss://contract.mexc.com/edge").has_value());
    for (const char* url : {"wss://evil.example/ws", "ws://127.0.0.1:9/kucoin", "wss://wbs-api.mexc.com:8443/ws", "wss://169.254.169.254/"}) {
        CAPTURE(url);
        const auto refused = route_stream(routes, listed, url);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == "not_listed");
        CHECK_FALSE(route_stream(routes, Listed{}, url).has_value());
    }
}

#include "app/routes_option.hpp"

#include "net/client.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bf;
using namespace std::chrono_literals;

namespace {

/// A place of this machine that would notice a connection.
struct Trap {
    int listener{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    std::uint16_t port{0};
    Trap() {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
        REQUIRE(::listen(listener, 16) == 0);
        REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) == 0);
        port = ntohs(at.sin_port);
    }
    ~Trap() { ::close(listener); }
    Trap(const Trap&) = delete;
    Trap& operator=(const Trap&) = delete;
    [[nodiscard]] bool was_met() const {
        const int met = ::accept(listener, nullptr, nullptr);
        if (met >= 0) ::close(met);
        return met >= 0;
    }
};

struct Ear : ports::StreamHandler {
    std::optional<Error> closed{};
    void on_open() override {}
    void on_text(std::string_view) override {}
    void on_binary(std::string_view) override {}
    void on_closed(const Error& reason) override { closed = reason; }
};

}  // namespace

TEST_CASE("the program calls the hosts of the catalogue and no other, whatever names one") {
    const auto listed = app::catalogue_hosts(false);
    for (const char* host : {"api.mexc.com", "contract.mexc.com", "api.kucoin.com", "api-futures.kucoin.com", "api.kucoin.eu", "api-futures.kucoin.eu"}) CHECK_MESSAGE(listed.hosts.contains(host), host);
    for (const char* url : {"wss://ws-api-spot.kucoin.com/?token=a&connectId=backfuture", "wss://wsapi-push.kucoin.eu?token=a", "wss://wbs-api.mexc.com/ws", "wss://contract.mexc.com/edge"})
        CHECK_MESSAGE(listed.streams(url), url);

    const Trap trap;
    const std::string here = "127.0.0.1:" + std::to_string(trap.port);
    net::Loop loop;
    const auto client = net::Client::create(loop, {.listed = listed}).value();
    for (auto* way : {&client->over(ports::Family::v4), &client->over(ports::Family::v6)}) {
        for (const auto& host : {here, std::string{"127.0.0.1"}, std::string{"localhost"}, "localhost:" + std::to_string(trap.port), "[::ffff:127.0.0.1]:" + std::to_string(trap.port),
                                 std::string{"169.254.169.254"}, std::string{"evil.example"}, "api.mexc.com@" + here, "api.kucoin.com:" + std::to_string(trap.port), std::string{"kucoin.com"}}) {
            CAPTURE(host);
            std::optional<Result<wire::Response>> answer;
            wire::Request request;
            request.host = host;
            request.target = "/";
            way->send(std::move(request), 5s, [&](Result<wire::Response> r) { answer.emplace(std::move(r)); });
            REQUIRE(loop.run_until([&] { return answer.has_value(); }, 5s));
            REQUIRE_FALSE(answer->has_value());
            CHECK(answer->error().code == "not_listed");
        }
        // What KuCoin's token answer, or MEXC's, may name.
        for (const auto& url : {"ws://" + here, "wss://" + here, "wss://localhost:" + std::to_string(trap.port), std::string{"wss://evil.example/?token=a"}, std::string{"wss://kucoin.com.evil.example/"},
                                "wss://ws-api-spot.kucoin.com:" + std::to_string(trap.port) + "/", std::string{"ws://ws-api-spot.kucoin.com/"}, std::string{"wss://wbs-api.mexc.com:22/ws"}}) {
            CAPTURE(url);
            Ear ear;
            const auto stream = way->open_stream(url, 5s, ear);
            REQUIRE(loop.run_until([&] { return ear.closed.has_value(); }, 5s));
            CHECK(ear.closed->code == "not_listed");
        }
    }
    CHECK_FALSE(trap.was_met());

    // A flag of the start re-points an exchange; its simulator names its streams itself, and requests are held to the list all the same.
    const auto repointed = app::catalogue_hosts(true);
    CHECK(repointed.streams("ws://" + here));
    CHECK_FALSE(repointed.hosts.contains(here));
}

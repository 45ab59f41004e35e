#include "app/simulator_server.hpp"

#include "net/client.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace bf;
using namespace std::chrono_literals;

namespace {

struct Live {
    net::Loop loop{};
    std::unique_ptr<app::SimulatorServer> simulator{};
    std::unique_ptr<net::Client> client{};

    explicit Live(bool tls) {
        auto opened = app::SimulatorServer::open(loop, {.exchanges = {"kucoin"}, .limits = false, .tls = tls});
        REQUIRE(opened.has_value());
        simulator = std::move(*opened);
        net::ClientOptions options;
        options.extra_ca_file = simulator->ca_file();
        options.routes = {{"api.kucoin.com", simulator->exchange_url("kucoin")}, {"admin", simulator->base_url() + "/admin"}};
        options.listed.streams = [](std::string_view) { return true; };
        auto made = net::Client::create(loop, options);
        REQUIRE(made.has_value());
        client = std::move(*made);
    }

    Result<wire::Response> ask(wire::Method method, const std::string& host, const std::string& target, const std::string& body = {}) {
        wire::Request request{.method = method, .host = host, .target = target, .headers = {}, .body = body};
        std::optional<Result<wire::Response>> answer;
        client->send(std::move(request), 500ms, [&](Result<wire::Response> got) { answer.emplace(std::move(got)); });
        REQUIRE(loop.run_until([&] { return answer.has_value(); }, 10s));
        return std::move(*answer);
    }
};

struct Watcher : ports::StreamHandler {
    std::string first{};
    std::optional<Error> closed{};
    void on_open() override {}
    void on_text(std::string_view message) override {
        if (first.empty()) first = message;
    }
    void on_binary(std::string_view) override {}
    void on_closed(const Error& reason) override { closed = reason; }
};

}  // namespace

TEST_CASE("the simulated exchange answers on its socket, with its faults, plain and over TLS") {
    for (const bool tls : {false, true}) {
        CAPTURE(tls);
        Live live{tls};
        const auto time = live.ask(wire::Method::get, "api.kucoin.com", "/api/v1/timestamp");
        REQUIRE(time.has_value());
        CHECK(time->status == 200);
        struct Row {
            const char* fault;
            const char* code;
        };
        for (const Row& row : {Row{"timeout", "timeout"}, Row{"reset", "closed"}}) {
            CAPTURE(row.fault);
            const auto body = R"({"exchange":"kucoin","count":1,"fault":")" + std::string{row.fault} + "\"}";
            REQUIRE(live.ask(wire::Method::post, "admin", "/faults", body).value().status == 200);
            // A reset of a question on a kept connection is asked again; an order is not.
            const auto failed = live.ask(wire::Method::post, "api.kucoin.com", "/api/v1/bullet-public");
            REQUIRE_FALSE(failed.has_value());
            CHECK(failed.error().fate == Fate::unknown);
            CHECK(failed.error().code == row.code);
        }
    }
}

TEST_CASE("a stream found in a reply opens as sent, and time passes in the market by itself") {
    for (const bool tls : {false, true}) {
        CAPTURE(tls);
        Live live{tls};
        const auto bullet = live.ask(wire::Method::post, "api.kucoin.com", "/api/v1/bullet-public");
        REQUIRE(bullet.has_value());
        const auto json = wire::Json::parse(bullet->body);
        REQUIRE(json.has_value());
        const auto endpoint = (*json)["data"]["instanceServers"].at(0)["endpoint"].text();
        const auto token = (*json)["data"]["token"].text();
        REQUIRE((endpoint.has_value() && token.has_value()));
        CHECK(endpoint->starts_with(tls ? "wss://127.0.0.1:" : "ws://127.0.0.1:"));
        Watcher watcher;
        const auto stream = live.client->open_stream(std::string{*endpoint} + "?connectId=c&token=" + std::string{*token}, 5s, watcher);
        REQUIRE(live.loop.run_until([&] { return !watcher.first.empty() || watcher.closed.has_value(); }, 5s));
        CHECK(watcher.first.find("welcome") != std::string::npos);
        const auto before = live.simulator->world().next_wake();
        REQUIRE(before.has_value());
        CHECK(live.loop.run_until([&] { return live.simulator->world().next_wake() > before; }, 10s));
        live.simulator.reset();
        CHECK(live.loop.run_until([&] { return watcher.closed.has_value(); }, 5s));
    }
}

TEST_CASE("the demo's keys are handed out, and the CA's file goes with the simulator") {
    Live live{true};
    const auto made = live.ask(wire::Method::post, "admin", "/demo-keys", R"({"exchange":"kucoin","market":"spot","kind":"good"})");
    REQUIRE(made.has_value());
    CHECK(made->status == 200);
    const auto json = wire::Json::parse(made->body);
    REQUIRE(json.has_value());
    CHECK((*json)["passphrase"].text().has_value());
    CHECK(live.ask(wire::Method::post, "admin", "/demo-keys", R"({"exchange":"nowhere"})").value().status == 400);
    const std::string ca = live.simulator->ca_file();
    CHECK(std::filesystem::exists(ca));
    live.simulator.reset();
    CHECK_FALSE(std::filesystem::exists(ca));
}

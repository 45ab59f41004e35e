#include "net/net_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::net;
using namespace bf::net::test;

namespace {

constexpr const char* kUrl = "wss://stream.toyex.com/ws?token=t";

struct World {
    Loop loop{};
    Handler handler{};
    Folder folder{};
    std::unique_ptr<Server> server{};
    std::unique_ptr<Client> client{};
    Watcher watcher{};

    explicit World(bool tls, ServerOptions options = {}, ClientOptions client_options = {}) {
        handler.upgrade = [](const ServerRequest& request, const Upgrade& upgrade) {
            CHECK(request.target == "/toyex/ws?token=t");
            upgrade.accept(std::make_unique<Events>());
        };
        if (tls) {
            const auto own = make_own_certificate("127.0.0.1");
            REQUIRE(own.has_value());
            folder.write("ca.pem", own->ca_pem);
            options.certificate_pem = own->certificate_pem;
            options.key_pem = own->key_pem;
            client_options.extra_ca_file = folder.file("ca.pem");
        }
        server = make_server(loop, options, handler);
        client_options.routes = {{"stream.toyex.com", url(*server, tls ? "https" : "http") + "/toyex"}};
        client = make_client(loop, client_options);
    }
    std::unique_ptr<ports::Stream> open() { return client->open_stream(kUrl, 5s, watcher); }
    bool until(const std::function<bool()>& done) { return loop.run_until(done, 5s); }
};

}  // namespace

TEST_CASE("messages of all sizes come back as they went, plain and over TLS") {
    for (const bool tls : {false, true}) {
        CAPTURE(tls);
        World world{tls};
        const auto stream = world.open();
        CHECK(world.watcher.opened == 0);
        std::vector<std::string> sent;
        for (const std::size_t size : {0U, 1U, 125U, 126U, 5'000U, 70'000U, 900'000U}) sent.emplace_back(size, 'm');
        for (const auto& message : sent) stream->send_text(message);  // Also before it is open.
        REQUIRE(world.until([&] { return world.watcher.texts.size() == sent.size(); }));
        CHECK(world.watcher.texts == sent);
        CHECK(world.watcher.opened == 1);
    }
}

TEST_CASE("behind every message are 64 readable bytes") {
    World world{false};
    bool padded = true;
    world.watcher.when_text = [&](std::string_view message) {
        for (int i = 0; i < 64; ++i) padded = padded && message.data()[message.size() + static_cast<std::size_t>(i)] == 0;
    };
    const auto stream = world.open();
    for (std::size_t size = 440; size < 520; ++size) stream->send_text(std::string(size, 'x'));
    REQUIRE(world.until([&] { return world.watcher.texts.size() == 80; }));
    CHECK(padded);
}

TEST_CASE("binary messages and pings arrive") {
    World world{true};
    world.handler.upgrade = [](const ServerRequest&, const Upgrade& upgrade) {
        auto events = std::make_unique<Events>();
        events->open = [](Events& self) {
            self.socket.ping("are you there");
            self.socket.send_binary(std::string{"\0\xff", 2});
        };
        upgrade.accept(std::move(events));
    };
    const auto stream = world.open();
    REQUIRE(world.until([&] { return world.watcher.binaries.size() == 1; }));
    CHECK(world.watcher.binaries[0] == std::string{"\0\xff", 2});
}

TEST_CASE("a stream that can't be opened says why") {
    SUBCASE("refused by status") {
        World world{false};
        world.handler.upgrade = [](const ServerRequest&, const Upgrade& upgrade) { upgrade.refuse({401, {}, "no token"}); };
        const auto stream = world.open();
        REQUIRE(world.until([&] { return world.watcher.closed.has_value(); }));
        CHECK(world.watcher.closed->kind == ErrorKind::protocol);
        CHECK(world.watcher.closed->code == "http_401");
    }
    SUBCASE("nobody there") {
        Loop loop;
        Watcher watcher;
        const auto client = make_client(loop, {});
        const auto stream = client->open_stream("ws://127.0.0.1:" + std::to_string(closed_port()), 5s, watcher);
        REQUIRE(loop.run_until([&] { return watcher.closed.has_value(); }, 5s));
        CHECK(watcher.closed->kind == ErrorKind::unreachable);
        CHECK(watcher.closed->code == "connect");
    }
    SUBCASE("not an address") {
        Loop loop;
        Watcher watcher;
        const auto client = make_client(loop, {});
        const auto stream = client->open_stream("https://toyex.com", 5s, watcher);
        CHECK_FALSE(watcher.closed.has_value());
        REQUIRE(loop.run_until([&] { return watcher.closed.has_value(); }, 5s));
        CHECK(watcher.closed->kind == ErrorKind::bad_input);
    }
    SUBCASE("no answer to the handshake") {
        Loop loop;
        Watcher watcher;
        const RawPeer peer{{{}}};
        const auto client = make_client(loop, {});
        const auto stream = client->open_stream("ws://127.0.0.1:" + std::to_string(peer.port()), 100ms, watcher);
        REQUIRE(loop.run_until([&] { return watcher.closed.has_value(); }, 5s));
        CHECK(watcher.closed->code == "timeout");
    }
    SUBCASE("an untrusted certificate") {
        World world{true};
        const auto client = make_client(world.loop, {});
        const auto stream = client->open_stream(url(*world.server, "wss"), 5s, world.watcher);
        REQUIRE(world.until([&] { return world.watcher.closed.has_value(); }));
        CHECK(world.watcher.closed->code == "tls");
    }
}

TEST_CASE("the end of a stream is told once, with its reason") {
    SUBCASE("closed by the server") {
        World world{true};
        world.handler.upgrade = [](const ServerRequest&, const Upgrade& upgrade) {
            auto events = std::make_unique<Events>();
            events->open = [](Events& self) {
                self.socket.send_text("last words");
                self.socket.close(4001, "maintenance");
                self.socket.send_text("not sent any more");
            };
            upgrade.accept(std::move(events));
        };
        const auto stream = world.open();
        REQUIRE(world.until([&] { return world.watcher.closed.has_value(); }));
        CHECK(world.watcher.texts == std::vector<std::string>{"last words"});
        CHECK(world.watcher.closed->detail.find("4001") != std::string::npos);
        CHECK(world.watcher.closed->detail.find("maintenance") != std::string::npos);
        REQUIRE(world.until([&] { return world.server->connections() == 0; }));
    }
    SUBCASE("reset") {
        World world{false};
        world.handler.upgrade = [](const ServerRequest&, const Upgrade& upgrade) {
            auto events = std::make_unique<Events>();
            events->text = [](Events& self, std::string_view) { self.socket.reset(); };
            upgrade.accept(std::move(events));
        };
        const auto stream = world.open();
        stream->send_text("x");
        REQUIRE(world.until([&] { return world.watcher.closed.has_value(); }));
        CHECK(world.watcher.closed->kind == ErrorKind::unreachable);
        REQUIRE(world.until([&] { return world.server->connections() == 0; }));
    }
    SUBCASE("a message above our limit") {
        ClientOptions options;
        options.message_bytes_max = 1000;
        World world{false, {}, options};
        const auto stream = world.open();
        stream->send_text(std::string(1001, 'x'));
        REQUIRE(world.until([&] { return world.watcher.closed.has_value(); }));
        CHECK(world.watcher.closed->kind == ErrorKind::protocol);
        CHECK(world.watcher.closed->code == "too_large");
    }
    SUBCASE("a message above the server's limit") {
        ServerOptions options;
        options.message_bytes_max = 1000;
        World world{false, options};
        const auto stream = world.open();
        stream->send_text(std::string(1001, 'x'));
        REQUIRE(world.until([&] { return world.watcher.closed.has_value(); }));
        CHECK(world.watcher.closed->detail.find("1009") != std::string::npos);
        REQUIRE(world.until([&] { return world.server->connections() == 0; }));
    }
}

TEST_CASE("a stream may be destroyed in any callback and in any state, and then it is silent") {
    for (const bool tls : {false, true}) {
        CAPTURE(tls);
        World world{tls};
        SUBCASE("while opening") {
            auto stream = world.open();
            stream.reset();
            REQUIRE(world.until([&] { return world.server->connections() == 0; }));
            CHECK(world.watcher.opened == 0);
        }
        SUBCASE("in on_open") {
            std::unique_ptr<ports::Stream> stream;
            world.watcher.when_open = [&] { stream.reset(); };
            stream = world.open();
            REQUIRE(world.until([&] { return world.watcher.opened == 1 && world.server->connections() == 0; }));
        }
        SUBCASE("in on_text") {
            std::unique_ptr<ports::Stream> stream;
            world.watcher.when_text = [&](std::string_view) { stream.reset(); };
            stream = world.open();
            for (int i = 0; i < 3; ++i) stream->send_text("x");
            REQUIRE(world.until([&] { return !world.watcher.texts.empty() && world.server->connections() == 0; }));
            CHECK(world.watcher.texts.size() == 1);
        }
        SUBCASE("in on_closed") {
            std::unique_ptr<ports::Stream> stream;
            world.watcher.when_closed = [&] { stream.reset(); };
            stream = world.open();
            REQUIRE(world.until([&] { return world.watcher.opened == 1; }));
            world.server.reset();
            REQUIRE(world.until([&] { return world.watcher.closed.has_value(); }));
            CHECK(stream == nullptr);
        }
        if (world.server) CHECK_FALSE(world.watcher.closed.has_value());
    }
}

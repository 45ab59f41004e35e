#include "net/server.hpp"

#include "net/net_fixture.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bf;
using namespace bf::net;
using namespace bf::net::test;

namespace {

/// A client that says bytes and reads what comes, on the loop's own thread: everything here is non-blocking.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_port = htons(port);
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void say(const std::string& bytes) { (void)!::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT); }
    bool has(const std::string& text) {
        read();
        return heard.find(text) != std::string::npos;
    }
    bool ended() {
        read();
        return ended_;
    }
    std::string heard{};

private:
    void read() {
        char buffer[65536];
        for (;;) {
            const auto got = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got > 0) {
                heard.append(buffer, static_cast<std::size_t>(got));
                continue;
            }
            ended_ = ended_ || got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
            return;
        }
    }
    int socket_;
    bool ended_{false};
};

struct World {
    Loop loop{};
    Handler handler{};
    std::unique_ptr<Server> server{};
    explicit World(ServerOptions options = {}) { server = make_server(loop, std::move(options), handler); }
    /// Steps of ten milliseconds, because the loop does not wake up for a raw client's bytes.
    bool until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (!done() && std::chrono::steady_clock::now() < end) (void)loop.run_until([] { return false; }, 2ms);
        return done();
    }
};

}  // namespace

TEST_CASE("what breaks a rule of HTTP or a limit gets a clean answer and the door") {
    struct Row {
        const char* why;
        std::string bytes;
        const char* answer;
    };
    const std::string big(40 * 1024, 'a');
    const Row rows[] = {
        {"no HTTP", "hello\r\n\r\n", "HTTP/1.1 400 "},
        {"no host", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
        {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 "},
        {"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 400 "},
        {"bad chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400 "},
        {"large header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + big + "\r\n\r\n", "HTTP/1.1 431 "},
        {"endless first line", "GET /" + big, "HTTP/1.1 431 "},
        {"large body, announced", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n" + big, "HTTP/1.1 413 "},
        {"large body, in chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n" + big, "HTTP/1.1 413 "},
    };
    World world{{.body_bytes_max = 10'000}};
    world.handler.request = [](const ServerRequest& request, const Responder&) { FAIL("reached the handler: " << request.target); };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        RawClient client{world.server->port()};
        client.say(row.bytes);
        CHECK(world.until([&] { return client.has(row.answer); }));
        CHECK(client.has("Connection: close"));
    }
    REQUIRE(world.until([&] { return world.server->connections() == 0; }));
}

TEST_CASE("requests on one connection are answered in order, also when they come at once") {
    World world;
    world.handler.request = [](const ServerRequest& request, const Responder& r) { r.answer({200, {}, "you asked " + request.target}); };
    RawClient client{world.server->port()};
    client.say(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    REQUIRE(world.until([&] { return client.ended(); }));
    CHECK(client.has("you asked /1"));
    CHECK_FALSE(client.has("you asked /2"));  // HEAD: its length only.
    CHECK(client.has("you asked /3"));
}

TEST_CASE("a client that is told to go on sends its body") {
    World world;
    std::string body;
    world.handler.request = [&](ServerRequest request, const Responder& responder) {
        body = std::move(request.body);
        responder.answer({204, {}, {}});
    };
    RawClient client{world.server->port()};
    client.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    REQUIRE(world.until([&] { return client.has("100 Continue"); }));
    client.say("abc");
    REQUIRE(world.until([&] { return client.has("204 No Content"); }));
    CHECK(body == "abc");
}

TEST_CASE("a slow client loses its place in time") {
    const ServerOptions options{.head_timeout = 100ms, .body_timeout = 100ms, .idle_timeout = 150ms};
    World world{options};
    const std::string rows[] = {"", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n",
                                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"};
    for (const auto& bytes : rows) {
        CAPTURE(bytes);
        RawClient client{world.server->port()};
        client.say(bytes);
        CHECK(world.until([&] { return client.ended(); }));
    }
    SUBCASE("also one that sends a byte now and then") {
        RawClient client{world.server->port()};
        client.say("GET / HTTP/1.1\r\n");
        const auto begin = std::chrono::steady_clock::now();
        CHECK(world.until([&] {
            client.say("X");
            return client.ended();
        }));
        CHECK(std::chrono::steady_clock::now() - begin < 2s);
    }
}

TEST_CASE("an answer can be a reset, come late, never come, or be forgotten") {
    World world;
    Loop& loop = world.loop;
    std::optional<Responder> kept;
    world.handler.request = [&](const ServerRequest& request, const Responder& responder) {
        if (request.target == "/reset") responder.reset();
        if (request.target == "/never") responder.never();
        if (request.target == "/late") loop.after(20ms, [responder] { responder.answer({200, {}, "late"}); });
        if (request.target == "/twice") {
            responder.answer({200, {}, "first"});
            responder.answer({200, {}, "second"});
        }
    };
    const auto client = make_client(loop, {.routes = {{"toyex.com", url(*world.server)}}});
    const auto reset = ask(loop, *client, get("toyex.com", "/reset"));
    REQUIRE_FALSE(reset.has_value());
    CHECK(reset.error().code == "closed");
    const auto never = ask(loop, *client, get("toyex.com", "/never"), 100ms);
    REQUIRE_FALSE(never.has_value());
    CHECK(never.error().code == "timeout");
    CHECK(ask(loop, *client, get("toyex.com", "/late")).value().body == "late");
    CHECK(ask(loop, *client, get("toyex.com", "/twice")).value().body == "first");
    CHECK(ask(loop, *client, get("toyex.com", "/forgotten")).value().status == 500);
    REQUIRE(world.until([&] { return world.server->connections() == 1; }));
}

TEST_CASE("a header value can't forge another header") {
    World world;
    world.handler.request = [](const ServerRequest&, const Responder& r) { r.answer({200, {{"X-A", "1\r\nX-B: 2"}, {"X-C", "3"}}, {}}); };
    const auto client = make_client(world.loop, {.routes = {{"toyex.com", url(*world.server)}}});
    const auto answer = ask(world.loop, *client, get("toyex.com", "/"));
    REQUIRE(answer.has_value());
    CHECK_FALSE(wire::find_header(answer->headers, "X-B").has_value());
    CHECK(wire::find_header(answer->headers, "X-C") == "3");
}

TEST_CASE("above the cap whoever has waited longest makes room; one that is served does not; and a port in use is a sentence") {
    World world{{.connections_max = 2}};
    std::vector<Responder> served;
    world.handler.request = [&served](const ServerRequest&, const Responder& r) { served.push_back(r); };
    RawClient a{world.server->port()};
    REQUIRE(world.until([&] { return world.server->connections() == 1; }));
    RawClient b{world.server->port()};
    REQUIRE(world.until([&] { return world.server->connections() == 2; }));
    RawClient c{world.server->port()};
    CHECK(world.until([&] { return a.ended(); }));
    CHECK(world.server->connections() == 2);
    CHECK_FALSE((b.ended() || c.ended()));
    for (auto* client : {&b, &c}) client->say("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
    REQUIRE(world.until([&] { return served.size() == 2; }));
    RawClient d{world.server->port()};
    CHECK(world.until([&] { return d.ended(); }));
    CHECK_FALSE((b.ended() || c.ended()));
    served.clear();
    const auto second = Server::open(world.loop, {.port = world.server->port()}, world.handler);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().kind == ErrorKind::conflict);
    CHECK(second.error().code == "port_in_use");
    CHECK_FALSE(Server::open(world.loop, {.address = "nowhere"}, world.handler).has_value());
    CHECK_FALSE(Server::open(world.loop, {.certificate_file = "/nonexistent"}, world.handler).has_value());
}

TEST_CASE("a WebSocket client that does not read is cut off, others go on") {
    World world{{.outbox_bytes_max = 200'000}};
    bool closed = false;
    Socket slow;
    world.handler.upgrade = [&](const ServerRequest&, const Upgrade& upgrade) {
        auto events = std::make_unique<Events>();
        events->open = [&](Events& self) { slow = self.socket; };
        events->closed = [&] { closed = true; };
        upgrade.accept(std::move(events));
    };
    RawClient client{world.server->port()};
    client.say(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    REQUIRE(world.until([&] { return slow.is_open(); }));
    for (int i = 0; i < 2000 && slow.is_open(); ++i) {
        slow.send_text(std::string(10'000, 'x'));
        (void)world.loop.run_until([] { return false; }, 0ms);
    }
    CHECK(world.until([&] { return closed; }));
    CHECK(world.server->connections() == 0);
}

TEST_CASE("what the WebSocket's library answers by itself has the headers that all answers have, and does not name it") {
    World world{{.always = {{"X-Always", "yes"}}}};
    world.handler.upgrade = [&](const ServerRequest&, const Upgrade& upgrade) { upgrade.accept(std::make_unique<Events>()); };
    for (const std::string version : {"13", "6"}) {
        RawClient client{world.server->port()};
        client.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: " + version +
                   "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        REQUIRE(world.until([&] { return client.has("\r\n\r\n"); }));
        CHECK(client.heard.starts_with(version == "13" ? "HTTP/1.1 101 " : "HTTP/1.1 426 "));
        CHECK(client.has("X-Always: yes\r\n"));
        CHECK_FALSE(client.has("Beast"));
    }
}

TEST_CASE("a silent WebSocket is pinged, and closed when nothing comes back") {
    World world{{.socket_idle_timeout = 200ms}};
    bool closed = false;
    world.handler.upgrade = [&](const ServerRequest&, const Upgrade& upgrade) {
        auto events = std::make_unique<Events>();
        events->closed = [&] { closed = true; };
        upgrade.accept(std::move(events));
    };
    RawClient client{world.server->port()};
    client.say(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    CHECK(world.until([&] { return client.has("\x89"); }));
    CHECK(world.until([&] { return closed; }));
}

TEST_CASE("a WebSocket that we close ends, also when the other side's closing words can't be taken") {
    // Of the code 1, which none may send; masked with zeros.
    for (const std::string& words : {std::string{"\x88\x82\0\0\0\0\0\x01", 8}, std::string{}}) {
        bool closed = false;
        World world{{.socket_close_timeout = 200ms}};
        world.handler.upgrade = [&](const ServerRequest&, const Upgrade& upgrade) {
            auto events = std::make_unique<Events>();
            events->text = [&](Events& self, std::string_view) { self.socket.close(1000, "enough"); };
            events->closed = [&] { closed = true; };
            upgrade.accept(std::move(events));
        };
        RawClient client{world.server->port()};
        client.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        REQUIRE(world.until([&] { return client.has("\r\n\r\n"); }));
        client.say(std::string{"\x81\x80\0\0\0\0", 6} + words);
        CHECK(world.until([&] { return closed; }));
        CHECK(world.server->connections() == 0);
    }
}

TEST_CASE("a server may go while its clients are busy, also inside a callback") {
    World world;
    bool closed = false;
    world.handler.upgrade = [&](const ServerRequest&, const Upgrade& upgrade) {
        auto events = std::make_unique<Events>();
        events->text = [&](Events& self, std::string_view) {
            world.server.reset();
            self.socket.send_text("nobody hears this");
        };
        events->closed = [&] { closed = true; };
        upgrade.accept(std::move(events));
    };
    world.handler.request = [](const ServerRequest&, const Responder& responder) { responder.never(); };
    Watcher watcher;
    const auto client = make_client(world.loop, {.routes = {{"toyex.com", url(*world.server)}}});
    std::optional<Result<wire::Response>> answer;
    client->send(get("toyex.com", "/"), 5s, [&](Result<wire::Response> r) { answer.emplace(std::move(r)); });
    const auto stream = client->open_stream("wss://toyex.com/", 5s, watcher);
    stream->send_text("go");
    REQUIRE(world.until([&] { return closed && watcher.closed.has_value() && answer.has_value(); }));
    CHECK_FALSE(answer->has_value());
    CHECK(answer->error().fate == Fate::unknown);
}

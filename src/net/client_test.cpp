#include "net/client.hpp"

#include "exchange/remark.hpp"
#include "net/net_fixture.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::net;
using namespace bf::net::test;

namespace {

constexpr const char* kHost = "api.toyex.com";
using Turn = RawPeer::Turn;

std::unique_ptr<Client> client_of(Loop& loop, const std::string& base, ClientOptions options = {}) {
    options.routes = {{kHost, base}};
    return make_client(loop, std::move(options));
}

}  // namespace

TEST_CASE("a request arrives as meant and its answer comes back") {
    Loop loop;
    Handler handler;
    ServerRequest seen;
    handler.request = [&](ServerRequest request, const Responder& responder) {
        seen = std::move(request);
        responder.answer({201, {{"X-Weight", "5"}}, "{\"a\":1}"});
    };
    const auto server = make_server(loop, {}, handler);
    const auto client = client_of(loop, url(*server) + "/toyex");
    auto request = post(kHost, "/orders?symbol=A%2FB", "{\"q\":\"1\"}");
    request.set("X-Key", "k");
    const auto answer = ask(loop, *client, request);
    REQUIRE(answer.has_value());
    CHECK(answer->status == 201);
    CHECK(answer->body == "{\"a\":1}");
    CHECK(wire::find_header(answer->headers, "x-weight") == "5");
    CHECK(seen.method == "POST");
    CHECK(seen.target == "/toyex/orders?symbol=A%2FB");
    CHECK(seen.query() == "symbol=A%2FB");
    CHECK(seen.body == "{\"q\":\"1\"}");
    CHECK(wire::find_header(seen.headers, "x-key") == "k");
    CHECK(wire::find_header(seen.headers, "host") == "127.0.0.1:" + std::to_string(server->port()));
    CHECK(seen.peer_address == "127.0.0.1");
}

TEST_CASE("connections are kept and reused, and used at once where needed") {
    Loop loop;
    Handler handler;
    const auto server = make_server(loop, {}, handler);
    const auto client = client_of(loop, url(*server));
    for (int i = 0; i < 5; ++i) REQUIRE(ask(loop, *client, get(kHost, "/")).has_value());
    CHECK(server->connections() == 1);

    int done = 0;
    std::vector<Responder> held;
    handler.request = [&](const ServerRequest&, Responder responder) { held.push_back(std::move(responder)); };
    for (int i = 0; i < 3; ++i) client->send(get(kHost, "/"), 5s, [&](const Result<wire::Response>& r) { done += r.has_value(); });
    REQUIRE(loop.run_until([&] { return held.size() == 3; }, 5s));
    CHECK(server->connections() == 3);
    for (const auto& responder : held) responder.answer({200, {}, {}});
    REQUIRE(loop.run_until([&] { return done == 3; }, 5s));
}

TEST_CASE("requests above the connection limit wait, and only within their time") {
    Loop loop;
    Handler handler;
    std::vector<Responder> held;
    handler.request = [&](const ServerRequest&, Responder responder) { held.push_back(std::move(responder)); };
    const auto server = make_server(loop, {}, handler);
    ClientOptions options;
    options.connections_per_host_max = 1;
    const auto client = client_of(loop, url(*server), options);
    std::optional<Result<wire::Response>> first;
    std::optional<Result<wire::Response>> late;
    std::optional<Result<wire::Response>> third;
    client->send(get(kHost, "/1"), 5s, [&](Result<wire::Response> r) { first.emplace(std::move(r)); });
    client->send(post(kHost, "/2", ""), 50ms, [&](Result<wire::Response> r) { late.emplace(std::move(r)); });
    client->send(get(kHost, "/3"), 5s, [&](Result<wire::Response> r) { third.emplace(std::move(r)); });
    REQUIRE(loop.run_until([&] { return late.has_value(); }, 5s));
    REQUIRE_FALSE(late->has_value());
    CHECK(late->error().fate == Fate::not_sent);
    REQUIRE(held.size() == 1);
    held[0].answer({200, {}, "1"});
    REQUIRE(loop.run_until([&] { return held.size() == 2; }, 5s));
    held[1].answer({200, {}, "3"});
    REQUIRE(loop.run_until([&] { return third.has_value(); }, 5s));
    CHECK(third->value().body == "3");
}

TEST_CASE("every shape of an answer is read") {
    struct Row {
        const char* why;
        const char* bytes;
        Turn::Then then;
        int status;
        const char* body;
    };
    const Row rows[] = {
        {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", Turn::Then::stay, 200,
         "abcde"},
        {"until the end", "HTTP/1.0 200 OK\r\n\r\nabc", Turn::Then::close, 200, "abc"},
        {"interim first", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz", Turn::Then::stay, 200, "z"},
        {"an error status", "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", Turn::Then::stay, 503, ""},
        {"a redirect is not followed", "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", Turn::Then::stay,
         302, ""},
        {"no content", "HTTP/1.1 204 No\r\n\r\n", Turn::Then::stay, 204, ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Loop loop;
        const RawPeer peer{{{{"\r\n\r\n", row.bytes, row.then}}}};
        const auto client = client_of(loop, peer.url());
        const auto answer = ask(loop, *client, get(kHost, "/"));
        REQUIRE(answer.has_value());
        CHECK(answer->status == row.status);
        CHECK(answer->body == row.body);
    }
}

TEST_CASE("the fate says whether a request that failed can have had an effect") {
    struct Row {
        const char* why;
        std::vector<Turn> script;
        ErrorKind kind;
        Fate fate;
        const char* code;
    };
    const std::string endless(70 * 1024, 'a');
    const Row rows[] = {
        {"closed before an answer", {{"\r\n\r\n", "", Turn::Then::close}}, ErrorKind::unreachable, Fate::unknown, "closed"},
        {"reset before an answer", {{"\r\n\r\n", "", Turn::Then::reset}}, ErrorKind::unreachable, Fate::unknown, "closed"},
        {"cut inside the headers", {{"\r\n\r\n", "HTTP/1.1 200 O", Turn::Then::close}}, ErrorKind::unreachable, Fate::unknown, "closed"},
        {"cut inside the body",
         {{"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Turn::Then::close}},
         ErrorKind::unreachable,
         Fate::unknown,
         "closed"},
        {"not HTTP", {{"\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n", Turn::Then::stay}}, ErrorKind::protocol, Fate::unknown, "bad_http"},
        {"two lengths",
         {{"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Turn::Then::stay}},
         ErrorKind::protocol,
         Fate::unknown,
         "bad_http"},
        {"a body above the limit",
         {{"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", Turn::Then::stay}},
         ErrorKind::protocol,
         Fate::unknown,
         "too_large"},
        {"headers above the limit",
         {{"\r\n\r\n", "HTTP/1.1 200 OK\r\nX: " + endless, Turn::Then::stay}},
         ErrorKind::protocol,
         Fate::unknown,
         "too_large"},
        {"silence", {{"\r\n\r\n", "", Turn::Then::stay}}, ErrorKind::unreachable, Fate::unknown, "timeout"},
        {"silence inside the body",
         {{"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Turn::Then::stay}},
         ErrorKind::unreachable,
         Fate::unknown,
         "timeout"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Loop loop;
        const RawPeer peer{{row.script}};
        const auto client = client_of(loop, peer.url());
        const auto answer = ask(loop, *client, post(kHost, "/order?signature=cafe", "{}"), 300ms);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().kind == row.kind);
        CHECK(answer.error().fate == row.fate);
        CHECK(answer.error().code == row.code);
        CHECK(answer.error().detail.find("cafe") == std::string::npos);
        // Our own words, told in the reader's language; nobody at the exchange said them.
        CHECK(exchange::is_remark(answer.error().detail));
        CHECK(peer.accepted() == 1);
    }
}

TEST_CASE("what could not even be sent is not_sent") {
    Loop loop;
    ClientOptions options;
    options.routes = {{"refused.toyex.com", "http://127.0.0.1:" + std::to_string(closed_port())},
                      {"unnamed.toyex.com", "http://no-such-name.invalid"}};
    const auto client = make_client(loop, options);
    for (const auto* host : {"refused.toyex.com", "unnamed.toyex.com"}) {
        CAPTURE(host);
        const auto answer = ask(loop, *client, post(host, "/", "x"));
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().kind == ErrorKind::unreachable);
        CHECK(answer.error().fate == Fate::not_sent);
    }
    auto forged = post("refused.toyex.com", "/", "");
    forged.set("X-A", "1\r\nX-B: 2");
    const auto refused = ask(loop, *client, forged);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::bad_input);
    CHECK_FALSE(ask(loop, *client, get("refused.toyex.com", "no slash")).has_value());
}

TEST_CASE("a kept connection that dies unanswered: a question is asked again, an order is not") {
    const Turn answered{"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", Turn::Then::stay};
    const Turn dies{"\r\n\r\n", "", Turn::Then::close};
    for (const bool order : {false, true}) {
        CAPTURE(order);
        Loop loop;
        const RawPeer peer{{{answered, dies}, {answered}}};
        const auto client = client_of(loop, peer.url());
        REQUIRE(ask(loop, *client, get(kHost, "/")).has_value());
        const auto answer = ask(loop, *client, order ? post(kHost, "/", "") : get(kHost, "/"));
        CHECK(answer.has_value() == !order);
        CHECK(peer.accepted() == (order ? 1 : 2));
        if (order) CHECK(answer.error().fate == Fate::unknown);
    }
}

TEST_CASE("a kept connection that was closed while idle is not used") {
    const Turn closes{"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", Turn::Then::close};
    Loop loop;
    const RawPeer peer{{{closes}, {closes}, {closes}}};
    const auto client = client_of(loop, peer.url());
    REQUIRE(ask(loop, *client, post(kHost, "/", "")).has_value());
    // The next connection is accepted only after the first was closed, so a second client's success proves the close.
    const auto other = client_of(loop, peer.url());
    REQUIRE(ask(loop, *other, post(kHost, "/", "")).has_value());
    CHECK(ask(loop, *client, post(kHost, "/", "")).has_value());
}

TEST_CASE("the client may be destroyed inside its callback, and drops what is open") {
    Loop loop;
    Handler handler;
    const auto server = make_server(loop, {}, handler);
    auto client = client_of(loop, url(*server));
    bool gone = false;
    int others = 0;
    client->send(get(kHost, "/"), 5s, [&](const Result<wire::Response>&) {
        client.reset();
        gone = true;
    });
    handler.request = [&, first = true](const ServerRequest&, const Responder& responder) mutable {
        if (std::exchange(first, false))
            responder.answer({200, {}, {}});
        else
            responder.never();
    };
    client->send(get(kHost, "/2"), 5s, [&](const Result<wire::Response>&) { ++others; });
    REQUIRE(loop.run_until([&] { return gone; }, 5s));
    REQUIRE(loop.run_until([&] { return server->connections() == 0; }, 5s));
    CHECK(others == 0);
}

TEST_CASE("TLS: a certificate of our CA for this address is accepted, all else refused before a byte of the request") {
    Loop loop;
    Handler handler;
    const Folder folder;
    const auto own = make_own_certificate("127.0.0.1");
    const auto elsewhere = make_own_certificate("toyex.test");
    REQUIRE((own.has_value() && elsewhere.has_value()));
    folder.write("own.pem", own->ca_pem);
    folder.write("elsewhere.pem", elsewhere->ca_pem);
    int requests = 0;
    handler.request = [&](const ServerRequest& request, const Responder& responder) {
        ++requests;
        CHECK(request.secure);
        responder.answer({200, {}, std::string(100'000, 'x')});
    };
    const auto good = make_server(loop, {.certificate_pem = own->certificate_pem, .key_pem = own->key_pem}, handler);
    const auto bad = make_server(loop, {.certificate_pem = elsewhere->certificate_pem, .key_pem = elsewhere->key_pem}, handler);
    struct Row {
        const char* why;
        const Server& server;
        std::string ca_file;
        bool accepted;
    };
    const Row rows[] = {
        {"trusted", *good, folder.file("own.pem"), true},
        {"unknown CA", *good, "", false},
        {"another CA", *good, folder.file("elsewhere.pem"), false},
        {"wrong name", *bad, folder.file("elsewhere.pem"), false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        requests = 0;
        ClientOptions options;
        options.extra_ca_file = row.ca_file;
        const auto client = client_of(loop, url(row.server, "https"), options);
        for (int i = 0; i < 3; ++i) {
            const auto answer = ask(loop, *client, post(kHost, "/", std::string(50'000, 'y')));
            REQUIRE(answer.has_value() == row.accepted);
            if (answer) continue;
            CHECK(answer.error().fate == Fate::not_sent);
            CHECK(answer.error().code == "tls");
            CHECK(answer.error().detail.find("certificate") != std::string::npos);
        }
        CHECK(requests == (row.accepted ? 3 : 0));
    }
    CHECK_FALSE(Client::create(loop, {.extra_ca_file = folder.file("none.pem")}).has_value());
}

TEST_CASE("TLS against a peer that does not speak it, or is silent, fails unsent and in time") {
    Loop loop;
    const RawPeer peer{{{{"\x01", "HTTP/1.1 400 Bad Request\r\n\r\n", Turn::Then::stay}}, {}}};
    const auto client = client_of(loop, "https://127.0.0.1:" + std::to_string(peer.port()));
    for (int i = 0; i < 2; ++i) {
        const auto answer = ask(loop, *client, post(kHost, "/", ""), 200ms);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().fate == Fate::not_sent);
    }
}

TEST_CASE("over each family only: what arrives comes from an address of it, kept connections are not shared, and streams go the same way") {
    Loop loop;
    Handler handler;
    std::vector<std::string> peers;
    handler.request = [&](const ServerRequest& request, const Responder& responder) {
        peers.push_back(request.peer_address);
        responder.answer({200, {}, "ok"});
    };
    handler.upgrade = [&](const ServerRequest& request, const Upgrade& upgrade) {
        peers.push_back(request.peer_address);
        upgrade.refuse({403, {}, "seen"});
    };
    const auto four = make_server(loop, {}, handler);
    ServerOptions second;
    second.address = "::1";
    second.port = four->port();
    const auto six = make_server(loop, second, handler);
    const auto base = "http://localhost:" + std::to_string(four->port());
    const auto client = client_of(loop, base);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(ask(loop, *client, get(kHost, "/")).has_value());
        REQUIRE(ask(loop, client->over(ports::Family::v6), get(kHost, "/")).has_value());
        REQUIRE(ask(loop, client->over(ports::Family::v4), get(kHost, "/")).has_value());
    }
    CHECK(peers == std::vector<std::string>{"127.0.0.1", "::1", "127.0.0.1", "127.0.0.1", "::1", "127.0.0.1", "127.0.0.1", "::1", "127.0.0.1"});
    CHECK(four->connections() == 1);
    CHECK(six->connections() == 1);
    peers.clear();
    for (const auto family : {ports::Family::v4, ports::Family::v6}) {
        Watcher watcher;
        const auto stream = client->over(family).open_stream("ws://localhost:" + std::to_string(four->port()) + "/", 5s, watcher);
        REQUIRE(loop.run_until([&] { return watcher.closed.has_value(); }, 5s));
        CHECK(watcher.closed->code == "http_403");
    }
    CHECK(peers == std::vector<std::string>{"127.0.0.1", "::1"});
    // Each way knows the other.
    CHECK(&client->over(ports::Family::v6).over(ports::Family::v4) == &client->over(ports::Family::v4));
}

TEST_CASE("an address of the other family is told apart from one that does not answer, and nothing is sent to it") {
    Loop loop;
    Handler handler;
    int asked = 0;
    handler.request = [&](const ServerRequest&, const Responder& responder) {
        ++asked;
        responder.answer({200, {}, "ok"});
    };
    const auto server = make_server(loop, {}, handler);
    const auto client = client_of(loop, url(*server));
    const auto answer = ask(loop, client->over(ports::Family::v6), get(kHost, "/"));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == "no_ipv6");
    CHECK(answer.error().fate == Fate::not_sent);
    CHECK(answer.error().detail == "127.0.0.1 has no IPv6 address, only IPv4.");
    const auto reverse = client_of(loop, "http://[::1]:" + std::to_string(server->port()));
    const auto other = ask(loop, *reverse, get(kHost, "/"));
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().code == "no_ipv4");
    Watcher watcher;
    const auto stream = client->over(ports::Family::v6).open_stream("ws://127.0.0.1:" + std::to_string(server->port()) + "/", 5s, watcher);
    REQUIRE(loop.run_until([&] { return watcher.closed.has_value(); }, 5s));
    CHECK(watcher.closed->code == "no_ipv6");
    CHECK(asked == 0);
    // No host of that name at all is another thing.
    const auto nowhere = client_of(loop, "http://nowhere.invalid");
    CHECK(ask(loop, nowhere->over(ports::Family::v6), get(kHost, "/")).error().code == "dns");
}

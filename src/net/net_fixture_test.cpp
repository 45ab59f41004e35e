// The parts of net_fixture.hpp that need a body. It has no cases of its own.
#include "net/net_fixture.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace bf::net::test {
namespace {

int listen_somewhere(std::uint16_t& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&place), size) == 0);
    REQUIRE(::listen(listener, 16) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&place), &size) == 0);
    port = ntohs(place.sin_port);
    return listener;
}

}  // namespace

Folder::Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bf-net-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
}

void Folder::write(const std::string& name, const std::string& text) const {
    std::ofstream{path / name} << text;
}

RawPeer::RawPeer(std::vector<std::vector<Turn>> scripts) : listener_{listen_somewhere(port_)} {
    threads_.emplace_back([this, scripts = std::move(scripts)] {
        while (!going_) {
            pollfd ready{listener_, POLLIN, 0};
            if (::poll(&ready, 1, 20) != 1) continue;
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) continue;
            const auto turn = static_cast<std::size_t>(accepted_++);
            if (turn < scripts.size())
                play(socket, scripts[turn]);
            else
                ::close(socket);
        }
    });
}

RawPeer::~RawPeer() {
    going_ = true;
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
}

void RawPeer::play(int socket, const std::vector<Turn>& script) {
    std::string seen;
    for (const auto& turn : script) {
        while (!turn.await.empty() && seen.find(turn.await) == std::string::npos && !going_) {
            pollfd ready{socket, POLLIN, 0};
            if (::poll(&ready, 1, 20) != 1) continue;
            char buffer[65536];
            const auto got = ::recv(socket, buffer, sizeof buffer, 0);
            if (got <= 0) break;
            seen.append(buffer, static_cast<std::size_t>(got));
        }
        seen.clear();
        if (!turn.say.empty()) (void)!::send(socket, turn.say.data(), turn.say.size(), MSG_NOSIGNAL);
        if (turn.then == Turn::Then::stay) continue;
        const linger hard{1, 0};
        if (turn.then == Turn::Then::reset) ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        ::close(socket);
        return;
    }
    while (!going_) {
        pollfd ready{socket, POLLIN, 0};
        char byte = 0;
        if (::poll(&ready, 1, 20) == 1 && ::recv(socket, &byte, 1, 0) <= 0) break;
    }
    ::close(socket);
}

Result<wire::Response> ask(Loop& loop, ports::Transport& client, wire::Request request, milliseconds timeout) {
    std::optional<Result<wire::Response>> answer;
    client.send(std::move(request), timeout, [&](Result<wire::Response> result) { answer.emplace(std::move(result)); });
    CHECK_FALSE(answer.has_value());  // Never inside the call.
    REQUIRE(loop.run_until([&] { return answer.has_value(); }, 10s));
    return std::move(*answer);
}

wire::Request get(std::string host, std::string target) {
    return {.method = wire::Method::get, .host = std::move(host), .target = std::move(target), .headers = {}, .body = {}};
}

wire::Request post(std::string host, std::string target, std::string body) {
    return {.method = wire::Method::post, .host = std::move(host), .target = std::move(target), .headers = {}, .body = std::move(body)};
}

std::uint16_t closed_port() {
    std::uint16_t port = 0;
    ::close(listen_somewhere(port));
    return port;
}

std::unique_ptr<Client> make_client(Loop& loop, ClientOptions options) {
    if (!options.listed.streams) options.listed.streams = [](std::string_view) { return true; };
    auto client = Client::create(loop, std::move(options));
    REQUIRE(client.has_value());
    return std::move(*client);
}

std::unique_ptr<Server> make_server(Loop& loop, ServerOptions options, ServerHandler& handler) {
    auto server = Server::open(loop, std::move(options), handler);
    REQUIRE(server.has_value());
    return std::move(*server);
}

std::string url(const Server& server, const std::string& scheme) {
    return scheme + "://127.0.0.1:" + std::to_string(server.port());
}

}  // namespace bf::net::test

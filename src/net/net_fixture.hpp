// For the tests of net/: a server whose behaviour is a function, a client that points at it, and a peer that says exactly given bytes.
#pragma once
#include "net/certificate.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

#include <atomic>
#include <filesystem>
#include <optional>
#include <thread>

namespace bf::net::test {

using namespace std::chrono_literals;

struct Handler : ServerHandler {
    std::function<void(ServerRequest, Responder)> request = [](const ServerRequest&, const Responder& r) { r.answer({200, {}, "ok"}); };
    std::function<void(ServerRequest, Upgrade)> upgrade = [](const ServerRequest&, const Upgrade& u) { u.refuse({403, {}, "no"}); };
    void on_request(ServerRequest r, Responder responder) override { request(std::move(r), std::move(responder)); }
    void on_upgrade(ServerRequest r, Upgrade decision) override { upgrade(std::move(r), std::move(decision)); }
};

struct Events : SocketEvents {
    Socket socket{};
    std::function<void(Events&, std::string_view)> text = [](Events& self, std::string_view m) { self.socket.send_text(std::string{m}); };
    std::function<void(Events&, std::string_view)> binary = [](Events& self, std::string_view m) {
        self.socket.send_binary(std::string{m});
    };
    std::function<void(Events&)> open = [](Events&) {};
    std::function<void()> closed = [] {};
    void on_open(Socket s) override {
        socket = std::move(s);
        open(*this);
    }
    void on_text(std::string_view m) override { text(*this, m); }
    void on_binary(std::string_view m) override { binary(*this, m); }
    void on_closed() override { closed(); }
};

/// What a stream's owner saw, and what it does on the way.
struct Watcher : ports::StreamHandler {
    int opened{0};
    std::vector<std::string> texts{};
    std::vector<std::string> binaries{};
    std::optional<Error> closed{};
    std::function<void()> when_open = [] {};
    std::function<void(std::string_view)> when_text = [](std::string_view) {};
    std::function<void()> when_closed = [] {};
    void on_open() override {
        ++opened;
        when_open();
    }
    void on_text(std::string_view m) override {
        texts.emplace_back(m);
        when_text(m);
    }
    void on_binary(std::string_view m) override { binaries.emplace_back(m); }
    void on_closed(const Error& e) override {
        closed = e;
        when_closed();
    }
};

/// A folder of its own that goes with it.
struct Folder {
    std::filesystem::path path;
    Folder();
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return (path / name).string(); }
    void write(const std::string& name, const std::string& text) const;
};

/// A TCP peer on a thread that plays a script for each connection it gets: what it waits for, then what it says, then how it ends.
class RawPeer {
public:
    struct Turn {
        std::string await;  ///< Reads until this text was seen; empty: reads nothing.
        std::string say;
        enum class Then { stay, close, reset } then{Then::stay};
    };
    /// The n-th connection plays the n-th script; further ones are closed at once.
    explicit RawPeer(std::vector<std::vector<Turn>> scripts);
    ~RawPeer();
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int accepted() const { return accepted_; }

private:
    void play(int socket, const std::vector<Turn>& script);
    std::uint16_t port_{0};
    int listener_;
    std::atomic<int> accepted_{0};
    std::atomic<bool> going_{false};
    std::vector<std::thread> threads_{};
};

/// Sends a request and runs the loop until its answer is there.
Result<wire::Response> ask(Loop& loop, ports::Transport& client, wire::Request request, milliseconds timeout = 5s);
wire::Request get(std::string host, std::string target);
wire::Request post(std::string host, std::string target, std::string body);
/// A port on which nobody listens.
std::uint16_t closed_port();
/// Opens any stream, unless it is told which.
std::unique_ptr<Client> make_client(Loop& loop, ClientOptions options);
std::unique_ptr<Server> make_server(Loop& loop, ServerOptions options, ServerHandler& handler);
std::string url(const Server& server, const std::string& scheme = "http");

}  // namespace bf::net::test

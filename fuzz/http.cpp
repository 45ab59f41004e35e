// Bytes on the web server's port: whatever comes, in whatever pieces, the connection ends when its sender has, each request that reaches the
// handler is one line's method and target with bounded headers and body, and everything that is sent back is well-formed answers, no more of
// them than requests and one refusal; WebSocket messages are text and no longer than allowed.
#include "base/text.hpp"
#include "input.hpp"
#include "net/asio.hpp"
#include "net/server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bf;

namespace {

constexpr std::size_t kHeadersMax = 2048, kBodyMax = 1024, kMessageMax = 512;

class Echo final : public net::SocketEvents {
public:
    void on_open(net::Socket socket) override { socket_ = std::move(socket); }
    void on_text(std::string_view message) override {
        volatile char last = message.data()[message.size() + 63];
        (void)last;
        fuzz::must(message.size() <= kMessageMax, "a message is within its limit");
        socket_.send_text(std::string{message});
    }
    void on_binary(std::string_view message) override {
        fuzz::must(message.size() <= kMessageMax, "a message is within its limit");
        if (message.empty()) socket_.close(1000, "enough");
    }
    void on_closed() override {}

private:
    net::Socket socket_;
};

class Handler final : public net::ServerHandler {
public:
    void on_request(net::ServerRequest request, net::Responder responder) override {
        judge(request);
        ++requests;
        if (request.path() == "/late") return loop->post([responder] { responder.answer({200, {}, "later"}); });
        if (request.path() == "/lost") return;
        responder.answer({request.path() == "/empty" ? 204 : 200, {{"X-Said", request.target}}, std::string(request.body.size(), 'b')});
    }
    void on_upgrade(net::ServerRequest request, net::Upgrade upgrade) override {
        judge(request);
        ++requests;
        if (request.path() == "/no") return upgrade.refuse({403, {}, "no"});
        upgraded = true;
        upgrade.accept(std::make_unique<Echo>());
    }
    net::Loop* loop{nullptr};
    std::size_t requests{0};
    bool upgraded{false};

private:
    static void judge(const net::ServerRequest& request) {
        fuzz::must(!request.method.empty() && request.method.find_first_of(" \r\n") == std::string::npos, "a method is a word");
        fuzz::must(request.target.find_first_of(std::string_view{" \r\n\0", 4}) == std::string::npos, "a target is one line's");
        fuzz::must(request.body.size() <= kBodyMax, "a body is within its limit");
        std::size_t bytes = 0;
        for (const auto& header : request.headers) {
            fuzz::must((header.name + header.value).find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos, "a header is one line");
            bytes += header.name.size() + header.value.size();
        }
        fuzz::must(bytes <= kHeadersMax, "headers are within their limit");
    }
};

/// The server, and a peer that says what the input says.
class Place {
public:
    Place() {
        handler_.loop = &loop_;
        net::ServerOptions options;
        options.header_bytes_max = kHeadersMax;
        options.body_bytes_max = kBodyMax;
        options.message_bytes_max = kMessageMax;
        options.always = {{"X-Always", "yes"}};
        server_ = net::Server::open(loop_, options, handler_).value();
    }
    void say(std::string_view bytes, std::size_t piece) {
        handler_.requests = 0;
        handler_.upgraded = false;
        const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(server_->port());
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fuzz::must(peer >= 0 && ::connect(peer, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0, "the server takes a connection");
        heard_.clear();
        fuzz::must(loop_.run_until([&] { return server_->connections() > 0; }, seconds{5}), "and knows it");
        for (std::size_t begin = 0; begin < bytes.size(); begin += piece) {
            const auto part = bytes.substr(begin, piece);
            if (::send(peer, part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) break;
            poll();
            hear(peer);
        }
        ::shutdown(peer, SHUT_WR);
        // A WebSocket's closing words are waited for up to ten seconds.
        const bool ended = loop_.run_until([&] { return hear(peer), server_->connections() == 0; }, seconds{14});
        hear(peer);
        const linger at_once{1, 0};
        ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(peer);
        fuzz::must(ended, "a connection ends when its peer has");
        judge();
    }

private:
    void poll() {
        loop_.context().restart();
        loop_.context().poll();
    }
    void hear(int peer) {
        char bytes[4096];
        for (ssize_t size = 0; (size = ::recv(peer, bytes, sizeof bytes, MSG_DONTWAIT)) > 0;) heard_.append(bytes, static_cast<std::size_t>(size));
    }
    void judge() const {
        std::string_view rest = heard_;
        std::size_t answers = 0;
        while (!rest.empty()) {
            constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
            if (rest.starts_with(kContinue)) {
                rest.remove_prefix(kContinue.size());
                continue;
            }
            fuzz::must(rest.starts_with("HTTP/1.1 "), "an answer begins as one");
            const auto end = rest.find("\r\n\r\n");
            fuzz::must(end != std::string_view::npos, "an answer's headers end");
            const auto head = rest.substr(0, end + 2);
            rest.remove_prefix(end + 4);
            ++answers;
            if (head.starts_with("HTTP/1.1 101 ")) break;  // Frames follow.
            fuzz::must(head.find("\r\nX-Always: yes\r\n") != std::string_view::npos, "every answer has what all have");
            const auto length = head.find("\r\nContent-Length: ");
            if (length == std::string_view::npos) continue;
            const auto size = static_cast<std::size_t>(std::strtoul(std::string{head.substr(length + 18)}.c_str(), nullptr, 10));
            // To HEAD the body is counted and not sent.
            if (rest.starts_with("HTTP/1.1 ") || rest.empty()) continue;
            fuzz::must(rest.size() >= size, "a body is as long as was said");
            rest.remove_prefix(size);
        }
        fuzz::must(answers <= handler_.requests + 1, "no more answers than requests, and one refusal");
    }

    net::Loop loop_;
    Handler handler_;
    std::unique_ptr<net::Server> server_;
    std::string heard_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Place place;
    fuzz::Input input{data, size};
    const auto cuts = input.byte();
    const auto bytes = input.rest();
    place.say(bytes, cuts == 0 ? std::max<std::size_t>(bytes.size(), 1) : std::max<std::size_t>(bytes.size() * cuts / 1024, 1));
    return 0;
}

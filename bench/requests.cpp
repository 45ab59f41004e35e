// A client that costs next to nothing, for trading_api.mjs: node's timers and parser alone take longer than the answers it would measure.
//   bench_requests HOST PORT RATE < lines     the value of the Cookie header, then a path a line
// GETs each path over eight kept connections, RATE a second, open loop, so that a late answer delays no question but its connection's next.
// Prints the milliseconds from due to done, a line each; an answer that is not 200 ends it.
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kConnections = 8;

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "bench_requests: %s\n", why.c_str());
    std::exit(1);
}

class Connection {
public:
    Connection(const char* host, const char* port) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10)));
        const int on = 1;
        if (::inet_pton(AF_INET, host, &at.sin_addr) != 1 || ::connect(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) give_up("no connection");
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(socket_); }

    /// Returns when the whole answer is there.
    void get(const std::string& request) {
        if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) give_up("sending failed");
        answer_.clear();
        std::size_t header = std::string::npos;
        while ((header = answer_.find("\r\n\r\n")) == std::string::npos) read_more();
        if (answer_.compare(0, 12, "HTTP/1.1 200") != 0) give_up(answer_);
        const auto length = answer_.find("\r\nContent-Length: ");
        if (length > header) give_up("an answer without its length: " + answer_.substr(0, header));
        const auto whole = header + 4 + std::strtoul(answer_.c_str() + length + 18, nullptr, 10);
        while (answer_.size() < whole) read_more();
    }

private:
    void read_more() {
        const auto got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
        if (got <= 0) give_up("the server closed the connection");
        answer_.append(buffer_.data(), static_cast<std::size_t>(got));
    }
    int socket_{-1};
    std::string answer_{};
    std::vector<char> buffer_ = std::vector<char>(1 << 18);
};

}  // namespace

int main(int count, char** words) {
    if (count != 4) give_up("HOST PORT RATE");
    std::string cookie, line;
    std::getline(std::cin, cookie);
    std::vector<std::string> requests;
    while (std::getline(std::cin, line))
        requests.push_back("GET " + line + " HTTP/1.1\r\nHost: " + words[1] + ":" + words[2] + "\r\nCookie: " + cookie + "\r\n\r\n");
    const auto between = std::chrono::nanoseconds{1'000'000'000L / std::strtol(words[3], nullptr, 10)};
    std::vector<double> times(requests.size());
    const auto begin = Clock::now() + std::chrono::milliseconds{100};
    std::vector<std::thread> threads;
    for (std::size_t first = 0; first < kConnections; ++first)
        threads.emplace_back([&, first] {
            Connection connection{words[1], words[2]};
            for (std::size_t i = first; i < requests.size(); i += kConnections) {
                const auto due = begin + between * static_cast<long>(i);
                std::this_thread::sleep_until(due);
                connection.get(requests[i]);
                times[i] = std::chrono::duration<double, std::milli>(Clock::now() - due).count();
            }
        });
    for (auto& thread : threads) thread.join();
    for (const double time : times) std::printf("%.4f\n", time);
    return 0;
}

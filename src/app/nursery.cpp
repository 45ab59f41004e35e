#include "app/nursery.hpp"

#include "app/child.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bf::app {
namespace {

/// A command's JSON is short; whoever prints more than this is not listened to.
constexpr std::size_t kOutputMax = 4U << 20;
constexpr std::uint32_t kOrderMax = 64U << 10;

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool receive_all(int fd, char* into, std::size_t size) {
    while (size > 0) {
        const auto got = ::recv(fd, into, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

/// Two numbers before the bytes: a status and how many there are.
struct Head {
    std::int32_t status;
    std::uint32_t size;
};

bool send_message(int fd, int status, std::string_view bytes) {
    const Head head{status, static_cast<std::uint32_t>(bytes.size())};
    std::array<char, sizeof head> raw{};
    std::memcpy(raw.data(), &head, sizeof head);
    return send_all(fd, {raw.data(), raw.size()}) && send_all(fd, bytes);
}

bool receive_message(int fd, Head& head, std::string& bytes, std::size_t most) {
    std::array<char, sizeof head> raw{};
    if (!receive_all(fd, raw.data(), raw.size())) return false;
    std::memcpy(&head, raw.data(), sizeof head);
    if (head.size > most) return false;
    bytes.resize(head.size);
    return receive_all(fd, bytes.data(), bytes.size());
}

/// Whoever has taken the engine over gets an import of candles out of this, or what a backup holds anyway, and nothing else.
bool is_known(const std::vector<std::string>& words) {
    if (words.size() == 3 && words[0] == "web-copy-process" && words[1] == "--data") return true;
    return words.size() > 2 && words[0] == "candles" && (words[1] == "import" || words[1] == "sample") && std::find(words.begin(), words.end(), "--confined") != words.end();
}

Nursery::Outcome raise(const std::vector<std::string>& words) {
    int ends[2] = {-1, -1};
    const int silence = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    Result<pid_t> child = Unexpected{Error{ErrorKind::io, "no pipe"}};
    if (silence >= 0 && ::pipe2(ends, O_CLOEXEC) == 0) child = start_child({words, {{ends[1], STDOUT_FILENO}, {silence, STDERR_FILENO}}});
    for (const int fd : {silence, ends[1]})
        if (fd >= 0) ::close(fd);
    Nursery::Outcome outcome;
    if (child) {
        char part[16384];
        while (true) {
            const auto got = ::read(ends[0], part, sizeof part);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) break;
            if (outcome.output.size() < kOutputMax) outcome.output.append(part, static_cast<std::size_t>(got));
        }
        outcome.output.resize(std::min(outcome.output.size(), kOutputMax));
        int status = 0;
        while (::waitpid(*child, &status, 0) < 0 && errno == EINTR) {}
        outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    if (ends[0] >= 0) ::close(ends[0]);
    return outcome;
}

[[noreturn]] void live(int socket, pid_t engine) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != engine) ::_exit(0);
    name_process("nursery");
    std::signal(SIGPIPE, SIG_IGN);
    // Nothing of the engine's stays open here but its standard error.
    const int kept = ::fcntl(socket, F_DUPFD_CLOEXEC, 3);
    for (int fd = 3; fd < 1024; ++fd)
        if (fd != kept) ::close(fd);
    Head head{};
    std::string order;
    while (receive_message(kept, head, order, kOrderMax)) {
        std::vector<std::string> words;
        for (const auto word : split(order, '\0')) words.emplace_back(word);
        const auto outcome = is_known(words) ? raise(words) : Nursery::Outcome{};
        if (!send_message(kept, outcome.status, outcome.output)) break;
    }
    ::_exit(0);
}

}  // namespace

Result<Nursery> Nursery::start() {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Unexpected{Error{ErrorKind::io, std::string{"a pair of sockets could not be made: "} + std::strerror(errno)}};
    const auto engine = ::getpid();
    const pid_t process = ::fork();
    if (process == 0) {
        ::close(ends[0]);
        live(ends[1], engine);
    }
    ::close(ends[1]);
    if (process < 0) {
        ::close(ends[0]);
        return Unexpected{Error{ErrorKind::io, std::string{"a process could not be started: "} + std::strerror(errno)}};
    }
    return Nursery{ends[0], process};
}

Nursery::Nursery(Nursery&& other) noexcept : socket_{std::exchange(other.socket_, -1)}, process_{std::exchange(other.process_, -1)} {}

// Not killed: the engine may send no signals any more. A closed socket ends it, or the engine's own end does.
Nursery::~Nursery() {
    if (socket_ >= 0) ::close(socket_);
}

Nursery::Outcome Nursery::run(const std::vector<std::string>& arguments) {
    std::string order;
    for (const auto& word : arguments) order += (order.empty() ? "" : std::string(1, '\0')) + word;
    Head head{};
    Outcome outcome;
    if (!send_message(socket_, 0, order) || !receive_message(socket_, head, outcome.output, kOutputMax)) return {};
    outcome.status = head.status;
    return outcome;
}

}  // namespace bf::app

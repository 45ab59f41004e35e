#include "app/worker.hpp"

#include "app/child.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bf::app {
namespace {

/// A command's JSON is short; whoever prints more than this is not listened to.
constexpr std::size_t kOutputMax = 4U << 20;

std::string read_to_end(int fd) {
    std::string output;
    char part[16384];
    while (true) {
        const auto got = ::read(fd, part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        if (output.size() < kOutputMax) output.append(part, static_cast<std::size_t>(got));
    }
    ::close(fd);
    return output;
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

Worker::~Worker() {
    *alive_ = false;
    // Not reaped before its reader saw its end, so the number is still its own.
    if (child_ > 0) ::kill(child_, SIGKILL);
    if (reader_.joinable()) reader_.join();
}

void Worker::run(std::vector<std::string> arguments, Done done) {
    waiting_.push_back({std::move(arguments), std::move(done)});
    if (child_ < 0) start_next();
}

void Worker::start_next() {
    if (waiting_.empty()) return;
    auto task = std::move(waiting_.front());
    waiting_.pop_front();
    int ends[2] = {-1, -1};
    const int silence = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    Result<pid_t> child = Unexpected{Error{ErrorKind::io, "no pipe"}};
    if (silence >= 0 && ::pipe2(ends, O_CLOEXEC) == 0) child = start_child({task.arguments, {{ends[1], STDOUT_FILENO}, {silence, STDERR_FILENO}}});
    for (const int fd : {silence, ends[1]})
        if (fd >= 0) ::close(fd);
    if (!child) {
        if (ends[0] >= 0) ::close(ends[0]);
        loop_.post([this, alive = std::weak_ptr{alive_}, done = std::move(task.done)] {
            if (alive.expired()) return;
            done(-1, {});
            start_next();
        });
        return;
    }
    child_ = *child;
    reader_ = std::thread{[this, alive = std::weak_ptr{alive_}, child = *child, from = ends[0], done = std::move(task.done)]() mutable {
        auto output = read_to_end(from);
        // Reaped on the loop's thread: until then the number can be no other process's.
        loop_.post([this, alive, child, output = std::move(output), done = std::move(done)] {
            if (alive.expired()) return;
            reader_.join();
            const int status = wait_for(child);
            child_ = -1;
            done(status, output);
            if (child_ < 0) start_next();
        });
    }};
}

}  // namespace bf::app

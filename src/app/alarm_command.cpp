#include "app/alarm_command.hpp"

#include "app/child.hpp"
#include "net/local_socket.hpp"
#include "wire/json_writer.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bf::app {

AlarmCommand::~AlarmCommand() {
    if (pid_ == 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void AlarmCommand::tell(std::string alarm) {
    if (path_.empty()) return;
    if (waiting_.size() >= kWaitingMax) {
        waiting_.pop_front();
        log_.say(Log::Level::warning, "alarm_command", "More alarms wait for the alarm command than it takes: the oldest is not told to it.");
    }
    waiting_.push_back(std::move(alarm));
}

void AlarmCommand::tell(std::string_view code, std::string_view severity, std::string_view english, std::string_view dutch) {
    std::string line;
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    wire::JsonWriter{line}.begin_object().member("at", static_cast<std::int64_t>(now)).member("code", code).member("severity", severity).member("text_en", english).member("text_nl", dutch).end_object();
    tell(std::move(line));
}

void AlarmCommand::tick(Steady::time_point now) {
    if (pid_ != 0 && now > begun_ + kPatience) {
        log_.say(Log::Level::warning, "alarm_command", "The alarm command took longer than " + std::to_string(kPatience.count()) + " s: it is ended.");
        ::kill(-pid_, SIGKILL);
        begun_ = now;
    }
    if (pid_ != 0 || waiting_.empty() || now < begun_ + kPause) return;
    begun_ = now;
    start(waiting_.front());
    waiting_.pop_front();
}

void AlarmCommand::start(const std::string& alarm) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return log_.say(Log::Level::warning, "alarm_command", "The alarm command could not be started: there is no pipe.");
    const net::Fd read{ends[0]}, write{ends[1]};
    const auto line = alarm + '\n';
    // A pipe takes that much without anybody reading; a command that reads nothing must not hold us up.
    ::fcntl(write.get(), F_SETFL, O_NONBLOCK);
    if (::write(write.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return log_.say(Log::Level::warning, "alarm_command", "An alarm was too long for the alarm command.");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        begin_as_child(parent);
        ::setpgid(0, 0);
        ::dup2(read.get(), STDIN_FILENO);
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        const char* words[] = {path_.c_str(), nullptr};
        ::execv(words[0], const_cast<char* const*>(words));
        ::_exit(127);
    }
    if (pid_ > 0) {
        ::setpgid(pid_, pid_);
        return;
    }
    pid_ = 0;
    log_.say(Log::Level::warning, "alarm_command", std::string{"The alarm command could not be started: "} + std::strerror(errno) + ".");
}

bool AlarmCommand::ended(pid_t pid, int status) {
    if (pid_ == 0 || pid != pid_) return false;
    pid_ = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    const int number = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    const std::string how = WIFEXITED(status) ? "status" : "signal";
    log_.say(Log::Level::warning, "alarm_command", path_ + " ended with " + how + " " + std::to_string(number) + ": an alarm may not have been told.", {{how, number}});
    return true;
}

}  // namespace bf::app

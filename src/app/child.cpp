#include "app/child.hpp"

#include "app/processes.hpp"
#include "vault/key_file.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::app {
namespace {

[[noreturn]] void become(const ChildPlan& plan, pid_t parent, std::vector<char*>& argv) {
    begin_as_child(parent);
    if (plan.quiet_stdin) {
        const int null = ::open("/dev/null", O_RDONLY);
        if (null >= 0) ::dup2(null, STDIN_FILENO);
    }
    // First out of the way of the numbers they are to get, then into place.
    std::vector<int> moved;
    for (const auto& [ours, theirs] : plan.fds) moved.push_back(::fcntl(ours, F_DUPFD_CLOEXEC, 100));
    for (std::size_t i = 0; i < moved.size(); ++i) ::dup2(moved[i], plan.fds[i].second);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(3);
}

}  // namespace

Result<pid_t> start_child(const ChildPlan& plan) {
    std::vector<std::string> words{"backfuture"};
    words.insert(words.end(), plan.arguments.begin(), plan.arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return Unexpected{Error{ErrorKind::io, std::string{"a process could not be started: "} + std::strerror(errno)}};
    if (child == 0) become(plan, parent, argv);
    return child;
}

void begin_as_child(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died before the line above took hold.
    if (::getppid() != parent) ::_exit(3);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void name_process(const char* name) { ::prctl(PR_SET_NAME, name); }

void report_ready(const std::string& line) {
    const std::string whole = line + '\n';
    // A supervisor that is gone takes us with it: nothing is left to do here then.
    if (::write(kReadyFd, whole.data(), whole.size()) < 0) std::fprintf(stderr, "the supervisor does not listen\n");
    ::fcntl(kReadyFd, F_SETFD, FD_CLOEXEC);
    ::fcntl(kReadyFd, F_SETFL, O_NONBLOCK);
}

// Full, when the supervisor was held for a day and a half: it will find enough to read.
void report(std::string_view bytes) { (void)!::write(kReadyFd, bytes.data(), bytes.size()); }

void report_failure(const std::string& sentence) { report_ready(std::string{kFailureMark} + sentence); }

Status prepare_folder(const std::string& path) {
    for (std::size_t at = 1; at <= path.size(); ++at) {
        if (at < path.size() && path[at] != '/') continue;
        const auto part = path.substr(0, at);
        if (::mkdir(part.c_str(), 0700) == 0) {
            // Its own entry, else a power cut loses the folder with all that is in it. Who may not read the one above can't, and goes on.
            const auto above = part.rfind('/');
            (void)vault::sync_folder(above == std::string::npos ? "." : above == 0 ? "/" : part.substr(0, above)).has_value();
        } else if (errno != EEXIST) {
            return Unexpected{Error{ErrorKind::io, "The folder " + path + " can't be made: " + std::strerror(errno) + ".", Fate::not_sent, "data_folder"}};
        }
    }
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return Unexpected{Error{ErrorKind::io, path + " is not a folder.", Fate::not_sent, "data_folder"}};
    if (info.st_uid != ::geteuid()) return Unexpected{Error{ErrorKind::denied, "The folder " + path + " belongs to another user: run BackFuture as that user or choose another --data.", Fate::not_sent, "data_folder"}};
    if ((info.st_mode & 0077) != 0)
        return Unexpected{Error{ErrorKind::denied, "Others can enter the folder " + path + ": run chmod 700 on it first.", Fate::not_sent, "data_folder"}};
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) return Unexpected{Error{ErrorKind::io, "The folder " + path + " can't be written.", Fate::not_sent, "data_folder"}};
    return {};
}

Result<int> lock_folder(const std::string& path) {
    int file = ::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    // Started without one of its three streams: their numbers are given other files later.
    if (file >= 0 && file <= STDERR_FILENO) file = ::fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (file < 0) return Unexpected{Error{ErrorKind::io, "The folder " + path + " can't be written: " + std::strerror(errno) + ".", Fate::not_sent, "data_folder"}};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        ::close(file);
        return Unexpected{Error{ErrorKind::conflict, "Another BackFuture server uses the folder " + path + ": stop it first or choose another --data.", Fate::not_sent, "folder_locked"}};
    }
    return file;
}

}  // namespace bf::app

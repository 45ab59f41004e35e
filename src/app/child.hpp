// Children of our own program: started from /proc/self/exe, bound to our life, told where to report.
#pragma once
#include "base/error.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace bf::app {

struct ChildPlan {
    std::vector<std::string> arguments;    ///< Without the program's name.
    std::vector<std::pair<int, int>> fds;  ///< (ours, its number in the child); everything else is closed on exec.
    bool quiet_stdin{true};
};

/// Forks and executes. The child gets SIGKILL when this thread's process dies, whatever it dies of.
Result<pid_t> start_child(const ChildPlan& plan);

/// In a fork: gets SIGKILL when `parent` dies, and takes signals again, all of them.
void begin_as_child(pid_t parent);

/// Sets the process's name as `ps` and /proc/PID/comm show it ("bf-engine").
void name_process(const char* name);

/// Tells the supervisor, on kReadyFd, that we are up; `line` without its end.
void report_ready(const std::string& line);
/// And after that, that we are not stuck (kAlive), and alarms: kAlarmMark, JSON, an end of line; kReportMax bytes at most. Never waits.
void report(std::string_view bytes);
inline constexpr char kAlive = '.', kAlarmMark = '!';
inline constexpr std::size_t kReportMax = 4096;  ///< So much is written whole or not at all (PIPE_BUF).
/// Tells it that we can't start and why; it tells the user.
void report_failure(const std::string& sentence);
inline constexpr std::string_view kFailureMark = "failed: ";

/// Our data folder: made 0700 if it is missing, refused when others can enter it.
Status prepare_folder(const std::string& path);

/// Holds DIR/lock until the process ends, or until what is returned is closed: a descriptor above 2. `conflict` when another program has it.
Result<int> lock_folder(const std::string& path);

}  // namespace bf::app

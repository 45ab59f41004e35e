// The operator's own program that is told of alarms: BackFuture sends nothing anywhere by itself, and who sleeps reads no page. It is named at the
// start of the server and nowhere else, gets one alarm at a time on its standard input, as one line of JSON, and nothing in its arguments.
#pragma once
#include "app/log.hpp"

#include <chrono>
#include <deque>
#include <string>
#include <sys/types.h>

namespace bf::app {

class AlarmCommand {
public:
    using Steady = std::chrono::steady_clock;
    static constexpr std::chrono::seconds kPatience{30};  ///< One that runs longer is ended.
    static constexpr std::chrono::seconds kPause{2};      ///< Between two.
    static constexpr std::size_t kWaitingMax = 200;       ///< Of more that wait the oldest are let go, and that is said in the log.

    /// `path` empty: nobody is told.
    AlarmCommand(std::string path, Log& log) : path_{std::move(path)}, log_{log} {}
    AlarmCommand(const AlarmCommand&) = delete;
    AlarmCommand& operator=(const AlarmCommand&) = delete;
    ~AlarmCommand();

    /// One line of JSON without its end.
    void tell(std::string alarm);
    /// What the supervisor itself has to say.
    void tell(std::string_view code, std::string_view severity, std::string_view english, std::string_view dutch);
    /// Starts the next, ends one that takes too long.
    void tick(Steady::time_point now);
    [[nodiscard]] bool is_busy() const { return pid_ != 0 || !waiting_.empty(); }
    /// Whether that process was the command.
    bool ended(pid_t pid, int status);

private:
    void start(const std::string& alarm);

    std::string path_;
    Log& log_;
    std::deque<std::string> waiting_;
    pid_t pid_{0};
    Steady::time_point begun_{};
};

}  // namespace bf::app

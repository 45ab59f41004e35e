// A process tells its supervisor that it is up, from then on that its loop still turns, and what alarms it has. One that hangs is ended and started
// again: whoever waits for an exit is not kept waiting by a process that is there and does nothing.
#pragma once
#include "app/child.hpp"
#include "net/loop.hpp"

namespace bf::app {

class Pulse {
public:
    static constexpr milliseconds kEvery{2000};

    explicit Pulse(net::Loop& loop) : loop_{loop} {}
    void begin(const std::string& line) {
        report_ready(line);
        begun_ = true;
        for (const auto& one : std::exchange(waiting_, {})) report(one);
        beat();
    }
    /// So that it is written whole.
    [[nodiscard]] static bool takes(std::string_view json) { return json.size() + 2 <= kReportMax; }
    /// A JSON object on one line that takes() takes.
    void alarm(std::string_view json) {
        auto line = kAlarmMark + std::string{json} + '\n';
        if (begun_)
            report(line);
        else
            waiting_.push_back(std::move(line));
    }

private:
    void beat() {
        report({&kAlive, 1});
        loop_.after(kEvery, [this] { beat(); });
    }
    net::Loop& loop_;
    bool begun_{false};
    std::vector<std::string> waiting_{};
};

}  // namespace bf::app

// A process tells its supervisor that it is up, and from then on that its loop still turns. One that hangs is ended and started again: whoever waits
// for an exit is not kept waiting by a process that is there and does nothing.
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
        beat();
    }

private:
    void beat() {
        report_alive();
        loop_.after(kEvery, [this] { beat(); });
    }
    net::Loop& loop_;
};

}  // namespace bf::app

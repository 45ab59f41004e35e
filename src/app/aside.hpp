// Work that may take seconds, done by a thread of its own that runs only while nothing else wants the processor: trading never waits for it.
#pragma once
#include "net/loop.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace bf::app {

class Aside {
public:
    explicit Aside(net::Loop& loop) : loop_{loop} {}
    /// Waits for the job at hand; drops those behind it.
    ~Aside();
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

    /// `work` there, one after the other, then `then` on the loop's thread.
    void run(std::function<void()> work, std::function<void()> then);

private:
    void live();

    struct Job {
        std::function<void()> work, then;
    };
    net::Loop& loop_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;
    bool ends_{false};
    std::thread thread_;  ///< From the first job on: a thread of before the sandbox would stay outside it.
};

}  // namespace bf::app

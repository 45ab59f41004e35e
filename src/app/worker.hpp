// Runs one command of our own program at a time, beside the engine: what reads strangers' files has a process of its own, which may run out
// of memory or die without trading noticing. Bound to our life.
#pragma once
#include "net/loop.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace bf::app {

class Worker {
public:
    /// Its exit status (negative when it was killed) and what it printed on standard output. On the loop's thread.
    using Done = std::function<void(int status, const std::string& output)>;

    explicit Worker(net::Loop& loop) : loop_{loop} {}
    /// Ends what runs; nobody is told.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// When those before it have ended.
    void run(std::vector<std::string> arguments, Done done);

private:
    struct Task {
        std::vector<std::string> arguments;
        Done done;
    };
    void start_next();

    net::Loop& loop_;
    std::deque<Task> waiting_;
    pid_t child_{-1};
    std::thread reader_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app

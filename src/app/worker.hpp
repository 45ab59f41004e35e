// Runs one import at a time, beside the engine: what reads strangers' files has a process of its own (nursery.hpp), which may run out of
// memory or die without trading noticing.
#pragma once
#include "app/nursery.hpp"
#include "net/loop.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <thread>

namespace bf::app {

class Worker {
public:
    /// Its exit status (negative when it was killed) and what it printed on standard output. On the loop's thread.
    using Done = std::function<void(int status, const std::string& output)>;

    Worker(net::Loop& loop, Nursery& nursery) : loop_{loop}, nursery_{nursery} {}
    /// Nobody is told of what runs; it ends with the process.
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
    Nursery& nursery_;
    std::deque<Task> waiting_;
    bool busy_{false};
    std::thread waiter_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app

#include "app/worker.hpp"

namespace bf::app {

Worker::~Worker() {
    *alive_ = false;
    // It waits for an import that may take minutes, and the process is about to end.
    if (busy_) waiter_.detach();
    else if (waiter_.joinable()) waiter_.join();
}

void Worker::run(std::vector<std::string> arguments, Done done) {
    waiting_.push_back({std::move(arguments), std::move(done)});
    if (!busy_) start_next();
}

void Worker::start_next() {
    if (waiting_.empty()) return;
    auto task = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    waiter_ = std::thread{[this, alive = std::weak_ptr{alive_}, task = std::move(task)]() mutable {
        auto outcome = nursery_.run(task.arguments);
        loop_.post([this, alive, outcome = std::move(outcome), done = std::move(task.done)] {
            if (alive.expired()) return;
            waiter_.join();
            busy_ = false;
            done(outcome.status, outcome.output);
            if (!busy_) start_next();
        });
    }};
}

}  // namespace bf::app

#include "app/aside.hpp"

#include <pthread.h>
#include <sched.h>

namespace bf::app {

Aside::~Aside() {
    {
        const std::lock_guard lock{mutex_};
        ends_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Aside::run(std::function<void()> work, std::function<void()> then) {
    {
        const std::lock_guard lock{mutex_};
        jobs_.push_back({std::move(work), std::move(then)});
    }
    if (!thread_.joinable()) thread_ = std::thread{[this] { live(); }};
    wake_.notify_one();
}

void Aside::live() {
    const sched_param none{};
    // Refused at worst: then it is a thread like any other.
    static_cast<void>(pthread_setschedparam(pthread_self(), SCHED_IDLE, &none));
    static_cast<void>(pthread_setname_np(pthread_self(), "aside"));
    for (std::unique_lock lock{mutex_};;) {
        wake_.wait(lock, [this] { return ends_ || !jobs_.empty(); });
        if (ends_) return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job.work();
        loop_.post(std::move(job.then));
        lock.lock();
    }
}

}  // namespace bf::app

#include "store/cut_off.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace bf::store {

CutOff::CutOff() : thread_{[this] { run(); }} {}

CutOff::~CutOff() {
    {
        const std::lock_guard lock{mutex_};
        over_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void CutOff::begin(int socket, std::chrono::milliseconds patience) {
    const int own = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (own < 0) return;
    {
        const std::lock_guard lock{mutex_};
        socket_ = own;
        due_ = std::chrono::steady_clock::now() + patience;
    }
    changed_.notify_one();
}

bool CutOff::end() {
    const std::lock_guard lock{mutex_};
    due_.reset();
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    return std::exchange(cut_, false);
}

void CutOff::run() {
    std::unique_lock lock{mutex_};
    while (!over_) {
        // An end needs no word: whoever wakes for what has ended looks and waits on.
        if (!due_) {
            changed_.wait(lock);
        } else if (const auto due = *due_; std::chrono::steady_clock::now() < due) {
            changed_.wait_until(lock, due);  // By a copy: end() takes due_ away meanwhile.
        } else {
            ::shutdown(socket_, SHUT_RDWR);
            cut_ = true;
            due_.reset();
        }
    }
}

}  // namespace bf::store

#include "journal/committer.hpp"

#include <utility>

namespace bf::journal {

Committer::Committer(Journal& journal, OnCommit on_commit) : journal_{journal}, on_commit_{std::move(on_commit)}, thread_{[this] { run(); }} {}

Committer::~Committer() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
    }
    appended_.notify_one();
    thread_.join();
}

std::uint64_t Committer::append(std::uint16_t kind, std::string_view payload) {
    const std::lock_guard lock{mutex_};
    const auto sequence = journal_.append(kind, payload);
    if (!any_) appended_.notify_one();
    any_ = true;
    return sequence;
}

void Committer::forget_before(std::uint64_t sequence) {
    const std::lock_guard lock{mutex_};
    forget_before_ = sequence;
    if (!any_) appended_.notify_one();
    any_ = true;
}

bool Committer::wait(std::uint64_t sequence) const {
    while (true) {
        const auto round = round_.load(std::memory_order_acquire);
        if (journal_.durable() >= sequence) return true;
        if (failed_.load(std::memory_order_acquire)) return false;
        round_.wait(round, std::memory_order_acquire);
    }
}

void Committer::run() {
    while (true) {
        std::unique_lock lock{mutex_};
        appended_.wait(lock, [this] { return any_ || stopped_; });
        if (!any_) return;
        any_ = false;
        const auto batch = journal_.take();
        const auto forget = std::exchange(forget_before_, 0);
        lock.unlock();
        const auto status = journal_.commit(batch);
        if (status && forget > 0) static_cast<void>(journal_.forget_before(forget));
        if (!status) failed_.store(true, std::memory_order_release);
        round_.fetch_add(1, std::memory_order_acq_rel);
        round_.notify_all();
        if (on_commit_) on_commit_(journal_.durable(), status);
        if (!status) return;
    }
}

}  // namespace bf::journal

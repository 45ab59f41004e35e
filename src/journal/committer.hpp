// Makes the journal durable on a thread of its own: whatever was appended while one sync ran goes into the next, all at once.
#pragma once
#include "journal/journal.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace bf::journal {

class Committer {
public:
    /// Called on the committing thread after each commit: all up to `durable` is; or, once, that no more will be.
    using OnCommit = std::function<void(std::uint64_t durable, const Status& status)>;

    explicit Committer(Journal& journal, OnCommit on_commit = {});
    /// Commits what was appended, then ends.
    ~Committer();
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    /// From any thread. The commit begins at once, or when the running one ends.
    std::uint64_t append(std::uint16_t kind, std::string_view payload);
    /// As Journal::forget_before, after the next commit. A segment that can't be removed stays until it is asked for again.
    void forget_before(std::uint64_t sequence);
    /// Waits until the entry is durable; false if the journal failed before.
    [[nodiscard]] bool wait(std::uint64_t sequence) const;

private:
    void run();

    Journal& journal_;
    OnCommit on_commit_;
    std::mutex mutex_;
    std::condition_variable appended_;
    bool any_{false};
    std::uint64_t forget_before_{0};
    bool stopped_{false};
    std::atomic<bool> failed_{false};
    std::atomic<std::uint32_t> round_{0};  ///< Counts commits, for those who wait.
    std::thread thread_;
};

}  // namespace bf::journal

// The journal on disk as the engine reaches it: appended on the loop's thread, made durable on one of its own.
#pragma once
#include "journal/committer.hpp"
#include "journal/disk.hpp"
#include "net/loop.hpp"
#include "ports/journal.hpp"

#include <memory>

namespace bf::app {

class JournalFile final : public ports::Journal {
public:
    /// Reads all entries into `on_entry`. `folder` is made if it is not there.
    static Result<std::unique_ptr<JournalFile>> open(net::Loop& loop, const std::string& folder, const journal::Journal::OnEntry& on_entry);
    ~JournalFile() override;

    std::uint64_t append(std::uint16_t kind, std::string_view payload) override { return committer_->append(kind, payload); }
    void on_durable(std::function<void(std::uint64_t)> callback) override { callback_ = std::move(callback); }
    void forget_before(std::uint64_t sequence) override { committer_->forget_before(sequence); }
    /// Of what was appended last, on the loop's thread.
    [[nodiscard]] std::uint64_t last() const { return journal_->last(); }
    /// From any thread: waits until the entry is durable; false if the journal failed before.
    [[nodiscard]] bool wait(std::uint64_t sequence) const { return committer_->wait(sequence); }
    [[nodiscard]] const journal::Opened& opened() const { return journal_->opened(); }

private:
    JournalFile(net::Loop& loop, const std::string& folder) : loop_{loop}, folder_{folder, journal::Journal::kSegmentSize} {}
    net::Loop& loop_;
    journal::DiskFolder folder_;
    std::unique_ptr<journal::Journal> journal_;
    std::function<void(std::uint64_t)> callback_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
    std::unique_ptr<journal::Committer> committer_;
};

}  // namespace bf::app

// The ledger being written: append-only segments in the signer's own folder (ledger_chain.hpp has the bytes, docs/design/ledger.md the why).
//
// append() puts an entry into the operating system's hands before it returns, so that the death of this process loses none; a thread
// makes it durable within kLedgerSyncEvery and signs the head then. sync() waits for that: before anything rare takes effect.
//
// A ledger that is found broken is never repaired: its segments stay as they are, a new one begins, and its first entries say what was
// found where. Until a person accepts that it is `broken`; what may be signed meanwhile is its user's business (ledger_uses.hpp).
//
// Only the segment that is written and the one made ahead stay open: the others are opened for a page or a copy, one at a time, so that
// its age costs no descriptors.
#pragma once
#include "journal/file.hpp"
#include "ports/clock.hpp"
#include "signer/ledger_check.hpp"
#include "signer/protocol.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace bf::signer {

inline constexpr milliseconds kLedgerSyncEvery{100};
inline constexpr std::uint64_t kLedgerSegmentSize = 1U << 20;
inline constexpr const char* kLedgerHeadFile = "head";
std::string ledger_segment_name(std::uint64_t number);  ///< "00000001.ledger"

class Ledger {
public:
    struct Setup {
        std::unique_ptr<journal::Folder> folder;
        const crypto::Secret& seed;  ///< kLedgerSeedSize bytes; only used while opening.
        const ports::Clock& clock;
        std::optional<LedgerHead> kept_head{};  ///< As the vault knows it.
        std::uint64_t segment_size{kLedgerSegmentSize};
    };
    /// Checks all of it, then is ready to append; an empty folder gets a new one. Fails only where the disk does.
    static Result<std::unique_ptr<Ledger>> open(Setup setup);
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// Gives it its sequence and its time. After a failure nothing is appended any more, until try_again().
    Result<std::uint64_t> append(LedgerEntry& entry);
    /// Makes all of it durable and its head signed. From any thread.
    Status sync();
    /// After a failure: whether it can be gone on with as it is. So it is where no more than a new segment could not be made, for want of room
    /// or of descriptors, and now can be. After a write or a sync that failed nobody knows what is on the disk: only open() finds that out.
    bool try_again();
    /// Syncs on a thread of its own, which this starts; once only, and when the process is already confined.
    void sync_in_background();

    [[nodiscard]] LedgerState state() const;
    [[nodiscard]] std::string detail() const;
    [[nodiscard]] LedgerHead head() const;  ///< The newest entry, durable or not.
    /// The newest head that is durable and signed, as write_head made it.
    [[nodiscard]] std::string signed_head() const;
    /// What the last start found.
    [[nodiscard]] const LedgerReport& found() const { return found_; }
    /// Its files as they stand, for a backup: later entries are behind `used`.
    struct Copy {
        struct Segment {
            std::string name;
            std::uint64_t size{0};
            std::uint64_t used{0};
        };
        std::string head;
        std::vector<Segment> segments;
        std::shared_ptr<journal::Folder> folder;  ///< To open them in, one at a time; outlives the ledger.
    };
    /// Fails where a segment can't be opened, but for one that was gone when the ledger was opened, which its breaches tell.
    Result<Copy> copy();
    /// A person knows of the breaks.
    Result<std::uint64_t> accept(std::string_view who);
    /// Looks at so many entries at most: a page may be short and still have a `next`.
    Result<LedgerPage> page(const LedgerQuery& query, std::size_t looks_max = 2000);

private:
    explicit Ledger(Setup& setup);
    Status start(std::optional<LedgerHead> kept_head);
    Status begin_segment(std::uint64_t number, std::uint64_t first_sequence, bool after_break);
    /// The file of the next segment, if it was not made ahead.
    Status make_ready(std::uint64_t number);
    /// The same ahead, without the lock, which is held before and after.
    Status make_ahead(std::unique_lock<std::mutex>& lock);
    /// Nothing: it is not there, or nobody may read it. Fails where only this process can't open it now.
    Result<std::optional<std::string>> stored(std::uint64_t number);
    Status fail(Error error);

    std::shared_ptr<journal::Folder> folder_;
    LedgerKeys keys_;
    const ports::Clock& clock_;
    std::uint64_t segment_size_;
    LedgerReport found_{};

    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::uint64_t> segments_{};  ///< Their numbers, by their first sequence.
    std::set<std::uint64_t> gone_{};                     ///< Numbers of those that were not there when it was opened.
    std::uint64_t number_{0};                            ///< Of the segment that is written.
    std::shared_ptr<journal::File> file_{};
    std::shared_ptr<journal::File> ready_{};  ///< The next segment's file, made ahead.
    std::uint64_t ready_number_{0};
    bool making_{false};  ///< That file is being made, without the lock.
    std::condition_variable made_;
    std::vector<std::shared_ptr<journal::File>> left_{};  ///< Segments left since the last sync, at most kLeftMax.
    std::uint64_t offset_{0};
    std::uint64_t last_sequence_{0};
    LedgerLink link_{};
    std::uint64_t open_breaks_{0};
    std::optional<Error> failure_{};
    bool unmade_{false};  ///< All that failed is the making of a new segment: what was appended before is as it should be.
    std::string signed_head_{};
    std::string older_vault_{};  ///< A sentence, if the vault was found to be one.
    std::string framed_{};

    std::mutex sync_mutex_;
    std::unique_ptr<journal::File> head_file_{};
    std::uint64_t head_slot_{0};
    std::uint64_t synced_{0};  ///< Sequence; changed under both locks.

    std::condition_variable wake_;
    bool stopped_{false};
    std::thread thread_;
};

}  // namespace bf::signer

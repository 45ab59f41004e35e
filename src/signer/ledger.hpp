// The ledger being written: append-only segments in the signer's own folder (ledger_chain.hpp has the bytes, docs/design/ledger.md the why).
//
// append() puts an entry into the operating system's hands before it returns, so that the death of this process loses none; a thread
// makes it durable within kLedgerSyncEvery and signs the head then. sync() waits for that: before anything rare takes effect.
//
// A ledger that is found broken is never repaired: its segments stay as they are, a new one begins, and its first entries say what was
// found where. Until a person accepts that it is `broken`; what may be signed meanwhile is its user's business (ledger_uses.hpp).
#pragma once
#include "journal/file.hpp"
#include "ports/clock.hpp"
#include "signer/ledger_check.hpp"
#include "signer/protocol.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
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

    /// Gives it its sequence and its time. After a failure nothing is appended any more.
    Result<std::uint64_t> append(LedgerEntry& entry);
    /// Makes all of it durable and its head signed. From any thread.
    Status sync();
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
            std::shared_ptr<journal::File> file;
            std::uint64_t used{0};
        };
        std::string head;
        std::vector<Segment> segments;
    };
    Copy copy();
    /// A person knows of the breaks.
    Result<std::uint64_t> accept(std::string_view who);
    /// Looks at so many entries at most: a page may be short and still have a `next`.
    Result<LedgerPage> page(const LedgerQuery& query, std::size_t looks_max = 2000);

private:
    struct Segment {
        std::uint64_t number{0};
        std::uint64_t first_sequence{0};
        std::shared_ptr<journal::File> file{};
    };
    explicit Ledger(Setup& setup);
    Status start(std::optional<LedgerHead> kept_head);
    Status begin_segment(std::uint64_t number, std::uint64_t first_sequence, bool after_break);
    Status fail(Error error);

    std::unique_ptr<journal::Folder> folder_;
    LedgerKeys keys_;
    const ports::Clock& clock_;
    std::uint64_t segment_size_;
    LedgerReport found_{};

    mutable std::mutex mutex_;
    std::map<std::uint64_t, Segment> segments_{};  ///< By their first sequence.
    Segment* current_{nullptr};
    std::shared_ptr<journal::File> ready_{};       ///< The next segment's file, made ahead.
    std::uint64_t ready_number_{0};
    bool making_{false};  ///< That file is being made, without the lock.
    std::condition_variable made_;
    std::vector<std::shared_ptr<journal::File>> left_{};  ///< Segments left since the last sync.
    std::uint64_t offset_{0};
    std::uint64_t last_sequence_{0};
    LedgerLink link_{};
    std::uint64_t open_breaks_{0};
    std::optional<Error> failure_{};
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

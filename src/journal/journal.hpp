// What is about to be done, written down before it is done. Records are appended in memory, made durable by commit(), and read back in
// order at the next start. After a failed write or sync nothing is ever reported durable again: the process must end and start anew,
// since what the disk then holds is unknown.
//
// append() and take() may run on one thread while commit() runs on another; see Committer for the thread that does so.
#pragma once
#include "journal/file.hpp"
#include "journal/record.hpp"
#include "ports/clock.hpp"

#include <atomic>
#include <functional>

namespace bf::journal {

struct Entry {
    std::uint64_t sequence{0};
    std::uint16_t kind{0};       ///< The writer's own; 0xffff is the journal's.
    std::string_view payload{};  ///< Valid during the call that hands it over.
    /// Whether the journal still has its beginning. The first entry's sequence does not tell: the journal's own entries are not handed over.
    bool from_the_beginning{true};
};

/// Records encoded and not yet written.
struct Batch {
    std::string bytes{};
    std::uint64_t first{0}, last{0};  ///< Sequences; 0: the batch is empty.
    std::uint32_t previous{0};        ///< What its first record is chained to.
};

/// What opening found beside the entries.
struct Opened {
    std::uint64_t entries{0};
    std::uint64_t torn_bytes{0};  ///< Of a last write that never finished; none of it had been promised.
    bool closed_well{false};      ///< close() was the last thing that happened.
};

class Journal {
public:
    using OnEntry = std::function<void(const Entry&)>;
    static constexpr std::uint64_t kSegmentSize = 16U << 20;

    /// Reads all entries, oldest first, into `on_entry`, then is ready to append. A folder without a journal gets one. `damaged` when
    /// something that had been made durable is missing or altered: then nothing is changed on disk.
    static Result<std::unique_ptr<Journal>> open(Folder& folder, ports::Entropy& entropy, const OnEntry& on_entry,
                                                 std::uint64_t segment_size = kSegmentSize);

    /// Gives the entry's sequence. `payload` has at most kPayloadMax bytes.
    std::uint64_t append(std::uint16_t kind, std::string_view payload);
    /// What was appended since the last take(), for commit().
    Batch take();
    /// Writes and syncs; when it returns well, all up to `batch.last` is durable.
    Status commit(const Batch& batch);
    Status flush() { return commit(take()); }

    [[nodiscard]] std::uint64_t last() const { return last_; }
    [[nodiscard]] std::uint64_t durable() const { return durable_.load(std::memory_order_acquire); }
    [[nodiscard]] const Opened& opened() const { return opened_; }

    /// Removes the segments whose entries are all older than `sequence`: what they told stands elsewhere.
    Status forget_before(std::uint64_t sequence);
    /// Flushes and marks the end: a next start knows that nothing was lost.
    Status close();

private:
    struct Segment {
        std::uint64_t number{0};
        std::uint64_t first_sequence{0};
    };
    Journal(Folder& folder, std::uint64_t segment_size) : folder_{folder}, segment_size_{segment_size} {}
    Status found(ports::Entropy& entropy);
    Status replay(const std::vector<std::string>& names, const OnEntry& on_entry);
    struct Position;
    struct Reading;
    Status replay_segment(Reading& reading, Position& at, const OnEntry& on_entry);
    Status start_segment(std::uint64_t first_sequence, std::uint32_t previous, std::uint64_t room);
    Status write_batch(const Batch& batch);

    Folder& folder_;
    std::uint64_t segment_size_;
    std::uint64_t seed_{0};  ///< The journal's own number.
    Opened opened_{};

    // Of the appending thread.
    Batch pending_{};
    std::uint64_t last_{0};
    std::uint32_t previous_{0};

    // Of the committing thread.
    std::vector<Segment> segments_{};
    std::unique_ptr<File> file_{};
    std::uint64_t offset_{0};
    bool failed_{false};

    std::atomic<std::uint64_t> durable_{0};
};

}  // namespace bf::journal

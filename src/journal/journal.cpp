#include "journal/journal.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace bf::journal {
namespace {

constexpr std::uint16_t kEnd = 0xffff;
constexpr std::string_view kPrefix = "journal-";
/// More records than a segment can hold: a number beyond is no sequence of this journal.
constexpr std::uint64_t kSequencesAhead = 1U << 24;

std::string name_of(std::uint64_t number) {
    char name[40];
    std::snprintf(name, sizeof name, "journal-%012llu", static_cast<unsigned long long>(number));
    return name;
}

Error damaged(const std::string& segment, const std::string& what) {
    return Error{ErrorKind::damaged, "The journal is damaged: " + segment + " " + what + ". Nothing was changed. Restore the data folder from a backup.",
                 Fate::not_sent, "journal_damaged"};
}

bool is_blank(std::string_view bytes) { return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0); }

}  // namespace

/// Where reading stands, through all segments.
struct Journal::Position {
    std::string name{};
    std::uint64_t last{0};
    std::uint32_t previous{0};
    std::uint64_t offset{kBlock};  ///< In the segment being read: behind its last good record.
    bool ended{false};             ///< The last record is the mark of close().
};

/// A segment that is read a little ahead of what is looked at, into the same memory again and again: what was just read is still near the
/// processor then, and the kernel need not find memory for all of it.
struct Journal::Reading {
    static constexpr std::size_t kStep = 3U << 20;
    File& file;
    std::string& window;    ///< Shared by the segments.
    std::uint64_t begin{0}; ///< Of the window in the segment.
    std::size_t held{0};    ///< Bytes of the window that were read.

    [[nodiscard]] std::uint64_t end() const { return begin + held; }
    /// So that a whole record can stand at `offset`. What lies before it is let go.
    Status reach(std::uint64_t offset) {
        const std::uint64_t wanted = offset + record_size(kPayloadMax);
        if (end() >= std::min(file.size(), wanted)) return {};
        return reach_to(offset, wanted + kStep);
    }
    Status reach_to(std::uint64_t offset, std::uint64_t wanted) {
        const std::uint64_t to = std::min(file.size(), wanted);
        if (end() >= to) return {};
        const auto passed = static_cast<std::size_t>(offset - begin);
        held -= passed;
        std::memmove(window.data(), window.data() + passed, held);
        begin = offset;
        const auto size = static_cast<std::size_t>(to - begin);
        if (window.size() < size) window.resize(size);
        BF_TRY_VOID(file.read(end(), std::span{window}.subspan(held, size - held)));
        held = size;
        return {};
    }
    /// Whether there are but zeros from `offset` to the segment's end; reading goes on there if not.
    Result<bool> is_blank_from(std::uint64_t offset) {
        for (auto at = offset; is_blank(from(at));) {
            at = end();
            if (at >= file.size()) return true;
            BF_TRY_VOID(reach_to(at, at + kStep));
        }
        begin = offset;
        held = 0;
        return false;
    }
    /// All that was read from `offset` on.
    [[nodiscard]] std::string_view from(std::uint64_t offset) const {
        return std::string_view{window}.substr(0, held).substr(static_cast<std::size_t>(offset - begin));
    }
};

Result<std::unique_ptr<Journal>> Journal::open(Folder& folder, ports::Entropy& entropy, const OnEntry& on_entry, std::uint64_t segment_size) {
    std::unique_ptr<Journal> journal{new Journal{folder, segment_size}};
    BF_TRY(auto names, folder.list());
    std::erase_if(names, [](const std::string& name) { return !name.starts_with(kPrefix); });
    std::sort(names.begin(), names.end());
    BF_TRY_VOID(journal->replay(names, on_entry));
    if (!journal->file_) BF_TRY_VOID(journal->found(entropy));
    journal->durable_.store(journal->last_, std::memory_order_release);
    return journal;
}

Status Journal::found(ports::Entropy& entropy) {
    std::array<unsigned char, sizeof seed_> dice{};
    entropy.fill(dice);
    for (const auto byte : dice) seed_ = seed_ << 8 | byte;
    return start_segment(1, 0, 0);
}

Status Journal::replay(const std::vector<std::string>& names, const OnEntry& on_entry) {
    Position at;
    std::string window;
    for (const auto& name : names) {
        BF_TRY(auto file, folder_.open(name));
        Reading reading{*file, window};
        BF_TRY_VOID(reading.reach(0));
        const auto header = read_header(reading.from(0).substr(0, kBlock));
        const bool is_last = &name == &names.back();
        if (!header) {
            // A segment is made before anything refers to it: an unfinished last one is begun again.
            BF_TRY(const bool blank, reading.is_blank_from(std::min<std::uint64_t>(file->size(), kBlock)));
            if (!is_last || !blank) return Unexpected{damaged(name, "has no readable head")};
            BF_TRY_VOID(folder_.remove(name));
            break;
        }
        const bool first = segments_.empty();
        if (first) {
            seed_ = header->journal;
            at.last = header->first_sequence - 1;
            at.previous = header->previous;
        }
        const bool follows = header->journal == seed_ && (first || header->number == segments_.back().number + 1);
        if (!follows || name != name_of(header->number)) return Unexpected{damaged(name, "does not follow the segment before it")};
        if (header->first_sequence != at.last + 1 || header->previous != at.previous)
            return Unexpected{damaged(name_of(header->number - 1), "ends before the next segment begins")};
        segments_.push_back({header->number, header->first_sequence});
        at.name = name;
        at.offset = kBlock;
        BF_TRY_VOID(replay_segment(reading, at, on_entry));
        file_ = std::move(file);
    }
    last_ = at.last;
    previous_ = at.previous;
    offset_ = at.offset;
    opened_.closed_well = at.ended;
    if (opened_.torn_bytes == 0) return {};
    // What is left of the torn write must never be taken for a record again.
    const std::string zeros(opened_.torn_bytes, '\0');
    BF_TRY_VOID(file_->write(offset_, zeros));
    return file_->sync();
}

Status Journal::replay_segment(Reading& reading, Position& at, const OnEntry& on_entry) {
    opened_.torn_bytes = 0;
    while (true) {
        BF_TRY_VOID(reading.reach(at.offset));
        const auto record = read_record(reading.from(at.offset), seed_);
        if (!record) break;
        if (record->sequence != at.last + 1 || record->previous != at.previous) break;
        if (record->kind != kEnd) {
            on_entry(Entry{record->sequence, record->kind, record->payload, segments_.front().first_sequence == 1});
            ++opened_.entries;
        }
        at.ended = record->kind == kEnd;
        at.last = record->sequence;
        at.previous = static_cast<std::uint32_t>(record->checksum);
        at.offset += record_size(record->payload.size());
    }
    BF_TRY(const bool blank, reading.is_blank_from(at.offset));
    if (blank) return {};
    BF_TRY_VOID(reading.reach_to(at.offset, reading.file.size()));
    const auto rest = reading.from(at.offset);
    const auto dirty = rest.find_last_not_of('\0');
    at.ended = false;
    // Of a write that never finished anything may be there in any order. But no record of it can say that the missing one was durable.
    for (std::size_t skipped = 0; skipped <= dirty; skipped += 8) {
        const auto sequence = sequence_at(rest.substr(skipped));
        if (sequence <= at.last || sequence - at.last > kSequencesAhead) continue;
        const auto record = read_record(rest.substr(skipped), seed_);
        if (!record) continue;
        const auto durable_then = record->sequence - 1 - std::min<std::uint64_t>(record->lag, record->sequence - 1);
        if (durable_then > at.last) return Unexpected{damaged(at.name, "lacks entry " + std::to_string(at.last + 1) + ", which had been written for certain")};
    }
    opened_.torn_bytes = dirty + 1;
    return {};
}

std::uint64_t Journal::append(std::uint16_t kind, std::string_view payload) {
    BF_ASSERT(payload.size() <= kPayloadMax);
    if (pending_.first == 0) {
        pending_.first = last_ + 1;
        pending_.previous = previous_;
    }
    Record record{.sequence = ++last_, .previous = previous_, .kind = kind, .payload = payload};
    record.lag = static_cast<std::uint32_t>(std::min<std::uint64_t>(record.sequence - 1 - durable(), UINT32_MAX));
    previous_ = static_cast<std::uint32_t>(write_record(pending_.bytes, seed_, record));
    pending_.last = last_;
    return last_;
}

Batch Journal::take() { return std::exchange(pending_, {}); }

Status Journal::commit(const Batch& batch) {
    if (failed_) return Unexpected{Error{ErrorKind::io, "An earlier write to the journal failed: BackFuture must be started again.", Fate::not_sent, "journal_failed"}};
    if (batch.first == 0) return {};
    auto written = write_batch(batch);
    failed_ = !written;
    if (written) durable_.store(batch.last, std::memory_order_release);
    return written;
}

Status Journal::write_batch(const Batch& batch) {
    if (offset_ + batch.bytes.size() > file_->size()) BF_TRY_VOID(start_segment(batch.first, batch.previous, batch.bytes.size()));
    BF_TRY_VOID(file_->write(offset_, batch.bytes));
    BF_TRY_VOID(file_->sync());
    offset_ += batch.bytes.size();
    return {};
}

Status Journal::start_segment(std::uint64_t first_sequence, std::uint32_t previous, std::uint64_t room) {
    const std::uint64_t number = segments_.empty() ? 1 : segments_.back().number + 1;
    BF_TRY(auto file, folder_.create(name_of(number), std::max(segment_size_, kBlock + room)));
    BF_TRY_VOID(file->write(0, write_header({seed_, number, first_sequence, previous})));
    BF_TRY_VOID(file->sync());
    file_ = std::move(file);
    offset_ = kBlock;
    segments_.push_back({number, first_sequence});
    return {};
}

Status Journal::forget_before(std::uint64_t sequence) {
    while (segments_.size() > 1 && segments_[1].first_sequence <= sequence) {
        BF_TRY_VOID(folder_.remove(name_of(segments_.front().number)));
        segments_.erase(segments_.begin());
    }
    return {};
}

Status Journal::close() {
    append(kEnd, {});
    return flush();
}

}  // namespace bf::journal

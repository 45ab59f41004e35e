#include "signer/ledger.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace bf::signer {

using exchange::Remark;
using exchange::say;

namespace {

constexpr std::size_t kLength = 4;
constexpr std::size_t kPageBytesMax = 64 * 1024;

std::optional<std::string> whole(journal::File& file) {
    std::string bytes(file.size(), '\0');
    if (!file.read(0, bytes)) return std::nullopt;
    return bytes;
}

std::size_t length_in(std::string_view bytes, std::size_t offset) {
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data() + offset, sizeof length);
    return length;
}

/// Where the entries of a segment begin. In a broken one: as far as they can be told apart.
std::vector<std::size_t> offsets_in(std::string_view bytes) {
    std::vector<std::size_t> offsets;
    for (std::size_t at = kLedgerHeaderSize; at < bytes.size() && bytes.size() - at >= kLength;) {
        const auto body = length_in(bytes, at);
        if (body == 0 || body > LedgerEntry::kBodyMax || bytes.size() - at < body + kLedgerFrame) break;
        offsets.push_back(at);
        at += body + kLedgerFrame;
    }
    return offsets;
}

}  // namespace

std::string ledger_segment_name(std::uint64_t number) {
    char name[32];
    std::snprintf(name, sizeof name, "%08llu.ledger", static_cast<unsigned long long>(number));
    return name;
}

Ledger::Ledger(Setup& setup) : folder_{std::move(setup.folder)}, keys_{setup.seed}, clock_{setup.clock}, segment_size_{setup.segment_size} {}

Ledger::~Ledger() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    // Nothing depends on it: the next start knows how to go on from any end.
    (void)sync().has_value();
}

Result<std::unique_ptr<Ledger>> Ledger::open(Setup setup) {
    BF_ASSERT(setup.seed.size() == kLedgerSeedSize && setup.segment_size >= kLedgerHeaderSize + LedgerEntry::kBodyMax + kLedgerFrame);
    std::unique_ptr<Ledger> ledger{new Ledger{setup}};
    BF_TRY_VOID(ledger->start(setup.kept_head));
    return ledger;
}

Status Ledger::start(std::optional<LedgerHead> kept_head) {
    LedgerChecker::Given given;
    given.key = keys_.public_key();
    given.keys = &keys_;
    // The head's two slots: the last write to one of them may have been cut short, the other stands.
    bool sound_slot = false, head_begun = false;
    auto head_file = folder_->open(kLedgerHeadFile);
    if (head_file) {
        head_file_ = std::move(*head_file);
        const auto bytes = whole(*head_file_);
        head_begun = !bytes || !only_zeros(*bytes);
        for (std::size_t slot = 0; bytes && bytes->size() == 2 * kLedgerHeadBlock && slot < 2; ++slot) {
            const auto head = read_head(std::string_view{*bytes}.substr(slot * kLedgerHeadBlock, kLedgerHeadBlock));
            if (!head || head->public_key != keys_.public_key()) continue;
            sound_slot = true;
            if (given.heads.empty() || head->sequence > given.heads.front().sequence) {
                given.heads.assign(1, *head);
                head_slot_ = 1 - slot;
            }
        }
        // One that was cut can't be gone on with: its slots would never be read again.
        if (bytes && bytes->size() != 2 * kLedgerHeadBlock) {
            head_file_.reset();
            BF_TRY_VOID(folder_->remove(kLedgerHeadFile));
        }
    }
    if (kept_head) given.heads.push_back(*kept_head);
    std::uint64_t promised_segment = 0;
    for (const auto& head : given.heads) promised_segment = std::max(promised_segment, head.segment);

    // Segments stand one behind the other; what a head promises is looked for even behind a gap.
    std::vector<std::shared_ptr<journal::File>> files;
    for (std::uint64_t number = 1;; ++number) {
        auto file = folder_->open(ledger_segment_name(number));
        if (!file && number > promised_segment) break;
        files.push_back(file ? std::shared_ptr<journal::File>{std::move(*file)} : nullptr);
    }
    // The last may be one that was made ahead and not begun.
    if (!files.empty() && files.back() && files.size() > promised_segment) {
        const auto bytes = whole(*files.back());
        if (bytes && bytes->size() == segment_size_ && only_zeros(*bytes)) {
            ready_ = files.back();
            ready_number_ = files.size();
            files.pop_back();
        }
    }
    // A first start that ended before its first head was signed: nobody was told of a ledger yet.
    if (!kept_head && !head_begun && files.size() == 1) {
        BF_TRY_VOID(folder_->remove(ledger_segment_name(1)));
        files.clear();
        ready_.reset();
    }
    given.head_missing = !files.empty() && !sound_slot;
    const bool any_promise = !given.heads.empty();
    LedgerChecker checker{std::move(given)};
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto bytes = files[i] ? whole(*files[i]) : std::nullopt;
        checker.segment(bytes ? std::optional<std::string_view>{*bytes} : std::nullopt);
        if (!bytes) continue;
        const auto header = read_header(*bytes);
        // A header that can't be believed has no place in the index; its entries are found by `verify` only.
        if (header && header->sound && header->header.segment == i + 1) segments_[header->header.first_sequence] = Segment{i + 1, header->header.first_sequence, files[i]};
    }
    found_ = checker.finish();
    if (!head_file_) {
        BF_TRY(head_file_, folder_->create(kLedgerHeadFile, 2 * kLedgerHeadBlock));
    }

    if (files.empty()) {
        BF_TRY_VOID(begin_segment(1, 1, false));
        LedgerEntry begun{.at = {}, .use = UseClass::ledger, .what = "begun", .result = "done", .detail = say(Remark::ledger_begun, {ledger_fingerprint(keys_.public_key())})};
        BF_TRY_VOID(append(begun));
        return sync();
    }
    last_sequence_ = found_.last_sequence;
    link_ = found_.last_link;
    open_breaks_ = found_.open_breaks;
    const bool unrecorded = std::any_of(found_.breaches.begin(), found_.breaches.end(), [](const auto& one) { return !one.recorded; });
    const auto tell = [&](const LedgerEntry::Place& place, std::uint64_t sequence, std::string detail) -> Status {
        LedgerEntry broken{.at = {}, .use = UseClass::ledger, .what = "broken", .result = "found", .detail = std::move(detail), .place = place, .about = sequence};
        BF_TRY_VOID(append(broken));
        ++open_breaks_;
        return {};
    };
    // The head goes into the vault before a change of it is made: one that knows less than what was done is an older copy.
    const auto tell_older_vault = [&]() -> Status {
        if (found_.last_act <= (kept_head ? kept_head->sequence : 0)) return {};
        older_vault_ = say(Remark::vault_older, {std::to_string(found_.last_act)});
        return tell({0, found_.last_act}, found_.last_act, older_vault_);
    };
    LedgerEntry started{.at = {}, .use = UseClass::ledger, .what = "started", .result = "done"};
    if (!unrecorded && (!found_.torn || any_promise)) {
        if (found_.torn) {
            // The end of a write that a crash cut short; nobody was promised anything of it. What else of it was begun goes as well.
            const auto end = found_.end;
            auto number = static_cast<std::uint64_t>(files.size());
            if (ready_) ++number;
            for (; number > end.segment; --number) BF_TRY_VOID(folder_->remove(ledger_segment_name(number)));
            ready_.reset();
            std::erase_if(segments_, [&](const auto& one) { return one.second.number > end.segment; });
            const std::string zeros(files[end.segment - 1]->size() - end.offset, '\0');
            BF_TRY_VOID(files[end.segment - 1]->write(end.offset, zeros));
            BF_TRY_VOID(files[end.segment - 1]->sync());
            started.detail = say(Remark::write_cut, {std::to_string(last_sequence_)});
        }
        const auto last = std::find_if(segments_.begin(), segments_.end(), [&](const auto& one) { return one.second.number == found_.end.segment; });
        BF_ASSERT(last != segments_.end());
        current_ = &last->second;
        offset_ = found_.end.offset;
        // Zeros were cut off its end: nothing that counts is gone, but it is no place to write to any more.
        if (current_->file->size() < segment_size_) BF_TRY_VOID(begin_segment(current_->number + 1, last_sequence_ + 1, false));
        BF_TRY_VOID(tell_older_vault());
        BF_TRY_VOID(append(started));
        return sync();
    }
    const auto promised = found_.head ? found_.head->sequence : 0;
    BF_TRY_VOID(begin_segment(files.size() + 1, std::max(promised, found_.last_sequence) + 1, true));
    for (const auto& one : found_.breaches)
        if (!one.recorded) BF_TRY_VOID(tell(one.place, one.sequence, one.detail));
    if (found_.torn) BF_TRY_VOID(tell(*found_.torn, found_.last_sequence + 1, "bytes stand behind entry " + std::to_string(found_.last_sequence) + " that are no entry"));
    BF_TRY_VOID(tell_older_vault());
    BF_TRY_VOID(append(started));
    return sync();
}

Status Ledger::begin_segment(std::uint64_t number, std::uint64_t first_sequence, bool after_break) {
    std::shared_ptr<journal::File> file;
    if (ready_ && ready_number_ == number) {
        file = std::move(ready_);
    } else {
        BF_TRY(file, folder_->create(ledger_segment_name(number), segment_size_));
    }
    const auto header = write_header({after_break, number, first_sequence, clock_.wall(), keys_.public_key(), link_}, keys_);
    BF_TRY_VOID(file->write(0, header));
    if (current_ != nullptr) left_.push_back(current_->file);
    current_ = &(segments_[first_sequence] = Segment{number, first_sequence, std::move(file)});
    offset_ = kLedgerHeaderSize;
    link_ = first_link(header);
    last_sequence_ = first_sequence - 1;
    return {};
}

Status Ledger::fail(Error error) {
    failure_ = error;
    return Unexpected{std::move(error)};
}

Result<std::uint64_t> Ledger::append(LedgerEntry& entry) {
    std::unique_lock lock{mutex_};
    // The next segment that is being made ahead is the one that is needed: a second of its name would take the first one's place.
    made_.wait(lock, [this] { return !making_ || offset_ + LedgerEntry::kBodyMax + kLedgerFrame <= segment_size_; });
    if (failure_) return Unexpected{*failure_};
    entry.sequence = last_sequence_ + 1;
    entry.at = clock_.wall();
    framed_.assign(kLength, '\0');
    ByteWriter out{framed_};
    write_entry(out, entry);
    const auto body = static_cast<std::uint32_t>(framed_.size() - kLength);
    BF_ASSERT(body <= LedgerEntry::kBodyMax);
    std::memcpy(framed_.data(), &body, kLength);
    if (offset_ + body + kLedgerFrame > segment_size_)
        if (auto begun = begin_segment(current_->number + 1, entry.sequence, false); !begun) {
            // Nothing was written of it: the entry may fit once there is room again, which a new start finds out.
            return Unexpected{fail(begun.error()).error()};
        }
    const auto link = next_link(link_, framed_);
    const auto tag = keys_.tag(link);
    framed_.append(reinterpret_cast<const char*>(link.data()), link.size());
    framed_.append(reinterpret_cast<const char*>(tag.data()), tag.size());
    if (auto written = current_->file->write(offset_, framed_); !written) return Unexpected{fail(written.error()).error()};
    offset_ += framed_.size();
    link_ = link;
    last_sequence_ = entry.sequence;
    return entry.sequence;
}

Status Ledger::sync() {
    const std::lock_guard one_at_a_time{sync_mutex_};
    std::vector<std::shared_ptr<journal::File>> files;
    LedgerHead head;
    std::uint64_t next = 0;
    {
        const std::lock_guard lock{mutex_};
        if (failure_) return Unexpected{*failure_};
        if (current_ == nullptr || last_sequence_ == synced_) return {};
        files = std::move(left_);
        left_.clear();
        files.push_back(current_->file);
        head = {current_->number, last_sequence_, clock_.wall(), link_, keys_.public_key()};
    }
    const auto signed_bytes = write_head(head, keys_);
    const auto write_out = [&]() -> Status {
        for (const auto& file : files) BF_TRY_VOID(file->sync());
        // The entries first: a head that promises what is not there yet would call a crash a crime.
        BF_TRY_VOID(head_file_->write(head_slot_ * kLedgerHeadBlock, signed_bytes));
        return head_file_->sync();
    };
    if (auto written = write_out(); !written) {
        const std::lock_guard lock{mutex_};
        return fail(written.error());
    }
    head_slot_ = 1 - head_slot_;
    {
        const std::lock_guard lock{mutex_};
        synced_ = head.sequence;
        signed_head_ = signed_bytes;
        if (ready_) return {};
        next = current_->number + 1;
        making_ = true;
    }
    // Made ahead so that no use waits for it. A full disk is told when the segment is really needed: what is there still fits.
    auto made = folder_->create(ledger_segment_name(next), segment_size_);
    {
        const std::lock_guard lock{mutex_};
        making_ = false;
        if (made) {
            ready_ = std::move(*made);
            ready_number_ = next;
        }
    }
    made_.notify_all();
    return {};
}

void Ledger::sync_in_background() {
    if (thread_.joinable()) return;
    thread_ = std::thread{[this] {
        std::unique_lock lock{mutex_};
        while (!stopped_) {
            wake_.wait_for(lock, kLedgerSyncEvery, [this] { return stopped_; });
            if (last_sequence_ == synced_ || failure_) continue;
            lock.unlock();
            (void)sync().has_value();
            lock.lock();
        }
    }};
}

LedgerState Ledger::state() const {
    const std::lock_guard lock{mutex_};
    if (failure_) return LedgerState::failed;
    return open_breaks_ > 0 ? LedgerState::broken : LedgerState::sound;
}

std::string Ledger::detail() const {
    const std::lock_guard lock{mutex_};
    if (failure_) return failure_->detail;
    if (open_breaks_ == 0) return {};
    for (const auto& one : found_.breaches)
        if (!one.accepted) return one.detail;
    if (!older_vault_.empty()) return older_vault_;
    return say(Remark::broken_before);
}

LedgerHead Ledger::head() const {
    const std::lock_guard lock{mutex_};
    return {current_->number, last_sequence_, clock_.wall(), link_, keys_.public_key()};
}

std::string Ledger::signed_head() const {
    const std::lock_guard lock{mutex_};
    return signed_head_;
}

Ledger::Copy Ledger::copy() {
    // Of what can't be made durable the head does not tell.
    (void)sync().has_value();
    const std::lock_guard one_at_a_time{sync_mutex_};
    const std::lock_guard lock{mutex_};
    Copy copy;
    copy.head = signed_head_;
    copy.head.resize(2 * kLedgerHeadBlock, '\0');
    for (std::uint64_t number = 1; number <= current_->number; ++number) {
        // Of a broken ledger one may be missing; the copy is as broken.
        const auto name = ledger_segment_name(number);
        std::shared_ptr<journal::File> file = current_->file;
        if (number < current_->number) {
            auto opened = folder_->open(name);
            if (!opened) continue;
            file = std::move(*opened);
        }
        const auto used = number < current_->number ? file->size() : offset_;
        copy.segments.push_back({name, std::move(file), used});
    }
    return copy;
}

Result<std::uint64_t> Ledger::accept(std::string_view who) {
    LedgerEntry entry{.at = {}, .use = UseClass::ledger, .what = "accepted", .result = "done", .detail = std::string{who}};
    BF_TRY(const auto sequence, append(entry));
    BF_TRY_VOID(sync());
    const std::lock_guard lock{mutex_};
    open_breaks_ = 0;
    return sequence;
}

Result<LedgerPage> Ledger::page(const LedgerQuery& query, std::size_t looks_max) {
    const std::lock_guard lock{mutex_};
    LedgerPage page;
    const auto wanted = std::clamp<std::uint32_t>(query.limit, 1, 200);
    std::uint64_t before = query.before == 0 ? last_sequence_ + 1 : std::min(query.before, last_sequence_ + 1);
    std::size_t looks = 0, size = 0;
    while (before > 1) {
        auto found = segments_.lower_bound(before);
        if (found == segments_.begin()) return page;
        const auto& segment = (--found)->second;
        const auto bytes = whole(*segment.file);
        if (!bytes) return Unexpected{Error{ErrorKind::io, "a segment of the ledger can't be read"}};
        const auto offsets = offsets_in(*bytes);
        // Of a segment that is cut or broken less is there than its numbers say.
        auto place = std::min<std::uint64_t>(before - segment.first_sequence, offsets.size());
        for (; place > 0; --place) {
            if (looks++ >= looks_max || page.entries.size() >= wanted) {
                page.next = segment.first_sequence + place;
                return page;
            }
            const auto offset = offsets[static_cast<std::size_t>(place - 1)];
            auto entry = read_entry(std::string_view{*bytes}.substr(offset + kLength, length_in(*bytes, offset)));
            if (!entry) continue;
            const auto at = entry->at;
            // Times may step back with the clock; only a day of it ends the search.
            if (query.from && at + std::chrono::hours{24} < *query.from) return page;
            if ((query.from && at < *query.from) || (query.to && at > *query.to)) continue;
            if (!query.connection.empty() && entry->connection != query.connection) continue;
            if (query.use && entry->use != *query.use) continue;
            // What one message carries, whatever its entries hold.
            size += length_in(*bytes, offset);
            if (size > kPageBytesMax) {
                page.next = segment.first_sequence + place;
                return page;
            }
            page.entries.push_back(std::move(*entry));
        }
        before = segment.first_sequence;
    }
    return page;
}

}  // namespace bf::signer

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
/// A sync that takes so long that this many segments were filled meanwhile holds up what is appended.
constexpr std::size_t kLeftMax = 8;

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

/// What passes by itself, and has changed nothing that was there.
bool lacks_room(const Error& error) { return error.code == journal::kDiskFull || error.code == journal::kNoDescriptors; }

Unexpected<Error> unread(std::uint64_t number, Error why) {
    why.detail = "segment " + std::to_string(number) + " of the ledger can't be read: " + why.detail;
    return Unexpected{std::move(why)};
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
    if (!head_file && lacks_room(head_file.error())) return Unexpected{std::move(head_file).error()};
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
    std::uint64_t count = 0;
    for (;; ++count) {
        auto file = folder_->open(ledger_segment_name(count + 1));
        if (file) continue;
        const bool gone = file.error().kind == ErrorKind::not_found;
        if (gone && count >= promised_segment) break;
        // Not the end of it, which another would be begun behind, in its place.
        if (lacks_room(file.error()) || count >= promised_segment) return unread(count + 1, std::move(file).error());
        if (gone) gone_.insert(count + 1);
    }
    // The last may be one that was made ahead and not begun.
    if (count > promised_segment) {
        BF_TRY(const auto bytes, stored(count));
        if (bytes && bytes->size() == segment_size_ && only_zeros(*bytes)) {
            BF_TRY(ready_, folder_->open(ledger_segment_name(count)));
            ready_number_ = count--;
        }
    }
    // A first start that ended before its first head was signed: nobody was told of a ledger yet.
    if (!kept_head && !head_begun && count == 1) {
        BF_TRY_VOID(folder_->remove(ledger_segment_name(1)));
        count = 0;
        ready_.reset();
    }
    given.head_missing = count > 0 && !sound_slot;
    const bool any_promise = !given.heads.empty();
    LedgerChecker checker{std::move(given)};
    for (std::uint64_t number = 1; number <= count; ++number) {
        BF_TRY(const auto bytes, stored(number));
        checker.segment(bytes ? std::optional<std::string_view>{*bytes} : std::nullopt);
        if (!bytes) continue;
        const auto header = read_header(*bytes);
        // A header that can't be believed has no place in the index; its entries are found by `verify` only.
        if (header && header->sound && header->header.segment == number) segments_[header->header.first_sequence] = number;
    }
    found_ = checker.finish();
    if (!head_file_) {
        BF_TRY(head_file_, folder_->create(kLedgerHeadFile, 2 * kLedgerHeadBlock));
    }

    if (count == 0) {
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
            for (auto number = ready_ ? count + 1 : count; number > end.segment; --number) BF_TRY_VOID(folder_->remove(ledger_segment_name(number)));
            ready_.reset();
            std::erase_if(segments_, [&](const auto& one) { return one.second > end.segment; });
            BF_TRY(const auto file, folder_->open(ledger_segment_name(end.segment)));
            BF_TRY_VOID(file->write(end.offset, std::string(file->size() - end.offset, '\0')));
            BF_TRY_VOID(file->sync());
            started.detail = say(Remark::write_cut, {std::to_string(last_sequence_)});
        }
        number_ = found_.end.segment;
        BF_ASSERT(std::any_of(segments_.begin(), segments_.end(), [&](const auto& one) { return one.second == number_; }));
        BF_TRY(file_, folder_->open(ledger_segment_name(number_)));
        offset_ = found_.end.offset;
        // Zeros were cut off its end: nothing that counts is gone, but it is no place to write to any more.
        if (file_->size() < segment_size_) BF_TRY_VOID(begin_segment(number_ + 1, last_sequence_ + 1, false));
        BF_TRY_VOID(tell_older_vault());
        BF_TRY_VOID(append(started));
        return sync();
    }
    const auto promised = found_.head ? found_.head->sequence : 0;
    BF_TRY_VOID(begin_segment(count + 1, std::max(promised, found_.last_sequence) + 1, true));
    for (const auto& one : found_.breaches)
        if (!one.recorded) BF_TRY_VOID(tell(one.place, one.sequence, one.detail));
    if (found_.torn) BF_TRY_VOID(tell(*found_.torn, found_.last_sequence + 1, "bytes stand behind entry " + std::to_string(found_.last_sequence) + " that are no entry"));
    BF_TRY_VOID(tell_older_vault());
    BF_TRY_VOID(append(started));
    return sync();
}

Status Ledger::begin_segment(std::uint64_t number, std::uint64_t first_sequence, bool after_break) {
    BF_TRY_VOID(make_ready(number));
    const auto header = write_header({after_break, number, first_sequence, clock_.wall(), keys_.public_key(), link_}, keys_);
    BF_TRY_VOID(ready_->write(0, header));
    if (file_ && left_.size() == kLeftMax) {
        BF_TRY_VOID(left_.front()->sync());
        left_.erase(left_.begin());
    }
    if (file_) left_.push_back(std::move(file_));
    file_ = std::exchange(ready_, nullptr);
    number_ = number;
    segments_[first_sequence] = number;
    offset_ = kLedgerHeaderSize;
    link_ = first_link(header);
    last_sequence_ = first_sequence - 1;
    return {};
}

Status Ledger::make_ready(std::uint64_t number) {
    if (ready_ && ready_number_ == number) return {};
    BF_TRY(ready_, folder_->create(ledger_segment_name(number), segment_size_));
    ready_number_ = number;
    return {};
}

Status Ledger::make_ahead(std::unique_lock<std::mutex>& lock) {
    made_.wait(lock, [this] { return !making_; });
    if (ready_) return {};
    const auto next = number_ + 1;
    making_ = true;
    lock.unlock();
    auto made = folder_->create(ledger_segment_name(next), segment_size_);
    lock.lock();
    making_ = false;
    made_.notify_all();
    BF_TRY(ready_, std::move(made));
    ready_number_ = next;
    return {};
}

Result<std::optional<std::string>> Ledger::stored(std::uint64_t number) {
    auto file = folder_->open(ledger_segment_name(number));
    if (file) return whole(**file);
    if (lacks_room(file.error())) return unread(number, std::move(file).error());
    return std::optional<std::string>{};
}

bool Ledger::try_again() {
    std::unique_lock lock{mutex_};
    if (!unmade_) return !failure_;
    auto made = make_ahead(lock);
    // The lock was let go: a sync may have failed.
    if (!unmade_) return false;
    unmade_ = !made && lacks_room(made.error());
    if (made) failure_.reset();
    else failure_ = std::move(made).error();
    return !failure_;
}

Status Ledger::fail(Error error) {
    unmade_ = false;
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
    if (offset_ + body + kLedgerFrame > segment_size_) {
        if (auto made = make_ready(number_ + 1); !made) {
            // Nothing was written of it, and all before is where it should be: try_again() goes on from here.
            auto failed = fail(std::move(made).error());
            unmade_ = lacks_room(failed.error());
            return Unexpected{std::move(failed).error()};
        }
        if (auto begun = begin_segment(number_ + 1, entry.sequence, false); !begun) return Unexpected{fail(begun.error()).error()};
    }
    const auto link = next_link(link_, framed_);
    const auto tag = keys_.tag(link);
    framed_.append(reinterpret_cast<const char*>(link.data()), link.size());
    framed_.append(reinterpret_cast<const char*>(tag.data()), tag.size());
    if (auto written = file_->write(offset_, framed_); !written) return Unexpected{fail(written.error()).error()};
    offset_ += framed_.size();
    link_ = link;
    last_sequence_ = entry.sequence;
    return entry.sequence;
}

Status Ledger::sync() {
    const std::lock_guard one_at_a_time{sync_mutex_};
    std::vector<std::shared_ptr<journal::File>> files;
    LedgerHead head;
    {
        const std::lock_guard lock{mutex_};
        if (failure_ && !unmade_) return Unexpected{*failure_};
        if (!file_ || last_sequence_ == synced_) return {};
        files = std::exchange(left_, {});
        files.push_back(file_);
        head = {number_, last_sequence_, clock_.wall(), link_, keys_.public_key()};
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
    std::unique_lock lock{mutex_};
    synced_ = head.sequence;
    signed_head_ = signed_bytes;
    // Made ahead so that no use waits for it. A full disk is told when the segment is really needed: what is there still fits.
    (void)make_ahead(lock).has_value();
    return {};
}

void Ledger::sync_in_background() {
    if (thread_.joinable()) return;
    thread_ = std::thread{[this] {
        std::unique_lock lock{mutex_};
        while (!stopped_) {
            wake_.wait_for(lock, kLedgerSyncEvery, [this] { return stopped_; });
            if (last_sequence_ == synced_ || (failure_ && !unmade_)) continue;
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
    return {number_, last_sequence_, clock_.wall(), link_, keys_.public_key()};
}

std::string Ledger::signed_head() const {
    const std::lock_guard lock{mutex_};
    return signed_head_;
}

Result<Ledger::Copy> Ledger::copy() {
    // Of what can't be made durable the head does not tell.
    (void)sync().has_value();
    Copy copy{.head = {}, .segments = {}, .folder = folder_};
    std::uint64_t last = 0, end = 0;
    {
        const std::lock_guard lock{mutex_};
        copy.head = signed_head_;
        last = number_;
        end = offset_;
    }
    copy.head.resize(2 * kLedgerHeadBlock, '\0');
    for (std::uint64_t number = 1; number <= last; ++number) {
        const auto name = ledger_segment_name(number);
        auto file = folder_->open(name);
        // Of a broken ledger one may be missing; the copy is as broken.
        if (!file && file.error().kind == ErrorKind::not_found && gone_.contains(number)) continue;
        if (!file) return unread(number, std::move(file).error());
        const auto size = (*file)->size(), used = number < last ? size : end;
        if (used > size) return unread(number, {ErrorKind::io, "its end was cut off."});
        copy.segments.push_back({name, size, used});
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
        const auto [first_sequence, number] = *--found;
        auto file = file_;
        if (number != number_) {
            auto opened = folder_->open(ledger_segment_name(number));
            if (!opened) return unread(number, std::move(opened).error());
            file = std::move(*opened);
        }
        const auto bytes = whole(*file);
        if (!bytes) return unread(number, {ErrorKind::io, "the disk does not give it."});
        const auto offsets = offsets_in(*bytes);
        // Of a segment that is cut or broken less is there than its numbers say.
        auto place = std::min<std::uint64_t>(before - first_sequence, offsets.size());
        for (; place > 0; --place) {
            if (looks++ >= looks_max || page.entries.size() >= wanted) {
                page.next = first_sequence + place;
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
                page.next = first_sequence + place;
                return page;
            }
            page.entries.push_back(std::move(*entry));
        }
        before = first_sequence;
    }
    return page;
}

}  // namespace bf::signer

#include "signer/ledger_check.hpp"

#include <algorithm>
#include <cstring>

namespace bf::signer {

using exchange::Remark;

namespace {

constexpr std::size_t kLength = 4;
constexpr std::size_t kLink = 32;

template <std::size_t N>
std::array<unsigned char, N> bytes_at(std::string_view bytes, std::size_t offset) {
    std::array<unsigned char, N> read{};
    std::memcpy(read.data(), bytes.data() + offset, N);
    return read;
}

std::size_t length_at(std::string_view bytes, std::size_t offset) {
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data() + offset, sizeof length);
    return length;
}

}  // namespace

bool only_zeros(std::string_view bytes) { return bytes.empty() || (bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0); }

std::string_view to_string(LedgerBreach::Kind kind) {
    switch (kind) {
        case LedgerBreach::Kind::missing: return "missing";
        case LedgerBreach::Kind::header: return "header";
        case LedgerBreach::Kind::entry: return "entry";
        case LedgerBreach::Kind::rubbish: return "rubbish";
        case LedgerBreach::Kind::cut: return "cut";
        case LedgerBreach::Kind::forked: return "forked";
        case LedgerBreach::Kind::head: return "head";
    }
    return "entry";
}

bool LedgerReport::settled() const {
    return !torn && open_breaks == 0 && std::all_of(breaches.begin(), breaches.end(), [](const auto& one) { return one.accepted; });
}

LedgerChecker::LedgerChecker(Given given, OnEntry on_entry) : given_{std::move(given)}, on_entry_{std::move(on_entry)}, number_{given_.first_segment - 1} {
    report_.public_key = given_.key;
    for (const auto& head : given_.heads)
        if (!report_.head || head.sequence > report_.head->sequence) report_.head = head;
}

void LedgerChecker::breach(LedgerBreach::Kind kind, LedgerEntry::Place place, std::uint64_t sequence, Remark found, std::initializer_list<std::string_view> about) {
    if (report_.breaches.size() < LedgerReport::kBreachesMax) report_.breaches.push_back({kind, place, sequence, exchange::say(found, about), false, false});
}

std::uint64_t LedgerChecker::newest_promised() const {
    std::uint64_t newest = 0;
    for (const auto& head : given_.heads) newest = std::max(newest, head.sequence);
    for (const auto& anchor : given_.anchors) newest = std::max(newest, anchor.sequence);
    return newest;
}

void LedgerChecker::segment(std::optional<std::string_view> bytes) {
    ++number_;
    const auto segment = std::to_string(number_);
    // Behind an end that was never finished nothing was promised either.
    if (report_.torn) return;
    if (!bytes) {
        breach(LedgerBreach::Kind::missing, {number_, 0}, next_sequence_, Remark::segment_missing, {segment});
        lost_ = true;
        return;
    }
    if (bytes->size() < kLedgerHeaderSize) {
        breach(LedgerBreach::Kind::header, {number_, 0}, next_sequence_, Remark::segment_short, {segment});
        lost_ = true;
        return;
    }
    ++report_.segments;
    header(bytes->substr(0, kLedgerHeaderSize));
    if (!report_.torn) entries(*bytes);
}

void LedgerChecker::header(std::string_view bytes) {
    const auto read = read_header(bytes);
    const LedgerEntry::Place place{number_, 0};
    // A segment that was only being begun: its header, or the end of the segment before, did not reach the disk.
    if (number_ != given_.first_segment && beyond_promises()) {
        const bool own = read && read->sound && (!report_.public_key || read->header.public_key == *report_.public_key) && read->header.segment == number_;
        if (!own || (!read->header.after_break && (read->header.first_sequence != next_sequence_ || read->header.previous != before_))) {
            report_.torn = place;
            return;
        }
    }
    const auto segment = std::to_string(number_);
    bool trusted = read && read->sound;
    if (!trusted) {
        breach(LedgerBreach::Kind::header, place, next_sequence_, Remark::header_altered, {segment});
    } else if (report_.public_key && read->header.public_key != *report_.public_key) {
        trusted = false;
        breach(LedgerBreach::Kind::header, place, next_sequence_, Remark::header_foreign, {segment});
    } else if (read->header.segment != number_) {
        trusted = false;
        breach(LedgerBreach::Kind::header, place, next_sequence_, Remark::segment_misplaced, {std::to_string(read->header.segment), segment});
    } else {
        report_.public_key = read->header.public_key;
        // Of the first segment at hand nothing is known before it.
        const bool begins = report_.segments == 1 && number_ == given_.first_segment && number_ != 1;
        const auto expected = std::exchange(next_sequence_, read->header.first_sequence);
        const bool follows = read->header.previous == before_ || std::find(or_.begin(), or_.end(), read->header.previous) != or_.end();
        if (read->header.after_break) {
            // What the signer found when it began this one; it tells so in its first entries.
            if (next_sequence_ > expected && !lost_)
                breach(LedgerBreach::Kind::cut, report_.end, expected, Remark::entries_missing, {std::to_string(expected), std::to_string(next_sequence_ - 1)});
            break_begin_ = next_sequence_;
        } else if (!begins && !lost_ && !((next_sequence_ == expected || resync_) && follows)) {
            breach(LedgerBreach::Kind::header, place, expected, Remark::header_astray, {segment});
        }
    }
    before_ = first_link(bytes);
    or_.clear();
    resync_ = !trusted;
    lost_ = !trusted;
    report_.last_link = before_;
    report_.end = {number_, kLedgerHeaderSize};
}

void LedgerChecker::entries(std::string_view bytes) {
    std::size_t at = kLedgerHeaderSize;
    while (bytes.size() - at >= kLength) {
        const auto body = length_at(bytes, at);
        if (body == 0) break;
        const LedgerEntry::Place place{number_, at};
        if (body > LedgerEntry::kBodyMax || bytes.size() - at < body + kLedgerFrame) {
            if (beyond_promises()) report_.torn = place;
            else breach(LedgerBreach::Kind::rubbish, place, next_sequence_, Remark::no_entry, {std::to_string(next_sequence_)});
            lost_ = true;
            return;
        }
        one(bytes.substr(at, body + kLedgerFrame), body, place);
        if (report_.torn) {
            lost_ = true;
            return;
        }
        at += body + kLedgerFrame;
        report_.end = {number_, at};
    }
    if (only_zeros(bytes.substr(at))) return;
    if (beyond_promises()) report_.torn = LedgerEntry::Place{number_, at};
    else breach(LedgerBreach::Kind::rubbish, {number_, at}, next_sequence_, Remark::bytes_behind, {std::to_string(number_)});
}

void LedgerChecker::one(std::string_view framed, std::size_t body_size, LedgerEntry::Place place) {
    const auto hashed = framed.substr(0, kLength + body_size);
    const auto computed = next_link(before_, hashed);
    const auto stored = bytes_at<kLink>(framed, kLength + body_size);
    const bool chained = computed == stored || std::any_of(or_.begin(), or_.end(), [&](const auto& link) { return next_link(link, hashed) == stored; });
    const auto entry = read_entry(framed.substr(kLength, body_size));
    const auto expected = std::to_string(next_sequence_);
    const bool good = (chained || lost_) && entry && (entry->sequence == next_sequence_ || resync_ || lost_);
    if (!good) {
        // What a crash leaves of the last writes, in which nobody was promised anything.
        if (beyond_promises()) {
            report_.torn = place;
            return;
        }
        // Of what follows a broken one it can't be said whether it is broken as well, unless it fits one of the ways to go on.
        if (!resync_) breach(LedgerBreach::Kind::entry, place, next_sequence_, Remark::entry_altered, {expected});
    }
    if (given_.keys != nullptr && given_.keys->tag(stored) != bytes_at<16>(framed, kLength + body_size + kLink)) {
        // Made by somebody without the key, or its last bytes did not reach the disk: it counts as little.
        if (beyond_promises()) {
            report_.torn = place;
            return;
        }
        if (good) breach(LedgerBreach::Kind::entry, place, next_sequence_, Remark::mark_altered, {expected});
    }
    // After an altered body the chain goes on from the link that stands there, after an altered link from the one that should, and behind
    // something that was put in between from the link before it.
    if (good) or_.clear();
    else or_ = {computed, before_};
    before_ = stored;
    // In an entry that does not fit nothing is believed, its sequence neither.
    const auto sequence = good ? entry->sequence : next_sequence_;
    if (good) meet(sequence, stored, place);
    else met_.insert(sequence);
    resync_ = !good;
    lost_ = false;
    ++report_.entries;
    if (!report_.first_sequence) report_.first_sequence = sequence;
    report_.last_sequence = sequence;
    report_.last_link = stored;
    next_sequence_ = sequence + 1;
    if (!good) return;
    if (entry->use == UseClass::ledger && entry->what == "broken" && entry->place) recorded_.emplace_back(*entry->place, entry->sequence);
    if (entry->use == UseClass::ledger && entry->what == "accepted") accepted_.push_back(entry->sequence);
    const bool act = entry->use == UseClass::key || entry->use == UseClass::policy || entry->use == UseClass::account;
    if (act && entry->about != 0 && entry->result == "done") report_.last_act = std::max(report_.last_act, entry->about);
    if (on_entry_) on_entry_(*entry, place);
}

void LedgerChecker::meet(std::uint64_t sequence, const LedgerLink& link, LedgerEntry::Place place) {
    const auto look = [&](std::uint64_t promised, const LedgerLink& as) {
        if (promised != sequence) return;
        met_.insert(promised);
        if (as != link) breach(LedgerBreach::Kind::forked, place, sequence, Remark::rewritten, {std::to_string(sequence)});
    };
    for (const auto& head : given_.heads) look(head.sequence, head.link);
    for (const auto& anchor : given_.anchors) look(anchor.sequence, anchor.link);
}

LedgerReport LedgerChecker::finish() {
    const auto promised = [&](std::uint64_t sequence, const LedgerPublicKey& key) {
        if (report_.public_key && key != *report_.public_key) {
            breach(LedgerBreach::Kind::head, {}, sequence, Remark::head_foreign, {std::to_string(sequence)});
        } else if (sequence > report_.last_sequence) {
            breach(LedgerBreach::Kind::cut, report_.end, report_.last_sequence + 1,
                   Remark::end_cut_off, {std::to_string(report_.last_sequence), std::to_string(sequence)});
        } else if (!met_.contains(sequence) && sequence >= report_.first_sequence.value_or(0) && sequence >= break_begin_) {
            breach(LedgerBreach::Kind::cut, {}, sequence, Remark::entry_gone, {std::to_string(sequence)});
        }
    };
    std::set<std::uint64_t> told;
    for (const auto& head : given_.heads)
        if (told.insert(head.sequence).second) promised(head.sequence, head.public_key);
    for (const auto& anchor : given_.anchors)
        if (told.insert(anchor.sequence).second) promised(anchor.sequence, anchor.public_key);
    if (given_.head_missing) breach(LedgerBreach::Kind::head, {}, report_.last_sequence, Remark::no_head);
    report_.beyond_head = report_.last_sequence - std::min(report_.last_sequence, newest_promised());
    const auto accepted = [this](std::uint64_t recorded) {
        return std::any_of(accepted_.begin(), accepted_.end(), [recorded](std::uint64_t sequence) { return sequence > recorded; });
    };
    report_.open_breaks = static_cast<std::uint64_t>(std::count_if(recorded_.begin(), recorded_.end(), [&](const auto& one) { return !accepted(one.second); }));
    for (auto& one : report_.breaches) {
        const auto recorded = std::find_if(recorded_.begin(), recorded_.end(), [&](const auto& entry) { return entry.first == one.place; });
        if (recorded == recorded_.end()) continue;
        one.recorded = true;
        one.accepted = accepted(recorded->second);
    }
    return std::move(report_);
}

}  // namespace bf::signer

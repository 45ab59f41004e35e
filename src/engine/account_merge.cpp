#include "engine/account_merge.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

/// How far an order is known to have come.
int stage_of(const std::optional<market::OrderStatus>& status) {
    using Status = market::OrderStatus;
    if (!status) return -1;
    switch (*status) {
        case Status::unknown: return -1;
        case Status::open: return 0;
        case Status::partially_filled: return 1;
        case Status::filled:
        case Status::canceled:
        case Status::rejected:
        case Status::expired: return 2;
    }
    return -1;
}
constexpr int kEnded = 2;

/// Under what an order is known: the exchange's id, else ours.
const std::string* name_of(const market::Order& report) {
    if (report.id) return &*report.id;
    return report.client_order_id ? &*report.client_order_id : nullptr;
}

bool same(const market::Balance& a, const market::Balance& b) {
    // Not every answer tells the total beside its parts.
    if (a.free && b.free) return a.free == b.free && a.locked == b.locked;
    return a.total == b.total;
}
bool same(const market::Position& a, const market::Position& b) {
    return a.quantity == b.quantity && a.native_quantity == b.native_quantity && a.entry_price == b.entry_price && a.liquidation_price == b.liquidation_price &&
           a.leverage == b.leverage && a.margin_mode == b.margin_mode && a.margin == b.margin;
}
bool is_open(const market::Position& position) {
    if (position.quantity) return !position.quantity->is_zero();
    return position.native_quantity && *position.native_quantity != "0";
}

}  // namespace

bool AccountMerge::take(const market::Order& report, Steady now) {
    const auto* name = name_of(report);
    if (name == nullptr) return true;
    auto [at, fresh] = orders_.try_emplace(*name, KnownOrder{report, now});
    auto& known = at->second;
    if (fresh) return true;
    const auto before = known.report.filled.value_or(Decimal{});
    const auto after = report.filled.value_or(before);
    const int stage = stage_of(known.report.status);
    // Listed as open by a poll that was asked after it had gone missing: it is there.
    const bool back = known.missing && stage_of(report.status) < kEnded && now > std::max(known.heard, known.missed);
    if (after <= before && stage_of(report.status) <= stage) {
        if (back) known.missing = false;
        if (now > known.heard) known.heard = now;
        return back;
    }
    const auto status = stage_of(report.status) >= stage ? report.status : known.report.status;
    known = {report, std::max(known.heard, now)};
    known.report.status = status;
    known.report.filled = std::max(before, after);
    return true;
}

AccountMerge::FillTaken AccountMerge::take(const market::Fill& fill, bool from_list, Steady now) {
    // One that can't be told from another can't be counted once.
    if (!fill.id) return FillTaken::no;
    const bool complete = from_list || fill.fee.has_value();
    auto [at, fresh] = fills_[fill.native_symbol].try_emplace(*fill.id, KnownFill{complete, fill.at.value_or(Instant{}), now});
    auto& known = at->second;
    known.heard = std::max(known.heard, now);
    if (fresh) return complete ? FillTaken::complete : FillTaken::without_fee;
    if (known.complete || !complete) return FillTaken::no;
    known.complete = true;
    return FillTaken::complete;
}

template <class Key, class Thing>
bool AccountMerge::take_event(std::map<Key, Known<Thing>>& all, const Key& key, const Thing& thing, Steady now) {
    auto [at, fresh] = all.try_emplace(key);
    const bool differs = fresh || !same(at->second.value, thing);
    at->second = {thing, now};
    return differs;
}

bool AccountMerge::take(const market::Balance& balance, Steady now) { return take_event(balances_, balance.asset, balance, now); }

bool AccountMerge::take(const market::Position& position, Steady now) {
    if (!position.side) return false;
    return take_event(positions_, PositionKey{position.native_symbol, *position.side}, position, now);
}

template <class Key, class Thing, class KeyOf, class Empty>
AccountMerge::Polled AccountMerge::take_all(std::map<Key, Known<Thing>>& all, const std::vector<Thing>& list, Steady asked_at, KeyOf key_of, Empty empty) {
    Polled polled;
    std::set<Key> listed;
    for (const auto& thing : list) {
        const auto key = key_of(thing);
        listed.insert(key);
        auto [at, fresh] = all.try_emplace(key);
        auto& known = at->second;
        const bool differs = fresh || !same(known.value, thing);
        if (!fresh && known.told >= asked_at) {
            polled.doubtful = polled.doubtful || differs;
            continue;
        }
        polled.changed = polled.changed || differs;
        known.value = thing;
    }
    for (auto& [key, known] : all) {
        if (listed.contains(key)) continue;
        if (known.told >= asked_at) {
            polled.doubtful = true;
            continue;
        }
        polled.changed = empty(known.value) || polled.changed;
    }
    return polled;
}

AccountMerge::Polled AccountMerge::take_list(const std::vector<market::Balance>& balances, Steady asked_at) {
    const auto emptied = [](market::Balance& balance) {
        const bool had = !same(balance, {balance.asset, Decimal{}, Decimal{}, Decimal{}});
        balance = {balance.asset, Decimal{}, Decimal{}, Decimal{}};
        return had;
    };
    return take_all(balances_, balances, asked_at, [](const market::Balance& one) { return one.asset; }, emptied);
}

AccountMerge::Polled AccountMerge::take_list(const std::vector<market::Position>& positions, Steady asked_at) {
    const auto emptied = [](market::Position& position) {
        const bool had = is_open(position);
        position.quantity = Decimal{};
        position.native_quantity.reset();
        return had;
    };
    return take_all(positions_, positions, asked_at,
                    [](const market::Position& one) { return PositionKey{one.native_symbol, one.side.value_or(market::PositionSide::long_side)}; }, emptied);
}

void AccountMerge::take_open(const std::vector<market::Order>& open, const std::string* native_symbol, Steady asked_at) {
    std::set<std::string> listed;
    for (const auto& report : open)
        if (const auto* name = name_of(report)) listed.insert(*name);
    for (auto& [name, known] : orders_) {
        const bool meant = native_symbol == nullptr || known.report.native_symbol == *native_symbol;
        if (!meant || stage_of(known.report.status) == kEnded || known.heard > asked_at || listed.contains(name)) continue;
        known.missing = true;
        known.missed = std::max(known.missed, asked_at);
    }
}

std::vector<market::Balance> AccountMerge::balances() const {
    std::vector<market::Balance> all;
    for (const auto& [asset, known] : balances_) all.push_back(known.value);
    return all;
}

std::vector<market::Position> AccountMerge::positions() const {
    std::vector<market::Position> all;
    for (const auto& [key, known] : positions_)
        if (is_open(known.value)) all.push_back(known.value);
    return all;
}

std::vector<market::Order> AccountMerge::open_orders() const {
    std::vector<market::Order> all;
    for (const auto& [name, known] : orders_)
        if (!known.missing && stage_of(known.report.status) < kEnded) all.push_back(known.report);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return *name_of(a) < *name_of(b); });
    return all;
}

void AccountMerge::forget(const std::string& native_symbol, Instant fills_before, Steady now) {
    const auto old = [now](Steady heard) { return now - heard > Steady{kRemember}; };
    if (const auto fills = fills_.find(native_symbol); fills != fills_.end())
        std::erase_if(fills->second, [&](const auto& one) { return one.second.at < fills_before && old(one.second.heard); });
    std::erase_if(orders_, [&](const auto& one) { return (one.second.missing || stage_of(one.second.report.status) == kEnded) && old(one.second.heard); });
}

std::size_t AccountMerge::remembered() const {
    std::size_t sum = orders_.size();
    for (const auto& [native, fills] : fills_) sum += fills.size();
    return sum;
}

}  // namespace bf::engine

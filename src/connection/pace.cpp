#include "connection/pace.hpp"

#include <algorithm>

namespace bf::connection {
namespace {

using std::chrono::microseconds;

/// Two requests may arrive closer together than they left.
microseconds span_of(const exchange::Pool& pool) { return microseconds{pool.window} + std::max(microseconds{50'000}, microseconds{pool.window} / 100); }

/// A test asks over a second or more: what comes free within so long is there when it asks, or a call of it waits so long at most.
constexpr microseconds kAhead{500'000};

int part_of(int most, Pace::Share share) {
    switch (share) {
        case Pace::Share::whole: return most;
        case Pace::Share::most: return most * 3 / 4;
        case Pace::Share::scheduled: return most / 2;
    }
    return most;
}

}  // namespace

Pace::Booking& Pace::Booking::operator=(Booking&& other) noexcept {
    if (this == &other) return *this;
    release();
    pace_ = std::exchange(other.pace_, nullptr);
    left_ = std::move(other.left_);
    return *this;
}

void Pace::Booking::release() {
    if (pace_ == nullptr) return;
    for (std::size_t i = 0; i < left_.size(); ++i) pace_->states_[i].booked -= left_[i];
    pace_ = nullptr;
}

Pace::Pace(exchange::Limits limits) : limits_{limits}, states_(limits.pools.size()) {}

Pace::Weights Pace::expected(market::Market market, bool light) const {
    using Operation = exchange::Operation;
    Weights weights(states_.size(), 0);
    const auto add = [&](Operation operation) {
        for (const auto& charge : limits_.charges_of(operation, market))
            if (charge.weight > 0) weights[charge.pool] += charge.weight;
    };
    for (const auto operation : {Operation::service_status, Operation::egress_address, Operation::server_time, Operation::server_time,
                                 Operation::server_time, Operation::key_info, Operation::account_mode, Operation::balances})
        add(operation);
    if (light) return weights;
    for (const auto operation : {Operation::tradable_symbols, Operation::instruments, Operation::open_orders, Operation::identity_level, Operation::ticker,
                                 Operation::test_order, Operation::private_stream})
        add(operation);
    if (market == market::Market::futures)
        for (const auto operation : {Operation::positions, Operation::position_mode, Operation::margin_mode}) add(operation);
    return weights;
}

void Pace::forget(std::size_t pool, microseconds now) {
    auto& state = states_[pool];
    const auto before = now - span_of(limits_.pools[pool]);
    for (; state.first < state.spent.size() && state.spent[state.first].at <= before; ++state.first) state.forgotten = state.spent[state.first].through;
    // Moved to the front once more of it is forgotten than not.
    if (2 * state.first > state.spent.size()) {
        state.spent.erase(state.spent.begin(), state.spent.begin() + static_cast<std::ptrdiff_t>(state.first));
        state.first = 0;
    }
}

int Pace::used_at(std::size_t pool, microseconds time) const {
    const auto& state = states_[pool];
    const auto oldest = state.spent.begin() + static_cast<std::ptrdiff_t>(state.first);
    const auto before = time - span_of(limits_.pools[pool]);
    const auto kept = std::upper_bound(oldest, state.spent.end(), before, [](microseconds then, const Spent& one) { return then < one.at; });
    return static_cast<int>(state.total - (kept == oldest ? state.forgotten : std::prev(kept)->through));
}

std::optional<Pace::Booking> Pace::admit(microseconds now, const Weights& expected, Share share) {
    for (std::size_t i = 0; i < states_.size(); ++i) {
        forget(i, now);
        const int room = part_of(limits_.pools[i].weight_max, share) - used_at(i, now + kAhead) - states_[i].booked;
        // One test may always run alone, however small a pool is.
        const bool alone = states_[i].used() == 0 && states_[i].booked == 0;
        if (expected[i] > room && !alone) return std::nullopt;
    }
    for (std::size_t i = 0; i < states_.size(); ++i) states_[i].booked += expected[i];
    return Booking{*this, expected};
}

microseconds Pace::room_in(std::size_t pool, int weight, microseconds now, Share share) {
    forget(pool, now);
    const auto& state = states_[pool];
    // What is heavier than its share may still go when nothing else does.
    const int over = state.used() + weight - std::max(weight, part_of(limits_.pools[pool].weight_max, share));
    if (over <= 0) return microseconds{0};
    // As much of the oldest has to be forgotten.
    const auto oldest = state.spent.begin() + static_cast<std::ptrdiff_t>(state.first);
    const auto last = std::lower_bound(oldest, state.spent.end(), state.forgotten + over, [](const Spent& one, std::int64_t through) { return one.through < through; });
    return last->at + span_of(limits_.pools[pool]) - now;
}

milliseconds Pace::room_in(microseconds now, const Weights& expected) {
    microseconds longest{0};
    for (std::size_t i = 0; i < states_.size(); ++i)
        if (expected[i] > 0) longest = std::max(longest, room_in(i, expected[i], now, Share::whole));
    return std::chrono::ceil<milliseconds>(std::max(longest - kAhead, microseconds{0}));
}

milliseconds Pace::wait(microseconds now, exchange::Operation operation, market::Market market, Share share) {
    microseconds longest{0};
    for (const auto& charge : limits_.charges_of(operation, market))
        if (charge.weight > 0) longest = std::max(longest, room_in(charge.pool, charge.weight, now, share));
    return std::chrono::ceil<milliseconds>(longest);
}

void Pace::spend(microseconds now, exchange::Operation operation, market::Market market, Booking* booking) {
    for (const auto& charge : limits_.charges_of(operation, market)) {
        if (charge.weight <= 0) continue;
        auto& state = states_[charge.pool];
        state.total += charge.weight;
        state.spent.push_back({now, state.total});
        if (booking == nullptr || booking->pace_ != this) continue;
        auto& left = booking->left_[charge.pool];
        const int taken = std::min(left, charge.weight);
        left -= taken;
        state.booked -= taken;
    }
}

int Pace::used(std::size_t pool, microseconds now) {
    forget(pool, now);
    return states_[pool].used();
}

}  // namespace bf::connection

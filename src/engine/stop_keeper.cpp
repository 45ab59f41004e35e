#include "engine/stop_keeper.hpp"

#include "money/amounts.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using std::chrono::microseconds;
/// A fired market order ends within a moment; a cancel that was sent too.
constexpr milliseconds kEndsWithin{10'000};
constexpr std::size_t kLiveMax = 2;

}  // namespace

std::string_view to_string(StopKeeper::State state) {
    switch (state) {
        case StopKeeper::State::none: return "none";
        case StopKeeper::State::missing: return "missing";
        case StopKeeper::State::placing: return "placing";
        case StopKeeper::State::resting: return "resting";
        case StopKeeper::State::replacing: return "replacing";
        case StopKeeper::State::fired: return "fired";
        case StopKeeper::State::withdrawing: return "withdrawing";
    }
    return "none";
}

Decimal StopKeeper::quantity() const {
    const auto& step = terms_.limits.quantity_step;
    return step.is_positive() ? round_to_step(held_, step, Rounding::down) : held_;
}

bool StopKeeper::wanted() const {
    const auto held = quantity();
    return price_ && price_->is_positive() && held.is_positive() && held >= terms_.limits.min_quantity;
}

bool StopKeeper::fits(const Order& order) const {
    return order.waits() && !order.cancel_wanted() && order.plan().stop_price == price_ && order.plan().quantity == quantity();
}

const Order* StopKeeper::waiting() const {
    for (auto number = live_.rbegin(); number != live_.rend(); ++number)
        if (const Order* order = orders_.find(*number); order != nullptr && order->waits() && !order->cancel_wanted()) return order;
    return nullptr;
}

bool StopKeeper::fired() const {
    return std::any_of(live_.begin(), live_.end(), [this](OrderNumber number) {
        const Order* order = orders_.find(number);
        return order != nullptr && order->triggered();
    });
}

bool StopKeeper::due_at(const Decimal& mark) const {
    return std::any_of(live_.begin(), live_.end(), [&](OrderNumber number) {
        const Order* order = orders_.find(number);
        if (order == nullptr || order->finished()) return false;
        const auto& stop = *order->plan().stop_price;
        return terms_.side == market::Side::sell ? mark <= stop : mark >= stop;
    });
}

void StopKeeper::settle() {
    give_up_at_.reset();
    gave_up_ = false;
}

/// The first `count` of them; one that fired is past that.
void StopKeeper::withdraw(Now now, std::size_t count) {
    const std::vector<OrderNumber> numbers{live_.begin(), live_.begin() + static_cast<std::ptrdiff_t>(count)};
    for (const auto number : numbers)
        if (const Order* order = orders_.find(number); order != nullptr && !order->cancel_wanted() && !order->triggered()) orders_.cancel(now, number);
}

void StopKeeper::act(Now now, bool place_new) {
    const bool pausing = pauses_.holds(now);
    const bool firing = fired();
    if (!wanted() || firing) {
        if (live_.empty()) return settle();
        if (!give_up_at_) give_up_at_ = now.steady + microseconds{kEndsWithin};
        gave_up_ = *give_up_at_ <= now.steady;
        return withdraw(now, live_.size());
    }
    settle();
    const Order* newest = this->newest();
    // Until it is known to be there the older one stays; it is asked for.
    if (newest != nullptr && newest->stage() < Stage::open) return;
    if (newest != nullptr && fits(*newest)) return withdraw(now, live_.size() - 1);
    if (live_.size() >= kLiveMax) return withdraw(now, live_.size() - 1);
    if (place_new && !pausing) place(now);
}

void StopKeeper::place(Now now) {
    OrderPlan plan;
    plan.connection = terms_.connection;
    plan.symbol = terms_.symbol;
    plan.side = terms_.side;
    plan.type = market::OrderType::market;
    plan.quantity = quantity();
    plan.stop_price = price_;
    plan.purpose = Purpose::stop;
    plan.group = terms_.group;
    plan.leg = terms_.leg;
    plan.limits = terms_.limits;
    plan.reduce_only = true;
    plan.margin_mode = terms_.margin_mode;
    plan.position_mode = terms_.position_mode;
    plan.leverage = terms_.leverage;
    live_.push_back(orders_.submit(now, plan));
}

void StopKeeper::on(Now now, const Observation& observation) {
    const auto is_live = [this](OrderNumber number) { return std::find(live_.begin(), live_.end(), number) != live_.end(); };
    if (const auto* accepted = std::get_if<OrderAccepted>(&observation); accepted != nullptr && is_live(accepted->order)) {
        pauses_.accepted(now);
        refusal_.reset();
    }
    const auto* finished = std::get_if<OrderFinished>(&observation);
    if (finished == nullptr || !is_live(finished->order)) return;
    const Order* order = orders_.find(finished->order);
    const bool our_wish = order != nullptr && order->cancel_wanted();
    std::erase(live_, finished->order);
    // Of one that fired what is held tells what to do next.
    if (our_wish || finished->filled.is_positive()) return;
    if (finished->end == End::canceled || finished->end == End::expired) return pauses_.taken_back(now);
    if (finished->refusal) refusal_ = finished->refusal;
    pauses_.refused(now, *finished);
}

std::optional<microseconds> StopKeeper::next_wake() const {
    const auto& retry = pauses_.until();
    if (live_.empty() || gave_up_ || !give_up_at_) return retry;
    return retry ? std::min(*retry, *give_up_at_) : *give_up_at_;
}

StopKeeper::State StopKeeper::state() const {
    if (fired()) return State::fired;
    if (!wanted()) return live_.empty() ? State::none : State::withdrawing;
    const Order* newest = this->newest();
    if (newest != nullptr && fits(*newest)) return State::resting;
    if (waiting() != nullptr) return State::replacing;
    return newest != nullptr && newest->stage() < Stage::open ? State::placing : State::missing;
}

}  // namespace bf::engine

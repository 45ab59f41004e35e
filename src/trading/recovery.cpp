#include "trading/recovery.hpp"

#include "trading/exits.hpp"
#include "trading/margin.hpp"
#include "trading/zones.hpp"

#include <algorithm>

namespace bf::trading {
namespace {

constexpr seconds kDebounce{60};
constexpr std::chrono::minutes kCalm{30};
constexpr std::chrono::hours kWorseningMemory{24};
constexpr std::array<std::string_view, kTriggerCount> kNames{"adverse_move", "add_ons_used", "margin_used", "worsening", "uncertain", "user"};

const Decimal kHalf = Decimal::from_parts(5, 1);
const Decimal kWorseAgain = Decimal::from_parts(2, 2);   // two points
const Decimal kCalmLoad = Decimal::from_parts(60, 2);

constexpr std::uint8_t bit(Trigger trigger) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(trigger)); }
constexpr bool holds(std::uint8_t bits, std::size_t trigger) { return (unsigned{bits} >> trigger & 1U) != 0; }

}  // namespace

std::string_view to_string(Trigger trigger) { return kNames[static_cast<std::size_t>(trigger)]; }

Thresholds thresholds(const Protection& protection, const Shape& shape) {
    const int most = std::min(protection.add_ons_max, shape.add_ons);
    if (!protection.recovery.cautious) return {protection.recovery.adverse_move, most, Decimal::from_parts(75, 2), 3};
    // ceil(0.6 max) in whole numbers.
    return {std::min(protection.recovery.adverse_move, Decimal::from_parts(5, 2)), (most * 3 + 4) / 5, Decimal::from_parts(55, 2), 2};
}

RecoveryInput recovery_input(const Group& group, const Rules& rules, const Quote& quote, const Decimal& taker_fee, const Decimal& equity, int worsening_in_row,
                             std::optional<bool> market_uncertain, Instant now) {
    return {group, rules.protection, trigger_price(rules.market, quote, group.direction()), entry_price(quote, group.direction()), taker_fee,
            margin_used(rules.market, group, taker_fee), group_limit(rules.protection, equity_basis(equity, &group)), worsening_in_row, market_uncertain, now};
}

TriggerLook::TriggerLook(const RecoveryInput& input, bool limit_varies)
    // A move, divided by the average and rounded down at the 18th digit, reaches a limit of no more digits exactly if undivided it reaches so much.
    : in_{input}, limits_{thresholds(input.protection, input.group.shape)}, average_{input.group.books.average()}, far_edge_{far_edge(input.group)},
      far_{multiply_up(limits_.adverse_move, average_)}, half_{multiply_up(Number{limits_.adverse_move} * kHalf, average_)} {
    always_.load = input.limit ? divide_down(input.used, *input.limit) : Number::out_of_range();
    always_.used_add_ons = input.group.used();
    used_up_ = limits_.add_ons > 0 && always_.used_add_ons >= limits_.add_ons;
    full_ = is_full(input.limit);
    break_even_ = used_up_ || full_ || limit_varies ? input.group.books.break_even(input.taker_fee) : Number::out_of_range();
}

std::uint8_t TriggerLook::held(const Decimal& mark, const Decimal& entry_price, bool market_uncertain, bool full) const {
    const bool is_long = in_.group.books.is_long();
    const Number moved = is_long ? average_ - mark : Number{mark} - average_;
    const bool halfway = moved >= half_;
    const bool past = is_long ? Number{entry_price} <= far_edge_ : Number{entry_price} >= far_edge_;
    unsigned held = 0;
    if (moved >= far_ || past) held |= bit(Trigger::adverse_move);
    const bool losing = is_long ? Number{mark} < break_even_ : Number{mark} > break_even_;
    if (used_up_ && losing) held |= bit(Trigger::add_ons_used);
    if (full && losing) held |= bit(Trigger::margin_used);
    if (in_.worsening_in_row >= limits_.worsening && halfway) held |= bit(Trigger::worsening);
    if (market_uncertain && halfway) held |= bit(Trigger::uncertain);
    return static_cast<std::uint8_t>(held);
}

TriggerFigures TriggerLook::at(const Decimal& mark, const Decimal& entry_price, bool market_uncertain) const {
    TriggerFigures out = always_;
    out.adverse_move = divide_down(in_.group.books.is_long() ? average_ - mark : Number{mark} - average_, average_);
    out.held = held(mark, entry_price, market_uncertain);
    return out;
}

TriggerFigures look(const RecoveryInput& in) { return TriggerLook{in}.at(in.mark, in.entry_price, in.market_uncertain.value_or(false)); }

void WorseningCount::note(bool worsens, Instant at) {
    if (!worsens) {
        count_ = 0;
        return;
    }
    at_[2] = at_[1];
    at_[1] = at_[0];
    at_[0] = at;
    count_ = std::min(count_ + 1, 3);
}

int WorseningCount::in_row(Instant now) const {
    int recent = 0;
    while (recent < count_ && now - at_[static_cast<std::size_t>(recent)] <= kWorseningMemory) ++recent;
    return recent;
}

RecoveryWatch::Outcome RecoveryWatch::evaluate(const RecoveryInput& in) {
    Outcome out;
    out.figures = look(in);
    if (user_) out.figures.held |= bit(Trigger::user);
    // What was silenced by a release speaks again once it was false, or when it got two points worse.
    muted_ &= out.figures.held;
    if (!adverse_at_release_.known()) adverse_at_release_ = out.figures.adverse_move;
    if (muted_ != 0 && out.figures.adverse_move >= adverse_at_release_ + kWorseAgain) muted_ = 0;
    const auto speaking = static_cast<std::uint8_t>(out.figures.held & ~muted_);
    for (std::size_t i = 0; i < held_since_.size(); ++i) {
        if (!holds(speaking, i))
            held_since_[i].reset();
        else if (!held_since_[i] || *held_since_[i] > in.now)  // A clock that was set back begins the minute anew.
            held_since_[i] = in.now;
    }
    if (in.group.state == GroupState::active && (in.protection.recovery.enabled || user_)) {
        for (std::size_t i = 0; i < held_since_.size() && out.step == RecoveryStep::stay; ++i) {
            const bool at_once = static_cast<Trigger>(i) == Trigger::user;
            const bool counts = at_once || in.protection.recovery.enabled;
            if (!counts || !held_since_[i] || (!at_once && in.now - *held_since_[i] < kDebounce)) continue;
            out.step = RecoveryStep::enter;
            out.trigger = static_cast<Trigger>(i);
            calm_since_.reset();
        }
        return out;
    }
    const Thresholds limits = thresholds(in.protection, in.group.shape);
    const bool calm = in.group.state == GroupState::recovery && in.protection.recovery.auto_release && !user_ &&
                      out.figures.adverse_move < Number{limits.adverse_move} * kHalf && (!in.limit || out.figures.load < kCalmLoad) &&
                      out.figures.used_add_ons < std::min(in.protection.add_ons_max, in.group.shape.add_ons) && !in.market_uncertain.value_or(false);
    if (!calm)
        calm_since_.reset();
    else if (!calm_since_ || *calm_since_ > in.now)
        calm_since_ = in.now;
    if (calm && in.now - *calm_since_ >= kCalm) out.step = RecoveryStep::release;
    return out;
}

bool RecoveryWatch::at_rest() const {
    return muted_ == 0 && !user_ && !calm_since_ && std::none_of(held_since_.begin(), held_since_.end(), [](const auto& since) { return since.has_value(); });
}

void RecoveryWatch::released_unseen() { released({.adverse_move = Number::out_of_range(), .load = {}, .used_add_ons = 0, .held = 0xff}); }

void RecoveryWatch::released(const TriggerFigures& figures) {
    muted_ = static_cast<std::uint8_t>(figures.held & ~bit(Trigger::user));
    adverse_at_release_ = figures.adverse_move;
    held_since_ = {};
    calm_since_.reset();
    user_ = false;
}

}  // namespace bf::trading

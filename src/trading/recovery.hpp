// Recovery Mode: when a group enters it, when it may leave, fed by evaluations in time order.
//
// A trigger fires when it held at every evaluation over at least 60 s; the user's own switch at once. After a release, triggers that held
// then stay silent until each was false once, or the adverse move got worse by 2 points. What Recovery allows is decision.hpp's gate; what
// it targets is exits.hpp.
#pragma once
#include "trading/group.hpp"

namespace bf::trading {

enum class Trigger : std::uint8_t {
    adverse_move,  ///< (a), also a price past the ladder.
    add_ons_used,  ///< (b)
    margin_used,   ///< (c)
    worsening,     ///< (d) signals that would worsen the average, one after the other
    uncertain,     ///< (e)
    user,          ///< (f)
};
inline constexpr int kTriggerCount = 6;
std::string_view to_string(Trigger trigger);

/// The numbers in force: the settings', or the cautious ones where those are tighter.
struct Thresholds {
    Decimal adverse_move;
    int add_ons{0};  ///< 0: trigger (b) is off.
    Decimal margin_share;
    int worsening{0};
};
/// A group has no more zones than it was opened with, whatever the settings allow today.
Thresholds thresholds(const Protection& protection, const Shape& shape);

struct RecoveryInput {
    const Group& group;
    const Protection& protection;
    Decimal mark;      ///< Mark on futures; best bid (long) or ask (short) on spot.
    Decimal entry_price;  ///< What an add-on would pay: for "past the ladder".
    Decimal taker_fee;
    Number used;                 ///< margin_used
    std::optional<Number> limit; ///< group_limit
    int worsening_in_row{0};     ///< WorseningCount
    std::optional<bool> market_uncertain{};  ///< trend.hpp; absent: no candles.
    Instant now;
};

/// Of an open group at a quote; `equity` is the account's then. What it refers to must outlive it.
RecoveryInput recovery_input(const Group& group, const Rules& rules, const Quote& quote, const Decimal& taker_fee, const Decimal& equity, int worsening_in_row,
                             std::optional<bool> market_uncertain, Instant now);

struct TriggerFigures {
    Number adverse_move;  ///< (average - mark) / average, mirrored for a short.
    Number load;          ///< used / limit; out of range without a limit.
    int used_add_ons{0};
    std::uint8_t held{0}; ///< Bit per Trigger.
};
/// Which triggers hold now, without debounce.
TriggerFigures look(const RecoveryInput& input);

/// The same for many prices of one group: what does not depend on the price is worked out once.
class TriggerLook {
public:
    /// Of the input's prices and its market nothing is read. It must outlive this.
    explicit TriggerLook(const RecoveryInput& input) : TriggerLook{input, false} {}
    /// `limit_varies`: prices are asked about at which the group's limit is another than the input's.
    TriggerLook(const RecoveryInput& input, bool limit_varies);
    /// What holds at every price: the load and the used add-ons.
    [[nodiscard]] const TriggerFigures& always() const { return always_; }
    [[nodiscard]] const Number& average() const { return average_; }
    /// Only the triggers of `at`, without a division.
    [[nodiscard]] std::uint8_t held(const Decimal& mark, const Decimal& entry_price, bool market_uncertain) const { return held(mark, entry_price, market_uncertain, full_); }
    /// The same under another limit: only of one made with `limit_varies`.
    [[nodiscard]] std::uint8_t held_under(const std::optional<Number>& limit, const Decimal& mark, const Decimal& entry_price, bool market_uncertain) const {
        return held(mark, entry_price, market_uncertain, is_full(limit));
    }
    [[nodiscard]] TriggerFigures at(const Decimal& mark, const Decimal& entry_price, bool market_uncertain) const;

private:
    [[nodiscard]] std::uint8_t held(const Decimal& mark, const Decimal& entry_price, bool market_uncertain, bool full) const;
    /// Undivided: of a limit that nothing is left of all is used.
    [[nodiscard]] bool is_full(const std::optional<Number>& limit) const { return limit && in_.used >= multiply_up(limits_.margin_share, *limit); }

    const RecoveryInput& in_;
    Thresholds limits_;
    Number average_, far_edge_;
    Number far_, half_;        ///< How far from the average the whole and the half adverse move are.
    TriggerFigures always_{};  ///< What is known of the figures before a price is.
    bool used_up_{false}, full_{false};
    Number break_even_;        ///< Out of range while nothing depends on it.
};

/// Blocked by ADDON_WORSENS_AVERAGE how often in a row within 24 h. Note every decision on the group's direction.
class WorseningCount {
public:
    void note(bool worsens, Instant at);
    [[nodiscard]] int in_row(Instant now) const;

private:
    std::array<Instant, 3> at_{};  ///< The latest ones of the row.
    int count_{0};
};

enum class RecoveryStep : std::uint8_t { stay, enter, release };

/// One group's memory between evaluations.
class RecoveryWatch {
public:
    struct Outcome {
        RecoveryStep step{RecoveryStep::stay};
        std::optional<Trigger> trigger{};  ///< What made it enter: the first in order.
        TriggerFigures figures{};
    };
    /// Called on price ticks and at least every 10 s, in time order.
    Outcome evaluate(const RecoveryInput& input);
    /// The user's switch.
    void put_in_recovery() { user_ = true; }
    /// The user released the group, or `evaluate` told to: mutes what holds.
    void released(const TriggerFigures& figures);
    /// The same when no price tells what holds: what does at the next evaluation.
    void released_unseen();
    /// It remembers nothing: as long as no trigger holds, evaluating changes nothing.
    [[nodiscard]] bool at_rest() const;
    /// It counts how long the group has been calm.
    [[nodiscard]] bool calms() const { return calm_since_.has_value(); }

private:
    std::array<std::optional<Instant>, kTriggerCount> held_since_{};
    std::uint8_t muted_{0};
    Number adverse_at_release_{};
    std::optional<Instant> calm_since_{};
    bool user_{false};
};

}  // namespace bf::trading

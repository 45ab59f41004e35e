// One run of a strategy over candles: the same decisions as live (trading/), with a market made of candles around them.
//
// A candle is walked through in four steps: its open, the way to its adverse extreme (low of a long, high of a short), the way back to the
// other extreme, its close. On the way the prices are visited at which the strategy would do something; what it does there is decided by
// the functions that decide live. What happens inside a candle is dated as early as the cooldown between add-ons allows, its end at the
// latest. Nothing looks at a candle before it came: the past is the same whatever follows.
//
// plain() looks at every candle. fast() passes the candles in which nothing can happen and is bit by bit the same; a property test holds it to
// that. The prices it waits for come from the rules themselves (run_levels.cpp): each is tried against the function that decides.
#pragma once
#include "backtest/pricing.hpp"
#include "backtest/report.hpp"
#include "backtest/track.hpp"
#include "backtest/trends.hpp"
#include "trading/exits.hpp"
#include "trading/recovery.hpp"

namespace bf::backtest {

/// What a run reads besides its plan. All of it outlives the run and is shared by those of a sweep.
struct Market {
    const Candles& candles;
    std::span<const RecordedSignal> signals{};  ///< In time order.
    const TrendSeries* trends{nullptr};         ///< Null: the market never counts as uncertain.
    std::size_t first{0}, last{0};              ///< Candles [first, last) are traded.
};

class Run {
public:
    Run(const Plan& plan, const Market& market, Detail detail);

    Report plain();
    Report fast(const CandleIndex& index);

private:
    static constexpr std::size_t kOutsideMax = 10'000;  ///< Decisions that concern no group: so many are kept, all are counted.
    struct Pending {
        trading::Signal signal;
        std::string_view source;
        bool seen_before;
    };
    /// Prices at which something happens, until the group changes.
    struct Levels {
        std::optional<Decimal> forced{}, liquidation{}, zone{};
        int zone_for{0};  ///< Which zone `zone` is of; 0: not looked up.
    };

    // run.cpp: a candle
    void begin();
    void step(std::size_t candle);
    void open_moment();
    void adverse_leg();
    void favourable_leg();
    void close_moment();
    void look_at(const Decimal& price);
    void settle_funding();
    void take_signals(bool at_open, const trading::Quote& quote);
    void retry_pending(const trading::Quote& quote);
    void enter_at_once(const trading::Quote& quote);
    void watch_recovery();
    void enter_recovery(trading::Trigger trigger, const trading::Quote& quote);
    void leave_recovery(const trading::TriggerFigures& figures, const trading::Quote& quote);
    Report finish();

    // run_orders.cpp: decisions and what they do
    /// Into decision_.
    void judge(const trading::Signal& signal, bool seen_before, const trading::Quote& quote);
    /// Judges, keeps and acts. False while the signal waits.
    bool decide(const trading::Signal& signal, std::string_view source, bool seen_before, bool told, const trading::Quote& quote);
    void note(const trading::Signal& signal, std::string_view source, const trading::Quote& quote);
    void act(const trading::Signal& signal, const trading::Quote& quote);
    void fill_entry(FillKind kind, const trading::Quote& quote);
    /// After every change of the group: what rests for it, what the account is worth.
    void regroup(const trading::Quote& quote);
    void close(const trading::Quote& quote, std::string_view reason);
    void take_profit();
    void liquidate();
    void book_exit(const Decimal& price, const Decimal& fee, market::Liquidity liquidity);
    void end(std::string_view reason);
    void conclude_group();
    void record_fill(FillKind kind, const trading::BookedFill& fill, market::Liquidity liquidity, int zone);
    [[nodiscard]] trading::AccountFacts account(const trading::Quote& quote) const;
    [[nodiscard]] std::optional<market::Candle> last_candle() const;

    // run_levels.cpp: where the price must come for anything to happen
    /// The nearest price on the adverse way from `from` that must be visited.
    [[nodiscard]] std::optional<Decimal> next_level(const Decimal& from);
    [[nodiscard]] bool is_liquidated(const Decimal& mark) const;
    [[nodiscard]] std::int32_t to_ticks(const Decimal& price, Rounding rounding) const;
    void find_levels();
    [[nodiscard]] int zone_at(const Decimal& price) const;
    [[nodiscard]] int next_zone(const Decimal& from) const;
    [[nodiscard]] std::optional<Decimal> zone_level(int zone) const;
    template <class Holds>
    [[nodiscard]] std::optional<Decimal> level_where(const trading::Number& guess, const Holds& holds) const;
    template <class Holds>
    [[nodiscard]] std::optional<Decimal> bound_where(const trading::Number& guess, const Holds& holds) const;

    // run_fast.cpp: which candles need not be looked at
    /// The first candle from `candle` on in which something may happen.
    [[nodiscard]] std::size_t quiet_until(std::size_t candle, const CandleIndex& index);
    [[nodiscard]] std::size_t next_time(std::size_t candle) const;
    void find_bounds(std::size_t candle);
    [[nodiscard]] bool recovery_is_quiet();
    void bound_recovery(const trading::Quote& quote, Instant now);
    void bound_adverse(const Decimal& level);
    void bound_favourable(std::int32_t ticks);
    [[nodiscard]] std::size_t next_uncertain(std::size_t from, std::size_t to, const CandleIndex& index);

    [[nodiscard]] bool is_long() const { return group_->books.is_long(); }
    [[nodiscard]] Decimal price_of(std::int32_t ticks) const { return (trading::Number{ticks} * candles_.tick).value(); }
    [[nodiscard]] bool fills_exit(std::int32_t ticks) const { return is_long() ? ticks >= exit_tick_ : ticks <= exit_tick_; }
    [[nodiscard]] trading::RecoveryInput recovery_input(const trading::Quote& quote, Instant now, bool uncertain) const;
    [[nodiscard]] bool uncertain(std::size_t candle, trading::Direction direction) const;
    [[nodiscard]] bool keeps() const { return detail_ != Detail::totals; }

    const Plan& plan_;
    Market market_;
    const Candles& candles_;
    Detail detail_;
    Pricing pricing_;
    trading::ConnectionFacts connection_;
    bool plain_{true};
    const CandleIndex* index_{nullptr};

    // the moment
    std::size_t at_{0};
    Instant opens_{}, closes_{}, now_{};
    bool in_leg_{false};      ///< On the adverse way.
    bool exit_moved_{false};  ///< There, inside this candle.
    bool closed_{false};      ///< The candle has.

    // the account and its group
    Decimal realised_{};
    std::optional<trading::Group> group_{};
    GroupRecord facts_{};  ///< Of the open group.
    trading::RecoveryWatch watch_{};
    trading::WorseningCount worsening_{};
    int zone_asked_{0};
    std::optional<trading::RestingExit> exit_{};
    std::int32_t exit_tick_{0};  ///< The first price, in ticks, that fills it.
    std::optional<Instant> closed_at_{};
    std::vector<Pending> pending_{};
    std::size_t next_signal_{0}, next_rate_{0};
    Instant next_funding_{};
    trading::Signal wish_{};  ///< To enter at once.
    Instant enter_after_{};
    std::optional<trading::Code> enter_told_{};

    Levels levels_{};
    bool levels_known_{false};
    /// What bounds a quiet stretch. A candle within them changes nothing.
    struct Bounds {
        std::int32_t low{kNoLow}, high{kNoHigh};
        std::int32_t uncertain{0};  ///< Beyond it only while the market is uncertain.
        bool when_uncertain{false};
        int zone{0};  ///< Where the price was when they were found, or the deepest used one.
    } bounds_{};
    bool bounds_known_{false};
    trading::ZoneMap zones_{};                                     ///< Of the open group.
    mutable std::optional<std::pair<Decimal, int>> zone_known_{};  ///< zone_at's last answer, until the group changes.

    EquityTrack track_;
    trading::Decision decision_{};
    Report report_{};
};

}  // namespace bf::backtest

// A strategy's settings as the user writes them (file and API), what a risk level fills in, their ranges, and the form a decision uses.
//
// `Settings` keeps what was written, nulls included, so that it is written back the same. `Rules` is the same thing ready to calculate
// with: levels applied, percentages as factors, zone edges and size factors laid out. Rules split in two (product rule U-41):
// `Shape` (zones, sizes, targets, leverage) is copied into a group when it opens and stays with it; `Protection` (limits, add-ons,
// directions, stops, Recovery's thresholds) holds at once for every open group. Refuses cross margin and hedge mode: v1 has neither.
#pragma once
#include "trading/facts.hpp"
#include "trading/fault.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <array>
#include <string>

namespace bf::trading {

enum class RiskLevel : std::uint8_t { low, medium, high };
enum class OnOpposite : std::uint8_t { block, close_if_profit, hedge };
enum class AddOnTrigger : std::uint8_t { signal_and_zone, zone_only, off };
enum class Anchor : std::uint8_t { first_entry, last_fill, average };
enum class RecoveryAddOns : std::uint8_t { off, signal, manual };

inline constexpr int kAddOnsMax = 10;

/// The built-in signal source (trend.hpp): a moving-average cross with a volatility filter. Off unless switched on.
struct GeneratorSettings {
    bool enabled{false};
    market::Interval interval{market::Interval::m15};
    int fast{20};  ///< Candles, 2 to 200.
    int slow{50};  ///< Candles, fast + 1 to 400.
    Decimal quiet_factor{2};  ///< No signal while volatility is above this many times its median. [1, 10]
};

/// Percentages are percent. What a risk level fills is optional; so is what may be "no limit" or "none".
struct Settings {
    std::string name;
    std::string connection;
    market::Market market{market::Market::spot};
    bool paper{false};  ///< Traded on the connection's paper twin: real prices, play money. Written only when it is so.
    std::vector<std::string> pairs;  ///< Unified symbols of that market.
    bool allow_long{false};
    bool allow_short{false};
    RiskLevel risk_level{RiskLevel::low};
    OnOpposite on_opposite{OnOpposite::block};
    bool allow_shrink{false};
    struct Margin {
        std::optional<Decimal> group_limit{};      ///< Quote units.
        std::optional<Decimal> group_limit_pct{};  ///< By level.
        std::optional<Decimal> strategy_limit{};
        std::optional<Decimal> connection_limit_pct{};  ///< By level.
        Decimal recovery_reserve_pct{20};
    } margin{};
    struct Entry {
        std::optional<Decimal> base_order{};  ///< Quote units without fee; on futures margin. Null: from the group limit (4.3).
        Decimal max_slippage_pct{Decimal::from_parts(20, 2)};
        Decimal max_spread_pct{Decimal::from_parts(50, 2)};
        std::int64_t pair_cooldown_s{0};
        std::optional<std::int64_t> max_open_groups{};  ///< By level.
        std::int64_t max_lag_s{300};
    } entry{};
    struct AddOn {
        AddOnTrigger trigger{AddOnTrigger::signal_and_zone};
        bool on_entry_signal{true};
        std::optional<std::int64_t> max{};       ///< By level.
        std::optional<Decimal> zone_step_pct{};  ///< By level.
        Decimal zone_step_multiplier{1};
        std::optional<Decimal> size_multiplier{};  ///< By level.
        Decimal min_improvement_pct{Decimal::from_parts(10, 2)};
        std::int64_t cooldown_s{60};
        Anchor anchor{Anchor::first_entry};
    } add_on{};
    struct Exit {
        Decimal take_profit_pct{1};
        std::optional<Decimal> hard_stop_pct{};  ///< Adverse move from the average.
        bool allow_loss_exit{false};
    } exit{};
    struct Recovery {
        bool enabled{true};
        bool cautious{false};
        std::optional<Decimal> adverse_move_pct{};  ///< By level.
        RecoveryAddOns add_on_mode{RecoveryAddOns::signal};
        std::int64_t add_on_budget{1};
        Decimal min_improvement_pct{Decimal::from_parts(50, 2)};
        std::int64_t cooldown_s{14400};
        Decimal target_pct{Decimal::from_parts(30, 2)};
        bool auto_release{false};
        std::optional<std::string> pro_connection{};
    } recovery{};
    struct Futures {
        std::optional<Decimal> leverage{};  ///< By level.
        market::MarginMode margin_mode{market::MarginMode::isolated};
        Decimal min_liq_distance_pct{10};
        Decimal liquidation_guard_pct{3};
    } futures{};
    struct Brake {
        Decimal drawdown_pct{10};
        std::int64_t window_h{24};
    } brake{};
    struct Fees {
        Decimal maker_pct{Decimal::from_parts(1, 1)};
        Decimal taker_pct{Decimal::from_parts(1, 1)};
    } fees{};
    GeneratorSettings generator{};
};

/// Fails for the first member that has not the shape: wrong type, unknown word, the same name twice. Ranges are `check`'s.
/// `unknown` (if given) receives the names nobody reads, so that a typo can be told.
Result<Settings, FieldError> read_settings(wire::JsonValue json, std::vector<std::string>* unknown = nullptr);
void write_json(wire::JsonWriter& out, const Settings& settings);

/// Everything that is missing or out of range, in the document's order; empty when the settings may be used.
std::vector<FieldError> check(const Settings& settings);

/// With everything a risk level fills in filled in.
Settings with_level(Settings settings);

/// Zones, sizes and targets of one group: copied into it when it opens.
struct Shape {
    int add_ons{0};                                  ///< K: zones 1 to K.
    std::array<Decimal, kAddOnsMax + 2> deviation{}; ///< d(0) = 0 to d(K+1), factors.
    std::array<Decimal, kAddOnsMax + 1> size{};      ///< size(k) / base order: 1 for the first entry, then multiplier^(k-1).
    Decimal sizes{};                                 ///< size(0) to size(K) together.
    Decimal step{};                                  ///< gap(1).
    Anchor anchor{Anchor::first_entry};
    Decimal target{};                                ///< Net take-profit, of the entry notional.
    Decimal recovery_target{};
    Decimal leverage{1};                             ///< 1 on spot.
};

/// What protects: holds at once, also for groups that are open.
struct Protection {
    std::optional<Decimal> group_limit{}, group_limit_share{}, strategy_limit{}, connection_limit_share{};
    Decimal recovery_reserve{};
    Decimal max_slippage{}, max_spread{};
    seconds pair_cooldown{}, max_lag{}, cooldown{};
    int max_open_groups{0};
    int add_ons_max{0};
    AddOnTrigger trigger{AddOnTrigger::signal_and_zone};
    bool on_entry_signal{true};
    Decimal min_improvement{};
    std::optional<Decimal> hard_stop{};
    bool allow_loss_exit{false}, allow_long{false}, allow_short{false}, allow_shrink{false};
    OnOpposite on_opposite{OnOpposite::block};
    struct Recovery {
        bool enabled{true}, cautious{false}, auto_release{false};
        Decimal adverse_move{};
        RecoveryAddOns add_ons{RecoveryAddOns::signal};
        int budget{0};
        Decimal min_improvement{};
        seconds cooldown{};
    } recovery{};
    Decimal min_liquidation_distance{}, liquidation_guard{};
    Decimal brake_drawdown{};
    seconds brake_window{};
};

/// Settings ready to decide with. Copyable without allocation except `pairs` and names.
struct Rules {
    market::Market market{market::Market::spot};
    std::string name;
    std::vector<std::string> pairs;
    std::optional<Decimal> base_order{};
    FeeRates fees{};  ///< For when the exchange reports none.
    Shape shape{};
    Protection protection{};
    bool has_pro{false};
    /// The first that `check` objects to: such rules never open or add.
    std::optional<FieldError> invalid{};
};
Rules make_rules(const Settings& settings);

}  // namespace bf::trading

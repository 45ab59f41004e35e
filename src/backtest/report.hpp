// What a run came to: figures of the whole, the equity curve, and every group with its fills and decisions.
//
// Amounts in quote units, exact. Nothing here is annualised and nothing is a promise: what candles can't tell stands in report_text.hpp,
// beside every result.
#pragma once
#include "backtest/plan.hpp"
#include "trading/decision.hpp"

#include <map>

namespace bf::backtest {

/// How much of a run is kept.
enum class Detail : std::uint8_t {
    totals,     ///< The figures of the whole: a sweep's row.
    trades,     ///< Groups with their fills, the equity curve, decisions as codes.
    explained,  ///< Decisions with their figures and sentences, too.
};

enum class FillKind : std::uint8_t { entry, add_on, recovery_add_on, exit };
std::string_view to_string(FillKind kind);

/// One execution, and the group after it.
struct FillRecord {
    Instant at;
    FillKind kind{FillKind::entry};
    market::Side side{market::Side::buy};
    market::Liquidity liquidity{market::Liquidity::taker};
    Decimal price, quantity, fee;
    int zone{0};  ///< That an add-on used; 0 for others.
    trading::Number average{}, break_even{}, take_profit{};  ///< Unrounded; out of range after an exit.
    std::optional<Decimal> exit_price{}, liquidation_price{};
    Decimal margin_used{};
};

struct DecisionRecord {
    Instant at;
    trading::SignalKind kind{trading::SignalKind::entry};
    std::string_view source{};  ///< hook, generator, zone, immediate
    trading::Outcome outcome{trading::Outcome::blocked};
    std::optional<trading::Code> primary{};
    std::vector<trading::Code> failed{};
    Decimal price{};         ///< The best price it was decided at.
    std::string json{};      ///< As `explain` prints it; with Detail::explained only.
};

struct GroupRecord {
    int number{0};
    trading::Direction direction{trading::Direction::long_side};
    trading::GroupState state{trading::GroupState::active};
    Instant opened_at;
    std::optional<Instant> closed_at{};
    std::string_view reason{};  ///< Why it closed: take_profit, recovery_exit, exit_signal, hard_stop, ...
    int add_ons{0}, recovery_add_ons{0};
    std::optional<Instant> recovery_since{};
    std::string_view recovery_trigger{};
    milliseconds in_recovery{0};
    Decimal profit{};  ///< After all fees and funding; of an open group what closing at the last price would leave.
    Decimal fees{}, funding{}, margin_max{};
    /// Where each zone of its ladder begins and, last, where the ladder ends, as they were after its last entry; with Detail::explained only.
    std::vector<trading::Number> zone_edges{};
    int deepest_zone{0};
    std::vector<FillRecord> fills{};
    std::vector<DecisionRecord> decisions{};
};

struct EquityPoint {
    Instant at;
    Decimal equity;
};

struct Report {
    std::size_t candles{0}, gaps{0};  ///< Missing ones between them.
    std::size_t looked_at{0};         ///< Of the candles, one by one: all on the plain way, few on the fast one.
    milliseconds interval{};          ///< A candle's length.
    Instant from, to;                 ///< Open of the first, close of the last.
    Decimal first_price;              ///< At that open.
    int groups{0}, closed{0}, fills{0};
    Decimal start_equity, final_equity;
    Decimal net_profit;  ///< Realised and open together.
    Decimal realised, open_profit, fees, funding;
    Decimal max_drawdown;       ///< The deepest fall of the equity at candle closes below an earlier close's.
    Decimal max_drawdown_share; ///< The same as a factor of the equity it fell from.
    Decimal max_margin_used;
    milliseconds longest_group{0}, in_recovery{0};
    int recovery_groups{0}, liquidations{0};
    int worst_group{0};  ///< Its number; 0 when there was none.
    Decimal worst_result;
    std::map<std::string_view, int> blocked{}, decisions{};  ///< By code; by outcome.
    std::vector<EquityPoint> equity{};
    std::vector<GroupRecord> groups_detail{};
    std::vector<DecisionRecord> decisions_outside{};  ///< That concern no group.
};
/// The first figure, fill or decision in which two reports differ, by name; empty if they are the same bit by bit.
std::string difference(const Report& a, const Report& b);

}  // namespace bf::backtest

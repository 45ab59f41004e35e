// What the outside tells a decision: the instrument's rules, the quote, the fees, the connection's proof, the account's state.
//
// Plain values, filled by the engine, the back-tester or an explain case. A fact that only the live engine can know has the value that
// changes nothing. Rates are factors (0.001 is 0.1 %), amounts in quote units, quantities in base units on futures too.
#pragma once
#include "connection/status.hpp"
#include "base/time.hpp"
#include "exchange/claims.hpp"
#include "market/types.hpp"
#include "money/decimal.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::trading {

using Direction = market::PositionSide;

/// The rates that hold for positions up to a size, as exchanges list them: ascending. The size is counted as the exchange counts it, so that
/// no price is needed to turn one unit into the other and a moving price can't move a limit.
struct RiskTier {
    Decimal up_to;  ///< Inclusive; quote units, or base units if `by_quantity`.
    Decimal maintenance_rate;
    std::optional<Decimal> max_leverage{};
    bool by_quantity{false};
};

struct InstrumentFacts {
    Decimal price_step;     ///< > 0
    Decimal quantity_step;  ///< > 0, base units.
    Decimal min_quantity{};
    Decimal min_notional{};
    std::optional<Decimal> max_quantity{};
    std::optional<Decimal> max_notional{};
    std::optional<Decimal> max_leverage{};
    std::vector<RiskTier> risk_tiers{};  ///< Empty: not known.
    bool tradable{true};                 ///< Trading, and open to API keys.
};

/// A price that was not confirmed for so long is old: no entry is decided on it, and it triggers nothing.
inline constexpr seconds kPriceAge{5};
/// So long an exit waits for a price of now, by a signal as by any other close: an exit is always attempted. Then the last one decides.
inline constexpr seconds kPriceAwaited{10};

struct Quote {
    Decimal bid, ask, mark;  ///< All > 0; bid <= ask.
    Instant confirmed_at;    ///< Last message, heartbeat or poll that says these hold.
    /// What the visible book would cost beyond the best price for the planned order, as a factor; absent: not looked at.
    std::optional<Decimal> expected_slippage{};
};

/// Those the exchange reports for account and pair; where it reports none, the settings' ones.
using market::FeeRates;

using connection::ConnectionStatus;
using connection::to_string;

struct ConnectionFacts {
    ConnectionStatus status{ConnectionStatus::draft};
    exchange::Ternary read{exchange::Ternary::unknown};
    exchange::Ternary spot_trade{exchange::Ternary::unknown};
    exchange::Ternary futures_trade{exchange::Ternary::unknown};
    exchange::Ternary withdraw{exchange::Ternary::unknown};
    exchange::Ternary transfer{exchange::Ternary::unknown};
    std::optional<Instant> tested_at{};  ///< The last full test.
    bool withdraw_confirmed{false};      ///< The user confirmed at set-up that an unprovable withdrawal right is off.
    bool transfer_waived{false};
    bool frozen{false};                  ///< By the operator or the foreign-activity alarm.
    bool answers{true};                  ///< False: a call this decision needs has failed.
    bool egress_as_proven{true};
    bool key_lives_long_enough{true};
};

/// Money of one connection (market wallet), at decision time.
struct AccountFacts {
    Decimal free;      ///< Quote units that can be spent now.
    Decimal equity;    ///< Spot: free + locked + coins of groups at mark. Futures: wallet + unrealised.
    Decimal used{};      ///< Of all groups and entry orders on the connection (margin.hpp), this group's included.
    Decimal reserved{};  ///< What other ladders on the connection may still take (ladder.hpp).
    Decimal strategy_used{};  ///< Of this strategy over all its connections.
    int open_groups{0};
    bool brake{false};  ///< brake.hpp
};

/// What an entry is held against of the signer's limits (ports/use_limits.hpp). The signer judges every order itself; it is asked beforehand so that
/// what it would refuse is told before anything is made.
enum class UseRule : std::uint8_t { none, in_doubt, entries, market, symbol, asset, leverage, value, price, hour, day, exposure };

/// Those limits, as far as they bear on one pair.
struct UseBounds {
    bool known{true};               ///< False: not told of late. Nothing is held against it then.
    UseRule closed{UseRule::none};  ///< Why nothing is opened on the pair, whatever the order.
    Decimal value{};                ///< The most that one order may be worth, quote units.
    Decimal leverage{1};
    /// What is left of an hour's, a day's or the exposure's amount, whichever is least; absent unless it was told just now.
    struct Left {
        UseRule of{UseRule::hour};
        Decimal value{};
    };
    std::optional<Left> left{};
    Decimal price_band{1};          ///< A factor: how much dearer than the price of the moment a buy may be, and how much cheaper a sale.
};

/// Why something is not so, as somebody else said it, in every language of the product.
struct Said {
    std::string en, nl;
};

/// What the exchange says about leverage for the pair.
struct LeverageFacts {
    Decimal leverage;
    market::MarginMode margin_mode{market::MarginMode::isolated};
    market::PositionMode position_mode{market::PositionMode::one_way};
    const Said* refused{nullptr};  ///< It could not be set, for that reason. Outlives what is decided by it; `leverage` is 0 then.
};

}  // namespace bf::trading

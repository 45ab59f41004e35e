// The domain's words as every exchange's answers are turned into them: balances, instruments, orders, fills, positions, candles.
//
// A field the exchange did not send is an empty optional, never a guess. Amounts are exact; quantities are in base units on futures
// too, unless the answer counts in contracts and the contract size is not known: then `quantity` is empty and `native_quantity` holds
// the exchange's own text.
#pragma once
#include "base/time.hpp"
#include "money/decimal.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::market {

enum class Market : std::uint8_t { spot, futures };
enum class Side : std::uint8_t { buy, sell };
enum class OrderType : std::uint8_t { limit, market };
enum class TimeInForce : std::uint8_t { gtc, ioc, fok };
enum class MarginMode : std::uint8_t { isolated, cross };
enum class PositionMode : std::uint8_t { one_way, hedge };
enum class PositionSide : std::uint8_t { long_side, short_side };
enum class Liquidity : std::uint8_t { maker, taker };
/// What an exchange does to a position by itself. Deleveraging: it is taken to cover what others' liquidations lost.
enum class Forced : std::uint8_t { liquidation, deleveraging };
/// `unknown` is a state text no source explains: kept apart from every state that means something.
enum class OrderStatus : std::uint8_t { open, partially_filled, filled, canceled, rejected, expired, unknown };
enum class Interval : std::uint8_t { m1, m5, m15, h1, h4, d1 };

std::string_view to_string(Market value);
std::string_view to_string(Side value);
std::string_view to_string(OrderType value);
std::string_view to_string(TimeInForce value);
std::string_view to_string(MarginMode value);
std::string_view to_string(PositionMode value);
std::string_view to_string(PositionSide value);
std::string_view to_string(Liquidity value);
std::string_view to_string(Forced value);
std::string_view to_string(OrderStatus value);
std::string_view to_string(Interval value);
/// The enumerator whose to_string is exactly `text`.
template <class Enum>
std::optional<Enum> parse(std::string_view text);

/// A unified symbol: `BTC/USDT` on spot, `BTC/USDT:USDT` for the USDT-settled perpetual.
struct Symbol {
    std::string base;
    std::string quote;
    std::string settle{};  ///< Empty on spot.

    /// Upper-case letters and digits (1 to 20 each) in one of the two forms.
    static std::optional<Symbol> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
    /// Whether parse would give it: a symbol put together from parts that hold other characters is not one.
    [[nodiscard]] bool is_sound() const;
    [[nodiscard]] bool is_futures() const { return !settle.empty(); }
    friend bool operator==(const Symbol&, const Symbol&) = default;
    friend auto operator<=>(const Symbol&, const Symbol&) = default;
};

struct Amount {
    std::string asset;
    Decimal amount;
    friend bool operator==(const Amount&, const Amount&) = default;
};

/// One asset of the trading account of a market.
struct Balance {
    std::string asset;
    std::optional<Decimal> free;
    std::optional<Decimal> locked;
    std::optional<Decimal> total;  ///< As sent, else the exact sum of free and locked if both were.
};

/// How large a position may be at which rates, in the exchange's own unit. Lists of them ascend; beyond the last nothing is taken.
struct RiskTier {
    enum class Unit : std::uint8_t { quantity, value };
    Unit unit{Unit::value};    ///< What `up_to` counts: base units (contracts times their size), or quote units the position is worth.
    Decimal up_to;             ///< Inclusive.
    Decimal maintenance_rate;  ///< A factor.
    std::optional<Decimal> max_leverage{};
};

/// Factors of what is traded; below zero it is received.
struct FeeRates {
    Decimal maker{};
    Decimal taker{};
    friend bool operator==(const FeeRates&, const FeeRates&) = default;

    /// Whether they can be meant: a tenth at most, and only makers are paid.
    [[nodiscard]] bool are_plausible() const;
};

/// The kinds of order an exchange takes. Kept as bits: thousands of instruments come in one answer.
class OrderTypes {
public:
    static constexpr std::array kAll{OrderType::limit, OrderType::market};

    constexpr OrderTypes() = default;
    constexpr OrderTypes(std::initializer_list<OrderType> types) {
        for (const auto type : types) add(type);
    }
    constexpr void add(OrderType type) { bits_ = static_cast<std::uint8_t>(bits_ | bit(type)); }
    [[nodiscard]] constexpr bool contains(OrderType type) const { return (bits_ & bit(type)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    friend bool operator==(const OrderTypes&, const OrderTypes&) = default;

private:
    static constexpr unsigned bit(OrderType type) { return 1U << static_cast<unsigned>(type); }
    std::uint8_t bits_{0};
};

struct Instrument {
    // A defaulted one would be cleared as a whole before its members are made: a twentieth of reading a list of them.
    Instrument() {}

    std::optional<Symbol> symbol;
    std::string native_symbol;
    Market market{Market::spot};
    std::string base;
    std::string quote;
    std::string settle;  ///< Empty on spot.
    std::optional<Decimal> price_step;
    std::optional<Decimal> quantity_step;  ///< Base units (contracts times contract size on futures).
    std::optional<Decimal> min_quantity;   ///< Base units.
    std::optional<Decimal> min_notional;   ///< Quote units.
    std::optional<Decimal> contract_size;  ///< Base units a contract; empty on spot.
    std::optional<Decimal> max_quantity{};  ///< Base units: the most that one limit order may carry.
    std::optional<Decimal> max_notional{};  ///< Quote units: the most that one may be worth.
    std::optional<Decimal> max_leverage{};  ///< Futures: of the smallest positions.
    std::vector<RiskTier> risk_tiers{};     ///< Futures: all of them, where the list of instruments tells them; else none.
    std::optional<bool> tradable;
    std::optional<bool> api_tradable;      ///< Whether an API key may trade it, where the exchange tells.
    OrderTypes order_types;                ///< Those the exchange declares for it; empty when it declares none.
};

struct Ticker {
    std::optional<Symbol> symbol;
    std::string native_symbol;
    std::optional<Decimal> bid, ask, last, mark;
    std::optional<Instant> at;
};

struct Candle {
    Instant open_time;
    Decimal open, high, low, close;
    std::optional<Decimal> volume;  ///< Base units; empty when in contracts of unknown size.
};

struct Order {
    std::optional<std::string> id;
    std::optional<std::string> client_order_id;
    std::optional<Symbol> symbol;
    std::string native_symbol;
    std::optional<Side> side;
    std::optional<OrderType> type;
    std::optional<Decimal> price;
    std::optional<Decimal> quantity;
    std::optional<Decimal> filled;
    std::optional<std::string> native_quantity;  ///< Contracts as sent, when their size is not known.
    std::optional<Decimal> average;
    std::vector<Amount> fees;
    std::optional<OrderStatus> status;
    std::optional<TimeInForce> time_in_force;
    std::optional<bool> reduce_only;
    std::optional<Instant> created_at;
    std::optional<bool> triggered{};  ///< Of a trigger order: whether it still waits or went to the book. Empty for any other.
    std::optional<Forced> forced{};   ///< The exchange's own, as it says; nobody placed it.
};

struct Fill {
    std::optional<std::string> id;  ///< The trade's id.
    std::optional<std::string> order_id;
    std::optional<std::string> client_order_id;
    std::optional<Symbol> symbol;
    std::string native_symbol;
    std::optional<Side> side;
    std::optional<Decimal> price;
    std::optional<Decimal> quantity;
    std::optional<std::string> native_quantity;
    std::optional<Amount> fee;
    std::optional<Liquidity> liquidity;
    std::optional<Instant> at;
    std::optional<Forced> forced{};  ///< As of an order.
};

struct Position {
    std::optional<Symbol> symbol;
    std::string native_symbol;
    std::optional<PositionSide> side;
    std::optional<Decimal> quantity;
    std::optional<std::string> native_quantity;
    std::optional<Decimal> entry_price, mark_price, liquidation_price, leverage, unrealized_pnl;
    std::optional<MarginMode> margin_mode;
    std::optional<Decimal> margin{};  ///< Of an isolated one: what is set aside for it, what a person added included, what is kept for fees not.
};

/// Funding that an account paid or received for a position.
struct FundingPayment {
    std::string id;
    std::optional<Symbol> symbol;
    std::string native_symbol;
    std::optional<PositionSide> side;
    std::optional<Decimal> quantity;  ///< Of the position, base units, where it is told.
    std::string asset;                ///< Empty where it is not told: the one the contract settles in.
    Decimal amount;                   ///< Received; below zero: paid.
    Instant at;                       ///< When it was settled.
};

}  // namespace bf::market

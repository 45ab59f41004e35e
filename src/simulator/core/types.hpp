// The words of a simulated exchange: instruments, keys, accounts, orders, fills, positions. Wire-independent: ids are made by the
// exchange's profile, every other text belongs to a face.
#pragma once
#include "market/types.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bf::simulator {

using market::Liquidity;
using market::MarginMode;
using market::Market;
using market::OrderStatus;
using market::OrderType;
using market::PositionMode;
using market::PositionSide;
using market::Side;
using market::Symbol;
using market::TimeInForce;

struct Instrument {
    std::size_t index{0};  ///< Place in the exchange's list.
    Symbol symbol;
    std::string native;     ///< "BTC-USDT", "XBTUSDTM".
    Decimal start_price;    ///< Where its seeded history begins.
    Decimal price_step;
    Decimal quantity_step;  ///< Base units: on futures one contract times its size.
    Decimal min_quantity;
    Decimal min_notional;   ///< Zero if there is none.
    Decimal max_quantity{};  ///< Of one order; zero if there is none.
    Decimal max_notional{};  ///< The same.
    Decimal contract_size{1};  ///< Base units a contract; 1 on spot.
    Decimal maker_fee;      ///< Factor of the notional.
    Decimal taker_fee;
    int max_leverage{1};
    Decimal maintenance_rate{};  ///< Factor of the position's value, without tiers.
    std::vector<market::RiskTier> risk_tiers{};  ///< Ascending, in the exchange's own unit; larger positions are not taken.
    Decimal price_band{Decimal::from_parts(1, 1)};  ///< A limit price may be that factor worse than the market, not more.
    bool api_tradable{true};

    [[nodiscard]] bool is_futures() const { return symbol.is_futures(); }
    [[nodiscard]] Market market() const { return is_futures() ? Market::futures : Market::spot; }
    [[nodiscard]] Decimal contracts(const Decimal& quantity) const;  ///< Base units as a number of contracts.
    /// Null without tiers, and beyond the last.
    [[nodiscard]] const market::RiskTier* tier_of(const Decimal& quantity, const Decimal& price) const;
    /// Beyond the last tier its rate: a position that got there by the price's own way keeps it.
    [[nodiscard]] const Decimal& maintenance_of(const Decimal& quantity, const Decimal& price) const;
};

enum class Permission : std::uint8_t { read, spot, futures, transfer, withdraw };
std::string_view to_string(Permission value);
std::optional<Permission> parse_permission(std::string_view text);

enum class AccountMode : std::uint8_t { classic, unified };

struct Key {
    std::string key;
    std::string secret;
    std::string passphrase;  ///< Empty where the exchange has none.
    std::string account;     ///< Id of the account it belongs to.
    std::set<Permission> permissions;
    std::vector<std::string> ip_allow_list;
    std::optional<Instant> expires_at;
    std::optional<std::string> source_ip;  ///< The address the exchange believes the client has.
    Instant created_at;
    bool revoked{false};
    bool inspectable{true};  ///< False: the key may not read about itself, so that what it can do stays unknown to its user.

    [[nodiscard]] bool may(Permission permission) const { return permissions.contains(permission); }
};

/// `locked` is reserved by open orders. Margin of positions stands in the positions.
struct Wallet {
    Decimal free;
    Decimal locked;
    [[nodiscard]] Decimal total() const { return free + locked; }
};

/// In one-way mode an instrument has one position (`both`) that may change its side; in hedge mode two.
enum class PositionSlot : std::uint8_t { both, long_only, short_only };

struct Position {
    std::uint64_t number{0};
    const Instrument* instrument{nullptr};
    PositionSlot slot{PositionSlot::both};
    PositionSide side{PositionSide::long_side};
    Decimal quantity;    ///< Base units, above zero while open.
    Decimal entry_cost;  ///< Sum of price times quantity of what is open: exact, the average is derived.
    Decimal margin;      ///< Set aside for it.
    int leverage{1};
    MarginMode margin_mode{MarginMode::isolated};
    Decimal realized_pnl;  ///< Since it was opened, fees and funding included.
    Decimal funding;       ///< Received since it was opened; negative: paid.
    Instant opened_at;
    Instant updated_at;

    [[nodiscard]] Decimal entry_price() const;
    [[nodiscard]] Decimal unrealized_pnl(const Decimal& mark) const;
    [[nodiscard]] Decimal maintenance_margin(const Decimal& mark) const;
    /// Of an isolated position, from its own margin; zero when no price can take it.
    [[nodiscard]] Decimal liquidation_price() const;
    /// Where the margin is gone altogether.
    [[nodiscard]] Decimal bankruptcy_price() const;
};

struct FundingPayment {
    std::uint64_t number{0};
    const Instrument* instrument{nullptr};
    PositionSlot slot{PositionSlot::both};
    MarginMode margin_mode{MarginMode::isolated};
    Decimal rate;
    Decimal mark;
    Decimal quantity;  ///< Signed: short is negative.
    Decimal amount;    ///< Received; negative: paid.
    Instant at;
};

/// What an order off the book waits for.
struct Trigger {
    enum class Of : std::uint8_t { last, mark, index };
    enum class Way : std::uint8_t { at_or_below, at_or_above };
    Of of{Of::mark};
    Way way{Way::at_or_below};
    Decimal price;
};

/// What a face asks for. Quantities in base units.
struct NewOrder {
    Symbol symbol;
    Side side{Side::buy};
    OrderType type{OrderType::limit};
    std::optional<Decimal> quantity;
    std::optional<Decimal> quote_quantity;  ///< Market orders on spot, instead of quantity.
    std::optional<Decimal> price;
    TimeInForce time_in_force{TimeInForce::gtc};
    bool post_only{false};
    bool reduce_only{false};
    bool close_position{false};  ///< Closes all of the slot; side and quantity follow from the position.
    std::string client_order_id{};
    int leverage{0};             ///< 0: the account's setting.
    std::optional<MarginMode> margin_mode;    ///< Empty: the account's setting.
    PositionSlot slot{PositionSlot::both};
    std::string remark{};        ///< Kept for the face, not looked at.
    std::optional<Trigger> trigger{};  ///< It waits for that first, holding no money.
};

struct Account;

struct Order {
    std::uint64_t number{0};  ///< Rises with time; the profile makes the id from it.
    std::string id;
    Account* owner{nullptr};  ///< Lives as long as the exchange.
    NewOrder request;         ///< As accepted, with the settings filled in.
    const Instrument* instrument{nullptr};
    Decimal quantity;         ///< Base units; zero for a market order in quote.
    Decimal filled;
    Decimal filled_quote;
    Decimal canceled;         ///< Base units that were taken back.
    Decimal fee;
    std::string fee_asset;
    Decimal locked;           ///< Still reserved in the wallet for it, in `locked_asset`.
    std::string locked_asset;
    Decimal reserved;         ///< Futures: the part of the remaining quantity that `locked` is margin for; the rest closes a position.
    Decimal realized_pnl;     ///< Of the position parts it closed, before fees.
    OrderStatus status{OrderStatus::open};
    bool liquidation{false};
    bool waiting{false};      ///< For its trigger; open, but not on the book.
    bool triggered{false};
    Instant created_at;
    Instant updated_at;

    [[nodiscard]] bool is_open() const { return status == OrderStatus::open || status == OrderStatus::partially_filled; }
    [[nodiscard]] Decimal remaining() const { return quantity - filled - canceled; }
    [[nodiscard]] Decimal average() const;  ///< Zero while nothing is filled.
};

struct Fill {
    std::uint64_t number{0};
    std::string id;
    const Order* order{nullptr};  ///< Lives as long as the exchange.
    const Instrument* instrument{nullptr};
    Side side{Side::buy};
    Decimal price;
    Decimal quantity;
    Decimal fee;
    std::string fee_asset;
    Liquidity liquidity{Liquidity::taker};
    Decimal realized_pnl;
    bool closes{false};       ///< Futures: it reduced a position.
    bool liquidation{false};
    Instant at;
};

struct PublicTrade {
    std::uint64_t number{0};
    Side side{Side::buy};  ///< Of the taker.
    Decimal price;
    Decimal quantity;
    Instant at;
};

struct Candle {
    Instant open_time;
    Decimal open, high, low, close;
    Decimal volume;  ///< Base units.
    Decimal turnover;
};

struct Account {
    std::string id;  ///< A number as text: the exchanges call it uid.
    AccountMode mode{AccountMode::classic};
    PositionMode position_mode{PositionMode::one_way};
    std::map<std::string, Wallet> spot;
    std::map<std::string, Wallet> futures;  ///< Unused in a unified account: there `spot` serves both.
    std::vector<Position> positions;        ///< Open ones.
    std::vector<Order*> orders;             ///< All, oldest first.
    std::vector<const Fill*> fills;         ///< All, oldest first.
    std::vector<FundingPayment> funding;
    std::map<std::size_t, MarginMode> margin_modes;  ///< By instrument; absent: isolated.
    std::map<std::size_t, int> leverages;            ///< By instrument; absent: the exchange's default.
    std::map<std::pair<Market, std::string>, Order*> by_client_id;
    Instant created_at;

    [[nodiscard]] std::map<std::string, Wallet>& wallets(Market market) {
        return market == Market::futures && mode == AccountMode::classic ? futures : spot;
    }
    [[nodiscard]] const Wallet& wallet(Market market, const std::string& asset) const;
    [[nodiscard]] MarginMode margin_mode(const Instrument& instrument) const;
    [[nodiscard]] const Position* position(const Instrument& instrument, PositionSlot slot) const;
};

/// Why the exchange core says no. A face turns it into its own code and text.
enum class Refusal : std::uint8_t {
    unknown_symbol,
    not_open_to_api,
    insufficient_balance,
    below_min_quantity,
    below_min_notional,
    above_maximum,
    price_step,
    quantity_step,
    price_missing,
    quantity_missing,
    price_out_of_band,
    duplicate_client_id,
    too_many_stops,
    order_not_found,
    order_finished,
    nothing_to_reduce,
    margin_mode_mismatch,
    position_mode_mismatch,
    leverage_out_of_range,
    position_too_large,  ///< Beyond the last risk tier, or what the order's leverage leaves.
    position_or_orders_open,  ///< A setting can't be changed now.
};

}  // namespace bf::simulator

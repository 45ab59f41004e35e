// What is about to be done at an exchange, complete enough to be asked about after a crash. It is written to the journal before the
// request is sent, with the limits of the instrument it was made under.
#pragma once
#include "exchange/call.hpp"
#include "exchange/call_digest.hpp"
#include "market/types.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bf::engine {

/// Given once, never again in this installation; stands in the journal.
using OrderNumber = std::uint64_t;
/// The engine's own number of a group; never used again.
using GroupNumber = std::uint64_t;

enum class Purpose : std::uint8_t {
    entry,
    add_on,
    exit,   ///< Rests at the take-profit.
    stop,   ///< Rests at the exchange as a trigger order.
    close,  ///< Through the book, now.
};
std::string_view to_string(Purpose value);
/// Orders that lessen what is held: they go before entries when an exchange's limits are short.
constexpr bool lessens(Purpose purpose) { return purpose != Purpose::entry && purpose != Purpose::add_on; }

/// The instrument's steps and minima as they were known when the intent was made. Zero: the exchange told none.
struct InstrumentLimits {
    Decimal price_step{};
    Decimal quantity_step{};  ///< Base units.
    Decimal min_quantity{};   ///< Base units.
    Decimal min_notional{};   ///< Quote units.
    Decimal contract_size{};  ///< Base units a contract; zero on spot.
    // The most that one order may carry; zero where there is none. Of today's list: records don't keep them.
    Decimal max_quantity{};   ///< Base units.
    Decimal max_notional{};   ///< Quote units.

    static InstrumentLimits of(const market::Instrument& instrument);
    friend bool operator==(const InstrumentLimits&, const InstrumentLimits&) = default;
};

/// What the engine wants done.
struct OrderPlan {
    std::string connection;  ///< Its id, under which the signer knows the key.
    market::Symbol symbol;
    market::Side side{market::Side::buy};
    market::OrderType type{market::OrderType::limit};
    Decimal quantity{};      ///< Base units, on futures too; a multiple of the step.
    std::optional<Decimal> price{};
    std::optional<Decimal> stop_price{};  ///< Purpose::stop: the trigger.
    market::TimeInForce time_in_force{market::TimeInForce::gtc};
    bool reduce_only{false};  ///< Futures; on spot there is no such thing.
    // Futures: the settings the order is written for, as they were read and verified.
    std::optional<market::MarginMode> margin_mode{};
    std::optional<market::PositionMode> position_mode{};
    std::optional<std::int64_t> leverage{};

    Purpose purpose{Purpose::entry};
    GroupNumber group{0};
    std::uint32_t leg{0};
    InstrumentLimits limits{};
    /// An order that could not leave by then is not sent at all (its price is of a moment that has passed). Zero: no bound.
    milliseconds send_within{0};

    friend bool operator==(const OrderPlan&, const OrderPlan&) = default;
};

/// A plan with its identity.
struct Intent {
    OrderPlan plan;
    OrderNumber number{0};
    std::uint32_t attempt{0};
    std::string client_id;
    Instant at;  ///< Our wall clock when it was made.
    /// Of the call that places it, as the signer's ledger has it too; zeros in what older versions wrote.
    exchange::CallDigest digest{};

    friend bool operator==(const Intent&, const Intent&) = default;
};

/// The typed call that places it.
exchange::Call place_call(const Intent& intent);

}  // namespace bf::engine

// What the signer keeps of one connection's use: its limits, what of them is used up, and what its own signed buys can have filled. A value,
// written to the signer's store as a whole.
#pragma once
#include "money/decimal.hpp"
#include "ports/use_limits.hpp"
#include "signer/policy_window.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace bf::signer {

using HourWindow = Window<Decimal, 60, 60'000>;
using DayWindow = Window<Decimal, 96, 900'000>;
using MinuteWindow = Window<std::int64_t, 60, 1000>;

/// The price that orders of a symbol are held against. It follows what the caller tells, but no faster than kReferenceMove.
struct KeptReference {
    Decimal price;
    Instant told_for;  ///< When the caller's price held.
    Instant moved;     ///< When it last moved, by the signer's clock.
};

struct SymbolUse {
    Decimal quantity;  ///< The most that the signed orders can have left open, base units.
    Decimal value;     ///< What that was worth when it was signed, quote units.
    Decimal contract;  ///< Futures: the largest contract size an order named. Zero: none yet.
    /// Quantity of orders that may have been signed right before the signer died. Ends by itself; until then the engine can name them.
    Decimal unnamed;
    Instant unnamed_until{};
    std::optional<KeptReference> reference{};
};

struct AssetUse {
    HourWindow hour{};
    DayWindow day{};
    Decimal exposure;  ///< The sum of its symbols' values.
    Decimal unnamed;   ///< As SymbolUse::unnamed, quote units.
    Instant unnamed_until{};
};

/// An order that was signed, until it is forgotten as one of the oldest.
struct SignedOrder {
    market::Symbol symbol;
    bool exit{false};
    Decimal quantity;  ///< As signed.
    Decimal value;     ///< As counted; zero for an exit.
    /// Of which so much was filled, once the engine said that it ended. May be told again: what counts is the last word.
    std::optional<Decimal> filled{};
};

/// What may be signed beyond what the store holds before it must be written again. After a crash all of it counts as used.
struct Cover {
    std::map<std::string, Decimal, std::less<>> values{};
    std::map<market::Symbol, Decimal> quantities{};
    std::int64_t orders{0};
};

/// Why a connection's stored use can't be relied on.
enum class Doubt : std::uint8_t { none, damaged, rolled_back };

struct PolicyState {
    ports::UseLimits limits;
    bool defaults{true};  ///< Nobody set them.
    ports::FreezeLevel freeze{ports::FreezeLevel::none};
    std::optional<ports::LimitState::Raise> raise{};
    Doubt doubt{Doubt::none};
    /// There may be more to sell than the signed buys tell: the connection is older than this store, or the store is in doubt.
    bool unknown_holdings{false};
    std::map<market::Symbol, SymbolUse> symbols{};
    std::map<std::string, AssetUse, std::less<>> assets{};  ///< By quote.
    MinuteWindow orders{}, exits{};
    std::unordered_map<std::string, SignedOrder> signed_orders{};  ///< By client order id.
    std::deque<std::string> signed_ids{};                          ///< The same, oldest first.
};

}  // namespace bf::signer

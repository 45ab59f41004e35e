// What a connection's key may be used for, as people set it and as the signer holds every order against it; and the signer as whoever
// sets limits sees it. What is not allowed here is not signed.
#pragma once
#include "base/error.hpp"
#include "exchange/call.hpp"
#include "market/types.hpp"
#include "money/amounts.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bf::ports {

/// The most that may be done in one quote asset, in units of it. An asset without caps is not traded in.
struct ValueCaps {
    Decimal order;         ///< One order.
    Decimal market_order;  ///< One order without a price. Zero: none.
    Decimal hour;          ///< All within any hour.
    Decimal day;           ///< All within any day.
    Decimal exposure;      ///< Open at once, as far as the signer knows.
    friend bool operator==(const ValueCaps&, const ValueCaps&) = default;
};

/// Limits of what opens, adds or changes something. Reading, cancelling and getting out are not limited by these, but for the price band
/// of exits and their own rate.
struct UseLimits {
    struct Operations {
        bool place_order{false};
        bool place_stop{false};  ///< Trigger orders that don't only reduce.
        bool set_leverage{false};
        bool set_margin_mode{false};
        friend bool operator==(const Operations&, const Operations&) = default;
    };
    Operations operations{};
    std::optional<market::Market> market{};                     ///< Nothing: both.
    std::optional<std::vector<market::Symbol>> symbols{};       ///< Ascending. Nothing: all of the market.
    std::map<std::string, ValueCaps, std::less<>> values{};     ///< By quote asset.
    Decimal price_band{};       ///< A factor: 0.2 lets a buy cost 20 % more than the reference price, a sale bring 20 % less.
    Decimal exit_band{};        ///< The same for orders that get out.
    std::int64_t leverage{1};   ///< The most.
    std::int64_t orders_a_minute{0};
    std::int64_t exits_a_minute{0};
    seconds raise_delay{0};     ///< So long a raise of any of these waits.
    friend bool operator==(const UseLimits&, const UseLimits&) = default;
};

/// A connection that is added without limits gets these: finite, and wide enough for ordinary use.
UseLimits default_limits(std::optional<market::Market> market);
/// Limits that allow nothing but to read, to cancel and to get out.
UseLimits no_limits();
/// The narrower of both in every respect.
UseLimits meet(const UseLimits& a, const UseLimits& b);
/// Whether `to` allows anything that `from` does not.
inline bool raises(const UseLimits& from, const UseLimits& to) { return meet(from, to) != to; }
/// What can't be meant: a bound that is not positive where it must be, symbols of another market. The field's name stands in Error.code.
Status check_limits(const UseLimits& limits);

enum class FreezeLevel : std::uint8_t {
    none,
    entries,     ///< Nothing is opened or added to; getting out, cancelling and reading go on.
    everything,  ///< Nothing is signed at all.
};
std::string_view to_string(FreezeLevel level);
std::optional<FreezeLevel> parse_freeze(std::string_view text);

/// Whose one-time code it is. Empty: none was given.
struct StepUp {
    std::string account{};
    std::string code{};
};

/// Something about the limits that a person should know.
enum class LimitFinding : std::uint8_t {
    defaults,          ///< Nobody set them: those of a connection added without.
    no_second_factor,  ///< No account has one: only the delay stands between a thief and wider limits.
    damaged,           ///< The stored limits were changed by somebody else than the signer, or are lost: nothing is opened.
    rolled_back,       ///< The signer's store is older than it was: nothing is opened until a person says that this is right.
};
std::string_view to_string(LimitFinding finding);

/// The limits of a connection as the signer has them.
struct LimitState {
    UseLimits limits;
    FreezeLevel freeze{FreezeLevel::none};
    struct Raise {
        UseLimits limits;
        Instant due;
    };
    std::optional<Raise> raise{};  ///< Waits.
    /// Used up, by quote asset.
    struct Used {
        std::string asset;
        Decimal hour, day, exposure;
    };
    std::vector<Used> used{};
    std::vector<LimitFinding> findings{};
};

/// The signer's side of limits.
class LimitKeeper {
public:
    using Told = std::function<void(Result<LimitState>)>;
    virtual ~LimitKeeper() = default;
    virtual void limits(std::string connection, Told done) = 0;
    /// What is narrower holds at once; what is wider needs the code of an account's second factor, if any has one, and waits.
    virtual void set_limits(std::string connection, UseLimits limits, StepUp step_up, Told done) = 0;
    /// A stricter level holds at once; a milder one needs the code, if any account has a second factor.
    virtual void freeze(std::string connection, FreezeLevel level, StepUp step_up, Told done) = 0;
};

}  // namespace bf::ports

// A signal: the request to look at a pair in a direction. It is no order. Reads the body a webhook received and says how old is too old.
//
// The body is JSON, or text with one JSON object in it (alert texts have words around). Unknown members are kept out; times are Unix
// milliseconds or ISO 8601 in UTC. The token is read by whoever received it and is no part of a signal from here on.
#pragma once
#include "trading/facts.hpp"
#include "trading/settings.hpp"
#include "wire/json.hpp"

#include <string>

namespace bf::trading {

enum class SignalKind : std::uint8_t { entry, add, exit };
std::string_view to_string(SignalKind kind);

enum class SignalSource : std::uint8_t {
    hook,       ///< TradingView or the user's script.
    generator,  ///< trend.hpp
    zone,       ///< Price reached a free zone (trigger zone_only).
    manual,     ///< A person, by button or command.
};
std::string_view to_string(SignalSource source);

struct Signal {
    std::string id{};       ///< Empty when none was sent.
    std::string strategy{}; ///< Id or name as sent.
    std::string pair{};     ///< A unified symbol.
    Direction direction{Direction::long_side};
    SignalKind kind{SignalKind::entry};
    SignalSource source{SignalSource::hook};
    Instant time{};
    std::optional<Instant> bar_time{};
    std::optional<seconds> max_lag{};
    std::string tag{};
    std::optional<Decimal> price{};  ///< As sent, for the record; never traded at.
    std::uint64_t group{0};          ///< SignalSource::zone: the group whose price came into a zone; nobody else's add-on is meant.
};

inline constexpr std::size_t kSignalBytesMax = 8192;
inline constexpr seconds kSignalFutureMax{30};
inline constexpr std::chrono::hours kDuplicateMemory{24};

/// The body's JSON object: the body itself, or the text between its first '{' and its matching end. At most kSignalBytesMax.
Result<wire::Json, FieldError> read_body(std::string_view body);
/// Fails for a member that is missing or can't be read (SIGNAL_MALFORMED).
Result<Signal, FieldError> read_signal(wire::JsonValue json);
/// The token member of a body, for those who send it there.
std::optional<std::string_view> token_of(wire::JsonValue json);

/// ISO 8601 in UTC ("2025-01-15T09:30:00Z", seconds' fraction and "+00:00" allowed) or Unix milliseconds.
std::optional<Instant> read_time(std::string_view text);

/// What two deliveries of the same signal share: the id, else pair, direction, kind and bar time (or time when no bar time was
/// sent). Remembered for kDuplicateMemory, for each strategy apart.
std::string duplicate_key(const Signal& signal);

/// The price alone asks for an add-on.
Signal zone_signal(std::string strategy, std::string pair, Direction direction, Instant now);
/// The built-in generator's word: the averages crossed at the close of `candle`.
Signal trend_signal(std::string strategy, std::string pair, Direction direction, const market::Candle& candle, Instant now);
/// A cross is of use only to a strategy that trades that way, or closes on it.
bool wants_trend(const Protection& protection, Direction direction);

/// The age at which it expires: the strategy's own limit, shortened by the signal's if that is less.
seconds max_lag(const Signal& signal, const Protection& protection);

}  // namespace bf::trading

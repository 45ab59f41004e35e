// What went wrong with an exchange, in one vocabulary for all of them, with the exchange's own words kept beside it.
#pragma once
#include "base/error.hpp"
#include "exchange/call.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::exchange {

/// The codes of the stable interface. Adding is fine, renaming is not.
enum class ProblemCode : std::uint8_t {
    malformed_credentials, invalid_key, invalid_secret, invalid_passphrase, key_expired,
    no_read_permission, no_trade_permission, no_futures_permission,
    withdraw_enabled, transfer_enabled, withdrawal_unknown,
    ip_not_allowed, exchange_unavailable, maintenance, rate_limited, clock_skew,
    region_restricted, identity_check_required, account_restricted, ipv4_unreachable, ipv6_unreachable,
    // Of orders and single answers.
    invalid_symbol, symbol_not_tradable, insufficient_balance, below_min_size, price_or_size_step, order_not_found,
    duplicate_client_order_id, post_only_would_cross, reduce_only_rejected, margin_mode_mismatch, position_mode_mismatch, other,
};
std::string_view to_string(ProblemCode code);
std::optional<ProblemCode> parse_problem(std::string_view text);

/// Seconds. A header may say anything; what is longer than a day is taken for a day.
inline constexpr std::int64_t kRetryAfterMax = 86'400;

struct Problem {
    ProblemCode code{ProblemCode::other};
    std::string exchange_code{};     ///< As sent, as text; empty if none.
    std::string exchange_message{};  ///< As sent, cut to 300 characters; never our own request.
    Fate fate{Fate::refused};
    /// Other causes this answer can't be told from (KuCoin 400004: passphrase or secret).
    std::vector<ProblemCode> candidates{};
    /// Our address, where the refusal names it.
    std::optional<std::string> seen_address{};
    /// Seconds after which the exchange says to try again.
    std::optional<std::int64_t> retry_after_s{};
};

template <class T>
using Answer = Result<T, Problem>;

/// The problem of an answer that has not the documented shape: nothing is concluded about the key.
Problem unreadable(const std::string& what);

enum class Language : std::uint8_t { en, nl };

/// What users read: title fixed by the interface, cause and remedy in plain words, in their language.
struct ProblemText {
    std::string title;
    std::string cause;
    std::string remedy;
};
struct TextContext {
    std::string_view exchange_name;
    market::Market market{market::Market::spot};
    std::optional<std::string> our_address{};  ///< For "IP not allowed".
    Language language{Language::en};
};
ProblemText describe(const Problem& problem, const TextContext& context);

}  // namespace bf::exchange

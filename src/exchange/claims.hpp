// What is known about a key: each claim yes, no or unknown, with the evidence it rests on and its time. Unknown is an answer.
#pragma once
#include "base/time.hpp"
#include "exchange/call.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bf::exchange {

enum class Ternary : std::uint8_t { yes, no, unknown };
constexpr std::string_view to_string(Ternary value) { return value == Ternary::yes ? "yes" : value == Ternary::no ? "no" : "unknown"; }

struct Claim {
    Ternary answer{Ternary::unknown};
    std::string evidence{};        ///< "GET /api/v1/user/api-key lists permission Spot"
    std::optional<Instant> at{};
};

struct Claims {
    Claim key_valid, read, spot_trade, futures_trade, withdraw, transfer, ip_bound;
};

/// What an exchange tells about the key itself.
struct KeyInfo {
    std::vector<std::string> permissions;  ///< As the exchange names them.
    Claims claims;
    std::vector<std::string> ip_allow_list;  ///< As shown; masked octets stay masked.
    std::optional<Instant> expires_at;
    std::optional<std::string> account_id;
    std::optional<bool> sub_account;
    std::optional<bool> dead;             ///< The exchange says the key is frozen or deleted.
    std::optional<int> key_version;       ///< KuCoin.
    std::vector<std::string> more_than_needed;  ///< Rights beyond what trading needs, for a warning.
};

enum class ServiceStatus : std::uint8_t { open, cancel_only, closed };

}  // namespace bf::exchange

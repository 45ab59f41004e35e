// What a connection test found: every step, every claim with its evidence, the verdict. The object `check --json` prints.
#pragma once
#include "connection/saying.hpp"
#include "exchange/claims.hpp"
#include "exchange/problem.hpp"
#include "market/types.hpp"
#include "wire/json_writer.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::connection {

enum class StepId : std::uint8_t {
    input_shape, reach, clock, key, permissions, withdrawal, ip_allow_list, balance, orders, positions, trade_right, stream,
};
inline constexpr std::size_t kStepCount = 12;
std::string_view to_string(StepId id);

enum class StepResult : std::uint8_t { pass, warn, fail, skip };
std::string_view to_string(StepResult result);

struct Step {
    StepId id;
    StepResult result{StepResult::skip};
    milliseconds took{0};
    Facts detail{};  ///< What was asked and what came of it.
};

enum class Verdict : std::uint8_t { connected, refused, failed };
std::string_view to_string(Verdict verdict);

/// The signer signs for no time further from our clock.
constexpr milliseconds kClockCorrectedMax = seconds{60};

/// Not there to be asked, which says nothing about the key.
bool is_away(exchange::ProblemCode code);

/// What a user may accept knowingly. Nothing accepts a proven withdrawal right.
struct Accepted {
    bool internal_transfer{false};
    bool unknown_withdrawal{false};
    friend bool operator==(const Accepted&, const Accepted&) = default;
};
/// Reads "internal_transfer,unknown_withdrawal"; nothing for an unknown word.
std::optional<Accepted> parse_accepted(const std::vector<std::string>& words);
std::vector<std::string> to_words(const Accepted& accepted);

/// How long before a key's end its user is warned. MEXC shows a warning of its own from 14 days; peers' users lost positions to keys
/// that died unseen.
constexpr milliseconds kExpiryWarning = std::chrono::days{14};

struct Report {
    exchange::ExchangeId exchange{};
    market::Market market{};
    exchange::Site site{exchange::Site::global};
    exchange::AccountMode account_mode{exchange::AccountMode::classic};
    Verdict verdict{Verdict::failed};
    std::optional<exchange::Problem> problem;
    exchange::Claims claims;
    std::vector<std::string> permissions;
    std::vector<std::string> more_than_needed;
    std::vector<std::string> ip_allow_list;
    std::optional<std::string> egress_v4, egress_v6;
    std::optional<Instant> expires_at;
    std::optional<std::string> account_id;
    std::optional<bool> sub_account;
    std::optional<int> key_version;
    std::vector<Step> steps;  ///< All that apply, in order.
    std::vector<market::Balance> balances;
    milliseconds clock_offset{0};  ///< Exchange minus us, as measured.
    Accepted accepted;
    Instant tested_at;
};

/// The stable JSON shape; texts in `language`, the exchange called `exchange_name`.
std::string to_json(const Report& report, std::string_view exchange_name, exchange::Language language);
/// What an exchange tells about a key, in the stable shape of `wire parse`.
void write_json(wire::JsonWriter& out, const exchange::KeyInfo& info);
void write_json(wire::JsonWriter& out, const exchange::Claims& claims, exchange::Language language);
/// The problem object of the stable interface, or "null".
std::string problem_json(const std::optional<exchange::Problem>& problem, const exchange::TextContext& context);

}  // namespace bf::connection

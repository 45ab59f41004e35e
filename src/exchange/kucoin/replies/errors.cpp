// Sources, read September 2026: github.com/Kucoin/kucoin-api-docs (error codes), github.com/Kucoin/kucoin-skills-hub (400001 to 400007),
// ccxt 4.5.84 (error table with the bodies it met), github.com/JKorf/Kucoin.Net (codes per product). The HTTP status of most is unverified.
#include "exchange/kucoin/replies/errors.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <span>

namespace bf::exchange::kucoin {
namespace {

using Code = ProblemCode;

struct Row {
    std::string_view code;
    ProblemCode means;
};

/// Codes that mean the same everywhere.
constexpr Row kCommon[] = {
    {"400001", Code::other},  // A KC-API header is missing: our error.
    {"400002", Code::clock_skew},
    {"400003", Code::invalid_key},
    {"400004", Code::invalid_passphrase},
    {"400005", Code::invalid_secret},
    {"400006", Code::ip_not_allowed},
    {"400200", Code::account_restricted}, {"400700", Code::account_restricted}, {"126002", Code::account_restricted},
    {"130201", Code::account_restricted}, {"411100", Code::account_restricted},
    {"400303", Code::identity_check_required}, {"126005", Code::identity_check_required}, {"126047", Code::identity_check_required},
    {"126048", Code::identity_check_required}, {"200009", Code::identity_check_required},
    {"400500", Code::region_restricted}, {"126021", Code::region_restricted}, {"126037", Code::region_restricted},
    {"126045", Code::region_restricted}, {"126046", Code::region_restricted}, {"130315", Code::region_restricted},
    {"112010", Code::other},  // A unified call on a classic account.
    {"429000", Code::rate_limited}, {"1015", Code::rate_limited},
    {"500000", Code::exchange_unavailable}, {"230005", Code::exchange_unavailable}, {"408000", Code::exchange_unavailable},
    {"404000", Code::other}, {"401000", Code::other}, {"415000", Code::other},
    {"200004", Code::insufficient_balance}, {"102421", Code::insufficient_balance}, {"230003", Code::insufficient_balance},
    {"260100", Code::insufficient_balance}, {"126013", Code::insufficient_balance}, {"210021", Code::insufficient_balance},
    {"900001", Code::invalid_symbol}, {"400000", Code::invalid_symbol}, {"126004", Code::invalid_symbol},
    {"400600", Code::symbol_not_tradable}, {"600203", Code::symbol_not_tradable}, {"126006", Code::symbol_not_tradable},
    {"126007", Code::symbol_not_tradable}, {"126008", Code::symbol_not_tradable}, {"126009", Code::symbol_not_tradable},
    {"126010", Code::symbol_not_tradable}, {"126015", Code::symbol_not_tradable},
    {"600101", Code::below_min_size}, {"102435", Code::below_min_size}, {"126003", Code::below_min_size},
    {"102434", Code::price_or_size_step}, {"126029", Code::price_or_size_step}, {"126030", Code::price_or_size_step},
    {"126022", Code::price_or_size_step}, {"102429", Code::price_or_size_step}, {"400370", Code::price_or_size_step},
    {"400760", Code::price_or_size_step},
    {"order_not_exist", Code::order_not_found}, {"102436", Code::order_not_found}, {"126043", Code::order_not_found},
    {"126044", Code::duplicate_client_order_id}, {"102426", Code::duplicate_client_order_id}, {"126033", Code::duplicate_client_order_id},
    {"300009", Code::reduce_only_rejected},
    {"330005", Code::margin_mode_mismatch},
    {"330011", Code::position_mode_mismatch}, {"330012", Code::position_mode_mismatch},
    {"102427", Code::other}, {"126042", Code::other}, {"126027", Code::other}, {"126028", Code::other},
    {"400350", Code::other}, {"400330", Code::other},
};

constexpr Row kSpot[] = {
    {"200001", Code::symbol_not_tradable},
    {"200002", Code::symbol_not_tradable},  // Cancelling is suspended.
    {"200003", Code::other},                // Too many orders.
};

constexpr Row kFutures[] = {
    {"40010", Code::region_restricted},
    {"200002", Code::rate_limited},  // Wait ten seconds.
    {"200003", Code::invalid_symbol}, {"100003", Code::invalid_symbol},
    {"200005", Code::insufficient_balance}, {"300003", Code::insufficient_balance}, {"330008", Code::insufficient_balance},
    {"300002", Code::symbol_not_tradable}, {"300015", Code::symbol_not_tradable},
    {"300011", Code::price_or_size_step}, {"300012", Code::price_or_size_step}, {"300007", Code::price_or_size_step},
    {"100004", Code::order_not_found},  // Already finished.
    {"300018", Code::duplicate_client_order_id},
    {"300001", Code::other}, {"300004", Code::other},  // Too many orders.
    {"300005", Code::other}, {"300014", Code::other}, {"300016", Code::other},
};

/// Pieces of texts, in lower case, the more telling ones first.
constexpr Row kTexts[] = {
    {"require more permission", Code::no_read_permission},  // Which right it is, `missing_right` tells.
    {"kc-api-key-version", Code::invalid_passphrase},       // Its remedy is that of 400004: ask with the older version.
    {"order_not_exist", Code::order_not_found}, {"ordernotexist", Code::order_not_found}, {"order does not exist", Code::order_not_found},
    {"order not exist", Code::order_not_found},
    {"below the minimum", Code::below_min_size}, {"quantity is below", Code::below_min_size}, {"funds should more then", Code::below_min_size},
    {"unsupported trading pair", Code::invalid_symbol},
    {"symbolnotavailable", Code::symbol_not_tradable},
    {"increment invalid", Code::price_or_size_step}, {"quantity is invalid", Code::price_or_size_step},
    {"too many request", Code::rate_limited},
    {"balance insufficient", Code::insufficient_balance},
};

std::optional<Code> find(std::span<const Row> rows, std::string_view code) {
    const auto at = std::find_if(rows.begin(), rows.end(), [code](const Row& row) { return row.code == code; });
    if (at == rows.end()) return std::nullopt;
    return at->means;
}

bool is_address_character(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':'; }

}  // namespace

std::optional<Code> problem_by_code(std::string_view code, market::Market market) {
    if (const auto own = market == market::Market::futures ? find(kFutures, code) : find(kSpot, code)) return own;
    return find(kCommon, code);
}

std::optional<Code> problem_by_text(std::string_view message) {
    const std::string text = to_lower(message);
    for (const Row& row : kTexts)
        if (text.find(row.code) != std::string::npos) return row.means;
    return std::nullopt;
}

Code missing_right(Operation operation, market::Market market) {
    switch (operation) {
        case Operation::place_order:
        case Operation::test_order:
        case Operation::place_stop:
        case Operation::cancel_order:
        case Operation::set_leverage:
        case Operation::set_margin_mode:
            return market == market::Market::futures ? Code::no_futures_permission : Code::no_trade_permission;
        // On futures the account and its positions need the Futures right itself; orders and fills are read with General.
        case Operation::balances:
        case Operation::positions:
        case Operation::position_mode:
        case Operation::margin_mode: return market == market::Market::futures ? Code::no_futures_permission : Code::no_read_permission;
        default: return Code::no_read_permission;
    }
}

std::optional<std::string> address_in(std::string_view message) {
    // "..., the current clientIp is:209.52.132.232": the last run of address characters that has the separators of an address.
    std::size_t end = message.size();
    while (end > 0) {
        while (end > 0 && !is_address_character(message[end - 1])) --end;
        std::size_t begin = end;
        while (begin > 0 && is_address_character(message[begin - 1])) --begin;
        auto run = message.substr(begin, end - begin);
        end = begin;
        // A sentence's own colon or full stop may lean on it, also on an address that begins with two.
        while (run.starts_with(":::") || (run.starts_with(':') && !run.starts_with("::"))) run.remove_prefix(1);
        while (run.ends_with('.')) run.remove_suffix(1);
        const auto dots = std::count(run.begin(), run.end(), '.');
        const auto colons = std::count(run.begin(), run.end(), ':');
        if ((dots == 3 && run.size() >= 7) || (colons >= 2 && run.size() >= 3)) return std::string{run};
    }
    return std::nullopt;
}

}  // namespace bf::exchange::kucoin

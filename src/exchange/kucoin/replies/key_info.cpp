// What a key may do. KuCoin REST reference, "Get API Key Info", read September 2026; the unified form as in Kucoin.Net's fixture.
#include "base/text.hpp"
#include "exchange/evidence.hpp"
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

class Permissions {
public:
    Permissions(std::string path, std::vector<std::string> names, Instant now) : path_{std::move(path)}, names_{std::move(names)}, now_{now} {}

    [[nodiscard]] bool lists(std::string_view name) const { return std::find(names_.begin(), names_.end(), name) != names_.end(); }
    [[nodiscard]] Claim claim(Ternary answer, Evidence what, std::string_view named = {}) const { return {answer, evidence(what, {path_, named}), now_}; }
    /// Declared: listed is yes, not listed is no.
    [[nodiscard]] Claim declared(std::string_view name) const {
        const bool listed = lists(name);
        return claim(listed ? Ternary::yes : Ternary::no, listed ? Evidence::permission : Evidence::no_permission, name);
    }
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

private:
    std::string path_;
    std::vector<std::string> names_;
    Instant now_;
};

/// In a unified account the right Unified trades every market; in a classic one it trades nothing, and whether the account is one this
/// answer does not tell.
Claim trade_claim(const Permissions& permissions, std::string_view right, AccountMode mode) {
    if (mode == AccountMode::unified) return permissions.declared("Unified");
    if (!permissions.lists(right) && permissions.lists("Unified"))
        return permissions.claim(Ternary::unknown, Evidence::unified_only, right);
    return permissions.declared(right);
}

/// The right to withdraw, however it is written: taken for the harmless right of nearly the same name it would be accepted.
bool withdraws(std::string_view name) { return to_lower(name) == "transfer"; }

Claim withdraw_claim(const Permissions& permissions) {
    // A right we have never seen that speaks of withdrawing is taken at its word.
    for (const auto& name : permissions.names())
        if (withdraws(name) || to_lower(name).find("withdraw") != std::string::npos) return permissions.claim(Ternary::yes, Evidence::permission, name);
    return permissions.declared("Transfer");
}

/// The endpoints that move money between own accounts call the right FlexTransfers, the key page InnerTransfer; "Transfer" itself withdraws.
Claim transfer_claim(const Permissions& permissions) {
    for (const auto& name : permissions.names())
        if (!withdraws(name) && to_lower(name).find("transfer") != std::string::npos) return permissions.claim(Ternary::yes, Evidence::permission, name);
    return permissions.declared("InnerTransfer");
}

/// Beyond reading and the market's own right. Of a key for unified accounts the right of the other market is not named: it trades nothing.
std::vector<std::string> more_than_needed(const Permissions& permissions, market::Market market) {
    const std::string_view own = market == market::Market::spot ? "Spot" : "Futures", other = market == market::Market::spot ? "Futures" : "Spot";
    std::vector<std::string> more;
    for (const auto& name : permissions.names()) {
        const bool needed = name == "General" || name == own || name == "Unified" || (name == other && permissions.lists("Unified"));
        if (!needed) more.push_back(name);
    }
    return more;
}

}  // namespace

Answer<KeyInfo> read_key_info(wire::JsonValue data, const Asked& asked) {
    if (!data.is_object()) return bad_shape("the key's data");
    const bool unified = asked.call.account_mode == AccountMode::unified;
    const auto permission = data["permission"].text();
    KeyInfo info;
    const Permissions permissions{unified ? "GET /api/ua/v1/user/api-key" : "GET /api/v1/user/api-key", split_list(permission.value_or("")), asked.now};
    info.permissions = permissions.names();
    info.claims.key_valid = permissions.claim(Ternary::yes, Evidence::answered, "200000");
    if (permission) {
        info.claims.read = permissions.declared("General");
        info.claims.spot_trade = trade_claim(permissions, "Spot", asked.call.account_mode);
        info.claims.futures_trade = trade_claim(permissions, "Futures", asked.call.account_mode);
        info.claims.withdraw = withdraw_claim(permissions);
        info.claims.transfer = transfer_claim(permissions);
        info.more_than_needed = more_than_needed(permissions, asked.call.market);
    } else {
        const auto silent = permissions.claim(Ternary::unknown, Evidence::no_permissions);
        info.claims.read = info.claims.spot_trade = info.claims.futures_trade = info.claims.withdraw = info.claims.transfer = silent;
    }
    info.ip_allow_list = split_list(data["ipWhitelist"].text().value_or(""));
    // The field is left out when nothing is bound, but some key versions lack it altogether: its absence proves nothing.
    info.claims.ip_bound = info.ip_allow_list.empty() ? permissions.claim(Ternary::unknown, Evidence::no_address_list)
                                                      : permissions.claim(Ternary::yes, Evidence::address_list);
    info.expires_at = time_of(data["expiredAt"]);
    info.account_id = text_of(data["uid"]);
    if (const auto master = data["isMaster"].boolean()) info.sub_account = !*master;
    if (const auto version = data["apiVersion"].integer()) info.key_version = static_cast<int>(std::clamp<std::int64_t>(*version, 0, 99));
    return info;
}

}  // namespace bf::exchange::kucoin

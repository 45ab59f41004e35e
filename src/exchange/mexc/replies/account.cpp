// What MEXC tells about a key and its account.
// Source: www.mexc.com/api-docs, spot v3, "Query API Key information", "Query UID", "Query KYC status", "User API default symbol".
#include "exchange/mexc/replies/readers.hpp"

#include "base/text.hpp"
#include "exchange/evidence.hpp"

#include <algorithm>
#include <array>

namespace bf::exchange::mexc {
namespace {

constexpr std::string_view kSource = "GET /api/v3/apiKeyInfo";
constexpr std::int64_t kNoExpiry = -999;
constexpr milliseconds kDay{86'400'000};

/// The tokens the reference lists. The withdrawal right's own name is not among them: any token that says WITHDRAW, however it is
/// written, is taken for it, and a token that is neither leaves the withdrawal right open.
constexpr std::array<std::string_view, 10> kKnown{
    "SPOT_ACCOUNT_READ", "SPOT_ACCOUNT_WRITE", "SPOT_DEAL_READ", "SPOT_DEAL_WRITE", "CONTRACT_ACCOUNT_READ", "CONTRACT_ACCOUNT_WRITE",
    "CONTRACT_DEAL_READ", "CONTRACT_DEAL_WRITE", "SPOT_TRANSFER_READ", "SPOT_TRANSFER_WRITE"};

class Rights {
public:
    Rights(std::vector<std::string> tokens, Instant now) : tokens_{std::move(tokens)}, now_{now} {}

    [[nodiscard]] bool has(std::string_view token) const { return std::find(tokens_.begin(), tokens_.end(), token) != tokens_.end(); }
    [[nodiscard]] const std::vector<std::string>& tokens() const { return tokens_; }

    [[nodiscard]] Claim claim(Ternary answer, Evidence what, std::string_view named = {}) const { return {answer, evidence(what, {kSource, named}), now_}; }
    /// Yes if all are listed, else no, naming what is missing.
    [[nodiscard]] Claim all_of(std::initializer_list<std::string_view> wanted) const {
        std::string listed, missing;
        for (const auto token : wanted) {
            auto& names = has(token) ? listed : missing;
            names.append(names.empty() ? "" : " ").append(token);
        }
        return missing.empty() ? claim(Ternary::yes, Evidence::lists, listed) : claim(Ternary::no, Evidence::lists_not, missing);
    }
    [[nodiscard]] Claim withdraw() const {
        for (const auto& token : tokens_)
            if (to_lower(token).find("withdraw") != std::string::npos) return claim(Ternary::yes, Evidence::lists, token);
        for (const auto& token : tokens_)
            if (std::find(kKnown.begin(), kKnown.end(), token) == kKnown.end())
                return claim(Ternary::unknown, Evidence::lists_unexplained, token);
        return claim(Ternary::no, Evidence::lists_no_withdrawal);
    }
    [[nodiscard]] Claim transfer() const {
        for (const auto& token : tokens_) {
            const auto name = to_lower(token);
            if (name.find("transfer") != std::string::npos && name.find("write") != std::string::npos) return claim(Ternary::yes, Evidence::lists, token);
        }
        return claim(Ternary::no, Evidence::lists_not, "SPOT_TRANSFER_WRITE");
    }

private:
    std::vector<std::string> tokens_;
    Instant now_;
};

/// The list comes as a comma list; an array of the same is read too.
std::optional<std::vector<std::string>> read_tokens(const wire::JsonValue& value) {
    if (const auto text = value.text()) return split_list(*text);
    if (!value.is_array()) return std::nullopt;
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto token = value.at(i).text();
        if (!token) return std::nullopt;
        tokens.emplace_back(*token);
    }
    return tokens;
}

void claim_rights(KeyInfo& info, const Rights& rights, market::Market market) {
    const bool spot = market == market::Market::spot;
    auto& claims = info.claims;
    claims.read = spot ? rights.all_of({"SPOT_ACCOUNT_READ", "SPOT_DEAL_READ"}) : rights.all_of({"CONTRACT_ACCOUNT_READ", "CONTRACT_DEAL_READ"});
    claims.spot_trade = rights.all_of({"SPOT_DEAL_WRITE"});
    claims.futures_trade = rights.all_of({"CONTRACT_DEAL_WRITE"});
    claims.withdraw = rights.withdraw();
    claims.transfer = rights.transfer();
    for (const std::string_view token : {"SPOT_ACCOUNT_WRITE", "SPOT_TRANSFER_READ"})
        if (rights.has(token)) info.more_than_needed.emplace_back(token);
    if (const std::string_view other = spot ? "CONTRACT_DEAL_WRITE" : "SPOT_DEAL_WRITE"; rights.has(other))
        info.more_than_needed.emplace_back(other);
}

/// Bound if addresses are shown. That a key is not bound is said twice: by the empty list, and by a life of 90 days that bound keys
/// don't have; one of the two alone leaves it open.
Claim claim_address_bound(const KeyInfo& info, bool list_sent, std::optional<std::int64_t> days, const Rights& rights) {
    if (!info.ip_allow_list.empty()) return rights.claim(Ternary::yes, Evidence::address_list);
    if (!list_sent) return rights.claim(Ternary::unknown, Evidence::no_address_list);
    if (days && *days != kNoExpiry) return rights.claim(Ternary::no, Evidence::empty_list_with_days, std::to_string(*days));
    return rights.claim(Ternary::unknown, Evidence::empty_list_no_expiry);
}

}  // namespace

Answer<KeyInfo> read_key_info(const wire::Json& body, const Asked& asked) {
    Fields fields{body.root()};
    // The page's table calls the key `apikey`, its example `accessKey`.
    const bool names_key = body["accessKey"].text().has_value() || body["apikey"].text().has_value() || body["apiKey"].text().has_value();
    const auto tokens = read_tokens(body["permissions"]);
    if (!names_key && !tokens) return Unexpected{unreadable("key information without key and permissions")};
    const auto days = fields.integer("remainingValidity");
    const auto status = fields.id("status").value_or("");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};

    KeyInfo info;
    const Rights rights{tokens.value_or(std::vector<std::string>{}), asked.now};
    info.permissions = rights.tokens();
    if (tokens) claim_rights(info, rights, asked.call.market);
    const auto addresses = read_tokens(body["ipWhiteList"]);
    info.ip_allow_list = addresses.value_or(std::vector<std::string>{});
    info.claims.ip_bound = claim_address_bound(info, addresses.has_value() || body["ipWhiteList"].is_null(), days, rights);
    if (days && *days >= 0 && *days < 36500) info.expires_at = asked.now + kDay * *days;
    if (!status.empty()) info.dead = status == "DELETE" || status == "FROZEN";
    const bool alive = status == "VALID" && days != 0;
    info.claims.key_valid = rights.claim(alive ? Ternary::yes : info.dead == true || days == 0 ? Ternary::no : Ternary::unknown,
                                         Evidence::answered_status, status.empty() ? "not told" : std::string_view{status});
    return info;
}

Answer<std::string> read_account_id(const wire::Json& body) {
    const auto uid = body["uid"].text_or_number();
    if (!uid || uid->empty()) return Unexpected{unreadable("account id without uid")};
    return std::string{*uid};
}

/// 1 none, 2 primary, 3 advanced, 4 institutional. Futures orders need a check; whether spot does is not documented.
Answer<Ternary> read_identity(const wire::Json& body, const Asked& asked) {
    const auto status = body["status"].integer();
    if (!status) return Unexpected{unreadable("identity level without status")};
    if (*status >= 2 && *status <= 4) return Ternary::yes;
    return *status == 1 && asked.call.market == market::Market::futures ? Ternary::no : Ternary::unknown;
}

Answer<std::vector<std::string>> read_tradable_symbols(const wire::Json& body) {
    return read_list<std::string>(body["data"], [](const wire::JsonValue& value) -> Answer<std::string> {
        const auto text = value.text();
        if (!text) return Unexpected{unreadable("a symbol that is no text")};
        return std::string{*text};
    });
}

Answer<StreamAddress> read_listen_key(const wire::Json& body) {
    const auto key = body["listenKey"].text();
    const bool clean = key && !key->empty() && std::all_of(key->begin(), key->end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    if (!clean) return Unexpected{unreadable("no listen key")};
    // Valid 60 minutes, to be renewed every 30.
    return StreamAddress{.url = "wss://wbs-api.mexc.com/ws?listenKey=" + std::string{*key},
                         .listen_key = std::string{*key},
                         .renew_every = milliseconds{30 * 60 * 1000}};
}

}  // namespace bf::exchange::mexc

// Account, key and listen key. Source: spot v3 reference, "Spot Account/Trade", "Websocket User Data Streams"; www.mexc.com/api-docs for
// the key's own information.
#include "simulator/mexc/routes.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace bf::simulator::mexc {
namespace {

constexpr milliseconds kListenKeyLife{60 * 60 * 1000};

wire::Response account(Ask& ask) {
    return spot_ok([&](JsonWriter& out) {
        // canTrade and canWithdraw describe the account, whatever the key may do.
        out.begin_object().member("makerCommission", nullptr).member("takerCommission", nullptr).member("buyerCommission", nullptr);
        out.member("sellerCommission", nullptr).member("canTrade", true).member("canWithdraw", true).member("canDeposit", true);
        out.member("updateTime", nullptr).member("accountType", "SPOT").key("balances").begin_array();
        for (const auto& [asset, wallet] : ask.account->wallets(Market::spot)) {
            if (wallet.total().is_zero()) continue;
            out.begin_object().member("asset", asset).member("free", wallet.free).member("locked", wallet.locked).member("available", wallet.free).end_object();
        }
        out.end_array().key("permissions").begin_array().text("SPOT").end_array().end_object();
    });
}

std::string iso_time(Instant at) {
    const std::time_t seconds = at.ms() / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    return std::string{text.data(), size} + ".000+00:00";
}

std::string permissions_text(const Key& key) {
    std::string text;
    const auto add = [&](Permission permission, std::initializer_list<std::string_view> tokens) {
        if (!key.may(permission)) return;
        for (const auto token : tokens) text.append(text.empty() ? "" : ",").append(token);
    };
    add(Permission::futures, {"CONTRACT_DEAL_WRITE", "CONTRACT_ACCOUNT_WRITE"});
    add(Permission::read, {"CONTRACT_ACCOUNT_READ", "CONTRACT_DEAL_READ", "SPOT_ACCOUNT_READ", "SPOT_DEAL_READ"});
    add(Permission::spot, {"SPOT_DEAL_WRITE"});
    add(Permission::transfer, {"SPOT_TRANSFER_WRITE"});
    add(Permission::withdraw, {"SPOT_WITHDRAW_WRITE"});
    return text;
}

/// A key without bound addresses lives 90 days; one with them has no end, which is told as -999.
std::int64_t days_left(const Exchange& exchange, const Key& key) {
    constexpr std::int64_t kDay = 86'400'000, kNoEnd = -999, kLife = 90;
    if (!key.expires_at && !key.ip_allow_list.empty()) return kNoEnd;
    const Instant end = key.expires_at.value_or(key.created_at + milliseconds{kLife * kDay});
    return std::max<std::int64_t>(0, (end - exchange.now()).count() / kDay);
}

wire::Response key_info(Ask& ask) {
    const Key& key = *ask.key;
    if (!key.inspectable) return spot_error(700007, "No permission to access the endpoint");
    if (ask.parameter("accessKey").empty()) return spot_error(700004, "Mandatory parameter 'accessKey' was not sent, was empty/null, or malformed.");
    if (ask.parameter("accessKey") != key.key) return spot_error(730706, "API KEY information does not exist");
    std::string list;
    for (const auto& address : key.ip_allow_list) list.append(list.empty() ? "" : ",").append(address);
    return spot_ok([&](JsonWriter& out) {
        out.begin_object().member("note", "simulated").member("accessKey", key.key).member("createTime", iso_time(key.created_at));
        out.member("permissions", permissions_text(key)).member("remainingValidity", days_left(ask.exchange, key));
        out.member("ipWhiteList", list).member("status", "VALID").end_object();
    });
}

wire::Response uid(Ask& ask) {
    return spot_ok([&](JsonWriter& out) { out.begin_object().member("uid", ask.account->id).end_object(); });
}

wire::Response identity(Ask&) {
    return spot_ok([](JsonWriter& out) { out.begin_object().member("status", "2").end_object(); });
}

wire::Response trade_fee(Ask& ask) {
    const Instrument* instrument = spot_instrument(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return spot_error(-1121, "Invalid symbol.");
    return spot_ok([&](JsonWriter& out) {
        out.begin_object().key("data").begin_object();
        number(out, "makerCommission", instrument->maker_fee);
        number(out, "takerCommission", instrument->taker_fee);
        out.end_object().member("code", 0).member("msg", "success").member("timestamp", ask.exchange.now().ms()).end_object();
    });
}

/// What ccxt asks for before its first private call.
wire::Response coins(Ask& ask) {
    std::set<std::string> assets;
    for (const auto& instrument : ask.exchange.instruments()) {
        assets.insert(instrument.symbol.base);
        assets.insert(instrument.symbol.quote);
    }
    return spot_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& asset : assets) {
            out.begin_object().member("coin", asset).member("Name", asset).key("networkList").begin_array().begin_object();
            out.member("coin", asset).member("depositEnable", false).member("withdrawEnable", false).member("netWork", "SIM").member("network", "Simulated");
            out.member("withdrawFee", "0").member("withdrawMin", "0").member("withdrawMax", "0").member("contract", "");
            out.end_object().end_array().end_object();
        }
        out.end_array();
    });
}

wire::Response deduction(Ask&) {
    return spot_ok([](JsonWriter& out) {
        out.begin_object().key("data").begin_object().member("mxDeductEnable", false).end_object().member("code", 0).member("msg", "success").end_object();
    });
}

wire::Response open_stream(Ask& ask) {
    // 64 lower-case letters and digits.
    std::string key;
    while (key.size() < 64) key += "0123456789abcdefghijklmnopqrstuvwxyz"[ask.exchange.random().between(0, 35)];
    ask.listen_keys[key] = {ask.account->id, ask.exchange.true_now() + kListenKeyLife};
    return spot_ok([&](JsonWriter& out) { out.begin_object().member("listenKey", key).end_object(); });
}

ListenKey* own_listen_key(Ask& ask) {
    const auto at = ask.listen_keys.find(std::string{ask.parameter("listenKey")});
    const bool own = at != ask.listen_keys.end() && at->second.account == ask.account->id && at->second.expires > ask.exchange.true_now();
    return own ? &at->second : nullptr;
}
wire::Response no_listen_key() { return spot_error(730708, "listen key not exist"); }

wire::Response renew_stream(Ask& ask) {
    ListenKey* key = own_listen_key(ask);
    if (key == nullptr) return no_listen_key();
    key->expires = ask.exchange.true_now() + kListenKeyLife;
    return spot_ok([&](JsonWriter& out) { out.begin_object().member("listenKey", ask.parameter("listenKey")).end_object(); });
}

wire::Response close_stream(Ask& ask) {
    if (own_listen_key(ask) == nullptr) return no_listen_key();
    ask.listen_keys.erase(std::string{ask.parameter("listenKey")});
    return spot_ok([&](JsonWriter& out) { out.begin_object().member("listenKey", ask.parameter("listenKey")).end_object(); });
}

wire::Response list_streams(Ask& ask) {
    constexpr std::int64_t kTotal = 200;
    return spot_ok([&](JsonWriter& out) {
        std::int64_t used = 0;
        out.begin_object().member("total", kTotal).key("listenKey").begin_array();
        for (const auto& [key, one] : ask.listen_keys) {
            if (one.account != ask.account->id || one.expires <= ask.exchange.true_now()) continue;
            out.text(key);
            ++used;
        }
        out.end_array().member("available", kTotal - used).end_object();
    });
}

constexpr Route kRoutes[] = {
    {Method::get, "/api/v3/account", Access::spot_account_read, Quota::account, 10, account},
    {Method::get, "/api/v3/apiKeyInfo", Access::spot_account_read, Quota::account, 1, key_info},
    {Method::get, "/api/v3/uid", Access::spot_account_read, Quota::account, 1, uid},
    {Method::get, "/api/v3/kyc/status", Access::spot_account_read, Quota::account, 1, identity},
    {Method::get, "/api/v3/tradeFee", Access::spot_account_read, Quota::account, 20, trade_fee},
    {Method::get, "/api/v3/capital/config/getall", Access::spot_account_read, Quota::account, 10, coins},
    {Method::get, "/api/v3/mxDeduct/enable", Access::spot_account_read, Quota::account, 1, deduction},
    {Method::post, "/api/v3/userDataStream", Access::spot_account_read, Quota::account, 1, open_stream},
    {Method::put, "/api/v3/userDataStream", Access::spot_account_read, Quota::account, 1, renew_stream},
    {Method::del, "/api/v3/userDataStream", Access::spot_account_read, Quota::account, 1, close_stream},
    {Method::get, "/api/v3/userDataStream", Access::spot_account_read, Quota::account, 1, list_streams},
};

}  // namespace

std::span<const Route> spot_account_routes() { return kRoutes; }

}  // namespace bf::simulator::mexc

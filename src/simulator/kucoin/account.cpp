// Keys, account, wallets, the service itself, and the tokens of the WebSockets.
#include "base/text.hpp"
#include "simulator/kucoin/routes.hpp"

#include <array>

namespace bf::simulator::kucoin {
namespace {

constexpr milliseconds kTokenLife{24 * 3600 * 1000};

wire::Response server_time(Ask& ask) {
    return ok([&](JsonWriter& out) { out.number(ask.exchange.now().ms()); });
}

wire::Response status(Ask&) {
    return ok([](JsonWriter& out) { out.begin_object().member("status", "open").member("msg", "").end_object(); });
}

wire::Response my_ip(Ask& ask) {
    return ok([&](JsonWriter& out) { out.text(ask.exchange.caller_ip(ask.call.peer, nullptr)); });
}

/// The rights of a key under the exchange's names. Trading in a unified account needs one of its own.
std::string permission_list(const Key& key, AccountMode mode) {
    std::string list;
    const auto append = [&list](std::string_view name) {
        if (!list.empty()) list += ',';
        list += name;
    };
    if (key.may(Permission::read)) append("General");
    if (key.may(Permission::futures)) append("Futures");
    if (mode == AccountMode::unified && (key.may(Permission::spot) || key.may(Permission::futures))) append("Unified");
    if (key.may(Permission::spot)) append("Spot");
    if (key.may(Permission::transfer)) append("InnerTransfer");
    if (key.may(Permission::withdraw)) append("Transfer");
    return list;
}

/// "203.0.113.7" is shown as "203.**.7": the octets between are masked.
std::string masked(std::string_view address) {
    const char separator = address.find(':') == std::string_view::npos ? '.' : ':';
    const auto first = address.find(separator);
    const auto last = address.rfind(separator);
    if (first == std::string_view::npos || first == last) return std::string{address};
    return std::string{address.substr(0, first)} + separator + "**" + std::string{address.substr(last)};
}

void write_key(JsonWriter& out, const Ask& ask, bool unified) {
    const Key& key = *ask.key;
    constexpr int kVersion = 3;
    out.begin_object().member("remark", "simulated").member("apiKey", key.key).member("apiVersion", kVersion);
    out.member("permission", permission_list(key, ask.account->mode));
    if (!key.ip_allow_list.empty()) {
        std::string list;
        for (const auto& address : key.ip_allow_list) list += (list.empty() ? "" : ",") + masked(address);
        out.member("ipWhitelist", list);
    }
    out.member("createdAt", key.created_at.ms()).member("uid", parse_int(ask.account->id).value_or(0)).member("isMaster", true);
    if (unified) {
        out.member("region", "NL").member("kycStatus", 1).member("siteType", "global");
        if (key.expires_at) out.member("expiredAt", key.expires_at->ms());
    }
    out.end_object();
}

wire::Response key_info(Ask& ask) {
    if (!ask.key->inspectable) return refuse("400007", "Access denied, require more permission", 403);
    return ok([&](JsonWriter& out) { write_key(out, ask, false); });
}

wire::Response unified_key_info(Ask& ask) {
    if (!ask.key->inspectable) return refuse("400007", "Access denied, require more permission", 403);
    return ok([&](JsonWriter& out) { write_key(out, ask, true); });
}

wire::Response account_mode(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_object().member("selfAccountMode", ask.account->mode == AccountMode::unified ? "UNIFIED" : "CLASSIC");
        out.key("unifiedSubAccount").begin_array().end_array().key("classicSubAccount").begin_array().end_array().end_object();
    });
}

wire::Response user_info(Ask&) {
    return ok([](JsonWriter& out) {
        out.begin_object().member("level", 0);
        for (const auto* name : {"subQuantity", "spotSubQuantity", "marginSubQuantity", "futuresSubQuantity", "optionSubQuantity"}) out.member(name, 0);
        out.member("maxSubQuantity", 5).member("maxDefaultSubQuantity", 5).member("maxSpotSubQuantity", 0);
        out.member("maxMarginSubQuantity", 0).member("maxFuturesSubQuantity", 0).member("maxOptionSubQuantity", 0).end_object();
    });
}

wire::Response hf_opened(Ask&) {
    return ok([](JsonWriter& out) { out.boolean(true); });
}

/// `id` and `type` differ by account type; main holds nothing here, all money is where it trades.
void write_wallet(JsonWriter& out, const Account& account, const std::string& asset, std::string_view type, const Wallet& wallet) {
    std::uint64_t number = 5'000'000;
    for (const char c : asset + std::string{type}) number = number * 31 + static_cast<unsigned char>(c);
    out.begin_object().member("id", account.id + std::to_string(number % 1000)).member("currency", asset).member("type", type);
    out.member("balance", wallet.total()).member("available", wallet.free).member("holds", wallet.locked).end_object();
}

wire::Response accounts(Ask& ask) {
    const auto type = ask.call.parameter("type");
    const auto asset = ask.call.parameter("currency");
    return ok([&](JsonWriter& out) {
        out.begin_array();
        if (ask.account->mode == AccountMode::classic) {
            // The trading wallet is called trade; who asks for trade_hf gets it under that name.
            const bool traded = type.empty() || type == "trade" || type == "trade_hf";
            for (const auto& [name, wallet] : ask.account->spot) {
                if (!asset.empty() && name != asset) continue;
                if (traded) write_wallet(out, *ask.account, name, type == "trade_hf" ? "trade_hf" : "trade", wallet);
                if (type.empty() || type == "main") write_wallet(out, *ask.account, name, "main", {});
            }
        }
        out.end_array();
    });
}

wire::Response trade_fees(Ask& ask) {
    std::vector<std::string> symbols = split_list(ask.call.parameter(ask.call.futures_host ? "symbol" : "symbols"));
    return ok([&](JsonWriter& out) {
        const auto write = [&](const Instrument& instrument) {
            out.begin_object().member("symbol", instrument.native).member("takerFeeRate", instrument.taker_fee);
            out.member("makerFeeRate", instrument.maker_fee).end_object();
        };
        if (ask.call.futures_host) {
            const Instrument* instrument = symbols.empty() ? nullptr : ask.exchange.find_native(symbols.front());
            if (instrument == nullptr) return void(out.null());
            return write(*instrument);
        }
        out.begin_array();
        for (const auto& symbol : symbols)
            if (const Instrument* instrument = ask.exchange.find_native(symbol)) write(*instrument);
        out.end_array();
    });
}

wire::Response base_fee(Ask&) {
    return ok([](JsonWriter& out) { out.begin_object().member("takerFeeRate", "0.001").member("makerFeeRate", "0.001").end_object(); });
}

std::string make_token(Random& random) {
    std::array<unsigned char, 96> bytes{};
    for (auto& byte : bytes) byte = static_cast<unsigned char>(random.next() & 0xff);
    std::string text = to_base64(bytes);
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;  // As in the exchange's own example; it travels in a query.
    return text;
}

wire::Response bullet(Ask& ask, bool unified) {
    std::string token = make_token(ask.exchange.random());
    ask.tokens[token] = {ask.account == nullptr ? std::string{} : ask.account->id, ask.call.futures_host, unified,
                         ask.exchange.true_now() + kTokenLife};
    return ok([&](JsonWriter& out) {
        out.begin_object().member("token", token).key("instanceServers").begin_array().begin_object();
        // The address the client reached us on: whoever stands in for the exchange must be found under the same name again.
        out.member("endpoint", ask.call.socket_base + "/").member("encrypt", ask.call.socket_base.starts_with("wss"));
        out.member("protocol", "websocket").member("pingInterval", 18000).member("pingTimeout", 10000);
        out.end_object().end_array().end_object();
    });
}

wire::Response classic_bullet(Ask& ask) { return bullet(ask, false); }
wire::Response unified_bullet(Ask& ask) { return bullet(ask, true); }

constexpr Route kRoutes[] = {
    {Method::get, "/api/v1/timestamp", Host::both, Access::open, Quota::open, 3, server_time},
    {Method::get, "/api/v1/status", Host::both, Access::open, Quota::open, 3, status},
    {Method::get, "/api/ua/v1/server/status", Host::both, Access::open, Quota::open, 3, status},
    {Method::get, "/api/v1/my-ip", Host::spot, Access::open, Quota::open, 0, my_ip},
    {Method::get, "/api/v1/user/api-key", Host::spot, Access::general, Quota::management, 20, key_info},
    {Method::get, "/api/ua/v1/user/api-key", Host::both, Access::general, Quota::management, 20, unified_key_info},
    {Method::get, "/api/ua/v1/account/mode", Host::both, Access::general, Quota::management, 30, account_mode},
    {Method::get, "/api/v2/user-info", Host::spot, Access::general, Quota::management, 20, user_info},
    {Method::get, "/api/v1/hf/accounts/opened", Host::spot, Access::general, Quota::spot, 30, hf_opened},
    {Method::get, "/api/v1/accounts", Host::spot, Access::general, Quota::management, 5, accounts},
    {Method::get, "/api/v1/trade-fees", Host::both, Access::general, Quota::spot, 3, trade_fees},
    {Method::get, "/api/v1/base-fee", Host::spot, Access::general, Quota::spot, 3, base_fee},
    {Method::post, "/api/v1/bullet-public", Host::both, Access::open, Quota::open, 10, classic_bullet},
    {Method::post, "/api/v1/bullet-private", Host::both, Access::general, Quota::spot, 10, classic_bullet},
    {Method::post, "/api/v2/bullet-private", Host::both, Access::general, Quota::spot, 10, unified_bullet},
};

}  // namespace

std::span<const Route> account_routes() { return kRoutes; }

}  // namespace bf::simulator::kucoin

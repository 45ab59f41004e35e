// The administrator's calls that change things: keys, faults, limits, prices, paths, trades, money, clocks.
#include "simulator/admin_views.hpp"
#include "simulator/site.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

using wire::Json;
using wire::JsonValue;
using wire::JsonWriter;
using Sites = std::vector<std::unique_ptr<Site>>;

Reply json(int status, std::string body) { return {{status, {{"Content-Type", "application/json"}}, std::move(body)}, Reply::Delivery::send, {}}; }

Reply error(int status, std::string_view sentence) {
    std::string body;
    JsonWriter{body}.begin_object().member("error", sentence).end_object();
    return json(status, std::move(body));
}

Reply done() { return json(200, R"({"ok":true})"); }

Site* find_site(const Sites& sites, std::string_view id) {
    for (const auto& site : sites)
        if (site->exchange.profile().id == id) return site.get();
    return nullptr;
}

/// Nothing for an unknown word.
std::optional<std::set<Permission>> read_permissions(JsonValue list) {
    std::set<Permission> permissions;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto permission = parse_permission(list.at(i).text().value_or(""));
        if (!permission) return std::nullopt;
        permissions.insert(*permission);
    }
    return permissions;
}

std::vector<std::string> read_texts(JsonValue list) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < list.size(); ++i)
        if (const auto text = list.at(i).text()) texts.emplace_back(*text);
    return texts;
}

std::optional<Instant> read_instant(JsonValue value) {
    const auto ms = value.integer();
    return ms ? std::optional{Instant::from_ms(*ms)} : std::nullopt;
}

Reply create_key(const Sites& sites, JsonValue request) {
    Site* site = find_site(sites, request["exchange"].text().value_or(""));
    if (site == nullptr) return error(404, "There is no such exchange here.");
    const auto permissions = read_permissions(request["permissions"]);
    if (!permissions) return error(400, "permissions: read, spot, futures, transfer, withdraw");
    Exchange::NewKey key;
    key.permissions = *permissions;
    key.ip_allow_list = read_texts(request["ip_allow_list"]);
    key.expires_at = read_instant(request["expires_at"]);
    if (const auto ip = request["source_ip"].text()) key.source_ip = std::string{*ip};
    if (request["account_mode"].text() == "unified") key.mode = AccountMode::unified;
    key.inspectable = request["inspectable"].boolean().value_or(true);
    if (const auto account = request["account"].text()) {
        if (site->exchange.find_account(*account) == nullptr) return error(404, "There is no such account here.");
        key.account = std::string{*account};
    }
    const JsonValue balances = request["balances"];
    for (std::size_t i = 0; i < balances.size(); ++i) {
        const auto amount = balances.at(i).decimal();
        if (!amount || amount->is_negative()) return error(400, "balances: plain decimals, none below zero");
        key.balances[std::string{balances.name_at(i)}] = *amount;
    }
    const Key& made = site->exchange.create_key(key);
    std::string body;
    JsonWriter out{body};
    out.begin_object().member("key", made.key).member("secret", made.secret);
    if (!made.passphrase.empty()) out.member("passphrase", made.passphrase);
    out.member("account", made.account).end_object();
    return json(200, std::move(body));
}

Reply change_key(const Sites& sites, std::string_view name, JsonValue request) {
    for (const auto& site : sites) {
        Key* key = site->exchange.find_key(name);
        if (key == nullptr) continue;
        if (request["permissions"].is_array()) {
            const auto permissions = read_permissions(request["permissions"]);
            if (!permissions) return error(400, "permissions: read, spot, futures, transfer, withdraw");
            key->permissions = *permissions;
        }
        if (request["ip_allow_list"].is_array()) key->ip_allow_list = read_texts(request["ip_allow_list"]);
        if (request["expires_at"].exists()) key->expires_at = read_instant(request["expires_at"]);
        if (const auto ip = request["source_ip"].text()) key->source_ip = std::string{*ip};
        if (const auto revoked = request["revoked"].boolean()) key->revoked = *revoked;
        if (const auto inspectable = request["inspectable"].boolean()) key->inspectable = *inspectable;
        return done();
    }
    return error(404, "There is no such key.");
}

Reply add_fault(const Sites& sites, JsonValue request) {
    Site* site = find_site(sites, request["exchange"].text().value_or(""));
    if (site == nullptr) return error(404, "There is no such exchange here.");
    const auto kind = parse_fault(request["fault"].text().value_or(""));
    if (!kind) return error(400, "fault: unavailable, maintenance, timeout, lost_reply, reset, slow, rate_limit, malformed, drop_stream, "
                                 "duplicate_event, late_event, reorder_events");
    Fault fault{.kind = *kind};
    fault.path = request["path"].text().value_or("");
    if (const auto count = request["count"].integer()) fault.count = static_cast<int>(*count);
    if (const auto ms = request["ms"].integer()) fault.delay = milliseconds{*ms};
    if (const auto probability = request["probability"].decimal()) fault.probability = *probability;
    if (fault.count && *fault.count <= 0) return error(400, "count: above zero");
    site->exchange.faults().add(fault);
    if (*kind != FaultKind::drop_stream || !fault.path.empty()) return done();
    // Connections that are silent just now are cut too, not only at their next message.
    const auto open = site->pushers;
    for (auto* pusher : open)
        if (site->exchange.faults().take(*kind, {})) pusher->close(Outbox::kCut, "dropped");
    return done();
}

const Instrument* find_instrument(const Sites& sites, JsonValue request, Exchange*& exchange) {
    Site* site = find_site(sites, request["exchange"].text().value_or(""));
    const auto symbol = Symbol::parse(request["symbol"].text().value_or(""));
    if (site == nullptr || !symbol) return nullptr;
    exchange = &site->exchange;
    return exchange->find(*symbol);
}

Reply set_price(const Sites& sites, JsonValue request) {
    Exchange* exchange = nullptr;
    const Instrument* instrument = find_instrument(sites, request, exchange);
    if (instrument == nullptr) return error(404, "There is no such exchange or symbol here.");
    const auto price = request["price"].decimal();
    if (!price || !price->is_positive()) return error(400, "price: a decimal above zero");
    exchange->play(*instrument, {});
    exchange->set_price(*instrument, *price);
    return done();
}

/// [open_time, open, high, low, close, ...] or {"open","high","low","close"}.
std::optional<std::array<Decimal, 4>> read_candle(JsonValue candle) {
    constexpr std::string_view kNames[] = {"open", "high", "low", "close"};
    std::array<Decimal, 4> prices;
    for (std::size_t i = 0; i < prices.size(); ++i) {
        const auto price = candle.is_array() ? candle.at(i + 1).decimal() : candle[kNames[i]].decimal();
        if (!price || !price->is_positive()) return std::nullopt;
        prices[i] = *price;
    }
    return prices;
}

/// Each candle is walked open, low, high, close (high first when it falls) in a minute divided by `speed`.
Reply play_path(const Sites& sites, JsonValue request) {
    Exchange* exchange = nullptr;
    const Instrument* instrument = find_instrument(sites, request, exchange);
    if (instrument == nullptr) return error(404, "There is no such exchange or symbol here.");
    const Decimal speed = request["speed"].decimal().value_or(Decimal{1});
    if (!speed.is_positive()) return error(400, "speed: a decimal above zero");
    constexpr std::int64_t kQuarter = 15'000;
    const Decimal quarter = Decimal::divide(kQuarter, speed, 6, Rounding::down).value();
    std::vector<Exchange::PathStep> steps;
    for (std::size_t i = 0; i < request["candles"].size(); ++i) {
        const auto candle = read_candle(request["candles"].at(i));
        if (!candle) return error(400, "candles: [open_time_ms, open, high, low, close, volume]");
        const auto& [open, high, low, close] = *candle;
        const bool falls = close < open;
        for (const Decimal& price : {open, falls ? high : low, falls ? low : high, close}) {
            const Decimal after = round_to_step(quarter * Decimal{static_cast<std::int64_t>(steps.size())}, Decimal{1}, Rounding::down);
            steps.push_back({exchange->true_now() + milliseconds{static_cast<std::int64_t>(after.mantissa())}, price});
        }
    }
    exchange->play(*instrument, std::move(steps));
    exchange->advance(exchange->true_now());  // Its first step is due now.
    return done();
}

Reply print_trade(const Sites& sites, JsonValue request) {
    Exchange* exchange = nullptr;
    const Instrument* instrument = find_instrument(sites, request, exchange);
    if (instrument == nullptr) return error(404, "There is no such exchange or symbol here.");
    const auto side = market::parse<Side>(request["side"].text().value_or(""));
    const auto price = request["price"].decimal();
    const auto quantity = request["quantity"].decimal();
    const bool good = side && price && price->is_positive() && quantity && quantity->is_positive();
    if (!good) return error(400, "side: buy or sell (of the taker); price and quantity: decimals above zero");
    exchange->print_trade(*instrument, *side, *price, *quantity);
    return done();
}

Reply charge_funding(const Sites& sites, JsonValue request) {
    Exchange* exchange = nullptr;
    const Instrument* instrument = find_instrument(sites, request, exchange);
    if (instrument == nullptr || !instrument->is_futures()) return error(404, "There is no such exchange or futures symbol here.");
    const auto rate = request["rate"].decimal();
    if (!rate || abs(*rate) > Decimal{1}) return error(400, "rate: a factor from -1 to 1; above zero longs pay");
    exchange->charge_funding(*instrument, *rate);
    return done();
}

Reply move_money(const Sites& sites, JsonValue request) {
    Site* site = find_site(sites, request["exchange"].text().value_or(""));
    Account* account = site == nullptr ? nullptr : site->exchange.find_account(request["account"].text().value_or(""));
    if (account == nullptr) return error(404, "There is no such exchange or account here.");
    const auto market = market::parse<Market>(request["market"].text().value_or(""));
    const auto asset = request["asset"].text();
    const auto amount = request["amount"].decimal();
    if (!market || !asset || asset->empty() || !amount || amount->is_zero()) return error(400, "market: spot or futures; asset; amount: a decimal, below zero takes away");
    if (!site->exchange.move_money(*account, *market, std::string{*asset}, *amount)) return error(409, "So much is not free.");
    return done();
}

Reply post(const Sites& sites, std::string_view what, JsonValue request) {
    if (what == "keys") return create_key(sites, request);
    if (what == "faults") return add_fault(sites, request);
    if (what == "price") return set_price(sites, request);
    if (what == "path") return play_path(sites, request);
    if (what == "trade") return print_trade(sites, request);
    if (what == "funding") return charge_funding(sites, request);
    if (what == "money") return move_money(sites, request);
    Site* site = find_site(sites, request["exchange"].text().value_or(""));
    if (what == "limits" || what == "clock") {
        if (site == nullptr) return error(404, "There is no such exchange here.");
        if (what == "limits") site->exchange.limiter().switch_on(request["on"].boolean().value_or(true));
        else site->exchange.set_skew(milliseconds{request["skew_ms"].integer().value_or(0)});
        return done();
    }
    return error(404, "There is no such call.");
}

}  // namespace

Reply administer(const Sites& sites, const Inbound& request) {
    std::string_view path = std::string_view{request.target}.substr(0, request.target.find('?'));
    constexpr std::string_view kPrefix = "/admin/";
    if (!path.starts_with(kPrefix)) return error(404, "There is no such call.");
    path.remove_prefix(kPrefix.size());
    if (request.method == wire::Method::get) {
        auto body = view(sites, path, request.target);
        return body ? json(200, std::move(*body)) : error(404, "There is no such call or exchange.");
    }
    if (request.method == wire::Method::del && path == "faults") {
        for (const auto& site : sites) site->exchange.faults().clear();
        return done();
    }
    const auto document = Json::parse(request.body);
    if (!document || !document->root().is_object()) return error(400, "The body is not a JSON object.");
    constexpr std::string_view kKeys = "keys/";
    if (request.method == wire::Method::patch && path.starts_with(kKeys)) return change_key(sites, path.substr(kKeys.size()), document->root());
    if (request.method == wire::Method::post) return post(sites, path, document->root());
    return error(404, "There is no such call.");
}

}  // namespace bf::simulator

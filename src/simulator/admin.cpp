// The administrator's calls that change things: keys, faults, limits, prices, paths, trades, money, clocks.
#include "simulator/admin_views.hpp"
#include "simulator/core/amounts.hpp"
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

/// Beyond these two figures' product could not be counted; no market here is anywhere near.
constexpr std::int64_t kPriceMax = 1'000'000'000;
constexpr std::int64_t kQuantityMax = 1'000'000'000;

bool is_between(const std::optional<Decimal>& figure, std::int64_t highest) { return figure && figure->is_positive() && *figure <= Decimal{highest}; }

bool is_given(JsonValue value) { return value.exists() && !value.is_null(); }

/// Nothing for an unknown word. An absent list is empty.
std::optional<std::set<Permission>> read_permissions(JsonValue list) {
    std::set<Permission> permissions;
    if (is_given(list) && !list.is_array()) return std::nullopt;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto permission = parse_permission(list.at(i).text().value_or(""));
        if (!permission) return std::nullopt;
        permissions.insert(*permission);
    }
    return permissions;
}

std::optional<std::vector<std::string>> read_texts(JsonValue list) {
    std::vector<std::string> texts;
    if (is_given(list) && !list.is_array()) return std::nullopt;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto text = list.at(i).text();
        if (!text) return std::nullopt;
        texts.emplace_back(*text);
    }
    return texts;
}

/// What `keys` and `keys/{key}` both take, into a new key or one that is there. Only what the request names is touched; else a sentence
/// of what it should have been, and nothing is.
template <class AnyKey>
std::optional<std::string_view> read_key(JsonValue request, AnyKey& key) {
    AnyKey read = key;
    if (request["permissions"].exists()) {
        auto permissions = read_permissions(request["permissions"]);
        if (!permissions) return "permissions: a list of read, spot, futures, transfer, withdraw";
        read.permissions = std::move(*permissions);
    }
    if (request["ip_allow_list"].exists()) {
        auto addresses = read_texts(request["ip_allow_list"]);
        if (!addresses) return "ip_allow_list: a list of addresses as texts";
        read.ip_allow_list = std::move(*addresses);
    }
    if (const JsonValue expiry = request["expires_at"]; expiry.exists()) {
        const auto ms = expiry.integer();
        if (is_given(expiry) && !ms) return "expires_at: Unix milliseconds, or null";
        read.expires_at = ms ? std::optional{Instant::from_ms(*ms)} : std::nullopt;
    }
    if (const JsonValue address = request["source_ip"]; is_given(address)) {
        const auto text = address.text();
        if (!text || text->empty()) return "source_ip: an address as text";
        read.source_ip = std::string{*text};
    }
    if (const JsonValue inspectable = request["inspectable"]; is_given(inspectable)) {
        if (!inspectable.boolean()) return "inspectable: true or false";
        read.inspectable = *inspectable.boolean();
    }
    key = std::move(read);
    return std::nullopt;
}

Reply create_key(const Sites& sites, JsonValue request) {
    Site* site = find_site(sites, request["exchange"].text().value_or(""));
    if (site == nullptr) return error(404, "There is no such exchange here.");
    Exchange::NewKey key;
    if (const auto wrong = read_key(request, key)) return error(400, *wrong);
    if (const JsonValue mode = request["account_mode"]; is_given(mode)) {
        if (mode.text() != "classic" && mode.text() != "unified") return error(400, "account_mode: classic or unified");
        if (mode.text() == "unified") key.mode = AccountMode::unified;
    }
    if (const auto account = request["account"].text()) {
        if (site->exchange.find_account(*account) == nullptr) return error(404, "There is no such account here.");
        key.account = std::string{*account};
    }
    const JsonValue balances = request["balances"];
    if (is_given(balances) && !balances.is_object()) return error(400, "balances: an object of amounts, such as {\"USDT\":\"10000\"}");
    for (std::size_t i = 0; i < balances.size(); ++i) {
        const auto amount = read_amount(balances.at(i));
        if (!amount || amount->is_negative()) return error(400, "balances: plain decimals, none below zero");
        if (!site->exchange.can_count(std::string{balances.name_at(i)}, *amount)) return error(400, "balances: with what others have it is more than can be counted");
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
        const JsonValue revoked = request["revoked"];
        if (is_given(revoked) && !revoked.boolean()) return error(400, "revoked: true or false");
        if (const auto wrong = read_key(request, *key)) return error(400, *wrong);
        key->revoked = revoked.boolean().value_or(key->revoked);
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
    constexpr std::int64_t kMost = 1'000'000'000;
    const JsonValue count = request["count"], ms = request["ms"], probability = request["probability"];
    const auto whole_number = [](JsonValue value, std::int64_t lowest) { return value.integer() && *value.integer() >= lowest && *value.integer() <= kMost; };
    if (is_given(count) && !whole_number(count, 1)) return error(400, "count: a whole number above zero");
    if (is_given(ms) && !whole_number(ms, 0)) return error(400, "ms: milliseconds, none below zero");
    if (is_given(probability) && !(probability.decimal() && !probability.decimal()->is_negative() && *probability.decimal() <= Decimal{1}))
        return error(400, "probability: from 0 to 1");
    if (is_given(count)) fault.count = static_cast<int>(*count.integer());
    if (is_given(ms)) fault.delay = milliseconds{*ms.integer()};
    if (is_given(probability)) fault.probability = *probability.decimal();
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
    const auto price = read_amount(request["price"]);
    if (!is_between(price, kPriceMax)) return error(400, "price: a decimal above zero, at most 1000000000");
    exchange->play(*instrument, {});
    exchange->set_price(*instrument, *price);
    return done();
}

/// [open_time, open, high, low, close, ...] or {"open","high","low","close"}.
std::optional<std::array<Decimal, 4>> read_candle(JsonValue candle) {
    constexpr std::string_view kNames[] = {"open", "high", "low", "close"};
    std::array<Decimal, 4> prices;
    for (std::size_t i = 0; i < prices.size(); ++i) {
        const auto price = candle.is_array() ? read_amount(candle.at(i + 1)) : read_amount(candle[kNames[i]]);
        if (!is_between(price, kPriceMax)) return std::nullopt;
        prices[i] = *price;
    }
    return prices;
}

/// Each candle is walked open, low, high, close (high first when it falls) in a minute divided by `speed`.
Reply play_path(const Sites& sites, JsonValue request) {
    Exchange* exchange = nullptr;
    const Instrument* instrument = find_instrument(sites, request, exchange);
    if (instrument == nullptr) return error(404, "There is no such exchange or symbol here.");
    const auto speed = is_given(request["speed"]) ? read_amount(request["speed"]) : std::optional{Decimal{1}};
    if (!speed || *speed < "0.001"_d || *speed > Decimal{1'000'000}) return error(400, "speed: a decimal from 0.001 to 1000000");
    constexpr std::int64_t kQuarter = 15'000;
    const Decimal quarter = Decimal::divide(kQuarter, *speed, 6, Rounding::down).value();
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
    const auto price = read_amount(request["price"]);
    const auto quantity = read_amount(request["quantity"]);
    const bool good = side && is_between(price, kPriceMax) && is_between(quantity, kQuantityMax);
    if (!good) return error(400, "side: buy or sell (of the taker); price and quantity: decimals above zero, at most 1000000000");
    exchange->print_trade(*instrument, *side, *price, *quantity);
    return done();
}

Reply charge_funding(const Sites& sites, JsonValue request) {
    Exchange* exchange = nullptr;
    const Instrument* instrument = find_instrument(sites, request, exchange);
    if (instrument == nullptr || !instrument->is_futures()) return error(404, "There is no such exchange or futures symbol here.");
    const auto rate = read_amount(request["rate"]);
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
    const auto amount = read_amount(request["amount"]);
    if (!market || !asset || asset->empty() || !amount || amount->is_zero()) return error(400, "market: spot or futures; asset; amount: a decimal, below zero takes away");
    if (!amount->is_negative() && !site->exchange.can_count(std::string{*asset}, *amount)) return error(400, "amount: with what is there it is more than can be counted");
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
        if (what == "limits") {
            const auto on = request["on"].boolean();
            if (!on) return error(400, "on: true or false");
            site->exchange.limiter().switch_on(*on);
            return done();
        }
        constexpr std::int64_t kSkewMax = 1000LL * 3600 * 24 * 366;
        const auto skew = request["skew_ms"].integer();
        if (!skew || *skew < -kSkewMax || *skew > kSkewMax) return error(400, "skew_ms: milliseconds, at most a year either way");
        site->exchange.set_skew(milliseconds{*skew});
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

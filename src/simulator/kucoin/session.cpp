// One client's connection: welcome, ping and pong, subscriptions. Source: KuCoin WebSocket reference, classic protocol; the unified one
// as ccxt 4.5.84 speaks it.
#include "simulator/kucoin/stream.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::simulator::kucoin {
namespace {

constexpr std::size_t kTopicsMax = 300;
constexpr std::size_t kPerRequestMax = 100;
constexpr milliseconds kSilenceMax{60'000};

struct Topic {
    std::string_view name;
    bool futures;
    bool secret;      ///< Private.
    bool with_symbol; ///< A list of symbols follows the colon.
};
constexpr Topic kTopics[] = {
    {"/market/ticker", false, false, true},
    {"/market/snapshot", false, false, true},
    {"/market/match", false, false, true},
    {"/market/candles", false, false, true},
    {"/market/level2", false, false, true},
    {"/spotMarket/level1", false, false, true},
    {"/spotMarket/level2Depth5", false, false, true},
    {"/spotMarket/level2Depth50", false, false, true},
    {"/spotMarket/tradeOrders", false, true, false},
    {"/spotMarket/tradeOrdersV2", false, true, false},
    {"/spotMarket/advancedOrders", false, true, false},
    {"/account/balance", false, true, false},
    {"/contractMarket/ticker", true, false, true},
    {"/contractMarket/tickerV2", true, false, true},
    {"/contractMarket/execution", true, false, true},
    {"/contractMarket/limitCandle", true, false, true},
    {"/contractMarket/level2", true, false, true},
    {"/contractMarket/level2Depth5", true, false, true},
    {"/contractMarket/level2Depth50", true, false, true},
    {"/contractMarket/snapshot", true, false, true},
    {"/contract/instrument", true, false, true},
    {"/contractMarket/tradeOrders", true, true, false},
    {"/contractMarket/tradeOrders", true, true, true},
    {"/contractMarket/advancedOrders", true, true, false},
    {"/contract/position", true, true, true},
    {"/contract/positionAll", true, true, false},
    {"/contractAccount/wallet", true, true, false},
    {"/contract/marginMode", true, true, false},
    {"/contract/crossLeverage", true, true, false},
};

const Topic* find_topic(std::string_view name, bool futures, bool with_symbol) {
    const auto at = std::find_if(std::begin(kTopics), std::end(kTopics), [&](const Topic& topic) {
        return topic.name == name && topic.futures == futures && topic.with_symbol == with_symbol;
    });
    return at == std::end(kTopics) ? nullptr : at;
}

constexpr std::string_view kUnifiedChannels[] = {"orderAll", "order", "execution", "balance", "positionAll", "position"};

}  // namespace

Session::Session(Hub& hub, Pusher& pusher, Token token, std::string connect_id)
    : hub_{hub}, pusher_{pusher}, token_{std::move(token)}, heard_{hub.exchange().true_now()} {
    hub_.enter(*this);
    std::string welcome;
    JsonWriter{welcome}.begin_object().member("id", connect_id).member("type", "welcome").end_object();
    pusher_.reply(std::move(welcome));
}

Session::~Session() {
    for (const auto& topic : topics_) hub_.leave(topic, *this);
    hub_.exit(*this);
}

void Session::watch(Instant now) {
    if (now - heard_ > kSilenceMax) pusher_.close(1000, "ping timeout");
}

void Session::fail(std::string_view id, int code, std::string_view text) {
    std::string message;
    JsonWriter{message}.begin_object().member("id", id).member("type", "error").member("code", code).member("data", text).end_object();
    pusher_.reply(std::move(message));
}

void Session::on_text(std::string_view message) {
    heard_ = hub_.exchange().true_now();
    const auto document = wire::Json::parse(message);
    if (!document || !document->root().is_object()) return fail({}, 400, "bad json format");
    const JsonValue root = document->root();
    const auto type = root["type"].text().value_or("");
    const std::string id{root["id"].text_or_number().value_or("")};
    if (type == "ping") {
        std::string pong;
        JsonWriter{pong}.begin_object().member("id", id).member("type", "pong").member("timestamp", hub_.exchange().now().ms() * 1000).end_object();
        return pusher_.reply(std::move(pong));
    }
    if (token_.unified && root["action"].exists()) return subscribe_unified(root);
    if (type == "subscribe" || type == "unsubscribe") return subscribe(root, type == "subscribe");
    fail(id, 415, "type is not supported");
}

void Session::set_topic(const std::string& topic, bool on) {
    const bool has = topics_.contains(topic);
    if (on && !has) {
        topics_.insert(topic);
        hub_.join(topic, *this);
    } else if (!on && has) {
        topics_.erase(topic);
        hub_.leave(topic, *this);
    }
}

void Session::subscribe(JsonValue message, bool on) {
    const std::string id{message["id"].text_or_number().value_or("")};
    const std::string_view whole = message["topic"].text().value_or("");
    const auto colon = whole.find(':');
    const std::string_view name = whole.substr(0, colon);
    const Topic* topic = find_topic(name, token_.futures, colon != std::string_view::npos);
    if (topic == nullptr) return fail(id, 404, "topic " + std::string{whole} + " is not found");
    if (topic->secret && token_.account.empty()) return fail(id, 403, "token is not a private one");
    std::vector<std::string> keys;
    if (!topic->with_symbol) keys.emplace_back(name);
    else
        for (const auto& symbol : split_list(whole.substr(colon + 1))) {
            const auto native = std::string_view{symbol}.substr(0, symbol.find('_'));
            const Instrument* instrument = hub_.exchange().find_native(native);
            const bool all = symbol == "all" && name == "/market/ticker";
            if (!all && (instrument == nullptr || instrument->is_futures() != token_.futures))
                return fail(id, 404, "topic " + std::string{whole} + " is not found");
            keys.push_back(std::string{name} + ':' + symbol);
        }
    if (keys.empty() || keys.size() > kPerRequestMax) return fail(id, 509, "exceed max subscription count limitation of 100 per time");
    if (on && topics_.size() + keys.size() > kTopicsMax) return fail(id, 509, "exceed max subscription count limitation of 300 per session");
    for (const auto& key : keys) set_topic(topic->secret ? key + '|' + token_.account : key, on);
    if (!message["response"].boolean().value_or(false)) return;
    std::string ack;
    JsonWriter{ack}.begin_object().member("id", id).member("type", "ack").end_object();
    pusher_.reply(std::move(ack));
}

void Session::subscribe_unified(JsonValue message) {
    const std::string id{message["id"].text_or_number().value_or("")};
    const auto channel = message["channel"].text().value_or("");
    const bool known = std::find(std::begin(kUnifiedChannels), std::end(kUnifiedChannels), channel) != std::end(kUnifiedChannels);
    std::string answer;
    JsonWriter out{answer};
    out.begin_object().member("id", id).member("result", known && !token_.account.empty());
    if (!known || token_.account.empty()) {
        out.member("reason", "unsupported channel").end_object();
        return pusher_.reply(std::move(answer));
    }
    out.end_object();
    const auto type = message["tradeType"].text().value_or("UNIFIED");
    std::string key = std::string{channel} + '.' + std::string{type};
    if (const auto symbol = message["symbol"].text()) key += ':' + std::string{*symbol};
    set_topic(key + '|' + token_.account, message["action"].text() == "subscribe");
    pusher_.reply(std::move(answer));
}

}  // namespace bf::simulator::kucoin

// KuCoin WebSocket reference, topics of spot and futures, read September 2026.
#include "exchange/kucoin/replies/topics.hpp"

#include "exchange/kucoin/native_symbol.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

/// At most this many symbols a subscription (KuCoin API documentation, 2023).
constexpr std::size_t kSymbolsMax = 100;

std::string_view name_of(market::Interval interval) {
    switch (interval) {
        case market::Interval::m1: return "1min";
        case market::Interval::m5: return "5min";
        case market::Interval::m15: return "15min";
        case market::Interval::h1: return "1hour";
        case market::Interval::h4: return "4hour";
        case market::Interval::d1: return "1day";
    }
    return "1min";
}

void add_once(std::vector<std::string>& topics, std::string topic) {
    if (std::find(topics.begin(), topics.end(), topic) == topics.end()) topics.push_back(std::move(topic));
}

void add_private(const StreamPlan& plan, std::vector<std::string>& topics) {
    const bool futures = plan.market == market::Market::futures;
    for (const auto& topic : plan.topics) {
        switch (topic.kind) {
            // One topic tells of orders and their fills; a fill's fee is not in it.
            case TopicKind::orders:
            case TopicKind::fills: add_once(topics, futures ? "/contractMarket/tradeOrders" : "/spotMarket/tradeOrdersV2"); break;
            case TopicKind::balances: add_once(topics, futures ? "/contractAccount/wallet" : "/account/balance"); break;
            case TopicKind::positions:
                if (futures) add_once(topics, "/contract/positionAll");
                break;
            default: break;
        }
    }
}

std::vector<std::string_view> prefixes_of(TopicKind kind, market::Market market) {
    const bool futures = market == market::Market::futures;
    switch (kind) {
        case TopicKind::ticker:
            // Futures: best prices in one topic, mark price in another; the last price comes with the trades.
            if (futures) return {"/contractMarket/tickerV2:", "/contract/instrument:"};
            return {"/market/ticker:"};
        case TopicKind::trades: return {futures ? "/contractMarket/execution:" : "/market/match:"};
        case TopicKind::candles: return {futures ? "/contractMarket/limitCandle:" : "/market/candles:"};
        case TopicKind::book: return {futures ? "/contractMarket/level2:" : "/market/level2:"};
        default: return {};
    }
}

void add_public(const StreamPlan& plan, std::vector<std::string>& topics) {
    // The spot reference joins symbols by commas; the futures reference shows one symbol a topic.
    const std::size_t joined_max = plan.market == market::Market::futures ? 1 : kSymbolsMax;
    for (const auto kind : {TopicKind::ticker, TopicKind::trades, TopicKind::candles, TopicKind::book}) {
        for (const auto prefix : prefixes_of(kind, plan.market)) {
            std::size_t joined = 0;
            for (const auto& topic : plan.topics) {
                if (topic.kind != kind || !topic.symbol) continue;
                std::string argument{NativeSymbol{*topic.symbol}.text()};
                if (kind == TopicKind::candles) argument.append("_").append(name_of(topic.interval.value_or(market::Interval::m1)));
                if (joined == 0 || joined == joined_max) {
                    topics.emplace_back(prefix);
                    joined = 0;
                } else {
                    topics.back() += ',';
                }
                topics.back() += argument;
                ++joined;
            }
        }
    }
}

struct Known {
    std::string_view prefix;
    Content content;
};
constexpr Known kSpot[] = {
    {"/market/ticker:", Content::ticker}, {"/market/match:", Content::trade}, {"/market/candles:", Content::candle},
    {"/market/level2:", Content::book}, {"/spotMarket/tradeOrders", Content::order}, {"/spotMarket/level2Depth", Content::book_snapshot},
};
constexpr Known kFutures[] = {
    {"/contractMarket/tickerV2:", Content::ticker}, {"/contractMarket/ticker:", Content::ticker},
    {"/contractMarket/execution:", Content::trade}, {"/contractMarket/tradeOrders", Content::order},
    {"/contractMarket/limitCandle:", Content::candle}, {"/contractMarket/level2:", Content::book},
    {"/contractMarket/level2Depth", Content::book_snapshot},
    {"/contract/instrument:", Content::mark}, {"/contract/position", Content::position}, {"/contractAccount/wallet", Content::wallet},
};
constexpr Known kAccount[] = {{"/account/balance", Content::balance}};

template <std::size_t N>
TopicName find(const Known (&known)[N], std::string_view topic) {
    for (const auto& row : known) {
        if (!topic.starts_with(row.prefix)) continue;
        const auto colon = row.prefix.back() == ':' ? row.prefix.size() - 1 : topic.find(':', row.prefix.size());
        return {row.content, colon == std::string_view::npos ? std::string_view{} : topic.substr(colon + 1)};
    }
    return {};
}

}  // namespace

std::vector<std::string> topics_of(const StreamPlan& plan) {
    std::vector<std::string> topics;
    if (plan.is_private)
        add_private(plan, topics);
    else
        add_public(plan, topics);
    return topics;
}

TopicName parse_topic(std::string_view topic) {
    if (topic.starts_with("/contract")) return find(kFutures, topic);
    if (topic.starts_with("/account")) return find(kAccount, topic);
    return find(kSpot, topic);
}

}  // namespace bf::exchange::kucoin

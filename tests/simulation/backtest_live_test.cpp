// A life on a simulated exchange and a back-test of the same prices and signals come to the same decisions: there is one set of rules.
//
// The live side goes through everything (quotes, journal, signed requests, matching); the back-test sees a flat candle for each minute. Its
// spread is what the simulated book has around a set price, so the fills lie together, too.
#include "backtest/index.hpp"
#include "backtest/run.hpp"
#include "support/trading_floor.hpp"

using namespace bf;
using test::TradingFloor;
using trading::SignalKind;

namespace {

struct Minute {
    const char* price;
    std::optional<SignalKind> signal{};
};

/// "ADDED", "BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE", with where it came from.
std::string told(std::string_view source, const std::string& outcome, const std::vector<std::string>& failed) {
    std::string out = std::string{source} + ": " + outcome;
    for (std::size_t i = 0; i < failed.size(); ++i) out += (i == 0 ? " " : "+") + failed[i];
    return out;
}

struct Life {
    std::vector<std::string> decisions, ends;
    std::vector<Decimal> fills;
};

std::string settings_json(const std::string& market, const std::string& pair) {
    // The simulated exchange's own.
    const std::string fees = market == "spot" ? R"({"maker_pct":"0.1","taker_pct":"0.1"})" : R"({"maker_pct":"0.02","taker_pct":"0.06"})";
    return R"({"name":"Ladder","connection":"Main","market":")" + market + R"(","pairs":[")" + pair + R"("],"directions":["long"],"risk_level":"low",
        "margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},"entry":{"base_order":"300"},
        "add_on":{"trigger":"zone_only","max":3,"zone_step_pct":"5","size_multiplier":"1.0","cooldown_s":0},
        "exit":{"take_profit_pct":"1.0"},"recovery":{"adverse_move_pct":"8","cooldown_s":0},"futures":{"leverage":"2"},"fees":)" + fees + "}";
}

Life live(const std::vector<Minute>& minutes, market::Market market, const std::string& pair) {
    TradingFloor floor{{.exchange = "kucoin", .market = market}};
    floor.start();
    floor.price(pair, minutes.front().price);
    const auto& strategy = floor.add_strategy(settings_json(std::string{market::to_string(market)}, pair));
    const auto begin = floor.clock.wall();
    Life out;
    std::set<std::uint64_t> groups;
    for (std::size_t i = 0; i < minutes.size(); ++i) {
        floor.price(pair, minutes[i].price);
        if (minutes[i].signal) floor.signal(strategy.id, pair, *minutes[i].signal);
        const auto until = begin + seconds{60 * static_cast<std::int64_t>(i + 1)};
        floor.run(until - floor.clock.wall());
    }
    for (const auto& [id, decision] : floor.store.kept_decisions) {
        const auto json = wire::Json::parse(decision.document).value();
        std::vector<std::string> failed;
        const auto list = json["report"]["failed"];
        for (std::size_t i = 0; i < list.size(); ++i) failed.emplace_back(list.at(i).text().value_or(""));
        out.decisions.push_back(told(json["signal"]["source"].text().value_or(""), decision.outcome, failed));
    }
    const auto add_fills = [&](wire::JsonValue json) {
        const auto fills = json["fills"];
        for (std::size_t i = 0; i < fills.size(); ++i) out.fills.push_back(fills.at(i)["price"].decimal().value_or(Decimal{}));
    };
    for (const auto& [number, group] : floor.store.kept_groups) {
        const auto json = wire::Json::parse(group.document).value();
        out.ends.emplace_back(json["close_reason"].text().value_or(""));
        add_fills(json.root());
    }
    CHECK(floor.troubles.empty());
    return out;
}

Life tested(const std::vector<Minute>& minutes, market::Market market, const std::string& pair) {
    std::vector<std::int64_t> time, volume(minutes.size(), 1);
    std::vector<std::int32_t> price;
    std::vector<backtest::RecordedSignal> signals;
    const auto document = wire::Json::parse(settings_json(std::string{market::to_string(market)}, pair)).value();
    const auto settings = trading::read_settings(document.root()).value();
    for (std::size_t i = 0; i < minutes.size(); ++i) {
        time.push_back(TradingFloor::kStart + static_cast<std::int64_t>(i) * 60'000);
        price.push_back(static_cast<std::int32_t>((Decimal::parse(minutes[i].price).value() * Decimal{100}).mantissa()));
        if (!minutes[i].signal) continue;
        trading::Signal signal;
        signal.strategy = "Ladder";
        signal.pair = pair;
        signal.kind = *minutes[i].signal;
        signal.time = Instant::from_ms(time.back());
        signals.push_back({signal, false, i});
    }
    const backtest::Candles candles{milliseconds{60'000}, "0.01"_d, 1, time, price, price, price, price, volume};
    // A contract is a hundredth of a coin.
    const auto lot = market == market::Market::spot ? "0.0001"_d : "0.01"_d;
    auto plan = backtest::make_plan(settings, {.price_step = "0.01"_d, .quantity_step = lot, .min_quantity = lot, .risk_tiers = {{5'000'000, "0.005"_d}}}, true);
    plan.assumptions.spread = "0.0001"_d;
    const backtest::Market ground{candles, signals, nullptr, 0, candles.size()};
    const auto report = backtest::Run{plan, ground, backtest::Detail::trades}.fast(backtest::CandleIndex{candles});
    Life out;
    const auto add = [&](const backtest::DecisionRecord& decision) {
        std::vector<std::string> failed;
        for (const auto code : decision.failed) failed.emplace_back(trading::to_string(code));
        return told(decision.source, std::string{trading::to_string(decision.outcome)}, failed);
    };
    std::multimap<std::int64_t, std::string> in_order;
    for (const auto& group : report.groups_detail) {
        for (const auto& decision : group.decisions) in_order.emplace(decision.at.ms(), add(decision));
        if (group.closed_at) out.ends.emplace_back(group.reason);
        if (!group.closed_at) continue;
        for (const auto& fill : group.fills) out.fills.push_back(fill.price);
    }
    for (const auto& decision : report.decisions_outside) in_order.emplace(decision.at.ms(), add(decision));
    for (auto& [at, text] : in_order) out.decisions.push_back(text);
    return out;
}

}  // namespace

TEST_CASE("a simulated life and a back-test of its prices decide the same") {
    // Of no price a whole number of lots costs exactly the base order: the two read prices a few cents apart.
    const std::vector<Minute> minutes{
        {"3001", SignalKind::entry}, {"2950", SignalKind::entry}, {"2845", SignalKind::add}, {"2900", SignalKind::entry}, {"2695"},
        {"2545"},                    {"2545"},                    {"2545"},                  {"2545", SignalKind::entry}, {"2540", SignalKind::add},
        {"2850"},                    {"2850", SignalKind::entry}, {"2800", SignalKind::exit}, {"2900"},                   {"2900", SignalKind::exit},
        {"2900", SignalKind::add},
    };
    for (const auto market : {market::Market::spot, market::Market::futures}) {
        const std::string pair = market == market::Market::spot ? "ETH/USDT" : "ETH/USDT:USDT";
        CAPTURE(pair);
        const auto lived = live(minutes, market, pair), replayed = tested(minutes, market, pair);
        CHECK(lived.decisions == replayed.decisions);
        for (std::size_t i = 0; i < std::max(lived.decisions.size(), replayed.decisions.size()); ++i) {
            const auto at = [i](const Life& life) { return i < life.decisions.size() ? life.decisions[i] : std::string{"nothing"}; };
            CHECK(at(lived) == at(replayed));
        }
        CHECK(lived.ends == replayed.ends);
        CHECK(lived.ends == std::vector<std::string>{"recovery_exit", "take_profit"});
        // The simulated book has several levels: within two thousandths of a percent more than its first one.
        CHECK(lived.fills.size() == replayed.fills.size());
        for (std::size_t i = 0; i < std::min(lived.fills.size(), replayed.fills.size()); ++i) {
            CAPTURE(lived.fills[i].to_string());
            CAPTURE(replayed.fills[i].to_string());
            CHECK(abs(lived.fills[i] - replayed.fills[i]) <= replayed.fills[i] * "0.0002"_d);
        }
    }
}

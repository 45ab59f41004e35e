// A scene for tests of the decision: the page's ETH group and everything a decision needs around it, each part to be changed at will.
#pragma once
#include "trading/decision.hpp"
#include "trading/sentence.hpp"

#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

namespace bf::trading::test {

inline constexpr std::int64_t kNow = 1'765'432'100'000;
inline Instant at(std::int64_t ms) { return Instant::from_ms(ms); }

/// Books of fills at prices, each of the same quantity, fee in quote at a rate.
inline Books books_of(Direction direction, std::initializer_list<const char*> prices, const char* quantity, const char* fee_rate, const char* step = "0.0001") {
    Books books{direction, Decimal::parse(step).value()};
    std::int64_t when = kNow - 9'000'000;
    for (const char* price : prices) {
        const Decimal p = Decimal::parse(price).value(), q = Decimal::parse(quantity).value(), fee = p * q * Decimal::parse(fee_rate).value();
        const auto booked = books.add({.price = p, .quantity = q, .fee = {FeeAsset::quote, fee, fee}, .at = at(when)});
        if (!booked) std::abort();
        when += 1'000'000;
    }
    return books;
}
/// Books of fills at prices, each for the same quote amount: quantity = amount / price at 18 digits.
inline Books books_of_amount(Direction direction, std::initializer_list<const char*> prices, std::int64_t amount, const char* fee_rate) {
    Books books{direction, Decimal{}};
    for (const char* price : prices) {
        const Decimal p = Decimal::parse(price).value(), q = Decimal::quotient(amount, p, 18, Rounding::down).value();
        const Decimal fee = Decimal{amount} * Decimal::parse(fee_rate).value();
        if (!books.add({.price = p, .quantity = q, .fee = {FeeAsset::quote, fee, fee}, .at = at(kNow - 3'600'000)})) std::abort();
    }
    return books;
}
inline std::string fixed(const Number& number, int digits = 2) {
    if (!number.known()) return "out of range";
    // Half up, as a table in a document is rounded.
    const Decimal half = Decimal::from_parts(5, digits + 1);
    return (number.value() + half).to_fixed(digits, Rounding::down);
}

inline Settings settings_of(const std::string& json) {
    const auto document = wire::Json::parse(json);
    if (!document) std::abort();
    const auto settings = read_settings(document->root());
    if (!settings) std::abort();
    return *settings;
}

struct Scene {
    Settings settings = settings_of(R"({"name":"eth","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],
        "risk_level":"low","margin":{"group_limit":"5000"},"entry":{"base_order":"300"}})");
    Signal signal{.id = "s1", .strategy = "eth", .pair = "ETH/USDT", .time = at(kNow - 1000)};
    ConnectionFacts connection{.status = ConnectionStatus::connected, .read = exchange::Ternary::yes, .spot_trade = exchange::Ternary::yes,
                               .futures_trade = exchange::Ternary::yes, .withdraw = exchange::Ternary::no, .transfer = exchange::Ternary::no,
                               .tested_at = at(kNow - 60'000)};
    InstrumentFacts instrument{.price_step = "0.01"_d, .quantity_step = "0.0001"_d, .min_quantity = "0.0001"_d, .min_notional = 5};
    Quote quote{.bid = "2999.9"_d, .ask = 3000, .mark = 3000, .confirmed_at = at(kNow - 500)};
    AccountFacts account{.free = 100'000, .equity = 100'000};
    std::optional<Group> group{};
    std::optional<Group> opposite{};
    std::optional<LeverageFacts> leverage{};
    std::optional<Instant> last_group_closed_at{};
    std::optional<market::Candle> last_candle{};
    std::optional<FieldError> malformed{};
    std::optional<Instant> received{};
    std::optional<UseBounds> use{};
    bool priced{true}, tiers_required{false}, token_known{true}, seen_before{false}, enabled{true};
    Mode mode{Mode::normal};
    bool held{false}, disk_low{false};
    Scene* pro{nullptr};
    mutable std::deque<Rules> used{};  ///< Decisions name things in the rules' own words.

    Scene& futures(const char* leverage_text = "5") {
        settings = settings_of(std::string{R"({"name":"eth","connection":"Main","market":"futures","pairs":["ETH/USDT:USDT"],"directions":["long","short"],
            "risk_level":"low","margin":{"group_limit":"5000"},"entry":{"base_order":"60"},"fees":{"maker_pct":"0.02","taker_pct":"0.06"},"futures":{"leverage":")"} + leverage_text + "\"}}");
        signal.pair = "ETH/USDT:USDT";
        instrument.max_leverage = 50;
        instrument.risk_tiers = {{1'000'000, "0.005"_d}};
        return *this;
    }
    Scene& price(const char* ask) {
        quote.ask = quote.mark = Decimal::parse(ask).value();
        quote.bid = quote.ask - "0.1"_d;
        return *this;
    }
    /// The group after fills at these prices, 0.1 each; every fill after the first is an add-on in the next zone.
    Scene& holding(std::initializer_list<const char*> prices, GroupState state = GroupState::active) {
        const Rules rules = make_rules(settings);
        Group made;
        made.state = state;
        made.books = books_of(signal.direction, prices, "0.1", settings.market == market::Market::spot ? "0.001" : "0.0006");
        made.shape = rules.shape;
        made.base_order = rules.base_order.value_or(Decimal{});
        made.add_ons = made.deepest_zone = static_cast<int>(prices.size()) - 1;
        group = made;
        return *this;
    }

    [[nodiscard]] Route route(const Rules& rules) const {
        Route out{.connection = connection, .instrument = instrument, .quote = quote, .fees = rules.fees, .account = account};
        out.group = group ? &*group : nullptr;
        out.opposite = opposite ? &*opposite : nullptr;
        out.last_group_closed_at = last_group_closed_at;
        out.leverage = leverage;
        out.use = use;
        out.priced = priced;
        out.tiers_required = tiers_required;
        return out;
    }
    [[nodiscard]] Decision decide() const {
        const Rules& rules = used.emplace_back(make_rules(settings));
        std::optional<Route> other;
        if (pro != nullptr) other.emplace(pro->route(rules));
        DecisionInput input{.signal = signal, .rules = rules, .token_known = token_known, .malformed = malformed ? &*malformed : nullptr, .seen_before = seen_before,
                            .strategy_enabled = enabled, .mode = mode, .now = at(kNow), .received = received, .main = route(rules), .pro = other ? &*other : nullptr, .held = held,
                            .disk_low = disk_low};
        input.last_candle = last_candle;
        Decision decision;
        trading::decide(input, decision);
        return decision;
    }
};

/// "BLOCKED ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE": the outcome, and what failed in order, the primary first.
inline std::string summary(const Decision& decision) {
    std::string out{to_string(decision.outcome)};
    if (decision.primary) out += ' ' + std::string{to_string(*decision.primary)};
    bool primary_told = false;
    for (const auto& verdict : decision.verdicts()) {
        if (verdict.stop == Stop::none) continue;
        if (!primary_told && verdict.code == decision.primary) {
            primary_told = true;
            continue;
        }
        out += '+' + std::string{to_string(verdict.code)};
    }
    return out;
}

}  // namespace bf::trading::test

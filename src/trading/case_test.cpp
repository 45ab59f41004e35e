#include "trading/case.hpp"

#include "trading/report.hpp"
#include "trading/trading_fixture.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bf;
using namespace bf::trading;

namespace {

/// The reference's case, with its settings filled in and times that let it decide. `change`: pairs of text to replace.
std::string case_text(std::initializer_list<std::pair<const char*, const char*>> changes = {}) {
    std::string text = R"({"settings":{"name":"eth","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],
   "risk_level":"low","margin":{"group_limit":"5000"},"entry":{"base_order":"300"}},
 "instrument":{"price_step":"0.01","quantity_step":"0.0001","min_quantity":"0.0001","min_notional":"5","contract_size":"1",
   "max_leverage":"50","risk_tiers":[{"up_to":"1000000","maintenance_rate":"0.005"}]},
 "connection":{"status":"connected","claims":{"read":"yes","spot_trade":"yes","futures_trade":"yes","withdraw":"no","transfer":"no"},"tested_at":8000000},
 "balances":{"USDT":{"free":"100000","locked":"0"}},
 "group":{"state":"ACTIVE","direction":"long","add_ons":2,"zones_used":[1,2],"recovery_add_ons":0,"funding":"0",
   "fills":[{"price":"3000","quantity":"0.1","fee":{"asset":"USDT","amount":"0.3"},"at":1000},{"price":"2850","quantity":"0.1","fee":{"asset":"USDT","amount":"0.285"},"at":2000},
            {"price":"2700","quantity":"0.1","fee":{"asset":"USDT","amount":"0.27"},"at":3000}]},
 "market":{"bid":"2899.9","ask":"2900","last":"2900","mark":"2900","at":8999000},
 "signal":{"strategy":"eth","pair":"ETH/USDT","direction":"long","kind":"entry","time":8999000},"now":9000000})";
    for (const auto& [from, to] : changes) {
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, std::string_view{from}.size(), to);
    }
    return text;
}

std::string answer(const std::string& text) {
    const auto read = Case::read(text);
    REQUIRE(read.has_value());
    std::string json;
    wire::JsonWriter out{json};
    write_json(out, read->decide(), read->signal(), Language::en);
    return json;
}

std::string summary_of(std::initializer_list<std::pair<const char*, const char*>> changes) {
    const auto read = Case::read(case_text(changes));
    if (!read) return "unreadable " + read.error().field;
    return test::summary(read->decide());
}

}  // namespace

TEST_CASE("the reference's case, to the letter") {
    const std::string json = answer(case_text());
    const auto document = wire::Json::parse(json);
    REQUIRE(document.has_value());
    const auto& root = *document;
    CHECK(root["outcome"].text() == "BLOCKED");
    CHECK(root["primary"].text() == "ADDON_OUT_OF_ZONE");
    CHECK(root["failed"].size() == 2);
    CHECK(root["failed"].at(1).text() == "ADDON_WORSENS_AVERAGE");
    CHECK(root["order"].is_null());
    CHECK(root["after"].is_null());
    const auto group = root["group"];
    CHECK(group["average"].text() == "2850");
    CHECK(group["break_even"].decimal()->to_fixed(8, Rounding::down) == "2855.70570570");
    CHECK(group["take_profit"].decimal()->to_fixed(8, Rounding::down) == "2884.23423423");
    CHECK(group["exit_price"].text() == "2884.24");
    CHECK(group["liquidation_price"].is_null());
    CHECK(group["margin_used"].text() == "855.855");
    CHECK(group["zone"].is_null());
    CHECK(group["state"].text() == "ACTIVE");
    CHECK(std::string{root["sentence"].text().value_or("")} == "Blocked: 2900 is in no add-on zone of ETH/USDT; the zone's edge is at 2550. Also: buying here would worsen the break-even (-0.44968643 %).");
    for (std::size_t i = 0; i < root["verdicts"].size(); ++i) {
        const auto verdict = root["verdicts"].at(i);
        CHECK(verdict["stage"].integer() >= 1);
        CHECK(verdict["stage"].integer() <= 4);
        CHECK(parse_code(*verdict["code"].text()).has_value());
    }
}

TEST_CASE("an order is told with the group after it") {
    const std::string json = answer(case_text({{R"("ask":"2900","last":"2900","mark":"2900")", R"("ask":"2550","last":"2550","mark":"2550")"}, {R"("bid":"2899.9")", R"("bid":"2549.9")"}}));
    const auto root = wire::Json::parse(json);
    CHECK((*root)["outcome"].text() == "ADDED");
    CHECK((*root)["primary"].is_null());
    CHECK((*root)["order"]["side"].text() == "buy");
    CHECK((*root)["order"]["type"].text() == "limit");
    CHECK((*root)["order"]["price"].text() == "2555.1");
    CHECK((*root)["order"]["quantity"].text() == "0.1176");
    CHECK((*root)["after"]["zone"].integer() == 3);
    CHECK((*root)["after"]["state"].text() == "ACTIVE");
}

TEST_CASE("what a case may leave out, and what it may say besides") {
    CHECK(summary_of({{R"("group":{"state")", R"("x":{"state")"}}) == "OPENED");
    CHECK(summary_of({{R"("now":9000000})", R"("now":9000000,"context":{"mode":"exit_only"}})"}}) == "BLOCKED MODE_NO_ENTRIES+ADDON_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE");
    CHECK(summary_of({{R"("now":9000000})", R"("now":9000000,"context":{"seen_signal":true}})"}}) == "BLOCKED SIGNAL_DUPLICATE");
    CHECK(summary_of({{R"("now":9000000})", R"("now":9000000,"context":{"order_in_flight":true}})"}}) == "BLOCKED ADDON_OUT_OF_ZONE+ORDER_IN_FLIGHT+ADDON_WORSENS_AVERAGE");
    CHECK(summary_of({{R"("group":{"state")", R"("x":{"state")"}, {R"("now":9000000})", R"("now":9000000,"context":{"order_in_flight":true}})"}}) == "WAITING ORDER_IN_FLIGHT");
    CHECK(summary_of({{R"("direction":"long","add_ons")", R"("direction":"short","add_ons")"}}) == "BLOCKED OPPOSITE_GROUP_OPEN");
    CHECK(summary_of({{R"("status":"connected")", R"("status":"degraded")"}, {R"("group":{"state")", R"("x":{"state")"}}) == "WAITING EXCHANGE_UNAVAILABLE");
    CHECK(summary_of({{R"("kind":"entry")", R"("kind":"hold")"}}) == "BLOCKED SIGNAL_MALFORMED");
    CHECK(summary_of({{R"("name":"eth")", R"("name":"other")"}}) == "BLOCKED STRATEGY_UNKNOWN");
    // A recovering group with a PRO connection told in the context.
    CHECK(summary_of({{R"("state":"ACTIVE")", R"("state":"RECOVERY")"},
                      {R"("now":9000000})", R"("now":9000000,"context":{"pro":{"connection":{"status":"connected","claims":{"read":"yes","spot_trade":"yes","withdraw":"no","transfer":"no"},"tested_at":8000000},"balances":{"USDT":{"free":"100000","locked":"0"}}}}})"}}) == "OPENED");
    CHECK(summary_of({{R"("state":"ACTIVE")", R"("state":"RECOVERY")"}}) == "BLOCKED GROUP_IN_RECOVERY+RECOVERY_OUT_OF_ZONE+ADDON_WORSENS_AVERAGE+ADDON_COOLDOWN");
}

TEST_CASE("a group's sizes come from the equity it began with, and its anchor is the fill listed first, whatever the times") {
    const auto add_on_of = [](const std::string& start, const char* first_at) {
        const std::string text = R"({"settings":{"name":"eth","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"risk_level":"low",
            "margin":{"recovery_reserve_pct":"0"},"fees":{"taker_pct":"0"},"entry":{"max_slippage_pct":"0"}},
            "instrument":{"price_step":"0.01","quantity_step":"0.0001","min_quantity":"0.0001","min_notional":"5","contract_size":"1"},
            "connection":{"status":"connected","claims":{"read":"yes","spot_trade":"yes","withdraw":"no","transfer":"no"},"tested_at":0},
            "balances":{"USDT":{"free":"9000","locked":"0"}},
            "group":{"state":"ACTIVE","direction":"long","add_ons":1,"zones_used":[1],"fills":[
                {"price":"3000","quantity":"0.02","fee":{"asset":"USDT","amount":"0"},"at":)" + std::string{first_at} + R"(},
                {"price":"2850","quantity":"0.02","fee":{"asset":"USDT","amount":"0"},"at":1000}]},
            "market":{"bid":"2700","ask":"2700","last":"2700","mark":"2700","at":600000},
            "signal":{"strategy":"eth","pair":"ETH/USDT","direction":"long","kind":"entry","time":600000},"now":600000,"context":{)" + start + "}}";
        return answer(text);
    };
    // 5 % of 12,000 and of 9,000 + 0.04 ETH, a quarter each at 2,700.
    CHECK(add_on_of(R"("equity_at_group_start":"12000")", "0").find(R"("quantity":"0.0555")") != std::string::npos);
    CHECK(add_on_of("", "0").find(R"("quantity":"0.0421")") != std::string::npos);
    CHECK(add_on_of("", "2000").find(R"("outcome":"ADDED")") != std::string::npos);
}

TEST_CASE("a setting out of range is told with its range") {
    const std::string json = answer(case_text({{R"("risk_level":"low")", R"("risk_level":"low","add_on":{"max":11})"}}));
    CHECK(json.find(R"("actual":"add_on.max","limit":"add_on.max is 11; it must be from 0 to 10")") != std::string::npos);
    CHECK(json.find("Blocked: the strategy's setting add_on.max is 11; it must be from 0 to 10.") != std::string::npos);
}

TEST_CASE("a case that can't be read names the member") {
    struct Row { const char *from, *to, *where; };
    const Row rows[] = {
        {R"("price_step":"0.01")", R"("price_step":"0")", "instrument.price_step"},
        {R"("price_step":"0.01",)", "", "instrument.price_step"},
        {R"("min_quantity":"0.0001")", R"("min_quantity":"-1")", "instrument.min_quantity"},
        {R"("min_notional":"5")", R"("min_notional":"-5")", "instrument.min_notional"},
        {R"("contract_size":"1")", R"("contract_size":"0")", "instrument.contract_size"},
        {R"("max_leverage":"50")", R"("max_leverage":"-1")", "instrument.max_leverage"},
        {R"("status":"connected")", R"("status":"fine")", "connection.status"},
        {R"("read":"yes")", R"("read":"maybe")", "connection.claims.read"},
        {R"("free":"100000")", R"("free":"-1")", "balances.USDT.free"},
        {R"("free":"100000")", R"("free":"1,5")", "balances.USDT.free"},
        {R"("state":"ACTIVE")", R"("state":"SLEEPING")", "group.state"},
        {R"("zones_used":[1,2])", R"("zones_used":[0])", "group.zones_used[0]"},
        {R"("price":"2850")", R"("price":"0")", "group.fills[1].price"},
        {R"("quantity":"0.1","fee")", R"("quantity":"many","fee")", "group.fills[0].quantity"},
        {R"("asset":"USDT","amount":"0.3")", R"("asset":"KCS","amount":"0.3")", "group.fills[0].fee.quote_value"},
        {R"("bid":"2899.9")", R"("bid":"2901")", "market.bid"},
        {R"("mark":"2900")", R"("mark":"0")", "market.mark"},
        {R"("signal":{)", R"("signal":7,"x":{)", "signal"},
        {R"("now":9000000)", R"("now":"soon")", "now"},
        {R"("now":9000000)", R"("later":9000000)", "now"},
        {R"("settings":{)", R"("x":{)", "settings"},
        {R"("risk_level":"low")", R"("risk_level":"reckless")", "settings.risk_level"},
        {R"("group_limit":"5000")", R"("group_limit":"lots")", "settings.margin.group_limit"},
        {R"("price":"3000","quantity":"0.1")", R"("price":"99999999999999999999","quantity":"99999999999999999999")", "group.fills"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.to);
        CHECK(summary_of({{row.from, row.to}}) == std::string{"unreadable "} + row.where);
    }
    for (const char* text : {"", "null", "[]", "{", "7", "\xff", "{}"}) CHECK_FALSE(Case::read(text).has_value());
}

TEST_CASE("every reason has a sentence in both languages with every blank filled") {
    const Decision decision;
    Signal signal;
    signal.pair = "ETH/USDT";
    for (int i = 0; i < kCodeCount; ++i) {
        const auto code = static_cast<Code>(i);
        CAPTURE(to_string(code));
        CHECK(parse_code(to_string(code)) == code);
        for (const auto language : {Language::en, Language::nl}) {
            const auto text = sentence(Verdict{.code = code, .actual = 12, .limit = 34}, decision, signal, language);
            CHECK(text.size() > 10);
            CHECK(text.find_first_of("{}") == std::string::npos);
            CHECK(text.back() == '.');
        }
    }
    CHECK_FALSE(parse_code("NO_SUCH_CODE").has_value());
}

TEST_CASE("a sentence tells the break-even as a price that an order can have, on the side that loses nothing; the figures stay exact") {
    struct Row { const char* why; market::Side side; const char *break_even, *step, *told; };
    const Row rows[] = {
        {"long: up", market::Side::buy, "3006.006006006006006", "0.01", "up to 3000; break-even becomes 3006.01,"},
        {"short: down", market::Side::sell, "2993.987654321", "0.01", "down to 3000; break-even becomes 2993.98,"},
        {"on the tick", market::Side::buy, "3006", "0.5", "break-even becomes 3006,"},
        {"a coarse tick", market::Side::buy, "3006.1", "0.5", "break-even becomes 3006.5,"},
        {"no tick known", market::Side::buy, "3006.125", "0", "break-even becomes 3006.125,"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Decision decision;
        decision.outcome = Outcome::opened;
        decision.order = OrderPlan{row.side, market::OrderType::limit, Decimal{3000}, Decimal{1}, false};
        GroupFigures after;
        after.break_even = Number{Decimal::parse(row.break_even).value()};
        after.price_step = Decimal::parse(row.step).value();
        decision.after = after;
        CHECK_MESSAGE(sentence(decision, Signal{}, Language::en).find(row.told) != std::string::npos, sentence(decision, Signal{}, Language::en));
    }
}

TEST_CASE("Dutch sentences write numbers with a comma, English ones with a point") {
    Signal signal;
    signal.pair = "ETH/USDT";
    const Verdict verdict{.code = Code::margin_group_exceeded, .actual = Number{Decimal::parse("600.25").value()}, .limit = Number{Decimal::parse("500.5").value()}};
    CHECK(sentence(verdict, Decision{}, signal, Language::nl) == "de groep zou 600,25 van haar limiet van 500,5 gebruiken (deze order: 0).");
    CHECK(sentence(verdict, Decision{}, signal, Language::en) == "the group would use 600.25 of its limit of 500.5 (this order: 0).");
    Decision decision;
    decision.outcome = Outcome::opened;
    decision.order = OrderPlan{market::Side::buy, market::OrderType::limit, Decimal::parse("3000.5").value(), Decimal::parse("0.025").value(), false};
    GroupFigures after;
    after.break_even = Number{Decimal::parse("3006.25").value()};
    decision.after = after;
    CHECK(sentence(decision, signal, Language::nl).starts_with("Geopend: koopt 0,025 van ETH/USDT tot 3000,5; break-even wordt 3006,25,"));
}

TEST_CASE("a sentence says what is so: of a short, of a time to come, of a mode, of what was never proven") {
    struct Row { const char* why; Verdict verdict; Direction direction; const char *en, *nl; };
    const auto of = [](Code code, const Figure& actual, const Figure& limit) { return Verdict{.code = code, .actual = actual, .limit = limit}; };
    const Said refused{"Refused: “no”", "Geweigerd: “no”"};
    const FieldError bad_pair{"pair", Fault::pair, {}}, bad_direction{"direction", Fault::word, {"long", "short"}};
    const Row rows[] = {
        {"an old signal", of(Code::signal_expired, 301, 300), Direction::long_side, "the signal is 301 s old; at most 300 s", "het signaal is 301 s oud"},
        {"a signal to come", of(Code::signal_expired, -31, 300), Direction::long_side, "the signal's time is 31 s in the future", "ligt 31 s in de toekomst"},
        {"a long", of(Code::addon_worsens_average, -2, 0), Direction::long_side, "buying here would worsen", "hier kopen zou"},
        {"a short", of(Code::addon_worsens_average, -2, 0), Direction::short_side, "selling here would worsen", "hier verkopen zou"},
        {"a mode", of(Code::mode_no_entries, "exit_only", {}), Direction::long_side, "mode is 'exit only':", "bedrijfsstand is 'alleen uitstappen':"},
        {"a pair in the exchange's words", of(Code::signal_malformed, &bad_pair, {}), Direction::long_side,
         "can't be read: pair must be a pair like", "is onleesbaar: pair moet een paar zijn zoals BTC/USDT, of BTC/USDT:USDT voor futures."},
        {"a third direction", of(Code::signal_malformed, &bad_direction, {}), Direction::long_side, "direction must be long or short.", "direction moet zijn: long of short."},
        {"an old proof", of(Code::connection_proof_stale, 86401, 86400), Direction::long_side, "last proven 86401 s ago; at most 86400 s", "86401 s geleden voor het laatst bewezen"},
        {"no proof", of(Code::connection_proof_stale, "never", 86400), Direction::long_side, "were never proven", "zijn nooit bewezen"},
        {"leverage that could not be set", of(Code::leverage_mismatch, &refused, 5), Direction::long_side, "at the exchange: Refused: “no”.", "in te stellen: Geweigerd: “no”."},
        {"an unknown right", of(Code::connection_proof_stale, "unknown", "yes"), Direction::long_side, "a right that is needed is unknown", "is onbekend"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Signal signal;
        signal.direction = row.direction;
        for (const auto& [language, told] : {std::pair{Language::en, row.en}, std::pair{Language::nl, row.nl}}) {
            const auto text = sentence(row.verdict, Decision{}, signal, language);
            CHECK_MESSAGE(text.find(told) != std::string::npos, text);
        }
    }
}

TEST_CASE("an age a millisecond over its limit is not told as the limit") {
    test::Scene scene;
    scene.signal.time = test::at(test::kNow) - seconds{300} - milliseconds{1};
    CHECK(sentence(scene.decide(), scene.signal, Language::en).find("301 s old; at most 300 s") != std::string::npos);
}

TEST_CASE("law: no case ends the process, and its outcome, reason and order agree") {
    CHECK(rc::check("wild numbers", [] {
        const auto any = [] {
            const int digits = *rc::gen::inRange(1, 21), fraction = *rc::gen::inRange(0, 19);
            std::string text;
            for (int i = 0; i < digits; ++i) text += static_cast<char>('0' + *rc::gen::inRange(i == 0 ? 1 : 0, 10));
            if (fraction > 0) text += '.';
            for (int i = 0; i < fraction; ++i) text += static_cast<char>('0' + *rc::gen::inRange(0, 10));
            return text;
        };
        std::string text = case_text();
        for (int changes = *rc::gen::inRange(1, 6); changes > 0; --changes) {
            const auto spots = {"\"3000\"", "\"2850\"", "\"0.1\"", "\"0.0001\"", "\"0.01\"", "\"5000\"", "\"300\"", "\"100000\"", "\"2900\"", "\"2899.9\"", "\"0.3\"", "\"5\"", "\"0.005\""};
            const std::string spot = *(spots.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(spots.size())));
            const std::string value = '"' + any() + '"';
            for (auto at = text.find(spot); at != std::string::npos; at = text.find(spot, at + value.size())) text.replace(at, spot.size(), value);
        }
        if (*rc::gen::arbitrary<bool>()) {
            for (const auto& [from, to] : {std::pair{"\"market\":\"spot\"", "\"market\":\"futures\""}, {"[\"ETH/USDT\"]", "[\"ETH/USDT:USDT\"]"}, {"\"pair\":\"ETH/USDT\"", "\"pair\":\"ETH/USDT:USDT\""}})
                text.replace(text.find(from), std::string_view{from}.size(), to);
        }
        if (*rc::gen::arbitrary<bool>()) text.replace(text.find("\"group\":{"), 9, "\"x\":{");
        const auto read = Case::read(text);
        if (!read) {
            RC_ASSERT(!sentence(read.error(), Language::en).empty());
            return;
        }
        const auto decision = read->decide();
        const bool acts = decision.outcome == Outcome::opened || decision.outcome == Outcome::added || decision.outcome == Outcome::closed;
        RC_ASSERT(acts == decision.order.has_value());
        RC_ASSERT(acts == !decision.primary.has_value());
        if (decision.order) RC_ASSERT(decision.order->quantity.is_positive() && decision.order->price.is_positive());
        const auto bare = read->decide(Detail::decided);
        RC_ASSERT(bare.outcome == decision.outcome);
        RC_ASSERT(bare.primary == decision.primary);
        RC_ASSERT(bare.worsens == decision.worsens);
        if (decision.order) RC_ASSERT(bare.order->quantity == decision.order->quantity && bare.order->price == decision.order->price);
        RC_ASSERT(wire::Json::parse(answer(text)).has_value());
    }));
}

// Strategies over the simulated exchanges, through everything: signal, decision, journal, signed request, fill, exit.
#include "engine/group_json.hpp"
#include "exchange/spoken.hpp"
#include "engine/trader_parts.hpp"
#include "support/trading_floor.hpp"

using namespace bf;
using test::TradingFloor;
using trading::SignalKind;

namespace {

std::string settings(const std::string& market, const std::string& pair, const std::string& more = {}) {
    return R"({"name":"Ladder","connection":"Main","market":")" + market + R"(","pairs":[")" + pair + R"("],"directions":["long"],"risk_level":"low",
        "margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},
        "entry":{"base_order":"300","max_slippage_pct":"0.20","max_spread_pct":"0.50"},
        "add_on":{"max":3,"zone_step_pct":"5","size_multiplier":"1.0","cooldown_s":0},
        "exit":{"take_profit_pct":"1.0"},"recovery":{"adverse_move_pct":"8")" + more + R"(}})";
}

Decimal near(const Decimal& value, const Decimal& wanted) { return abs(value - wanted); }

constexpr std::array kAllForms{engine::OrderForm::limit, engine::OrderForm::immediate, engine::OrderForm::market, engine::OrderForm::stop};

}  // namespace

TEST_CASE("the worked example on spot: opened at 3,000, added at 2,850, blocked at 2,900, added at 2,700 and 2,550, Recovery Mode, PRO, closed in profit") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        TradingFloor floor{{.exchange = exchange, .pro = true}};
        const std::string pair = "ETH/USDT";
        floor.start();
        floor.price(pair, "3000");
        floor.add_strategy(settings("spot", pair, R"(,"pro_connection":"Pro")"));
        CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        const auto* group = floor.only_group();
        REQUIRE(group != nullptr);
        CHECK(group->facts().state == trading::GroupState::active);
        CHECK(near(group->facts().books.average().value(), Decimal{3000}) < Decimal{10});

        floor.price(pair, "2848");
        const auto cost = group->facts().books.cost();
        const auto added = floor.signal("Ladder", pair, SignalKind::entry);
        CHECK(added.outcome == "ADDED");
        CHECK(group->facts().deepest_zone == 1);
        // Told from what it was decided on, the group before its order, although the order was gone by then.
        const auto told = wire::Json::parse(added.document).value();
        CHECK(told["report"]["group"]["margin_used"].decimal() == cost);
        CHECK(told["report"]["verdicts"].size() > 30);
        CHECK(told["report"]["verdicts"].at(0)["code"].text() == "SIGNAL_UNAUTHENTIC");
        floor.price(pair, "2900");
        const auto blocked = floor.signal("Ladder", pair, SignalKind::entry);
        CHECK(blocked.outcome == "BLOCKED");
        CHECK(blocked.document.find("ADDON_OUT_OF_ZONE") != std::string::npos);
        // Its exit rests at the exchange, for all that is held.
        const auto* exit = group->exit().current();
        REQUIRE(exit != nullptr);
        CHECK(exit->stage() == engine::Stage::open);
        CHECK(near(*exit->plan().price, Decimal{2960}) < Decimal{12});
        CHECK(exit->plan().quantity == group->facts().books.sellable());

        floor.price(pair, "2698");
        CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "ADDED");
        floor.price(pair, "2548");
        CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "ADDED");
        CHECK(group->facts().add_ons == 3);
        // All add-ons used and under water: after a minute of it Recovery Mode, with its lower target.
        const auto before = group->exit().current()->plan().price.value();
        floor.run(seconds{90});
        CHECK(group->facts().state == trading::GroupState::recovery);
        REQUIRE(group->exit().current() != nullptr);
        CHECK(group->exit().current()->plan().price.value() < before);

        const auto books = group->facts().books.cost();
        CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        const auto* fresh = floor.only_group("pro");
        REQUIRE(fresh != nullptr);
        CHECK(fresh->terms().via == trading::Via::pro);
        CHECK(group->facts().books.cost() == books);

        const auto number = group->number();
        floor.price(pair, "2900");
        floor.run(seconds{5});
        CHECK(floor.trader().find_group(number) == nullptr);
        const auto closed = floor.store.kept_groups.at(number);
        CHECK(closed.document.find("take_profit") != std::string::npos);
        const auto realised = wire::Json::parse(closed.document).value()["realised"].decimal().value();
        CHECK(realised.is_positive());
        CHECK(floor.troubles.empty());
    }
}

TEST_CASE("a group on futures: leverage set first, exit reduce-only, closed by a signal in profit") {
    for (const std::string exchange : {"kucoin", "mexc"}) {
        CAPTURE(exchange);
        TradingFloor floor{{.exchange = exchange, .market = market::Market::futures}};
        const std::string pair = "ETH/USDT:USDT";
        floor.start();
        floor.price(pair, "3000");
        floor.add_strategy(settings("futures", pair));
        CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        const auto* group = floor.only_group();
        REQUIRE(group != nullptr);
        CHECK(group->facts().books.held().is_positive());
        REQUIRE(group->exit().current() != nullptr);
        CHECK(group->exit().current()->plan().reduce_only);
        floor.price(pair, "3020");
        CHECK(floor.signal("Ladder", pair, SignalKind::exit).outcome == "CLOSED");
        floor.run(seconds{5});
        CHECK(floor.only_group() == nullptr);
        CHECK(floor.troubles.empty());
    }
}

TEST_CASE("leverage is two requests at MEXC: a refusal of the first, which comes with HTTP 200, ends it, and the second stays here") {
    TradingFloor floor{{.exchange = "mexc", .market = market::Market::futures}};
    const std::string pair = "ETH/USDT:USDT";
    floor.start();
    floor.price(pair, "3000");
    int asked = 0;
    floor.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
        if (request.target.find("change_leverage") == std::string::npos || ++asked > 1) return std::nullopt;
        return wire::Response{200, {}, R"({"success":false,"code":2006,"message":"Leverage ratio error"})"};
    };
    floor.add_strategy(settings("futures", pair));
    floor.run(seconds{5});
    const auto decided = floor.signal("Ladder", pair, SignalKind::entry);
    CHECK(asked == 1);
    CHECK(decided.outcome == "BLOCKED");
    // Both who reads the decision and who reads its checks is told what the exchange said.
    const auto told = wire::Json::parse(decided.document).value();
    CHECK(told["primary"].text() == "LEVERAGE_MISMATCH");
    CHECK(told["sentence_en"].text() == "Blocked: leverage or margin mode could not be read or set at the exchange: Refused by the exchange (2006): “Leverage ratio error”.");
    CHECK(told["sentence_nl"].text() == "Geblokkeerd: hefboom of margin-modus was bij de exchange niet te lezen of in te stellen: Geweigerd door de exchange (2006): “Leverage ratio error”.");
    bool found = false;
    for (std::size_t i = 0; i < told["report"]["verdicts"].size(); ++i)
        if (told["report"]["verdicts"].at(i)["code"].text() == "LEVERAGE_MISMATCH")
            found = told["verdicts_nl"].at(i).text().value_or("").find("(2006): “Leverage ratio error”.") != std::string::npos;
    CHECK_MESSAGE(found, decided.document);
}

TEST_CASE("what KuCoin refuses before a group's first entry is told in its words, cleaned") {
    struct Row { const char* why; const char* path; const char* body; const char* told; };
    const Row rows[] = {
        {"margin mode", "changeMarginMode", R"({"code":"330004","msg":"Switch \u001b[31mfailed"})", "Refused by the exchange (330004): “Switch  [31mfailed”."},
        {"position mode", "position/getPositionMode", R"({"code":"300000","msg":"not for this account"})", "Refused by the exchange (300000): “not for this account”."},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        TradingFloor floor{{.exchange = "kucoin", .market = market::Market::futures}};
        const std::string pair = "ETH/USDT:USDT";
        floor.start();
        floor.price(pair, "3000");
        auto& exchange = *floor.world->exchange("kucoin");
        REQUIRE(exchange.set_margin_mode(floor.truth(), *exchange.find(*market::Symbol::parse(pair)), market::MarginMode::cross).has_value());
        int asked = 0;
        floor.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
            if (request.target.find(row.path) == std::string::npos) return std::nullopt;
            ++asked;
            return wire::Response{200, {}, row.body};
        };
        floor.add_strategy(settings("futures", pair));
        floor.run(seconds{5});
        const auto decided = floor.signal("Ladder", pair, SignalKind::entry);
        CHECK(asked > 0);
        CHECK(decided.outcome == "BLOCKED");
        const auto told = wire::Json::parse(decided.document).value();
        CHECK_MESSAGE(told["sentence_en"].text() == "Blocked: leverage or margin mode could not be read or set at the exchange: " + std::string{row.told}, decided.document);
    }
}

TEST_CASE("a process that dies with a group open goes on where the journal left it") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    floor.add_strategy(settings("spot", pair));
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    floor.price(pair, "2848");
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "ADDED");
    const auto cost = floor.only_group()->facts().books.cost();
    const auto price = floor.only_group()->exit().current()->plan().price;
    floor.kill();
    floor.run(seconds{20});
    floor.start();
    floor.run(seconds{10});
    const auto* group = floor.only_group();
    REQUIRE(group != nullptr);
    CHECK(group->facts().books.cost() == cost);
    CHECK(group->facts().deepest_zone == 1);
    CHECK(group->facts().state == trading::GroupState::active);
    REQUIRE(group->exit().current() != nullptr);
    CHECK(group->exit().current()->plan().price == price);
    CHECK(group->exit().current()->stage() == engine::Stage::open);
    // Nothing was placed a second time.
    int resting = 0;
    for (const auto* order : floor.truth().orders) resting += order->is_open() ? 1 : 0;
    CHECK(resting == 1);
}

TEST_CASE("coins that are not there any more: the group stops adding until the difference is adopted or ignored") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    floor.add_strategy(settings("spot", pair));
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    const auto* group = floor.only_group();
    const auto held = group->facts().books.held();
    floor.money_polled = false;
    floor.run(seconds{1});
    const auto tell = [&](const Decimal& coins) {
        floor.event([&](engine::Now now) { floor.trader().on_balances(now, "main", {{"USDT", Decimal{9000}, Decimal{0}, std::nullopt}, {"ETH", Decimal{0}, coins, std::nullopt}}, true); });
    };
    tell(held - "0.05"_d);
    CHECK(group->facts().state == trading::GroupState::active);
    floor.run(seconds{11});
    tell(held - "0.05"_d);
    CHECK(group->facts().state == trading::GroupState::desync);
    floor.price(pair, "2848");
    const auto& told = floor.store.kept_alarms.back().document;
    CHECK(told.find("GROUP_DESYNC") != std::string::npos);
    // Each language with its own decimal sign.
    const auto less = (held - "0.05"_d).to_string();
    CHECK_MESSAGE(told.find("the exchange holds " + less) != std::string::npos, told);
    CHECK_MESSAGE(told.find("de exchange heeft " + exchange::spoken(less, exchange::Language::nl)) != std::string::npos, told);
    CHECK(less.find('.') != std::string::npos);
    SUBCASE("they come back") {
        tell(held);
        CHECK(group->facts().state == trading::GroupState::active);
    }
    SUBCASE("the user adopts it: the group holds what is there, and claims no profit") {
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().adopt_difference(now, group->number()); }).has_value());
        CHECK(group->facts().books.held() == held - "0.05"_d);
        CHECK_FALSE(group->facts().books.realised().is_positive());
        tell(held - "0.05"_d);
        CHECK(group->facts().state == trading::GroupState::active);
    }
    SUBCASE("the user ignores it: the group stays as it is") {
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().ignore_difference(now, group->number()); }).has_value());
        CHECK(group->facts().books.held() == held);
        floor.run(seconds{11});
        tell(held - "0.05"_d);
        CHECK(group->facts().state == trading::GroupState::active);
        // More goes later: it is waited for anew, and what was ignored before stays ignored.
        tell(held - "0.08"_d);
        CHECK(group->facts().state == trading::GroupState::active);
        floor.run(seconds{11});
        tell(held - "0.08"_d);
        REQUIRE(group->facts().state == trading::GroupState::desync);
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().ignore_difference(now, group->number()); }).has_value());
        // The exit is on its way to its new quantity at first, and nothing counts meanwhile.
        for (int i = 0; i < 3; ++i) {
            tell(held - "0.08"_d);
            floor.run(seconds{11});
        }
        CHECK(group->facts().state == trading::GroupState::active);
    }
    SUBCASE("what was decided about once more differs: the ten seconds begin anew") {
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().adopt_difference(now, group->number()); }).has_value());
        floor.run(seconds{60});
        tell(held - "0.08"_d);
        CHECK(group->facts().state == trading::GroupState::active);
        floor.run(seconds{11});
        tell(held - "0.08"_d);
        CHECK(group->facts().state == trading::GroupState::desync);
    }
}

TEST_CASE("a cross of the averages opens a group once, for strategies that switched the built-in signals on") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    auto with = settings("spot", pair);
    with.insert(1, R"("generator":{"enabled":true,"interval":"5m","fast":3,"slow":8,"quiet_factor":"2"},)");
    const auto& strategy = floor.add_strategy(with);
    const auto symbol = *market::Symbol::parse(pair);
    CHECK(floor.trader().trends_wanted(floor.id, market::Market::spot) == std::set{engine::TrendKey::of(symbol, strategy.settings.generator)});
    CHECK(floor.trader().trends_wanted(floor.id, market::Market::futures).empty());

    engine::TrendNews news{engine::TrendKey::of(symbol, strategy.settings.generator), false, true, trading::Direction::long_side, {}};
    news.candle = {floor.clock.wall() - std::chrono::minutes{5}, Decimal{2990}, Decimal{3001}, Decimal{2989}, Decimal{3000}, std::nullopt};
    const auto tell = [&] {
        floor.event([&](engine::Now now) { floor.trader().on_trend(now, floor.id, news); });
        floor.run(seconds{3});
    };
    SUBCASE("the cross, heard twice") {
        tell();
        REQUIRE(floor.only_group() != nullptr);
        CHECK(floor.only_group()->facts().books.held().is_positive());
        const auto held = floor.only_group()->facts().books.held();
        tell();
        CHECK(floor.trader().groups().size() == 1);
        CHECK(floor.only_group()->facts().books.held() == held);
        CHECK(std::any_of(floor.store.kept_decisions.begin(), floor.store.kept_decisions.end(),
                          [](const auto& entry) { return entry.second.document.find("SIGNAL_DUPLICATE") != std::string::npos; }));
    }
    SUBCASE("other numbers are another strategy's trend") {
        news.key.slow = 9;
        tell();
        CHECK(floor.only_group() == nullptr);
        CHECK(floor.store.kept_decisions.empty());
    }
    SUBCASE("a cross the other way does not concern a strategy that only buys") {
        news.signal = trading::Direction::short_side;
        tell();
        CHECK(floor.store.kept_decisions.empty());
    }
}

TEST_CASE("a market that turned against a losing group sends it into Recovery Mode, and the page can say why") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    const auto& strategy = floor.add_strategy(settings("spot", pair));
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    floor.price(pair, "2870");  // More than half of the eight percent at which the loss alone would do it.
    floor.run(seconds{90});
    const auto* group = floor.only_group();
    CHECK(group->facts().state == trading::GroupState::active);
    const auto tell = [&](bool uncertain) {
        engine::TrendNews news{engine::TrendKey::of(group->terms().symbol, strategy.settings.generator), uncertain, !uncertain, std::nullopt, {}};
        news.candle = {floor.clock.wall() - std::chrono::minutes{15}, Decimal{2880}, Decimal{2881}, Decimal{2868}, Decimal{2870}, std::nullopt};
        floor.event([&](engine::Now now) { floor.trader().on_trend(now, floor.id, news); });
    };
    tell(false);
    floor.run(seconds{90});
    CHECK(group->facts().state == trading::GroupState::active);
    tell(true);
    floor.run(seconds{90});
    CHECK(group->facts().state == trading::GroupState::recovery);
    REQUIRE(group->recovery().has_value());
    CHECK(group->recovery()->fact("trigger") == "uncertain");
}

TEST_CASE("after a checkpoint the journal is short and a restart ends in the same groups, whether the old part is gone or not") {
    for (const bool forgets : {true, false}) {
        CAPTURE(forgets);
        TradingFloor floor{{}};
        const std::string pair = "ETH/USDT", other = "BTC/USDT";
        floor.start();
        floor.price(pair, "3000");
        floor.price(other, "60000");
        auto both = settings("spot", pair);
        both.replace(both.find(R"(["ETH/USDT"])"), 12, R"(["ETH/USDT","BTC/USDT"])");
        floor.add_strategy(both);
        CHECK(floor.signal("Ladder", other, SignalKind::entry).outcome == "OPENED");
        floor.price(other, "61500");
        REQUIRE(floor.only_group() == nullptr);
        CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
        floor.price(pair, "2848");
        CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "ADDED");
        // Changes are kept as well: a difference was adopted, and a second time would double it.
        floor.money_polled = false;
        floor.run(seconds{1});
        const auto before_difference = floor.only_group()->facts().books.held();
        const auto tell = [&](const Decimal& coins) {
            floor.event([&](engine::Now now) { floor.trader().on_balances(now, "main", {{"USDT", Decimal{9000}, Decimal{0}, std::nullopt}, {"ETH", Decimal{0}, coins, std::nullopt}}, true); });
        };
        tell(before_difference - "0.01"_d);
        floor.run(seconds{11});
        tell(before_difference - "0.01"_d);
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().adopt_difference(now, floor.only_group()->number()); }).has_value());
        floor.run(seconds{2});

        // An order that ended with nothing is left out of a checkpoint. What is told of it afterwards all the same must not stop the next start.
        std::set<engine::OrderNumber> told;
        floor.trader().orders().each_record([&](engine::RecordKind kind, std::string_view payload) {
            const auto record = engine::read_record(kind, payload);
            REQUIRE(record.has_value());
            if (const auto* intent = std::get_if<engine::Intent>(&*record)) told.insert(intent->number);
        });
        engine::OrderNumber left_out = 0;
        floor.trader().orders().each([&](const engine::Order& order) {
            if (!told.contains(order.intent().number)) left_out = order.intent().number;
        });
        REQUIRE(left_out != 0);
        const auto length = floor.journal.durable.size();
        const auto kept = floor.journal.durable;
        floor.life->performer.checkpoint();
        floor.run(seconds{1});
        CHECK(floor.journal.forgotten > 0);
        CHECK(floor.life->performer.records() < 40);
        if (!forgets) {
            // As if the disk would not let go of anything.
            const auto gone = floor.journal.forgotten;
            floor.journal.durable.insert(floor.journal.durable.begin(), kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(gone));
            floor.journal.forgotten = 0;
            CHECK(floor.journal.durable.size() > length);
        }
        const auto number = floor.only_group()->number();
        const auto held = floor.only_group()->facts().books.held();
        const auto cost = floor.only_group()->facts().books.cost();
        const auto exit = floor.only_group()->exit().current()->intent().client_id;
        const auto next_order = floor.trader().orders().last_number();
        CHECK(held == before_difference - "0.01"_d);
        std::string late;
        engine::write_record(late, engine::FillRecord{left_out, {"late", "2848"_d, "0.001"_d, market::Amount{"USDT", "0"_d}, market::Liquidity::maker, floor.clock.wall()}});
        if (forgets) floor.journal.append(static_cast<std::uint16_t>(engine::RecordKind::fill), late);
        floor.run(seconds{1});

        floor.kill();
        floor.run(seconds{3});
        floor.money_polled = true;
        floor.start();
        floor.run(seconds{10});
        REQUIRE(floor.only_group() != nullptr);
        CHECK(floor.only_group()->number() == number);
        CHECK(floor.only_group()->facts().books.held() == held);
        CHECK(floor.only_group()->facts().books.cost() == cost);
        CHECK(floor.only_group()->facts().add_ons == 1);
        REQUIRE(floor.only_group()->exit().current() != nullptr);
        CHECK(floor.only_group()->exit().current()->intent().client_id == exit);
        CHECK(floor.trader().orders().last_number() >= next_order);
        CHECK(floor.trader().groups().size() == 1);
        // No name and no number is used a second time.
        floor.price(pair, "2690");
        const auto added = floor.signal("Ladder", pair, SignalKind::entry);
        CHECK_MESSAGE(added.outcome == "ADDED", added.document);
        std::set<std::string> names;
        for (const auto* order : floor.truth().orders) CHECK(names.insert(order->request.client_order_id).second);
    }
}

TEST_CASE("a journal whose beginning is missing without a whole checkpoint is not started from") {
    TradingFloor floor{{}};
    floor.start();
    floor.price("ETH/USDT", "3000");
    floor.add_strategy(settings("spot", "ETH/USDT"));
    CHECK(floor.signal("Ladder", "ETH/USDT", SignalKind::entry).outcome == "OPENED");
    floor.life->performer.checkpoint();
    floor.run(seconds{1});
    floor.kill();
    floor.run(seconds{1});
    REQUIRE(static_cast<engine::RecordKind>(floor.journal.durable.back().kind) == engine::kCheckpointEnd);
    floor.journal.durable.pop_back();
    TradingFloor::Life life{floor};
    life.trader.begins_late();
    for (const auto& entry : floor.journal.durable) CHECK(life.trader.replay(entry.kind, entry.payload).has_value());
    CHECK_FALSE(life.trader.load({floor.clock.wall(), floor.clock.steady()}).has_value());
}

TEST_CASE("zones are drawn where add-ons are bought, also when the anchor moves with the fills") {
    TradingFloor floor{{.exchange = "kucoin"}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    auto json = settings("spot", pair);
    json.replace(json.find("\"cooldown_s\":0"), 14, "\"cooldown_s\":0,\"anchor\":\"last_fill\"");
    floor.add_strategy(json);
    REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    floor.price(pair, "2840");
    REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "ADDED");
    std::string text;
    wire::JsonWriter out{text};
    out.begin_object();
    engine::write_group(out, floor.trader(), *floor.only_group());
    out.end_object();
    const auto drawn = wire::Json::parse(text).value();
    const auto edge = drawn["zones"].at(1)["from"].decimal().value();
    // Five percent below the fill at about 2,840.
    CHECK(near(edge, Decimal{2698}) < Decimal{12});
    floor.price(pair, round_to_step(edge + 4, 1, Rounding::up).to_string());
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "BLOCKED");
    floor.price(pair, round_to_step(edge - 4, 1, Rounding::down).to_string());
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "ADDED");
}

TEST_CASE("whenever the process dies after a signal, it makes one order, one group and one entry that says so") {
    // From before the journal's sync over the order's way to the exchange until long after its answer.
    for (const int microseconds : {0, 500, 1000, 1500, 3000, 10'000, 30'000, 60'000, 100'000, 200'000, 400'000, 2'000'000}) {
        CAPTURE(microseconds);
        TradingFloor floor{{}};
        const std::string pair = "ETH/USDT";
        floor.start();
        floor.price(pair, "3000");
        const auto& strategy = floor.add_strategy(settings("spot", pair));
        floor.run(seconds{1});
        trading::Signal signal;
        signal.strategy = strategy.id;
        signal.pair = pair;
        signal.time = floor.clock.wall();
        signal.id = "once";
        const auto number = floor.event([&](engine::Now now) { return floor.trader().receive(now, strategy, signal); }).value();
        // Decided with the next look at the price.
        floor.clock.run_until([&] { return !floor.trader().groups().empty(); }, seconds{2});
        REQUIRE(!floor.trader().groups().empty());
        floor.clock.run_for(std::chrono::duration_cast<milliseconds>(std::chrono::microseconds{microseconds}));
        floor.kill();
        floor.run(seconds{2});
        floor.start();
        floor.run(seconds{15});
        REQUIRE(floor.trader().groups().size() == 1);
        int buys = 0;
        for (const auto* order : floor.truth().orders) buys += order->request.side == market::Side::buy ? 1 : 0;
        CHECK(buys == 1);
        CHECK(floor.only_group()->facts().books.held().is_positive());
        int entries = 0;
        for (const auto& [id, entry] : floor.store.kept_decisions) {
            CHECK(entry.signal == number);
            CHECK(entry.outcome == "OPENED");
            ++entries;
        }
        CHECK(entries == 1);
        CHECK(floor.store.unsettled_signals().value().empty());
    }
}

TEST_CASE("a frozen connection opens nothing and still lets its groups out") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    floor.add_strategy(settings("spot", pair));
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    CHECK_FALSE(floor.event([&](engine::Now now) { return floor.trader().set_frozen(now, "nobody's", true); }).has_value());
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().set_frozen(now, "main", true); }).has_value());
    floor.price(pair, "2848");
    const auto blocked = floor.signal("Ladder", pair, SignalKind::entry);
    CHECK(blocked.outcome == "BLOCKED");
    CHECK(blocked.document.find("CONNECTION_FROZEN") != std::string::npos);
    floor.price(pair, "3060");
    floor.run(seconds{5});
    CHECK(floor.only_group() == nullptr);
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().set_frozen(now, "main", false); }).has_value());
    floor.price(pair, "3000");
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
}

TEST_CASE("the last room on the disk is kept for exits: told once, nothing opened or added, the exit goes on, and entries when there is room again") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    floor.add_strategy(settings("spot", pair));
    const auto room = [&](std::uint64_t megabytes) { floor.event([&](engine::Now now) { floor.trader().on_disk(now, megabytes * 1'000'000); }); };
    const auto alarms = [&] {
        std::string told;
        for (const auto& alarm : floor.store.kept_alarms)
            if (alarm.document.find("DISK_LOW") != std::string::npos) told += wire::Json::parse(alarm.document).value()["severity"].text().value_or("?").substr(0, 1);
        return told;
    };
    room(1'000);
    CHECK(alarms().empty());
    for (int i = 0; i < 2; ++i) room(999);
    CHECK(alarms() == "w");
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    for (int i = 0; i < 2; ++i) room(199);
    CHECK(alarms() == "wc");
    floor.price(pair, "2848");
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).document.find("DISK_LOW") != std::string::npos);
    REQUIRE(floor.only_group() != nullptr);
    CHECK(floor.only_group()->facts().add_ons == 0);
    floor.price(pair, "3060");
    floor.run(seconds{5});
    CHECK(floor.only_group() == nullptr);
    floor.price(pair, "3000");
    room(249);
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "BLOCKED");
    room(250);
    CHECK(alarms() == "wci");
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
}

TEST_CASE("what is wrong with a signal stands in LIVE in both languages, also when the process died before it was told") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    const auto id = floor.add_strategy(settings("spot", pair)).id;
    floor.event([&](engine::Now now) {
        const trading::FieldError why{"kind", trading::Fault::word, {"entry", "add", "exit"}};
        REQUIRE(floor.trader().receive_malformed(now, *floor.trader().find_strategy(id), why).has_value());
        floor.store.full = true;  // It is known, and what became of it can't be written.
    });
    floor.kill();
    CHECK(floor.store.kept_decisions.empty());
    floor.store.full = false;
    floor.start();
    floor.run(seconds{2});
    REQUIRE(floor.store.kept_decisions.size() == 1);
    const auto document = wire::Json::parse(floor.store.kept_decisions.begin()->second.document).value();
    CHECK(document["primary"].text() == "SIGNAL_MALFORMED");
    CHECK(document["sentence_en"].text() == "Blocked: the signal can't be read: kind must be entry, add or exit.");
    CHECK(document["sentence_nl"].text() == "Geblokkeerd: het signaal is onleesbaar: kind moet zijn: entry, add of exit.");
    CHECK(document["verdicts_nl"].at(1).text() == "het signaal is onleesbaar: kind moet zijn: entry, add of exit.");
}

TEST_CASE("a signal that an earlier version kept as unreadable, by its sentence, is not taken for a good one") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    const auto id = floor.add_strategy(settings("spot", pair)).id;
    floor.run(seconds{2});
    floor.kill();
    for (const char* sentence : {"kind must be entry, add or exit", ""}) {
        trading::Signal signal;
        signal.strategy = "Ladder";
        signal.pair = pair;
        signal.time = floor.clock.wall();
        signal.id = std::string{"kept "} + sentence;
        auto stored = engine::to_stored(signal, id, std::nullopt, true, floor.clock.wall());
        const auto at = stored.document.find(R"("malformed":null)");
        REQUIRE(at != std::string::npos);
        stored.document.replace(at, 16, std::string{R"("malformed":")"} + sentence + '"');
        REQUIRE(floor.store.add_signal(stored).has_value());
    }
    floor.start();
    floor.run(seconds{10});
    REQUIRE(floor.store.kept_decisions.size() == 2);
    for (const auto& [number, decision] : floor.store.kept_decisions) {
        const auto document = wire::Json::parse(decision.document).value();
        CHECK(decision.outcome == (decision.signal == 1 ? "BLOCKED" : "OPENED"));
        if (decision.signal == 1) CHECK(document["primary"].text() == "SIGNAL_MALFORMED");
    }
}

TEST_CASE("an exit signal at a loss is blocked, and LIVE says what closing would have left") {
    TradingFloor floor{{.market = market::Market::futures}};
    const std::string pair = "ETH/USDT:USDT";
    floor.start();
    floor.price(pair, "3000");
    floor.add_strategy(settings("futures", pair));
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    floor.price(pair, "2990");
    const auto blocked = floor.signal("Ladder", pair, SignalKind::exit);
    CHECK(blocked.outcome == "BLOCKED");
    const auto document = wire::Json::parse(blocked.document).value();
    CHECK(document["primary"].text() == "EXIT_AT_LOSS");
    const auto verdicts = document["report"]["verdicts"];
    const auto verdict = verdicts.at(verdicts.size() - 1);
    CHECK(verdict["code"].text() == "EXIT_AT_LOSS");
    CHECK(verdict["actual"].decimal().value_or(Decimal{0}).is_negative());
    CHECK(document["sentence_en"].text().value_or("").find("would leave -") != std::string_view::npos);
    CHECK(document["sentence_en"].text().value_or("").find("leave -,") == std::string_view::npos);
}

TEST_CASE("while a restored state is not confirmed an exit signal waits; it closes once it is") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    floor.add_strategy(settings("spot", pair));
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    floor.trader().hold();
    floor.price(pair, "3020");
    const auto number = floor.event([&](engine::Now now) {
        trading::Signal signal{.strategy = "Ladder", .pair = pair, .kind = SignalKind::exit, .time = floor.clock.wall()};
        return floor.trader().receive(now, *floor.trader().find_strategy("Ladder"), std::move(signal));
    }).value();
    const auto told = [&] {
        for (const auto& [key, decision] : floor.store.kept_decisions)
            if (decision.signal == number) return decision;
        return ports::StoredDecision{};
    };
    floor.run(seconds{5});
    CHECK(told().outcome == "WAITING");
    CHECK(told().document.find("TRADING_HELD") != std::string::npos);
    CHECK(floor.only_group() != nullptr);
    floor.event([&](engine::Now now) { floor.trader().release_hold(now); });
    floor.run(seconds{10});
    CHECK(told().outcome == "CLOSED");
    CHECK(floor.only_group() == nullptr);
    CHECK(floor.troubles.empty());
}

TEST_CASE("a group in Recovery Mode keeps its nearer exit while it disagrees with the exchange") {
    TradingFloor floor{{}};
    const std::string pair = "ETH/USDT";
    floor.start();
    floor.price(pair, "3000");
    floor.add_strategy(settings("spot", pair));
    CHECK(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    const auto* group = floor.only_group();
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().put_in_recovery(now, group->number()); }).has_value());
    floor.run(seconds{3});
    const auto nearer = group->exit().current()->plan().price.value();
    floor.money_polled = false;
    floor.run(seconds{1});
    const auto less = group->facts().books.held() - "0.05"_d;
    for (int i = 0; i < 2; ++i) {
        floor.event([&](engine::Now now) { floor.trader().on_balances(now, "main", {{"USDT", Decimal{9000}, Decimal{0}, std::nullopt}, {"ETH", Decimal{0}, less, std::nullopt}}, true); });
        floor.run(seconds{11});
    }
    REQUIRE(group->facts().state == trading::GroupState::desync);
    CHECK(group->exit().current()->plan().price.value() == nearer);
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().ignore_difference(now, group->number()); }).has_value());
    floor.run(seconds{3});
    CHECK(group->facts().state == trading::GroupState::recovery);
    CHECK(group->exit().current()->plan().price.value() == nearer);
}

TEST_CASE("a price of an exchange's other site moves nothing on this one") {
    TradingFloor floor{{.exchange = "kucoin"}};
    floor.start();
    const std::string pair = "ETH/USDT";
    const auto symbol = *market::Symbol::parse(pair);
    floor.price(pair, "3000");
    floor.add_strategy(settings("spot", pair));
    REQUIRE(floor.signal("Ladder", pair, SignalKind::entry).outcome == "OPENED");
    floor.run(seconds{5});
    const auto orders = floor.truth().orders.size();
    // Far enough for every zone, and past every exit: on the site where the account is it did not happen.
    for (const auto* price : {"2000", "9000"})
        floor.event([&](engine::Now now) {
            floor.trader().on_quote(now, {floor.id, exchange::Site::eu}, symbol, {Decimal::parse(price).value(), Decimal::parse(price).value(), Decimal::parse(price).value(), now.wall, std::nullopt});
        });
    CHECK(floor.trader().market_of(floor.id, symbol)->quote->mark < Decimal{3100});
    floor.run(seconds{5});
    CHECK(floor.truth().orders.size() == orders);
    CHECK(floor.only_group() != nullptr);
}

TEST_CASE("a pair that the exchange lists and then refuses is left alone for an hour, and a person hears of it") {
    TradingFloor floor{{.exchange = "mexc"}};
    floor.start();
    const market::Instrument* closed = nullptr;
    for (const auto& [native, one] : floor.instruments)
        if (one.symbol && !one.api_tradable.value_or(true)) closed = &one;
    REQUIRE(closed != nullptr);
    const auto pair = closed->symbol->to_string();
    auto list = [&](bool tradable) {
        trading::InstrumentFacts facts;
        facts.price_step = closed->price_step.value();
        facts.quantity_step = closed->quantity_step.value();
        facts.tradable = tradable;
        floor.event([&](engine::Now now) { floor.trader().on_instrument(now, floor.id, *closed, facts); });
    };
    list(true);
    const auto quote = [&] {
        floor.event([&](engine::Now now) { floor.trader().on_quote(now, floor.id, *closed->symbol, {Decimal{10}, "10.01"_d, Decimal{10}, now.wall, std::nullopt}); });
    };
    quote();
    floor.run(seconds{2});
    quote();
    floor.add_strategy(settings("spot", pair));
    const auto first = floor.signal("Ladder", pair, SignalKind::entry);
    CHECK(first.outcome == "BLOCKED");
    CHECK(first.document.find("ORDER_REJECTED") != std::string::npos);
    REQUIRE(!floor.store.kept_alarms.empty());
    CHECK(floor.store.kept_alarms.back().document.find("PAIR_REFUSED") != std::string::npos);
    const auto symbol = *closed->symbol;
    CHECK_FALSE(floor.trader().market_of(floor.id, symbol)->instrument->tradable);
    // What was refused and how is evidence of that form of order.
    const auto evidence = [&] { return (*floor.trader().evidence().find(floor.id, symbol))[static_cast<std::size_t>(engine::OrderForm::immediate)]; };
    CHECK_FALSE(evidence().accepted.has_value());
    REQUIRE(evidence().refused.has_value());
    CHECK(evidence().is_closed());
    CHECK_FALSE(evidence().refused->why.exchange_code.empty());
    const auto orders = floor.truth().orders.size();
    floor.run(std::chrono::minutes{59});
    CHECK_FALSE(floor.trader().market_of(floor.id, symbol)->instrument->tradable);
    CHECK(floor.truth().orders.size() == orders);
    floor.run(std::chrono::minutes{2});
    CHECK(floor.trader().market_of(floor.id, symbol)->instrument->tradable);
    // By the exchange's own list it stays closed, whatever was refused when.
    list(false);
    floor.run(std::chrono::minutes{61});
    CHECK_FALSE(floor.trader().market_of(floor.id, symbol)->instrument->tradable);
}

TEST_CASE("what a pair took and refused outlives a restart, stands before a strategy is enabled, and fades") {
    TradingFloor floor{{}};
    floor.start();
    floor.price("ETH/USDT", "3000");
    const auto& strategy = floor.add_strategy(settings("spot", "ETH/USDT"));
    const auto id = strategy.id;
    CHECK(floor.signal("Ladder", "ETH/USDT", SignalKind::entry).outcome == "OPENED");
    floor.run(seconds{5});
    const auto form = [&](engine::OrderForm one) { return (*floor.trader().evidence().find(floor.id, *market::Symbol::parse("ETH/USDT")))[static_cast<std::size_t>(one)]; };
    CHECK(form(engine::OrderForm::immediate).accepted.has_value());
    CHECK(form(engine::OrderForm::limit).accepted.has_value());
    CHECK_FALSE(form(engine::OrderForm::stop).accepted.has_value());
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().disable(now, id); }).has_value());
    // From now on the exchange says that it does not trade the pair.
    floor.transport->instead = [](const wire::Request& request) -> std::optional<Result<wire::Response>> {
        if (request.method != wire::Method::post || request.target.find("/hf/orders") == std::string::npos) return std::nullopt;
        return wire::Response{200, {}, R"({"code":"400600","msg":"Trading is closed"})"};
    };
    const auto group = floor.only_group()->number();
    floor.event([&](engine::Now now) { static_cast<void>(floor.trader().close(now, group, "user")); });
    floor.run(seconds{20});
    const auto closing = std::find_if(std::begin(kAllForms), std::end(kAllForms), [&](auto one) { return form(one).is_closed(); });
    REQUIRE(closing != std::end(kAllForms));
    const auto refused = [&] {
        floor.price("ETH/USDT", "3000");
        floor.run(seconds{2});
        const auto problems = floor.trader().problems(*floor.trader().find_strategy(id));
        return std::any_of(problems.begin(), problems.end(), [](const auto& one) { return one.english.find("Trading is closed") != std::string::npos; });
    };
    CHECK(refused());
    floor.restart_from_checkpoint();
    CHECK(refused());
    CHECK(floor.trader().doubts(floor.trader().find_strategy(id)->settings).empty());
    CHECK_FALSE(floor.event([&](engine::Now now) { return floor.trader().enable(now, id); }).has_value());
    // The exchange takes orders again: the exit shows it.
    floor.transport->instead = {};
    floor.run(std::chrono::minutes{20});
    CHECK_FALSE(form(*closing).holds());
    CHECK_FALSE(refused());
}

TEST_CASE("orders go over the family of their connection, from the first entry to the exit, over a restart") {
    for (const auto family : {ports::Family::v4, ports::Family::v6}) {
        CAPTURE(ports::to_string(family));
        TradingFloor floor{{.family = family}};
        floor.start();
        floor.price("ETH/USDT", "3000");
        floor.add_strategy(settings("spot", "ETH/USDT"));
        CHECK(floor.signal("Ladder", "ETH/USDT", SignalKind::entry).outcome == "OPENED");
        floor.kill();
        floor.start();
        floor.run(seconds{10});
        floor.price("ETH/USDT", "3100");
        floor.run(seconds{10});
        int orders = 0;
        for (const auto& one : floor.transport->sent) {
            if (one.method == wire::Method::get || one.path.find("orders") == std::string::npos) continue;
            ++orders;
            CHECK(one.family == family);
        }
        CHECK(orders >= 2);
        CHECK(floor.only_group() == nullptr);
    }
}

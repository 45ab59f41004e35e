// Hard stops of groups: at the exchange where one can rest there, by BackFuture alone elsewhere; over everything from the signal to the
// closed group.
#include "engine/group_json.hpp"
#include "support/trading_floor.hpp"

#include <algorithm>

using namespace bf;
using test::TradingFloor;
using trading::SignalKind;

namespace {

const std::string kPair = "ETH/USDT:USDT";

std::string settings(const std::string& market, const std::string& pair, const std::string& direction = "long") {
    return R"({"name":"Ladder","connection":"Main","market":")" + market + R"(","pairs":[")" + pair + R"("],"directions":[")" + direction + R"("],"risk_level":"low",
        "margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},
        "entry":{"base_order":"300","max_slippage_pct":"0.20","max_spread_pct":"0.50"},
        "add_on":{"max":3,"zone_step_pct":"2","size_multiplier":"1.0","cooldown_s":0},
        "exit":{"take_profit_pct":"1.0","hard_stop_pct":"12"},"recovery":{"adverse_move_pct":"50"}})";
}

/// A group of ETH that holds something, with its exit and its stop where they belong.
struct Guarded : TradingFloor {
    engine::GroupNumber number{0};

    explicit Guarded(const std::string& exchange = "kucoin", const std::string& direction = "long", std::uint64_t seed = 1)
        : TradingFloor{{.exchange = exchange, .market = market::Market::futures, .seed = seed}} {
        start();
        price(kPair, "3000");
        add_strategy(settings("futures", kPair, direction));
        trading::Direction way = direction == "long" ? trading::Direction::long_side : trading::Direction::short_side;
        REQUIRE(signal("Ladder", kPair, SignalKind::entry, way).outcome == "OPENED");
        number = only_group()->number();
        run(seconds{3});
    }
    [[nodiscard]] const engine::LiveGroup& group() { return *trader().find_group(number); }
    [[nodiscard]] bool open() { return trader().find_group(number) != nullptr; }
    /// The exchange's own record: stops that wait.
    std::vector<const simulator::Order*> stops() {
        std::vector<const simulator::Order*> found;
        for (const auto* order : truth().orders)
            if (order->waiting) found.push_back(order);
        return found;
    }
    Decimal position() {
        Decimal sum;
        for (const auto& one : truth().positions) sum += one.quantity;
        return sum;
    }
    Decimal sold() {
        Decimal sum;
        for (const auto* fill : truth().fills)
            if (fill->closes) sum += fill->quantity;
        return sum;
    }
    Decimal bought() {
        Decimal sum;
        for (const auto* fill : truth().fills)
            if (!fill->closes) sum += fill->quantity;
        return sum;
    }
    wire::Json json() {
        std::string text;
        wire::JsonWriter out{text};
        out.begin_object();
        engine::write_group(out, trader(), group());
        engine::write_group_details(out, trader(), group());
        out.end_object();
        return wire::Json::parse(text).value();
    }
    [[nodiscard]] bool alarmed(const std::string& code) {
        return std::any_of(store.kept_alarms.begin(), store.kept_alarms.end(), [&](const auto& alarm) { return alarm.document.find("\"" + code + "\"") != std::string::npos; });
    }
    /// The group is over as `reason`, the exchange holds nothing of it, sold what was bought and not more, and nothing waits there.
    void check_over(const std::string& reason) {
        CHECK_FALSE(open());
        REQUIRE(store.kept_groups.contains(number));
        const auto document = wire::Json::parse(store.kept_groups.at(number).document).value();
        CHECK(document["close_reason"].text() == reason);
        CHECK(position().is_zero());
        CHECK(stops().empty());
        CHECK(bought().is_positive());
        CHECK(sold() == bought());
        Decimal in, out;
        const auto fills = document["fills"];
        for (std::size_t i = 0; i < fills.size(); ++i) (fills.at(i)["side"].text() == "buy" ? in : out) += fills.at(i)["quantity"].decimal().value();
        CHECK(in == out);
        CHECK(in == bought());
        for (const auto* order : truth().orders) CHECK_FALSE(order->is_open());
        // What went through the book went when no stop was there any more that could sell the same.
        for (const auto* close : truth().orders) {
            if (!close->request.reduce_only || close->request.trigger || close->request.time_in_force != market::TimeInForce::ioc) continue;
            for (const auto* stop : truth().orders)
                if (stop->request.trigger) CHECK(stop->updated_at <= close->created_at);
        }
        CHECK(troubles.empty());
    }
};

}  // namespace

TEST_CASE("a group's hard stop waits at the exchange for all that is held, follows each fill, and goes when the group is sold") {
    Guarded floor;
    REQUIRE(floor.stops().size() == 1);
    const auto first = *floor.stops().front();
    CHECK(first.request.reduce_only);
    CHECK(first.request.type == market::OrderType::market);
    CHECK(first.request.trigger->of == simulator::Trigger::Of::mark);
    CHECK(first.request.trigger->way == simulator::Trigger::Way::at_or_below);
    CHECK(first.quantity == floor.position());
    const auto stop = floor.json()["hard_stop"].decimal().value();
    CHECK(first.request.trigger->price == stop);
    CHECK(abs(stop - "2640"_d) < Decimal{5});
    CHECK(floor.json()["hard_stop_resting"].boolean() == true);
    CHECK(floor.json()["hard_stop_local_why"].is_null());
    CHECK(floor.json()["hard_stop_order"]["price"].decimal() == stop);
    // The exit rests beside it.
    CHECK(floor.group().exit().current()->stage() == engine::Stage::open);
    CHECK_FALSE(floor.group().facts().order_in_flight);

    floor.price(kPair, "2938");
    CHECK(floor.signal("Ladder", kPair, SignalKind::entry).outcome == "ADDED");
    floor.run(seconds{3});
    REQUIRE(floor.stops().size() == 1);
    CHECK(floor.stops().front()->id != first.id);
    CHECK(floor.stops().front()->quantity == floor.position());
    CHECK(floor.stops().front()->request.trigger->price == floor.json()["hard_stop"].decimal());
    CHECK(floor.stops().front()->request.trigger->price < stop);

    floor.price(kPair, "3100");
    floor.run(seconds{5});
    floor.check_over("take_profit");
}

TEST_CASE("the process is dead when the price falls through the stop: the exchange sells, and the next life books it and ends the group") {
    for (const char* direction : {"long", "short"}) {
        CAPTURE(direction);
        Guarded floor{"kucoin", direction};
        const bool is_long = std::string{direction} == "long";
        const auto before = floor.position();
        floor.kill();
        floor.run(seconds{20});
        floor.admin("price", R"({"exchange":"kucoin","symbol":"ETH/USDT:USDT","price":")" + std::string{is_long ? "2500" : "3500"} + "\"}");
        floor.run(seconds{5});
        CHECK(floor.position().is_zero());
        CHECK(floor.sold() == before);
        floor.start();
        floor.run(seconds{15});
        floor.check_over("hard_stop");
        CHECK(floor.alarmed("HARD_STOP"));
        CHECK_FALSE(floor.alarmed("STOP_DID_NOT_FIRE"));
        CHECK_FALSE(floor.alarmed("GROUP_DESYNC"));
    }
}

TEST_CASE("the disk is full when the hard stop is reached: its alarm is told at once all the same, and stored when there is room") {
    Guarded floor;
    floor.store.full = true;
    floor.price(kPair, "2500");
    floor.run(seconds{15});
    const auto told = [&] {
        return std::count_if(floor.alarms_told.begin(), floor.alarms_told.end(), [](const auto& alarm) { return alarm.document.find("\"HARD_STOP\"") != std::string::npos; });
    };
    CHECK(told() == 1);
    CHECK_FALSE(floor.alarmed("HARD_STOP"));
    floor.store.full = false;
    floor.run(seconds{6});
    CHECK(floor.alarmed("HARD_STOP"));
    CHECK(told() == 1);
}

TEST_CASE("the price falls through the stop while BackFuture runs: one of the two sells, not both") {
    Guarded floor;
    floor.price(kPair, "2500");
    floor.run(seconds{15});
    floor.check_over("hard_stop");
    CHECK(floor.alarmed("HARD_STOP"));
    CHECK_FALSE(floor.alarmed("STOP_DID_NOT_FIRE"));
    // The exchange's stop did it: no order of ours went through the book.
    for (const auto* order : floor.truth().orders) CHECK((order->request.trigger || !order->request.reduce_only || order->filled.is_zero()));
}

TEST_CASE("a stop that does not fire in time is taken back, and BackFuture sells itself, once") {
    Guarded floor;
    floor.world->exchange("kucoin")->hold_stops(true);
    floor.price(kPair, "2600");
    CHECK(floor.group().closing_why().empty());
    CHECK(floor.position().is_positive());
    SUBCASE("it never fires") {
        floor.run(seconds{10});
        floor.check_over("hard_stop");
        CHECK(floor.alarmed("STOP_DID_NOT_FIRE"));
    }
    SUBCASE("it fires late, beside the taking back") {
        floor.clock.after(milliseconds{2'300}, [&] { floor.world->exchange("kucoin")->hold_stops(false); });
        floor.run(seconds{10});
        floor.check_over("hard_stop");
    }
    SUBCASE("the price comes back: the stop waits on") {
        floor.price(kPair, "2900");
        floor.world->exchange("kucoin")->hold_stops(false);
        floor.run(seconds{20});
        CHECK(floor.open());
        CHECK(floor.group().closing_why().empty());
        CHECK(floor.stops().size() == 1);
    }
}

TEST_CASE("the user closes: the stop is withdrawn first, and nothing of the group waits at the exchange when it is over") {
    Guarded floor;
    REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, floor.number, "user"); }).has_value());
    floor.run(seconds{10});
    floor.check_over("user");
}

TEST_CASE("a cancel that does not get through: nothing goes through the book and the group is not over before the stop is known to have ended") {
    Guarded floor;
    bool broken = true;
    floor.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
        if (!broken || request.method != wire::Method::del) return std::nullopt;
        return Result<wire::Response>{Unexpected{Error{ErrorKind::unreachable, "no answer", Fate::unknown}}};
    };
    SUBCASE("the user closes") {
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, floor.number, "user"); }).has_value());
        floor.run(seconds{4});
        CHECK(floor.position().is_positive());
        REQUIRE(floor.open());
        broken = false;
        floor.run(seconds{20});
        floor.check_over("user");
    }
    SUBCASE("the exit sold") {
        floor.price(kPair, "3100");
        floor.run(seconds{4});
        CHECK(floor.position().is_zero());
        CHECK(floor.stops().size() == 1);
        REQUIRE(floor.open());
        CHECK(floor.group().facts().state == trading::GroupState::closing);
        broken = false;
        floor.run(seconds{20});
        floor.check_over("take_profit");
    }
    SUBCASE("it does not get through for long: what only reduces can't sell more than is held, so the close goes on, and the group waits") {
        REQUIRE(floor.event([&](engine::Now now) { return floor.trader().close(now, floor.number, "user"); }).has_value());
        // The exit that rests has to be taken back first as well; somebody does it at the exchange.
        for (const auto* order : floor.truth().orders)
            if (order->is_open() && !order->waiting) REQUIRE(floor.world->exchange("kucoin")->cancel(floor.truth(), *order).has_value());
        floor.run(seconds{30});
        CHECK(floor.position().is_zero());
        CHECK(floor.stops().size() == 1);
        REQUIRE(floor.open());
        broken = false;
        floor.run(seconds{30});
        CHECK_FALSE(floor.open());
        CHECK(floor.stops().empty());
        CHECK(floor.sold() == floor.bought());
    }
}

TEST_CASE("a group sold by its exit while the process was dead takes its stop back at the next start, before it can sell anything else") {
    Guarded floor;
    floor.kill();
    floor.admin("price", R"({"exchange":"kucoin","symbol":"ETH/USDT:USDT","price":"3100"})");
    floor.run(seconds{5});
    CHECK(floor.position().is_zero());
    CHECK(floor.stops().size() == 1);
    SUBCASE("at once") {}
    SUBCASE("after the price went through the stop, which had nothing to sell any more") {
        floor.admin("price", R"({"exchange":"kucoin","symbol":"ETH/USDT:USDT","price":"2500"})");
        floor.run(seconds{5});
        CHECK(floor.stops().empty());
    }
    floor.start();
    floor.run(seconds{15});
    floor.check_over("take_profit");
}

TEST_CASE("a stop that somebody takes off the exchange is placed again, and the user is told") {
    Guarded floor;
    const auto* stop = floor.stops().front();
    REQUIRE(floor.world->exchange("kucoin")->cancel(floor.truth(), *stop).has_value());
    floor.run(seconds{40});
    REQUIRE(floor.stops().size() == 1);
    CHECK(floor.stops().front()->id != stop->id);
    CHECK(floor.alarmed("STOP_TAKEN_BACK"));
}

TEST_CASE("a stop and an exit that the exchange ends by itself each time: that is told once, in those words, and again when it was over and begins anew") {
    Guarded floor;
    const auto told = [&](const std::string& code, const std::string& words) {
        return std::count_if(floor.store.kept_alarms.begin(), floor.store.kept_alarms.end(), [&](const auto& alarm) {
            return alarm.document.find("\"" + code + "\"") != std::string::npos && alarm.document.find(words) != std::string::npos;
        });
    };
    const auto end_all = [&](seconds span) {
        for (int i = 0; i < span.count(); ++i) {
            floor.run(seconds{1});
            for (const auto* order : floor.truth().orders)
                if (order->request.reduce_only && (order->waiting || order->is_open())) static_cast<void>(floor.world->exchange("kucoin")->cancel(floor.truth(), *order));
        }
    };
    end_all(seconds{1'200});
    CHECK(told("STOP_TAKEN_BACK", "somebody else") == 1);
    CHECK(told("STOP_NOT_RESTING", "ends it before it fires, 3 times in a row") == 1);
    CHECK(told("STOP_NOT_RESTING", "beëindigt hem voordat hij afgaat") == 1);
    CHECK(told("EXIT_TAKEN_BACK", "ends it by itself, 3 times in a row") == 1);
    CHECK(told("EXIT_TAKEN_BACK", "") == 1);
    floor.run(std::chrono::minutes{10});
    CHECK(floor.stops().size() == 1);
    CHECK(floor.group().exit().state() == engine::ExitKeeper::State::working);
    end_all(seconds{600});
    CHECK(told("STOP_TAKEN_BACK", "") == 2);
    CHECK(told("EXIT_TAKEN_BACK", "") == 2);
}

TEST_CASE("where no stop can rest, the group says why and BackFuture closes itself") {
    struct Row { const char* exchange; market::Market market; const char* pair; const char* why; };
    const Row rows[] = {{"mexc", market::Market::spot, "ETH/USDT", "no_such_order"}, {"mexc", market::Market::futures, "ETH/USDT:USDT", "no_name"}, {"kucoin", market::Market::spot, "ETH/USDT", "unproven"}};
    for (const auto& row : rows) {
        CAPTURE(row.exchange);
        CAPTURE(row.pair);
        TradingFloor floor{{.exchange = row.exchange, .market = row.market}};
        floor.start();
        floor.price(row.pair, "3000");
        floor.add_strategy(settings(std::string{to_string(row.market)}, row.pair));
        REQUIRE(floor.signal("Ladder", row.pair, SignalKind::entry).outcome == "OPENED");
        floor.run(seconds{3});
        std::string text;
        wire::JsonWriter out{text};
        out.begin_object();
        engine::write_group(out, floor.trader(), *floor.only_group());
        out.end_object();
        const auto json = wire::Json::parse(text).value();
        CHECK(json["hard_stop"].decimal().has_value());
        CHECK(json["hard_stop_resting"].boolean() == false);
        CHECK(json["hard_stop_order"].is_null());
        CHECK(json["hard_stop_local_why"].text() == row.why);
        const auto number = floor.only_group()->number();
        floor.price(row.pair, "2600");
        floor.run(seconds{5});
        REQUIRE(floor.store.kept_groups.contains(number));
        CHECK(floor.store.kept_groups.at(number).document.find(R"("close_reason":"hard_stop")") != std::string::npos);
        for (const auto* order : floor.truth().orders) CHECK_FALSE(order->request.trigger.has_value());
    }
}

// Orders and fills on the account that were not ordered here: one alarm for each connection, at once, that counts what follows, whatever
// number of them there is, over restarts and kills, and a new one after somebody has seen it.
#include "support/trading_floor.hpp"

#include <algorithm>

using namespace bf;
using test::TradingFloor;

namespace {

struct Floor : TradingFloor {
    explicit Floor(bool pro = false) : TradingFloor{{.pro = pro}} {
        start();
        run(seconds{2});
        REQUIRE(store.kept_alarms.empty());
    }
    void stranger(const std::string& order, const std::string& pair = "ETH-USDT", const std::string& connection = "main") {
        market::Order report;
        report.id = order;
        report.native_symbol = pair;
        report.status = market::OrderStatus::open;
        event([&](engine::Now now) { trader().on_order(now, connection, report); });
    }
    void strangers_fill(const std::string& order, const std::string& pair = "ETH-USDT") {
        market::Fill fill;
        fill.id = "fill of " + order;
        fill.order_id = order;
        fill.native_symbol = pair;
        event([&](engine::Now now) { trader().on_fill(now, "main", fill); });
    }
    void acknowledge(std::int64_t alarm) { CHECK(event([&](engine::Now now) { return trader().acknowledge_alarm(now, alarm); }).has_value()); }
    void restart() {
        kill();
        run(seconds{1});
        start();
        run(seconds{2});
    }
    const std::vector<ports::StoredAlarm>& alarms() { return store.kept_alarms; }
    std::string text(std::size_t alarm, const char* language = "text_en") {
        const auto json = wire::Json::parse(alarms().at(alarm).document).value();
        return std::string{json[language].text().value_or("")};
    }
    std::int64_t more(std::size_t alarm) {
        const auto json = wire::Json::parse(alarms().at(alarm).document).value();
        return json["foreign"]["more"].integer().value_or(-1);
    }
};

bool begins(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }
bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a program that trades beside BackFuture is one alarm, however much it trades, and few writes") {
    Floor floor;
    floor.stranger("bot-0");
    REQUIRE(floor.alarms().size() == 1);
    CHECK(begins(floor.text(0), "Something on this account was not ordered by BackFuture: order bot-0 on ETH-USDT. If it is not yours"));
    for (int i = 1; i <= 6'000; ++i) {
        floor.stranger("bot-" + std::to_string(i), i % 3 == 0 ? "BTC-USDT" : "ETH-USDT");
        floor.strangers_fill("bot-" + std::to_string(i), i % 3 == 0 ? "BTC-USDT" : "ETH-USDT");
        if (i % 10 == 0) floor.run(seconds{1});
    }
    floor.run(std::chrono::minutes{11});
    REQUIRE(floor.alarms().size() == 1);
    CHECK(floor.more(0) == 6'000);
    CHECK_MESSAGE(says(floor.text(0), "and 6000 more since (ETH-USDT 4000, BTC-USDT 2000), the last at 2026-"), floor.text(0));
    CHECK_MESSAGE(says(floor.text(0, "text_nl"), "en sindsdien nog 6000 (ETH-USDT 4000, BTC-USDT 2000), de laatste om 2026-"), floor.text(0, "text_nl"));
    // Ten minutes of it: after 5, 10, 20, 40 … seconds.
    MESSAGE(floor.store.alarms_amended, " times written");
    CHECK(floor.store.alarms_amended <= 12);
    CHECK(floor.troubles.empty());
}

TEST_CASE("a thousand pairs do not grow the alarm") {
    Floor floor;
    for (int i = 0; i < 1'001; ++i) floor.stranger("bot-" + std::to_string(i), "P" + std::to_string(i) + "-USDT");
    floor.run(seconds{10});
    REQUIRE(floor.alarms().size() == 1);
    CHECK(floor.more(0) == 1'000);
    CHECK(floor.alarms()[0].document.size() < 4'000);
    CHECK_MESSAGE(says(floor.text(0), ", others 995)"), floor.text(0));
}

TEST_CASE("each connection has an alarm of its own") {
    Floor floor{true};
    floor.stranger("a");
    floor.stranger("b", "BTC-USDT", "pro");
    floor.stranger("c");
    floor.run(seconds{10});
    REQUIRE(floor.alarms().size() == 2);
    CHECK(floor.more(0) == 1);
    CHECK(floor.more(1) == 0);
    CHECK(says(floor.alarms()[1].document, R"("connection":"pro")"));
}

TEST_CASE("after it was acknowledged the next one is a new alarm, at once; what was in it is not told again, after a restart neither") {
    Floor floor;
    floor.stranger("a");
    floor.stranger("b");
    floor.run(seconds{10});
    floor.acknowledge(1);
    floor.stranger("a");
    floor.stranger("b");
    CHECK(floor.alarms().size() == 1);
    floor.restart();
    floor.stranger("a");
    floor.stranger("b");
    CHECK(floor.alarms().size() == 1);
    floor.stranger("c");
    REQUIRE(floor.alarms().size() == 2);
    CHECK(begins(floor.text(1), "Something on this account was not ordered by BackFuture: order c on ETH-USDT. "));
    CHECK_FALSE(floor.alarms()[1].acknowledged);
    CHECK(floor.more(0) == 1);
    // Acknowledging what is over or unknown changes nothing.
    floor.acknowledge(1);
    CHECK_FALSE(floor.event([&](engine::Now now) { return floor.trader().acknowledge_alarm(now, 99); }).has_value());
    floor.stranger("d");
    floor.run(seconds{10});
    CHECK(floor.alarms().size() == 2);
    CHECK(floor.more(1) == 1);
}

TEST_CASE("whoever acknowledges has seen what the alarm said, not what came since it was last written") {
    Floor floor;
    floor.stranger("a");
    floor.stranger("b", "BTC-USDT");
    floor.stranger("c");
    CHECK(floor.more(0) == 0);
    floor.acknowledge(1);
    REQUIRE(floor.alarms().size() == 2);
    CHECK(floor.alarms()[0].acknowledged);
    CHECK(says(floor.text(1), "order b on BTC-USDT, and 1 more since (ETH-USDT 1)"));
    floor.run(milliseconds{10});
    floor.restart();
    for (const char* known : {"a", "b", "c"}) floor.stranger(known);
    floor.run(seconds{10});
    CHECK(floor.alarms().size() == 2);
    CHECK(floor.more(1) == 1);
}

TEST_CASE("an alarm that nobody has seen counts on after a restart, also when only a checkpoint knows what was told") {
    Floor floor;
    for (const char* order : {"a", "b", "c"}) floor.stranger(order);
    floor.run(seconds{10});
    CHECK(floor.more(0) == 2);
    for (int i = 0; i < 4; ++i) {
        floor.life->performer.checkpoint();
        floor.run(seconds{1});
    }
    floor.restart();
    for (const char* order : {"a", "b", "c", "d"}) floor.stranger(order);
    floor.run(seconds{10});
    REQUIRE(floor.alarms().size() == 1);
    CHECK(floor.more(0) == 3);
    CHECK(begins(floor.text(0), "Something on this account was not ordered by BackFuture: order a on ETH-USDT, and 3 more since (ETH-USDT 3)"));
    // Killed before what came is written: it is told again, so it is counted after all.
    floor.stranger("e");
    floor.run(milliseconds{10});
    floor.stranger("f");
    floor.kill();
    floor.run(seconds{1});
    floor.start();
    for (const char* order : {"d", "e", "f"}) floor.stranger(order);
    floor.run(seconds{20});
    CHECK(floor.alarms().size() == 1);
    CHECK(floor.more(0) == 5);
}

TEST_CASE("a full disk keeps the alarm from being stored, not from being told: at once, as it counts, no oftener than with room, and stored later") {
    Floor floor;
    floor.store.full = true;
    floor.stranger("a");
    REQUIRE(floor.alarms_told.size() == 1);
    CHECK(floor.alarms_told[0].id < 0);
    for (int i = 0; i < 60; ++i) {
        floor.stranger("b" + std::to_string(i));
        floor.run(seconds{1});
    }
    CHECK(floor.alarms().empty());
    CHECK_FALSE(floor.troubles.empty());
    // After 5, 10, 20, 40 seconds.
    CHECK(floor.alarms_told.size() == 5);
    CHECK(floor.trader().alarms(100).value().size() == 1);
    floor.store.full = false;
    floor.run(seconds{90});
    REQUIRE(floor.alarms().size() == 1);
    CHECK(floor.more(0) == 60);
    CHECK(floor.alarms_told.back().id == 1);
    // It is the same alarm, and what it told is told.
    floor.stranger("a");
    floor.stranger("b59");
    floor.restart();
    floor.stranger("b7");
    floor.run(seconds{20});
    CHECK(floor.alarms().size() == 1);
    CHECK(floor.more(0) == 60);
    floor.acknowledge(1);
    floor.stranger("c");
    CHECK(floor.alarms().size() == 2);
}

TEST_CASE("what is still untold when the store takes the alarm again is not taken for told") {
    Floor floor;
    floor.store.full = true;
    floor.stranger("a");
    floor.run(milliseconds{4'500});
    floor.stranger("b");
    floor.stranger("c");
    floor.run(milliseconds{300});
    floor.store.full = false;
    floor.run(seconds{30});
    REQUIRE(floor.alarms().size() == 1);
    CHECK(floor.more(0) == 2);
    floor.restart();
    for (const char* order : {"a", "b", "c"}) floor.stranger(order);
    floor.run(seconds{20});
    CHECK(floor.more(0) == 2);
}

TEST_CASE("killed before the alarm could be kept, the next life tells it") {
    Floor floor;
    floor.store.full = true;
    floor.stranger("a");
    floor.run(seconds{2});
    floor.kill();
    floor.run(seconds{1});
    floor.store.full = false;
    floor.start();
    floor.stranger("a");
    CHECK(floor.alarms().size() == 1);
}

#include "engine/name_table.hpp"
#include "engine/orders.hpp"
#include "engine/records.hpp"

#include <doctest/doctest.h>

using namespace bf;
using engine::End;
using engine::Intent;
using engine::OrderNumber;
using engine::RecordKind;

namespace {

Intent exit_of(OrderNumber number, std::string client_id, std::uint32_t attempt) {
    Intent intent;
    intent.plan.connection = "main";
    intent.plan.symbol = {"ETH", "USDT", ""};
    intent.plan.side = market::Side::sell;
    intent.plan.quantity = "0.5"_d;
    intent.plan.price = "3100"_d;
    intent.plan.purpose = engine::Purpose::exit;
    intent.plan.group = 1;
    intent.number = number;
    intent.attempt = attempt;
    intent.client_id = std::move(client_id);
    intent.at = Instant::from_ms(1'790'000'000'000 + static_cast<std::int64_t>(number));
    return intent;
}

Status replay(engine::Orders& orders, const engine::Record& record) {
    std::string bytes;
    engine::write_record(bytes, record);
    return orders.replay(engine::kind_of(record), bytes);
}

/// Three exits: two were replaced and ended with nothing, the last one rests.
void replay_three(engine::Orders& orders) {
    for (OrderNumber number = 1; number <= 3; ++number) {
        REQUIRE(replay(orders, exit_of(number, "bf1-" + std::to_string(number), static_cast<std::uint32_t>(number))).has_value());
        REQUIRE(replay(orders, engine::AcceptedRecord{number, "x" + std::to_string(number)}).has_value());
        if (number < 3) REQUIRE(replay(orders, engine::FinishedRecord{number, End::canceled, {}}).has_value());
    }
}

std::vector<OrderNumber> numbers(const std::function<void(const std::function<void(const engine::Order&)>&)>& each) {
    std::vector<OrderNumber> all;
    each([&](const engine::Order& order) { all.push_back(order.intent().number); });
    return all;
}

const engine::Now kNow{Instant::from_ms(1'790'000'100'000), std::chrono::seconds{100}};

}  // namespace

TEST_CASE("a journal with two orders of one number or one client order id is damaged; the same record again is not") {
    engine::Orders orders{1};
    replay_three(orders);
    CHECK(replay(orders, exit_of(2, "bf1-2", 2)).has_value());
    const auto other = replay(orders, exit_of(2, "bf1-4", 4));
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().kind == ErrorKind::damaged);
    SUBCASE("as it is") { CHECK(orders.end_replay().has_value()); }
    SUBCASE("one id twice, in another case") {
        CHECK(replay(orders, exit_of(4, "BF1-1", 4)).has_value());
        const auto ended = orders.end_replay();
        REQUIRE_FALSE(ended.has_value());
        CHECK(ended.error().kind == ErrorKind::damaged);
    }
    SUBCASE("one of them was filled") {
        REQUIRE(replay(orders, exit_of(4, "bf1-1", 4)).has_value());
        REQUIRE(replay(orders, engine::FillRecord{4, {"t1", "3100"_d, "0.5"_d, {}, {}, kNow.wall}}).has_value());
        CHECK_FALSE(orders.end_replay().has_value());
    }
    SUBCASE("both were filled") {
        REQUIRE(replay(orders, exit_of(4, "bf1-3", 4)).has_value());
        REQUIRE(replay(orders, engine::FillRecord{3, {"t1", "3100"_d, "0.5"_d, {}, {}, kNow.wall}}).has_value());
        REQUIRE(replay(orders, engine::FillRecord{4, {"t2", "3100"_d, "0.5"_d, {}, {}, kNow.wall}}).has_value());
        CHECK_FALSE(orders.end_replay().has_value());
    }
    SUBCASE("an end with fills that the journal does not hold") { CHECK_FALSE(replay(orders, engine::FinishedRecord{3, End::filled, "0.5"_d}).has_value()); }
    SUBCASE("something of an order that it does not hold") { CHECK(replay(orders, engine::AcceptedRecord{9, "x9"}).error().code == "unknown_order"); }
}

TEST_CASE("an order of an earlier life that ended with nothing is still known by all its names") {
    engine::Orders orders{1};
    replay_three(orders);
    REQUIRE(orders.end_replay().has_value());
    CHECK(orders.unfinished() == 1);
    CHECK(numbers([&](const auto& visit) { orders.each_whole(visit); }) == std::vector<OrderNumber>{3});
    CHECK(numbers([&](const auto& visit) { orders.each(1, visit); }) == std::vector<OrderNumber>{1, 2, 3});
    CHECK(numbers([&](const auto& visit) { orders.each(visit); }).size() == 3);
    CHECK(numbers([&](const auto& visit) { orders.each(visit, exit_of(2, "", 0).at); }).size() == 2);
    CHECK(orders.find_whole(1) == nullptr);
    const auto wanted = exit_of(1, "bf1-1", 1);
    market::Fill late{.id = "t9", .native_symbol = "ETH-USDT", .side = market::Side::sell, .price = "3100"_d, .quantity = "0.5"_d, .fee = market::Amount{"USDT", "1.5"_d}};
    SUBCASE("asked for") {
        REQUIRE(orders.find("BF1-1") != nullptr);
        CHECK(orders.find("BF1-1")->intent() == wanted);
        CHECK(orders.find(1)->end() == End::canceled);
        CHECK(orders.find(1)->exchange_id() == "x1");
    }
    SUBCASE("a fill of it is told late, under our name") { late.client_order_id = "bf1-1"; }
    SUBCASE("a fill of it is told late, under the exchange's") { late.order_id = "x1"; }
    if (late.client_order_id || late.order_id) {
        orders.on_fill(kNow, "main", late);
        REQUIRE(orders.find_whole(1) != nullptr);
        CHECK(orders.find_whole(1)->intent() == wanted);
        CHECK(orders.find_whole(1)->booked() == "0.5"_d);
        CHECK(numbers([&](const auto& visit) { orders.each(1, visit); }) == std::vector<OrderNumber>{1, 2, 3});
        CHECK(numbers([&](const auto& visit) { orders.each_whole(visit); }) == std::vector<OrderNumber>{1, 3});
    }
    // Its group is over: nothing of it is kept but that it was ours.
    orders.forget(1);
    CHECK(orders.find("bf1-2") == nullptr);
    CHECK(orders.past().front() == std::pair<std::string, std::string>{"main", "x1"});
    CHECK(numbers([&](const auto& visit) { orders.each(visit); }) == std::vector<OrderNumber>{3});
}

TEST_CASE("orders of a group that ends within the journal are gone, and their numbers may come again") {
    engine::Orders orders{1};
    replay_three(orders);
    orders.forget(1);
    CHECK(orders.find(1) == nullptr);
    CHECK(orders.unfinished() == 1);
    CHECK(replay(orders, exit_of(1, "bf1-1", 1)).has_value());
    CHECK(orders.end_replay().has_value());
    CHECK(numbers([&](const auto& visit) { orders.each(1, visit); }).size() == 2);
}

TEST_CASE("names of one hash are told apart, and a name that was given again means the last one") {
    const std::vector<std::string> names{"a", "b", "a", "c"};
    const engine::NameIndex index{std::vector<engine::NameIndex::Entry>{{7, 0}, {7, 1}, {7, 2}, {UINT64_MAX, 3}}};
    const auto find = [&](std::uint64_t hash, const std::string& name) { return index.find(hash, [&](OrderNumber number) { return names[number] == name; }); };
    CHECK(find(7, "a") == OrderNumber{2});
    CHECK(find(7, "b") == OrderNumber{1});
    CHECK_FALSE(find(7, "c"));
    CHECK(find(UINT64_MAX, "c") == OrderNumber{3});
    CHECK_FALSE(find(8, "a"));
    CHECK_FALSE(engine::NameIndex{}.find(7, [](OrderNumber) { return true; }));
    CHECK(index.any_twice([&](OrderNumber a, OrderNumber b) { return names[a] == names[b]; }));
    CHECK_FALSE(index.any_twice([](OrderNumber, OrderNumber) { return false; }));
}

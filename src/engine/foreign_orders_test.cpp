#include "engine/foreign_orders.hpp"

#include <doctest/doctest.h>

#include <vector>

using bf::engine::ForeignOrders;

TEST_CASE("an order that is not ours is told once, however often it is seen") {
    ForeignOrders orders;
    orders.note("main", "1");
    CHECK(orders.contains("main", "1"));
    CHECK(orders.tell("main", "1"));
    CHECK_FALSE(orders.tell("main", "1"));
    CHECK_MESSAGE(orders.tell("pro", "1"), "another account's order may have the same number");
    orders.forget("main");
    CHECK_FALSE(orders.contains("main", "1"));
    CHECK(orders.contains("pro", "1"));
}

TEST_CASE("what rests and is seen again and again outlives a flood; memory has a bound for each connection") {
    ForeignOrders orders;
    CHECK(orders.tell("main", "resting"));
    CHECK(orders.tell("pro", "quiet"));
    for (std::size_t i = 0; i < ForeignOrders::kKept * 20; ++i) {
        CHECK(orders.tell("main", std::to_string(i)));
        if (i % 1'000 == 0) CHECK_FALSE(orders.tell("main", "resting"));
    }
    CHECK(orders.count("main") == ForeignOrders::kKept);
    CHECK_FALSE(orders.tell("main", "resting"));
    CHECK_FALSE(orders.tell("pro", "quiet"));
    CHECK_MESSAGE(orders.tell("main", "0"), "a forgotten one that comes back is told, never swallowed");
}

TEST_CASE("what a restart needs: those told, the latest of each connection, in their order") {
    ForeignOrders orders;
    for (const char* id : {"a", "b", "c", "d"}) CHECK(orders.tell("main", id));
    orders.note("main", "not told");
    CHECK(orders.tell("pro", "x"));
    std::vector<std::string> found;
    orders.each_told(3, [&](const std::string& connection, std::string_view id) { found.push_back(connection + ' ' + std::string{id}); });
    CHECK(found == std::vector<std::string>{"main b", "main c", "main d", "pro x"});
}

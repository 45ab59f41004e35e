#include "server/hook_gate.hpp"

#include <doctest/doctest.h>

using namespace bf;

TEST_CASE("a burst passes, then the steady rate; one sender's flood leaves room for another") {
    server::HookGate gate;
    auto now = Instant::from_ms(1'000'000);
    int passed = 0;
    for (int i = 0; i < 1000; ++i) passed += gate.admits("203.0.113.7", "", now) ? 1 : 0;
    CHECK(passed == 60);
    CHECK(gate.admits("203.0.113.8", "", now));
    now = now + milliseconds{1000};
    passed = 0;
    for (int i = 0; i < 1000; ++i) passed += gate.admits("203.0.113.7", "", now) ? 1 : 0;
    CHECK(passed == 10);
    // The clock is set back: no room appears.
    CHECK_FALSE(gate.admits("203.0.113.7", "", now - milliseconds{60'000}));
}

TEST_CASE("all senders together have a bound too") {
    server::HookGate gate;
    const auto now = Instant::from_ms(1'000'000);
    int passed = 0;
    for (int peer = 0; peer < 50; ++peer)
        for (int i = 0; i < 30; ++i) passed += gate.admits("198.51.100." + std::to_string(peer), "", now) ? 1 : 0;
    CHECK(passed == 300);
}

TEST_CASE("a flood of strangers turns away no signal to an address that is a strategy's, and that has a bound of its own") {
    server::HookGate gate;
    auto now = Instant::from_ms(1'000'000);
    gate.know_all({"mine", "another's"});
    const auto flood = [&] {
        for (int peer = 0; peer < 50; ++peer)
            for (int i = 0; i < 60; ++i) gate.admits("198.51.100." + std::to_string(peer), "guess" + std::to_string(i), now);
    };
    flood();
    CHECK_FALSE(gate.admits("203.0.113.7", "unknown", now));
    int passed = 0;
    for (int i = 0; i < 1000; ++i) passed += gate.admits("203.0.113.7", "mine", now) ? 1 : 0;
    CHECK(passed == 60);
    // Many strategies of one sender don't wait for each other.
    CHECK(gate.admits("203.0.113.7", "another's", now));
    now = now + milliseconds{1000};
    flood();
    CHECK(gate.admits("203.0.113.7", "mine", now));
    // Told anew it forgets the addresses that are gone, and gives nothing back.
    for (int i = 0; i < 100; ++i) gate.admits("203.0.113.7", "mine", now);
    gate.know_all({"mine"});
    CHECK_FALSE(gate.admits("203.0.113.7", "mine", now));
    CHECK_FALSE(gate.admits("203.0.113.7", "another's", now));
    gate.know("new");
    passed = 0;
    for (int i = 0; i < 1000; ++i) {
        passed += gate.admits("203.0.113.7", "new", now) ? 1 : 0;
        gate.know("new");
    }
    CHECK(passed == 60);
}

#include "engine/caller.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::engine;
using exchange::Charge;
using exchange::Operation;
using market::Market;
using std::chrono::microseconds;

namespace {

constexpr exchange::Pool kPools[] = {{"orders", 8, seconds{1}}};
std::size_t times_charged = 0;
exchange::Charges charges(Operation operation, Market) {
    ++times_charged;
    return {Charge{0, operation == Operation::server_time ? 0 : 1}};
}

Now at(std::int64_t ms) { return {Instant::from_ms(1'790'000'000'000 + ms), milliseconds{ms}}; }

struct Desk final : Asker {
    std::vector<std::uint64_t> answered, expired;
    void on_answer(Now, std::uint64_t tag, const exchange::Call&, CallAnswer) override { answered.push_back(tag); }
    void on_expired(Now, std::uint64_t tag) override { expired.push_back(tag); }
};

struct Bench {
    Effects effects;
    Caller caller{effects};
    connection::Pace pace{{kPools, charges}};
    Desk desk;
    Bench() {
        Account account;
        account.connection = "c1";
        account.account_pace = &pace;
        caller.add(account);
    }
    std::uint64_t ask(std::int64_t ms, Urgency urgency, std::uint64_t tag, milliseconds within = milliseconds{0}) {
        exchange::Call call;
        call.operation = Operation::place_order;
        return caller.ask(at(ms), "c1", desk, {urgency, call, tag, 0, within});
    }
    /// Lets out what may go and gives how many those were.
    std::size_t pump(std::int64_t ms) {
        caller.pump(at(ms));
        const auto count = effects.asks.size();
        effects.clear();
        return count;
    }
};

}  // namespace

TEST_CASE("entries leave half of the limits free, look-ups a quarter, cancels and exits use all") {
    struct Row { Urgency urgency; std::size_t most; };
    const Row rows[] = {{Urgency::entry, 4}, {Urgency::poll, 4}, {Urgency::lookup, 6}, {Urgency::exit, 8}, {Urgency::cancel, 8}};
    for (const auto& row : rows) {
        Bench bench;
        for (std::uint64_t i = 0; i < 20; ++i) bench.ask(0, row.urgency, i);
        CHECK(bench.pump(0) == row.most);
        CHECK(bench.pump(500) == 0);
        REQUIRE(bench.caller.next_wake().has_value());
        CHECK(*bench.caller.next_wake() > seconds{1});
        CHECK(bench.pump(1100) == row.most);
    }
    Bench bench;
    for (std::uint64_t i = 0; i < 20; ++i) bench.ask(0, Urgency::entry, i);
    CHECK(bench.pump(0) == 4);
    bench.ask(1, Urgency::cancel, 100);
    bench.ask(1, Urgency::exit, 101);
    CHECK_MESSAGE(bench.pump(1) == 2, "getting out goes past the entries that wait");
}

TEST_CASE("the most urgent goes first, in one class the oldest") {
    Bench bench;
    const auto poll = bench.ask(0, Urgency::poll, 1), entry = bench.ask(0, Urgency::entry, 2), exit = bench.ask(0, Urgency::exit, 3), cancel = bench.ask(0, Urgency::cancel, 4);
    const auto second = bench.ask(0, Urgency::cancel, 5);
    bench.caller.pump(at(0));
    std::vector<std::uint64_t> tickets;
    for (const auto& ask : bench.effects.asks) tickets.push_back(ask.ticket);
    CHECK(tickets == std::vector{cancel, second, exit, entry});
    CHECK(poll != 0);
}

TEST_CASE("each ask is answered once; what was taken back is not sent, what is ignored has no answer") {
    Bench bench;
    const auto first = bench.ask(0, Urgency::exit, 1), second = bench.ask(0, Urgency::exit, 2);
    CHECK(bench.caller.withdraw(second));
    CHECK(bench.pump(0) == 1);
    bench.caller.on_answer(at(1), first, Error{});
    bench.caller.on_answer(at(1), first, Error{});
    bench.caller.on_answer(at(1), second, Error{});
    CHECK(bench.desk.answered == std::vector<std::uint64_t>{1});
    const auto third = bench.ask(2, Urgency::exit, 3);
    CHECK(bench.pump(2) == 1);
    CHECK_MESSAGE(!bench.caller.withdraw(third), "it is on its way");
    const auto fourth = bench.ask(2, Urgency::exit, 4);
    CHECK(bench.pump(2) == 1);
    bench.caller.ignore(fourth);
    bench.caller.on_answer(at(3), third, Error{});
    bench.caller.on_answer(at(3), fourth, Error{});
    CHECK(bench.desk.answered == std::vector<std::uint64_t>{1, 3});
    CHECK(bench.caller.waiting() == 0);
}

TEST_CASE("what could not leave in its time never leaves; a pause holds everything") {
    Bench bench;
    bench.caller.pause(at(0), "c1", seconds{3});
    bench.ask(0, Urgency::entry, 1, seconds{1});
    bench.ask(0, Urgency::cancel, 2);
    CHECK(bench.pump(0) == 0);
    CHECK(*bench.caller.next_wake() <= seconds{1} + microseconds{1});
    CHECK(bench.pump(1500) == 0);
    CHECK(bench.desk.expired == std::vector<std::uint64_t>{1});
    CHECK(bench.pump(3000) == 1);
}

TEST_CASE("no answer of an exchange holds exits back for longer than ten minutes") {
    Bench bench;
    bench.caller.pause(at(0), "c1", std::chrono::hours{24});
    bench.ask(0, Urgency::exit, 1);
    CHECK(bench.pump(599'999) == 0);
    CHECK(bench.pump(600'000) == 1);
}

TEST_CASE("what waits for the room of others is let out to the moment there is some, and not looked at before") {
    Effects effects;
    Caller caller{effects};
    connection::Pace address{{kPools, charges}};
    Desk desk;
    constexpr int kConnections = 40;
    const auto name = [](int i) { return "c" + std::to_string(i); };
    for (int i = 0; i < kConnections; ++i) {
        Account account;
        account.connection = name(i);
        account.address_pace = &address;
        caller.add(account);
    }
    exchange::Call call;
    call.operation = Operation::place_order;
    for (int i = 0; i < kConnections; ++i) caller.ask(at(0), name(i), desk, {Urgency::poll, call, 0, 0, {}});
    // Half of eight in a second of 1,050 ms: each round lets four out, and between two nothing is worth waking for.
    std::int64_t ms = 0;
    for (int out = 0; out < kConnections; out += 4) {
        caller.pump(at(ms));
        CHECK(effects.asks.size() == 4);
        effects.clear();
        if (out + 4 == kConnections) break;
        REQUIRE(caller.next_wake() == microseconds{milliseconds{ms + 1050}});
        ms += 1050;
        const auto charged = times_charged;
        caller.pump(at(ms - 1));
        CHECK(effects.asks.empty());
        CHECK_MESSAGE(times_charged == charged, "what can't go yet is not looked at");
    }
    CHECK_FALSE(caller.next_wake().has_value());
}

TEST_CASE("a line that waits hears of what changes it: something urgent, a withdrawal, another account's limits") {
    Bench bench;
    for (std::uint64_t i = 0; i < 8; ++i) bench.ask(0, Urgency::exit, i);
    CHECK(bench.pump(0) == 8);
    const auto heavy = bench.ask(1, Urgency::entry, 9);
    CHECK(bench.pump(1) == 0);
    exchange::Call light;
    light.operation = Operation::server_time;
    bench.caller.ask(at(2), "c1", bench.desk, {Urgency::entry, light, 10, 0, {}});
    CHECK_MESSAGE(bench.pump(2) == 0, "the oldest of one urgency goes first");
    SUBCASE("withdrawn") { CHECK(bench.caller.withdraw(heavy)); }
    SUBCASE("ignored") { bench.caller.ignore(heavy); }
    SUBCASE("other limits") {
        Account account;
        account.connection = "c1";
        bench.caller.add(account);
        CHECK(bench.pump(3) == 2);
        return;
    }
    CHECK(bench.pump(3) == 1);
}

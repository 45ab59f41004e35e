// What a ledger keeps, over segments and restarts, and how it is read.
#include "signer/ledger_fixture.hpp"

#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <thread>

using namespace bf;
using namespace bf::signer;
using namespace bf::signer::test;

TEST_CASE("an entry reads back as it was written") {
    LedgerEntry entry;
    entry.sequence = 9;
    entry.at = Instant::from_ms(1);
    entry.use = UseClass::refusal;
    entry.connection = "c";
    entry.what = "cancel_order";
    entry.result = "policy";
    entry.detail = "why";
    auto& call = entry.call.emplace();
    call.slot = 2;
    call.market = market::Market::futures;
    call.method = wire::Method::del;
    call.path = "/x";
    call.symbol = "BTC/USDT:USDT";
    call.side = market::Side::sell;
    call.quantity = "0.5"_d;
    call.value = "3.25"_d;
    call.order_id = "77";
    entry.purpose = LedgerEntry::Purpose{"exit", 3, "s"};
    entry.counted = LedgerEntry::Counted{Instant::from_ms(5), 12, {{exchange::Operation::balances, 12}}};
    entry.place = LedgerEntry::Place{3, 512};
    entry.about = 4;
    std::string bytes;
    ByteWriter out{bytes};
    write_entry(out, entry);
    CHECK(read_entry(bytes).value() == entry);
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(read_entry(std::string_view{bytes}.substr(0, size)).has_value());
    CHECK_FALSE(read_entry(bytes + '\0').has_value());
}

TEST_CASE("a ledger goes on over restarts and segments, and its check finds nothing") {
    House house;
    house.open();
    for (int start = 0; start < 4; ++start) {
        for (int i = 0; i < 60; ++i) house.order(i);
        if (start == 2) {
            house.die();  // What was appended is there, though its head is not.
        } else {
            CHECK(house.ledger->sync().has_value());
        }
        house.ledger.reset();
        house.open();
        CHECK(house.ledger->state() == LedgerState::sound);
        CHECK(house.ledger->found().breaches.empty());
    }
    CHECK(house.segments().size() > 5);
    const auto report = check(house.segments(), house.heads());
    CHECK(report.intact());
    CHECK(report.entries == 4 * 60 + 5);
    CHECK(report.last_sequence == report.entries);
    CHECK(house.ledger->head().sequence == report.entries);
    CHECK(newest(house.heads()).link == report.last_link);
}

TEST_CASE("a segment that is full while the next one is still being made waits for it: no entry goes into a file that another takes the place of") {
    constexpr int kEntries = 60;
    House house;
    house.open();
    int first = 0;
    while (house.segments().size() < 2) house.order(first++);  // The one that was made ahead is taken.
    std::atomic<bool> done{false};
    std::atomic<int> makers{0};
    bool two_at_once = false;
    std::thread writer;
    const auto begun = std::this_thread::get_id();
    house.mischief.on_create = [&] {
        if (++makers > 1) two_at_once = true;
        if (std::this_thread::get_id() == begun && !writer.joinable()) {
            writer = std::thread{[&] {
                for (int i = first; i < kEntries; ++i) house.order(i);
                done = true;
            }};
            // It can't end before this file is made. One that does not wait is done within a fraction of this.
            const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{200};
            while (!done && std::chrono::steady_clock::now() < until) std::this_thread::yield();
            CHECK_FALSE(done);
        }
        --makers;
    };
    CHECK(house.ledger->sync());
    writer.join();
    CHECK_FALSE(two_at_once);
    house.mischief.on_create = {};
    CHECK(house.ledger->sync());
    const auto report = check(house.segments(), house.heads());
    CHECK(report.intact());
    CHECK(report.entries == kEntries + 1);
}

TEST_CASE("pages go backwards through segments, filtered, and end") {
    House house;
    house.open();
    for (int i = 0; i < 150; ++i) house.order(i);
    LedgerEntry other;
    other.use = UseClass::cancel;
    other.connection = "c2";
    other.what = "cancel_order";
    CHECK(house.ledger->append(other).has_value());
    LedgerQuery query;
    query.limit = 40;
    std::vector<std::uint64_t> seen;
    do {
        const auto page = house.ledger->page(query, 13).value();
        for (const auto& entry : page.entries) seen.push_back(entry.sequence);
        query.before = page.next;
    } while (query.before != 0);
    CHECK(seen.size() == 152);
    CHECK(seen.front() == 152);
    CHECK(seen.back() == 1);
    CHECK(std::is_sorted(seen.rbegin(), seen.rend()));
    LedgerQuery of_c2{.connection = "c2"};
    CHECK(house.ledger->page(of_c2).value().entries.size() == 1);
    LedgerQuery cancels{.use = UseClass::cancel};
    CHECK(house.ledger->page(cancels).value().entries.size() == 1);
    LedgerQuery late{.limit = 200, .from = house.clock.now - milliseconds{99}};
    CHECK(house.ledger->page(late).value().entries.size() == 11);
}

TEST_CASE("a head can be kept outside and held against the ledger") {
    House house;
    house.open();
    for (int i = 0; i < 5; ++i) house.order(i);
    CHECK(house.ledger->sync().has_value());
    const auto text = anchor_text(house.ledger->head());
    const auto anchor = parse_anchor(" " + text + "\n");
    REQUIRE(anchor.has_value());
    CHECK(anchor->sequence == 6);
    const auto held = [&](LedgerAnchor against) {
        LedgerChecker::Given given;
        given.anchors = {against};
        LedgerChecker checker{std::move(given)};
        for (const auto& bytes : house.segments()) checker.segment(bytes);
        return checker.finish().intact();
    };
    CHECK(held(*anchor));
    auto other = *anchor;
    other.link[0] ^= 1;
    CHECK_FALSE(held(other));
    other = *anchor;
    other.sequence = 5;
    CHECK_FALSE(held(other));
    other = *anchor;
    other.public_key[0] ^= 1;
    CHECK_FALSE(held(other));
    for (const auto* bad : {"", "backfuture-ledger-1:1:00:00", "backfuture-ledger-2:1:aa:bb", "x"}) CHECK_FALSE(parse_anchor(bad).has_value());
}

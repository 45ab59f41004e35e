// A ledger on a disk or in a process that lacks room, fails, or loses power.
#include "signer/ledger_fixture.hpp"

#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <random>
#include <sys/resource.h>

using namespace bf;
using namespace bf::signer;
using namespace bf::signer::test;

namespace {

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;  // But the one that looks.
}

/// As many files as are open now, and so many more.
class RoomFor {
public:
    explicit RoomFor(rlim_t more) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        // The limit is on numbers, not on how many there are: the first that is free, and on.
        const int next = ::dup(STDERR_FILENO);
        ::close(next);
        const rlimit now{static_cast<rlim_t>(next) + more, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    RoomFor(const RoomFor&) = delete;
    RoomFor& operator=(const RoomFor&) = delete;
    ~RoomFor() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("a ledger of more segments than its process may have files open opens, goes on, is paged, checked and copied whole") {
    constexpr std::uint64_t kSegments = 60;
    const bf::test::Scratch scratch;
    TestClock clock;
    const auto seed = seed_of('s');
    std::unique_ptr<Ledger> ledger;
    const auto open = [&] { ledger = Ledger::open({std::make_unique<journal::DiskFolder>(scratch.path().native()), seed, clock, {}, kSegment}).value(); };
    const auto before = open_descriptors();
    const RoomFor few{12};
    open();
    std::uint64_t entries = 1;
    for (int lives = 0; lives < 2; ++lives) {
        const auto until = ledger->head().segment + kSegments / 2;
        while (ledger->head().segment < until) {
            LedgerEntry entry;
            entry.what = "place_order";
            entry.detail = std::string(300, 'x');
            entries = ledger->append(entry).value();
            // Many are left between two syncs, too.
            if (entries % 400 == 0) REQUIRE(ledger->sync().has_value());
            REQUIRE(open_descriptors() <= before + 12);
        }
        REQUIRE(ledger->sync().has_value());
        CHECK_MESSAGE(open_descriptors() <= before + 3, "the head, the segment that is written, the one made ahead");
        ledger.reset();
        open();
        CHECK(ledger->state() == LedgerState::sound);
        CHECK(ledger->found().entries == entries);
        CHECK(ledger->head().sequence == ++entries);
        CHECK(open_descriptors() <= before + 3);
    }
    CHECK(ledger->head().segment > kSegments);
    std::uint64_t seen = 0;
    LedgerQuery query{.limit = 200};
    do {
        const auto page = ledger->page(query).value();
        for (const auto& entry : page.entries) REQUIRE(entry.sequence == entries - seen++);
        query.before = page.next;
    } while (query.before != 0);
    CHECK(seen == entries);
    const auto copy = ledger->copy().value();
    CHECK(copy.segments.size() == ledger->head().segment);
    LedgerChecker::Given given;
    given.heads = {read_head(copy.head).value()};
    LedgerChecker checker{std::move(given)};
    for (const auto& segment : copy.segments) {
        std::string bytes(segment.used, '\0');
        REQUIRE(copy.folder->open(segment.name).value()->read(0, bytes).has_value());
        bytes.resize(segment.size, '\0');
        checker.segment(bytes);
    }
    const auto report = checker.finish();
    CHECK(report.intact());
    CHECK(report.entries == entries);
    CHECK(open_descriptors() <= before + 3);
}

TEST_CASE("a segment that can't be opened is said: by a copy, by a page, and by the start where only the process lacks room for it") {
    House house;
    house.open();
    for (int i = 0; i < 90; ++i) house.order(i);
    REQUIRE(house.ledger->head().segment > 3);
    const auto second = ledger_segment_name(2);
    const auto all_pages = [&] {
        LedgerQuery query{.limit = 200};
        while (true) {
            const auto page = house.ledger->page(query);
            if (!page) return page.error().detail;
            if (page->next == 0) return std::string{};
            query.before = page->next;
        }
    };
    CHECK(house.ledger->copy().value().segments.size() == house.ledger->head().segment);
    CHECK(all_pages().empty());

    house.mischief.open_fails[second] = {ErrorKind::io, "too many open files", Fate::not_sent, journal::kNoDescriptors};
    auto copy = house.ledger->copy();
    REQUIRE_FALSE(copy.has_value());
    CHECK(copy.error().detail == "segment 2 of the ledger can't be read: too many open files");
    CHECK(all_pages() == "segment 2 of the ledger can't be read: too many open files");
    REQUIRE(house.ledger->sync().has_value());
    house.ledger.reset();
    const auto files = house.disk.files.size();
    const auto opened = house.try_open();
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().detail == "segment 2 of the ledger can't be read: too many open files");
    house.mischief.open_fails = {{kLedgerHeadFile, {ErrorKind::io, "too many open files", Fate::not_sent, journal::kNoDescriptors}}};
    CHECK_FALSE(house.try_open().has_value());
    house.mischief.open_fails.clear();
    house.open();
    CHECK_MESSAGE(house.ledger->state() == LedgerState::sound, "what can't be opened now is no break");
    CHECK(house.disk.files.size() == files);

    // One that is taken away is told as well, until a start has found that and has told of it for good.
    house.disk.files.erase(second);
    CHECK_FALSE(house.ledger->copy().has_value());
    house.ledger.reset();
    house.open();
    CHECK(house.ledger->state() == LedgerState::broken);
    CHECK(house.ledger->copy().value().segments.size() == house.ledger->head().segment - 1);
    house.mischief.open_fails[ledger_segment_name(3)] = {ErrorKind::io, "no right"};
    CHECK_FALSE(house.ledger->copy().has_value());
}

TEST_CASE("where only a new segment could not be made the ledger goes on as soon as there is room, without being read again") {
    const char* why = nullptr;
    SUBCASE("the disk was full") { why = journal::kDiskFull; }
    SUBCASE("too many files were open") { why = journal::kNoDescriptors; }
    House house;
    house.open();
    house.mischief.create_fails = why;
    int i = 0;
    while (house.try_order(i)) ++i;
    CHECK(house.ledger->state() == LedgerState::failed);
    CHECK(house.ledger->detail() == "no room");
    CHECK_FALSE(house.try_order(i).has_value());
    // What is there is made durable all the same.
    CHECK(house.ledger->sync().has_value());
    CHECK(newest(house.heads()).sequence == house.ledger->head().sequence);
    const auto opens = house.mischief.opens;
    CHECK_FALSE(house.ledger->try_again());
    CHECK(house.ledger->state() == LedgerState::failed);
    house.mischief.create_fails = nullptr;
    CHECK(house.ledger->state() == LedgerState::failed);
    CHECK(house.ledger->try_again());
    CHECK(house.mischief.opens == opens);
    CHECK(house.ledger->state() == LedgerState::sound);
    const auto before = house.ledger->head();
    CHECK(house.order(i) == before.sequence + 1);
    CHECK(house.ledger->head().segment == before.segment + 1);
    CHECK(house.ledger->sync().has_value());
    CHECK(check(house.segments(), house.heads()).intact());
    house.ledger.reset();
    house.open();
    CHECK(house.ledger->state() == LedgerState::sound);
    CHECK(house.ledger->found().breaches.empty());
}

TEST_CASE("after a write or a sync that failed nothing is appended before all of it was read again, whatever the disk says now") {
    House house;
    house.open();
    house.order(1);
    SUBCASE("a sync") {
        house.disk.fail_at(0);
        CHECK_FALSE(house.ledger->sync().has_value());
    }
    SUBCASE("a write") {
        house.disk.fail_at(0);
        CHECK_FALSE(house.try_order(2).has_value());
    }
    SUBCASE("a new segment's header") {
        int i = 2;
        while (house.ledger->head().segment == 1) house.order(i++);
        REQUIRE(house.ledger->sync().has_value());
        const auto full = house.ledger->head().segment;
        const auto size = places(house.disk.files.at(ledger_segment_name(full - 1)).now).size();
        while (places(house.disk.files.at(ledger_segment_name(full)).now).size() < size) house.order(i++);
        house.disk.fail_at(0);
        while (house.try_order(i++)) {}
    }
    SUBCASE("a sync, while a new segment could not be made") {
        house.mischief.create_fails = journal::kDiskFull;
        int i = 2;
        while (house.try_order(i)) ++i;
        house.disk.fail_at(0);
        CHECK_FALSE(house.ledger->sync().has_value());
        house.mischief.create_fails = nullptr;
    }
    house.disk.fail_at(-1);
    CHECK_FALSE(house.ledger->try_again());
    CHECK_FALSE(house.ledger->try_again());
    CHECK(house.ledger->state() == LedgerState::failed);
    CHECK_FALSE(house.ledger->sync().has_value());
    house.ledger.reset();
    house.open();
    CHECK(house.ledger->state() == LedgerState::sound);
    CHECK(check(house.segments(), house.heads()).intact());
}

TEST_CASE("power is lost at any moment: what was synced is there, the rest is no alarm") {
    const std::uint64_t seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 dice{seed};
    for (int run = 0; run < 300; ++run) {
        CAPTURE(run);
        House house;
        house.open();
        std::uint64_t durable = 0;
        for (int life = 0; life < 4; ++life) {
            const auto orders = dice() % 40;
            for (std::uint64_t i = 0; i < orders; ++i) {
                house.order(static_cast<int>(i));
                if (dice() % 5 == 0) {
                    REQUIRE(house.ledger->sync().has_value());
                    durable = house.ledger->head().sequence;
                }
            }
            house.die();
            house.disk.lose_power(dice);
            house.open();
            CAPTURE(life);
            REQUIRE(house.ledger->state() == LedgerState::sound);
            REQUIRE(house.ledger->head().sequence > durable);
            REQUIRE(check(house.segments(), house.heads()).intact());
        }
    }
}

TEST_CASE("writing that fails anywhere: nothing is reported that is not there, and a later start goes on") {
    for (int nth = 0; nth < 60; ++nth) {
        CAPTURE(nth);
        House house;
        house.open();
        house.disk.fail_at(nth);
        std::uint64_t appended = 0;
        for (int i = 0; i < 40; ++i) {
            LedgerEntry entry;
            entry.what = "place_order";
            entry.detail = std::string(200, 'x');
            if (const auto sequence = house.ledger->append(entry); sequence) appended = *sequence;
            if (i % 7 == 0) (void)house.ledger->sync().has_value();
        }
        house.ledger.reset();
        house.disk.fail_at(-1);
        house.open();
        CHECK(house.ledger->state() == LedgerState::sound);
        // A write that failed may have gone through in part; what was reported is there.
        CHECK(house.ledger->head().sequence > appended);
        CHECK(check(house.segments(), house.heads()).intact());
    }
}

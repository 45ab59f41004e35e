#include "journal/journal.hpp"

#include "support/fault_folder.hpp"

#include <doctest/doctest.h>

#include <cstdio>

using namespace bf;
using namespace bf::journal;

namespace {

struct Dice final : ports::Entropy {
    std::mt19937_64 engine{7};
    void fill(std::span<unsigned char> bytes) override {
        for (auto& byte : bytes) byte = static_cast<unsigned char>(engine());
    }
};

struct Kept {
    std::uint64_t sequence;
    std::uint16_t kind;
    std::string payload;
    friend bool operator==(const Kept&, const Kept&) = default;
};

struct Bench {
    test::FaultFolder folder;
    Dice dice;
    std::vector<Kept> read;
    std::unique_ptr<Journal> journal;
    std::uint64_t segment_size{8192};

    Status open() {
        journal.reset();
        read.clear();
        auto opened = Journal::open(folder, dice, [this](const Entry& entry) { read.push_back({entry.sequence, entry.kind, std::string{entry.payload}}); }, segment_size);
        if (!opened) return Unexpected{std::move(opened).error()};
        journal = std::move(opened).value();
        return {};
    }
};

std::string payload_of(std::mt19937_64& dice) { return std::string(dice() % 700, static_cast<char>('a' + dice() % 26)); }

}  // namespace

TEST_CASE("what was flushed is read back in order, over many segments; what was not is gone") {
    Bench bench;
    REQUIRE(bench.open());
    CHECK(bench.read.empty());
    std::vector<Kept> written;
    for (int i = 0; i < 200; ++i) {
        const auto payload = payload_of(bench.dice.engine);
        const auto kind = static_cast<std::uint16_t>(i % 5);
        written.push_back({bench.journal->append(kind, payload), kind, payload});
        if (i % 3 == 0) REQUIRE(bench.journal->flush());
    }
    REQUIRE(bench.journal->flush());
    CHECK(bench.journal->durable() == 200);
    bench.journal->append(9, "never flushed");
    CHECK(bench.folder.files.size() > 5);
    REQUIRE(bench.open());
    CHECK(bench.read == written);
    CHECK_FALSE(bench.journal->opened().closed_well);
    CHECK(bench.journal->append(1, "goes on") == 201);
    REQUIRE(bench.journal->close());
    REQUIRE(bench.open());
    CHECK(bench.journal->opened().closed_well);
    CHECK(bench.read.back() == Kept{201, 1, "goes on"});
    CHECK(bench.journal->last() == 202);  // The mark of closing is one too.
}

TEST_CASE("an entry larger than a segment gets a segment of its size") {
    Bench bench;
    REQUIRE(bench.open());
    const std::string large(100'000, 'x');
    bench.journal->append(1, "small");
    REQUIRE(bench.journal->flush());
    bench.journal->append(2, large);
    REQUIRE(bench.journal->flush());
    REQUIRE(bench.open());
    REQUIRE(bench.read.size() == 2);
    CHECK(bench.read[1].payload == large);
}

TEST_CASE("segments that are told elsewhere are forgotten, the rest stays readable") {
    Bench bench;
    REQUIRE(bench.open());
    for (int i = 0; i < 100; ++i) {
        bench.journal->append(1, std::string(500, 'x'));
        REQUIRE(bench.journal->flush());
    }
    const auto before = bench.folder.files.size();
    REQUIRE(bench.journal->forget_before(60));
    CHECK(bench.folder.files.size() < before);
    REQUIRE(bench.open());
    CHECK(bench.read.front().sequence <= 60);
    CHECK(bench.read.front().sequence > 30);
    CHECK(bench.read.back().sequence == 100);
}

TEST_CASE("a journal says whether it has its beginning, also when its first life wrote nothing") {
    Bench bench;
    REQUIRE(bench.open());
    REQUIRE(bench.journal->close());
    REQUIRE(bench.open());
    const std::string payload(500, 'x');
    for (int i = 0; i < 50; ++i) {
        bench.journal->append(1, payload);
        REQUIRE(bench.journal->flush());
    }
    const auto whole = [&] {
        bench.journal.reset();
        std::optional<bool> first;
        bench.journal = Journal::open(bench.folder, bench.dice, [&](const Entry& entry) { first = first.value_or(entry.from_the_beginning); }, bench.segment_size).value();
        return first;
    };
    CHECK(whole() == true);
    REQUIRE(bench.journal->forget_before(40));
    CHECK(whole() == false);
}

TEST_CASE("whatever a power cut tears, no promised entry is lost, none is altered, none is invented") {
    const std::uint64_t seed = 20261123;
    std::printf("journal power cuts: seed %llu\n", static_cast<unsigned long long>(seed));
    std::mt19937_64 dice{seed};
    for (int run = 0; run < 400; ++run) {
        Bench bench;
        bench.dice.engine.seed(dice());
        std::vector<Kept> written;
        std::uint64_t promised = 0;
        for (int life = 0; life < 6; ++life) {
            CAPTURE(run);
            CAPTURE(life);
            REQUIRE(bench.open());
            REQUIRE(bench.read.size() >= promised);
            REQUIRE(bench.read.size() <= written.size());
            for (std::size_t i = 0; i < bench.read.size(); ++i) REQUIRE(bench.read[i] == written[i]);
            // What was written but never promised and is not there, never happened.
            written.resize(bench.read.size());
            promised = bench.journal->durable();
            bench.folder.fail_at(static_cast<int>(dice() % 40));
            while (true) {
                for (auto n = dice() % 12; n > 0; --n) {
                    auto payload = payload_of(dice);
                    const auto sequence = bench.journal->append(3, payload);
                    written.push_back({sequence, 3, std::move(payload)});
                }
                if (!bench.journal->flush()) break;
                promised = bench.journal->durable();
                if (dice() % 30 == 0) break;
            }
            bench.folder.lose_power(dice);
        }
    }
}

TEST_CASE("a failed sync is never success, also when asked again") {
    Bench bench;
    REQUIRE(bench.open());
    bench.journal->append(1, "one");
    bench.folder.fail_at(1);  // The write goes well, the sync does not.
    CHECK_FALSE(bench.journal->flush());
    bench.folder.fail_at(-1);
    CHECK_FALSE(bench.journal->flush());
    bench.journal->append(1, "two");
    CHECK_FALSE(bench.journal->flush());
    CHECK(bench.journal->durable() == 0);
}

TEST_CASE("every altered bit, lost block or swapped record of what was promised is found") {
    Bench bench;
    REQUIRE(bench.open());
    for (int i = 0; i < 60; ++i) {
        bench.journal->append(1, payload_of(bench.dice.engine));
        REQUIRE(bench.journal->flush());
    }
    const auto whole = bench.folder.files;
    REQUIRE(bench.open());
    const auto entries = bench.read;
    REQUIRE(entries.size() == 60);
    const auto last_name = whole.rbegin()->first;
    // Behind the last promise but one nothing can vouch for the last: a torn write looks the same.
    const auto end_of_vouched = [&] {
        std::size_t at = kBlock;
        const auto seed = read_header(std::string_view{whole.at(last_name).now}.substr(0, kBlock))->journal;
        std::size_t before = at;
        while (const auto record = read_record(std::string_view{whole.at(last_name).now}.substr(at), seed)) {
            before = at;
            at += record_size(record->payload.size());
        }
        return before;
    }();
    int flips = 0;
    for (const auto& [name, disk] : whole) {
        const bool is_last = name == last_name;
        for (std::size_t at = 0; at < disk.now.size(); at += is_last ? 3U : 17U) {
            if (is_last && at >= end_of_vouched) break;
            bench.folder.files = whole;
            bench.folder.files[name].now[at] = static_cast<char>(bench.folder.files[name].now[at] ^ (1 << (at % 8)));
            const auto opened = bench.open();
            // Unused space behind a segment's last entry tells nothing.
            if (opened) CHECK(bench.read == entries);
            if (!opened) CHECK(opened.error().code == "journal_damaged");
            const bool used = disk.now[at] != '\0';
            if (used) CHECK_FALSE(opened);
            ++flips;
        }
    }
    CHECK(flips > 1000);
    for (auto cut = whole.begin(); cut != std::prev(whole.end()); ++cut) {
        if (cut == whole.begin()) continue;
        bench.folder.files = whole;
        bench.folder.files.erase(cut->first);
        CHECK_FALSE(bench.open());
    }
    // An old copy of a segment in place of the newer.
    bench.folder.files = whole;
    bench.folder.files[last_name].now = whole.begin()->second.now;
    CHECK_FALSE(bench.open());
}

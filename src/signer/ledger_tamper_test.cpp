// A ledger that somebody changed: each change is found, told and kept for a person to settle.
#include "signer/ledger_fixture.hpp"

#include "support/number_in.hpp"

#include <doctest/doctest.h>
#include <sodium.h>

using namespace bf;
using namespace bf::signer;
using namespace bf::signer::test;

TEST_CASE("every byte of the ledger and its heads: one changed bit is found") {
    std::size_t changes = 0, missed = 0, misplaced = 0;
    // Two of them: what a check costs grows with all there is.
    for (const int orders : {21, 23}) {
        House house;
        house.open();
        for (int i = 0; i < orders; ++i) house.order(i * orders);
        house.ledger.reset();
        const auto good = house.segments();
        const auto heads = house.heads();
        REQUIRE(good.size() >= 2);
        REQUIRE(check(good, {newest(heads)}).intact());
        for (std::size_t segment = 0; segment < good.size(); ++segment) {
            const auto entries = places(good[segment]);
            for (std::size_t at = 0; at < good[segment].size(); at += bf::test::repeats(1, 23)) {
                // The marks (tags) are for who holds the key; see below.
                const auto entry = std::find_if(entries.begin(), entries.end(), [at](const auto& one) { return at >= one.first && at < one.first + one.second; });
                if (entry != entries.end() && at >= entry->first + entry->second - 16) continue;
                auto changed = good;
                for (int bit = 0; bit < 8; ++bit) {
                    changed[segment][at] = static_cast<char>(good[segment][at] ^ (1 << bit));
                    const auto report = check(changed, {newest(heads)});
                    ++changes;
                    if (report.intact()) ++missed;
                    if (entry != entries.end() && !report.breaches.empty() && report.breaches[0].place != LedgerEntry::Place{segment + 1, entry->first}) ++misplaced;
                }
            }
        }
        for (std::size_t at = 0; at < kLedgerHeadSize; ++at) {
            auto bytes = house.disk.files.at(kLedgerHeadFile).now.substr(0, kLedgerHeadSize);
            bytes[at] = static_cast<char>(bytes[at] ^ 1);
            CHECK_FALSE(read_head(bytes).has_value());
        }
    }
    MESSAGE("changes: " << changes);
    CHECK(changes >= bf::test::repeats(100'000, 4'000));
    CHECK(missed == 0);
    CHECK(misplaced == 0);
}

TEST_CASE("the marks are found altered by who holds the key") {
    House house;
    house.open();
    for (int i = 0; i < 5; ++i) house.order(i);
    house.ledger.reset();
    const auto good = house.segments();
    const auto seed = seed_of('s');
    const LedgerKeys keys{seed};
    for (const auto& [at, size] : places(good[0])) {
        auto changed = good[0];
        changed[at + size - 1] = static_cast<char>(changed[at + size - 1] ^ 1);
        LedgerChecker::Given given;
        given.heads = {newest(house.heads())};
        given.keys = &keys;
        LedgerChecker checker{std::move(given)};
        checker.segment(changed);
        const auto report = checker.finish();
        REQUIRE(report.breaches.size() == 1);
        CHECK(report.breaches[0].place == LedgerEntry::Place{1, at});
    }
}

TEST_CASE("entries swapped, inserted, deleted, moved, forged, cut off, forked, rolled back: each is found") {
    const std::uint64_t seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 dice{seed};
    House house;
    house.open();
    std::vector<std::string> older;
    std::vector<LedgerHead> older_heads;
    for (int i = 0; i < 70; ++i) {
        house.order(i);
        if (i == 40) {
            CHECK(house.ledger->sync().has_value());
            older = house.segments();
            older_heads = house.heads();
        }
    }
    house.ledger.reset();
    const auto good = house.segments();
    const auto head = newest(house.heads());
    REQUIRE(good.size() >= 4);
    const auto entry_of = [](const std::string& segment, std::size_t i) {
        const auto [at, size] = places(segment)[i];
        return segment.substr(at, size);
    };
    /// The segment with these entries instead.
    const auto rebuilt = [](const std::string& segment, const std::vector<std::string>& entries) {
        std::string bytes = segment.substr(0, kLedgerHeaderSize);
        for (const auto& one : entries) bytes += one;
        bytes.resize(std::max<std::size_t>(segment.size(), bytes.size()), '\0');
        return bytes;
    };
    std::size_t missed = 0;
    // BF_CHANGES for more.
    const auto rounds = bf::test::number_in("BF_CHANGES", bf::test::repeats(50'000, 2'000));
    for (std::uint64_t round = 0; round < rounds; ++round) {
        auto changed = good;
        auto segment = dice() % good.size();
        std::vector<std::string> entries;
        for (std::size_t i = 0; i < places(good[segment]).size(); ++i) entries.push_back(entry_of(good[segment], i));
        const auto one = dice() % entries.size(), two = dice() % entries.size();
        switch (dice() % 10) {
            case 0:  // Two change places.
                if (entries[one] == entries[two]) continue;
                std::swap(entries[one], entries[two]);
                break;
            case 1: entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(one)); break;
            case 2: entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(one), entries[two]); break;
            case 3: {  // One of another segment is put in.
                const auto other = (segment + 1) % good.size();
                entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(one), entry_of(good[other], dice() % places(good[other]).size()));
                break;
            }
            case 4: entries.resize(one); break;  // The rest is cut off.
            case 5: {  // From here on rewritten, with a chain that fits.
                LedgerLink before = first_link(good[segment]);
                std::vector<std::string> fork;
                for (std::size_t i = 0; i < entries.size(); ++i) {
                    auto body = entries[i].substr(0, entries[i].size() - 48);
                    if (i == one) body[4 + 8] = static_cast<char>(body[4 + 8] ^ 1);  // Its time.
                    before = next_link(before, body);
                    fork.push_back(body + std::string{reinterpret_cast<const char*>(before.data()), before.size()} + entries[i].substr(entries[i].size() - 16));
                }
                entries = fork;
                break;
            }
            case 6: {  // A segment is gone.
                changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(segment));
                if (check(changed, {head}).intact()) ++missed;
                continue;
            }
            case 7: {  // Two segments change places.
                const auto other = (segment + 1 + dice() % (good.size() - 1)) % good.size();
                std::swap(changed[segment], changed[other]);
                if (check(changed, {head}).intact()) ++missed;
                continue;
            }
            case 8: {  // A run of bytes is overwritten.
                const auto begin = kLedgerHeaderSize + dice() % (good[segment].size() - kLedgerHeaderSize - 32);
                bool differs = false;
                const auto all = places(good[segment]);
                for (std::size_t i = 0; i < 1 + dice() % 32; ++i) {
                    const auto at = begin + i;
                    const auto in = std::find_if(all.begin(), all.end(), [at](const auto& place) { return at >= place.first && at < place.first + place.second; });
                    if (in != all.end() && at >= in->first + in->second - 16) continue;
                    const auto byte = static_cast<char>(dice());
                    differs = differs || byte != changed[segment][at];
                    changed[segment][at] = byte;
                }
                if (differs && check(changed, {head}).intact()) ++missed;
                continue;
            }
            default: {  // Rolled back to an older copy, whole or in part.
                changed = older;
                if (dice() % 2 == 0) changed.resize(1 + dice() % older.size());
                if (check(changed, {head}).intact()) ++missed;
                continue;
            }
        }
        changed[segment] = rebuilt(good[segment], entries);
        if (check(changed, {head}).intact()) ++missed;
    }
    CHECK(missed == 0);
    // Without a newer head an older copy is whole: that is what heads outside are for.
    CHECK(check(older, {newest(older_heads)}).intact());
    CHECK_FALSE(check(older, {newest(older_heads), head}).intact());
}

TEST_CASE("an end forged without the key does not count, though its chain fits") {
    House house;
    house.open();
    for (int i = 0; i < 5; ++i) house.order(i);
    CHECK(house.ledger->sync().has_value());
    house.kept = house.ledger->head();
    house.ledger.reset();
    auto& file = house.disk.files.at(ledger_segment_name(1)).now;
    const auto last = places(file).back();
    LedgerLink before{};
    std::memcpy(before.data(), file.data() + last.first + last.second - 48, before.size());
    std::string body(4, '\0');
    ByteWriter out{body};
    LedgerEntry forged;
    forged.sequence = house.kept->sequence + 1;
    forged.what = "place_order";
    write_entry(out, forged);
    const auto size = static_cast<std::uint32_t>(body.size() - 4);
    std::memcpy(body.data(), &size, 4);
    const auto link = next_link(before, body);
    body.append(reinterpret_cast<const char*>(link.data()), link.size());
    body.append(16, 'x');
    file.replace(last.first + last.second, body.size(), body);
    house.open();
    CHECK(house.ledger->found().torn == LedgerEntry::Place{1, last.first + last.second});
    const auto newest_entry = house.ledger->page({}).value().entries.at(0);
    CHECK(newest_entry.sequence == forged.sequence);
    CHECK(newest_entry.what == "started");
    CHECK(newest_entry.detail.find("cleared") != std::string::npos);
}

TEST_CASE("a broken ledger is told, kept as it is, written on and settled by a person") {
    House house;
    house.open();
    for (int i = 0; i < 30; ++i) house.order(i);
    CHECK(house.ledger->sync().has_value());
    house.ledger.reset();
    auto& bytes = house.disk.files.at(ledger_segment_name(1)).now;
    const auto [at, size] = places(bytes)[3];
    bytes[at + 20] = static_cast<char>(bytes[at + 20] ^ 4);
    const auto kept_as_it_is = bytes;

    house.open();
    CHECK(house.ledger->state() == LedgerState::broken);
    CHECK(house.ledger->detail().find("entry 4") != std::string::npos);
    CHECK(house.order(1) > 31);
    CHECK(house.disk.files.at(ledger_segment_name(1)).now == kept_as_it_is);
    // The next start finds it again and knows it already.
    house.ledger.reset();
    house.open();
    CHECK(house.ledger->state() == LedgerState::broken);
    auto report = check(house.segments(), house.heads());
    REQUIRE(report.breaches.size() == 1);
    CHECK(report.breaches[0].recorded);
    CHECK_FALSE(report.settled());
    CHECK(house.ledger->accept("owner").has_value());
    CHECK(house.ledger->state() == LedgerState::sound);
    house.ledger.reset();
    house.open();
    CHECK(house.ledger->state() == LedgerState::sound);
    report = check(house.segments(), house.heads());
    CHECK_FALSE(report.intact());
    CHECK(report.settled());
    // Another change is another break.
    house.ledger.reset();
    auto& again = house.disk.files.at(ledger_segment_name(1)).now;
    again[places(kept_as_it_is)[9].first + 20] ^= 4;
    house.open();
    CHECK(house.ledger->state() == LedgerState::broken);
}

TEST_CASE("a ledger rolled back, cut or taken away is found by the head in the vault") {
    House house;
    house.open();
    for (int i = 0; i < 5; ++i) house.order(i);
    CHECK(house.ledger->sync().has_value());
    const auto old_files = house.disk.files;
    for (int i = 0; i < 25; ++i) house.order(i);
    CHECK(house.ledger->sync().has_value());
    house.kept = house.ledger->head();
    house.ledger.reset();
    const auto new_files = house.disk.files;

    SUBCASE("all of its files are an older copy") { house.disk.files = old_files; }
    SUBCASE("all of its files are gone") { house.disk.files.clear(); }
    SUBCASE("its head is gone and its end") {
        house.disk.files.erase(kLedgerHeadFile);
        house.disk.files.erase(ledger_segment_name(2));
    }
    SUBCASE("its segments are an older copy, its head is not") {
        house.disk.files = old_files;
        house.disk.files[kLedgerHeadFile] = new_files.at(kLedgerHeadFile);
        house.kept.reset();
    }
    const std::string_view head_file{new_files.at(kLedgerHeadFile).now};
    const auto promised = newest({read_head(head_file).value(), read_head(head_file.substr(kLedgerHeadBlock)).value()});
    house.open();
    CHECK(house.ledger->state() == LedgerState::broken);
    // No number is given twice.
    CHECK(house.order(1) > promised.sequence);
    house.ledger.reset();
    house.open();
    CHECK(house.ledger->state() == LedgerState::broken);
    CHECK(house.ledger->accept("owner").has_value());
    house.ledger.reset();
    house.kept.reset();
    house.open();
    CHECK(house.ledger->state() == LedgerState::sound);
}

TEST_CASE("a head's file that was cut is found, and made anew: heads are kept from then on") {
    House house;
    house.open();
    house.order(1);
    CHECK(house.ledger->sync().has_value());
    house.ledger.reset();
    house.disk.files.at(kLedgerHeadFile).now.resize(100);
    house.open();
    CHECK(house.ledger->state() == LedgerState::broken);
    CHECK(house.ledger->accept("owner").has_value());
    CHECK(newest(house.heads()).sequence == house.ledger->head().sequence);
    house.ledger.reset();
    house.open();
    CHECK(house.ledger->state() == LedgerState::sound);
}

TEST_CASE("a segment whose empty end was cut off is left as it is, and another begun") {
    House house;
    house.open();
    house.order(1);
    CHECK(house.ledger->sync().has_value());
    house.kept = house.ledger->head();
    house.ledger.reset();
    house.disk.files.at(ledger_segment_name(1)).now.resize(places(house.disk.files.at(ledger_segment_name(1)).now).back().first + 1000);
    for (int starts = 0; starts < 2; ++starts) {
        house.open();
        CHECK(house.ledger->state() == LedgerState::sound);
        const auto sequence = house.order(2);
        CHECK(house.ledger->page({.limit = 1})->entries.at(0).sequence == sequence);
        CHECK(house.ledger->sync().has_value());
        CHECK(house.ledger->head().segment == 2);
        house.kept = house.ledger->head();
        house.ledger.reset();
    }
}

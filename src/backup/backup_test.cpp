// The file of a backup against everything that can happen to a file: R10 of the test programme.
#include "backup/archive.hpp"
#include "backup/format.hpp"
#include "backup/stream.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "support/number_in.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <map>
#include <random>
#include <rapidcheck.h>
#include <sodium.h>

using namespace bf;
using namespace bf::backup;

namespace {

constexpr std::size_t kChanges = bf::test::repeats(100'000, 10'000);
/// Cheap: the cost is not what is tested.
constexpr vault::KdfCost kCheap{1, 8192};

crypto::Secret text(std::string plain) { return crypto::Secret::take(std::move(plain)); }

using Files = std::map<std::string, std::string>;

struct Collector final : ArchiveEvents {
    Files files;
    std::string name;
    Status on_file(std::string_view begun) override {
        name = begun;
        files[name];
        return {};
    }
    Status on_bytes(std::string_view content) override {
        files[name] += content;
        return {};
    }
    Status on_end(std::uint64_t zeros) override {
        files[name] += std::string(static_cast<std::size_t>(zeros), '\0');
        return {};
    }
};

std::string make(const Files& files, const Keys& keys, const Header& header) {
    std::string plain, sealed = write_header(header);
    Sealer sealer{keys.content, write_header(header)};
    ArchiveWriter writer{plain};
    for (const auto& [name, content] : files) {
        writer.file(name, content);
        sealer.write(plain, sealed);
        plain.clear();
    }
    writer.finish();
    sealer.write(plain, sealed);
    sealer.finish(sealed);
    return sealed;
}

/// As a restore reads it, in pieces of `step` bytes.
Result<Files> read(std::string_view file, const crypto::Secret& passphrase, std::size_t step = 10'000) {
    BF_TRY(const auto header, read_header(file));
    BF_TRY(const auto keys, open_keys(passphrase, header));
    Opener opener{keys.content, std::string{file.substr(0, kHeaderSize)}};
    Collector collector;
    ArchiveReader reader{collector};
    std::string plain;
    for (std::size_t at = kHeaderSize; at < file.size(); at += step) {
        BF_TRY_VOID(opener.read(file.substr(at, step), plain));
        BF_TRY_VOID(reader.read(plain));
        plain.clear();
    }
    BF_TRY_VOID(opener.finish(plain));
    BF_TRY_VOID(reader.read(plain));
    BF_TRY_VOID(reader.finish());
    return std::move(collector.files);
}

/// The head with a hash that fits it: what somebody writes who knows the format.
std::string with_right_hash(std::string file) {
    unsigned char hash[16];
    const auto head = std::string_view{file}.substr(0, kHeaderSize - sizeof hash);
    crypto_generichash(hash, sizeof hash, as_bytes(head).data(), head.size(), nullptr, 0);
    std::copy(hash, hash + sizeof hash, file.begin() + static_cast<std::ptrdiff_t>(head.size()));
    return file;
}

unsigned seed() {
    const char* given = std::getenv("BF_SEED");
    const unsigned value = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
    std::printf("seed %u\n", value);
    return value;
}

struct Made {
    Header header;
    Keys keys;
    Files files;
    std::string file;
};
Made made(std::size_t bytes, std::mt19937& dice) {
    Header header = new_header(kCheap);
    auto keys = derive_keys(text("a passphrase of some length"), header).value();
    header.check = keys.check;
    Files files;
    std::string content(bytes, '\0');
    for (auto& c : content) c = static_cast<char>(dice());
    files["engine.db"] = content;
    files["journal/journal-000000000001"] = content.substr(0, bytes / 3);
    auto file = make(files, keys, header);
    return {header, std::move(keys), std::move(files), std::move(file)};
}

}  // namespace

TEST_CASE("what goes in comes out, in any slicing") {
    rc::check("round trip", [] {
        Files files;
        const auto count = *rc::gen::inRange(0, 6);
        for (int i = 0; i < count; ++i) {
            const auto size = *rc::gen::element<std::size_t>(0, 1, 100, kBlockMax - 1, kBlockMax, kBlockMax + 1, 200'000) + static_cast<std::size_t>(*rc::gen::inRange(0, 9));
            files["folder/file-" + std::to_string(i)] = std::string(size, static_cast<char>('a' + i));
        }
        Header header = new_header(kCheap);
        auto keys = derive_keys(text("correct horse battery"), header);
        RC_ASSERT(keys.has_value());
        header.check = keys->check;
        const auto file = make(files, *keys, header);
        const auto step = *rc::gen::element<std::size_t>(1000, 7777, 65'553, 65'554, 1'000'000);
        const auto back = read(file, text("correct horse battery"), step);
        RC_ASSERT(back.has_value());
        RC_ASSERT(*back == files);
    });
}

TEST_CASE("zeros at the end of a file cost nothing and come back") {
    std::string plain;
    ArchiveWriter writer{plain};
    writer.begin("journal/journal-000000000001");
    writer.bytes("head");
    writer.end(16U << 20);
    writer.finish();
    CHECK(plain.size() < 100);
    Collector collector;
    ArchiveReader reader{collector};
    REQUIRE(reader.read(plain).has_value());
    REQUIRE(reader.finish().has_value());
    CHECK(collector.files.begin()->second == "head" + std::string(16U << 20, '\0'));
}

TEST_CASE("a wrong passphrase is told from a damaged file") {
    std::mt19937 dice{1};
    const auto backup = made(1000, dice);
    const auto wrong = read(backup.file, text("another passphrase"));
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().code == "wrong_passphrase");
    auto flipped = backup.file;
    flipped[kHeaderSize + 100] = static_cast<char>(flipped[kHeaderSize + 100] ^ 1);
    const auto damaged = read(flipped, text("a passphrase of some length"));
    REQUIRE_FALSE(damaged.has_value());
    CHECK(damaged.error().code == "backup_damaged");
    CHECK(damaged.error().detail == "The backup is damaged: part 1 fails its check.");
}

TEST_CASE("the keys of content and of secrets say nothing of each other, and belong to one backup") {
    const auto bytes_of = [](const crypto::Secret& secret) { return secret.reveal([](std::string_view bytes) { return std::string{bytes}; }); };
    auto header = new_header(kCheap);
    const auto one = derive_keys(text("a passphrase of some length"), header).value();
    CHECK(bytes_of(one.content) != bytes_of(one.secrets.bytes));
    header.id = vault::random_key_id();
    const auto other = derive_keys(text("a passphrase of some length"), header).value();
    CHECK(bytes_of(one.content) != bytes_of(other.content));
    CHECK(bytes_of(one.secrets.bytes) != bytes_of(other.secrets.bytes));
    CHECK(one.check != other.check);
}

TEST_CASE("a recovery code is read as people write it") {
    const auto code = new_recovery_code();
    std::string shown = code.reveal([](std::string_view bytes) { return std::string{bytes}; });
    CHECK(shown.size() == 31);
    CHECK(std::count(shown.begin(), shown.end(), '-') == 5);
    const auto plain_of = [](std::string typed) { return normalised(text(std::move(typed))).reveal([](std::string_view bytes) { return std::string{bytes}; }); };
    const auto bare = plain_of(shown);
    CHECK(bare.size() == 26);
    CHECK(plain_of(to_lower(shown)) == bare);
    CHECK(plain_of("01234-56789-ABCDE-FGHJK-MNPQR-S") == plain_of("OI234 56789 abcde fghjk mnpqr s"));
    // A passphrase stays what it is.
    CHECK(plain_of("Correct-Horse battery") == "Correct-Horse battery");
}

TEST_CASE("names that lead out of the folder are refused") {
    for (const char* bad : {"", "/etc/passwd", "..", "a/../b", "a//b", "a/", ".hidden", "a/.b", "a b", "a\\b", "x\n", "caf\xc3\xa9"}) CHECK_FALSE(is_plain_path(bad));
    for (const char* good : {"engine.db", "journal/journal-000000000001", "a/b/c.d_e-f"}) CHECK(is_plain_path(good));
    std::string plain;
    ByteWriter out{plain};
    out.integer(std::uint8_t{1});
    out.text("../escape");
    Collector collector;
    ArchiveReader reader{collector};
    CHECK_FALSE(reader.read(plain).has_value());
    CHECK(collector.files.empty());
}

TEST_CASE("the same name twice, more zeros than a disk, a count that is wrong") {
    const auto refused = [](const std::function<void(ByteWriter&)>& write) {
        std::string plain;
        ByteWriter out{plain};
        write(out);
        Collector collector;
        ArchiveReader reader{collector};
        return !reader.read(plain) || !reader.finish();
    };
    const auto file = [](ByteWriter& out, std::uint64_t zeros) {
        out.integer(std::uint8_t{1});
        out.text("a");
        out.text({});
        out.integer(zeros);
    };
    const auto end = [](ByteWriter& out, std::uint32_t count) {
        out.integer(std::uint8_t{0});
        out.integer(count);
    };
    CHECK_FALSE(refused([&](ByteWriter& out) { file(out, 0), end(out, 1); }));
    CHECK(refused([&](ByteWriter& out) { file(out, 0), file(out, 0), end(out, 2); }));
    CHECK(refused([&](ByteWriter& out) { file(out, ~0ULL), end(out, 1); }));
    CHECK(refused([&](ByteWriter& out) { file(out, 0), end(out, 2); }));
    CHECK(refused([&](ByteWriter& out) { file(out, 0); }));
    CHECK(refused([&](ByteWriter& out) { file(out, 0), end(out, 1), out.integer(std::uint8_t{0}); }));
}

TEST_CASE("R10: 100,000 changes of a backup, every one found") {
    std::mt19937 dice{seed()};
    const auto small = made(600, dice), other = made(600, dice);
    const auto big = made(260'000, dice);
    const auto passphrase = text("a passphrase of some length");
    REQUIRE(read(small.file, passphrase).has_value());
    REQUIRE(read(big.file, passphrase).has_value());
    std::size_t changes = 0, missed = 0;
    const auto must_fail = [&](const std::string& changed, const std::string& original) {
        // Another whole backup is a good one: its id and date say that it is another.
        if (changed == original || changed == other.file) return;
        ++changes;
        const auto back = read(changed, passphrase);
        if (back) ++missed;
    };
    // Every bit of the small file, the head among it, also with a hash that fits. A bit of the cost is left to the rule of read_header when
    // it would ask for a gigabyte.
    for (std::size_t at = 0; at < small.file.size(); ++at)
        for (std::size_t bit = 0; bit < 8; bit += bf::test::repeats(1, 5)) {
            auto changed = small.file;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            must_fail(changed, small.file);
            const bool of_cost = at >= kMagic.size() && at < kMagic.size() + 12;
            if (at < kHeaderSize - 16 && !of_cost) must_fail(with_right_hash(changed), small.file);
        }
    // Cut at every length, and something behind the end.
    for (std::size_t size = 0; size < small.file.size(); ++size) must_fail(small.file.substr(0, size), small.file);
    for (std::size_t more = 1; more < 200; ++more) must_fail(small.file + std::string(more, static_cast<char>(dice())), small.file);
    // The same with another backup's bytes: its head, its content, its last part.
    for (std::size_t at = 1; at < small.file.size(); ++at) must_fail(small.file.substr(0, at) + other.file.substr(at), small.file);
    // The parts of a larger one: swapped, doubled, left out, moved, cut between.
    std::vector<std::string> parts;
    for (std::size_t at = kHeaderSize + kStreamHead; at < big.file.size(); at += kChunk + kChunkMore) parts.push_back(big.file.substr(at, kChunk + kChunkMore));
    const auto whole = [&](const std::vector<std::string>& some) {
        std::string file = big.file.substr(0, kHeaderSize + kStreamHead);
        for (const auto& part : some) file += part;
        return file;
    };
    REQUIRE(whole(parts) == big.file);
    for (std::size_t a = 0; a < parts.size(); ++a) {
        for (std::size_t b = 0; b < parts.size(); ++b) {
            auto swapped = parts;
            std::swap(swapped[a], swapped[b]);
            must_fail(whole(swapped), big.file);
            auto doubled = parts;
            doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(b), parts[a]);
            must_fail(whole(doubled), big.file);
        }
        auto without = parts;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(a));
        must_fail(whole(without), big.file);
        must_fail(whole({parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(a)}), big.file);
    }
    // And at random until there are enough: bytes replaced, swapped, taken out, put in, a range zeroed.
    while (changes < kChanges) {
        const auto& original = changes % 50 == 0 ? big.file : small.file;
        auto changed = original;
        const std::size_t at = dice() % changed.size(), with = dice() % changed.size(), length = 1 + dice() % 40;
        switch (dice() % 5) {
            case 0: changed[at] = static_cast<char>(dice()); break;
            case 1: std::swap(changed[at], changed[with]); break;
            case 2: changed.erase(at, length); break;
            case 3: changed.insert(at, length, static_cast<char>(dice())); break;
            default: std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(at), std::min(length, changed.size() - at), '\0'); break;
        }
        must_fail(changed, original);
    }
    std::printf("%zu changes\n", changes);
    CHECK(changes >= kChanges);
    CHECK(missed == 0);
}

TEST_CASE("R10: 100,000 changes of an envelope, every one found") {
    std::mt19937 dice{seed()};
    const auto key = vault::random_key(), other = vault::random_key();
    const vault::Binding place{"field", "vault", "connection-1", "kucoin", "secret"};
    std::vector<std::string> sealed;
    for (int i = 0; i < 20; ++i) sealed.push_back(vault::seal(key, place, text("secret number " + std::to_string(i))));
    std::size_t changes = 0, missed = 0;
    const auto must_fail = [&](const std::string& changed) {
        if (std::find(sealed.begin(), sealed.end(), changed) != sealed.end()) return;
        ++changes;
        if (vault::open(key, place, changed)) ++missed;
    };
    for (const auto& one : sealed) {
        for (std::size_t at = 0; at < one.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                auto changed = one;
                changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
                must_fail(changed);
            }
            must_fail(one.substr(0, at));
            must_fail(one.substr(0, at) + sealed[dice() % sealed.size()].substr(at));
        }
        CHECK_FALSE(vault::open(other, place, one).has_value());
        CHECK_FALSE(vault::open(key, {"field", "vault", "connection-2", "kucoin", "secret"}, one).has_value());
        CHECK_FALSE(vault::open(key, {"field", "vault", "connection-1kucoin", "", "secret"}, one).has_value());
    }
    while (changes < kChanges) {
        auto changed = sealed[dice() % sealed.size()];
        const std::size_t at = dice() % changed.size(), with = dice() % changed.size();
        switch (dice() % 4) {
            case 0: changed[at] = static_cast<char>(dice()); break;
            case 1: std::swap(changed[at], changed[with]); break;
            case 2: changed.erase(at, 1 + dice() % 8); break;
            default: changed.insert(at, 1 + dice() % 8, static_cast<char>(dice())); break;
        }
        must_fail(changed);
    }
    CHECK(missed == 0);
}

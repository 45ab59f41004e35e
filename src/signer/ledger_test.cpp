#include "signer/ledger.hpp"

#include "journal/disk.hpp"
#include "support/fault_folder.hpp"
#include "support/scratch.hpp"

#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <random>
#include <sodium.h>
#include <sys/resource.h>
#include <thread>

using namespace bf;
using namespace bf::signer;

namespace {

constexpr std::uint64_t kSegment = kLedgerHeaderSize + LedgerEntry::kBodyMax + kLedgerFrame;

class TestClock final : public ports::Clock {
public:
    [[nodiscard]] Instant wall() const override { return now; }
    [[nodiscard]] std::chrono::microseconds steady() const override { return {}; }
    Instant now{Instant::from_ms(1'700'000'000'000)};
};

/// What a test does to the folder of a ledger.
struct Mischief {
    std::function<void()> on_create{};        ///< Called before a file is made, by the thread that makes it.
    const char* create_fails{nullptr};        ///< With that code.
    std::map<std::string, Error> open_fails{};
    int opens{0};
};

/// Keeps its files while ledgers come and go.
class Lent final : public journal::Folder {
public:
    Lent(journal::Folder& folder, Mischief& mischief) : folder_{folder}, mischief_{mischief} {}
    Result<std::vector<std::string>> list() override { return folder_.list(); }
    Result<std::unique_ptr<journal::File>> open(const std::string& name) override {
        ++mischief_.opens;
        if (const auto fails = mischief_.open_fails.find(name); fails != mischief_.open_fails.end()) return Unexpected{fails->second};
        return folder_.open(name);
    }
    Result<std::unique_ptr<journal::File>> create(const std::string& name, std::uint64_t size) override {
        if (mischief_.on_create) mischief_.on_create();
        if (mischief_.create_fails != nullptr) return Unexpected{Error{ErrorKind::io, "no room", Fate::not_sent, mischief_.create_fails}};
        return folder_.create(name, size);
    }
    Status remove(const std::string& name) override { return folder_.remove(name); }

private:
    journal::Folder& folder_;
    Mischief& mischief_;
};

crypto::Secret seed_of(char c) { return crypto::Secret::take(std::string(kLedgerSeedSize, c)); }

struct House {
    test::FaultFolder disk;
    TestClock clock;
    std::optional<LedgerHead> kept;
    Mischief mischief;
    std::unique_ptr<Ledger> ledger;

    Result<std::unique_ptr<Ledger>> try_open(std::uint64_t segment_size = kSegment) {
        const auto seed = seed_of('s');
        return Ledger::open({std::make_unique<Lent>(disk, mischief), seed, clock, kept, segment_size});
    }
    void open(std::uint64_t segment_size = kSegment) { ledger = try_open(segment_size).value(); }
    /// The process dies: what it wrote is the operating system's.
    void die() {
        disk.fail_at(0);
        ledger.reset();
        disk.fail_at(-1);
    }
    std::uint64_t order(int i) {
        return try_order(i).value();
    }
    Result<std::uint64_t> try_order(int i) {
        LedgerEntry entry;
        entry.use = UseClass::order;
        entry.connection = "c1";
        entry.what = "place_order";
        entry.result = "signed";
        auto& call = entry.call.emplace();
        call.method = wire::Method::post;
        call.path = "/api/v3/order";
        call.symbol = "BTC/USDT";
        call.side = market::Side::buy;
        call.quantity = Decimal{i + 1};
        call.price = "61234.5"_d;
        call.client_order_id = "bf-" + std::to_string(i);
        call.digest.fill(static_cast<unsigned char>(i));
        entry.purpose = LedgerEntry::Purpose{"entry", 7, "s1"};
        clock.now = clock.now + milliseconds{10};
        return ledger->append(entry);
    }
    [[nodiscard]] std::vector<std::string> segments() const {
        std::vector<std::string> all;
        for (const auto& [name, disk_file] : disk.files)
            if (name != kLedgerHeadFile && disk_file.now[0] != '\0') all.push_back(disk_file.now);
        return all;
    }
    [[nodiscard]] std::vector<LedgerHead> heads() const {
        std::vector<LedgerHead> all;
        for (std::size_t slot = 0; slot < 2; ++slot)
            if (const auto head = read_head(std::string_view{disk.files.at(kLedgerHeadFile).now}.substr(slot * kLedgerHeadBlock, kLedgerHeadBlock))) all.push_back(*head);
        return all;
    }
};

LedgerHead newest(const std::vector<LedgerHead>& heads) {
    return *std::max_element(heads.begin(), heads.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
}

LedgerReport check(const std::vector<std::string>& segments, std::vector<LedgerHead> heads, LedgerChecker::OnEntry on_entry = {}) {
    LedgerChecker::Given given;
    given.heads = std::move(heads);
    LedgerChecker checker{std::move(given), std::move(on_entry)};
    for (const auto& bytes : segments) checker.segment(bytes);
    return checker.finish();
}

/// Where each entry of a segment stands, and its size.
std::vector<std::pair<std::size_t, std::size_t>> places(const std::string& segment) {
    std::vector<std::pair<std::size_t, std::size_t>> all;
    for (std::size_t at = kLedgerHeaderSize;;) {
        std::uint32_t body = 0;
        std::memcpy(&body, segment.data() + at, 4);
        if (body == 0) return all;
        all.emplace_back(at, body + kLedgerFrame);
        at += body + kLedgerFrame;
    }
}

}  // namespace

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
    const test::Scratch scratch;
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
            for (std::size_t at = 0; at < good[segment].size(); ++at) {
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
    CHECK(changes >= 100'000);
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
    constexpr int kRounds = 50'000;
    for (int round = 0; round < kRounds; ++round) {
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

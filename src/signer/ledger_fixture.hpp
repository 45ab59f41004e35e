// A ledger's house for tests: its folder, which can be torn, lost or made to fail, the clock, and what lies in its segments.
#pragma once
#include "journal/disk.hpp"
#include "signer/ledger.hpp"
#include "support/fault_folder.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bf::signer::test {

inline constexpr std::uint64_t kSegment = kLedgerHeaderSize + LedgerEntry::kBodyMax + kLedgerFrame;

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

inline crypto::Secret seed_of(char c) { return crypto::Secret::take(std::string(kLedgerSeedSize, c)); }

struct House {
    bf::test::FaultFolder disk;
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

inline LedgerHead newest(const std::vector<LedgerHead>& heads) {
    return *std::max_element(heads.begin(), heads.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
}

inline LedgerReport check(const std::vector<std::string>& segments, std::vector<LedgerHead> heads, LedgerChecker::OnEntry on_entry = {}) {
    LedgerChecker::Given given;
    given.heads = std::move(heads);
    LedgerChecker checker{std::move(given), std::move(on_entry)};
    for (const auto& bytes : segments) checker.segment(bytes);
    return checker.finish();
}

/// Where each entry of a segment stands, and its size.
inline std::vector<std::pair<std::size_t, std::size_t>> places(const std::string& segment) {
    std::vector<std::pair<std::size_t, std::size_t>> all;
    for (std::size_t at = kLedgerHeaderSize;;) {
        std::uint32_t body = 0;
        std::memcpy(&body, segment.data() + at, 4);
        if (body == 0) return all;
        all.emplace_back(at, body + kLedgerFrame);
        at += body + kLedgerFrame;
    }
}

}  // namespace bf::signer::test

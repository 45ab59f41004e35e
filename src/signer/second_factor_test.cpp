#include "signer/second_factor.hpp"

#include "support/authenticator_app.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <set>
#include <sqlite3.h>

using namespace bf;
using namespace bf::signer;
using Kind = FactorVerdict::Kind;

namespace {

struct Bench {
    test::Scratch scratch;
    std::optional<VaultDoor> door;
    std::optional<SecondFactor> factor;
    Instant now{Instant::from_ms(1'700'000'010'000)};
    std::string secret;
    std::vector<std::string> recovery;

    Bench() { restart(); }
    void restart() {
        factor.reset();
        door.reset();
        door.emplace(VaultPlace{scratch.path() / "vault", {}, vault::KdfCost{1, 8192}});
        factor.emplace(*door);
    }
    Answer confirm(const std::string& account, const std::string& code, bool owner = true) { return factor->confirm({account, code, owner}, now); }
    std::vector<std::string> enrol(const std::string& account, bool owner = true) {
        secret = factor->begin(account, now)->secret;
        const auto answer = confirm(account, test::app_shows(secret, now), owner);
        recovery = std::get<FactorCodes>(answer).codes;
        now = now + seconds{30};
        return recovery;
    }
    Kind check(const std::string& code, const std::string& account = "owner") { return factor->check(account, code, now)->kind; }
    [[nodiscard]] std::string shown(std::int64_t seconds_on = 0) const { return test::app_shows(secret, now + seconds{seconds_on}); }
    /// A code that fits no step near now.
    [[nodiscard]] std::string wrong() const {
        for (int n = 0;; ++n) {
            auto code = std::to_string(100000 + n);
            bool fits = false;
            for (int step = -3; step <= 3; ++step) fits = fits || code == shown(step * 30);
            if (!fits) return code;
        }
    }
};

}  // namespace

TEST_CASE("the app of these tests is one of RFC 6238") {
    // The RFC's own secret at its own times; six digits are the last six of its eight.
    const std::string secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    CHECK(test::app_shows(secret, Instant::from_ms(59'000)) == "287082");
    CHECK(test::app_shows(secret, Instant::from_ms(1'111'111'109'000)) == "081804");
    CHECK(test::app_shows(secret, Instant::from_ms(20'000'000'000'000)) == "353130");
}

TEST_CASE("a factor is in force from its first good code on") {
    Bench bench;
    CHECK(bench.check("123456") == Kind::none);
    CHECK_FALSE(bench.factor->state("owner", bench.now)->on);
    bench.secret = bench.factor->begin("owner", bench.now)->secret;
    CHECK(bench.secret.size() == 32);
    CHECK(bench.check(bench.shown()) == Kind::none);
    CHECK(std::get<FactorVerdict>(bench.confirm("owner", bench.wrong())).kind == Kind::wrong);
    CHECK_FALSE(bench.factor->state("owner", bench.now)->on);
    // Begun anew: the earlier secret is worth nothing.
    const auto earlier = bench.secret;
    bench.secret = bench.factor->begin("owner", bench.now)->secret;
    CHECK(std::get<FactorVerdict>(bench.confirm("owner", test::app_shows(earlier, bench.now))).kind == Kind::wrong);
    const auto codes = std::get<FactorCodes>(bench.confirm("owner", bench.shown())).codes;
    CHECK(std::set<std::string>(codes.begin(), codes.end()).size() == kRecoveryCodes);
    const auto state = *bench.factor->state("owner", bench.now);
    CHECK(state.on);
    CHECK(state.trusted);
    CHECK(state.recovery_left == kRecoveryCodes);
    // The code that confirmed it is used up, and nobody may begin over it.
    CHECK(bench.check(bench.shown()) == Kind::replayed);
    CHECK(bench.factor->begin("owner", bench.now).error().reason == Refusal::conflict);
    CHECK(std::get<Refused>(bench.confirm("owner", bench.shown(30))).reason == Refusal::conflict);
}

TEST_CASE("each step is accepted once, near its time only, in their order, over restarts") {
    Bench bench;
    bench.enrol("owner");
    bench.now = bench.now + seconds{300};
    const auto before = bench.shown(-30), present = bench.shown(), next = bench.shown(30);
    CHECK(bench.check(bench.shown(-60)) == Kind::wrong);
    CHECK(bench.check(bench.shown(60)) == Kind::wrong);
    CHECK(bench.check(before.substr(0, 3) + " " + before.substr(3)) == Kind::ok);
    CHECK(bench.check(before) == Kind::replayed);
    CHECK(bench.check(next) == Kind::ok);
    // An older one than the latest is refused although it was never used.
    CHECK(bench.check(present) == Kind::replayed);
    bench.restart();
    CHECK(bench.check(next) == Kind::replayed);
    bench.now = bench.now + seconds{90};
    CHECK(bench.check(bench.shown()) == Kind::ok);
    for (const auto* other : {"", "12345", "1234567", "abcdef", "\xff\xff\xff\xff\xff\xff"}) CHECK(bench.check(other) != Kind::ok);
}

TEST_CASE("wrong codes wait longer each time, whoever restarts what, and a right one ends it") {
    Bench bench;
    bench.enrol("owner");
    for (int i = 0; i < 3; ++i) CHECK(bench.check(bench.wrong()) == Kind::wrong);
    std::uint32_t total = 0, last = 0;
    for (int i = 0; i < 14; ++i) {
        const auto verdict = *bench.factor->check("owner", bench.wrong(), bench.now);
        CHECK(verdict.kind == Kind::wrong);
        CHECK(verdict.wait_s >= last);
        last = verdict.wait_s;
        total += last;
        bench.restart();
        const auto early = *bench.factor->check("owner", bench.shown(), bench.now);
        CHECK(early.kind == Kind::slow_down);
        CHECK(early.wait_s == last);
        bench.now = bench.now + seconds{last};
    }
    CHECK(last == 3600);
    CHECK(total > 3600);
    CHECK(bench.check(bench.shown()) == Kind::ok);
    bench.now = bench.now + seconds{60};
    for (int i = 0; i < 3; ++i) CHECK(bench.check(bench.wrong()) == Kind::wrong);
    CHECK(bench.check(bench.shown()) == Kind::ok);
}

TEST_CASE("a clock set back a year makes nobody wait for a year") {
    Bench bench;
    bench.enrol("owner");
    for (int i = 0; i < 4; ++i) CHECK(bench.check(bench.wrong()) == Kind::wrong);
    bench.now = bench.now - std::chrono::hours{24 * 365};
    const auto verdict = *bench.factor->check("owner", bench.recovery[0], bench.now);
    CHECK(verdict.kind == Kind::slow_down);
    CHECK(verdict.wait_s <= 3600);
}

TEST_CASE("beginning again is no way around the wait") {
    Bench bench;
    bench.secret = bench.factor->begin("owner", bench.now)->secret;
    for (int i = 0; i < 4; ++i) CHECK(std::get<FactorVerdict>(bench.confirm("owner", bench.wrong())).kind == Kind::wrong);
    bench.secret = bench.factor->begin("owner", bench.now)->secret;
    CHECK(std::get<FactorVerdict>(bench.confirm("owner", bench.shown())).kind == Kind::slow_down);
}

TEST_CASE("a recovery code works once, however it is typed, and for its account only") {
    Bench bench;
    const auto others = bench.enrol("other");
    bench.enrol("owner");
    auto typed = bench.recovery[3];
    for (auto& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto verdict = *bench.factor->check("owner", typed, bench.now);
    CHECK(verdict.kind == Kind::ok);
    CHECK(verdict.by_recovery);
    CHECK(verdict.recovery_left == kRecoveryCodes - 1);
    CHECK(bench.check(bench.recovery[3]) == Kind::wrong);
    CHECK(bench.check(others[0]) == Kind::wrong);
    bench.restart();
    CHECK(bench.check(bench.recovery[4]) == Kind::ok);
    // New ones end the old ones.
    const auto fresh = std::get<FactorCodes>(bench.factor->renew("owner", bench.shown(), bench.now)).codes;
    CHECK(fresh.size() == kRecoveryCodes);
    CHECK(bench.check(bench.recovery[5]) == Kind::wrong);
    CHECK(bench.check(fresh[0]) == Kind::ok);
    CHECK(std::get<FactorVerdict>(bench.factor->renew("owner", bench.recovery[6], bench.now)).kind == Kind::wrong);
}

TEST_CASE("with a code a factor goes at once; without one it falls an hour later unless it is used") {
    Bench bench;
    bench.enrol("owner");
    CHECK(std::get<FactorVerdict>(bench.factor->remove("owner", bench.wrong(), bench.now)).kind == Kind::wrong);
    CHECK(bench.factor->state("owner", bench.now)->on);
    CHECK_FALSE(std::get<FactorState>(bench.factor->remove("owner", bench.shown(), bench.now)).on);
    CHECK(bench.check(bench.shown(30)) == Kind::none);

    bench.enrol("owner");
    const auto asked = std::get<FactorState>(bench.factor->remove("owner", "", bench.now));
    CHECK(asked.on);
    CHECK(asked.falls_at == bench.now + kFactorFall);
    bench.now = bench.now + seconds{3000};
    // Asked for again it falls no later and no sooner.
    CHECK(std::get<FactorState>(bench.factor->remove("owner", "", bench.now)).falls_at == asked.falls_at);
    const auto used = *bench.factor->check("owner", bench.shown(), bench.now);
    CHECK(used.kind == Kind::ok);
    CHECK(used.fall_cancelled);
    bench.now = bench.now + seconds{3600};
    CHECK(bench.factor->state("owner", bench.now)->on);

    REQUIRE(std::get<FactorState>(bench.factor->remove("owner", "", bench.now)).falls_at);
    bench.now = bench.now + kFactorFall - milliseconds{1};
    bench.restart();
    CHECK(bench.factor->state("owner", bench.now)->on);
    bench.now = bench.now + milliseconds{1};
    CHECK_FALSE(bench.factor->state("owner", bench.now)->on);
    CHECK(bench.factor->begin("owner", bench.now).has_value());
}

TEST_CASE("one that was slipped in is not trusted until a trusted one vouches for it") {
    Bench bench;
    bench.enrol("owner");
    const auto owners = bench.secret;
    CHECK(bench.factor->check("owner", bench.shown(), bench.now)->trusted);
    bench.enrol("evil");
    CHECK_FALSE(bench.factor->state("evil", bench.now)->trusted);
    CHECK_FALSE(bench.factor->check("evil", bench.shown(), bench.now)->trusted);
    bench.now = bench.now + seconds{60};
    CHECK(std::get<Refused>(bench.factor->vouch("evil", "evil", bench.shown(), bench.now)).reason == Refusal::policy);
    CHECK(std::get<FactorVerdict>(bench.factor->vouch("evil", "owner", bench.wrong(), bench.now)).kind == Kind::wrong);
    CHECK_FALSE(bench.factor->state("evil", bench.now)->trusted);
    CHECK(std::get<FactorState>(bench.factor->vouch("evil", "owner", test::app_shows(owners, bench.now), bench.now)).trusted);
    CHECK(bench.factor->state("evil", bench.now)->trusted);
}

TEST_CASE("the factor of an account that is gone stops counting when it falls, though nobody asks about that account any more") {
    Bench bench;
    bench.enrol("gone");
    bench.enrol("owner");
    const auto counts = [&] { return *bench.factor->trusted(bench.now); };
    CHECK(counts().any);
    CHECK_FALSE(counts().last_falls_at);
    const auto asked = std::get<FactorState>(bench.factor->remove("gone", "", bench.now));
    CHECK(counts().any);
    CHECK(counts().last_falls_at == asked.falls_at);
    // A taken-over engine that claims the removal gets nothing by it until then.
    CHECK(std::get<Refused>(bench.factor->vouch("owner", "owner", bench.shown(), bench.now)).detail.find("falls at 2023-11-14 23:14:") != std::string::npos);
    bench.now = *asked.falls_at - milliseconds{1};
    CHECK(counts().any);
    bench.now = *asked.falls_at;
    CHECK_FALSE(counts().any);
    // The owner's own, set up meanwhile, counts once its owner says so with a code; another's does not by that.
    CHECK_FALSE(bench.factor->check("owner", bench.shown(), bench.now)->trusted);
    bench.now = bench.now + seconds{30};
    CHECK(std::get<FactorVerdict>(bench.factor->vouch("owner", "owner", bench.wrong(), bench.now)).kind == Kind::wrong);
    CHECK(std::get<FactorState>(bench.factor->vouch("owner", "owner", bench.shown(), bench.now)).trusted);
    CHECK(counts().any);
    bench.enrol("third");
    CHECK(std::get<Refused>(bench.factor->vouch("third", "third", bench.shown(), bench.now)).reason == Refusal::policy);
}

TEST_CASE("a factor that nobody may widen with is not the first that counts") {
    Bench bench;
    bench.enrol("trader", false);
    CHECK_FALSE(bench.factor->state("trader", bench.now)->trusted);
    CHECK_FALSE(bench.factor->trusted(bench.now)->any);
    bench.enrol("owner");
    CHECK(bench.factor->state("owner", bench.now)->trusted);
}

TEST_CASE("what stands on disk is sealed, bound to its account and kept through a new root key") {
    Bench bench;
    bench.enrol("owner");
    bench.enrol("other");
    REQUIRE((*bench.door->vault())->rotate_root_key().has_value());
    CHECK(bench.check(bench.shown(), "other") == Kind::ok);
    bench.restart();
    CHECK(bench.factor->state("owner", bench.now)->on);
    // Somebody puts the one whose codes he knows in the place of the other.
    bench.factor.reset();
    bench.door.reset();
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open((bench.scratch.path() / "vault" / "vault.db").c_str(), &raw) == SQLITE_OK);
    REQUIRE(sqlite3_exec(raw, "UPDATE item SET sealed=(SELECT sealed FROM item WHERE name='other') WHERE name='owner'", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(raw);
    bench.restart();
    bench.now = bench.now + seconds{60};
    CHECK(bench.factor->check("owner", bench.shown(), bench.now).error().reason == Refusal::damaged);
    CHECK(bench.check(bench.shown(), "other") == Kind::ok);
    // Nor does a damaged one make room for a new trusted one.
    bench.enrol("third");
    CHECK_FALSE(bench.factor->state("third", bench.now)->trusted);
}

TEST_CASE("a vault of the first format gets its new table and keeps its keys") {
    Bench bench;
    bench.factor.reset();
    bench.door.reset();
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open((bench.scratch.path() / "vault" / "vault.db").c_str(), &raw) == SQLITE_OK);
    REQUIRE(sqlite3_exec(raw, "DROP TABLE item; PRAGMA user_version=1", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(raw);
    bench.restart();
    CHECK(bench.door->state() == VaultState::open);
    bench.enrol("owner");
    bench.restart();
    CHECK(bench.check(bench.shown()) == Kind::ok);
}

TEST_CASE("no vault, no factor; no name, no answer") {
    VaultDoor none{std::nullopt};
    SecondFactor factor{none};
    const auto now = Instant::from_ms(1'700'000'000'000);
    CHECK(factor.check("owner", "123456", now).error().reason == Refusal::vault_closed);
    Bench bench;
    for (const std::string& name : {std::string{}, std::string{"Owner"}, std::string{"a b"}, std::string{"a/b"}, std::string(65, 'a')}) {
        CAPTURE(name);
        CHECK(bench.factor->begin(name, now).error().reason == Refusal::bad_message);
        CHECK(bench.factor->check(name, "123456", now).error().reason == Refusal::bad_message);
    }
}

#include "server/accounts.hpp"

#include "server/passwords.hpp"
#include "server/qr.hpp"
#include "support/scratch.hpp"
#include "support/set_clock.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::server;

namespace {

/// Never twice the same, and the same in every run.
class Counting final : public ports::Entropy {
public:
    void fill(std::span<unsigned char> bytes) override {
        for (auto& byte : bytes) byte = static_cast<unsigned char>(++state_ * 2654435761U >> 13U);
    }

private:
    std::uint32_t state_{0};
};

struct Bench {
    test::Scratch scratch;
    test::SetClock clock;
    Counting dice;
    std::unique_ptr<Accounts> accounts;

    Bench() { restart(); }
    void restart() {
        accounts.reset();
        accounts = std::move(Accounts::open((scratch.path() / "web.db").string(), clock, dice)).value();
    }
    std::string sign_in(const std::string& name) { return accounts->begin_session(name, {"192.0.2.1", "a browser"}).value(); }
    [[nodiscard]] std::string code_of(const Status& status) const { return status ? "" : status.error().code; }
};

}  // namespace

TEST_CASE("the set-up code is gone with the first owner, and the last owner stays one") {
    Bench bench;
    auto& accounts = *bench.accounts;
    const auto code = accounts.set_up_code();
    CHECK(code.size() == 23);
    CHECK(accounts.is_set_up_code(code));
    CHECK_FALSE(accounts.is_set_up_code(""));
    CHECK(bench.code_of(accounts.add_person("vera", Role::viewer, "hash")) == "last_owner");
    REQUIRE(accounts.add_person("owner", Role::owner, "hash"));
    CHECK_FALSE(accounts.is_set_up_code(code));
    CHECK_FALSE(accounts.is_set_up_code(""));
    CHECK(bench.code_of(accounts.add_person("owner", Role::viewer, "hash")) == "name_taken");
    CHECK(bench.code_of(accounts.set_role("owner", Role::trader)) == "last_owner");
    CHECK(bench.code_of(accounts.remove_person("owner")) == "last_owner");
    REQUIRE(accounts.add_person("second", Role::owner, "hash"));
    CHECK(accounts.set_role("owner", Role::trader));
    bench.restart();
    CHECK(bench.accounts->person("owner")->role == Role::trader);
    CHECK_FALSE(bench.accounts->needs_set_up());
    for (const auto* bad : {"", " ", "a b", "a/b", "\xc3\xa9", "a:b"}) CHECK_FALSE(account_name(bad));
    CHECK(account_name(" Vera@Example.org ") == "vera@example.org");
}

TEST_CASE("a session ends unused, ends old, ends revoked, and lives through a restart") {
    Bench bench;
    REQUIRE(bench.accounts->add_person("owner", Role::owner, "hash"));
    const auto token = bench.sign_in("owner");
    CHECK(bench.accounts->by_cookie(token)->actor.role == Role::owner);
    CHECK_FALSE(bench.accounts->by_cookie(token + "x"));
    bench.restart();
    CHECK(bench.accounts->by_cookie(token));
    for (int i = 0; i < 13; ++i) {
        bench.clock.now = bench.clock.now + std::chrono::hours{11};
        CHECK(bench.accounts->by_cookie(token));
    }
    const auto unused = bench.sign_in("owner");
    bench.clock.now = bench.clock.now + std::chrono::hours{12};
    CHECK_FALSE(bench.accounts->by_cookie(unused));
    const auto old = bench.sign_in("owner");
    for (int i = 0; i < 24 * 7 / 8 - 1; ++i) {
        bench.clock.now = bench.clock.now + std::chrono::hours{8};
        CHECK(bench.accounts->by_cookie(old));
    }
    bench.clock.now = bench.clock.now + std::chrono::hours{8};
    CHECK_FALSE(bench.accounts->by_cookie(old));
    const auto revoked = bench.sign_in("owner");
    const auto caller = *bench.accounts->by_cookie(revoked);
    bench.accounts->end_session(caller.session);
    CHECK_FALSE(bench.accounts->by_cookie(revoked));
    CHECK_FALSE(bench.accounts->is_good(caller));
    bench.restart();
    CHECK_FALSE(bench.accounts->by_cookie(revoked));
}

TEST_CASE("what has expired is forgotten with the next that is made: no clock that is set back brings it to life") {
    Bench bench;
    auto& accounts = *bench.accounts;
    REQUIRE(accounts.add_person("owner", Role::owner, "hash"));
    const auto start = bench.clock.now;
    const auto old = bench.sign_in("owner");
    const auto script = accounts.make_api_token("owner", {"script", Role::viewer, start + std::chrono::hours{24}}).value().token;
    bench.clock.now = start + std::chrono::hours{24 * 30};
    const auto fresh = bench.sign_in("owner");
    const auto other = accounts.make_api_token("owner", {"other", Role::viewer, start + std::chrono::hours{24 * 60}}).value().token;
    bench.clock.now = start + std::chrono::hours{1};
    CHECK_FALSE(accounts.by_cookie(old));
    CHECK_FALSE(accounts.by_bearer(script));
    CHECK(accounts.by_cookie(fresh));
    CHECK(accounts.by_bearer(other));
}

TEST_CASE("stepping up gives another token; the old one leaves in seconds and opens nothing dangerous") {
    Bench bench;
    REQUIRE(bench.accounts->add_person("owner", Role::owner, "hash"));
    const auto first = bench.sign_in("owner");
    bench.clock.now = bench.clock.now + std::chrono::hours{1};
    const auto caller = *bench.accounts->by_cookie(first);
    const auto rotate = [&](const std::string& token) { return check_access(bench.accounts->by_cookie(token)->actor, wire::Method::post, "/api/v1/connections/c1/rotate", bench.clock.now); };
    CHECK(rotate(first) == Access::step_up_needed);
    const auto second = bench.accounts->step_up(caller.session).value();
    CHECK(rotate(second) == Access::allowed);
    CHECK(rotate(first) == Access::step_up_needed);
    CHECK(bench.accounts->by_cookie(second)->session == caller.session);
    bench.clock.now = bench.clock.now + seconds{10};
    CHECK_FALSE(bench.accounts->by_cookie(first));
    CHECK(bench.accounts->by_cookie(second));
    CHECK(bench.accounts->is_good(caller));
    bench.restart();
    CHECK_FALSE(bench.accounts->by_cookie(first));
    CHECK(rotate(second) == Access::allowed);
}

TEST_CASE("a new password ends what the old one opened") {
    Bench bench;
    auto& accounts = *bench.accounts;
    REQUIRE(accounts.add_person("owner", Role::owner, "hash"));
    const auto mine = bench.sign_in("owner"), other = bench.sign_in("owner");
    const auto script = accounts.make_api_token("owner", {"script", Role::viewer, bench.clock.now + std::chrono::hours{1}}).value().token;
    REQUIRE(accounts.set_password("owner", "hash 2", accounts.by_cookie(mine)->session));
    CHECK(accounts.by_cookie(mine));
    CHECK_FALSE(accounts.by_cookie(other));
    CHECK(accounts.by_bearer(script));
    REQUIRE(accounts.set_password("owner", "hash 3"));
    CHECK_FALSE(accounts.by_cookie(mine));
    CHECK_FALSE(accounts.by_bearer(script));
    bench.restart();
    CHECK_FALSE(bench.accounts->by_cookie(mine));
    CHECK_FALSE(bench.accounts->by_bearer(script));
    CHECK(bench.accounts->person("owner")->password_hash == "hash 3");
}

TEST_CASE("a token is never wider than its person and dies with its day") {
    Bench bench;
    auto& accounts = *bench.accounts;
    REQUIRE(accounts.add_person("owner", Role::owner, "hash"));
    REQUIRE(accounts.add_person("tessa", Role::trader, "hash"));
    const auto expires = bench.clock.now + std::chrono::hours{24};
    CHECK(accounts.make_api_token("tessa", {"x", Role::owner, expires}).error().code == "scope_too_wide");
    const auto token = accounts.make_api_token("tessa", {"x", Role::trader, expires}).value();
    CHECK(accounts.by_bearer(token.token)->actor.role == Role::trader);
    CHECK_FALSE(accounts.by_bearer(token.token)->actor.stepped_up_at);
    REQUIRE(accounts.set_role("tessa", Role::viewer));
    CHECK(accounts.by_bearer(token.token)->actor.role == Role::viewer);
    REQUIRE(accounts.set_role("tessa", Role::owner));
    CHECK(accounts.by_bearer(token.token)->actor.role == Role::trader);
    CHECK_FALSE(accounts.by_cookie(token.token));
    CHECK_FALSE(accounts.by_bearer(bench.sign_in("tessa")));
    CHECK_FALSE(accounts.end_api_token("owner", token.id));
    bench.restart();
    CHECK(bench.accounts->by_bearer(token.token));
    bench.clock.now = expires;
    CHECK_FALSE(bench.accounts->by_bearer(token.token));
    CHECK(bench.accounts->api_tokens("tessa").empty());
}

TEST_CASE("a person that was removed is gone with everything, and the next of that name starts empty") {
    Bench bench;
    REQUIRE(bench.accounts->add_person("owner", Role::owner, "hash"));
    REQUIRE(bench.accounts->add_person("vera", Role::viewer, "hash"));
    const auto session = bench.sign_in("vera");
    const auto token = bench.accounts->make_api_token("vera", {"x", Role::viewer, bench.clock.now + std::chrono::hours{1}}).value().token;
    REQUIRE(bench.accounts->remove_person("vera"));
    REQUIRE(bench.accounts->add_person("vera", Role::owner, "hash"));
    bench.restart();
    CHECK_FALSE(bench.accounts->by_cookie(session));
    CHECK_FALSE(bench.accounts->by_bearer(token));
}

TEST_CASE("wrong tries slow down an address and an account, and a known address keeps its owner in") {
    Bench bench;
    auto* throttle = &bench.accounts->throttle();
    for (int i = 0; i < 3; ++i) throttle->failed("owner", "192.0.2.1");
    CHECK(throttle->wait_s("owner", "192.0.2.1") == 0);
    throttle->failed("owner", "192.0.2.1");
    CHECK(throttle->wait_s("owner", "192.0.2.1") == 2);
    CHECK(throttle->wait_s("owner", "192.0.2.2") == 0);
    throttle->failed("owner", "192.0.2.1");
    CHECK(throttle->wait_s("", "192.0.2.1") == 4);
    bench.restart();
    throttle = &bench.accounts->throttle();
    CHECK(throttle->wait_s("owner", "192.0.2.1") == 4);
    // From home, where the owner signs in; then a crowd comes.
    throttle->passed("owner", "198.51.100.7");
    for (int i = 0; i < 40; ++i) throttle->failed("owner", "203.0.113." + std::to_string(i));
    CHECK(throttle->wait_s("owner", "203.0.113.99") == 300);
    CHECK(throttle->wait_s("other", "203.0.113.99") == 0);
    CHECK(throttle->wait_s("owner", "198.51.100.7") == 0);
    bench.restart();
    throttle = &bench.accounts->throttle();
    CHECK(throttle->wait_s("owner", "203.0.113.99") == 300);
    CHECK(throttle->wait_s("owner", "198.51.100.7") == 0);
    // Its own failures count there as anywhere.
    for (int i = 0; i < 4; ++i) throttle->failed("owner", "198.51.100.7");
    CHECK(throttle->wait_s("owner", "198.51.100.7") == 2);
    for (int i = 0; i < 20; ++i) throttle->failed("owner", "198.51.100.7");
    CHECK(throttle->wait_s("owner", "198.51.100.7") == 512);
    bench.clock.now = bench.clock.now - std::chrono::hours{24 * 365};
    CHECK(throttle->wait_s("owner", "198.51.100.7") == 512);
}

TEST_CASE("no more tries are looked at at once than may be wrong before somebody waits") {
    Bench bench;
    auto& throttle = bench.accounts->throttle();
    const auto place = [](int n) { return "203.0.113." + std::to_string(n); };
    std::vector<Throttle::Try> under_way;
    for (int i = 0; i < 3; ++i) under_way.push_back(throttle.begin("owner", place(1)).value());
    CHECK_FALSE(throttle.begin("owner", place(1)));
    CHECK_FALSE(throttle.begin("other", place(1)));
    // An account from everywhere: ten, then one at a time.
    for (int i = 2; i < 9; ++i) under_way.push_back(throttle.begin("owner", place(i)).value());
    CHECK_FALSE(throttle.begin("owner", place(9)));
    for (const auto& one : under_way) throttle.end(one);
    for (int i = 0; i < 40; ++i) throttle.failed("owner", place(100 + i));
    const auto only = throttle.begin("owner", place(9));
    CHECK(only);
    CHECK_FALSE(throttle.begin("owner", place(10)));
    // Where its owner signs in from nobody else's tries hold him up.
    throttle.passed("other", place(50));
    for (int i = 0; i < 40; ++i) throttle.failed("other", place(100 + i));
    const auto somebody = throttle.begin("other", place(11));
    CHECK(somebody);
    CHECK_FALSE(throttle.begin("other", place(12)));
    CHECK(throttle.begin("other", place(50)));
    throttle.end(*only);
    CHECK(throttle.begin("owner", place(10)));
}

TEST_CASE("a household is one place, and an IPv4 address in other clothes is itself") {
    CHECK(place_of("2001:db8:1:2:aaaa::1") == place_of("2001:db8:1:2:bbbb::9"));
    CHECK(place_of("2001:db8:1:3::1") != place_of("2001:db8:1:2::1"));
    CHECK(place_of("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(place_of("192.0.2.1") == "192.0.2.1");
}

TEST_CASE("a passphrase of what lies in a file: hopeless below what the door asks for, weak below ten thousand million guesses") {
    using server::Strength;
    for (const char* text : {"", "aaaaaaaaaaaa", "passwordpassword", "password123456", "backfuture backfuture", "qwertyuiop[]", "0123456789ab", "1qaz2wsx3edc4rfv"}) CHECK_MESSAGE(server::judge_passphrase(text) == Strength::hopeless, text);
    for (const char* text : {"Summer2026!!Summer", "hunter2hunter2", "passphrase-1234"}) CHECK_MESSAGE(server::judge_passphrase(text) == Strength::weak, text);
    for (const char* text : {"four grey herons waited", "correct horse battery staple", "tussen de maan en zee", "a passphrase of some length"}) CHECK_MESSAGE(server::judge_passphrase(text) == Strength::good, text);
}

TEST_CASE("passwords: what is refused, and what a hash keeps") {
    struct Row { const char* why; const char* password; const char* code; };
    const Row rows[] = {
        {"short", "12345678901", "password_too_short"},
        {"one word twice", "passwordpassword", "password_weak"},
        {"a run", "abcdefghijklmnop", "password_weak"},
        {"a keyboard's row", "qwertyuiopasdf", "password_weak"},
        {"one letter", "aaaaaaaaaaaaaaaaaaaa", "password_weak"},
        {"the account's own name", "vera-vera-vera", "password_weak"},
        {"the product's name", "backfuture-2026", "password_weak"},
        {"of those that leaked most", "1qaz2wsx3edc", "password_breached"},
        {"the same, in other letters", "Q1W2E3R4T5Y6", "password_breached"},
        {"words of a kind", "four grey herons waited", ""},
        {"letters of no kind", "wxkz92mvpqla", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto checked = check_password(row.password, "vera");
        CHECK((checked ? "" : checked.error().code) == row.code);
    }
    CHECK(check_password(std::string(1025, 'x'), "vera").error().code == "password_too_long");
    const auto hash = hash_password("four grey herons waited").value();
    CHECK(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
    CHECK(verify_password(hash, "four grey herons waited"));
    CHECK_FALSE(verify_password(hash, "four grey herons waited "));
    CHECK_FALSE(is_outdated(hash));
    CHECK(is_outdated("$argon2id$v=19$m=65536,t=2,p=1$bm8gcGVyc29uIGhhcyBpdA$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
    CHECK_FALSE(verify_password(nobodys_hash(), ""));
    CHECK_FALSE(is_outdated(nobodys_hash()));
}

TEST_CASE("the desk computes beside the loop, and turns away who comes when too many wait") {
    net::Loop loop;
    auto desk = make_password_desk(loop);
    std::string hash;
    REQUIRE(desk->hash("four grey herons waited", [&hash](const Result<std::string>& made) { hash = made.value(); }));
    CHECK(hash.empty());
    REQUIRE(loop.run_until([&hash] { return !hash.empty(); }, seconds{20}));
    int good = 0, bad = 0, taken = 0;
    for (int i = 0; i < 100; ++i)
        taken += desk->verify(hash, i == 0 ? "four grey herons waited" : "no", [&](const PasswordDesk::Verdict& verdict) { ++(verdict.good ? good : bad); }) ? 1 : 0;
    CHECK(taken >= 32);
    CHECK(taken <= 40);
    REQUIRE(loop.run_until([&good] { return good == 1; }, seconds{20}));
    // What still waits goes with the desk.
    desk.reset();
    CHECK(good + bad < taken);
}

TEST_CASE("a QR picture holds nothing that a strict page refuses") {
    const auto svg = qr_svg("otpauth://totp/BackFuture:owner?secret=ABC");
    CHECK(svg.starts_with("<svg xmlns="));
    CHECK(svg.find("style") == std::string::npos);
    CHECK(svg.find("script") == std::string::npos);
    CHECK(qr_svg(std::string(8000, 'x')).empty());
}

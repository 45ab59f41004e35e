#include "signer/passkey.hpp"

#include "signer/cbor_claims.hpp"
#include "signer/second_factor.hpp"
#include "support/authenticator_app.hpp"
#include "support/passkey_device.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <functional>

using namespace bf;
using namespace bf::signer;
using test::PasskeyDevice;
using Kind = FactorVerdict::Kind;

namespace {

const std::string kOrigin = "https://bot.example";

/// An account with one-time codes, and passkeys as somebody registers them.
struct Bench {
    test::Scratch scratch;
    std::optional<VaultDoor> door;
    std::optional<SecondFactor> factor;
    Instant now{Instant::from_ms(1'700'000'010'000)};
    std::string secret;
    std::vector<std::string> recovery;

    Bench() {
        restart();
        secret = factor->begin("owner", now)->secret;
        recovery = std::get<FactorCodes>(factor->confirm({"owner", code(), true}, now)).codes;
    }
    void restart() {
        factor.reset();
        door.reset();
        door.emplace(VaultPlace{scratch.path() / "vault", {}, vault::KdfCost{1, 8192}});
        factor.emplace(*door);
    }
    std::string code() {
        now = now + seconds{30};
        return test::app_shows(secret, now);
    }
    PasskeyAsked begin(const std::string& account = "owner") { return std::get<PasskeyAsked>(factor->begin_passkey(account, code(), kOrigin, now)); }
    /// Registers it; the refusal's word if it is refused.
    std::string add(PasskeyDevice& device, const std::string& name = "laptop") {
        const auto asked = begin();
        const auto added = factor->add_passkey({"owner", name, device.client_data("webauthn.create", asked.challenge), device.made()}, now);
        return added ? "added" : std::string{to_string(added.error().reason)};
    }
    std::string challenge() { return factor->ask_passkey("owner", kOrigin, now)->challenge; }
    Kind check(const std::string& answer) { return factor->check("owner", answer, now)->kind; }
    [[nodiscard]] std::size_t count() { return factor->passkeys("owner", now)->entries.size(); }
};

}  // namespace

TEST_CASE("a passkey of each algorithm is registered and proves its person, over restarts") {
    for (const auto algorithm : {PasskeyAlgorithm::es256, PasskeyAlgorithm::eddsa, PasskeyAlgorithm::rs256}) {
        CAPTURE(static_cast<int>(algorithm));
        Bench bench;
        PasskeyDevice device{algorithm};
        device.counter = 4;
        CHECK(bench.add(device) == "added");
        const auto listed = bench.factor->passkeys("owner", bench.now)->entries;
        REQUIRE(listed.size() == 1);
        CHECK(listed[0].name == "laptop");
        CHECK(listed[0].host == "bot.example");
        CHECK_FALSE(listed[0].used_at);
        bench.restart();
        const auto asked = *bench.factor->ask_passkey("owner", kOrigin, bench.now);
        CHECK(asked.credentials == std::vector{to_base64url(device.id())});
        device.counter = 5;
        const auto verdict = *bench.factor->check("owner", device.answer(asked.challenge), bench.now);
        CHECK(verdict.kind == Kind::ok);
        CHECK(verdict.trusted);
        CHECK_FALSE(verdict.by_recovery);
        CHECK(verdict.recovery_left == kRecoveryCodes);
        CHECK(bench.factor->passkeys("owner", bench.now)->entries[0].used_at == bench.now);
        // The codes work as before, and a recovery code too.
        CHECK(bench.check(bench.code()) == Kind::ok);
        CHECK(bench.check(bench.recovery[0]) == Kind::ok);
    }
}

TEST_CASE("an answer is good once, for a while, for its account, and for nothing that was not asked") {
    Bench bench;
    PasskeyDevice device;
    REQUIRE(bench.add(device) == "added");
    const auto answer = device.answer(bench.challenge());
    CHECK(bench.check(answer) == Kind::ok);
    CHECK(bench.check(answer) == Kind::stale);
    CHECK(bench.check(device.answer(to_base64url(PasskeyDevice::dice(32)))) == Kind::stale);
    // Looked at and found wrong is used up as well.
    const auto challenge = bench.challenge();
    CHECK(bench.check(PasskeyDevice{}.answer(challenge)) == Kind::wrong);
    CHECK(bench.check(device.answer(challenge)) == Kind::stale);
    // A challenge to make one proves nothing, and the other way round.
    CHECK(bench.check(device.answer(bench.begin().challenge)) == Kind::stale);
    const auto slow = device.answer(bench.challenge()), slower = device.answer(bench.challenge());
    bench.now = bench.now + kPasskeyWait;
    CHECK(bench.check(slow) == Kind::ok);
    bench.now = bench.now + milliseconds{1};
    CHECK(bench.check(slower) == Kind::stale);
    const auto early = device.answer(bench.challenge());
    bench.now = bench.now - seconds{1};
    CHECK(bench.check(early) == Kind::stale);
    bench.now = bench.now + seconds{1};
    const auto before = device.answer(bench.challenge());
    bench.restart();
    CHECK(bench.check(before) == Kind::stale);
    // Who asks again and again has a few at once, and pushes out nobody else's.
    const auto first = device.answer(bench.challenge());
    for (int i = 0; i < 8; ++i) CHECK_FALSE(bench.challenge().empty());
    CHECK(bench.check(first) == Kind::stale);
}

TEST_CASE("what does not fit is refused") {
    struct Row { const char* why; std::function<std::string(PasskeyDevice&, const std::string&)> answer; Kind expected{Kind::wrong}; };
    const Row rows[] = {
        {"another site's page", [](auto& device, auto& challenge) { device.origin = "https://bot.example.evil.example"; return device.answer(challenge); }},
        {"another port of ours", [](auto& device, auto& challenge) { device.origin = "https://bot.example:444"; return device.answer(challenge); }},
        {"no TLS", [](auto& device, auto& challenge) { device.origin = "http://bot.example"; return device.answer(challenge); }},
        {"a frame in another's page", [](auto& device, auto& challenge) { device.more = R"(,"crossOrigin":true)"; return device.answer(challenge); }, Kind::stale},
        {"a frame below somebody", [](auto& device, auto& challenge) { device.more = R"(,"topOrigin":"https://evil.example")"; return device.answer(challenge); }, Kind::stale},
        {"two origins", [](auto& device, auto& challenge) { device.more = R"(,"origin":"https://evil.example")"; return device.answer(challenge); }, Kind::stale},
        {"made, not proven", [](auto& device, auto& challenge) { return device.answer(challenge, "webauthn.create"); }},
        {"nobody there", [](auto& device, auto& challenge) { device.flags = 0x04; return device.answer(challenge); }},
        {"somebody, not verified", [](auto& device, auto& challenge) { device.flags = 0x01; return device.answer(challenge); }},
        {"another person's handle", [](auto& device, auto& challenge) { device.user = "somebody else"; return device.answer(challenge); }},
        {"signed for another domain", [](auto& device, auto& challenge) {
             const auto client = device.client_data("webauthn.get", challenge), data = device.head("evil.example", 5);
             return device.text(client, data, device.sign(data + PasskeyDevice::sha256(client)));
         }},
        {"signed over other client data", [](auto& device, auto& challenge) {
             const auto client = device.client_data("webauthn.get", challenge), data = device.head("bot.example", 5);
             return device.text(client, data, device.sign(data + PasskeyDevice::sha256(client + " ")));
         }},
        {"the counter lifted after signing", [](auto& device, auto& challenge) {
             const auto client = device.client_data("webauthn.get", challenge), data = device.head("bot.example", 5);
             const auto signature = device.sign(data + PasskeyDevice::sha256(client));
             device.counter = 9;
             return device.text(client, device.head("bot.example", 5), signature);
         }},
        {"data too short", [](auto& device, auto& challenge) {
             const auto client = device.client_data("webauthn.get", challenge), data = device.head("bot.example", 5).substr(0, 36);
             return device.text(client, data, device.sign(data + PasskeyDevice::sha256(client)));
         }},
        {"no signature", [](auto& device, auto& challenge) { return device.text(device.client_data("webauthn.get", challenge), device.head("bot.example", 5), ""); }},
        {"no client data", [](auto& device, auto&) { return device.text("", "", ""); }, Kind::stale},
        {"a part missing", [](auto& device, auto& challenge) { const auto whole = device.answer(challenge); return whole.substr(0, whole.rfind('.')); }},
        {"not base64url", [](auto& device, auto& challenge) { return device.answer(challenge) + "="; }},
        {"only its mark", [](auto&, auto&) { return std::string{"passkey."}; }},
    };
    Bench bench;
    PasskeyDevice device;
    REQUIRE(bench.add(device) == "added");
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto kept = device.counter;
        CHECK(bench.check(row.answer(device, bench.challenge())) == row.expected);
        device.counter = kept;
        device.flags = 5;
        device.origin = kOrigin;
        device.more = device.user = {};
    }
    // None of it counts as a wrong code, and the right answer is still good.
    CHECK(bench.check(device.answer(bench.challenge())) == Kind::ok);
    CHECK(bench.check(bench.code()) == Kind::ok);
    device.more = R"(,"crossOrigin":false,"other":{"a":[1]})";
    CHECK(bench.check(device.answer(bench.challenge())) == Kind::ok);
}

TEST_CASE("a counter only goes up, or is always zero") {
    Bench bench;
    PasskeyDevice device;
    device.counter = 7;
    REQUIRE(bench.add(device) == "added");
    const auto tell = [&](std::uint32_t counter) {
        device.counter = counter;
        return bench.check(device.answer(bench.challenge()));
    };
    CHECK(tell(7) == Kind::copied);
    CHECK(tell(6) == Kind::copied);
    CHECK(tell(0) == Kind::copied);
    CHECK(tell(8) == Kind::ok);
    bench.restart();
    CHECK(tell(8) == Kind::copied);
    CHECK(tell(4'000'000'000) == Kind::ok);
    PasskeyDevice silent;
    REQUIRE(bench.add(silent) == "added");
    for (int i = 0; i < 2; ++i) CHECK(bench.check(silent.answer(bench.challenge())) == Kind::ok);
    silent.counter = 1;
    CHECK(bench.check(silent.answer(bench.challenge())) == Kind::ok);
    silent.counter = 0;
    CHECK(bench.check(silent.answer(bench.challenge())) == Kind::copied);
}

TEST_CASE("a new passkey takes a good code, a challenge of ours, and an authenticator that asks its person") {
    Bench bench;
    PasskeyDevice device;
    const auto begin = [&](const std::string& code) { return bench.factor->begin_passkey("owner", code, kOrigin, bench.now); };
    CHECK(std::get<FactorVerdict>(begin("000000")).kind == Kind::wrong);
    CHECK(std::get<FactorVerdict>(begin("")).kind == Kind::wrong);
    CHECK(std::get<Refused>(bench.factor->begin_passkey("nobody", "000000", kOrigin, bench.now)).reason == Refusal::conflict);
    CHECK(bench.factor->ask_passkey("owner", kOrigin, bench.now).error().reason == Refusal::conflict);
    for (const auto* origin : {"https://192.0.2.1", "http://bot.example", "", "https://[::1]:8420"}) {
        CHECK(std::get<Refused>(bench.factor->begin_passkey("owner", bench.code(), origin, bench.now)).reason == Refusal::arguments);
        CHECK(bench.factor->ask_passkey("owner", origin, bench.now).error().reason == Refusal::arguments);
    }
    const auto add = [&](const std::string& client, const std::string& data, const std::string& name = "key") {
        const auto added = bench.factor->add_passkey({"owner", name, client, data}, bench.now);
        return added ? std::string{"added"} : std::string{to_string(added.error().reason)};
    };
    const auto client = [&] { return device.client_data("webauthn.create", bench.begin().challenge); };
    CHECK(add(device.client_data("webauthn.create", to_base64url(PasskeyDevice::dice(32))), device.made()) == "conflict");
    CHECK(add(device.client_data("webauthn.get", bench.begin().challenge), device.made()) == "arguments");
    CHECK(add(client(), device.made_for("evil.example")) == "arguments");
    CHECK(add(client(), device.head("bot.example", 0x45)) == "arguments");
    CHECK(add(client(), device.made().substr(0, 150)) == "arguments");
    CHECK(add(client(), device.made(), "") == "arguments");
    CHECK(add(client(), device.made(), "two\nlines") == "arguments");
    CHECK(add(client(), device.made(), std::string(61, 'n')) == "arguments");
    auto crooked = device.made();
    crooked.back() = static_cast<char>(crooked.back() ^ 1);  // The point leaves its curve.
    CHECK(add(client(), crooked) == "arguments");
    for (const std::uint8_t flags : {std::uint8_t{0x00}, std::uint8_t{0x01}, std::uint8_t{0x04}}) {
        device.flags = flags;
        CHECK(add(client(), device.made()) == "arguments");
    }
    device.flags = 5;
    device.origin = "https://evil.example";
    CHECK(add(client(), device.made()) == "arguments");
    device.origin = kOrigin;
    CHECK(bench.count() == 0);
    CHECK(add(client(), device.made()) == "added");
    CHECK(add(client(), device.made()) == "conflict");
    // One that is there vouches for the next as a code does.
    PasskeyDevice second;
    const auto asked = std::get<PasskeyAsked>(begin(device.answer(bench.challenge())));
    CHECK(asked.credentials.size() == 1);
    CHECK(add(second.client_data("webauthn.create", asked.challenge), second.made()) == "added");
    for (std::size_t i = 2; i < kPasskeysMax; ++i) {
        PasskeyDevice more;
        CHECK(bench.add(more) == "added");
    }
    CHECK(std::get<Refused>(begin(bench.code())).reason == Refusal::conflict);
    CHECK(bench.count() == kPasskeysMax);
}

TEST_CASE("a passkey goes when it is removed, all of them with the codes; the wait for wrong codes does not hold it up") {
    Bench bench;
    PasskeyDevice first, second;
    REQUIRE(bench.add(first, "first") == "added");
    REQUIRE(bench.add(second, "second") == "added");
    for (int i = 0; i < 6; ++i) (void)bench.factor->check("owner", "000000", bench.now).has_value();
    CHECK(bench.check("000000") == Kind::slow_down);
    CHECK(bench.check(first.answer(bench.challenge())) == Kind::ok);
    // But gives a guesser no new tries.
    CHECK(bench.check("000000") == Kind::slow_down);
    CHECK(bench.factor->remove_passkey("owner", "0123", bench.now).error().reason == Refusal::unknown_connection);
    const auto handle = bench.factor->passkeys("owner", bench.now)->entries[0].handle;
    CHECK(bench.factor->remove_passkey("owner", handle, bench.now)->entries.size() == 1);
    CHECK(bench.check(first.answer(bench.challenge())) == Kind::wrong);
    // Its use keeps a factor that somebody asked away without a code.
    REQUIRE(std::holds_alternative<FactorState>(bench.factor->remove("owner", "", bench.now)));
    const auto verdict = *bench.factor->check("owner", second.answer(bench.challenge()), bench.now);
    CHECK(verdict.fall_cancelled);
    bench.now = bench.now + kFactorFall;
    CHECK(bench.factor->state("owner", bench.now)->on);
    CHECK(std::holds_alternative<FactorState>(bench.factor->remove("owner", second.answer(bench.challenge()), bench.now)));
    CHECK_FALSE(bench.factor->state("owner", bench.now)->on);
    CHECK(bench.count() == 0);
    CHECK(bench.factor->ask_passkey("owner", kOrigin, bench.now).error().reason == Refusal::conflict);
}

TEST_CASE("passkeys belong to a name over TLS, or to localhost") {
    struct Row { const char* origin; const char* host; };
    const Row rows[] = {
        {"https://bot.example", "bot.example"}, {"https://bot.example:8420", "bot.example"}, {"https://nas", "nas"}, {"http://localhost:8420", "localhost"},
        {"https://localhost", "localhost"}, {"http://bot.example", nullptr}, {"https://127.0.0.1:8420", nullptr}, {"https://[::1]:8420", nullptr},
        {"https://10.1", nullptr}, {"https://", nullptr}, {"https://bot.example/", nullptr}, {"https://bot.example:", nullptr}, {"https://bot.example:x", nullptr},
        {"https://a..b", nullptr}, {"https://.b", nullptr}, {"https://b.", nullptr}, {"https://BOT.example", nullptr}, {"https://u@bot.example", nullptr},
        {"ftp://bot.example", nullptr}, {"http://localhost.example", nullptr}, {"", nullptr},
    };
    for (const auto& row : rows) {
        CAPTURE(row.origin);
        const auto host = passkey_host(row.origin);
        REQUIRE(host.has_value() == (row.host != nullptr));
        if (host) CHECK(*host == row.host);
    }
}

TEST_CASE("CBOR that claims more than it has reaches no library") {
    using namespace std::string_literals;
    const auto key = "\xa5\x01\x02\x03\x26\x20\x01\x21\x42\x01\x02\x22\x42\x03\x04"s;
    CHECK(cbor_claims_fit(""));
    CHECK(cbor_claims_fit(key));
    CHECK(cbor_claims_fit(key + "\xa1\x63" "abc\xf5"s));
    CHECK(cbor_claims_fit("\x9f\x01\xff\xfb\x01\x02\x03\x04\x05\x06\x07\x08"s));
    for (const auto& claim : {"\x9b\x00\x0d\x00\x03\x01\x01\x19\x00"s, "\x9b\xff\xff\xff\xff\xff\xff\xff\xff"s, "\xba\x00\x00\x00\x04\x01\x02\x03\x04\x05\x06\x07"s, "\x83\x01\x02"s, "\xa2\x01\x02\x03"s,
                              "\x5a\x7f\xff\xff\xff\x01"s, "\x44\x01"s, "\x19\x01"s, "\x1c"s}) {
        CAPTURE(claim.size());
        CHECK_FALSE(cbor_claims_fit(claim));
        CHECK_FALSE(cbor_claims_fit(key + claim));
    }
    const test::PasskeyDevice device;
    const auto made = device.made();
    CHECK(read_passkey(made, "bot.example").has_value());
    CHECK_FALSE(read_passkey(made + "\x9b\x00\x0d\x00\x03\x01\x01\x19\x00"s, "bot.example").has_value());
}

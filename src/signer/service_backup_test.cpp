// Backups as the whole service hands them out: with the keys only to who proves to be a person, where one can.
#include "signer/service.hpp"

#include "signer/codec.hpp"
#include "support/authenticator_app.hpp"
#include "support/scratch.hpp"
#include "support/set_clock.hpp"
#include "support/toy_exchange.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::signer;
using test::kToyExchange;

namespace {

struct Bench {
    test::Scratch scratch;
    test::ToyCalls toy;
    ArgumentRules rules;
    test::SetClock clock{Instant::from_ms(1'790'000'010'000)};
    Service service{Service::World{[this](exchange::ExchangeId id) { return id == kToyExchange ? &toy : nullptr; }, rules, clock},
                    VaultPlace{scratch.path() / "vault", {}, vault::KdfCost{1, 8192}}};
    PublicKey public_key{std::get<Hello>(ask(HelloRequest{})).public_key};
    SealingKey ours;
    std::string secret;

    Bench() {
        const auto box = seal(public_key, crypto::Secret::take(R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
        REQUIRE(std::get<Added>(ask(AddRequest{"c", kToyExchange, Keep::vault, box, {}})).kept);
    }
    Answer ask(Question question) {
        std::string bytes, reply;
        encode(bytes, Request{42, std::move(question)});
        service.answer(bytes, reply);
        return std::move(decode_reply(reply).value().answer);
    }
    void enrol() {
        secret = std::get<FactorBegun>(ask(FactorBeginRequest{"owner"})).secret;
        REQUIRE(std::holds_alternative<FactorCodes>(ask(FactorConfirmRequest{"owner", test::app_shows(secret, clock.now)})));
        clock.now = clock.now + seconds{30};
    }
    [[nodiscard]] ports::StepUp code() const { return {"owner", test::app_shows(secret, clock.now)}; }
    /// "begun", or why not.
    std::string backup(bool keys, ports::StepUp step_up = {}, const char* passphrase = "a passphrase that somebody made up") {
        const auto answer = ask(BackupBeginRequest{keys, seal(public_key, crypto::Secret::take(passphrase)), ours.public_key(), std::move(step_up)});
        if (std::holds_alternative<BackupBegun>(answer)) return "begun";
        return std::string{to_string(std::get<Refused>(answer).reason)};
    }
};

}  // namespace

TEST_CASE("whoever asks for a backup knows its passphrase: with the keys it takes a person's code, where an account has a second factor") {
    Bench bench;
    CHECK(bench.backup(true) == "begun");
    CHECK_MESSAGE(bench.backup(true, {"owner", "123456"}) == "step_up", "a code that nobody can have is no code");

    bench.enrol();
    CHECK(bench.backup(true) == "step_up");
    CHECK(bench.backup(true, {"owner", ""}) == "step_up");
    CHECK(bench.backup(true, {"somebody", bench.code().code}) == "step_up");
    CHECK(bench.backup(true, {"owner", "000000"}) == "step_up");
    CHECK(bench.backup(false) == "begun");

    const auto code = bench.code();
    CHECK_MESSAGE(bench.backup(true, code, "short") == "bad_credentials", "and no code is used up for what is refused anyway");
    CHECK(bench.backup(true, code) == "begun");
    CHECK_MESSAGE(bench.backup(true, code) == "step_up", "a code is good once");
}

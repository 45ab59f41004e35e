// Backups as the whole service hands them out: with the keys only to who proves to be a person, where one can.
#include "signer/service.hpp"

#include "signer/codec.hpp"
#include "support/authenticator_app.hpp"
#include "support/scratch.hpp"
#include "support/set_clock.hpp"
#include "support/toy_exchange.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

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
    Answer ask(Question question) { return ask_of(service, std::move(question)); }
    static Answer ask_of(Service& one, Question question) {
        std::string bytes, reply;
        encode(bytes, Request{42, std::move(question)});
        one.answer(bytes, reply);
        return std::move(decode_reply(reply).value().answer);
    }
    [[nodiscard]] Service::World world() {
        return {[this](exchange::ExchangeId id) { return id == kToyExchange ? &toy : nullptr; }, rules, clock};
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

TEST_CASE("a raise that waited when the backup was made waits no more where it is restored") {
    Bench bench;
    auto narrow = ports::default_limits({});
    narrow.orders_a_minute = 60;
    REQUIRE(std::holds_alternative<Limits>(bench.ask(SetLimitsRequest{"c", narrow, {}})));
    REQUIRE(std::get<Limits>(bench.ask(SetLimitsRequest{"c", ports::default_limits({}), {}})).state.raise);
    const auto passphrase = [] { return crypto::Secret::take("a passphrase that somebody made up"); };
    const auto begun = std::get<BackupBegun>(bench.ask(BackupBeginRequest{true, seal(bench.public_key, passphrase()), bench.ours.public_key(), {}}));
    // Dropped a minute later, as what nobody had asked for.
    REQUIRE(std::holds_alternative<Limits>(bench.ask(SetLimitsRequest{"c", narrow, {}})));

    VaultPlace place{bench.scratch.path() / "restored", {}, vault::KdfCost{1, 8192}};
    std::filesystem::create_directory(place.folder);
    std::filesystem::permissions(place.folder, std::filesystem::perms::owner_all);
    {
        auto taking = place;
        taking.restoring = true;
        Service other{bench.world(), taking};
        const auto key = std::get<Hello>(Bench::ask_of(other, HelloRequest{})).public_key;
        REQUIRE(std::holds_alternative<BackupBegun>(Bench::ask_of(other, RestoreBeginRequest{begun.header, seal(key, passphrase()), bench.ours.public_key()})));
        for (bool last = false; !last;) {
            auto piece = std::get<BackupPiece>(bench.ask(BackupNextRequest{begun.backup}));
            last = piece.last;
            REQUIRE(std::holds_alternative<Done>(Bench::ask_of(other, RestoreNextRequest{std::move(piece.bytes)})));
        }
        REQUIRE(std::get<Restored>(Bench::ask_of(other, RestoreEndRequest{RestoreAs::keep})).keys);
    }
    bench.clock.now = bench.clock.now + std::chrono::hours{2};
    Service restored{bench.world(), place};
    const auto state = std::get<Limits>(Bench::ask_of(restored, LimitsRequest{"c"})).state;
    CHECK(state.limits == narrow);
    CHECK_FALSE(state.raise);
    CHECK(std::none_of(state.findings.begin(), state.findings.end(), [](auto one) { return one == ports::LimitFinding::rolled_back || one == ports::LimitFinding::damaged; }));
}

TEST_CASE("what opens the vault is changed on a person's word alone, where an account has a second factor") {
    Bench bench;
    const auto rewrap = [&](Rewrap change, ports::StepUp step_up = {}) {
        const auto box = change == Rewrap::to_passphrase ? seal(bench.public_key, crypto::Secret::take("a passphrase of the thief")) : std::string{};
        const auto answer = bench.ask(RewrapRequest{change, box, std::move(step_up)});
        return std::holds_alternative<Done>(answer) ? std::string{"done"} : std::string{to_string(std::get<Refused>(answer).reason)};
    };
    CHECK(rewrap(Rewrap::to_key_file) == "done");
    bench.enrol();
    for (const auto change : {Rewrap::to_passphrase, Rewrap::to_key_file}) {
        CHECK(rewrap(change) == "step_up");
        CHECK(rewrap(change, {"owner", "000000"}) == "step_up");
    }
    // Nobody is kept out by another root key under the same protection.
    CHECK(rewrap(Rewrap::new_root_key) == "done");
    CHECK(rewrap(Rewrap::to_passphrase, bench.code()) == "done");
}

TEST_CASE("a ledger that can't be opened at all holds up no backup of the keys, and that it is missing is said") {
    Bench bench;
    const auto begun_by = [&](Service& service, bool keys) {
        const auto key = std::get<Hello>(Bench::ask_of(service, HelloRequest{})).public_key;
        return std::get<BackupBegun>(Bench::ask_of(service, BackupBeginRequest{keys, seal(key, crypto::Secret::take("a passphrase that somebody made up")), bench.ours.public_key(), {}}));
    };
    CHECK(begun_by(bench.service, true).ledger_missing.empty());
    const auto folder = bench.scratch.path() / "other";
    {
        Service first{bench.world(), VaultPlace{folder, {}, vault::KdfCost{1, 8192}}};
        std::get<Hello>(Bench::ask_of(first, HelloRequest{}));
    }
    std::filesystem::remove_all(folder / "ledger");
    std::ofstream{folder / "ledger"} << "no folder";
    Service service{bench.world(), VaultPlace{folder, {}, vault::KdfCost{1, 8192}}};
    CHECK(begun_by(service, true).ledger_missing.starts_with("the ledger can't be opened: "));
    CHECK(begun_by(service, false).ledger_missing.empty());
}

TEST_CASE("a backup that can't have all of the ledger is none, and says so") {
    Bench bench;
    const auto segment = bench.scratch.path() / "vault" / "ledger" / ledger_segment_name(1), away = bench.scratch.path() / "away";
    const auto begin = [&] {
        return bench.ask(BackupBeginRequest{true, seal(bench.public_key, crypto::Secret::take("a passphrase that somebody made up")), bench.ours.public_key(), {}});
    };
    std::filesystem::rename(segment, away);
    CHECK(std::get<Refused>(begin()).detail.starts_with("segment 1 of the ledger can't be read"));
    CHECK(std::get<Refused>(bench.ask(BackupNextRequest{"none"})).reason == Refusal::conflict);
    // It may as well go between its beginning and its turn.
    std::filesystem::rename(away, segment);
    const auto begun = std::get<BackupBegun>(begin());
    std::filesystem::rename(segment, away);
    const auto piece = bench.ask(BackupNextRequest{begun.backup});
    CHECK(std::get<Refused>(piece).detail.find(segment.native()) != std::string::npos);
    CHECK(std::get<Refused>(bench.ask(BackupNextRequest{begun.backup})).reason == Refusal::conflict);
    std::filesystem::rename(away, segment);
    CHECK(bench.backup(true) == "begun");
}

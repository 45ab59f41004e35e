#include "signer/service.hpp"

#include "signer/codec.hpp"
#include "support/scratch.hpp"
#include "support/set_clock.hpp"
#include "support/toy_exchange.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

using namespace bf;
using namespace bf::signer;
using test::kToyExchange;

namespace {

struct Bench {
    test::Scratch scratch;
    test::ToyCalls toy;
    ArgumentRules rules;
    test::SetClock clock;
    std::optional<Service> service;
    PublicKey public_key{};

    bool simulated_only{false};

    explicit Bench(bool with_vault = true) { start(with_vault); }
    void start(bool with_vault = true, std::filesystem::path key_file = {}) {
        service.reset();  // Lets go of the vault first.
        std::optional<VaultPlace> place;
        if (with_vault) place = VaultPlace{scratch.path() / "vault", std::move(key_file), vault::KdfCost{1, 8192}};
        service.emplace(Service::World{[this](exchange::ExchangeId id) { return id == kToyExchange ? &toy : nullptr; }, rules, clock, simulated_only}, place);
        public_key = std::get<Hello>(ask(HelloRequest{})).public_key;
    }
    Answer ask(Question question) {
        std::string bytes, reply;
        encode(bytes, Request{42, std::move(question)});
        service->answer(bytes, reply);
        auto decoded = decode_reply(reply).value();
        CHECK(decoded.id == 42);
        return std::move(decoded.answer);
    }
    std::string box(std::string plain) const { return seal(public_key, crypto::Secret::take(std::move(plain))); }
    std::string keys(const std::string& key = "toy-key-0001") const { return box(R"({"key":")" + key + R"(","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"); }
    Answer add(std::string connection, Keep keep = Keep::vault, const std::string& key = "toy-key-0001") {
        return ask(AddRequest{std::move(connection), kToyExchange, keep, keys(key)});
    }
    [[nodiscard]] SignItem balances(std::string connection, Slot slot = Slot::active) const {
        SignItem item{std::move(connection), slot, clock.now, clock.now + seconds{5}, {}};
        item.call.operation = exchange::Operation::balances;
        return item;
    }
    /// The key that signed; the reason if none did.
    std::string sign(SignItem item) {
        auto answer = ask(SignRequest{{std::move(item)}});
        const auto& first = std::get<SignReply>(answer).items.at(0);
        if (first.refused) return std::string{to_string(first.refused->reason)};
        return std::string{*wire::find_header(first.requests[0].headers, "TOY-KEY")};
    }
};

std::string reason_of(const Answer& answer) {
    const auto* refused = std::get_if<Refused>(&answer);
    return refused == nullptr ? "" : std::string{to_string(refused->reason)};
}

}  // namespace

TEST_CASE("a signer of the demo takes simulated keys only") {
    Bench bench;
    bench.simulated_only = true;
    bench.start();
    const auto real = std::get<Added>(bench.add("c", Keep::vault, "toy-key-0001"));
    CHECK_FALSE(real.kept);
    REQUIRE(real.findings.size() == 1);
    CHECK(real.findings[0].kind == exchange::ShapeFinding::Kind::not_simulated);
    CHECK(real.findings[0].fatal);
    CHECK_FALSE(std::get<Added>(bench.add("c", Keep::memory, "toy-key-0001")).kept);
    REQUIRE(std::get<Added>(bench.add("c", Keep::vault, "simulated-0001")).kept);
    // Nor may a real key take the place of a simulated one.
    CHECK_FALSE(std::get<Added>(bench.ask(StageRequest{"c", bench.keys("toy-key-0002")})).kept);
    CHECK(bench.sign(bench.balances("c")) == "simulated-0001");
}

TEST_CASE("every refusal to sign has its reason") {
    Bench bench;
    REQUIRE(std::get<Added>(bench.add("c")).kept);
    CHECK(bench.sign(bench.balances("c")) == "toy-key-0001");
    CHECK(bench.sign(bench.balances("other")) == "unknown_connection");
    CHECK(bench.sign(bench.balances("c", Slot::staged)) == "unknown_connection");

    auto item = bench.balances("c");
    item.deadline = bench.clock.now;
    CHECK(bench.sign(item) == "toy-key-0001");
    item.deadline = bench.clock.now - milliseconds{1};
    CHECK(bench.sign(item) == "late");

    item = bench.balances("c");
    for (const auto apart : {kClockTolerance, -kClockTolerance}) {
        item.at = bench.clock.now + apart;
        CHECK(bench.sign(item) == "toy-key-0001");
    }
    for (const auto apart : {kClockTolerance + milliseconds{1}, -kClockTolerance - milliseconds{1}}) {
        item.at = bench.clock.now + apart;
        CHECK(bench.sign(item) == "clock");
    }
    item.at = Instant::from_ms(std::numeric_limits<std::int64_t>::min());
    CHECK(bench.sign(item) == "clock");
    item.at = Instant::from_ms(std::numeric_limits<std::int64_t>::max());
    CHECK(bench.sign(item) == "clock");

    item = bench.balances("c");
    item.call.limit = 3;
    CHECK(bench.sign(item) == "arguments");
    item = bench.balances("c");
    item.call.operation = exchange::Operation::account_id;
    CHECK(bench.sign(item) == "arguments");
}

TEST_CASE("a batch is answered item by item, in order") {
    Bench bench;
    (void)bench.add("c");
    auto answer = bench.ask(SignRequest{{bench.balances("c"), bench.balances("x"), bench.balances("c")}});
    const auto& items = std::get<SignReply>(answer).items;
    REQUIRE(items.size() == 3);
    CHECK_FALSE(items[0].refused.has_value());
    CHECK(items[1].refused->reason == Refusal::unknown_connection);
    CHECK(items[2].requests[0].target == "/v1/balances");
}

TEST_CASE("adding says what is wrong and keeps nothing then") {
    Bench bench;
    CHECK(reason_of(bench.ask(AddRequest{"c", exchange::ExchangeId::okx, Keep::vault, bench.keys()})) == "unknown_exchange");
    CHECK(reason_of(bench.ask(AddRequest{"c d", kToyExchange, Keep::vault, bench.keys()})) == "bad_message");
    CHECK(reason_of(bench.ask(AddRequest{"c", kToyExchange, Keep::vault, "not a box"})) == "bad_credentials");
    CHECK(reason_of(bench.ask(AddRequest{"c", kToyExchange, Keep::vault, bench.box("{}")})) == "bad_credentials");
    const auto shape = bench.ask(AddRequest{"c", kToyExchange, Keep::vault, bench.box(R"({"key":"toy key","secret":""})")});
    CHECK_FALSE(std::get<Added>(shape).kept);
    CHECK(std::get<Added>(shape).findings.size() == 2);
    CHECK(std::get<Listing>(bench.ask(ListRequest{})).entries.empty());
    CHECK(std::get<Findings>(bench.ask(CheckShapeRequest{kToyExchange, bench.keys()})).findings.empty());

    const auto first = std::get<Added>(bench.add("c"));
    CHECK(reason_of(bench.add("c")) == "conflict");
    const auto second = std::get<Added>(bench.add("d", Keep::memory));
    CHECK(first.key_fingerprint == second.key_fingerprint);
    CHECK(std::get<Added>(bench.add("e", Keep::memory, "toy-key-0002")).key_fingerprint != first.key_fingerprint);
}

TEST_CASE("stored keys are there after a restart, those in memory are not") {
    Bench bench;
    (void)bench.add("stored");
    (void)bench.add("tried", Keep::memory);
    bench.start();
    CHECK(bench.sign(bench.balances("stored")) == "toy-key-0001");
    CHECK(bench.sign(bench.balances("tried")) == "unknown_connection");
    REQUIRE(std::holds_alternative<Done>(bench.ask(RemoveRequest{"stored"})));
    CHECK(reason_of(bench.ask(RemoveRequest{"stored"})) == "unknown_connection");
    bench.start();
    CHECK(bench.sign(bench.balances("stored")) == "unknown_connection");
}

TEST_CASE("rotation: the staged key signs beside the active one, then takes its place, and back") {
    Bench bench;
    (void)bench.add("c", Keep::vault, "toy-key-old1");
    REQUIRE(std::get<Added>(bench.ask(StageRequest{"c", bench.keys("toy-key-new1")})).kept);
    CHECK(bench.sign(bench.balances("c")) == "toy-key-old1");
    CHECK(bench.sign(bench.balances("c", Slot::staged)) == "toy-key-new1");
    REQUIRE(std::holds_alternative<Done>(bench.ask(PromoteRequest{"c"})));
    CHECK(bench.sign(bench.balances("c")) == "toy-key-new1");
    // The old key is asked about, never used.
    CHECK(bench.sign(bench.balances("c", Slot::previous)) == "policy");
    auto about = bench.balances("c", Slot::previous);
    about.call.operation = exchange::Operation::key_info;
    CHECK(bench.sign(about) == "toy-key-old1");
    CHECK(std::get<Listing>(bench.ask(ListRequest{})).entries.size() == 2);
    REQUIRE(std::holds_alternative<Done>(bench.ask(RollBackRequest{"c"})));
    CHECK(bench.sign(bench.balances("c")) == "toy-key-old1");
    CHECK(bench.sign(about) == "unknown_connection");
    CHECK(reason_of(bench.ask(DropRequest{"c", Slot::active})) == "conflict");
    REQUIRE(std::holds_alternative<Done>(bench.ask(DropRequest{"c", Slot::staged})));
    CHECK(reason_of(bench.ask(PromoteRequest{"c"})) == "unknown_connection");
    (void)bench.add("t", Keep::memory);
    CHECK(reason_of(bench.ask(StageRequest{"t", bench.keys()})) == "conflict");
}

TEST_CASE("a vault that does not open calls no key unknown, and is tried again when somebody asks who is there") {
    Bench bench;
    (void)bench.add("c");
    const auto key_file = bench.scratch.path() / "vault" / "root.key", aside = bench.scratch.path() / "root.key";
    std::filesystem::rename(key_file, aside);
    bench.start();
    const auto hello = std::get<Hello>(bench.ask(HelloRequest{}));
    CHECK(hello.vault == VaultState::failed);
    CHECK(hello.vault_detail.find("is missing") != std::string::npos);
    CHECK(bench.sign(bench.balances("c")) == "vault_closed");
    std::filesystem::rename(aside, key_file);
    CHECK(bench.sign(bench.balances("c")) == "vault_closed");
    CHECK(std::get<Hello>(bench.ask(HelloRequest{})).vault == VaultState::open);
    CHECK(bench.sign(bench.balances("c")) == "toy-key-0001");
}

TEST_CASE("a vault by passphrase waits sealed, and opens for the right one") {
    Bench bench;
    (void)bench.add("c");
    REQUIRE(std::holds_alternative<Done>(bench.ask(RewrapRequest{Rewrap::to_passphrase, bench.box("correct horse")})));
    CHECK_FALSE(std::filesystem::exists(bench.scratch.path() / "vault" / "root.key"));
    bench.start();
    CHECK(std::get<Hello>(bench.ask(HelloRequest{})).vault == VaultState::sealed);
    CHECK(std::get<Hello>(bench.ask(HelloRequest{})).opener == Opener::passphrase);
    CHECK(reason_of(bench.add("d")) == "vault_closed");
    CHECK(bench.sign(bench.balances("c")) == "vault_closed");
    CHECK(reason_of(bench.ask(UnlockRequest{bench.box("wrong")})) == "vault_failed");
    REQUIRE(std::holds_alternative<Done>(bench.ask(UnlockRequest{bench.box("correct horse")})));
    CHECK(bench.sign(bench.balances("c")) == "toy-key-0001");
    CHECK(reason_of(bench.ask(UnlockRequest{bench.box("correct horse")})) == "conflict");
    REQUIRE(std::holds_alternative<Done>(bench.ask(RewrapRequest{Rewrap::new_root_key, {}})));
    REQUIRE(std::holds_alternative<Done>(bench.ask(RewrapRequest{Rewrap::to_key_file, {}})));
    CHECK(std::get<Hello>(bench.ask(HelloRequest{})).opener == Opener::key_file);
    bench.start();
    CHECK(bench.sign(bench.balances("c")) == "toy-key-0001");
}

TEST_CASE("a key file that the service manager hands over opens the vault, and is not replaced where it lies") {
    Bench bench;
    (void)bench.add("c");
    const auto handed_over = bench.scratch.path() / "backfuture.root-key";
    std::filesystem::rename(bench.scratch.path() / "vault" / "root.key", handed_over);
    bench.start(true, handed_over);
    const auto hello = std::get<Hello>(bench.ask(HelloRequest{}));
    CHECK(hello.vault == VaultState::open);
    CHECK(hello.opener == Opener::key_credential);
    const auto refused = std::get<Refused>(bench.ask(RewrapRequest{Rewrap::to_key_file, {}}));
    CHECK(refused.reason == Refusal::conflict);
    CHECK(refused.detail.find("take the credential backfuture.root-key out of the unit") != std::string::npos);
    bench.start(true, handed_over);
    CHECK(bench.sign(bench.balances("c")) == "toy-key-0001");
}

TEST_CASE("one damaged row is reported, the others sign") {
    Bench bench;
    (void)bench.add("good");
    (void)bench.add("bad");
    bench.service.reset();
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open((bench.scratch.path() / "vault" / "vault.db").c_str(), &database) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database, "UPDATE credential SET data_key=zeroblob(80) WHERE connection='bad'", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
    bench.start();
    CHECK(bench.sign(bench.balances("good")) == "toy-key-0001");
    CHECK(bench.sign(bench.balances("bad")) == "damaged");
    const auto listing = std::get<Listing>(bench.ask(ListRequest{}));
    REQUIRE(listing.entries.size() == 2);
    CHECK(listing.entries[0].damaged);
    CHECK(listing.entries[0].key_fingerprint.empty());
    CHECK_FALSE(listing.entries[1].damaged);
    REQUIRE(std::get<Added>(bench.ask(StageRequest{"bad", bench.keys("toy-key-0009")})).kept);
    REQUIRE(std::holds_alternative<Done>(bench.ask(PromoteRequest{"bad"})));
    CHECK(bench.sign(bench.balances("bad")) == "toy-key-0009");
}

TEST_CASE("a vault that can't be opened is said in hello, and the signer answers all the same") {
    Bench bench;
    bench.service.reset();
    std::ofstream{bench.scratch.path() / "vault" / "vault.db"} << std::string(5000, 'x');
    bench.start();
    const auto hello = std::get<Hello>(bench.ask(HelloRequest{}));
    CHECK(hello.vault == VaultState::failed);
    CHECK(hello.vault_detail == "the vault's file is damaged or not a vault; put a backup of it in its place");
    CHECK(hello.opener == Opener::unknown);
    CHECK(reason_of(bench.add("c")) == "vault_closed");
    CHECK(std::get<Added>(bench.add("c", Keep::memory)).kept);
}

TEST_CASE("without a vault there are transient keys only; long lists come in pages") {
    Bench bench{false};
    CHECK(std::get<Hello>(bench.ask(HelloRequest{})).vault == VaultState::none);
    CHECK(reason_of(bench.add("c")) == "vault_closed");
    for (int i = 0; i < 256; ++i) REQUIRE(std::get<Added>(bench.add("c" + std::to_string(1000 + i), Keep::memory)).kept);
    CHECK(reason_of(bench.add("more", Keep::memory)) == "conflict");
    const auto page = std::get<Listing>(bench.ask(ListRequest{}));
    CHECK(page.entries.size() == 250);
    REQUIRE(page.more);
    const auto rest = std::get<Listing>(bench.ask(ListRequest{page.entries.back().connection}));
    CHECK(rest.entries.size() == 6);
    CHECK_FALSE(rest.more);
}

TEST_CASE("what is no message is answered as such") {
    Bench bench;
    for (const std::string bytes : {"", "x", "no message of ours at all"}) {
        std::string reply;
        bench.service->answer(bytes, reply);
        CHECK(reason_of(decode_reply(reply)->answer) == "bad_message");
    }
}

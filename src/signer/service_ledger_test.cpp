// What the signer's uses leave in its ledger, asked as its peers do.
#include "signer/codec.hpp"
#include "signer/sealing.hpp"
#include "signer/service.hpp"
#include "support/scratch.hpp"
#include "support/set_clock.hpp"
#include "support/toy_exchange.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fstream>
#include <sys/resource.h>

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

    Bench() { start(); }
    void start() {
        service.reset();
        service.emplace(Service::World{[this](exchange::ExchangeId id) { return id == kToyExchange ? &toy : nullptr; }, rules, clock, false, false},
                        VaultPlace{scratch.path() / "vault", {}, vault::KdfCost{1, 8192}});
    }
    [[nodiscard]] std::filesystem::path folder() const { return scratch.path() / "vault" / "ledger"; }
    Answer ask(Question question) {
        std::string bytes, reply;
        encode(bytes, Request{42, std::move(question)});
        service->answer(bytes, reply);
        return std::move(decode_reply(reply).value().answer);
    }
    [[nodiscard]] std::string box(std::string plain) { return seal(std::get<Hello>(ask(HelloRequest{})).public_key, crypto::Secret::take(std::move(plain))); }
    std::string keys() { return box(R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"); }
    void add(std::string connection) { REQUIRE(std::get<Added>(ask(AddRequest{std::move(connection), kToyExchange, Keep::vault, keys()})).kept); }
    [[nodiscard]] SignItem item(exchange::Operation operation) const {
        SignItem one{"c", Slot::active, clock.now, clock.now + seconds{5}, {}};
        one.call.operation = operation;
        return one;
    }
    [[nodiscard]] SignItem order(market::Side side = market::Side::buy) const {
        auto one = item(exchange::Operation::place_order);
        one.call.symbol = market::Symbol::parse("BTC/USDT");
        one.call.side = side;
        one.call.type = market::OrderType::limit;
        one.call.quantity = "0.25"_d;
        one.call.price = "60000"_d;
        one.call.client_order_id = "bf-1-abc";
        one.purpose = {"entry", 7, "s1"};
        return one;
    }
    std::string sign(SignItem one) {
        const auto answer = ask(SignRequest{{std::move(one)}});
        const auto& first = std::get<SignReply>(answer).items.at(0);
        return first.refused ? std::string{to_string(first.refused->reason)} : "signed";
    }
    std::vector<LedgerEntry> entries(LedgerQuery query = {}) {
        query.limit = 200;
        return std::get<LedgerPage>(ask(LedgerPageRequest{query})).entries;
    }
    LedgerStanding standing() { return std::get<LedgerStanding>(ask(LedgerStateRequest{})); }
    [[nodiscard]] LedgerReport checked() const {
        LedgerChecker checker{{}};
        std::ifstream file{folder() / ledger_segment_name(1), std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
        checker.segment(bytes);
        return checker.finish();
    }
};

}  // namespace

TEST_CASE("a signed order is in the ledger with what it was for, and nothing secret") {
    Bench bench;
    bench.add("c");
    const auto order = bench.order();
    REQUIRE(bench.sign(order) == "signed");
    const auto entry = bench.entries({.use = UseClass::order}).at(0);
    CHECK(entry.connection == "c");
    CHECK(entry.what == "place_order");
    CHECK(entry.result == "signed");
    CHECK(entry.at == bench.clock.now);
    REQUIRE(entry.call.has_value());
    CHECK(entry.call->method == wire::Method::post);
    CHECK(entry.call->path == "/v1/orders");
    CHECK(entry.call->symbol == "BTC/USDT");
    CHECK(entry.call->side == market::Side::buy);
    CHECK(entry.call->quantity == "0.25"_d);
    CHECK(entry.call->value == "15000"_d);
    CHECK(entry.call->client_order_id == "bf-1-abc");
    CHECK(entry.call->digest == exchange::digest_of("c", order.call));
    CHECK(entry.purpose == LedgerEntry::Purpose{"entry", 7, "s1"});
    for (const auto& file : std::filesystem::directory_iterator{bench.folder()}) {
        std::ifstream in{file.path(), std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
        for (const auto* secret : {"toy-key-0001", "c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "secret-secret-secret"}) CHECK(bytes.find(secret) == std::string::npos);
    }
    // What came of it is an entry of its own.
    LedgerOutcome outcome{"c", "place_order", "accepted", "", "bf-1-abc", "77", std::nullopt, entry.call->digest};
    CHECK(std::holds_alternative<Done>(bench.ask(LedgerOutcomesRequest{{outcome}})));
    const auto told = bench.entries({.use = UseClass::outcome}).at(0);
    CHECK(told.result == "accepted");
    CHECK(told.call->order_id == "77");
    CHECK(told.call->digest == entry.call->digest);
    // Nobody can fill the disk with made-up ones.
    bool refused = false;
    for (int i = 0; i < 100 && !refused; ++i) refused = std::holds_alternative<Refused>(bench.ask(LedgerOutcomesRequest{std::vector<LedgerOutcome>(64, outcome)}));
    CHECK(refused);
}

TEST_CASE("reads are counted: a new kind is told after a minute, the usual after ten") {
    Bench bench;
    bench.add("c");
    const auto before = bench.entries().size();
    const auto poll = [&](int minutes) {
        for (int i = 0; i < minutes * 20; ++i) {
            REQUIRE(bench.sign(bench.item(exchange::Operation::balances)) == "signed");
            bench.clock.now = bench.clock.now + seconds{3};
        }
    };
    poll(1);
    (void)bench.standing();
    auto reads = bench.entries({.use = UseClass::read});
    REQUIRE(reads.size() == 1);
    CHECK(reads[0].counted->count == 20);
    CHECK(reads[0].counted->operations == std::vector<std::pair<exchange::Operation, std::uint32_t>>{{exchange::Operation::balances, 20}});
    poll(60);
    (void)bench.standing();
    reads = bench.entries({.use = UseClass::read});
    CHECK(reads.size() == 7);
    REQUIRE(bench.sign(bench.item(exchange::Operation::open_orders)) == "signed");
    poll(2);
    std::uint64_t counted = 0;
    for (const auto& entry : bench.entries({.use = UseClass::read})) counted += entry.counted->count;
    CHECK(bench.entries({.use = UseClass::read}).size() == 8);
    CHECK(counted >= 61 * 20 + 20);
    CHECK(bench.entries().size() <= before + 8);
    // A clean end tells the rest.
    bench.start();
    counted = 0;
    for (const auto& entry : bench.entries({.use = UseClass::read})) counted += entry.counted->count;
    CHECK(counted == 63 * 20 + 1);
}

TEST_CASE("every refusal is in the ledger, one by one or counted; made-up names do not fill it") {
    Bench bench;
    bench.add("c");
    std::uint64_t asked = 0;
    for (int i = 0; i < 5000; ++i) {
        auto one = bench.order();
        one.connection = i % 2 == 0 ? "nobody-" + std::to_string(i) : "c";
        one.deadline = i % 2 == 0 ? one.deadline : bench.clock.now - milliseconds{1};
        REQUIRE(bench.sign(one) != "signed");
        ++asked;
    }
    std::string reply;
    for (int i = 0; i < 100; ++i, ++asked) bench.service->answer("not a message", reply);
    bench.clock.now = bench.clock.now + seconds{61};
    (void)bench.standing();
    std::uint64_t told = 0;
    const auto refusals = bench.entries({.use = UseClass::refusal});
    for (const auto& entry : refusals) told += entry.counted ? entry.counted->count : 1;
    CHECK(told == asked);
    CHECK(refusals.size() < 100);
    CHECK(bench.checked().settled());
}

TEST_CASE("what changes a key is in the ledger before it happens and after") {
    Bench bench;
    bench.add("c");
    REQUIRE(std::get<Added>(bench.ask(StageRequest{"c", bench.keys()})).kept);
    CHECK(std::holds_alternative<Refused>(bench.ask(StageRequest{"other", bench.keys()})));
    CHECK(std::holds_alternative<Done>(bench.ask(RemoveRequest{"c"})));
    std::vector<std::string> told;
    const auto entries = bench.entries({.use = UseClass::key});
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) told.push_back(entry->what + " " + entry->connection + " " + entry->result);
    CHECK(told == std::vector<std::string>{"key_added c begun", "key_added c done", "key_staged c begun", "key_staged c done", "key_staged other begun",
                                           "key_staged other unknown_connection", "key_removed c begun", "key_removed c done"});
    CHECK(entries[0].about == entries[1].sequence);
    CHECK(entries[6].detail.find("key ") == 0);
}

TEST_CASE("a frozen connection and changed limits are in the ledger, refusals with them") {
    Bench bench;
    bench.add("c");
    REQUIRE_FALSE(std::holds_alternative<Refused>(bench.ask(FreezeRequest{"c", ports::FreezeLevel::entries, {}})));
    auto told = bench.entries({.use = UseClass::policy});
    REQUIRE(told.size() == 2);
    CHECK(told[0].what == "frozen");
    CHECK(told[0].result == "done");
    CHECK(told[1].detail == "entries");
    CHECK(std::holds_alternative<Refused>(bench.ask(FreezeRequest{"nobody", ports::FreezeLevel::entries, {}})));
    CHECK(bench.entries({.use = UseClass::policy}).at(0).result == "unknown_connection");
}

TEST_CASE("while the ledger can't be written nothing opens, and everything that lessens goes on") {
    Bench bench;
    bench.add("c");
    bench.service.reset();
    std::filesystem::remove_all(bench.folder());
    std::ofstream{bench.folder()} << "no folder";
    bench.start();
    CHECK(bench.standing().state == LedgerState::failed);
    CHECK(bench.sign(bench.order()) == "ledger");
    CHECK(bench.sign(bench.order(market::Side::sell)) == "signed");
    CHECK(bench.sign(bench.item(exchange::Operation::balances)) == "signed");
    const auto staged = bench.ask(StageRequest{"c", bench.keys()});
    CHECK(std::get<Refused>(staged).reason == Refusal::ledger);
    // There is room again: the gap is told, and the head in the vault says that the folder was taken away.
    std::filesystem::remove(bench.folder());
    bench.clock.now = bench.clock.now + seconds{60};
    (void)bench.ask(HelloRequest{});
    CHECK(bench.standing().state == LedgerState::broken);
    const auto gap = bench.entries({.use = UseClass::ledger}).at(0);
    CHECK(gap.what == "gap");
    CHECK(gap.counted->count >= 3);
}

TEST_CASE("a ledger that can't be opened is read again the more seldom the longer that takes: nothing is signed meanwhile") {
    struct Case {
        seconds reading, pause;
    };
    for (const auto& [reading, pause] : {Case{seconds{0}, seconds{60}}, Case{seconds{1}, seconds{200}}, Case{seconds{5}, seconds{1000}}, Case{seconds{60}, seconds{1800}}}) {
        CAPTURE(reading.count());
        Bench bench;
        bench.add("c");
        bench.service.reset();
        std::filesystem::rename(bench.folder(), bench.scratch.path() / "away");
        std::ofstream{bench.folder()} << "no folder";
        bench.clock.each_look = reading;
        bench.start();
        REQUIRE(bench.standing().state == LedgerState::failed);
        std::filesystem::remove(bench.folder());
        std::filesystem::rename(bench.scratch.path() / "away", bench.folder());
        bench.clock.now = bench.clock.now + pause - milliseconds{1};
        (void)bench.ask(HelloRequest{});
        CHECK(bench.standing().state == LedgerState::failed);
        bench.clock.now = bench.clock.now + milliseconds{1};
        CHECK(bench.standing().state == LedgerState::sound);
    }
}

TEST_CASE("a full disk: the ledger goes on at the first question about it once there is room, and is not read again") {
    Bench bench;
    bench.add("c");
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto signal_before = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{kLedgerSegmentSize - 1, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
    int orders = 0;
    // Two segments have been made by now.
    while (orders < 100'000 && bench.sign(bench.order()) == "signed") ++orders;
    CHECK(orders > 4000);
    CHECK(bench.sign(bench.order(market::Side::sell)) == "signed");
    CHECK(bench.standing().state == LedgerState::failed);
    CHECK(bench.standing().detail.find("the disk is full") != std::string::npos);
    CHECK_MESSAGE(bench.entries().size() == 200, "what is there can be looked at");
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, signal_before);
    CHECK(bench.standing().state == LedgerState::sound);
    CHECK(bench.sign(bench.order()) == "signed");
    const auto of_its_own = bench.entries({.use = UseClass::ledger});
    REQUIRE(of_its_own.size() >= 1);
    CHECK(of_its_own[0].what == "gap");
    CHECK(of_its_own[0].counted->count >= 2);
    bench.start();
    CHECK(bench.standing().state == LedgerState::sound);
}

TEST_CASE("a broken ledger stops what opens until a person accepts it; exits go on and are entered") {
    Bench bench;
    bench.add("c");
    REQUIRE(bench.sign(bench.order()) == "signed");
    bench.service.reset();
    const auto file = bench.folder() / ledger_segment_name(1);
    {
        std::fstream bytes{file, std::ios::binary | std::ios::in | std::ios::out};
        bytes.seekp(kLedgerHeaderSize + 4 + 8);
        bytes.put('x');
    }
    bench.start();
    auto standing = bench.standing();
    REQUIRE(standing.state == LedgerState::broken);
    REQUIRE(standing.breaches.size() == 1);
    CHECK(standing.breaches[0].segment == 1);
    CHECK(standing.breaches[0].offset == kLedgerHeaderSize);
    CHECK(standing.breaches[0].sequence == 1);
    CHECK(bench.sign(bench.order()) == "ledger");
    CHECK(bench.sign(bench.order(market::Side::sell)) == "signed");
    CHECK(bench.entries({.use = UseClass::order}).at(0).call->side == market::Side::sell);
    CHECK(std::holds_alternative<Done>(bench.ask(LedgerAcceptRequest{"owner"})));
    CHECK(bench.standing().state == LedgerState::sound);
    CHECK(bench.sign(bench.order()) == "signed");
    CHECK(std::get<Refused>(bench.ask(LedgerAcceptRequest{"owner"})).reason == Refusal::conflict);
    bench.start();
    CHECK(bench.standing().state == LedgerState::sound);
}

TEST_CASE("a ledger's folder put back to an older copy is found by the head in the vault") {
    Bench bench;
    bench.add("c");
    bench.service.reset();
    const auto older = bench.scratch.path() / "older";
    std::filesystem::copy(bench.folder(), older, std::filesystem::copy_options::recursive);
    bench.start();
    REQUIRE(bench.sign(bench.order()) == "signed");
    REQUIRE(std::holds_alternative<Done>(bench.ask(RemoveRequest{"c"})));
    bench.service.reset();
    std::filesystem::remove_all(bench.folder());
    std::filesystem::copy(older, bench.folder(), std::filesystem::copy_options::recursive);
    bench.start();
    CHECK(bench.standing().state == LedgerState::broken);
    CHECK(bench.standing().detail.find("cut off") != std::string::npos);
}

TEST_CASE("a vault put back to an older copy is found by what the ledger tells was changed in it") {
    Bench bench;
    bench.add("c");
    bench.service.reset();
    const auto vault = bench.scratch.path() / "vault" / "vault.db";
    const auto older = bench.scratch.path() / "older.db";
    std::filesystem::copy_file(vault, older);
    bench.start();
    CHECK(bench.standing().state == LedgerState::sound);
    REQUIRE(std::get<Added>(bench.ask(StageRequest{"c", bench.keys()})).kept);
    bench.start();
    CHECK(bench.standing().state == LedgerState::sound);
    bench.service.reset();
    std::filesystem::copy_file(older, vault, std::filesystem::copy_options::overwrite_existing);
    bench.start();
    CHECK(bench.standing().state == LedgerState::broken);
    CHECK(bench.standing().detail.find("the vault is older") == 0);
    bench.start();
    CHECK(bench.standing().state == LedgerState::broken);
    CHECK(std::holds_alternative<Done>(bench.ask(LedgerAcceptRequest{"owner"})));
    bench.start();
    CHECK(bench.standing().state == LedgerState::sound);
}

TEST_CASE("a sealed vault has no ledger until it is opened") {
    Bench bench;
    bench.add("c");
    REQUIRE(std::holds_alternative<Done>(bench.ask(RewrapRequest{Rewrap::to_passphrase, bench.box("correct horse")})));
    bench.start();
    CHECK(bench.standing().state == LedgerState::off);
    CHECK(bench.sign(bench.order()) == "vault_closed");
    REQUIRE(std::holds_alternative<Done>(bench.ask(UnlockRequest{bench.box("correct horse")})));
    CHECK(bench.standing().state == LedgerState::sound);
    CHECK(bench.entries({.use = UseClass::key}).at(0).what == "unlocked");
    CHECK(bench.entries({.use = UseClass::key}).at(2).what == "passphrase_set");
}

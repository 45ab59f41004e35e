// Limits as the whole service keeps them: with their key, over restarts, against a changed store, and with a person's code.
#include "signer/service.hpp"

#include "signer/codec.hpp"
#include "support/authenticator_app.hpp"
#include "support/scratch.hpp"
#include "support/set_clock.hpp"
#include "support/toy_exchange.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

using namespace bf;
using namespace bf::signer;
using ports::FreezeLevel;
using ports::LimitFinding;
using test::kToyExchange;

namespace {

struct Bench {
    test::Scratch scratch;
    test::ToyCalls toy;
    ArgumentRules rules;
    test::SetClock clock{Instant::from_ms(1'790'000'010'000)};
    std::optional<Service> service;
    PublicKey public_key{};
    std::string secret;
    int last_id{0};

    Bench() { start(); }
    void start() {
        service.reset();
        service.emplace(Service::World{[this](exchange::ExchangeId id) { return id == kToyExchange ? &toy : nullptr; }, rules, clock},
                        VaultPlace{scratch.path() / "vault", {}, vault::KdfCost{1, 8192}});
        public_key = std::get<Hello>(ask(HelloRequest{})).public_key;
    }
    [[nodiscard]] std::filesystem::path file(const char* name) const { return scratch.path() / "vault" / name; }
    Answer ask(Question question) {
        std::string bytes, reply;
        encode(bytes, Request{42, std::move(question)});
        service->answer(bytes, reply);
        return std::move(decode_reply(reply).value().answer);
    }
    void add(const std::string& connection, std::optional<ports::UseLimits> limits = {}) {
        const auto box = seal(public_key, crypto::Secret::take(R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
        REQUIRE(std::get<Added>(ask(AddRequest{connection, kToyExchange, Keep::vault, box, std::move(limits)})).kept);
    }
    std::string order(const std::string& connection, market::Side side, const Decimal& quantity) {
        SignItem item{connection, Slot::active, clock.now, clock.now + seconds{5}, {}, ports::PriceReference{100, clock.now}};
        item.call.operation = exchange::Operation::place_order;
        item.call.symbol = market::Symbol::parse("BTC/USDT");
        item.call.side = side;
        item.call.type = market::OrderType::limit;
        item.call.quantity = quantity;
        item.call.price = Decimal{100};
        item.call.client_order_id = "id" + std::to_string(++last_id);
        auto answer = ask(SignRequest{{std::move(item)}});
        const auto& first = std::get<SignReply>(answer).items.at(0);
        return first.refused ? std::string{to_string(first.refused->reason)} + ": " + first.refused->detail : "";
    }
    std::string buy(const std::string& connection, const Decimal& quantity = 1) { return order(connection, market::Side::buy, quantity); }
    std::string sell(const std::string& connection, const Decimal& quantity) { return order(connection, market::Side::sell, quantity); }
    /// Everything that was signed is in the store.
    void write_behind() {
        auto& policies = service->policies();
        const auto writing = policies.begin_write();
        policies.end_write(writing, policies.write(writing).has_value());
    }
    ports::LimitState limits(const std::string& connection) { return std::get<Limits>(ask(LimitsRequest{connection})).state; }
    bool finds(const std::string& connection, LimitFinding finding) {
        const auto state = limits(connection);
        return std::find(state.findings.begin(), state.findings.end(), finding) != state.findings.end();
    }
    void enrol() {
        secret = std::get<FactorBegun>(ask(FactorBeginRequest{"owner"})).secret;
        REQUIRE(std::holds_alternative<FactorCodes>(ask(FactorConfirmRequest{"owner", test::app_shows(secret, clock.now)})));
        clock.now = clock.now + seconds{30};
    }
    [[nodiscard]] ports::StepUp code() const { return {"owner", test::app_shows(secret, clock.now)}; }
    void sql(const char* text) {
        service.reset();
        sqlite3* database = nullptr;
        REQUIRE(sqlite3_open(file("policy.db").c_str(), &database) == SQLITE_OK);
        REQUIRE(sqlite3_exec(database, text, nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(database);
        start();
    }
};

std::string reason_of(const Answer& answer) {
    const auto* refused = std::get_if<Refused>(&answer);
    return refused == nullptr ? "" : std::string{to_string(refused->reason)};
}

ports::UseLimits small() {
    auto limits = ports::default_limits(market::Market::spot);
    limits.values = {{"USDT", {1000, 500, 3000, 5000, 2500}}};
    return limits;
}

}  // namespace

TEST_CASE("the first limits come with the key and hold at once, over a restart too") {
    Bench bench;
    bench.add("c", small());
    bench.add("d");
    CHECK(bench.buy("c", 10).empty());
    CHECK(bench.buy("c", 11).starts_with("policy: the order's value"));
    CHECK(bench.buy("d", 11).empty());
    CHECK(bench.finds("d", LimitFinding::defaults));
    CHECK_FALSE(bench.finds("c", LimitFinding::defaults));
    bench.start();
    CHECK(bench.limits("c").limits == small());
    CHECK(bench.buy("c", 11).starts_with("policy: the order's value"));
    REQUIRE(std::holds_alternative<Done>(bench.ask(RemoveRequest{"c"})));
    CHECK(reason_of(bench.ask(LimitsRequest{"c"})) == "unknown_connection");
}

TEST_CASE("a recorded box adds its key no second time, under limits of somebody else's choice") {
    Bench bench;
    const auto credentials = [](const char* key) { return crypto::Secret::take(std::string{R"({"key":")"} + key + R"(","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"); };
    const auto box = seal(bench.public_key, credentials("toy-key-0001"));
    REQUIRE(std::get<Added>(bench.ask(AddRequest{"c", kToyExchange, Keep::vault, box, small()})).kept);
    const auto again = [&](const char* connection, Keep keep) { return reason_of(bench.ask(AddRequest{connection, kToyExchange, keep, box, ports::default_limits({})})); };
    CHECK(again("d", Keep::vault) == "bad_credentials");
    CHECK(again("d", Keep::memory) == "bad_credentials");
    // Beside its own connection it may stand once more: the limits stay that connection's.
    CHECK(std::get<Added>(bench.ask(StageRequest{"c", box})).kept);
    REQUIRE(std::holds_alternative<Done>(bench.ask(RemoveRequest{"c"})));
    CHECK(again("c", Keep::vault) == "bad_credentials");
    // Nor behind a key of the thief's own.
    REQUIRE(std::get<Added>(bench.ask(AddRequest{"c", kToyExchange, Keep::vault, seal(bench.public_key, credentials("toy-key-0002")), ports::default_limits({})})).kept);
    CHECK(reason_of(bench.ask(StageRequest{"c", box})) == "bad_credentials");
    // One that was staged is used as well.
    const auto staged = seal(bench.public_key, credentials("toy-key-0003"));
    REQUIRE(std::get<Added>(bench.ask(StageRequest{"c", staged})).kept);
    CHECK(reason_of(bench.ask(AddRequest{"d", kToyExchange, Keep::vault, staged, {}})) == "bad_credentials");
    // The same key sealed anew is a person's doing.
    CHECK(std::get<Added>(bench.ask(AddRequest{"d", kToyExchange, Keep::vault, seal(bench.public_key, credentials("toy-key-0001")), small()})).kept);
}

TEST_CASE("what was used is used after a restart, and what was bought can be sold") {
    Bench bench;
    bench.add("c", small());
    for (int i = 0; i < 2; ++i) REQUIRE(bench.buy("c", 10).empty());
    const auto used = bench.limits("c").used.at(0);
    SUBCASE("written") { bench.write_behind(); }
    SUBCASE("not written") {}
    bench.start();
    const auto after = bench.limits("c").used.at(0);
    CHECK(after.hour >= used.hour);
    CHECK(after.exposure >= used.exposure);
    CHECK(bench.buy("c", 10).starts_with("policy"));
    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::entries, {}})));
    CHECK(bench.sell("c", 20).empty());
}

TEST_CASE("freezing holds at once and over a restart") {
    Bench bench;
    bench.add("c");
    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::everything, {}})));
    CHECK(bench.buy("c").starts_with("policy: the connection is frozen"));
    bench.start();
    CHECK(bench.buy("c").starts_with("policy: the connection is frozen"));
    CHECK(bench.limits("c").freeze == FreezeLevel::everything);
    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::none, {}})));
    CHECK(bench.buy("c").empty());
}

TEST_CASE("widening needs a code of a trusted second factor, and then the delay; narrowing needs neither") {
    Bench bench;
    bench.add("c", small());
    auto wider = small();
    wider.values["USDT"].order = 2000;
    CHECK(bench.finds("c", LimitFinding::no_second_factor));
    bench.enrol();
    CHECK_FALSE(bench.finds("c", LimitFinding::no_second_factor));
    CHECK(reason_of(bench.ask(SetLimitsRequest{"c", wider, {}})) == "step_up");
    CHECK(reason_of(bench.ask(SetLimitsRequest{"c", wider, {"owner", "000000"}})) == "step_up");
    CHECK(reason_of(bench.ask(SetLimitsRequest{"c", wider, {"stranger", bench.code().code}})) == "step_up");
    CHECK_FALSE(bench.limits("c").raise.has_value());
    const auto code = bench.code();
    REQUIRE(std::holds_alternative<Limits>(bench.ask(SetLimitsRequest{"c", wider, code})));
    // Used up: the same code widens nothing more.
    auto still_wider = wider;
    still_wider.values["USDT"].order = 4000;
    CHECK(reason_of(bench.ask(SetLimitsRequest{"c", still_wider, code})) == "step_up");
    REQUIRE(bench.limits("c").raise);
    const auto due = bench.limits("c").raise->due;
    CHECK(due == bench.clock.now + std::chrono::hours{1});
    bench.start();
    CHECK(bench.buy("c", 15).starts_with("policy"));
    bench.clock.now = due - milliseconds{1};
    CHECK(bench.buy("c", 15).starts_with("policy"));
    bench.clock.now = due;
    CHECK(bench.buy("c", 15).empty());
    REQUIRE(std::holds_alternative<Limits>(bench.ask(SetLimitsRequest{"c", small(), {}})));
    CHECK(bench.buy("c", 15).starts_with("policy"));

    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::entries, {}})));
    CHECK(reason_of(bench.ask(FreezeRequest{"c", FreezeLevel::none, {}})) == "step_up");
    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::everything, {}})));
    CHECK(reason_of(bench.ask(FreezeRequest{"c", FreezeLevel::entries, {}})) == "step_up");
    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::none, bench.code()})));
}

TEST_CASE("a factor that nobody vouched for widens nothing") {
    Bench bench;
    bench.add("c", small());
    bench.enrol();
    // Whoever is in the engine can make a person up, with a factor whose codes he knows.
    const auto own = std::get<FactorBegun>(bench.ask(FactorBeginRequest{"invented"})).secret;
    REQUIRE(std::holds_alternative<FactorCodes>(bench.ask(FactorConfirmRequest{"invented", test::app_shows(own, bench.clock.now)})));
    bench.clock.now = bench.clock.now + seconds{30};
    auto wider = small();
    wider.values["USDT"].order = 2000;
    CHECK(reason_of(bench.ask(SetLimitsRequest{"c", wider, {"invented", test::app_shows(own, bench.clock.now)}})) == "step_up");
    CHECK_FALSE(bench.limits("c").raise.has_value());
    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::entries, {}})));
    bench.clock.now = bench.clock.now + seconds{30};
    CHECK(reason_of(bench.ask(FreezeRequest{"c", FreezeLevel::none, {"invented", test::app_shows(own, bench.clock.now)}})) == "step_up");
    CHECK(bench.limits("c").freeze == FreezeLevel::entries);
    // Vouched for, it counts.
    bench.clock.now = bench.clock.now + seconds{30};
    REQUIRE(std::holds_alternative<FactorState>(bench.ask(FactorVouchRequest{"invented", "owner", bench.code().code})));
    CHECK(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::none, {"invented", test::app_shows(own, bench.clock.now)}})));
}

TEST_CASE("a row that is changed or taken away opens nothing until the limits are set anew, and lets everything out") {
    Bench bench;
    bench.add("c", small());
    bench.add("d", small());
    REQUIRE(bench.buy("c", 5).empty());
    bench.write_behind();
    SUBCASE("changed") { bench.sql("UPDATE policy SET sealed=zeroblob(200) WHERE connection='c'"); }
    SUBCASE("another's") { bench.sql("UPDATE policy SET sealed=(SELECT sealed FROM policy WHERE connection='d') WHERE connection='c'"); }
    SUBCASE("taken away") { bench.sql("DELETE FROM policy WHERE connection='c'"); }
    CHECK(bench.finds("c", LimitFinding::damaged));
    CHECK(bench.buy("c").starts_with("policy"));
    CHECK(bench.sell("c", 5).empty());
    // Nor does another start find it in order.
    bench.start();
    CHECK(bench.buy("c").starts_with("policy"));
    REQUIRE(std::holds_alternative<Limits>(bench.ask(SetLimitsRequest{"c", small(), {}})));
    CHECK(bench.buy("c").starts_with("policy"));
    bench.clock.now = bench.clock.now + std::chrono::hours{1};
    CHECK(bench.buy("c").empty());
    CHECK(bench.sell("c", 5).empty());
}

TEST_CASE("an old copy of the store opens nothing until a person says that it is right") {
    Bench bench;
    bench.add("c");
    bench.service.reset();
    std::filesystem::copy_file(bench.file("policy.db"), bench.scratch.path() / "old.db");
    bench.start();
    REQUIRE(std::holds_alternative<Limits>(bench.ask(SetLimitsRequest{"c", small(), {}})));
    bench.service.reset();
    std::filesystem::copy_file(bench.scratch.path() / "old.db", bench.file("policy.db"), std::filesystem::copy_options::overwrite_existing);
    bench.start();
    CHECK(bench.finds("c", LimitFinding::rolled_back));
    CHECK(bench.buy("c").starts_with("policy"));
    bench.start();
    CHECK(bench.finds("c", LimitFinding::rolled_back));
    CHECK(bench.sell("c", 100).empty());
    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::none, {}})));
    CHECK(bench.buy("c").empty());
}

TEST_CASE("connections that are older than the limits get the wide ones, and their coins can be sold") {
    Bench bench;
    bench.add("c");
    bench.service.reset();
    // As an installation that never had limits: neither the store nor its key.
    for (const auto* name : {"policy.db", "policy.mark"}) std::filesystem::remove(bench.file(name));
    {
        auto vault = vault::Vault::open(bench.scratch.path() / "vault", vault::ByKeyFile{bench.file("root.key")}).value();
        REQUIRE(vault.remove_item("policy", "key"));
    }
    bench.start();
    CHECK(bench.finds("c", LimitFinding::defaults));
    CHECK_FALSE(bench.finds("c", LimitFinding::damaged));
    REQUIRE(std::holds_alternative<Limits>(bench.ask(FreezeRequest{"c", FreezeLevel::entries, {}})));
    CHECK(bench.sell("c", 5000).empty());
}

TEST_CASE("a store that is gone is no way to wider limits") {
    Bench bench;
    bench.add("c", small());
    bench.service.reset();
    std::filesystem::remove(bench.file("policy.db"));
    bench.start();
    CHECK(bench.finds("c", LimitFinding::damaged));
    CHECK(bench.buy("c").starts_with("policy"));
    CHECK(bench.sell("c", 5).empty());
}

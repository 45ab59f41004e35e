#include "app/ledger_watch.hpp"

#include "support/ladder.hpp"
#include "support/memory_store.hpp"

#include <algorithm>

using namespace bf;
using app::LedgerWatch;
using signer::LedgerEntry;
using signer::UseClass;

namespace {

/// A signer that has a ledger and nothing else: entries as a test puts them there, paged as the real one pages them.
class FakeSigner final : public app::LedgerSource {
public:
    explicit FakeSigner(test::SimClock& clock) : clock_{clock} {}
    std::vector<LedgerEntry> entries;  ///< Oldest first.
    bool away{false};
    std::vector<signer::LedgerOutcome> told;

    void enter(UseClass use, Instant at, const std::string& connection, LedgerEntry::Call call) {
        LedgerEntry entry;
        entry.sequence = entries.size() + 1;
        entry.use = use;
        entry.at = at;
        entry.connection = connection;
        entry.call = std::move(call);
        entries.push_back(std::move(entry));
    }
    void ledger(std::function<void(Result<signer::LedgerStanding>)> done) override {
        signer::LedgerStanding standing;
        standing.state = signer::LedgerState::sound;
        standing.head.emplace();
        standing.head->sequence = entries.size();
        answer(std::move(done), std::move(standing));
    }
    void ledger_page(signer::LedgerQuery query, std::function<void(Result<signer::LedgerPage>)> done) override {
        signer::LedgerPage page;
        for (auto one = entries.rbegin(); one != entries.rend(); ++one) {
            if ((query.before != 0 && one->sequence >= query.before) || (query.use && one->use != *query.use) || (query.from && one->at < *query.from)) continue;
            if (page.entries.size() == query.limit) {
                page.next = page.entries.back().sequence;
                break;
            }
            page.entries.push_back(*one);
        }
        answer(std::move(done), std::move(page));
    }
    void ledger_outcomes(std::vector<signer::LedgerOutcome> outcomes, ports::Keys::Done done) override {
        told.insert(told.end(), outcomes.begin(), outcomes.end());
        clock_.after(milliseconds{1}, [done = std::move(done)] { done({}); });
    }

private:
    template <class Thing, class Done>
    void answer(Done done, Thing thing) {
        Result<Thing> result = std::move(thing);
        if (away) result = Unexpected{Error{ErrorKind::unreachable, "The signer does not answer.", Fate::not_sent, "timeout"}};
        clock_.after(milliseconds{1}, [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
    }
    test::SimClock& clock_;
};

/// A group's orders at the exchange, all signed for, and then many more in the ledger of groups that are long over.
struct House : test::TradingFloor {
    House() : TradingFloor{Options{}}, ledger{clock} {
        start();
        price(test::kSpot, "3000");
        add_strategy(test::ladder::settings({}));
        run(seconds{2});
        REQUIRE(signal("Ladder", test::kSpot, trading::SignalKind::entry).outcome == "OPENED");
        trader().orders().each([&](const engine::Order& order) {
            const auto& intent = order.intent();
            LedgerEntry::Call call;
            call.symbol = intent.plan.symbol.to_string();
            call.client_order_id = intent.client_id;
            call.digest = intent.digest;
            ledger.enter(UseClass::order, intent.at + milliseconds{1}, "main", std::move(call));
        });
        REQUIRE(ledger.entries.size() >= 1);
    }
    ~House() override { watch.reset(); }
    void enter_more(int count) {
        for (int i = 0; i < count; ++i) {
            run(seconds{1});
            LedgerEntry::Call call;
            call.symbol = test::kSpot;
            call.client_order_id = "over-" + std::to_string(i);
            call.digest[0] = 0xEE;
            call.digest[1] = static_cast<unsigned char>(i);
            call.digest[2] = static_cast<unsigned char>(i / 256);
            ledger.enter(UseClass::order, clock.wall(), "main", std::move(call));
        }
    }
    void watch_begins(std::size_t entries_max) {
        LedgerWatch::Setup setup{.clock = clock, .timers = clock, .signer = ledger, .trader = trader(), .performer = life->performer, .settings = settings};
        setup.connections = [] { return std::vector<std::string>{"main"}; };
        setup.symbols_of = [](const std::string&) { return std::set<market::Symbol>{{"ETH", "USDT", ""}}; };
        setup.entries_max = entries_max;
        watch = std::make_unique<LedgerWatch>(std::move(setup), LedgerWatch::Intents{});
        run(seconds{30});
    }
    [[nodiscard]] bool told(std::string_view code) const {
        return std::any_of(alarms_told.begin(), alarms_told.end(), [&](const ports::StoredAlarm& alarm) { return alarm.document.find(code) != std::string::npos; });
    }
    FakeSigner ledger;
    test::MemoryStore settings;
    std::unique_ptr<LedgerWatch> watch;
};

}  // namespace

TEST_CASE("orders that stand in the ledger are told of by nobody; a comparison is made at a start") {
    House house;
    house.enter_more(5);
    house.watch_begins(1'000);
    CHECK_FALSE(house.told("LEDGER_MISSES"));
    REQUIRE(house.watch->compared().at);
    CHECK(house.watch->compared().looked_at > 0);
    CHECK(house.watch->compared().strangers == 0);
}

TEST_CASE("an order that the ledger lacks is told of loudly, and by the exchange's own lists again") {
    House house;
    house.ledger.entries.clear();
    house.enter_more(900);  // Of lately the number may not be entered yet.
    house.watch_begins(1'000);
    CHECK(house.told("LEDGER_MISSES"));
    CHECK(house.watch->compared().strangers > 0);
}

TEST_CASE("a ledger of more than is read: what is older than that is held against nothing, what is newer is") {
    House house;
    house.enter_more(1'500);  // 25 minutes.
    SUBCASE("older") {
        house.watch_begins(800);
        CHECK_FALSE(house.told("LEDGER_MISSES"));
        CHECK(house.watch->compared().looked_at > 0);
        CHECK(house.watch->compared().strangers == 0);
    }
    SUBCASE("newer, and cut out of the ledger") {
        house.ledger.entries.erase(house.ledger.entries.begin(), house.ledger.entries.end() - 1'500);
        for (int i = 0; i < 1'000; ++i) {
            LedgerEntry::Call call;
            call.digest[0] = 0xDD;
            house.ledger.enter(UseClass::order, Instant::from_ms(test::TradingFloor::kStart) - milliseconds{std::chrono::hours{1}}, "main", std::move(call));
        }
        std::rotate(house.ledger.entries.begin(), house.ledger.entries.end() - 1'000, house.ledger.entries.end());
        for (std::size_t i = 0; i < house.ledger.entries.size(); ++i) house.ledger.entries[i].sequence = i + 1;
        house.watch_begins(2'000);
        CHECK(house.told("LEDGER_MISSES"));
    }
}

TEST_CASE("a signer that is away is asked again, and blamed for nothing") {
    House house;
    house.ledger.away = true;
    house.watch_begins(1'000);
    CHECK_FALSE(house.watch->compared().at);
    house.ledger.away = false;
    house.run(seconds{120});
    CHECK(house.watch->compared().at);
    CHECK_FALSE(house.told("LEDGER_MISSES"));
}

TEST_CASE("a ledger that is shorter than it was is told of; what came of orders is told to it") {
    House house;
    house.enter_more(5);
    house.watch_begins(1'000);
    CHECK(house.ledger.told.empty());
    house.ledger.entries.pop_back();
    house.run(seconds{70});
    CHECK(house.told("LEDGER_ROLLED_BACK"));
    REQUIRE(house.event([&](engine::Now now) { return house.trader().close(now, house.only_group()->number(), "user"); }).has_value());
    house.run(seconds{10});
    CHECK_FALSE(house.ledger.told.empty());
}

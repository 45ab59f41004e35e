// Orders in bad weather: groups that open, rest their exits, close and open again, while answers are lost, events come late, twice and out
// of order, streams drop, the exchange refuses and fails, and the engine dies again and again. One seed is one run, to the byte.
#include "engine/exit_keeper.hpp"
#include "support/number_in.hpp"
#include "support/order_judge.hpp"


using namespace bf;
using namespace bf::test;
using engine::End;
using engine::ExitKeeper;
using engine::Purpose;
using market::Market;
using market::Side;
using market::TimeInForce;

namespace {

/// One group of a very simple trader: buys, adds once, rests an exit above, sometimes closes. What it holds follows from booked fills alone.
struct Group {
    engine::GroupNumber number;
    Decimal bought{}, base_fees{}, sold{};
    int entries{0};
    std::unique_ptr<ExitKeeper> keeper{};
    bool closing{false};
    [[nodiscard]] Decimal held() const { return bought - base_fees - sold; }
};

struct Storm : Floor {
    Judge judge{*this};
    std::map<engine::GroupNumber, Group> groups;
    engine::GroupNumber last_group{0};
    std::string story;  ///< What was observed, for comparing runs.
    std::uint64_t state;
    bool calm{false};
    int faults{0}, deaths{0};

    Storm(const Product& product, std::uint64_t seed)
        : Floor{{.exchange = product.exchange, .market = product.market, .seed = seed, .limits = false, .stream = seed % 4 != 0}}, state{seed * 2 + 1} {
        heard = [this](const engine::Observation& one) { observe(one); };
        begin();
        price("BTC", "60000");
        act();
        trouble();
    }
    std::uint64_t roll(std::uint64_t sides) { return ((state = state * 6364136223846793005U + 1442695040888963407U) >> 33) % sides; }

    void begin() {
        groups.clear();
        start();
        // What a real engine rebuilds from its journal: groups from fills, and the exits that may be at the exchange.
        event([&] {
            life->orders.each([&](const engine::Order& order) {
                auto& group = group_of(order.plan().group);
                if (order.plan().purpose == Purpose::entry || order.plan().purpose == Purpose::add_on) ++group.entries;
                for (const auto& fill : order.fills()) count(group, order, fill);
                if (engine::lessens(order.plan().purpose) && !order.finished()) group.keeper->adopt(order.intent().number);
            });
        });
        last_group = groups.empty() ? 0 : groups.rbegin()->first;
        for (auto& [number, group] : groups) want(group);
    }
    Group& group_of(engine::GroupNumber number) {
        auto& group = groups[number];
        group.number = number;
        if (group.keeper) return group;
        const auto& found = instrument(symbol("BTC"));
        ExitKeeper::Terms terms{.connection = kConnection, .symbol = symbol("BTC"), .side = Side::sell, .group = number, .exit_leg = 10, .close_leg = 11,
                                .limits = engine::InstrumentLimits::of(found), .margin_mode = {}, .position_mode = {}, .leverage = {}, .slippage = Ratio{"0.01"_d}};
        if (options.market == Market::futures) {
            terms.margin_mode = market::MarginMode::isolated;
            terms.position_mode = market::PositionMode::one_way;
            terms.leverage = 5;
        }
        group.keeper = std::make_unique<ExitKeeper>(life->orders, terms);
        return group;
    }
    static void count(Group& group, const engine::Order& order, const engine::BookedFill& fill) {
        if (order.plan().side == Side::sell) {
            group.sold += fill.quantity;
            return;
        }
        group.bought += fill.quantity;
        if (fill.fee && fill.fee->asset == "BTC") group.base_fees += fill.fee->amount;
    }
    void want(Group& group) {
        event([&] {
            group.keeper->hold(group.held());
            if (group.closing) {
                group.keeper->quote(Price{simulated_price()});
                group.keeper->close();
            } else {
                group.keeper->rest_at(Price{"60600"_d + Decimal{static_cast<std::int64_t>(group.number % 5) * 60}});
            }
            group.keeper->act(now());
        });
    }
    Decimal simulated_price() { return exchange().market(simulated("BTC")).best_bid(); }

    void observe(const engine::Observation& one) {
        story += std::to_string(clock.steady().count()) + ' ' + std::to_string(one.index()) + '\n';
        if (const auto* filled = std::get_if<engine::OrderFilled>(&one)) {
            const auto& order = *life->orders.find(filled->order);
            count(group_of(order.plan().group), order, filled->fill);
        }
        const auto number = std::visit([](const auto& any) -> engine::OrderNumber { if constexpr (requires { any.order; }) return any.order; else return 0; }, one);
        const auto* order = number == 0 ? nullptr : life->orders.find(number);
        if (order == nullptr) return;
        auto& group = group_of(order->plan().group);
        group.keeper->on(now(), one);
        want(group);
    }

    /// Every half second something is decided.
    void act() {
        clock.after(milliseconds{500}, [this] {
            if (lives_now()) decide();
            if (lives_now())
                for (auto& [number, group] : groups)
                    if (lives_now()) want(group);
            act();
        });
    }
    void decide() {
        if (calm) return;
        const auto what = roll(12);
        if (what == 0 && groups.size() < 40) enter(++last_group);
        else if (what == 1 && last_group > 0) enter(1 + roll(last_group));
        else if (what == 2 && last_group > 0) group_of(1 + roll(last_group)).closing = roll(2) == 0;
        else if (what == 3) trade("BTC", roll(2) == 0 ? "buy" : "sell", roll(2) == 0 ? "60700" : "59400", "0." + std::to_string(1 + roll(9)));
        else if (what == 4) price("BTC", std::to_string(59'700 + roll(700)));
        else if (what == 5) cancel_something();
    }
    void enter(engine::GroupNumber number) {
        auto& group = group_of(number);
        if (group.entries >= 3 || group.closing) return;
        const bool resting = roll(3) == 0;
        const Decimal quantity = Decimal::from_parts(static_cast<__int128>(5 + roll(40)), 3);
        const auto at = resting ? "59500"_d : "60900"_d;
        const auto purpose = group.entries++ == 0 ? Purpose::entry : Purpose::add_on;
        submit(plan("BTC", Side::buy, quantity, at, resting ? TimeInForce::gtc : TimeInForce::ioc, number, purpose, static_cast<std::uint32_t>(group.entries)));
    }
    void cancel_something() {
        std::vector<engine::OrderNumber> open;
        life->orders.each([&](const engine::Order& order) {
            if (!order.finished() && !engine::lessens(order.plan().purpose)) open.push_back(order.intent().number);
        });
        if (!open.empty()) cancel(open[roll(open.size())]);
    }

    void trouble() {
        clock.after(milliseconds{200 + static_cast<std::int64_t>(roll(1500))}, [this] {
            if (!calm) {
                const auto what = roll(16);
                constexpr const char* kFaults[] = {"lost_reply", "timeout", "reset", "unavailable", "maintenance", "rate_limit", "malformed", "slow",
                                                   "drop_stream", "duplicate_event", "late_event", "reorder_events"};
                if (what < 12) {
                    fault(kFaults[what], R"(,"count":)" + std::to_string(1 + roll(3)) + R"(,"ms":)" + std::to_string(500 + roll(8000)));
                    ++faults;
                } else if (what < 14 && lives_now()) {
                    kill_at = steps + static_cast<int>(roll(12));
                } else if (what == 14 && lives_now()) {
                    folder.fail_at(static_cast<int>(roll(4)));
                }
            }
            if (!lives_now()) {
                ++deaths;
                kill_at = -1;
                begin();
            }
            trouble();
        });
    }

    /// No faults from now on: within two minutes everything agrees.
    void end() {
        calm = true;
        heal();
        kill_at = -1;
        folder.fail_at(-1);
        run(seconds{120});
        REQUIRE(lives_now());
        judge.settle();
        for (const auto& [number, group] : groups) {
            CAPTURE(number);
            CHECK_FALSE(group.held().is_negative());
        }
        if (options.market == Market::futures) {
            Decimal held;
            for (const auto& [number, group] : groups) held += group.held();
            Decimal position;
            for (const auto& one : truth().positions) position += one.quantity;
            CHECK(held == position);
        }
        for (const auto& [number, group] : groups) {
            CAPTURE(number);
            if (!group.closing) continue;
            CAPTURE(group.held().to_string());
            CHECK_MESSAGE(group.keeper->closed(), static_cast<int>(group.keeper->state()));
        }
    }
};

std::uint64_t runs_wanted() { return number_in("BF_STORM_RUNS", repeats(6, 2)); }
std::uint64_t first_seed() { return number_in("BF_STORM_SEED", 1); }

}  // namespace

TEST_CASE("a storm over every product: one exchange order for one intent, every fill booked once, agreement two minutes after") {
    int faults = 0, deaths = 0;
    std::size_t orders = 0, fills = 0;
    for (std::uint64_t run = 0; run < runs_wanted(); ++run) {
        for (const auto& product : kProducts) {
            const auto seed = first_seed() + run;
            INFO("replay: BF_STORM_SEED=", seed, " BF_STORM_RUNS=1");
            CAPTURE(product.exchange);
            CAPTURE(to_string(product.market));
            Storm storm{product, seed};
            storm.run(seconds{300});
            storm.end();
            faults += storm.faults;
            deaths += storm.deaths;
            orders += storm.truth().orders.size();
            fills += storm.truth().fills.size();
        }
    }
    MESSAGE(faults, " faults, ", deaths, " deaths, ", orders, " orders, ", fills, " fills");
    CHECK(faults > 0);
    CHECK(deaths > 0);
}

TEST_CASE("the same seed gives the same bytes") {
    for (const auto& product : kProducts) {
        CAPTURE(product.exchange);
        const auto run = [&] {
            Storm storm{product, 42};
            storm.run(seconds{120});
            std::string paths;
            for (const auto& one : storm.transport->sent) paths += std::to_string(one.at.ms()) + one.path + std::to_string(one.status) + '\n';
            return std::tuple{storm.story, paths, storm.judge.read(false).bytes};
        };
        CHECK(run() == run());
    }
}

// Trigger orders as orders: written down, placed, found again after a crash whether they wait or fired, taken back while they fire; and a
// storm in which a group's stop must protect it through faults, deaths and gaps, and nothing may be sold twice.
#include "engine/exit_keeper.hpp"
#include "engine/stop_keeper.hpp"
#include "support/number_in.hpp"
#include "support/order_judge.hpp"


using namespace bf;
using namespace bf::test;
using engine::End;
using engine::ExitKeeper;
using engine::Purpose;
using engine::Stage;
using engine::StopKeeper;
using market::Market;
using market::Side;
using market::TimeInForce;

namespace {

constexpr std::uint32_t kExitLeg = 10, kCloseLeg = 11, kStopLeg = 12;

/// A floor at KuCoin futures that holds a long position and can place stops for it.
struct StopFloor : Floor {
    Judge judge{*this};
    std::vector<engine::Observation> told;

    explicit StopFloor(std::uint64_t seed = 3, bool stream = true) : Floor{{.exchange = "kucoin", .market = Market::futures, .seed = seed, .stream = stream}} {
        heard = [this](const engine::Observation& one) { told.push_back(one); };
        start();
        run(seconds{2});
        price("BTC", "60000");
        const auto bought = submit(plan("BTC", Side::buy, "0.5"_d, "60600"_d, TimeInForce::ioc, 1));
        REQUIRE(run_until([&] { return life->orders.find(bought)->finished(); }, seconds{20}));
        run(seconds{1});
        told.clear();
    }
    engine::OrderPlan stop_plan(const char* stop_price = "58000", const char* quantity = "0.5") const {
        auto stop = plan("BTC", Side::sell, Decimal::parse(quantity).value(), Decimal{1}, TimeInForce::gtc, 1, Purpose::stop, kStopLeg);
        stop.type = market::OrderType::market;
        stop.price.reset();
        stop.stop_price = Decimal::parse(stop_price).value();
        stop.reduce_only = true;
        return stop;
    }
    [[nodiscard]] const engine::Order& order(engine::OrderNumber number) const { return *life->orders.find(number); }
    Decimal position() {
        Decimal sum;
        for (const auto& one : truth().positions) sum += one.side == market::PositionSide::long_side ? one.quantity : -one.quantity;
        return sum;
    }
    template <class T>
    [[nodiscard]] int count_told(engine::OrderNumber number) const {
        int count = 0;
        for (const auto& one : told)
            if (const auto* same = std::get_if<T>(&one); same != nullptr && same->order == number) ++count;
        return count;
    }
    void calm_down() {
        heal();
        run(seconds{90});
        judge.settle();
    }
};

}  // namespace

TEST_CASE("a stop waits, fires, is filled: told once each, with and without a stream") {
    for (const bool stream : {true, false}) {
        CAPTURE(stream);
        StopFloor floor{3, stream};
        const auto number = floor.submit(floor.stop_plan());
        REQUIRE(floor.run_until([&] { return floor.order(number).waits(); }, seconds{5}));
        floor.run(seconds{5});
        const auto asked = floor.transport->sent.size();
        floor.run(seconds{70});
        CHECK(floor.order(number).waits());
        CHECK_FALSE(floor.order(number).triggered());
        // One list tells of all that wait; none of them is asked for by itself.
        int listed = 0, queried = 0;
        for (auto i = asked; i < floor.transport->sent.size(); ++i) {
            listed += floor.transport->sent[i].path.starts_with("/api/v1/stopOrders") ? 1 : 0;
            queried += floor.transport->sent[i].path.starts_with("/api/v1/orders/") ? 1 : 0;
        }
        CHECK(listed >= 2);
        CHECK(queried == 0);
        floor.price("BTC", "57500");
        REQUIRE(floor.run_until([&] { return floor.order(number).finished(); }, seconds{45}));
        CHECK(floor.order(number).end() == End::filled);
        CHECK(floor.order(number).booked() == "0.5"_d);
        CHECK(floor.count_told<engine::OrderTriggered>(number) == 1);
        CHECK(floor.count_told<engine::OrderFinished>(number) == 1);
        CHECK(floor.position().is_zero());
        floor.calm_down();
    }
}

TEST_CASE("the answer to placing a stop is lost: it is found by its name, waiting or fired, and never sent again") {
    for (const bool fires : {false, true}) {
        for (const bool arrives : {true, false}) {
            CAPTURE(fires);
            CAPTURE(arrives);
            StopFloor floor{4, false};
            floor.fault(arrives ? "lost_reply" : "reset", R"(,"count":1)");
            const auto number = floor.submit(floor.stop_plan());
            REQUIRE(floor.run_until([&] { return floor.order(number).stage() == Stage::unresolved; }, seconds{20}));
            floor.heal();
            if (fires) floor.price("BTC", "57500");
            REQUIRE(floor.run_until([&] { return floor.order(number).stage() != Stage::unresolved; }, seconds{90}));
            const bool there = floor.exchange().find_client_order(floor.truth(), Market::futures, floor.order(number).intent().client_id) != nullptr;
            if (!there) CHECK(floor.order(number).end() == End::absent);
            else if (!fires) CHECK(floor.order(number).waits());
            floor.calm_down();
            CHECK(floor.position() == (there && fires ? Decimal{} : "0.5"_d));
        }
    }
}

TEST_CASE("the process dies with a stop at the exchange: the next life knows it, whether it waits, fired or was taken back meanwhile") {
    StopFloor floor{5};
    const auto number = floor.submit(floor.stop_plan());
    REQUIRE(floor.run_until([&] { return floor.order(number).waits(); }, seconds{5}));
    floor.run(seconds{1});
    const std::string id = *floor.order(number).exchange_id();
    floor.kill();
    floor.run(seconds{5});
    SUBCASE("it waits") {
        floor.start();
        floor.run(seconds{10});
        CHECK(floor.order(number).waits());
        floor.cancel(number);
        REQUIRE(floor.run_until([&] { return floor.order(number).finished(); }, seconds{20}));
        CHECK(floor.order(number).end() == End::canceled);
        CHECK(floor.position() == "0.5"_d);
    }
    SUBCASE("it fired") {
        floor.price("BTC", "57500");
        floor.run(seconds{5});
        floor.start();
        REQUIRE(floor.run_until([&] { return floor.order(number).finished(); }, seconds{20}));
        CHECK(floor.order(number).triggered());
        CHECK(floor.order(number).booked() == "0.5"_d);
    }
    SUBCASE("somebody took it back") {
        REQUIRE(floor.exchange().cancel(floor.truth(), *floor.exchange().find_order(floor.truth(), id)).has_value());
        floor.start();
        REQUIRE(floor.run_until([&] { return floor.order(number).finished(); }, seconds{20}));
        CHECK(floor.order(number).end() == End::canceled);
    }
    floor.calm_down();
}

TEST_CASE("a cancel that crosses with the trigger: what was sold is booked, whichever came first") {
    for (int gap = 0; gap <= 200; gap += 20) {
        CAPTURE(gap);
        StopFloor floor{6};
        const auto number = floor.submit(floor.stop_plan());
        REQUIRE(floor.run_until([&] { return floor.order(number).waits(); }, seconds{5}));
        floor.clock.after(milliseconds{gap}, [&] { floor.price("BTC", "57500"); });
        floor.cancel(number);
        REQUIRE(floor.run_until([&] { return floor.order(number).finished(); }, seconds{60}));
        floor.run(seconds{1});
        CHECK(floor.position() + floor.order(number).booked() == "0.5"_d);
        floor.calm_down();
    }
}

TEST_CASE("a stop that fires for more than is held sells what is held and ends") {
    StopFloor floor{7};
    const auto number = floor.submit(floor.stop_plan("58000", "0.5"));
    REQUIRE(floor.run_until([&] { return floor.order(number).waits(); }, seconds{5}));
    auto half = floor.plan("BTC", Side::sell, "0.3"_d, "59000"_d, TimeInForce::ioc, 1, Purpose::close, kCloseLeg);
    half.reduce_only = true;
    floor.submit(half);
    floor.run(seconds{3});
    floor.price("BTC", "57500");
    REQUIRE(floor.run_until([&] { return floor.order(number).finished(); }, seconds{60}));
    CHECK(floor.order(number).end() == End::canceled);
    CHECK(floor.order(number).booked() == "0.2"_d);
    CHECK(floor.position().is_zero());
    floor.calm_down();
}

TEST_CASE("products whose stops can't be found again get none: nothing is written, nothing sent") {
    struct Row { const char* exchange; Market market; };
    for (const auto& row : {Row{"mexc", Market::spot}, Row{"mexc", Market::futures}, Row{"kucoin", Market::spot}}) {
        CAPTURE(row.exchange);
        CAPTURE(to_string(row.market));
        Floor floor{{.exchange = row.exchange, .market = row.market}};
        floor.start();
        floor.run(seconds{1});
        auto stop = floor.plan("BTC", Side::sell, "0.1"_d, "60000"_d, TimeInForce::gtc, 1, Purpose::stop, kStopLeg);
        stop.stop_price = "58000"_d;
        const auto number = floor.submit(stop);
        CHECK(floor.life->orders.find(number)->end() == End::denied);
        CHECK(floor.life->orders.find(number)->refusal()->exchange_code == "no_stop");
        floor.run(seconds{5});
        CHECK(floor.truth().orders.empty());
    }
}

namespace {

/// A position whose stop is kept by a StopKeeper.
struct Kept : StopFloor {
    std::optional<StopKeeper> keeper;
    Decimal at{58'000}, held{"0.5"_d};
    std::size_t fewest{99}, most{0};
    bool counting{false};

    explicit Kept(std::uint64_t seed = 9) : StopFloor{seed} {
        heard = [this](const engine::Observation& one) {
            if (const auto* filled = std::get_if<engine::OrderFilled>(&one)) held -= filled->fill.quantity;
            if (!keeper) return;
            keeper->on(now(), one);
            steer();
        };
        auto judged = watched;
        watched = [this, judged] {
            judged();
            if (!counting) return;
            fewest = std::min(fewest, waiting().size());
            most = std::max(most, waiting().size());
        };
        keep();
        clock.after(milliseconds{100}, [this] { beat(); });
    }
    void keep() {
        StopKeeper::Terms terms{.connection = kConnection, .symbol = symbol("BTC"), .side = Side::sell, .group = 1, .leg = kStopLeg,
                                .limits = engine::InstrumentLimits::of(instrument(symbol("BTC"))), .margin_mode = market::MarginMode::isolated,
                                .position_mode = market::PositionMode::one_way, .leverage = 5};
        event([&] {
            keeper.emplace(life->orders, terms);
            life->orders.each([&](const engine::Order& order) {
                if (order.plan().purpose == Purpose::stop && !order.finished()) keeper->adopt(order.intent().number);
            });
            steer();
        });
    }
    void steer() {
        keeper->hold(held);
        keeper->want(at.is_zero() ? std::nullopt : std::optional{at});
        keeper->act(now(), true);
    }
    void beat() {
        if (lives_now() && keeper) event([&] { steer(); });
        clock.after(milliseconds{100}, [this] { beat(); });
    }
    std::vector<const simulator::Order*> waiting() {
        std::vector<const simulator::Order*> found;
        for (const auto* order : truth().orders)
            if (order->waiting) found.push_back(order);
        return found;
    }
    bool rests() {
        return run_until([&] { return waiting().size() == 1 && waiting()[0]->request.trigger->price == at && waiting()[0]->quantity == held && keeper->state() == StopKeeper::State::resting && keeper->live().size() == 1; }, seconds{60});
    }
};

}  // namespace

TEST_CASE("a stop is replaced without a moment in which none waits, wherever the process dies") {
    for (int step = 0; step < 24; ++step) {
        CAPTURE(step);
        Kept floor;
        REQUIRE(floor.rests());
        floor.counting = true;
        floor.kill_at = floor.steps + step;
        floor.at = Decimal{57'900};
        floor.run(seconds{5});
        if (!floor.lives_now()) {
            floor.keeper.reset();
            floor.run(seconds{10});
            floor.kill_at = -1;
            floor.start();
            floor.keep();
        }
        floor.kill_at = -1;
        CHECK(floor.rests());
        CHECK(floor.fewest == 1);
        CHECK(floor.most <= 2);
        floor.counting = false;
        // And when none is wanted any more it goes.
        floor.at = {};
        CHECK(floor.run_until([&] { return floor.waiting().empty() && floor.keeper->state() == StopKeeper::State::none; }, seconds{60}));
        floor.keeper.reset();
        floor.calm_down();
    }
}

TEST_CASE("while it is not known whether the new stop is there the old one stays, and no third is placed") {
    Kept floor;
    REQUIRE(floor.rests());
    floor.counting = true;
    floor.transport->instead = [&](const wire::Request& request) -> std::optional<Result<wire::Response>> {
        if (request.method != wire::Method::post || !request.target.starts_with("/api/v1/orders")) return std::nullopt;
        floor.transport->instead = {};
        return Result<wire::Response>{Unexpected{Error{ErrorKind::unreachable, "no answer", Fate::unknown}}};
    };
    floor.at = Decimal{57'900};
    floor.run(seconds{8});
    CHECK(floor.keeper->state() == StopKeeper::State::replacing);
    CHECK(floor.keeper->live().size() == 2);
    CHECK(floor.waiting().size() == 1);
    // It never arrived: that is known in the end, and another takes its place.
    CHECK(floor.rests());
    CHECK(floor.fewest == 1);
    CHECK(floor.most <= 2);
}

TEST_CASE("a refused stop leaves the one that waits, is told, and is tried again ever more slowly") {
    Kept floor;
    REQUIRE(floor.rests());
    // The contract's stops are used up by somebody else's, far away.
    floor.watched = {};
    std::vector<const simulator::Order*> others;
    auto& exchange = floor.exchange();
    simulator::NewOrder far;
    far.symbol = floor.symbol("BTC");
    far.side = Side::sell;
    far.type = market::OrderType::market;
    far.quantity = "0.001"_d;
    far.reduce_only = true;
    far.trigger = simulator::Trigger{simulator::Trigger::Of::mark, simulator::Trigger::Way::at_or_below, Decimal{1000}};
    for (std::size_t i = 1; i < exchange.profile().stops_max; ++i) others.push_back(*exchange.place(floor.truth(), far));
    floor.at = Decimal{57'900};
    floor.run(seconds{3});
    CHECK(floor.keeper->state() == StopKeeper::State::replacing);
    REQUIRE(floor.keeper->refusal().has_value());
    CHECK(floor.keeper->refusal()->exchange_code == "300004");
    CHECK(floor.keeper->waiting()->plan().stop_price == Decimal{58'000});
    const auto tried = [&] { return std::count_if(floor.transport->sent.begin(), floor.transport->sent.end(), [](const auto& one) { return one.path == "/api/v1/orders" && one.method == wire::Method::post; }); };
    const auto before = tried();
    floor.run(seconds{60});
    CHECK(tried() - before <= 6);
    // Another stop than the one that was refused is asked for at once.
    const auto slowly = tried();
    floor.at = Decimal{57'800};
    floor.run(seconds{1});
    CHECK(tried() == slowly + 1);
    for (const auto* other : others) (void)exchange.cancel(floor.truth(), *other);
    CHECK(floor.rests());
}

TEST_CASE("a stop that the exchange takes and ends by itself is placed anew after pauses that grow, also one that needs another key for a quarter of an hour") {
    Kept floor;
    REQUIRE(floor.rests());
    const auto end_all = [&](seconds span) {
        const auto before = floor.truth().orders.size();
        for (int i = 0; i < span.count() * 4; ++i) {
            floor.run(milliseconds{250});
            for (const auto* order : floor.waiting()) static_cast<void>(floor.exchange().cancel(floor.truth(), *order));
        }
        return floor.truth().orders.size() - before;
    };
    // Noticed by the list of stops, every 30 s; the pauses come on top.
    end_all(seconds{240});
    CHECK(floor.keeper->taken_back_in_row() >= 3);
    CHECK(end_all(seconds{600}) <= 11);
    // What is held grew: another stop, at once.
    REQUIRE(floor.run_until([&] { return floor.keeper->live().empty(); }, seconds{120}));
    const auto before = floor.truth().orders.size();
    floor.held = "0.4"_d;
    CHECK(floor.run_until([&] { return floor.truth().orders.size() > before; }, seconds{2}));
    CHECK(floor.rests());
    CHECK(floor.keeper->taken_back_in_row() == 0);
    // Refused for what somebody has to change.
    const auto tried = [&] { return std::count_if(floor.transport->sent.begin(), floor.transport->sent.end(), [](const auto& one) { return one.path == "/api/v1/orders" && one.method == wire::Method::post; }); };
    floor.transport->instead = [](const wire::Request& request) -> std::optional<Result<wire::Response>> {
        if (request.method != wire::Method::post || !request.target.starts_with("/api/v1/orders")) return std::nullopt;
        return Result<wire::Response>{wire::Response{403, {}, R"({"code":"400007","msg":"Access denied --> Require more permission"})"}};
    };
    floor.at = Decimal{57'900};
    floor.run(std::chrono::minutes{60});
    const auto first = tried();
    floor.run(std::chrono::minutes{60});
    CHECK(tried() - first <= 5);
    CHECK(tried() > first);
}

TEST_CASE("a stop that fired is not replaced, nor is another placed beside it; what it left is the group's to close") {
    Kept floor;
    REQUIRE(floor.rests());
    const auto asked = floor.transport->sent.size();
    floor.price("BTC", "57000");
    REQUIRE(floor.run_until([&] { return floor.held.is_zero(); }, seconds{30}));
    floor.run(seconds{5});
    CHECK(floor.keeper->state() == StopKeeper::State::none);
    CHECK(floor.waiting().empty());
    int stops = 0;
    for (const auto* order : floor.truth().orders) stops += order->request.trigger ? 1 : 0;
    CHECK(stops == 1);
    for (auto i = asked; i < floor.transport->sent.size(); ++i) CHECK(floor.transport->sent[i].method == wire::Method::get);
    CHECK_FALSE(floor.keeper->in_the_way());
}

namespace {

/// A very simple trader of one group at a time, with an exit and a stop.
struct Group {
    engine::GroupNumber number{0};
    Decimal bought{}, sold{};
    int entries{0};
    bool closing{false}, stopped{false};
    std::optional<std::chrono::microseconds> crossed{};
    std::unique_ptr<ExitKeeper> exit{};
    std::unique_ptr<StopKeeper> stop{};
    [[nodiscard]] Decimal held() const { return bought - sold; }
    [[nodiscard]] Decimal stop_price() const { return Decimal{58'200 - 100 * entries}; }
};

struct StopStorm : Floor {
    Judge judge{*this};
    std::map<engine::GroupNumber, Group> groups;
    std::uint64_t state;
    bool calm{false};
    int faults{0}, deaths{0}, stopped{0};

    explicit StopStorm(std::uint64_t seed) : Floor{{.exchange = "kucoin", .market = Market::futures, .seed = seed, .stream = seed % 4 != 0}}, state{seed * 2 + 1} {
        heard = [this](const engine::Observation& one) { observe(one); };
        // Nothing may ever be sold that was not held: a long group's account is never short.
        auto judged = watched;
        watched = [this, judged] {
            judged();
            for (const auto& one : truth().positions) REQUIRE(one.side == market::PositionSide::long_side);
        };
        begin();
        price("BTC", "60000");
        act();
        trouble();
    }
    std::uint64_t roll(std::uint64_t sides) { return ((state = state * 6364136223846793005U + 1442695040888963407U) >> 33) % sides; }

    void begin() {
        groups.clear();
        start();
        event([&] {
            life->orders.each([&](const engine::Order& order) {
                auto& group = group_of(order.plan().group);
                const auto purpose = order.plan().purpose;
                if (!engine::lessens(purpose)) ++group.entries;
                for (const auto& fill : order.fills()) count(group, order, fill);
                if (order.finished()) return;
                if (purpose == Purpose::stop) group.stop->adopt(order.intent().number);
                else if (engine::lessens(purpose)) group.exit->adopt(order.intent().number);
            });
        });
        for (auto& [number, group] : groups)
            if (lives_now()) want(group);
    }
    Group& group_of(engine::GroupNumber number) {
        auto& group = groups[number];
        group.number = number;
        if (group.exit) return group;
        const auto limits = engine::InstrumentLimits::of(instrument(symbol("BTC")));
        ExitKeeper::Terms exit{.connection = kConnection, .symbol = symbol("BTC"), .side = Side::sell, .group = number, .exit_leg = kExitLeg, .close_leg = kCloseLeg, .limits = limits,
                               .margin_mode = market::MarginMode::isolated, .position_mode = market::PositionMode::one_way, .leverage = 5, .slippage = Ratio{"0.01"_d}};
        StopKeeper::Terms stop{.connection = kConnection, .symbol = symbol("BTC"), .side = Side::sell, .group = number, .leg = kStopLeg, .limits = limits,
                               .margin_mode = market::MarginMode::isolated, .position_mode = market::PositionMode::one_way, .leverage = 5};
        group.exit = std::make_unique<ExitKeeper>(life->orders, exit);
        group.stop = std::make_unique<StopKeeper>(life->orders, stop);
        return group;
    }
    void count(Group& group, const engine::Order& order, const engine::BookedFill& fill) {
        (order.plan().side == Side::sell ? group.sold : group.bought) += fill.quantity;
        if (order.plan().purpose != Purpose::stop) return;
        if (!group.stopped) ++stopped;
        group.stopped = group.closing = true;
    }
    Decimal mark() { return exchange().market(simulated("BTC")).price(); }
    [[nodiscard]] bool entry_open(const Group& group) const {
        bool open = false;
        life->orders.each(group.number, [&](const engine::Order& order) { open = open || (!order.finished() && !engine::lessens(order.plan().purpose)); });
        return open;
    }
    [[nodiscard]] bool over(const Group& group) const { return group.held().is_zero() && group.exit->current() == nullptr && group.stop->live().empty() && !entry_open(group); }

    void want(Group& group) {
        event([&] {
            const bool beyond = mark() <= group.stop_price();
            if (beyond && group.held().is_positive() && !group.closing) {
                if (!group.crossed) group.crossed = clock.steady();
                if (!group.stop->due_at(mark()) || clock.steady() - *group.crossed >= seconds{5}) group.closing = true;
            } else if (!beyond) {
                group.crossed.reset();
            }
            group.stop->hold(group.held());
            group.stop->want(group.closing || group.held().is_zero() ? std::nullopt : std::optional{group.stop_price()});
            group.stop->act(now(), !beyond);
            if (!life) return;
            group.exit->hold(group.closing && group.stop->in_the_way() ? Decimal{} : group.held());
            if (group.closing) {
                group.exit->quote(Price{exchange().market(simulated("BTC")).best_bid()});
                group.exit->close();
            } else {
                group.exit->rest_at(Price{"60900"_d});
            }
            group.exit->act(now());
        });
    }
    void observe(const engine::Observation& one) {
        const auto number = std::visit([](const auto& any) -> engine::OrderNumber { if constexpr (requires { any.order; }) return any.order; else return 0; }, one);
        const auto* order = number == 0 ? nullptr : life->orders.find(number);
        if (order == nullptr) return;
        auto& group = group_of(order->plan().group);
        if (const auto* filled = std::get_if<engine::OrderFilled>(&one)) count(group, *order, filled->fill);
        group.stop->on(now(), one);
        group.exit->on(now(), one);
        want(group);
    }

    void act() {
        clock.after(milliseconds{500}, [this] {
            if (lives_now()) decide();
            for (auto& [number, group] : groups)
                if (lives_now()) want(group);
            act();
        });
    }
    void decide() {
        if (calm) return;
        Group* last = groups.empty() ? nullptr : &groups.rbegin()->second;
        const auto what = roll(16);
        if (what < 3) {
            if (last == nullptr || over(*last)) enter(groups.empty() ? 1 : groups.rbegin()->first + 1);
            else enter(last->number);
        } else if (what == 3 && last != nullptr) {
            last->closing = last->closing || roll(3) == 0;
        } else if (what == 4) {
            price("BTC", std::to_string(56'500 + roll(2'500)));
        } else if (what == 5) {
            exchange().hold_stops(roll(3) == 0);
        } else if (what == 6) {
            price("BTC", "60950");
        } else if (what < 10) {
            price("BTC", std::to_string(59'000 + roll(1'500)));
        }
    }
    void enter(engine::GroupNumber number) {
        auto& group = group_of(number);
        if (group.entries >= 3 || group.closing || mark() < Decimal{58'400}) return;
        ++group.entries;
        const Decimal quantity = Decimal::from_parts(static_cast<__int128>(5 + roll(40)), 3);
        submit(plan("BTC", Side::buy, quantity, "61500"_d, TimeInForce::ioc, number, group.entries == 1 ? Purpose::entry : Purpose::add_on, static_cast<std::uint32_t>(group.entries)));
    }
    /// The price goes on while nobody is there.
    void gap() {
        if (roll(2) == 0) price("BTC", std::to_string(56'000 + roll(5'000)));
    }
    void trouble() {
        clock.after(milliseconds{300 + static_cast<std::int64_t>(roll(2500))}, [this] {
            if (!calm) {
                const auto what = roll(18);
                constexpr const char* kFaults[] = {"lost_reply", "timeout", "reset", "unavailable", "maintenance", "rate_limit", "malformed", "slow",
                                                   "drop_stream", "duplicate_event", "late_event", "reorder_events"};
                if (what < 12) {
                    fault(kFaults[what], R"(,"count":)" + std::to_string(1 + roll(3)) + R"(,"ms":)" + std::to_string(500 + roll(8000)));
                    ++faults;
                } else if (what < 15 && lives_now()) {
                    kill_at = steps + static_cast<int>(roll(12));
                } else if (what == 15 && lives_now()) {
                    folder.fail_at(static_cast<int>(roll(4)));
                }
            }
            if (!lives_now() && (calm || roll(3) != 0)) {
                ++deaths;
                kill_at = -1;
                begin();
            } else if (!lives_now()) {
                gap();
            }
            trouble();
        });
    }

    void end() {
        calm = true;
        heal();
        kill_at = -1;
        folder.fail_at(-1);
        exchange().hold_stops(false);
        run(seconds{5});
        if (mark() < Decimal{58'400}) price("BTC", "59500");
        run(seconds{120});
        REQUIRE(lives_now());
        judge.settle();
        Decimal held, position;
        int waiting = 0;
        for (const auto& [number, group] : groups) {
            CAPTURE(number);
            CHECK_FALSE(group.held().is_negative());
            held += group.held();
            if (group.closing || group.held().is_zero()) {
                CHECK_MESSAGE(group.exit->closed(), static_cast<int>(group.exit->state()));
                CHECK(group.stop->live().empty());
                continue;
            }
            // What is held is protected, by exactly one stop, as wanted.
            CHECK(group.stop->state() == StopKeeper::State::resting);
            CHECK(group.stop->live().size() == 1);
        }
        for (const auto& one : truth().positions) position += one.quantity;
        CHECK(held == position);
        for (const auto* order : truth().orders) {
            if (!order->waiting) continue;
            ++waiting;
            CHECK(order->quantity == position);
            CHECK(order->request.trigger->price == groups.rbegin()->second.stop_price());
        }
        CHECK(waiting == (position.is_zero() ? 0 : 1));
    }
};

}  // namespace

TEST_CASE("a storm with stops: what is held is protected, what fired is booked once, nothing is sold that was not held") {
    const auto runs = number_in("BF_STORM_RUNS", repeats(16, 2)), from = number_in("BF_STORM_SEED", 1);
    int faults = 0, deaths = 0, stopped = 0;
    for (std::uint64_t run = 0; run < runs; ++run) {
        INFO("replay: BF_STORM_SEED=", from + run, " BF_STORM_RUNS=1");
        StopStorm storm{from + run};
        storm.run(seconds{300});
        storm.end();
        faults += storm.faults;
        deaths += storm.deaths;
        stopped += storm.stopped;
    }
    MESSAGE("from seed ", from, ": ", faults, " faults, ", deaths, " deaths, ", stopped, " groups stopped out");
    CHECK(faults > 0);
    CHECK(deaths > 0);
    if (runs >= 16) CHECK(stopped > 0);
}

// Paper trading in virtual time: strategies on paper over paper exchanges that follow a simulated "real" one, with a journal each that loses
// what was not synced, and a network that remembers every request. What must hold: the real exchange hears nothing, and after every death
// the engine's books and the paper exchange's are the same.
#include "connection/keeper.hpp"
#include "engine/account_feed.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/paper_name.hpp"
#include "engine/performer.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "paper/exchanges.hpp"
#include "paper/instrument.hpp"
#include "support/number_in.hpp"
#include "support/trading_floor.hpp"

using namespace bf;
using engine::Now;
using trading::SignalKind;

namespace {

const std::string kTwin = engine::paper_twin_of("main");

struct PaperFloor : engine::TraderListener, engine::AccountListener {
    struct Options {
        std::string exchange{"kucoin"};
        market::Market market{market::Market::spot};
        std::uint64_t seed{1};
        std::string money{"10000"};
        bool asks_for_books{false};
    };
    explicit PaperFloor(Options wanted) : options{std::move(wanted)}, clock{Instant::from_ms(test::TradingFloor::kStart), options.seed}, signer{clock}, journal{clock}, paper_journal{clock} {
        simulator::Options simulated;
        simulated.exchanges = {options.exchange};
        simulated.seed = options.seed;
        simulated.start = clock.wall();
        world = std::move(simulator::World::create(simulated)).value();
        network = std::make_unique<test::SimTransport>(clock, *world);
        id = *exchange::parse_exchange(options.exchange);
        exchange::Call call;
        call.operation = exchange::Operation::instruments;
        call.market = options.market;
        exchange::RequestList list;
        REQUIRE(exchange::calls_of(id)->write(call, nullptr, clock.wall(), list).has_value());
        network->send(list[0], seconds{5}, [&, call](Result<wire::Response> response) {
            const auto read = exchange::replies_of(id)->instruments(*response, {call, clock.wall(), nullptr});
            for (const auto& one : *read) instruments[one.native_symbol] = one;
        });
        REQUIRE(clock.run_until([&] { return !instruments.empty(); }, seconds{5}));
        network->sent.clear();
        start();
    }
    ~PaperFloor() override {
        kill();
        clock.run_for(milliseconds{1});
    }

    struct Life {
        explicit Life(PaperFloor& floor)
            : exchanges{floor.paper_setup()}, transport{*floor.network, exchanges}, signer{floor.signer, exchanges}, trader{{77, floor.store, floor.clock, floor}},
              performer{{floor.clock, floor.clock, transport, signer}, floor.journal, trader} {}
        paper::Exchanges exchanges;
        paper::SplitTransport transport;
        paper::SplitSigner signer;
        engine::Trader trader;
        engine::Performer performer;
        std::unique_ptr<engine::AccountFeed> feed;
        std::unique_ptr<connection::StreamKeeper> stream;
    };

    template <class Event>
    auto event(Event&& happen) { return life->performer.event(std::forward<Event>(happen)); }
    [[nodiscard]] paper::Exchanges::Setup paper_setup() {
        paper::Exchanges::Setup setup{clock, clock, clock};
        if (asks_for_books)
            setup.ask_book = [this](const paper::Venue&, const market::Symbol&) {
                ++books_asked;
                clock.after(milliseconds{80}, [this, weak = std::weak_ptr<bool>{alive}] {
                    if (!weak.expired() && !books_lost) life->exchanges.book(venue(), pair(), book());
                });
            };
        setup.ask_funding = [this](const paper::Venue&, const market::Symbol&) {
            ++rates_asked;
            if (rate) life->exchanges.funding(venue(), pair(), *rate);
        };
        setup.ask_past_funding = [this](const paper::Venue&, const market::Symbol&, Instant from) {
            ++past_asked;
            clock.after(past_takes, [this, from, to = clock.wall(), weak = std::weak_ptr<bool>{alive}] {
                if (weak.expired() || past_lost) return;
                life->exchanges.past_funding(venue(), pair(), past_since(from, to));
            });
        };
        setup.paid_late = [this](const std::string& twin) { event([&](Now now) { life->trader.on_late_funding(now, twin); }); };
        setup.unpaid = [this](const paper::Unpaid& one) { tell_unpaid(one); };
        return setup;
    }

    void tell_unpaid(const paper::Unpaid& one) {
        using Why = engine::MissedFunding::Why;
        const auto why = one.why == paper::Unpaid::Why::no_price ? Why::no_price : Why::no_rates;
        event([&](Now now) { life->trader.on_missed_funding(now, one.connection, {one.symbol, one.from, one.to, why}); });
    }
    /// What the real exchange settled every eight hours, or as often as the test says, at what price.
    [[nodiscard]] paper::PastFunding past_since(Instant from, Instant to) {
        paper::PastFunding past{from, to, {}, {}};
        const auto every = past_every.count();
        for (auto at = Instant::from_ms((from.ms() / every + 1) * every); at <= past.to; at = at + past_every) {
            if (hole && at > hole->from && at <= hole->to) continue;
            past.settled.push_back({at, past_rate, unpriced == at ? std::nullopt : std::optional{past_price}});
        }
        if (hole) past.holes.push_back(*hole);
        return past;
    }
    [[nodiscard]] paper::Venue venue() const { return {id, options.market, exchange::Site::global}; }
    void start() {
        alive = std::make_shared<bool>(true);
        life = std::make_unique<Life>(*this);
        for (const auto& entry : paper_journal.durable) REQUIRE(life->exchanges.replay(entry.kind, entry.payload).has_value());
        life->exchanges.begin(paper_journal);
        if (journal.forgotten > 0) life->trader.begins_late();
        for (const auto& entry : journal.durable) {
            const auto replayed = life->trader.replay(entry.kind, entry.payload);
            REQUIRE_MESSAGE(replayed.has_value(), (replayed ? "" : replayed.error().detail));
        }
        event([&](Now now) { REQUIRE(life->trader.load(now).has_value()); });
        for (const auto& [native, one] : instruments) {
            event([&](Now now) { life->trader.on_instrument(now, id, one, engine::facts_of(one)); });
            if (const auto listed = paper::instrument_of(one, engine::facts_of(one), {"0.001"_d, "0.001"_d})) life->exchanges.list(venue(), *listed);
        }
        REQUIRE(life->exchanges.open(kTwin, "Main (paper)", venue(), {{"USDT", Decimal::parse(options.money).value()}}).has_value());
        engine::ConnectionState real, twin;
        real.account.connection = "main";
        real.name = "Main";
        for (auto* state : {&real, &twin}) {
            state->account.exchange = id;
            state->account.market = options.market;
            state->account.replies = exchange::replies_of(id);
            state->account.instruments = &instruments;
            state->facts.status = trading::ConnectionStatus::connected;
            state->facts.read = state->facts.spot_trade = state->facts.futures_trade = exchange::Ternary::yes;
            state->facts.withdraw = state->facts.transfer = exchange::Ternary::no;
            state->facts.tested_at = clock.wall();
        }
        twin.account.connection = kTwin;
        twin.name = "Main (paper)";
        twin.paper = true;
        event([&](Now now) { life->trader.on_connection(now, real); });
        event([&](Now now) { life->trader.on_connection(now, twin); });
        life->feed = std::make_unique<engine::AccountFeed>(kTwin, life->trader.caller(), clock, *this);
        connection::StreamKeeper::Setup wanted;
        wanted.connection = kTwin;
        wanted.market = options.market;
        wanted.repointed = true;
        wanted.tap = life->feed.get();
        life->stream = std::make_unique<connection::StreamKeeper>(connection::World{clock, clock, life->exchanges.line(venue()), life->exchanges.signer()},
                                                                  connection::Adapter{*exchange::calls_of(id), *exchange::replies_of(id), {}}, std::move(wanted), [](auto, const auto&) {});
        event([&](Now now) { life->feed->follow(now, pair(), clock.wall() - milliseconds{std::chrono::hours{1}}); });
        for (const auto& one : life->exchanges.unpaid()) tell_unpaid(one);
        tick();
    }
    void kill() {
        if (!life) return;
        alive.reset();
        journal.lose();
        paper_journal.lose();
        life->stream.reset();
        clock.after(milliseconds{0}, [corpse = std::shared_ptr<Life>{std::move(life)}] {});
        clock.run_for(milliseconds{1});
    }
    /// The real market's prices, every 200 ms; and the account feed's own time.
    void tick() {
        world->advance(clock.true_time());
        auto& real = *world->exchange(options.exchange);
        const auto& market = real.market(*real.find(pair()));
        if (!silent) {
            life->exchanges.quote(venue(), pair(), {market.best_bid(), market.best_ask(), market.price(), clock.steady()});
            if (!asks_for_books) life->exchanges.book(venue(), pair(), book());
            event([&](Now now) { life->trader.on_quote(now, id, pair(), {market.best_bid(), market.best_ask(), market.price(), now.wall, std::nullopt}); });
        }
        event([&](Now now) { life->feed->tick(now); });
        clock.after(milliseconds{200}, [this, weak = std::weak_ptr<bool>{alive}] {
            if (!weak.expired()) tick();
        });
    }
    /// The real market's book, or what a test puts in its place.
    [[nodiscard]] paper::Book book() {
        if (thin) return {{thin->first}, {thin->second}, clock.steady()};
        auto& real = *world->exchange(options.exchange);
        const auto& market = real.market(*real.find(pair()));
        paper::Book book{{}, {}, clock.steady()};
        for (int i = 0; i < 20; ++i) {
            book.bids.push_back({market.level_price(market::Side::buy, i), market.level_quantity(market::Side::buy, i)});
            book.asks.push_back({market.level_price(market::Side::sell, i), market.level_quantity(market::Side::sell, i)});
        }
        return book;
    }
    void price(const Decimal& value) {
        auto& real = *world->exchange(options.exchange);
        real.set_price(*real.find(pair()), value);
    }
    const engine::Strategy& add_strategy() {
        const auto json = R"({"name":"Trial","paper":true,"connection":"Main","market":")" + std::string{market::to_string(options.market)} + R"(","pairs":[")" + pair().to_string() +
                          R"("],"directions":["long"],"risk_level":"low","margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},
            "entry":{"base_order":"300"},"add_on":{"max":3,"zone_step_pct":"5","size_multiplier":"1.0","cooldown_s":0},"exit":{"take_profit_pct":"1.0"}})";
        auto settings = trading::read_settings(wire::Json::parse(json).value().root());
        REQUIRE_MESSAGE(settings.has_value(), (settings ? "" : trading::sentence(settings.error(), trading::Language::en)));
        const auto strategy = event([&](Now now) { return life->trader.add_strategy(now, *settings, "hash"); }).value()->id;
        clock.run_for(seconds{3});
        const auto enabled = event([&](Now now) { return life->trader.enable(now, strategy); });
        REQUIRE_MESSAGE(enabled.has_value(), (enabled ? "" : enabled.error().detail));
        return *life->trader.find_strategy(strategy);
    }
    void signal(SignalKind kind) {
        trading::Signal signal;
        signal.strategy = "Trial";
        signal.pair = pair().to_string();
        signal.kind = kind;
        signal.time = clock.wall();
        signal.id = "t" + std::to_string(++signals);
        event([&](Now now) { REQUIRE(life->trader.receive(now, *life->trader.find_strategy("Trial"), std::move(signal)).has_value()); });
    }
    [[nodiscard]] market::Symbol pair() const { return *market::Symbol::parse(options.market == market::Market::spot ? "ETH/USDT" : "ETH/USDT:USDT"); }
    [[nodiscard]] const engine::LiveGroup* group() const { return life->trader.groups().empty() ? nullptr : life->trader.groups().begin()->second.get(); }
    [[nodiscard]] const simulator::Account& account() const { return *life->exchanges.truth(kTwin); }
    /// What the paper exchange says the twin has.
    [[nodiscard]] Decimal held_there() const {
        if (options.market == market::Market::futures) return account().positions.empty() ? Decimal{} : account().positions.front().quantity;
        return account().wallet(market::Market::spot, "ETH").total();
    }
    [[nodiscard]] Decimal held_here() const { return group() == nullptr ? Decimal{} : group()->facts().books.held(); }
    /// Every order of the journal is as the paper exchange has it, and it has no others.
    void check_orders() const {
        std::size_t known = 0;
        life->trader.orders().each([&](const engine::Order& order) {
            const auto at = account().by_client_id.find({options.market, order.intent().client_id});
            if (at == account().by_client_id.end()) {
                CHECK(order.booked().is_zero());
                return;
            }
            ++known;
            CHECK(order.booked() == at->second->filled);
            Decimal fees;
            for (const auto& fill : order.fills()) fees += fill.fee ? fill.fee->amount : Decimal{};
            CHECK(fees == at->second->fee);
        });
        CHECK(known <= account().orders.size());
    }

    void on_order(Now now, const std::string& connection, const market::Order& order) override { life->trader.on_order(now, connection, order); }
    void on_fill(Now now, const std::string& connection, const market::Fill& fill, engine::FillNews) override { life->trader.on_fill(now, connection, fill); }
    void on_balances(Now now, const std::string& connection, const std::vector<market::Balance>& balances, bool whole) override { life->trader.on_balances(now, connection, balances, whole); }
    void on_positions(Now now, const std::string& connection, const std::vector<market::Position>& positions, bool whole) override { life->trader.on_positions(now, connection, positions, whole); }
    void on_stream(Now now, const std::string& connection, bool live) override { life->trader.on_stream(now, connection, live); }
    void on_activity(Now) override { event([](Now) {}); }

    Options options;
    test::SimClock clock;
    test::MemorySigner signer;
    test::MemoryJournal journal, paper_journal;
    test::MemoryTradingStore store;
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<test::SimTransport> network;
    exchange::ExchangeId id{};
    exchange::Instruments instruments;
    std::shared_ptr<bool> alive;
    std::unique_ptr<Life> life;
    int signals{0}, books_asked{0}, rates_asked{0}, past_asked{0};
    milliseconds past_takes{300}, past_every{std::chrono::hours{8}};
    Decimal past_rate{"0.0003"_d}, past_price{"3100"_d};
    bool past_lost{false};
    std::optional<paper::PastFunding::Span> hole;
    std::optional<Instant> unpriced;  ///< The exchange tells no price of it.
    bool silent{false}, books_lost{false};
    std::optional<std::pair<simulator::Level, simulator::Level>> thin;  ///< All of the book: a bid and an ask.
    std::optional<paper::FundingRate> rate;
    bool asks_for_books{options.asks_for_books};
};

/// Places a limit buy by the adapter's bytes, past all that the engine would check; what the paper exchange says to it.
exchange::Answer<exchange::PlacedOrder> buy(PaperFloor& floor, const Decimal& quantity, const Decimal& price) {
    exchange::Call call;
    call.operation = exchange::Operation::place_order;
    call.market = floor.options.market;
    call.symbol = floor.pair();
    call.side = market::Side::buy;
    call.type = market::OrderType::limit;
    call.quantity = quantity;
    call.price = price;
    call.time_in_force = market::TimeInForce::ioc;
    call.client_order_id = "probe" + std::to_string(++floor.signals);
    std::optional<exchange::Answer<exchange::PlacedOrder>> answer;
    floor.life->signer.sign(kTwin, call, floor.clock.wall(), [&](ports::SignOutcome outcome) {
        auto requests = std::get_if<std::vector<wire::Request>>(&outcome);
        REQUIRE(requests != nullptr);
        floor.life->transport.send(requests->front(), seconds{5}, [&](Result<wire::Response> response) {
            REQUIRE(response.has_value());
            answer = exchange::replies_of(floor.id)->placed(*response, {call, floor.clock.wall(), &floor.instruments});
        });
    });
    REQUIRE(floor.clock.run_until([&] { return answer.has_value(); }, seconds{10}));
    return *answer;
}

}  // namespace

TEST_CASE("a paper strategy's whole life asks nothing of the real exchange, and nothing of the real signer") {
    for (const auto& [exchange, market] : {std::pair{"kucoin", market::Market::spot}, {"mexc", market::Market::spot}, {"mexc", market::Market::futures}}) {
        CAPTURE(exchange);
        PaperFloor floor{{.exchange = exchange, .market = market}};
        floor.price(Decimal{3000});
        floor.add_strategy();
        floor.signal(SignalKind::entry);
        floor.clock.run_for(seconds{3});
        REQUIRE(floor.group() != nullptr);
        CHECK(floor.group()->terms().connection == kTwin);
        CHECK(floor.group()->facts().state == trading::GroupState::active);
        // At the real market's ask, which is the price that was set.
        CHECK(floor.group()->facts().books.average().value() == Decimal{3000});
        floor.price(Decimal{2848});
        floor.clock.run_for(seconds{1});
        floor.signal(SignalKind::entry);
        floor.clock.run_for(seconds{3});
        CHECK(floor.group()->facts().add_ons == 1);
        CHECK(floor.held_there() == floor.held_here());
        const auto exit = floor.group()->exit().current()->plan().price.value();
        // The bid has to come to its price: one step below, nothing.
        floor.price(exit);
        floor.clock.run_for(seconds{3});
        CHECK(floor.group() != nullptr);
        floor.price(exit + "0.01"_d);
        floor.clock.run_for(seconds{3});
        CHECK(floor.group() == nullptr);
        CHECK(floor.account().fills.back()->price == exit);
        CHECK(floor.account().fills.back()->liquidity == market::Liquidity::maker);
        CHECK(floor.network->sent.empty());
        CHECK(floor.network->opened.empty());
        CHECK(floor.signer.signed_operations.empty());
        CHECK(floor.world->exchange(exchange)->accounts().empty());
        floor.check_orders();
    }
}

TEST_CASE("a paper exchange refuses as the real one does: too little money, a wrong step, too small") {
    PaperFloor floor{{.money = "100"}};
    floor.price(Decimal{3000});
    floor.clock.run_for(seconds{1});
    const auto problem = [&](const Decimal& quantity, const Decimal& price) {
        const auto answer = buy(floor, quantity, price);
        REQUIRE(!answer);
        return answer.error().code;
    };
    using exchange::ProblemCode;
    CHECK(problem("0.05"_d, Decimal{3001}) == ProblemCode::insufficient_balance);
    CHECK(problem("0.01"_d, "3001.001"_d) == ProblemCode::price_or_size_step);
    CHECK(problem("0.00001"_d, Decimal{3001}) == ProblemCode::below_min_size);
    CHECK(floor.held_there().is_zero());
    CHECK(buy(floor, "0.01"_d, Decimal{3001}).has_value());
    CHECK(floor.held_there() == "0.01"_d);
    CHECK(floor.network->sent.empty());
}

TEST_CASE("on prices that are not confirmed any more nothing trades") {
    PaperFloor floor{{}};
    floor.price(Decimal{3000});
    floor.clock.run_for(seconds{1});
    floor.silent = true;
    floor.clock.run_for(paper::Exchanges::kQuoteLives + seconds{1});
    CHECK(buy(floor, "0.01"_d, Decimal{3001}).has_value());
    CHECK(floor.held_there().is_zero());
    floor.silent = false;
    floor.clock.run_for(seconds{1});
    CHECK(buy(floor, "0.01"_d, Decimal{3001}).has_value());
    CHECK(floor.held_there() == "0.01"_d);
}

namespace {

struct ClosingFloor : PaperFloor {
    ClosingFloor() : PaperFloor{{}} {
        price(Decimal{3000});
        add_strategy();
        signal(SignalKind::entry);
        clock.run_for(seconds{3});
        REQUIRE(group() != nullptr);
        number = group()->number();
    }
    void close() { REQUIRE(event([&](Now now) { return life->trader.close(now, number, "user"); }).has_value()); }
    [[nodiscard]] Status let_go() {
        return event([&](Now now) { return life->trader.let_go(now, number); });
    }
    /// Immediate orders that were made so far.
    [[nodiscard]] int rounds() const {
        int made = 0;
        life->trader.orders().each(number, [&](const engine::Order& order) { made += order.plan().purpose == engine::Purpose::close ? 1 : 0; });
        return made;
    }
    [[nodiscard]] int alarms(const std::string& code) const {
        return static_cast<int>(std::count_if(store.kept_alarms.begin(), store.kept_alarms.end(), [&](const auto& alarm) { return alarm.document.find('"' + code + '"') != std::string::npos; }));
    }
    engine::GroupNumber number{0};
};

}  // namespace

TEST_CASE("a close that finds nobody goes on at its pace for ten seconds, then ever more rarely, and at once when the price has moved or its user asks again") {
    ClosingFloor floor;
    floor.thin = std::pair{simulator::Level{Decimal{2000}, Decimal{5}}, simulator::Level{Decimal{4000}, Decimal{5}}};
    floor.close();
    floor.clock.run_for(seconds{8});
    CHECK(floor.rounds() >= 8);
    floor.clock.run_for(std::chrono::hours{1});
    const auto made = floor.rounds();
    CHECK(made >= 60);
    CHECK(made <= 90);
    floor.clock.run_for(seconds{1});
    floor.close();
    floor.clock.run_for(seconds{1});
    CHECK(floor.rounds() > made);
    floor.clock.run_for(std::chrono::minutes{30});
    const auto before = floor.rounds();
    floor.price(Decimal{2980});
    floor.clock.run_for(seconds{2});
    CHECK(floor.rounds() > before);
    floor.thin.reset();
    floor.clock.run_for(seconds{2});
    CHECK(floor.group() == nullptr);
}

TEST_CASE("a close without a price of now: it waits a while, tries ever more rarely, is told once, goes on with the price, and on paper the group can be let go in the end") {
    ClosingFloor floor;
    floor.clock.run_for(seconds{3});
    floor.silent = true;
    floor.clock.run_for(seconds{10});
    floor.close();
    floor.clock.run_for(seconds{40});
    CHECK(floor.alarms("EXIT_REFUSED") == 0);
    floor.clock.run_for(std::chrono::minutes{40});
    CHECK(floor.rounds() >= 30);
    CHECK(floor.rounds() <= 60);
    CHECK(floor.alarms("EXIT_REFUSED") == 1);
    const auto early = floor.let_go();
    REQUIRE_FALSE(early.has_value());
    CHECK(early.error().code == "can_be_closed");
    SUBCASE("the price is told again, and it is the same") {
        floor.silent = false;
        floor.clock.run_for(seconds{2});
        CHECK(floor.group() == nullptr);
    }
    SUBCASE("it is not told any more") {
        floor.clock.run_for(std::chrono::minutes{20});
        REQUIRE(floor.let_go().has_value());
        CHECK(floor.group() == nullptr);
        CHECK(floor.store.kept_groups.at(floor.number).document.find("\"let_go\"") != std::string::npos);
        CHECK(floor.alarms("EXIT_REFUSED") == 1);
    }
}

TEST_CASE("a pair that is delisted under a group on paper: the group can be let go, what rests for it is taken back, and its strategy can be removed") {
    for (const bool restarted : {false, true}) {
        CAPTURE(restarted);
        ClosingFloor floor;
        CHECK_FALSE(floor.let_go().has_value());
        floor.silent = true;
        for (auto one = floor.instruments.begin(); one != floor.instruments.end();) {
            if (one->second.symbol != floor.pair()) {
                ++one;
                continue;
            }
            one->second.tradable = false;
            floor.event([&](Now now) { floor.life->trader.on_instrument(now, floor.id, one->second, engine::facts_of(one->second)); });
            one = restarted ? floor.instruments.erase(one) : std::next(one);
        }
        if (restarted) {
            floor.kill();
            floor.start();
            floor.clock.run_for(seconds{2});
        }
        REQUIRE(floor.let_go().has_value());
        CHECK(floor.group() == nullptr);
        floor.clock.run_for(seconds{5});
        CHECK(floor.life->trader.orders().unfinished() == 0);
        const auto id = floor.life->trader.strategies().begin()->first;
        CHECK(floor.event([&](Now now) { return floor.life->trader.disable(now, id); }).has_value());
        CHECK(floor.event([&](Now) { return floor.life->trader.remove_strategy(id); }).has_value());
    }
}

TEST_CASE("paper stays paper while a group is open, and a strategy whose twin is gone has no account") {
    PaperFloor floor{{}};
    floor.price(Decimal{3000});
    const auto id = floor.add_strategy().id;
    auto real = floor.life->trader.find_strategy(id)->settings;
    real.paper = false;
    const auto change = [&] { return floor.event([&](Now now) { return floor.life->trader.change_strategy(now, id, real); }); };
    CHECK(change().error().code == "enabled");
    floor.signal(SignalKind::entry);
    floor.clock.run_for(seconds{3});
    REQUIRE(floor.group() != nullptr);
    CHECK(floor.event([&](Now now) { return floor.life->trader.disable(now, id); }).has_value());
    CHECK(change().error().code == "groups_open");
    floor.event([&](Now now) { return floor.life->trader.close(now, floor.group()->number(), "user"); }).value();
    floor.clock.run_for(seconds{10});
    REQUIRE(floor.group() == nullptr);
    CHECK(change().has_value());
    CHECK(floor.life->trader.account_of(floor.life->trader.find_strategy(id)->settings)->account.connection == "main");
    real.paper = true;
    CHECK(change().has_value());
    floor.event([&](Now now) { floor.life->trader.on_connection_removed(now, kTwin); });
    CHECK(floor.life->trader.account_of(floor.life->trader.find_strategy(id)->settings) == nullptr);
    CHECK(floor.network->sent.empty());
}

TEST_CASE("killed at any moment, books and paper exchange agree") {
    int all_untold = 0;
    const auto only = test::number_in("BF_PAPER_SEED", 0);
    for (const auto& [exchange, market] : {std::pair{"kucoin", market::Market::spot}, {"mexc", market::Market::futures}}) {
        for (std::uint64_t seed = std::max<std::uint64_t>(1, only); seed <= (only != 0 ? only : 8); ++seed) {
            CAPTURE(exchange);
            INFO("BF_PAPER_SEED=" << seed);
            PaperFloor floor{{.exchange = exchange, .market = market, .seed = seed}};
            // Now the paper exchange's disk is the slower one, now the engine's: what is answered too soon shows in one, what is forgotten in the other.
            (seed % 2 == 0 ? floor.paper_journal : floor.journal).sync_takes = milliseconds{15};
            floor.price(Decimal{3000});
            floor.add_strategy();
            int kills = 0, met = 0, untold = 0;
            for (int step = 0; step < 60; ++step) {
                floor.price(Decimal{static_cast<std::int64_t>(2600 + floor.clock.roll(600))});
                if (floor.clock.roll(2) == 0) floor.signal(SignalKind::entry);
                floor.clock.run_for(milliseconds{static_cast<std::int64_t>(floor.clock.roll(250))});
                if (floor.clock.roll(2) == 0) {
                    // Most of them around a record that is just being written, or right after something was filled.
                    const auto fills = floor.account().fills.size();
                    const bool on_fill = floor.clock.roll(2) == 0;
                    if (floor.clock.run_until([&] { return on_fill ? floor.account().fills.size() > fills : floor.paper_journal.is_syncing(); }, seconds{2}))
                        floor.clock.run_for(milliseconds{static_cast<std::int64_t>(floor.clock.roll(on_fill ? 20 : 40))});
                    floor.kill();
                    ++kills;
                    floor.start();
                    floor.life->trader.orders().each([&](const engine::Order& order) {
                        const auto at = floor.account().by_client_id.find({market, order.intent().client_id});
                        untold += at != floor.account().by_client_id.end() && at->second->filled > order.booked() ? 1 : 0;
                    });
                }
                met += floor.group() != nullptr ? 1 : 0;
            }
            floor.clock.run_for(seconds{60});
            CHECK(floor.held_here() == floor.held_there());
            if (floor.group() != nullptr) CHECK(!floor.group()->difference());
            floor.check_orders();
            CHECK(floor.life->trader.orders().unfinished() <= 1);  // The exit that rests.
            CHECK(kills > 5);
            CHECK(met > 10);
            all_untold += untold;
            CHECK(floor.network->sent.empty());
        }
    }
    // Deaths between a fill and its place in the engine's journal: without some the rest proves little.
    if (only == 0) CHECK(all_untold > 10);
}

TEST_CASE("a paper order takes what the real book holds within its price, and no more") {
    PaperFloor floor{{.exchange = "kucoin", .asks_for_books = true}};
    floor.price(Decimal{3000});
    floor.add_strategy();
    CHECK(floor.books_asked == 0);
    floor.thin = {{Decimal{2999}, "5"_d}, {"3000.01"_d, "0.04"_d}};
    floor.signal(SignalKind::entry);
    floor.clock.run_for(seconds{3});
    REQUIRE(floor.group() != nullptr);
    // 300 USDT would buy 0.0999 there.
    CHECK(floor.group()->facts().books.held() == "0.04"_d);
    // Once: its exit follows within a moment.
    CHECK(floor.books_asked == 1);
    CHECK(floor.account().orders.front()->status == market::OrderStatus::canceled);
    // The bid comes to the exit: what it holds is sold at each look at the book, and looks are a second apart.
    const auto exit = floor.group()->exit().current()->plan().price.value();
    floor.thin = {{exit + "0.01"_d, "0.03"_d}, {exit + "0.02"_d, "1"_d}};
    const auto asked = floor.books_asked;
    floor.price(exit + "0.02"_d);
    floor.clock.run_for(milliseconds{800});
    REQUIRE(floor.group() != nullptr);
    CHECK(floor.books_asked == asked + 1);
    CHECK(floor.held_there() == "0.01"_d);
    floor.clock.run_for(seconds{3});
    CHECK(floor.group() == nullptr);
    CHECK(floor.account().fills.back()->price == exit);
    floor.check_orders();
    // A book that never comes: the order leaves after a while, and nothing trades on what was seen long ago.
    floor.books_lost = true;
    floor.clock.run_for(seconds{6});
    const auto fills = floor.account().fills.size();
    floor.signal(SignalKind::entry);
    floor.clock.run_for(seconds{10});
    CHECK(floor.account().fills.size() == fills);
    CHECK(floor.group() == nullptr);
}

TEST_CASE("funding on paper: the last rate that was told before it was due, on what is held then, once, and over a restart") {
    PaperFloor floor{{.exchange = "mexc", .market = market::Market::futures}};
    floor.price(Decimal{3000});
    floor.add_strategy();
    floor.signal(SignalKind::entry);
    floor.clock.run_for(seconds{3});
    REQUIRE(floor.group() != nullptr);
    const auto held = floor.held_there();
    REQUIRE(held.is_positive());
    const auto free = floor.account().wallet(market::Market::futures, "USDT").free;
    const auto hour = milliseconds{std::chrono::hours{1}};
    const auto due = Instant::from_ms((floor.clock.wall().ms() / hour.count() + 1) * hour.count());
    floor.rate = {"0.0005"_d, due};
    floor.clock.run_for(seconds{90});
    // It changes until it is due.
    floor.rate = {"0.0002"_d, due};
    floor.clock.run_for(due - floor.clock.wall() - seconds{5});
    CHECK(floor.account().funding.empty());
    const auto asked = floor.rates_asked;
    CHECK(asked > 5);
    floor.clock.run_for(seconds{8});
    REQUIRE(floor.account().funding.size() == 1);
    const auto paid = Decimal{3000} * held * "0.0002"_d;
    CHECK(floor.account().funding.front().amount == -paid);
    CHECK(floor.account().wallet(market::Market::futures, "USDT").free == free - paid);
    // What was due already is no new settlement.
    floor.clock.run_for(seconds{120});
    CHECK(floor.account().funding.size() == 1);
    // The engine asks for it as of a real exchange, after the hour.
    CHECK(floor.group()->funding() == -paid);
    floor.kill();
    floor.start();
    floor.clock.run_for(seconds{10});
    REQUIRE(floor.account().funding.size() == 1);
    CHECK(floor.account().funding.front().amount == -paid);
    CHECK(floor.account().wallet(market::Market::futures, "USDT").free == free - paid);
    CHECK(floor.group()->funding() == -paid);
}

namespace {

constexpr milliseconds kHour{std::chrono::hours{1}};
const Decimal kPaidEach = "3100"_d * "0.0003"_d;

/// A futures group is held on paper, some minutes after a whole hour.
struct HeldFloor : PaperFloor {
    HeldFloor() : PaperFloor{{.exchange = "mexc", .market = market::Market::futures}} {
        clock.run_for(Instant::from_ms((clock.wall().ms() / kDay.count() + 1) * kDay.count()) + seconds{600} - clock.wall());
        price(Decimal{3000});
        clock.run_for(seconds{2});
        add_strategy();
        signal(SignalKind::entry);
        clock.run_for(seconds{3});
        REQUIRE(group() != nullptr);
        REQUIRE(held_there().is_positive());
        free = account().wallet(market::Market::futures, "USDT").free;
        held = held_there();
        past_asked = 0;
    }
    static constexpr milliseconds kDay{std::chrono::hours{24}};
    void off_for(milliseconds span) {
        kill();
        clock.run_for(span);
        start();
    }
    [[nodiscard]] Decimal paid() const { return free - account().wallet(market::Market::futures, "USDT").free; }
    [[nodiscard]] std::size_t missed() const {
        const auto& changes = group()->changes();
        return static_cast<std::size_t>(std::count_if(changes.begin(), changes.end(), [](const auto& one) { return one.what == engine::GroupChange::What::funding_missed; }));
    }
    [[nodiscard]] std::size_t alarms(const std::string& text) const {
        return static_cast<std::size_t>(std::count_if(store.kept_alarms.begin(), store.kept_alarms.end(), [&](const auto& one) { return one.document.find(text) != std::string::npos; }));
    }
    Decimal free, held;
};

}  // namespace

TEST_CASE("off over no settlement nothing is asked or charged, and paper trades on at once") {
    HeldFloor floor;
    floor.off_for(seconds{1200});
    floor.clock.run_for(seconds{5});
    CHECK(floor.past_asked == 0);
    CHECK(floor.account().funding.empty());
    floor.price(Decimal{3200});
    floor.clock.run_for(seconds{10});
    CHECK(floor.group() == nullptr);
}

TEST_CASE("what fell due while BackFuture was off is charged at the rate and the price of then, once, whatever is restarted afterwards") {
    HeldFloor floor;
    floor.off_for(kHour * 9);
    floor.clock.run_for(seconds{10});
    CHECK(floor.past_asked == 1);
    REQUIRE(floor.account().funding.size() == 1);
    const auto& payment = floor.account().funding.front();
    CHECK(payment.amount == -(floor.held * kPaidEach));
    CHECK(payment.at.ms() % (kHour * 8).count() == 0);
    CHECK(floor.paid() == floor.held * kPaidEach);
    CHECK(floor.group()->funding() == -(floor.held * kPaidEach));
    for (int i = 0; i < 3; ++i) {
        floor.off_for(seconds{60});
        floor.clock.run_for(seconds{100});
        CHECK(floor.account().funding.size() == 1);
        CHECK(floor.paid() == floor.held * kPaidEach);
        CHECK(floor.group()->funding() == -(floor.held * kPaidEach));
    }
    CHECK(floor.missed() == 0);
    CHECK(floor.store.kept_alarms.empty());
}

TEST_CASE("a fortnight of hourly settlements: each is charged, the group has them all, also when it dies before it has read them") {
    const auto hours = static_cast<int>(test::repeats(24 * 14, 50));
    for (const bool dies : {false, true}) {
        CAPTURE(dies);
        HeldFloor floor;
        floor.past_every = kHour;
        floor.off_for(kHour * hours + seconds{1800});
        if (dies) {
            REQUIRE(floor.clock.run_until([&] { return !floor.account().funding.empty(); }, seconds{10}));
            floor.clock.run_for(milliseconds{3});
            floor.off_for(seconds{5});
        }
        floor.clock.run_for(seconds{60});
        const auto count = Decimal{hours};
        CHECK(floor.account().funding.size() == static_cast<std::size_t>(hours));
        CHECK(floor.paid() == floor.held * kPaidEach * count);
        CHECK(floor.group()->funding() == -(floor.held * kPaidEach * count));
    }
}

TEST_CASE("killed at any moment of catching up, each settlement is charged once") {
    const auto stride = static_cast<int>(test::number_in("BF_PAPER_STRIDE", test::repeats(50, 1'000)));  // Milliseconds.
    for (int after = 0; after < 1'500; after += stride) {
        CAPTURE(after);
        HeldFloor floor;
        const auto hole_end = Instant::from_ms((floor.clock.wall().ms() / (kHour * 8).count() + 3) * (kHour * 8).count());
        floor.unpriced = hole_end - kHour * 8;
        floor.off_for(kHour * 25);
        for (int i = 0; i < 3; ++i) {
            floor.clock.run_for(milliseconds{after + i});
            floor.off_for(milliseconds{700});
        }
        floor.clock.run_for(seconds{60});
        CHECK(floor.account().funding.size() == 2);
        CHECK(floor.paid() == floor.held * kPaidEach * Decimal{2});
        CHECK(floor.group()->funding() == -(floor.held * kPaidEach * Decimal{2}));
        CHECK(floor.missed() == 1);
        // Killed between the two, it is told again.
        CHECK(floor.alarms("FUNDING_UNKNOWN") >= 1);
    }
}

TEST_CASE("until it is known what was due nothing trades, so that the right position pays; then it does") {
    HeldFloor floor;
    floor.past_lost = true;
    floor.kill();
    floor.price(Decimal{3200});
    floor.clock.run_for(kHour * 9);
    floor.start();
    floor.clock.run_for(seconds{300});
    CHECK(floor.held_there() == floor.held);
    CHECK(floor.account().funding.empty());
    floor.past_lost = false;
    floor.off_for(seconds{1});
    floor.clock.run_for(seconds{70});
    CHECK(floor.held_there().is_zero());
    REQUIRE(floor.account().funding.size() == 1);
    CHECK(floor.account().funding.front().amount == -(floor.held * kPaidEach));
}

TEST_CASE("a settlement that falls due while the past is still asked for is charged once, by what the exchange published") {
    HeldFloor floor;
    floor.past_takes = seconds{120};
    const auto due = Instant::from_ms((floor.clock.wall().ms() / (kHour * 8).count() + 2) * (kHour * 8).count());
    floor.rate = {"0.0009"_d, due};
    floor.kill();
    floor.clock.run_for(due - seconds{60} - floor.clock.wall());
    floor.start();
    floor.clock.run_for(seconds{59});
    floor.rate = {"0.0009"_d, due + kHour * 8};
    floor.clock.run_for(seconds{400});
    CHECK(floor.account().funding.size() == 2);
    CHECK(floor.paid() == floor.held * kPaidEach * Decimal{2});
    CHECK(floor.past_asked == 2);
}

TEST_CASE("what can't be had is not guessed: the group says in a sentence what its result lacks, once") {
    HeldFloor floor;
    const auto first = Instant::from_ms((floor.clock.wall().ms() / (kHour * 8).count() + 1) * (kHour * 8).count());
    floor.hole = paper::PastFunding::Span{floor.clock.wall() - kHour, first + kHour * 8};
    floor.unpriced = first + kHour * 24;
    floor.off_for(kHour * 24 * 2);
    floor.clock.run_for(seconds{70});
    // Six fell due: two are not told, one has no price.
    CHECK(floor.account().funding.size() == 3);
    CHECK(floor.paid() == floor.held * kPaidEach * Decimal{3});
    CHECK(floor.missed() == 2);
    CHECK(floor.alarms("does not tell the rates it settled then") == 1);
    CHECK(floor.alarms("tells no price of that moment") == 1);
    floor.off_for(seconds{30});
    floor.clock.run_for(seconds{70});
    CHECK(floor.account().funding.size() == 3);
    CHECK(floor.missed() == 2);
    CHECK(floor.alarms("FUNDING_UNKNOWN") == 2);
}

TEST_CASE("a machine that slept over a settlement ran nothing meanwhile: it is charged as of then") {
    HeldFloor floor;
    floor.rate = {"0.0009"_d, Instant::from_ms((floor.clock.wall().ms() / (kHour * 8).count() + 1) * (kHour * 8).count())};
    floor.clock.run_for(seconds{90});
    floor.clock.step_wall(kHour * 9);
    floor.rate.reset();
    floor.clock.run_for(seconds{90});
    REQUIRE(floor.account().funding.size() == 1);
    CHECK(floor.account().funding.front().amount == -(floor.held * kPaidEach));
}

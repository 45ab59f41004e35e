// A house in memory: strategies, groups and orders of two connections over a simulated exchange, in virtual time, with the real adapters
// both ways, a signer, a journal that outlives its process, and what is carried out as the live engine does it. Quotes and balances are
// polled; orders and fills come by the private streams.
#pragma once
#include "connection/stream_link.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/performer.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/memory_signer.hpp"
#include "support/memory_trading_store.hpp"
#include "support/sim_transport.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>

namespace bf::test {

/// The journal's port over a list that survives a restart; a sync takes a millisecond.
class MemoryJournal final : public ports::Journal {
public:
    explicit MemoryJournal(SimClock& clock) : clock_{clock} {}
    struct Entry {
        std::uint16_t kind;
        std::string payload;
    };
    std::vector<Entry> durable;  ///< What a restart finds.
    std::uint64_t forgotten{0};  ///< So many entries stood before them once.
    milliseconds sync_takes{1};
    [[nodiscard]] bool is_syncing() const { return flushing_; }
    /// As the journal on disk: whole segments only, so that some of what may go stays.
    static constexpr std::uint64_t kSegment = 8;

    std::uint64_t append(std::uint16_t kind, std::string_view payload) override {
        waiting_.push_back({kind, std::string{payload}});
        if (!flushing_) flush();
        return forgotten + durable.size() + waiting_.size();
    }
    void forget_before(std::uint64_t sequence) override {
        while (forgotten + kSegment < sequence) {
            durable.erase(durable.begin(), durable.begin() + kSegment);
            forgotten += kSegment;
        }
    }
    void on_durable(std::function<void(std::uint64_t)> callback) override { callback_ = std::move(callback); }
    /// The process died: what was not synced is gone.
    void lose() {
        waiting_.clear();
        callback_ = {};
        ++life_;
        flushing_ = false;
    }

private:
    void flush() {
        flushing_ = true;
        clock_.after(sync_takes, [this, life = life_] {
            if (life != life_) return;
            flushing_ = false;
            durable.insert(durable.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
            waiting_.clear();
            if (callback_) callback_(forgotten + durable.size());
        });
    }
    SimClock& clock_;
    std::vector<Entry> waiting_;
    std::function<void(std::uint64_t)> callback_;
    std::uint64_t life_{0};
    bool flushing_{false};
};

inline const std::string kSpot = "ETH/USDT", kFutures = "ETH/USDT:USDT";
inline const std::pair<std::string, std::string> kProducts[] = {{"kucoin", kSpot}, {"mexc", kSpot}, {"kucoin", kFutures}, {"mexc", kFutures}};

class TradingFloor : public engine::TraderListener {
public:
    struct Options {
        std::string exchange{"kucoin"};
        market::Market market{market::Market::spot};
        std::uint64_t seed{1};
        std::string balances{R"({"USDT":"10000"})"};
        ports::Family family{ports::Family::v4};  ///< Of all connections.
        bool pro{false};  ///< A second connection, "Pro", of another account.
    };
    static constexpr std::int64_t kStart = 1'790'000'000'000;

    explicit TradingFloor(Options wanted) : options{std::move(wanted)}, clock{Instant::from_ms(kStart), options.seed}, signer{clock}, journal{clock} {
        simulator::Options simulated;
        simulated.exchanges = {options.exchange};
        simulated.seed = options.seed;
        simulated.limits = false;
        simulated.start = clock.wall();
        world = std::move(simulator::World::create(simulated)).value();
        transport = std::make_unique<SimTransport>(clock, *world);
        id = *exchange::parse_exchange(options.exchange);
        add_key("main");
        if (options.pro) add_key("pro");
        learn_instruments();
        tick_world();
    }
    ~TradingFloor() override {
        kill();
        clock.run_for(milliseconds{1});
    }

    /// One life of the process.
    struct Life {
        Life(TradingFloor& floor) : trader{{77, floor.store, floor.clock, floor}}, performer{{floor.clock, floor.clock, *floor.transport, floor.signer}, floor.journal, trader} {}
        engine::Trader trader;
        engine::Performer performer;
        struct Sink final : exchange::StreamSink {
            Sink(Life& of, std::string name) : life{of}, connection{std::move(name)} {}
            void on_order(const market::Order& order) override { life.performer.event([&](engine::Now now) { life.trader.on_order(now, connection, order); }); }
            void on_fill(const market::Fill& fill) override { life.performer.event([&](engine::Now now) { life.trader.on_fill(now, connection, fill); }); }
            Life& life;
            std::string connection;
        };
        std::map<std::string, std::unique_ptr<Sink>> sinks;
        std::map<std::string, std::unique_ptr<connection::StreamLink>> streams;
    };

    void start() {
        REQUIRE(!life);
        alive = std::make_shared<bool>(true);
        life = std::make_unique<Life>(*this);
        if (journal.forgotten > 0) life->trader.begins_late();
        life->trader.know_ends(store.group_ends().value());
        for (const auto& entry : journal.durable) {
            const auto replayed = life->trader.replay(entry.kind, entry.payload);
            REQUIRE_MESSAGE(replayed.has_value(), (replayed ? "" : replayed.error().detail));
        }
        life->performer.event([&](engine::Now now) { REQUIRE(life->trader.load(now).has_value()); });
        for (const auto& [native, one] : instruments) {
            life->performer.event([&](engine::Now now) { life->trader.on_instrument(now, id, one, engine::facts_of(one)); });
        }
        for (const auto& [name, account] : accounts) connect(name);
        poll();
    }
    /// Dies and begins from what checkpoints left of the journal.
    void restart_from_checkpoint() {
        for (int i = 0; i < 4; ++i) {
            life->performer.checkpoint();
            run(seconds{1});
        }
        begin_again();
    }
    /// Dies and begins from the whole journal.
    void begin_again() {
        kill();
        run(seconds{1});
        start();
    }
    /// Its key is wiped, and the trader told so if there is one.
    void remove_connection(const std::string& name) {
        removed[name] = accounts.at(name);
        accounts.erase(name);
        static_cast<ports::Keys&>(signer).remove(name, [](const Status&) {});
        if (!life) return;
        life->streams.erase(name);
        life->sinks.erase(name);
        life->performer.event([&](engine::Now now) { life->trader.on_connection_removed(now, name); });
    }
    /// A removed connection is here again, with a new key of its account or of another one.
    void connect_again(const std::string& name, const std::string& account = {}) {
        simulator::Exchange::NewKey wanted;
        wanted.permissions = {simulator::Permission::read, simulator::Permission::spot, simulator::Permission::futures};
        accounts[name] = account.empty() ? removed.at(name) : account;
        wanted.account = accounts.at(name);
        const auto& made = world->exchange(options.exchange)->create_key(wanted);
        hand_over(name, made.key, made.secret, made.passphrase);
        connect(name);
    }
    void kill() {
        if (!life) return;
        alive.reset();
        journal.lose();
        clock.after(milliseconds{0}, [corpse = std::shared_ptr<Life>{std::move(life)}] {});
    }

    // --- the test's wishes
    [[nodiscard]] engine::Trader& trader() { return life->trader; }
    template <class Event>
    auto event(Event&& happen) { return life->performer.event(std::forward<Event>(happen)); }
    const engine::Strategy& add_strategy(const std::string& json) {
        const auto document = wire::Json::parse(json).value();
        auto settings = trading::read_settings(document.root());
        REQUIRE_MESSAGE(settings.has_value(), (settings ? "" : trading::sentence(settings.error(), trading::Language::en)));
        const auto* added = event([&](engine::Now now) { return trader().add_strategy(now, *settings, "hash-of-" + settings->name); }).value();
        const auto enabled = event([&](engine::Now now) { return trader().enable(now, added->id); });
        REQUIRE_MESSAGE(enabled.has_value(), (enabled ? "" : enabled.error().detail));
        return *trader().find_strategy(added->id);
    }
    /// Sends a signal and lets time pass until it is decided; its LIVE entry.
    ports::StoredDecision signal(const std::string& strategy, const std::string& pair, trading::SignalKind kind, trading::Direction direction = trading::Direction::long_side) {
        trading::Signal signal;
        signal.strategy = strategy;
        signal.pair = pair;
        signal.kind = kind;
        signal.direction = direction;
        signal.time = clock.wall();
        signal.id = "t" + std::to_string(++signals);
        const auto number = event([&](engine::Now now) {
            auto kept = trader().receive(now, *trader().find_strategy(strategy), std::move(signal));
            return kept;
        }).value();
        const ports::StoredDecision* found = nullptr;
        clock.run_until([&] {
            for (const auto& [key, decision] : store.kept_decisions)
                if (decision.signal == number && decision.outcome != "WAITING") found = &decision;
            return found != nullptr;
        }, seconds{30});
        REQUIRE_MESSAGE(found != nullptr, "the signal was never decided");
        run(seconds{2});
        return store.kept_decisions.at(found->id);
    }
    void price(const std::string& symbol, const std::string& value) {
        admin("price", R"({"exchange":")" + options.exchange + R"(","symbol":")" + symbol + R"(","price":")" + value + "\"}");
        run(seconds{3});
    }
    std::string admin(const std::string& path, const std::string& body, wire::Method method = wire::Method::post) {
        world->advance(clock.true_time());
        return world->handle({method, "/admin/" + path, {}, body, "127.0.0.1", false}).response.body;
    }
    void run(milliseconds span) { clock.run_for(span); }
    [[nodiscard]] const engine::LiveGroup* only_group(const std::string& connection = "main") {
        for (const auto& [number, group] : trader().groups())
            if (group->terms().connection == connection) return group.get();
        return nullptr;
    }
    /// The account's list of fills of a pair, told as the account feed does. `count` says how often a list repeats itself.
    void tell_fills(const market::Symbol& symbol, int count = 1, const std::string& connection = "main") {
        exchange::Call call;
        call.operation = exchange::Operation::fills;
        call.market = options.market;
        call.symbol = symbol;
        call.limit = 100;
        bool told = false;
        ask(call, connection, [&, connection](const wire::Response& response, const exchange::Call& asked) {
            const auto fills = exchange::replies_of(id)->fills(response, {asked, clock.wall(), &instruments});
            REQUIRE(fills.has_value());
            for (int i = 0; i < count; ++i)
                for (const auto& fill : *fills) event([&](engine::Now now) { trader().on_fill(now, connection, fill); });
            told = true;
        });
        REQUIRE(clock.run_until([&] { return told; }, seconds{10}));
    }
    [[nodiscard]] simulator::Account& truth(const std::string& connection = "main") { return *world->exchange(options.exchange)->find_account(accounts.contains(connection) ? accounts.at(connection) : removed.at(connection)); }

    Options options;
    SimClock clock;
    MemorySigner signer;
    MemoryJournal journal;
    MemoryTradingStore store;
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<SimTransport> transport;
    exchange::ExchangeId id{};
    exchange::Instruments instruments;
    std::map<std::string, std::string> accounts;  ///< By connection.
    std::map<std::string, std::string> removed;   ///< Those of connections that are gone.
    std::shared_ptr<bool> alive;
    std::unique_ptr<Life> life;
    int signals{0};
    bool money_polled{true};  ///< False: the test says what the account holds.
    bool prices_told{true};
    std::vector<std::string> troubles;
    std::vector<ports::StoredAlarm> alarms_told;
    std::vector<Decimal> held_told;  ///< What is held still, as it is told when something left a group or one is over.

private:
    void on_alarm(const ports::StoredAlarm& alarm) override { alarms_told.push_back(alarm); }
    void on_trouble(const Error& error) override { troubles.push_back(error.detail); }
    void on_held(const std::string&, const market::Symbol&, const Decimal& quantity) override { held_told.push_back(quantity); }

    void add_key(const std::string& connection) {
        const auto made = wire::Json::parse(admin("keys", R"({"exchange":")" + options.exchange + R"(","permissions":["read","spot","futures"],"balances":)" + options.balances + "}")).value();
        const auto text = [&](std::string_view name) { return std::string{made[name].text().value_or("")}; };
        accounts[connection] = text("account");
        hand_over(connection, text("key"), text("secret"), text("passphrase"));
    }
    void hand_over(const std::string& connection, const std::string& key, const std::string& secret, const std::string& passphrase) {
        std::string sealed;
        wire::JsonWriter out{sealed};
        out.begin_object().member("key", key).member("secret", secret);
        if (!passphrase.empty()) out.member("passphrase", passphrase);
        out.end_object();
        bool kept = false;
        signer.add(connection, id, sealed, [&kept](const Result<ports::KeptKey>& added) { kept = added.has_value(); });
        REQUIRE(clock.run_until([&] { return kept; }, seconds{1}));
    }
    void learn_instruments() {
        exchange::Call call;
        call.operation = exchange::Operation::instruments;
        call.market = options.market;
        ask(call, "", [this](const wire::Response& response, const exchange::Call& asked) {
            auto read = exchange::replies_of(id)->instruments(response, {asked, clock.wall(), nullptr});
            REQUIRE(read.has_value());
            for (auto& one : *read) instruments[one.native_symbol] = one;
        });
        REQUIRE(clock.run_until([&] { return !instruments.empty(); }, seconds{10}));
    }
    template <class Task>
    auto mine(Task&& task) {
        return [weak = std::weak_ptr<bool>{alive}, task = std::forward<Task>(task)](auto&&... arguments) mutable {
            if (!weak.expired()) task(std::forward<decltype(arguments)>(arguments)...);
        };
    }
    void ask(const exchange::Call& call, const std::string& connection, std::function<void(const wire::Response&, const exchange::Call&)> then) {
        const auto send = [this, call, then](wire::Request request) {
            transport->send(std::move(request), seconds{6}, [call, then](Result<wire::Response> response) {
                if (response) then(*response, call);
            });
        };
        if (connection.empty()) {
            exchange::RequestList list;
            REQUIRE(exchange::calls_of(id)->write(call, nullptr, clock.wall(), list).has_value());
            return send(list[0]);
        }
        signer.sign(connection, call, clock.wall(), [send](ports::SignOutcome outcome) {
            if (auto* requests = std::get_if<std::vector<wire::Request>>(&outcome)) send(requests->front());
        });
    }
    void tick_world() {
        clock.after(milliseconds{50}, [this] {
            world->advance(clock.true_time());
            tick_world();
        });
    }
    void poll() {
        exchange::Call call;
        call.operation = exchange::Operation::ticker;
        call.market = options.market;
        for (const auto& [native, one] : instruments) {
            if (!prices_told || !one.symbol || (one.symbol->base != "ETH" && one.symbol->base != "BTC")) continue;
            call.symbol = one.symbol;
            ask(call, "", mine([this, symbol = *one.symbol](const wire::Response& response, const exchange::Call& asked) {
                const auto read = exchange::replies_of(id)->ticker(response, {asked, clock.wall(), &instruments});
                if (!read || !read->bid || !read->ask) return;
                const trading::Quote quote{*read->bid, *read->ask, read->mark.value_or(*read->bid), clock.wall(), std::nullopt};
                event([&](engine::Now now) { trader().on_quote(now, id, symbol, quote); });
            }));
        }
        call.symbol.reset();
        for (const auto& [name, account] : accounts) {
            if (!money_polled) break;
            call.operation = exchange::Operation::balances;
            ask(call, name, mine([this, name](const wire::Response& response, const exchange::Call& asked) {
                if (const auto read = exchange::replies_of(id)->balances(response, {asked, clock.wall(), &instruments})) event([&](engine::Now now) { trader().on_balances(now, name, *read, true); });
            }));
            if (options.market != market::Market::futures) continue;
            call.operation = exchange::Operation::positions;
            ask(call, name, mine([this, name](const wire::Response& response, const exchange::Call& asked) {
                if (const auto read = exchange::replies_of(id)->positions(response, {asked, clock.wall(), &instruments})) event([&](engine::Now now) { trader().on_positions(now, name, *read, true); });
            }));
        }
        clock.after(milliseconds{500}, mine([this] { poll(); }));
    }
    void connect(const std::string& name) {
        engine::ConnectionState state;
        state.account.connection = name;
        state.account.exchange = id;
        state.account.market = options.market;
        state.account.replies = exchange::replies_of(id);
        state.account.instruments = &instruments;
        state.family = options.family;
        state.name = name == "main" ? "Main" : "Pro";
        state.account_id = accounts.at(name);
        state.facts.status = trading::ConnectionStatus::connected;
        state.facts.read = state.facts.spot_trade = state.facts.futures_trade = exchange::Ternary::yes;
        state.facts.withdraw = state.facts.transfer = exchange::Ternary::no;
        state.facts.tested_at = clock.wall();
        life->performer.event([&](engine::Now now) { life->trader.on_connection(now, std::move(state)); });
        life->sinks[name] = std::make_unique<Life::Sink>(*life, name);
        open_stream(name);
    }
    void open_stream(const std::string& name) {
        if (!accounts.contains(name)) return;
        exchange::StreamPlan plan;
        plan.market = options.market;
        plan.is_private = true;
        plan.topics = {{exchange::TopicKind::orders}, {exchange::TopicKind::fills}, {exchange::TopicKind::balances}};
        if (options.market == market::Market::futures) plan.topics.push_back({exchange::TopicKind::positions});
        const auto open = [this, name, plan](exchange::StreamAddress address) {
            connection::StreamLink::Events events;
            events.on_live = mine([this, name] { event([&](engine::Now now) { trader().on_stream(now, name, true); }); });
            events.on_down = mine([this, name](const exchange::Problem&) {
                event([&](engine::Now now) { trader().on_stream(now, name, false); });
                clock.after(seconds{1}, mine([this, name] { open_stream(name); }));
            });
            life->streams[name] = std::make_unique<connection::StreamLink>(connection::World{clock, clock, *transport, signer}, connection::Adapter{*exchange::calls_of(id), *exchange::replies_of(id), {}},
                                                                           connection::StreamTarget{name, {}, std::move(address), plan, {}}, *life->sinks.at(name), &instruments, std::move(events));
        };
        if (auto address = exchange::replies_of(id)->fixed_stream_address(plan)) return open(std::move(*address));
        exchange::Call call;
        call.operation = exchange::Operation::private_stream;
        call.market = options.market;
        ask(call, name, mine([this, open](const wire::Response& response, const exchange::Call& asked) {
            if (auto address = exchange::replies_of(id)->stream_address(response, {asked, clock.wall(), nullptr})) open(std::move(*address));
        }));
    }
};

}  // namespace bf::test

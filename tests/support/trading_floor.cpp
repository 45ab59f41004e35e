#include "support/trading_floor.hpp"

namespace bf::test {

std::uint64_t MemoryJournal::append(std::uint16_t kind, std::string_view payload) {
    waiting_.push_back({kind, std::string{payload}});
    if (!flushing_) flush();
    return forgotten + durable.size() + waiting_.size();
}

void MemoryJournal::forget_before(std::uint64_t sequence) {
    while (forgotten + kSegment < sequence) {
        durable.erase(durable.begin(), durable.begin() + kSegment);
        forgotten += kSegment;
    }
}

void MemoryJournal::lose() {
    waiting_.clear();
    callback_ = {};
    ++life_;
    flushing_ = false;
}

void MemoryJournal::flush() {
    flushing_ = true;
    clock_.after(sync_takes, [this, life = life_] {
        if (life != life_) return;
        flushing_ = false;
        durable.insert(durable.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
        waiting_.clear();
        if (callback_) callback_(forgotten + durable.size());
    });
}

TradingFloor::TradingFloor(Options wanted) : options{std::move(wanted)}, clock{Instant::from_ms(kStart), options.seed}, signer{clock}, journal{clock} {
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

TradingFloor::~TradingFloor() {
    kill();
    clock.run_for(milliseconds{1});
}

void TradingFloor::start() {
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

void TradingFloor::restart_from_checkpoint() {
    for (int i = 0; i < 4; ++i) {
        life->performer.checkpoint();
        run(seconds{1});
    }
    begin_again();
}

void TradingFloor::begin_again() {
    kill();
    run(seconds{1});
    start();
}

void TradingFloor::remove_connection(const std::string& name) {
    removed[name] = accounts.at(name);
    accounts.erase(name);
    static_cast<ports::Keys&>(signer).remove(name, [](const Status&) {});
    if (!life) return;
    life->streams.erase(name);
    life->sinks.erase(name);
    life->performer.event([&](engine::Now now) { life->trader.on_connection_removed(now, name); });
}

void TradingFloor::connect_again(const std::string& name, const std::string& account) {
    simulator::Exchange::NewKey wanted;
    wanted.permissions = {simulator::Permission::read, simulator::Permission::spot, simulator::Permission::futures};
    accounts[name] = account.empty() ? removed.at(name) : account;
    wanted.account = accounts.at(name);
    const auto& made = world->exchange(options.exchange)->create_key(wanted);
    hand_over(name, made.key, made.secret, made.passphrase);
    connect(name);
}

void TradingFloor::kill() {
    if (!life) return;
    alive.reset();
    journal.lose();
    clock.after(milliseconds{0}, [corpse = std::shared_ptr<Life>{std::move(life)}] {});
}

const engine::Strategy& TradingFloor::add_strategy(const std::string& json) {
    const auto document = wire::Json::parse(json).value();
    auto settings = trading::read_settings(document.root());
    REQUIRE_MESSAGE(settings.has_value(), (settings ? "" : trading::sentence(settings.error(), trading::Language::en)));
    const auto* added = event([&](engine::Now now) { return trader().add_strategy(now, *settings, "hash-of-" + settings->name); }).value();
    const auto enabled = event([&](engine::Now now) { return trader().enable(now, added->id); });
    REQUIRE_MESSAGE(enabled.has_value(), (enabled ? "" : enabled.error().detail));
    return *trader().find_strategy(added->id);
}

ports::StoredDecision TradingFloor::signal(const std::string& strategy, const std::string& pair, trading::SignalKind kind, trading::Direction direction) {
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

void TradingFloor::price(const std::string& symbol, const std::string& value) {
    admin("price", R"({"exchange":")" + options.exchange + R"(","symbol":")" + symbol + R"(","price":")" + value + "\"}");
    run(seconds{3});
}

std::string TradingFloor::admin(const std::string& path, const std::string& body, wire::Method method) {
    world->advance(clock.true_time());
    return world->handle({method, "/admin/" + path, {}, body, "127.0.0.1", false}).response.body;
}

const engine::LiveGroup* TradingFloor::only_group(const std::string& connection) {
    for (const auto& [number, group] : trader().groups())
        if (group->terms().connection == connection) return group.get();
    return nullptr;
}

void TradingFloor::tell_fills(const market::Symbol& symbol, int count, const std::string& connection) {
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

void TradingFloor::add_key(const std::string& connection) {
    const auto made = wire::Json::parse(admin("keys", R"({"exchange":")" + options.exchange + R"(","permissions":["read","spot","futures"],"balances":)" + options.balances + "}")).value();
    const auto text = [&](std::string_view name) { return std::string{made[name].text().value_or("")}; };
    accounts[connection] = text("account");
    hand_over(connection, text("key"), text("secret"), text("passphrase"));
}

void TradingFloor::hand_over(const std::string& connection, const std::string& key, const std::string& secret, const std::string& passphrase) {
    std::string sealed;
    wire::JsonWriter out{sealed};
    out.begin_object().member("key", key).member("secret", secret);
    if (!passphrase.empty()) out.member("passphrase", passphrase);
    out.end_object();
    bool kept = false;
    signer.add(connection, id, sealed, [&kept](const Result<ports::KeptKey>& added) { kept = added.has_value(); });
    REQUIRE(clock.run_until([&] { return kept; }, seconds{1}));
}

void TradingFloor::learn_instruments() {
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

void TradingFloor::ask(const exchange::Call& call, const std::string& connection, std::function<void(const wire::Response&, const exchange::Call&)> then) {
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

void TradingFloor::tick_world() {
    clock.after(milliseconds{50}, [this] {
        world->advance(clock.true_time());
        tick_world();
    });
}

void TradingFloor::poll() {
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

void TradingFloor::connect(const std::string& name) {
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

void TradingFloor::open_stream(const std::string& name) {
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

}  // namespace bf::test

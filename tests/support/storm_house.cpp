#include "support/storm_house.hpp"

namespace bf::test {

StormHouse::StormHouse(std::uint64_t seed, std::vector<StormLine> wanted, bool limits)
    : clock{Instant::from_ms(kStart), seed}, signer{clock}, disk_dice{seed}, lines{std::move(wanted)}, limited{limits} {
    simulator::Options simulated;
    simulated.seed = seed;
    simulated.limits = limits;
    simulated.start = clock.wall();
    simulated.tick = seconds{60};
    world = std::move(simulator::World::create(simulated)).value();
    transport = std::make_unique<SimTransport>(clock, *world);
    transport->keep_sent = false;
    store.step = [this] { return step(); };
    for (auto& line : lines) open_account(line);
    for (const auto& line : lines) learn_instruments(line.product);
    for (const char* name : {"mexc", "kucoin"}) {
        if (limits) paces[name] = std::make_unique<connection::Pace>(*exchange::limits_of(*exchange::parse_exchange(name)));
    }
    move_world();
}

StormHouse::~StormHouse() {
    watched = {};
    if (life) kill(false);
    clock.run_for(milliseconds{1});
}

std::uint64_t StormHouse::Journal::append(std::uint16_t kind, std::string_view payload) {
    const AllocationFailure::Scope scope{false};
    if (!house.step()) return ++nowhere;
    const auto sequence = house.life->disk->append(kind, payload);
    if (!flushing) flush();
    return sequence;
}

void StormHouse::Journal::flush() {
    flushing = true;
    // Slower than a request's way to the exchange, often: what is sent too early arrives too early.
    const auto takes = milliseconds{1 + static_cast<std::int64_t>(house.clock.roll(6))};
    house.clock.after(takes, [this, mine = house.lives] {
        if (!house.life || mine != house.lives || !house.step()) return;
        const auto batch = house.life->disk->take();
        const bool written = house.life->disk->commit(batch).has_value();
        house.look();
        if (!written) return house.kill(true);
        if (!house.step()) return;
        flushing = false;
        if (const auto sequence = std::exchange(forgets, 0); sequence > 0) static_cast<void>(house.life->disk->forget_before(sequence));
        house.inside([&] { told(batch.last); });
        if (house.life && mine == house.lives && !flushing && house.life->disk->last() > house.life->disk->durable()) flush();
    });
}

void StormHouse::Signer::sign(std::string connection, exchange::Call call, Instant at, Done done) {
    const AllocationFailure::Scope scope{false};
    if (house.step()) house.signer.sign(std::move(connection), std::move(call), at, std::move(done));
}

void StormHouse::Signer::sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> /*reference*/, Done done) {
    sign(std::move(connection), std::move(call), at, std::move(done));
}

void StormHouse::Transport::send(wire::Request request, milliseconds timeout, Done done) {
    const AllocationFailure::Scope scope{false};
    if (!house.step()) return;
    if (++house.requests == house.lost_request) return house.lose_answer(std::move(request), timeout, std::move(done));
    if (house.late_requests > 0 && house.clock.roll(100) < house.late_requests) {
        // The line is cut and the request arrives all the same, seconds later: whatever it does then, nobody hears of it.
        ++house.late;
        house.clock.after(milliseconds{5}, [this, mine = house.lives, done = std::move(done)] {
            if (house.life && mine == house.lives && house.step()) done(Unexpected{Error{ErrorKind::unreachable, "The line was cut.", Fate::unknown, "reset"}});
        });
        house.clock.after(milliseconds{200 + static_cast<std::int64_t>(house.clock.roll(9'000))},
                          [this, timeout, request = std::move(request)] { house.transport->send(request, timeout, [](const Result<wire::Response>&) {}); });
        return;
    }
    house.transport->send(std::move(request), timeout, [this, mine = house.lives, done = std::move(done)](Result<wire::Response> response) {
        if (house.life && mine == house.lives && house.step()) house.inside([&] { done(std::move(response)); });
    });
}

std::unique_ptr<ports::Stream> StormHouse::Transport::open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) {
    const AllocationFailure::Scope scope{false};
    return house.transport->open_stream(std::move(url), timeout, handler);
}

StormHouse::Life::~Life() {
    if (timer) house.clock.cancel(*timer);
}

void StormHouse::Life::on_doubt(engine::Now now, const std::string& connection, const market::Symbol* symbol, milliseconds within) {
    if (const auto feed = feeds.find(connection); feed != feeds.end()) feed->second->look_again(now, within, symbol);
}

void StormHouse::Life::on_due() {
    if (std::exchange(wake_wanted, true)) return;
    house.clock.after(milliseconds{0}, [&house = house, mine = house.lives] {
        if (!house.life || mine != house.lives) return;
        house.life->wake_wanted = false;
        house.life->wake();
    });
}

void StormHouse::Life::on_activity(engine::Now) {
    performer.event([](engine::Now) {});
    wake();
}

void StormHouse::Life::wake() {
    std::optional<std::chrono::microseconds> first;
    for (const auto& [id, feed] : feeds)
        if (const auto at = feed->next_wake(); at && (!first || *at < *first)) first = at;
    if (timer) house.clock.cancel(*timer);
    timer.reset();
    if (!first) return;
    const auto delay = std::chrono::ceil<milliseconds>(std::max(std::chrono::microseconds{0}, *first - house.clock.steady()));
    timer = house.clock.after(delay, [this] {
        timer.reset();
        for (const auto& [id, feed] : feeds)
            if (const auto at = feed->next_wake(); at && *at <= house.clock.steady()) performer.event([ready = feed.get()](engine::Now now) { ready->tick(now); });
        wake();
    });
}

bool StormHouse::begin() {
    REQUIRE(!life);
    ++lives;
    journal.flushing = false;
    journal.forgets = 0;
    const auto mine = std::make_shared<Life>(*this);
    life = mine;
    mine->trader.know_ends(store.group_ends().value());
    Status replayed;
    std::uint64_t entries = 0;
    auto opened = journal::Journal::open(folder, clock, [&](const journal::Entry& entry) {
        if (++entries == 1 && !entry.from_the_beginning) mine->trader.begins_late();
        if (replayed) replayed = mine->trader.replay(entry.kind, entry.payload);
    }, kSegment);
    if (!opened || !replayed) {
        const auto& error = opened ? replayed.error() : opened.error();
        if (error.kind == ErrorKind::damaged) complain("a start was refused: " + error.detail);
        kill(true);
        return false;
    }
    mine->disk = std::move(*opened);
    if (restarted) restarted();
    mine->trader.restore_modes(mode_of_all, modes, {});
    inside([&] { mine->performer.event([&](engine::Now now) {
        const auto loaded = mine->trader.load(now);
        if (!loaded) complain("the store could not be read: " + loaded.error().detail);
    }); });
    if (life != mine) return false;
    mine->performer.count_earlier(entries);
    for (const auto& line : lines) {
        if (life != mine) return false;
        for (const auto& [native, one] : instruments.at(line.product))
            mine->performer.event([&](engine::Now now) { mine->trader.on_instrument(now, id_of(line.product), one, facts_of(one)); });
    }
    if (connect_all) connect_all(*mine);
    else
        for (const auto& line : lines) {
            if (life != mine) return false;
            connect(*mine, line);
        }
    if (life != mine) return false;
    if (life == mine) mine->wake();
    return life == mine;
}

void StormHouse::kill(bool power) {
    if (!life) return;
    kill_at = -1;
    ++deaths;
    // Perhaps from inside one of its own calls: it is taken apart when those are over.
    clock.after(milliseconds{0}, [corpse = std::move(life)]() mutable { corpse.reset(); });
    life.reset();
    if (power) folder.lose_power(disk_dice);
    folder.fail_at(-1);
}

bool StormHouse::step() {
    if (!life) return false;
    ++steps;
    if (kill_at < 0 || kill_at-- > 0) return true;
    kill(kill_loses_power);
    return false;
}

void StormHouse::set_price(const StormProduct& product, const std::string& base, const Decimal& price) {
    advance();
    exchange(product).set_price(*exchange(product).find(symbol(product, base)), price);
    look();
}

void StormHouse::relist(const StormProduct& product, const std::string& base, milliseconds read_after, const std::function<void(simulator::Instrument&)>& change) {
    advance();
    auto listed = *exchange(product).find(symbol(product, base));
    change(listed);
    exchange(product).list(listed);
    look();
    clock.after(read_after, [this, product, base] { read_list(product, base); });
}

void StormHouse::read_list(const StormProduct& product, const std::string& base) {
    const auto& listed = *exchange(product).find(symbol(product, base));
    for (auto& [native, one] : instruments.at(product)) {
        if (one.symbol != symbol(product, base)) continue;
        one.price_step = listed.price_step;
        one.quantity_step = listed.quantity_step;
        one.min_quantity = listed.min_quantity;
        one.min_notional = listed.min_notional;
        one.tradable = one.api_tradable = listed.api_tradable;
        if (life) event([&, told = one](engine::Now now, engine::Trader& trader) { trader.on_instrument(now, id_of(product), told, facts_of(told)); });
    }
}

engine::InstrumentLimits StormHouse::limits(const StormProduct& product, const std::string& base) const {
    for (const auto& [native, one] : instruments.at(product))
        if (one.symbol == symbol(product, base)) return engine::InstrumentLimits::of(one);
    return {};
}

void StormHouse::poll_quote(const StormProduct& product, const std::string& base) {
    if (!life) return;
    exchange::Call call;
    call.operation = exchange::Operation::ticker;
    call.market = product.market;
    call.symbol = symbol(product, base);
    const auto id = id_of(product);
    exchange::RequestList list;
    REQUIRE(exchange::calls_of(id)->write(call, nullptr, clock.wall(), list).has_value());
    ++requests;
    transport->send(list[0], seconds{6}, [this, call, id, product, mine = lives, asked = clock.wall()](Result<wire::Response> response) {
        if (!life || mine != lives || !response) return;
        const auto read = exchange::replies_of(id)->ticker(*response, {call, clock.wall(), &instruments.at(product)});
        if (!read || !read->bid || !read->ask || !read->bid->is_positive()) return;
        const trading::Quote quote{*read->bid, *read->ask, read->mark.value_or(*read->bid), asked, std::nullopt};
        event([&](engine::Now now, engine::Trader& trader) { trader.on_quote(now, id, *call.symbol, quote); });
    });
}

market::Symbol StormHouse::symbol(const StormProduct& product, const std::string& base) {
    return product.market == market::Market::spot ? market::Symbol{base, "USDT", ""} : market::Symbol{base, "USDT", "USDT"};
}

const StormLine* StormHouse::line(std::string_view id) const {
    for (const auto& one : lines)
        if (one.id == id) return &one;
    return nullptr;
}

void StormHouse::look() {
    if (watched) watched();
}

void StormHouse::complain(std::string sentence) {
    if (complaints.size() < 20) complaints.push_back("at " + std::to_string(clock.steady().count() / 1000) + " ms: " + std::move(sentence));
}

void StormHouse::tell_connections() {
    if (connect_all) return;
    for (const auto& line : lines)
        if (life) event([&](engine::Now now, engine::Trader& trader) { trader.on_connection(now, state_of(line)); });
}

engine::AccountFeed& StormHouse::listen(Life& mine, const StormLine& line) {
    auto& feed = mine.feeds[line.id];
    if (feed) return *feed;
    feed = std::make_unique<engine::AccountFeed>(line.id, mine.trader.caller(), clock, mine);
    auto since = clock.wall();
    mine.trader.orders().each([&](const engine::Order& order) {
        if (order.plan().connection == line.id && !order.finished()) since = std::min(since, order.intent().at);
    });
    for (const char* base : kBases) mine.performer.event([&](engine::Now now) { feed->follow(now, symbol(line.product, base), since); });
    return *feed;
}

engine::ConnectionState StormHouse::state_of(const StormLine& line) {
    engine::ConnectionState state;
    state.account.connection = line.id;
    state.account.exchange = id_of(line.product);
    state.account.market = line.product.market;
    state.account.replies = exchange::replies_of(state.account.exchange);
    state.account.instruments = &instruments.at(line.product);
    if (limited) {
        state.account.address_pace = paces.at(line.product.exchange).get();
        state.account.account_pace = account_paces.at(line.id).get();
    }
    state.name = line.name;
    state.account_id = line.account;
    state.clock_offset = offset;
    state.facts.status = trading::ConnectionStatus::connected;
    state.facts.read = state.facts.spot_trade = state.facts.futures_trade = exchange::Ternary::yes;
    state.facts.withdraw = state.facts.transfer = exchange::Ternary::no;
    state.facts.tested_at = clock.wall();
    return state;
}

std::string StormHouse::make_key(StormLine& line, bool withdraws) {
    simulator::Exchange::NewKey wanted;
    wanted.permissions = {simulator::Permission::read, simulator::Permission::spot, simulator::Permission::futures};
    if (withdraws) wanted.permissions.insert(simulator::Permission::withdraw);
    if (line.account.empty()) wanted.balances["USDT"] = line.money;
    else wanted.account = line.account;
    const auto& made = exchange(line.product).create_key(wanted);
    line.account = made.account;
    line.key = made.key;
    std::string sealed;
    wire::JsonWriter out{sealed};
    out.begin_object().member("key", made.key).member("secret", made.secret);
    if (!made.passphrase.empty()) out.member("passphrase", made.passphrase);
    out.end_object();
    return sealed;
}

void StormHouse::lose_answer(wire::Request request, milliseconds timeout, ports::Transport::Done done) {
    transport->send(std::move(request), timeout, [this, mine = lives, done = std::move(done)](const Result<wire::Response>&) {
        if (life && mine == lives) inside([&] { done(Unexpected{Error{ErrorKind::unreachable, "No answer in time.", Fate::unknown, "timeout"}}); });
    });
}

void StormHouse::open_account(StormLine& line) {
    const auto sealed = make_key(line);
    bool kept = false;
    signer.add(line.id, id_of(line.product), sealed, [&kept](Result<ports::KeptKey> key) { kept = key.has_value(); });
    REQUIRE(clock.run_until([&] { return kept; }, seconds{1}));
    if (limited) account_paces[line.id] = std::make_unique<connection::Pace>(*exchange::account_limits_of(id_of(line.product)));
}

void StormHouse::learn_instruments(const StormProduct& product) {
    if (instruments.contains(product)) return;
    exchange::Call call;
    call.operation = exchange::Operation::instruments;
    call.market = product.market;
    exchange::RequestList list;
    REQUIRE(exchange::calls_of(id_of(product))->write(call, nullptr, clock.wall(), list).has_value());
    std::optional<wire::Response> response;
    transport->send(list[0], seconds{5}, [&](Result<wire::Response> answer) { response = std::move(answer).value(); });
    REQUIRE(clock.run_until([&] { return response.has_value(); }, seconds{10}));
    auto read = exchange::replies_of(id_of(product))->instruments(*response, {call, clock.wall(), nullptr});
    REQUIRE(read.has_value());
    for (auto& one : *read)
        if (one.symbol && std::find(std::begin(kBases), std::end(kBases), one.symbol->base) != std::end(kBases)) instruments[product][one.native_symbol] = one;
}

trading::InstrumentFacts StormHouse::facts_of(const market::Instrument& one) {
    auto facts = engine::facts_of(one);
    // Tiers that every simulated contract keeps to.
    facts.risk_tiers = {{Decimal{100'000'000}, Decimal::from_parts(7, 3)}};
    return facts;
}

void StormHouse::connect(Life& mine, const StormLine& line) {
    mine.performer.event([&](engine::Now now) { mine.trader.on_connection(now, state_of(line)); });
    if (life.get() != &mine) return;
    auto& feed = listen(mine, line);
    if (life.get() != &mine) return;
    connection::StreamKeeper::Setup setup{.connection = line.id, .market = line.product.market};
    setup.spread = static_cast<std::uint32_t>(clock.roll(1000));
    setup.tap = &feed;
    setup.repointed = true;  // KuCoin names its stream's address: here the simulator's.
    setup.clock_offset = offset;
    if (limited) setup.pace = paces.at(line.product.exchange).get();
    const auto id = id_of(line.product);
    const connection::Adapter adapter{*exchange::calls_of(id), *exchange::replies_of(id), {}};
    mine.keepers[line.id] = std::make_unique<connection::StreamKeeper>(connection::World{clock, clock, door, pen}, adapter, setup, [](auto, const auto&) {});
}

void StormHouse::move_world() {
    clock.after(seconds{1}, [this] {
        advance();
        look();
        // Whoever looks on acknowledges at once: so each stranger's order is named by an alarm of its own.
        for (const auto alarm : std::exchange(store.unseen, {}))
            if (life) event([&](engine::Now now, engine::Trader& trader) { static_cast<void>(trader.acknowledge_alarm(now, alarm)); });
        move_world();
    });
}

}  // namespace bf::test

#include "support/order_floor.hpp"

namespace bf::test {

Floor::Floor(Options wanted) : options{wanted}, clock{Instant::from_ms(kStart), wanted.seed}, signer{clock}, dice{wanted.seed} {
    simulator::Options simulated;
    simulated.exchanges = {options.exchange};
    simulated.seed = options.seed;
    simulated.limits = options.limits;
    simulated.start = clock.wall();
    world = std::move(simulator::World::create(simulated)).value();
    transport = std::make_unique<SimTransport>(clock, *world);
    id = *exchange::parse_exchange(options.exchange);
    const auto made = wire::Json::parse(admin("keys", R"({"exchange":")" + options.exchange + R"(","permissions":["read","spot","futures"],"balances":)" + options.balances + "}"));
    REQUIRE(made);
    const auto text = [&](std::string_view name) { return std::string{(*made)[name].text().value_or("")}; };
    account = text("account");
    std::string sealed;
    wire::JsonWriter out{sealed};
    out.begin_object().member("key", text("key")).member("secret", text("secret"));
    if (!text("passphrase").empty()) out.member("passphrase", text("passphrase"));
    out.end_object();
    bool kept = false;
    signer.add(kConnection, id, sealed, [&kept](Result<ports::KeptKey> key) { kept = key.has_value(); });
    REQUIRE(clock.run_until([&] { return kept; }, seconds{1}));
    learn_instruments();
    if (options.limits) {
        address_pace = std::make_unique<connection::Pace>(*exchange::limits_of(id));
        account_pace = std::make_unique<connection::Pace>(*exchange::account_limits_of(id));
    }
    move_world();
}

Floor::~Floor() {
    watched = {};
    kill();
    clock.run_for(milliseconds{1});
}

void Floor::start() {
    REQUIRE(!life);
    alive = std::make_shared<bool>(true);
    life = std::make_unique<Life>(*this);
    auto opened = journal::Journal::open(folder, clock, [&](const journal::Entry& entry) {
        const auto replayed = life->orders.replay(static_cast<engine::RecordKind>(entry.kind), entry.payload);
        REQUIRE_MESSAGE(replayed.has_value(), (replayed ? "" : replayed.error().detail));
    }, kSegment);
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().detail));
    const auto whole = life->orders.end_replay();
    REQUIRE_MESSAGE(whole.has_value(), (whole ? "" : whole.error().detail));
    life->journal = std::move(*opened);
    ++lives;
    if (options.stream) open_stream();
    event([&] {
        life->orders.add_account(now(), {.connection = kConnection, .exchange = id, .market = options.market, .account_mode = {}, .site = {},
                                         .key_version = {}, .replies = exchange::replies_of(id), .instruments = &instruments,
                                         .address_pace = address_pace.get(), .account_pace = account_pace.get()});
        life->orders.reconcile(now());
    });
}

void Floor::kill() {
    if (!life) return;
    alive.reset();
    if (life->timer) clock.cancel(life->timer->second);
    // Perhaps from inside one of its own calls: it is taken apart when those are over.
    clock.after(milliseconds{0}, [corpse = std::shared_ptr<Life>{std::move(life)}] {});
    folder.lose_power(dice);
}

void Floor::event(const std::function<void()>& what) {
    if (!life) return;
    const std::weak_ptr<bool> mine{alive};
    what();
    if (!mine.expired()) carry_out();
}

engine::OrderNumber Floor::submit(const engine::OrderPlan& plan) {
    engine::OrderNumber number = 0;
    event([&] { number = life->orders.submit(now(), plan); });
    return number;
}

const market::Instrument& Floor::instrument(const market::Symbol& symbol) const {
    for (const auto& [native, one] : instruments)
        if (one.symbol == symbol) return one;
    FAIL("no such instrument");
    return instruments.begin()->second;
}

market::Symbol Floor::symbol(const char* base) const {
    return options.market == market::Market::spot ? market::Symbol{base, "USDT", ""} : market::Symbol{base, "USDT", "USDT"};
}

engine::OrderPlan Floor::plan(const char* base, market::Side side, const Decimal& quantity, const Decimal& price, market::TimeInForce time_in_force, engine::GroupNumber group,
                       engine::Purpose purpose, std::uint32_t leg) const {
    engine::OrderPlan plan;
    plan.connection = kConnection;
    plan.symbol = symbol(base);
    plan.side = side;
    plan.quantity = quantity;
    plan.price = price;
    plan.time_in_force = time_in_force;
    plan.group = group;
    plan.leg = leg;
    plan.purpose = purpose;
    plan.limits = engine::InstrumentLimits::of(instrument(plan.symbol));
    if (options.market == market::Market::futures) {
        plan.margin_mode = market::MarginMode::isolated;
        plan.position_mode = market::PositionMode::one_way;
        plan.leverage = 5;
    }
    return plan;
}

std::string Floor::admin(const std::string& path, const std::string& body, wire::Method method) {
    world->advance(clock.true_time());
    return world->handle({method, "/admin/" + path, {}, body, "127.0.0.1", false}).response.body;
}

void Floor::trade(const char* base, const char* taker, const std::string& value, const std::string& quantity) {
    admin("trade", R"({"exchange":")" + options.exchange + R"(","symbol":")" + symbol(base).to_string() + R"(","side":")" + taker + R"(","price":")" + value + R"(","quantity":")" + quantity + "\"}");
}

void Floor::learn_instruments() {
    exchange::Call call;
    call.operation = exchange::Operation::instruments;
    call.market = options.market;
    exchange::RequestList list;
    REQUIRE(exchange::calls_of(id)->write(call, nullptr, clock.wall(), list).has_value());
    std::optional<wire::Response> response;
    transport->send(list[0], seconds{5}, [&](Result<wire::Response> answer) { response = std::move(answer).value(); });
    REQUIRE(clock.run_until([&] { return response.has_value(); }, seconds{10}));
    auto read = exchange::replies_of(id)->instruments(*response, {call, clock.wall(), nullptr});
    REQUIRE(read.has_value());
    for (auto& one : *read) instruments[one.native_symbol] = one;
}

void Floor::move_world() {
    clock.after(milliseconds{50}, [this] {
        world->advance(clock.true_time());
        if (watched) watched();
        move_world();
    });
}

bool Floor::step() {
    if (steps++ == kill_at) {
        kill();
        return false;
    }
    return life != nullptr;
}

void Floor::carry_out() {
    if (life->handling) return;
    life->handling = true;
    const std::weak_ptr<bool> weak{alive};
    while (life && !life->orders.effects().empty()) {
        engine::Effects effects;
        std::swap(effects, life->orders.effects());
        for (const auto& entry : effects.appends) {
            if (!step()) return;
            life->append_of[life->journal->append(static_cast<std::uint16_t>(entry.kind), entry.payload)] = entry.number;
            life->appended = entry.number;
        }
        if (!effects.appends.empty()) flush();
        for (auto& ask : effects.asks) {
            if (!step()) return;
            sign(std::move(ask));
        }
        for (const auto& observation : effects.observations) {
            if (heard) heard(observation);
            if (weak.expired()) return;
        }
    }
    life->handling = false;
    set_timer();
}

void Floor::set_timer() {
    const auto wake = life->orders.next_wake();
    if (life->timer) {
        if (wake && *wake == life->timer->first) return;
        clock.cancel(life->timer->second);
        life->timer.reset();
    }
    if (!wake) return;
    const auto delay = std::chrono::ceil<milliseconds>(std::max(std::chrono::microseconds{0}, *wake - clock.steady()));
    life->timer = {*wake, clock.after(delay, mine([this] {
        life->timer.reset();
        event([&] { life->orders.tick(now()); });
    }))};
}

void Floor::flush() {
    if (life->flushing || life->journal->last() == life->journal->durable()) return;
    life->flushing = true;
    // What was appended until the flush begins goes with it.
    clock.after(milliseconds{1}, mine([this] {
        if (!step()) return;
        const auto batch = life->journal->take();
        if (!life->journal->commit(batch)) return kill();
        if (!step()) return;
        life->flushing = false;
        life->durable = life->append_of[batch.last];
        event([&] { life->orders.on_durable(now(), life->durable); });
        if (!life) return;
        send_ready();
        if (life) flush();
    }));
}

void Floor::sign(engine::Ask ask) {
    auto call = ask.call;
    const auto connection = ask.connection;
    signer.sign(connection, std::move(call), clock.wall(), mine([this, ask = std::move(ask)](ports::SignOutcome outcome) {
        if (!step()) return;
        if (auto* error = std::get_if<exchange::CallError>(&outcome)) return answer(ask.ticket, std::move(*error));
        if (auto* error = std::get_if<Error>(&outcome)) return answer(ask.ticket, std::move(*error));
        life->waiting.push_back({std::get<std::vector<wire::Request>>(std::move(outcome)), ask});
        send_ready();
    }));
}

void Floor::send_ready() {
    for (std::size_t i = 0; life && i < life->waiting.size();) {
        if (life->waiting[i].ask.after > life->durable) {
            ++i;
            continue;
        }
        auto one = std::move(life->waiting[i]);
        life->waiting.erase(life->waiting.begin() + static_cast<std::ptrdiff_t>(i));
        if (!step()) return;
        if (one.ask.not_after && *one.ask.not_after < clock.steady()) {
            answer(one.ask.ticket, Error{ErrorKind::denied, "It was too late to send it.", Fate::not_sent, "too_late"});
            continue;
        }
        event([&] { life->orders.on_sent(now(), one.ask.ticket); });
        if (life) send(one.ask.ticket, std::make_shared<std::vector<wire::Request>>(std::move(one.requests)), 0);
    }
}

void Floor::send(std::uint64_t ticket, std::shared_ptr<std::vector<wire::Request>> requests, std::size_t index) {
    transport->send((*requests)[index], seconds{6}, mine([this, ticket, requests, index](Result<wire::Response> response) {
        if (!step()) return;
        if (!response) return answer(ticket, response.error());
        if (index + 1 < requests->size() && response->status < 400) return send(ticket, requests, index + 1);
        answer(ticket, std::move(*response));
    }));
}

void Floor::answer(std::uint64_t ticket, engine::CallAnswer what) {
    event([&] { life->orders.on_answer(now(), ticket, std::move(what)); });
}

void Floor::open_stream() {
    exchange::StreamPlan plan;
    plan.market = options.market;
    plan.is_private = true;
    plan.topics = {{exchange::TopicKind::orders}, {exchange::TopicKind::fills}, {exchange::TopicKind::balances}};
    if (options.market == market::Market::futures) plan.topics.push_back({exchange::TopicKind::positions});
    if (auto address = exchange::replies_of(id)->fixed_stream_address(plan)) return connect(plan, std::move(*address));
    exchange::Call call;
    call.operation = exchange::Operation::private_stream;
    call.market = options.market;
    signer.sign(kConnection, call, clock.wall(), mine([this, plan, call](ports::SignOutcome outcome) {
        auto* requests = std::get_if<std::vector<wire::Request>>(&outcome);
        if (requests == nullptr) return reopen_stream();
        transport->send(requests->front(), seconds{6}, mine([this, plan, call](Result<wire::Response> response) {
            if (!response) return reopen_stream();
            auto address = exchange::replies_of(id)->stream_address(*response, {call, clock.wall(), nullptr});
            if (!address) return reopen_stream();
            connect(plan, std::move(*address));
        }));
    }));
}

void Floor::connect(const exchange::StreamPlan& plan, exchange::StreamAddress address) {
    const connection::World outside{clock, clock, *transport, signer};
    const connection::Adapter adapter{*exchange::calls_of(id), *exchange::replies_of(id), {}};
    connection::StreamLink::Events events;
    events.on_live = mine([this] { event([&] { life->orders.on_stream(now(), kConnection, true); }); });
    events.on_down = mine([this](const exchange::Problem&) {
        event([&] { life->orders.on_stream(now(), kConnection, false); });
        if (life) reopen_stream();
    });
    life->stream = std::make_unique<connection::StreamLink>(outside, adapter, connection::StreamTarget{kConnection, {}, std::move(address), plan, {}}, *life, &instruments, std::move(events));
}

void Floor::reopen_stream() {
    clock.after(seconds{1}, mine([this] { open_stream(); }));
}

}  // namespace bf::test

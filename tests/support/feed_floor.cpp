#include "support/feed_floor.hpp"

namespace bf::test {

FeedFloor::FeedFloor(Product of, std::uint64_t seed, bool limits)
    : product{of}, clock{Instant::from_ms(1'790'000'000'000), seed}, signer{clock}, id{*exchange::parse_exchange(of.exchange)},
      adapter{*exchange::calls_of(id), *exchange::replies_of(id), {}} {
    simulator::Options simulated;
    simulated.exchanges = {of.exchange};
    simulated.seed = seed;
    simulated.limits = limits;
    simulated.start = clock.wall();
    world = std::move(simulator::World::create(simulated)).value();
    transport = std::make_unique<SimTransport>(clock, *world);
    if (limits) pace = std::make_unique<connection::Pace>(*exchange::limits_of(id));
    if (limits) account_pace = std::make_unique<connection::Pace>(*exchange::account_limits_of(id));
    move_world();
}

market::Symbol FeedFloor::symbol(const char* base) const {
    return product.market == market::Market::spot ? market::Symbol{base, "USDT", ""} : market::Symbol{base, "USDT", "USDT"};
}

std::string FeedFloor::admin(const std::string& path, const std::string& body, wire::Method method) {
    world->advance(clock.true_time());
    return world->handle({method, "/admin/" + path, {}, body, "127.0.0.1", false}).response.body;
}

void FeedFloor::price(const market::Symbol& of, const std::string& value) {
    admin("price", R"({"exchange":")" + std::string{product.exchange} + R"(","symbol":")" + of.to_string() + R"(","price":")" + value + "\"}");
}

std::string FeedFloor::make_account(const std::string& balances) {
    const auto made = wire::Json::parse(admin("keys", R"({"exchange":")" + std::string{product.exchange} + R"(","permissions":["read","spot","futures"],"balances":)" + balances + "}"));
    REQUIRE(made);
    const auto text = [&](std::string_view name) { return std::string{(*made)[name].text().value_or("")}; };
    std::string sealed;
    wire::JsonWriter out{sealed};
    out.begin_object().member("key", text("key")).member("secret", text("secret"));
    if (!text("passphrase").empty()) out.member("passphrase", text("passphrase"));
    out.end_object();
    bool kept = false;
    signer.add(kConnection, id, sealed, [&kept](Result<ports::KeptKey> key) { kept = key.has_value(); });
    REQUIRE(clock.run_until([&] { return kept; }, seconds{1}));
    return text("account");
}

void FeedFloor::move_world() {
    clock.after(moves_every, [this] {
        world->advance(clock.true_time());
        if (watched) watched();
        move_world();
    });
}

MarketDesk::MarketDesk(Product of, std::uint64_t seed, bool limits, std::size_t symbols_per_socket) : FeedFloor{of, seed, limits} {
    engine::MarketFeed::Setup setup{.exchange = id, .market = of.market};
    // As an operator who points us at the simulator: the addresses it names in its replies are not the exchange's own.
    setup.repointed = true;
    setup.pace = pace.get();
    setup.streams = exchange::stream_limits_of(id, of.market);
    if (symbols_per_socket > 0) setup.streams.symbols_per_socket = symbols_per_socket;
    feed = std::make_unique<engine::MarketFeed>(outside(), adapter, setup, clock, *this);
}

void MarketDesk::on_quote(engine::SymbolIndex index, const engine::Quote& quote) {
    ++quotes[index];
    last_quote[index] = quote;
}

void MarketDesk::on_candle(engine::SymbolIndex index, const market::Candle& candle, engine::CandleNews news) {
    if (news == engine::CandleNews::closed) {
        closed[index].push_back(candle);
        told_after[index].push_back(clock.true_time() - (candle.open_time + std::chrono::minutes{1}));
        return;
    }
    ++corrected;
    auto& list = closed[index];
    const auto told = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.open_time == candle.open_time; });
    REQUIRE(told != list.end());
    *told = candle;
}

AccountDesk::AccountDesk(Product of, std::uint64_t seed, bool limits) : FeedFloor{of, seed, limits} {
    account = make_account(R"({"USDT":"100000","BTC":"5","ETH":"50"})");
    learn_instruments();
    engine::Account reached;
    reached.connection = kConnection;
    reached.exchange = id;
    reached.market = of.market;
    reached.replies = &adapter.replies;
    reached.instruments = &instruments;
    reached.address_pace = pace.get();
    reached.account_pace = account_pace.get();
    caller.add(reached);
    feed = std::make_unique<engine::AccountFeed>(kConnection, caller, clock, *this);
}

AccountDesk::~AccountDesk() {
    keeper.reset();
    feed.reset();
    *alive = false;
    clock.run_for(milliseconds{1});
}

void AccountDesk::start() {
    connection::StreamKeeper::Setup setup{.connection = kConnection, .market = product.market};
    setup.pace = pace.get();
    setup.repointed = true;
    setup.spread = 123;
    setup.tap = feed.get();
    keeper = std::make_unique<connection::StreamKeeper>(outside(), adapter, setup, [](auto, const auto&) {});
    run();
}

void AccountDesk::follow(const market::Symbol& symbol, Instant since) {
    feed->follow(now(), symbol, since);
    carry_out();
}

void AccountDesk::on_fill(engine::Now, const std::string&, const market::Fill& fill, engine::FillNews news) {
    auto& told = news == engine::FillNews::complete ? fills : hints;
    const auto name = fill.native_symbol + ' ' + *fill.id;
    // Nor is one that was told whole told again without its fee.
    if (!told.emplace(name, fill).second || (news == engine::FillNews::without_fee && fills.contains(name))) ++doubled;
}

void AccountDesk::on_balances(engine::Now, const std::string&, const std::vector<market::Balance>& told, bool whole) {
    if (whole) balances.clear();
    for (const auto& one : told) balances[one.asset] = one;
}

void AccountDesk::on_positions(engine::Now, const std::string&, const std::vector<market::Position>& told, bool whole) {
    if (whole) positions.clear();
    for (const auto& one : told) positions[{one.native_symbol, one.side.value()}] = one;
}

void AccountDesk::learn_instruments() {
    exchange::Call call;
    call.operation = exchange::Operation::instruments;
    call.market = product.market;
    exchange::RequestList list;
    REQUIRE(adapter.calls.write(call, nullptr, clock.wall(), list).has_value());
    std::optional<wire::Response> response;
    transport->send(list[0], seconds{5}, [&](Result<wire::Response> answer) { response = std::move(answer).value(); });
    REQUIRE(clock.run_until([&] { return response.has_value(); }, seconds{10}));
    auto read = adapter.replies.instruments(*response, {call, clock.wall(), nullptr});
    REQUIRE(read.has_value());
    for (auto& one : *read) instruments[one.native_symbol] = one;
}

void AccountDesk::run() {
    clock.after(ticks_every, [this] {
        if (feed) {
            feed->tick(now());
            carry_out();
        }
        run();
    });
}

void AccountDesk::carry_out() {
    engine::Effects taken;
    std::swap(taken, effects);
    for (auto& ask : taken.asks) {
        auto call = ask.call;
        signer.sign(ask.connection, std::move(call), clock.wall(), [this, mine = alive, ticket = ask.ticket](ports::SignOutcome outcome) {
            if (!*mine) return;
            if (auto* error = std::get_if<exchange::CallError>(&outcome)) return answer(ticket, std::move(*error));
            if (auto* error = std::get_if<Error>(&outcome)) return answer(ticket, std::move(*error));
            auto requests = std::get<std::vector<wire::Request>>(std::move(outcome));
            transport->send(requests.front(), seconds{6}, [this, mine, ticket](Result<wire::Response> response) {
                if (!*mine) return;
                if (!response) return answer(ticket, response.error());
                answer(ticket, std::move(*response));
            });
        });
    }
}

void AccountDesk::answer(std::uint64_t ticket, engine::CallAnswer what) {
    caller.on_answer(now(), ticket, std::move(what));
    carry_out();
}

std::string AccountDesk::difference() {
    world->advance(clock.true_time());
    const auto& truly = truth();
    std::set<std::string> open, known;
    for (const auto* order : truly.orders)
        if (order->is_open() && order->instrument->is_futures() == (product.market == market::Market::futures)) open.insert(order->id + '/' + order->filled.to_string());
    for (const auto& order : feed->state().open_orders()) known.insert(*order.id + '/' + order.filled.value_or(Decimal{}).to_string());
    if (open != known) return "open orders: " + std::to_string(known.size()) + " for " + std::to_string(open.size());
    std::size_t count = 0;
    for (const auto* fill : truly.fills) {
        if (fill->instrument->is_futures() != (product.market == market::Market::futures)) continue;
        ++count;
        const auto told = fills.find(fill->instrument->native + ' ' + fill->id);
        if (told == fills.end()) return "fill " + fill->id + " was not told";
        if (told->second.price != fill->price || told->second.quantity != fill->quantity || told->second.side != fill->side) return "fill " + fill->id + " is told wrongly";
        if (told->second.fee ? told->second.fee->amount != fill->fee : !fill->fee.is_zero()) return "fill " + fill->id + " has another fee";
    }
    if (count != fills.size()) return "fills that never were";
    if (product.market == market::Market::spot) {
        for (const auto& [asset, wallet] : truth().spot) {
            const auto told = balances.find(asset);
            if (told == balances.end()) {
                if (wallet.total().is_zero()) continue;
                return "no balance of " + asset;
            }
            if (told->second.free != wallet.free || told->second.locked != wallet.locked) return "balance of " + asset + ": " + told->second.free.value_or(Decimal{}).to_string() + " for " + wallet.free.to_string();
        }
        return {};
    }
    std::size_t held = 0;
    for (const auto& position : truly.positions) {
        ++held;
        const auto told = positions.find({position.instrument->native, position.side});
        if (told == positions.end() || told->second.quantity != position.quantity) return "position of " + position.instrument->native;
    }
    std::size_t there = 0;
    for (const auto& [key, position] : positions) there += position.quantity && !position.quantity->is_zero() ? 1U : 0U;
    if (there != held) return "positions that are gone";
    const auto free = exchange().futures_balance(truly, "USDT").free;
    const auto told = balances.find("USDT");
    if (told == balances.end() || told->second.free != free) return "futures balance: " + (told == balances.end() ? "none" : told->second.free.value_or(Decimal{}).to_string()) + " for " + free.to_string();
    return {};
}

void trade(AccountDesk& desk, std::mt19937_64& dice) {
    desk.world->advance(desk.clock.true_time());
    auto& exchange = desk.exchange();
    auto& account = desk.truth();
    const auto symbol = desk.symbol(dice() % 2 == 0 ? "BTC" : "ETH");
    const auto& instrument = desk.simulated(symbol);
    const auto mark = exchange.market(instrument).price();
    const auto step = instrument.quantity_step;
    const auto quantity = step * Decimal{static_cast<std::int64_t>(20 + dice() % 50)} * Decimal{desk.product.market == market::Market::futures ? 1 : 100};
    const auto percent = Decimal{static_cast<std::int64_t>(dice() % 5)};
    // One page of the exchange's list holds a hundred; more is told as trouble.
    const auto open = std::count_if(account.orders.begin(), account.orders.end(), [](const auto* order) { return order->is_open(); });
    switch (open > 60 ? 3 : dice() % 5) {
        case 0:
        case 1:
        case 2: {
            simulator::NewOrder order;
            order.symbol = symbol;
            order.side = dice() % 2 == 0 ? market::Side::buy : market::Side::sell;
            order.quantity = quantity;
            const auto away = mark * percent * "0.01"_d;
            const auto price = order.side == market::Side::buy ? mark - away : mark + away;
            order.price = *Decimal::divide(price, instrument.price_step, 0, Rounding::down) * instrument.price_step;
            order.client_order_id = "t" + std::to_string(dice() % 1'000'000'000);
            static_cast<void>(exchange.place(account, order));
            return;
        }
        case 3:
            for (const auto* order : account.orders)
                if (order->is_open() && dice() % 2 == 0) {
                    static_cast<void>(exchange.cancel(account, *order));
                    return;
                }
            return;
        default:
            for (const auto* order : account.orders)
                if (order->is_open() && order->instrument == &instrument) {
                    exchange.print_trade(instrument, order->request.side == market::Side::buy ? market::Side::sell : market::Side::buy, *order->request.price, step * Decimal{static_cast<std::int64_t>(1 + dice() % 30)});
                    return;
                }
    }
}

}  // namespace bf::test

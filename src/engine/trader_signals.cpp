#include "engine/trader_parts.hpp"
#include "wire/json.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using trading::Outcome;

const trading::ConnectionFacts kNoConnection{};
/// Of a pair nothing is known about: it can't be traded, and its steps divide nothing by zero.
const trading::InstrumentFacts kNoInstrument = [] {
    trading::InstrumentFacts facts;
    facts.price_step = facts.quantity_step = Decimal{1};
    facts.tradable = false;
    return facts;
}();

}  // namespace

ports::StoredSignal to_stored(const trading::Signal& signal, const std::string& strategy, const std::string& malformed, Instant at) {
    ports::StoredSignal stored{0, strategy, at, malformed.empty() ? trading::duplicate_key(signal) : std::string{}, {}};
    wire::JsonWriter out{stored.document};
    out.begin_object().member("id", signal.id).member("strategy", signal.strategy).member("pair", signal.pair);
    out.member("direction", market::to_string(signal.direction)).member("kind", trading::to_string(signal.kind)).member("source", trading::to_string(signal.source));
    out.member("time", signal.time.ms());
    if (signal.bar_time) out.member("bar_time", signal.bar_time->ms());
    if (signal.max_lag) out.member("max_lag_s", signal.max_lag->count());
    if (signal.price) out.member("price", *signal.price);
    out.member("tag", signal.tag).member("malformed", malformed).end_object();
    return stored;
}

Trader::Pending Trader::pending_of(const ports::StoredSignal& stored) {
    Pending pending;
    pending.number = stored.id;
    pending.strategy = stored.strategy;
    const auto json = wire::Json::parse(stored.document);
    const auto direction = json ? market::parse<market::PositionSide>((*json)["direction"].text().value_or("")) : std::nullopt;
    if (!json || !direction) {
        pending.malformed = "the stored signal can't be read";
        return pending;
    }
    auto& signal = pending.signal;
    signal.id = (*json)["id"].text().value_or("");
    signal.strategy = (*json)["strategy"].text().value_or("");
    signal.pair = (*json)["pair"].text().value_or("");
    signal.direction = *direction;
    for (const auto kind : {trading::SignalKind::entry, trading::SignalKind::add, trading::SignalKind::exit})
        if ((*json)["kind"].text() == trading::to_string(kind)) signal.kind = kind;
    for (const auto source : {trading::SignalSource::hook, trading::SignalSource::generator, trading::SignalSource::zone, trading::SignalSource::manual})
        if ((*json)["source"].text() == trading::to_string(source)) signal.source = source;
    signal.time = Instant::from_ms((*json)["time"].integer().value_or(0));
    if (const auto bar = (*json)["bar_time"].integer()) signal.bar_time = Instant::from_ms(*bar);
    if (const auto lag = (*json)["max_lag_s"].integer()) signal.max_lag = seconds{*lag};
    signal.price = (*json)["price"].decimal();
    signal.tag = (*json)["tag"].text().value_or("");
    pending.malformed = (*json)["malformed"].text().value_or("");
    if (auto symbol = market::Symbol::parse(signal.pair)) pending.symbol = std::move(*symbol);
    return pending;
}

// --- intake

Result<std::int64_t> Trader::receive(Now now, const Strategy& strategy, trading::Signal signal) {
    Pending pending;
    pending.strategy = strategy.id;
    pending.signal = std::move(signal);
    if (auto symbol = market::Symbol::parse(pending.signal.pair)) pending.symbol = std::move(*symbol);
    const auto stored = to_stored(pending.signal, strategy.id, {}, now.wall);
    BF_TRY(pending.number, setup_.store.add_signal(stored));
    BF_TRY(pending.seen_before, setup_.store.has_signal(strategy.id, stored.key, now.wall - trading::kDuplicateMemory, pending.number));
    if (const auto found = strategies_.find(strategy.id); found != strategies_.end()) found->second.last_signal_at = now.wall;
    const auto number = pending.number;
    pending_.push_back(std::make_unique<Pending>(std::move(pending)));
    return number;
}

Result<std::int64_t> Trader::receive_malformed(Now now, const Strategy& strategy, std::string why) {
    Pending pending;
    pending.strategy = strategy.id;
    pending.malformed = std::move(why);
    pending.signal.strategy = strategy.id;
    pending.signal.time = now.wall;
    BF_TRY(pending.number, setup_.store.add_signal(to_stored(pending.signal, strategy.id, pending.malformed, now.wall)));
    const auto number = pending.number;
    pending_.push_back(std::make_unique<Pending>(std::move(pending)));
    return number;
}

// --- what a decision sees

trading::Route Trader::Place::route() const {
    trading::Route route{connection != nullptr ? connection->facts : kNoConnection,
                         market != nullptr && market->instrument ? *market->instrument : kNoInstrument, quote, fees, account,
                         group_facts ? &*group_facts : nullptr, opposite_facts ? &*opposite_facts : nullptr, closed_at, leverage};
    route.tiers_required = connection != nullptr && connection->account.market == market::Market::futures;
    return route;
}

trading::AccountFacts Trader::account_facts(const Strategy& strategy, const ConnectionState& connection, const market::Symbol& symbol, const LiveGroup* group) const {
    trading::AccountFacts facts;
    const auto& id = connection.account.connection;
    const auto& asset = symbol.is_futures() ? symbol.settle : symbol.quote;
    if (const auto* wallet = wallet_of(id))
        if (const auto money = wallet->assets.find(asset); money != wallet->assets.end()) facts.free = money->second.free;
    // What is on its way is not in the exchange's figures yet.
    for (const auto& [order_number, entry] : entries_) {
        const auto* order = orders_.find(order_number);
        if (order == nullptr || order->finished() || order->stage() == Stage::open || order->plan().connection != id) continue;
        const auto notional = order->working() * order->plan().price.value_or(Decimal{});
        const auto margin = trading::margin_needed(connection.account.market, notional, Decimal{order->plan().leverage.value_or(1)}, strategy.rules.fees.taker);
        if (margin.known()) facts.free -= margin.value();
    }
    facts.equity = equity_of(connection, asset).value_or(facts.free);
    const auto sums = capital_.of_connection(id);
    facts.used = sums.used;
    facts.reserved = sums.reserved - (group != nullptr ? capital_.of_group(group->number()).reserved : Decimal{});
    facts.open_groups = sums.groups;
    facts.strategy_used = capital_.of_strategy(strategy.id).used;
    if (const auto* brake = brake_of(connection, asset, strategy.rules.protection)) facts.brake = brake->active();
    return facts;
}

Trader::Place Trader::place_of(const Strategy& strategy, const ConnectionState* connection, const trading::Signal& signal) {
    Place place;
    place.fees = strategy.rules.fees;
    place.quote = {Decimal{1}, Decimal{1}, Decimal{1}, Instant{}, std::nullopt};
    place.connection = connection;
    const auto symbol = market::Symbol::parse(signal.pair);
    if (connection == nullptr || !symbol) return place;
    place.market = market_of(connection->account.exchange, *symbol);
    if (place.market != nullptr && place.market->quote) place.quote = *place.market->quote;
    const auto group_at = [&](trading::Direction direction, std::optional<trading::Group>& facts) -> LiveGroup* {
        const auto found = open_.find({connection->account.connection, *symbol, direction});
        if (found == open_.end()) return nullptr;
        auto* group = groups_.at(found->second).get();
        facts = group->facts();
        facts->of_other_strategy = group->terms().strategy != strategy.id;
        return group;
    };
    place.group = group_at(signal.direction, place.group_facts);
    place.opposite = group_at(signal.direction == trading::Direction::long_side ? trading::Direction::short_side : trading::Direction::long_side, place.opposite_facts);
    place.account = account_facts(strategy, *connection, *symbol, place.group);
    if (const auto closed = closed_at_.find({connection->account.connection, *symbol}); closed != closed_at_.end()) place.closed_at = closed->second;
    if (const auto setup = prepared_.find({connection->account.connection, *symbol}); setup != prepared_.end() && setup->second->state() == FuturesSetup::State::failed)
        place.leverage = trading::LeverageFacts{Decimal{0}};
    return place;
}

// --- deciding

trading::Mode Trader::mode_for(const Strategy& strategy, const ConnectionState* connection) const {
    const auto of_connection = connection == nullptr ? trading::Mode::normal : mode_of(connection->account.connection);
    return std::max({mode_, of_connection, strategy.mode}, [](trading::Mode a, trading::Mode b) { return static_cast<int>(a) < static_cast<int>(b); });
}

void Trader::consider_all(Now now) {
    consider_where(now, [](const Pending&) { return true; });
}

void Trader::consider_those_of(Now now, const market::Symbol& symbol) {
    consider_where(now, [&](const Pending& pending) { return pending.symbol == symbol; });
}

void Trader::consider_where(Now now, const std::function<bool(const Pending&)>& which) {
    if (!loaded_) return;
    for (std::size_t i = 0; i < pending_.size();) {
        if (which(*pending_[i]) && consider(now, *pending_[i]))
            pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
        else
            ++i;
    }
}

bool Trader::consider(Now now, Pending& pending) {
    const auto* strategy = find_strategy(pending.strategy);
    // Its strategy was removed meanwhile: decided by default, so that the signal ends as every signal does.
    static const Strategy kGone{};
    const Strategy& asked = strategy != nullptr ? *strategy : kGone;
    const auto* connection = account_of(asked.settings);
    auto main = place_of(asked, connection, pending.signal);
    std::optional<Place> pro;
    if (asked.settings.recovery.pro_connection) {
        const auto* other = account_of(asked.settings, true);
        if (other != nullptr && other != connection && (connection == nullptr || trading::compare_accounts(connection->account_id, other->account_id) != trading::ProAccount::same))
            pro = place_of(asked, other, pending.signal);
    }
    if (pending.malformed.empty() && pending.signal.kind == trading::SignalKind::exit && strategy != nullptr && !pending.seen_before)
        if (main.group != nullptr || (pro && pro->group != nullptr)) return consider_exit(now, pending, asked, main, pro ? &*pro : nullptr);
    std::optional<trading::Route> pro_route;
    if (pro) pro_route.emplace(pro->route());
    const trading::DecisionInput input{pending.signal, asked.rules, asked.id, true, pending.malformed.empty(), pending.malformed, pending.seen_before,
                                       asked.enabled, mode_for(asked, connection), now.wall, main.route(), pro_route ? &*pro_route : nullptr,
                                       main.market != nullptr ? main.market->last_candle : std::nullopt};
    trading::decide(input, decision_);
    auto& place = decision_.via == trading::Via::pro && pro ? *pro : main;
    if (place.group != nullptr && pending.signal.kind != trading::SignalKind::exit && !pending.seen_before) {
        if (decision_.find(trading::Code::addon_worsens_average) != nullptr && pending.decision == 0)
            place.group->care().worsening.note(decision_.failed(trading::Code::addon_worsens_average), now.wall);
    }
    return act_on(now, pending, asked, place);
}

bool Trader::consider_exit(Now now, Pending& pending, const Strategy& strategy, Place& main, Place* pro) {
    const trading::DecisionInput input{pending.signal, strategy.rules, strategy.id, true, true, {}, false, strategy.enabled, mode_for(strategy, main.connection),
                                       now.wall, main.route(), nullptr, std::nullopt};
    bool all = true;
    for (auto* place : {&main, pro}) {
        if (place == nullptr || place->group == nullptr || pending.closed.contains(place->group->number())) continue;
        const auto number = place->group->number();
        trading::decide_exit(input, place->route(), place == &main ? trading::Via::main : trading::Via::pro, decision_);
        const bool final = act_on(now, pending, strategy, *place);
        if (final) pending.closed.insert(number);
        all = all && final;
    }
    return all;
}

LiveEntry Trader::entry_of(Now now, const Pending& pending, const Strategy& strategy, const LiveGroup* group) const {
    auto entry = make_entry(decision_, pending.signal, now.wall);
    entry.id = pending.decision;
    entry.signal_number = pending.number;
    entry.strategy = pending.strategy;
    entry.strategy_name = strategy.name();
    entry.paper = strategy.settings.paper;
    if (group != nullptr) {
        entry.group = group->number();
        entry.group_state = trading::to_string(group->facts().state);
    }
    return entry;
}

void Trader::keep_entry(LiveEntry& entry, bool final) {
    auto stored = to_stored(entry);
    auto kept = setup_.store.save(stored, final);
    if (!kept) return setup_.listener.on_trouble(kept.error());
    stored.id = entry.id = *kept;
    setup_.listener.on_decision(stored);
}

bool Trader::act_on(Now now, Pending& pending, const Strategy& strategy, Place& place) {
    switch (decision_.outcome) {
        case Outcome::opened:
            if (!prepared(now, place, strategy, *market::Symbol::parse(pending.signal.pair))) return false;
            open_group(now, pending, strategy, place, entry_of(now, pending, strategy, nullptr));
            return true;
        case Outcome::added: add_to_group(now, *place.group, entry_of(now, pending, strategy, place.group)); return true;
        case Outcome::closed: {
            auto* group = decision_.closes_opposite ? place.opposite : place.group;
            auto entry = entry_of(now, pending, strategy, group);
            keep_entry(entry, true);
            if (auto closing = close(now, group->number(), decision_.closes_opposite ? "opposite_signal" : "exit_signal"); !closing) setup_.listener.on_trouble(closing.error());
            return true;
        }
        case Outcome::blocked: {
            auto entry = entry_of(now, pending, strategy, place.group);
            keep_entry(entry, true);
            return true;
        }
        case Outcome::waiting: {
            auto entry = entry_of(now, pending, strategy, place.group);
            if (entry.primary == pending.told) return false;
            pending.told = entry.primary;
            keep_entry(entry, false);
            pending.decision = entry.id;
            return false;
        }
    }
    return true;
}

bool Trader::prepared(Now now, Place& place, const Strategy& strategy, const market::Symbol& symbol) {
    if (!symbol.is_futures()) return true;
    const auto leverage = strategy.rules.shape.leverage;
    const FuturesSetup::Wanted wanted{place.connection->account.connection, symbol, strategy.settings.futures.margin_mode,
                                      leverage.is_whole() ? static_cast<std::int64_t>(leverage.mantissa()) : 1};
    auto& setup = prepared_[{wanted.connection, symbol}];
    if (setup && setup->wanted().leverage == wanted.leverage && setup->wanted().margin_mode == wanted.margin_mode) {
        if (setup->state() == FuturesSetup::State::ready) return true;
        if (setup->state() == FuturesSetup::State::running) return false;
    }
    setup = std::make_unique<FuturesSetup>(orders_.caller(), wanted);
    setup->start(now);
    orders_.caller().pump(now);
    return false;
}

void Trader::open_group(Now now, const Pending& pending, const Strategy& strategy, const Place& place, LiveEntry entry) {
    GroupTerms terms;
    terms.number = last_group_ + 1;
    terms.strategy = strategy.id;
    terms.connection = place.connection->account.connection;
    terms.symbol = *market::Symbol::parse(pending.signal.pair);
    terms.direction = pending.signal.direction;
    terms.via = decision_.via;
    terms.opened_at = now.wall;
    terms.signal = pending.number;
    terms.settings = strategy.settings;
    terms.base_order = decision_.order_size;
    terms.equity = place.account.equity;
    terms.fees = place.fees;
    terms.limits = place.market->limits;
    if (terms.symbol.is_futures()) {
        const auto& setup = *prepared_.at({terms.connection, terms.symbol});
        terms.leverage = setup.wanted().leverage;
        terms.position_mode = setup.position_mode();
    }
    orders_.append(kGroupOpened, to_record(terms));
    auto& group = adopt(std::move(terms));
    const auto order = orders_.submit(now, group.plan(Leg{Leg::Kind::entry}, *decision_.order));
    group.add_order(order);
    group.rebuild();
    entry.group = group.number();
    entry.group_state = trading::to_string(group.facts().state);
    keep_entry(entry, true);
    entries_.emplace(order, std::move(entry));
    refresh(now, group);
}

void Trader::add_to_group(Now now, LiveGroup& group, LiveEntry entry) {
    const auto& facts = group.facts();
    const Leg leg = decision_.is_recovery_add_on ? Leg{Leg::Kind::recovery_add_on, facts.recovery_add_ons + 1, 0} : Leg{Leg::Kind::add_on, facts.add_ons + 1, decision_.used_zone};
    const auto order = orders_.submit(now, group.plan(leg, *decision_.order));
    group.add_order(order);
    group.rebuild();
    keep_entry(entry, true);
    entries_.emplace(order, std::move(entry));
    refresh(now, group);
}

}  // namespace bf::engine

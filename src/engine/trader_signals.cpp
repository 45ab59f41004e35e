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
    pending.decision = stored.decision;
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
                         own_instrument ? *own_instrument : market != nullptr && market->instrument ? *market->instrument : kNoInstrument, quote, fees, account,
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
    for (const auto order_number : entering_) {
        const auto* order = orders_.find(order_number);
        if (order == nullptr || order->finished() || order->stage() == Stage::open || order->plan().connection != id) continue;
        const auto notional = order->working() * order->plan().price.value_or(Decimal{});
        const auto fees = fees_of(id, order->plan().symbol, strategy.rules.fees);
        const auto margin = trading::margin_needed(connection.account.market, notional, Decimal{order->plan().leverage.value_or(1)}, fees.taker);
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
    place.market = market_of(connection->account.venue(), *symbol);
    place.fees = fees_of(connection->account.connection, *symbol, strategy.rules.fees);
    if (symbol->is_futures() && place.market != nullptr && place.market->instrument && !tiers_hold_for(*connection)) {
        place.own_instrument = place.market->instrument;
        place.own_instrument->risk_tiers.clear();
    }
    const auto* wallet = wallet_of(connection->account.connection);
    const bool money = wallet != nullptr && wallet->balances_at && (!symbol->is_futures() || wallet->positions_at);
    place.is_known = money && place.market != nullptr && place.market->instrument && place.market->quote;
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
        if (!which(*pending_[i]) || !consider(now, *pending_[i])) {
            ++i;
            continue;
        }
        decided_.push_back(std::move(pending_[i]));
        pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
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
    trading::DecisionInput input{.signal = pending.signal, .rules = asked.rules, .strategy_id = asked.id, .well_formed = pending.malformed.empty(),
                                 .malformed = pending.malformed, .seen_before = pending.seen_before, .strategy_enabled = asked.enabled,
                                 .mode = mode_for(asked, connection), .now = now.wall, .main = main.route(), .pro = pro_route ? &*pro_route : nullptr,
                                 .last_candle = main.market != nullptr ? main.market->last_candle : std::nullopt, .held = held_};
    trading::decide(input, decision_);
    // What the user set for the PRO connection holds there, too.
    if (const auto mode = pro ? mode_for(asked, pro->connection) : input.mode; decision_.via == trading::Via::pro && mode > input.mode) {
        input.mode = mode;
        trading::decide(input, decision_);
    }
    auto& place = decision_.via == trading::Via::pro && pro ? *pro : main;
    if (!place.is_known) decision_.await_facts();
    if (place.group != nullptr && pending.signal.kind != trading::SignalKind::exit && !pending.seen_before) {
        if (decision_.find(trading::Code::addon_worsens_average) != nullptr && pending.decision == 0)
            place.group->care().worsening.note(decision_.failed(trading::Code::addon_worsens_average), now.wall);
    }
    return act_on(now, pending, asked, place);
}

bool Trader::consider_exit(Now now, Pending& pending, const Strategy& strategy, Place& main, Place* pro) {
    const trading::DecisionInput input{.signal = pending.signal, .rules = strategy.rules, .strategy_id = strategy.id, .strategy_enabled = strategy.enabled,
                                       .mode = mode_for(strategy, main.connection), .now = now.wall, .main = main.route(), .held = held_};
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

// --- the LIVE list

LiveEntry Trader::entry_of(const trading::Decision& decision, const Pending& pending, Instant at) const {
    auto entry = make_entry(decision, pending.signal, at);
    entry.id = pending.decision;
    entry.signal_number = pending.number;
    entry.strategy = pending.strategy;
    return entry;
}

void Trader::keep_entry(LiveEntry& entry, bool final) {
    auto stored = to_stored(entry);
    auto kept = setup_.store.save(stored, final);
    if (!kept) return setup_.listener.on_trouble(kept.error());
    stored.id = entry.id = *kept;
    setup_.listener.on_decision(stored);
}

void Trader::draft(Now now, const Pending& pending, const Strategy& strategy, const LiveGroup* group, OrderNumber order) {
    auto& draft = drafts_.emplace_back(Draft{decision_, &pending, now.wall, strategy.name(), strategy.settings.paper});
    draft.order = order;
    if (group == nullptr) return;
    draft.group = group->number();
    draft.group_state = trading::to_string(group->facts().state);
}

void Trader::keep_draft(Draft& draft) {
    auto entry = entry_of(draft.decision, *draft.pending, draft.at);
    entry.strategy_name = draft.strategy_name;
    entry.paper = draft.paper;
    entry.group = draft.group;
    entry.group_state = draft.group_state;
    // What it did is in the journal, and settles the signal from there.
    const bool acts = draft.decision.outcome == Outcome::opened || draft.decision.outcome == Outcome::added || draft.decision.outcome == Outcome::closed;
    keep_entry(entry, !acts);
    if (entering_.contains(draft.order)) entries_.emplace(draft.order, std::move(entry));
}

void Trader::write_up() {
    while (!drafts_.empty()) {
        auto drafts = std::exchange(drafts_, {});
        for (auto& one : drafts) keep_draft(one);
    }
    decided_.clear();
}

bool Trader::settle(std::int64_t signal) {
    auto settled = setup_.store.settle(signal);
    if (!settled) setup_.listener.on_trouble(settled.error());
    return settled.has_value();
}

bool Trader::act_on(Now now, Pending& pending, const Strategy& strategy, Place& place) {
    switch (decision_.outcome) {
        case Outcome::opened:
            if (!prepared(now, place, strategy, *market::Symbol::parse(pending.signal.pair))) return false;
            open_group(now, pending, strategy, place);
            return true;
        case Outcome::added: add_to_group(now, pending, strategy, *place.group); return true;
        case Outcome::closed: {
            auto* group = decision_.closes_opposite ? place.opposite : place.group;
            draft(now, pending, strategy, group, 0);
            if (auto closing = close(now, group->number(), decision_.closes_opposite ? "opposite_signal" : "exit_signal"); !closing) setup_.listener.on_trouble(closing.error());
            settle_later(pending.number, 0);
            return true;
        }
        case Outcome::blocked: draft(now, pending, strategy, place.group, 0); return true;
        case Outcome::waiting: {
            const std::string_view primary = decision_.primary ? trading::to_string(*decision_.primary) : std::string_view{};
            if (primary == pending.told) return false;
            pending.told = primary;
            auto entry = entry_of(decision_, pending, now.wall);
            entry.strategy_name = strategy.name();
            entry.paper = strategy.settings.paper;
            if (place.group != nullptr) {
                entry.group = place.group->number();
                entry.group_state = trading::to_string(place.group->facts().state);
            }
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

void Trader::open_group(Now now, const Pending& pending, const Strategy& strategy, const Place& place) {
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
    send_entry(now, pending, strategy, adopt(std::move(terms)), Leg{Leg::Kind::entry});
}

void Trader::add_to_group(Now now, const Pending& pending, const Strategy& strategy, LiveGroup& group) {
    const auto& facts = group.facts();
    const Leg leg = decision_.is_recovery_add_on ? Leg{Leg::Kind::recovery_add_on, facts.recovery_add_ons + 1, 0} : Leg{Leg::Kind::add_on, facts.add_ons + 1, decision_.used_zone};
    send_entry(now, pending, strategy, group, leg);
}

void Trader::send_entry(Now now, const Pending& pending, const Strategy& strategy, LiveGroup& group, Leg leg) {
    // Before the intent: one that is durable has its signal with it, and a restart does not act on that again.
    orders_.append(kSignalActed, to_record(SignalActed{pending.number, orders_.last_number() + 1}));
    const auto order = orders_.submit(now, group.plan(leg, *decision_.order));
    group.add_order(order);
    group.rebuild();
    entering_.insert(order);
    draft(now, pending, strategy, &group, order);
    settle_later(pending.number, order);
    refresh(now, group);
}

}  // namespace bf::engine

#include "engine/trader_parts.hpp"
#include "wire/json.hpp"

namespace bf::engine {

using trading::Outcome;

namespace {

void write_fault(wire::JsonWriter& out, const std::optional<trading::FieldError>& error) {
    if (!error) return static_cast<void>(out.null());
    out.begin_object().member("field", error->field).member("fault", trading::to_string(error->fault)).key("about").begin_array();
    for (const auto& one : error->about) out.text(one);
    out.end_array().end_object();
}

std::optional<trading::FieldError> read_fault(wire::JsonValue json) {
    // An earlier version kept the sentence; an empty one said that nothing was wrong.
    if (const auto sentence = json.text()) return sentence->empty() ? std::nullopt : std::optional{trading::FieldError{{}, trading::Fault::stored_unreadable}};
    if (!json.is_object()) return std::nullopt;
    const auto fault = trading::parse_fault(json["fault"].text().value_or(""));
    if (!fault) return trading::FieldError{{}, trading::Fault::stored_unreadable};
    trading::FieldError error{std::string{json["field"].text().value_or("")}, *fault, {}};
    for (std::size_t i = 0; i < json["about"].size(); ++i) error.about.emplace_back(json["about"].at(i).text().value_or(""));
    return error;
}

}  // namespace

ports::StoredSignal to_stored(const trading::Signal& signal, const std::string& strategy, const std::optional<trading::FieldError>& malformed, bool token_known, Instant at) {
    ports::StoredSignal stored{0, strategy, at, !malformed && token_known ? trading::duplicate_key(signal) : std::string{}, {}};
    wire::JsonWriter out{stored.document};
    out.begin_object().member("id", signal.id).member("strategy", signal.strategy).member("pair", signal.pair);
    out.member("direction", market::to_string(signal.direction)).member("kind", trading::to_string(signal.kind)).member("source", trading::to_string(signal.source));
    out.member("time", signal.time.ms());
    if (signal.bar_time) out.member("bar_time", signal.bar_time->ms());
    if (signal.max_lag) out.member("max_lag_s", signal.max_lag->count());
    if (signal.price) out.member("price", *signal.price);
    if (signal.group != 0) out.member("group", static_cast<std::int64_t>(signal.group));
    out.member("tag", signal.tag).key("malformed");
    write_fault(out, malformed);
    out.member("token_known", token_known).end_object();
    return stored;
}

Trader::Pending Trader::pending_of(const ports::StoredSignal& stored) {
    Pending pending;
    pending.number = stored.id;
    pending.strategy = stored.strategy;
    pending.received = stored.at;
    pending.decision = stored.decision;
    const auto json = wire::Json::parse(stored.document);
    const auto direction = json ? market::parse<market::PositionSide>((*json)["direction"].text().value_or("")) : std::nullopt;
    if (!json || !direction) {
        pending.malformed = trading::FieldError{{}, trading::Fault::stored_unreadable};
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
    signal.group = static_cast<std::uint64_t>((*json)["group"].integer().value_or(0));
    signal.tag = (*json)["tag"].text().value_or("");
    pending.malformed = read_fault((*json)["malformed"]);
    pending.token_known = (*json)["token_known"].boolean().value_or(true);
    if (auto symbol = market::Symbol::parse(signal.pair)) pending.symbol = std::move(*symbol);
    return pending;
}

// --- intake

Result<std::int64_t> Trader::receive(Now now, const Strategy& strategy, trading::Signal signal) {
    Pending pending;
    pending.strategy = strategy.id;
    pending.received = now.wall;
    pending.signal = std::move(signal);
    if (auto symbol = market::Symbol::parse(pending.signal.pair)) pending.symbol = std::move(*symbol);
    const auto stored = to_stored(pending.signal, strategy.id, {}, true, now.wall);
    BF_TRY(pending.number, setup_.store.add_signal(stored));
    BF_TRY(pending.seen_before, setup_.store.has_signal(strategy.id, stored.key, now.wall - trading::kDuplicateMemory, pending.number));
    if (const auto found = strategies_.find(strategy.id); found != strategies_.end()) found->second.last_signal_at = now.wall;
    const auto number = pending.number;
    pending_.push_back(std::make_unique<Pending>(std::move(pending)));
    return number;
}

Result<std::int64_t> Trader::receive_malformed(Now now, const Strategy& strategy, trading::FieldError why) {
    Pending pending;
    pending.malformed = std::move(why);
    return record(now, strategy, std::move(pending));
}

Result<std::int64_t> Trader::receive_unauthentic(Now now, const Strategy& strategy) {
    Pending pending;
    pending.token_known = false;
    return record(now, strategy, std::move(pending));
}

Result<std::int64_t> Trader::record(Now now, const Strategy& strategy, Pending pending) {
    pending.strategy = strategy.id;
    pending.received = now.wall;
    pending.signal.strategy = strategy.id;
    pending.signal.time = now.wall;
    BF_TRY(pending.number, setup_.store.add_signal(to_stored(pending.signal, strategy.id, pending.malformed, pending.token_known, now.wall)));
    const auto number = pending.number;
    pending_.push_back(std::make_unique<Pending>(std::move(pending)));
    return number;
}

// --- deciding

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
    auto basis = basis_of(now, pending);
    if (!pending.malformed && pending.signal.kind == trading::SignalKind::exit && find_strategy(pending.strategy) != nullptr && !pending.seen_before) {
        auto elsewhere = places_elsewhere(now, pending, basis);
        if (basis.main.group != nullptr || (basis.pro && basis.pro->group != nullptr) || !elsewhere.empty()) return consider_exit(now, pending, basis, std::move(elsewhere));
    }
    basis.decide(trading::Detail::decided, decision_);
    auto& place = decision_.via == trading::Via::pro && basis.pro ? *basis.pro : basis.main;
    if (place.group != nullptr && pending.signal.kind != trading::SignalKind::exit && !pending.seen_before && decision_.worsens && pending.decision == 0)
        place.group->care().worsening.note(*decision_.worsens, now.wall);
    return act_on(now, pending, basis, place);
}

bool Trader::consider_exit(Now now, Pending& pending, Basis& basis, std::vector<Place> elsewhere) {
    bool all = true;
    const auto consider_at = [&](Place place, trading::Via via) {
        const auto number = place.group->number();
        if (pending.closed.contains(number)) return;
        Basis one = basis;
        one.main = std::move(place);
        one.pro.reset();
        one.exits = via;
        one.decide(trading::Detail::decided, decision_);
        const bool final = act_on(now, pending, one, one.main);
        if (final) pending.closed.insert(number);
        all = all && final;
    };
    if (basis.main.group != nullptr) consider_at(basis.main, trading::Via::main);
    if (basis.pro && basis.pro->group != nullptr) consider_at(*basis.pro, trading::Via::pro);
    for (auto& place : elsewhere) {
        const auto via = place.group->terms().via;
        consider_at(std::move(place), via);
    }
    return all;
}

std::vector<Trader::Place> Trader::places_elsewhere(Now now, const Pending& pending, const Basis& basis) {
    std::vector<Place> places;
    if (!pending.symbol) return places;
    for (const auto& [id, connection] : connections_) {
        if (&connection == basis.main.connection || (basis.pro && &connection == basis.pro->connection)) continue;
        const auto found = open_.find({id, *pending.symbol, pending.signal.direction});
        if (found != open_.end() && groups_.at(found->second)->terms().strategy == pending.strategy) places.push_back(place_of(now, *basis.strategy, &connection, pending.signal));
    }
    return places;
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
    stored.id = entry.id = history_.keep(stored, final);
    setup_.listener.on_decision(stored);
}

void Trader::draft(Basis& basis, const LiveGroup* group, OrderNumber order) {
    basis.keep();
    auto& draft = drafts_.emplace_back(Draft{std::make_unique<Basis>(std::move(basis))});
    draft.strategy_name = draft.basis->strategy->name();
    draft.paper = draft.basis->strategy->settings.paper;
    draft.order = order;
    if (group == nullptr) return;
    draft.group = group->number();
    draft.group_state = trading::to_string(group->facts().state);
}

void Trader::keep_draft(Draft& draft) {
    draft.basis->decide(trading::Detail::told, told_);
    auto entry = entry_of(told_, *draft.basis->pending, draft.basis->at);
    entry.strategy_name = draft.strategy_name;
    entry.paper = draft.paper;
    entry.group = draft.group;
    entry.group_state = draft.group_state;
    // What it did is in the journal, and settles the signal from there.
    const bool acts = told_.outcome == Outcome::opened || told_.outcome == Outcome::added || told_.outcome == Outcome::closed;
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
    if (history_.has_decision_of(signal)) return false;
    auto settled = setup_.store.settle(signal);
    if (!settled) setup_.listener.on_trouble(settled.error());
    return settled.has_value();
}

void Trader::settle_durable() {
    // One that could not be kept is tried again: a checkpoint would forget that it was acted on.
    for (auto one = settling_.begin(); one != settling_.end() && one->append <= durable_;) {
        if (history_.has_decision_of(one->signal)) {
            ++one;
            continue;
        }
        if (!settle(one->signal)) return;
        one = settling_.erase(one);
    }
}

void Trader::keep_history(Now now) {
    const auto waited = history_.unkept().decisions;
    history_.tick(now);
    // Their signals were not settled before.
    if (history_.unkept().decisions < waited) settle_durable();
    if (history_.lost_anew())
        alarm(now, Severity::warning, "HISTORY_INCOMPLETE",
              "The database has taken nothing for so long that no more can wait in memory: decisions, the oldest first, and after those closed groups are missing from the history. Trading goes on. "
              "Of the groups what the journal still knows is written at the next start.",
              "De database heeft zo lang niets opgenomen dat er niets meer in het geheugen kan wachten: beslissingen, de oudste eerst, en daarna gesloten groepen ontbreken in de geschiedenis. De handel gaat door. "
              "Van de groepen wordt bij de volgende start geschreven wat het journaal nog weet.", {}, 0);
}

bool Trader::act_on(Now now, Pending& pending, Basis& basis, Place& place) {
    const auto& strategy = *basis.strategy;
    switch (decision_.outcome) {
        case Outcome::opened:
            if (!has_room(now, pending, place)) return false;
            if (!prepared(now, place, strategy, *market::Symbol::parse(pending.signal.pair))) return false;
            open_group(now, basis, place);
            return true;
        case Outcome::added:
            if (!has_room(now, pending, place)) return false;
            add_to_group(now, basis, *place.group);
            return true;
        case Outcome::closed: {
            auto* group = decision_.closes_opposite ? place.opposite : place.group;
            const auto* reason = decision_.closes_opposite ? "opposite_signal" : "exit_signal";
            draft(basis, group, 0);
            if (now.wall - pending.received >= trading::kPriceAwaited && now.wall - place.quote.confirmed_at > trading::kPriceAge) group->no_price_came();
            if (auto closing = close(now, group->number(), reason); !closing) setup_.listener.on_trouble(closing.error());
            settle_later(pending.number, 0);
            return true;
        }
        case Outcome::blocked:
            if (place.group != nullptr && decision_.failed(trading::Code::policy_denied) && decision_.find(trading::Code::policy_denied)->rule >= trading::UseRule::hour)
                place.group->care().zone_again = now.steady + kUsedUpAgain;
            draft(basis, place.group, 0);
            return true;
        case Outcome::waiting: {
            const std::string_view primary = decision_.primary ? trading::to_string(*decision_.primary) : std::string_view{};
            if (primary == pending.told) return false;
            pending.told = primary;
            basis.decide(trading::Detail::told, told_);
            auto entry = entry_of(told_, pending, now.wall);
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

FuturesSetup::Wanted Trader::wanted_setup(const Strategy& strategy, const std::string& connection, const market::Symbol& symbol) {
    const auto leverage = strategy.rules.shape.leverage;
    return {connection, symbol, strategy.settings.futures.margin_mode, leverage.is_whole() ? static_cast<std::int64_t>(leverage.mantissa()) : 1};
}

const FuturesSetup* Trader::setup_of(Now now, const FuturesSetup::Wanted& wanted) const {
    const auto found = prepared_.find({wanted.connection, wanted.symbol});
    if (found == prepared_.end()) return nullptr;
    const auto& setup = *found->second;
    if (setup.wanted().leverage != wanted.leverage || setup.wanted().margin_mode != wanted.margin_mode) return nullptr;
    if (setup.state() == FuturesSetup::State::running) return &setup;
    return now.steady - setup.ended_at() < (setup.was_unanswered() ? kPrepareAgain : kPreparedFor) ? &setup : nullptr;
}

bool Trader::prepared(Now now, Place& place, const Strategy& strategy, const market::Symbol& symbol) {
    if (!symbol.is_futures()) return true;
    const auto wanted = wanted_setup(strategy, place.connection->account.connection, symbol);
    if (const auto* setup = setup_of(now, wanted)) return setup->state() == FuturesSetup::State::ready;
    auto& setup = prepared_[{wanted.connection, symbol}];
    // Another strategy's wish is being looked at: one after the other.
    if (setup && setup->state() == FuturesSetup::State::running) return false;
    setup = std::make_unique<FuturesSetup>(orders_.caller(), wanted);
    setup->start(now);
    orders_.caller().pump(now);
    return false;
}

/// As the signer counts it: at the dearer of the order's own price and the price of the moment.
Decimal Trader::worth_of(const trading::OrderPlan& order, const trading::Quote& quote) {
    const auto worth = Decimal::product(order.quantity, std::max({order.price, quote.bid, quote.ask}), Rounding::up);
    return worth.value_or(Decimal{});
}

bool Trader::has_room(Now now, Pending& pending, const Place& place) {
    const auto& connection = place.connection->account.connection;
    if (limits_.has_room(now, connection, *pending.symbol, worth_of(*decision_.order, place.quote))) return true;
    if (!pending.room_asked) {
        pending.room_asked = now.steady;
        room_awaited_ = true;
        setup_.listener.on_limits_wanted(connection);
        return false;
    }
    // Told anew, this decision was made by it, and what was ordered since is for the signer to judge, as is all of it when nobody answers.
    return limits_.told_since(connection, *pending.room_asked) || now.steady - *pending.room_asked >= kUseAskedFor;
}

void Trader::on_limits(Now now, const std::string& connection, const ports::LimitState& state) {
    limits_.told(now, connection, state);
    if (!std::exchange(room_awaited_, false)) return;
    consider_all(now);
    work_off(now);
}

void Trader::open_group(Now now, Basis& basis, const Place& place) {
    const auto& pending = *basis.pending;
    const auto& strategy = *basis.strategy;
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
        // The next group's are read anew: meanwhile the user may have set them otherwise.
        const auto setup = prepared_.extract({terms.connection, terms.symbol});
        terms.leverage = setup.mapped()->wanted().leverage;
        terms.position_mode = setup.mapped()->position_mode();
    }
    orders_.append(kGroupOpened, to_record(terms));
    send_entry(now, basis, adopt(std::move(terms)), Leg{Leg::Kind::entry});
}

void Trader::add_to_group(Now now, Basis& basis, LiveGroup& group) {
    const auto& facts = group.facts();
    const Leg leg = decision_.is_recovery_add_on ? Leg{Leg::Kind::recovery_add_on, facts.recovery_add_ons + 1, 0} : Leg{Leg::Kind::add_on, facts.add_ons + 1, decision_.used_zone};
    send_entry(now, basis, group, leg);
}

void Trader::send_entry(Now now, Basis& basis, LiveGroup& group, Leg leg) {
    const auto signal = basis.pending->number;
    // Before the intent: one that is durable has its signal with it, and a restart does not act on that again.
    orders_.append(kSignalActed, to_record(SignalActed{signal, orders_.last_number() + 1}));
    const auto order = orders_.submit(now, group.plan(leg, *decision_.order));
    limits_.ordered(group.terms().connection, group.terms().symbol.quote, worth_of(*decision_.order, basis.main.quote));
    group.add_order(order);
    group.rebuild();
    entering_.insert(order);
    draft(basis, &group, order);
    settle_later(signal, order);
    refresh(now, group);
}

}  // namespace bf::engine

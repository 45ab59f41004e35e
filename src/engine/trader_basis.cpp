// What a decision is made from: the strategy, and each connection as it stands.
#include "engine/paper_name.hpp"
#include "engine/trader_parts.hpp"

#include "trading/ladder.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

const trading::ConnectionFacts kNoConnection{};
/// Of a pair nothing is known about: it can't be traded, and its steps divide nothing by zero.
const trading::InstrumentFacts kNoInstrument = [] {
    trading::InstrumentFacts facts;
    facts.price_step = facts.quantity_step = Decimal{1};
    facts.tradable = false;
    return facts;
}();

}  // namespace

trading::Route Trader::Place::route() const {
    trading::Route route{own_facts ? *own_facts : connection != nullptr ? connection->facts : kNoConnection,
                         own_instrument ? *own_instrument : market != nullptr && market->instrument ? *market->instrument : kNoInstrument, quote, fees, account,
                         group_facts ? &*group_facts : nullptr, opposite_facts ? &*opposite_facts : nullptr, closed_at, leverage};
    if (route.leverage && not_set) route.leverage->refused = &*not_set;
    route.use = use;
    route.priced = priced;
    route.tiers_required = connection != nullptr && connection->account.market == market::Market::futures;
    return route;
}

trading::AccountFacts Trader::account_facts(const Strategy& strategy, const ConnectionState& connection, const market::Symbol& symbol, const LiveGroup* group) const {
    trading::AccountFacts facts;
    const auto& id = connection.account.connection;
    const auto& asset = money_of(symbol);
    if (const auto* wallet = wallet_of(id))
        if (const auto money = wallet->assets.find(asset); money != wallet->assets.end()) facts.free = money->second.free;
    // What is on its way is not in the exchange's figures yet.
    for (const auto order_number : entering_) {
        const auto* order = orders_.find(order_number);
        if (order == nullptr || order->finished() || order->stage() == Stage::open || order->plan().connection != id || money_of(order->plan().symbol) != asset) continue;
        const auto notional = order->working() * order->plan().price.value_or(Decimal{});
        const auto fees = fees_of(id, order->plan().symbol, strategy.rules.fees);
        const auto margin = trading::margin_needed(connection.account.market, notional, Decimal{order->plan().leverage.value_or(1)}, fees.taker);
        if (margin.known()) facts.free -= margin.value();
    }
    facts.equity = equity_of(connection, asset).value_or(facts.free);
    const auto sums = capital_.of_connection(id, asset);
    facts.used = sums.used;
    facts.reserved = sums.reserved - (group != nullptr ? capital_.of_group(group->number()).reserved : Decimal{});
    facts.open_groups = sums.groups;
    facts.strategy_used = capital_.of_strategy(strategy.id, asset).used;
    if (const auto* brake = brake_of(connection, asset, strategy.rules.protection)) facts.brake = brake->active();
    return facts;
}

Trader::Place Trader::place_of(Now now, const Strategy& strategy, const ConnectionState* connection, const trading::Signal& signal) {
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
    place.priced = place.market != nullptr && place.market->quote;
    if (place.priced) place.quote = *place.market->quote;
    // Connections of one wallet share its coins and positions: a group of any of them is in the way on all.
    const auto group_at = [&](trading::Direction direction, std::optional<trading::Group>& facts) -> LiveGroup* {
        LiveGroup* there = nullptr;
        each_of_wallet(connection->account.connection, [&](const std::string& id) {
            const auto found = there == nullptr ? open_.find({id, *symbol, direction}) : open_.end();
            if (found == open_.end()) return;
            there = groups_.at(found->second).get();
            facts = there->facts();
            facts->of_other_strategy = there->terms().strategy != strategy.id || id != connection->account.connection;
        });
        return there;
    };
    place.group = group_at(signal.direction, place.group_facts);
    if (!place.priced && place.group != nullptr && !place.group->facts().books.empty()) {
        const auto& last = place.group->facts().books.last_price();
        place.quote = {last, last, last, {}, {}};
    }
    place.opposite = group_at(signal.direction == trading::Direction::long_side ? trading::Direction::short_side : trading::Direction::long_side, place.opposite_facts);
    place.account = account_facts(strategy, *connection, *symbol, place.group);
    // One that closed while the clock was ahead closed now, or a pause of a minute would be one of days.
    if (const auto closed = closed_at_.find({connection->account.connection, *symbol}); closed != closed_at_.end())
        place.closed_at = closed->second = std::min(closed->second, now.wall);
    const auto* setup = symbol->is_futures() && place.group == nullptr ? setup_of(now, wanted_setup(strategy, connection->account.connection, *symbol)) : nullptr;
    if (setup != nullptr && setup->state() == FuturesSetup::State::failed) {
        if (setup->was_unanswered()) {
            place.own_facts = connection->facts;
            place.own_facts->answers = false;
        } else if (setup->position_mode() == market::PositionMode::hedge) {
            place.leverage = trading::LeverageFacts{.leverage = strategy.rules.shape.leverage, .position_mode = market::PositionMode::hedge};
        } else {
            place.leverage = trading::LeverageFacts{Decimal{0}};
            place.not_set = trading::Said{words_of(setup->refusal(), exchange::Language::en), words_of(setup->refusal(), exchange::Language::nl)};
        }
    }
    const auto& id = connection->account.connection;
    if (is_paper(id)) return place;
    place.use = limits_.of(now, id, *symbol);
    if (limits_.frozen(now, id)) {
        if (!place.own_facts) place.own_facts = connection->facts;
        place.own_facts->frozen = true;
    }
    return place;
}

trading::Mode Trader::mode_for(const Strategy& strategy, const ConnectionState* connection) const {
    const auto of_connection = connection == nullptr ? trading::Mode::normal : mode_of(connection->account.connection);
    return std::max({mode_, of_connection, strategy.mode}, [](trading::Mode a, trading::Mode b) { return static_cast<int>(a) < static_cast<int>(b); });
}

Trader::Basis Trader::basis_of(Now now, const Pending& pending) {
    const auto* strategy = find_strategy(pending.strategy);
    // Its strategy was removed meanwhile: decided by default, so that the signal ends as every signal does.
    static const Strategy kGone{};
    Basis basis;
    basis.pending = &pending;
    basis.strategy = strategy != nullptr ? strategy : &kGone;
    const auto* connection = account_of(basis.strategy->settings);
    basis.at = now.wall;
    basis.enabled = basis.strategy->enabled;
    basis.held = held_;
    basis.disk_low = !disk_.entries();
    basis.mode = basis.pro_mode = mode_for(*basis.strategy, connection);
    basis.main = place_of(now, *basis.strategy, connection, pending.signal);
    if (basis.main.market != nullptr) basis.last_candle = basis.main.market->last_candle;
    if (const auto* other = pro_beside(*basis.strategy, connection)) {
        basis.pro = place_of(now, *basis.strategy, other, pending.signal);
        basis.pro_mode = mode_for(*basis.strategy, other);
    }
    if (pending.signal.group != 0) basis.keep_to(pending.signal.group);
    return basis;
}

const ConnectionState* Trader::pro_beside(const Strategy& strategy, const ConnectionState* main) const {
    const auto* other = account_of(strategy.settings, true);
    if (other == nullptr || other == main) return nullptr;
    const bool same = main != nullptr && trading::compare_accounts(main->account_id, other->account_id) == trading::ProAccount::same;
    return same ? nullptr : other;
}

void Trader::Basis::keep_to(GroupNumber group) {
    const auto is_it = [group](const Place& place) { return place.group != nullptr && place.group->number() == group; };
    for_pro = pro && is_it(*pro);
    if (for_pro || is_it(main)) return;
    main.group = nullptr;
    main.group_facts.reset();
}

void Trader::Basis::decide(trading::Detail detail, trading::Decision& decision) const {
    std::optional<trading::Route> pro_route;
    if (pro) pro_route.emplace(pro->route());
    trading::DecisionInput input{.signal = pending->signal, .rules = own_rules ? *own_rules : strategy->rules, .strategy_id = own_rules ? own_id : strategy->id,
                                 .token_known = pending->token_known, .malformed = pending->malformed ? &*pending->malformed : nullptr,
                                 .seen_before = pending->seen_before,
                                 .strategy_enabled = enabled, .mode = mode, .now = at, .received = pending->received,
                                 .main = main.route(), .pro = pro_route ? &*pro_route : nullptr, .for_pro = for_pro,
                                 .last_candle = last_candle, .detail = is_known() ? detail : trading::Detail::told, .held = held,
                                 .disk_low = disk_low};
    if (exits) return trading::decide_exit(input, input.main, *exits, decision);
    trading::decide(input, decision);
    // What the user set for the PRO connection holds there, too.
    if (pro && decision.via == trading::Via::pro && pro_mode > mode) {
        input.mode = pro_mode;
        trading::decide(input, decision);
    }
    const auto& place = decision.via == trading::Via::pro && pro ? *pro : main;
    if (!place.is_known) decision.await_facts();
    hold_to_ladder(place, input.rules, decision);
}

void Trader::Basis::hold_to_ladder(const Place& place, const trading::Rules& rules, trading::Decision& decision) const {
    if (decision.outcome != trading::Outcome::opened || rules.market != market::Market::futures) return;
    const auto route = place.route();
    const auto direction = pending->signal.direction;
    const trading::LadderInput asked{rules, route.instrument, place.fees, direction, trading::entry_price(place.quote, direction), place.account.equity, std::nullopt};
    for (const auto& one : trading::make_ladder(asked).problems)
        if (one.code == trading::Code::ladder_liquidates_early) return decision.refuse(one.code, one.actual, one.limit);
}

void Trader::Basis::keep() {
    own_rules = strategy->rules;
    own_id = strategy->id;
    for (auto* place : {&main, pro ? &*pro : nullptr}) {
        if (place == nullptr) continue;
        if (!place->own_facts && place->connection != nullptr) place->own_facts = place->connection->facts;
        if (!place->own_instrument && place->market != nullptr) place->own_instrument = place->market->instrument;
    }
}

}  // namespace bf::engine

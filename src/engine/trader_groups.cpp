#include "engine/group_json.hpp"
#include "engine/paper_name.hpp"
#include "engine/trader_parts.hpp"
#include "trading/trend.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using What = GroupChange::What;
using trading::GroupState;

std::string name_of(trading::Trigger trigger) { return std::string{trading::to_string(trigger)}; }

/// Why, in English and in Dutch.
std::pair<std::string, std::string> words_of(trading::Trigger trigger) {
    switch (trigger) {
        case trading::Trigger::adverse_move: return {"the price has moved strongly against it", "de prijs is sterk tegen haar in bewogen"};
        case trading::Trigger::add_ons_used: return {"its add-ons are used up, and it stands at a loss", "haar bijkopen zijn op, en ze staat op verlies"};
        case trading::Trigger::margin_used: return {"much of its margin is used, and it stands at a loss", "een groot deel van haar marge is gebruikt, en ze staat op verlies"};
        case trading::Trigger::worsening: return {"signals kept asking for add-ons that would worsen its average", "signalen bleven vragen om een bijkoop die haar gemiddelde zou verslechteren"};
        case trading::Trigger::uncertain: return {"the market is uncertain", "de markt is onzeker"};
        case trading::Trigger::user: return {"you put it there", "jij hebt haar daarin gezet"};
    }
    return {};
}

/// What the trigger looked at and its limit, as text.
std::pair<std::string, std::string> figures_of_trigger(trading::Trigger trigger, const trading::TriggerFigures& figures, const trading::Thresholds& limits) {
    const auto text = [](const trading::Number& number) { return number.known() ? number.value().to_string() : std::string{}; };
    switch (trigger) {
        case trading::Trigger::adverse_move: return {text(figures.adverse_move), limits.adverse_move.to_string()};
        case trading::Trigger::add_ons_used: return {std::to_string(figures.used_add_ons), std::to_string(limits.add_ons)};
        case trading::Trigger::margin_used: return {text(figures.load), limits.margin_share.to_string()};
        case trading::Trigger::worsening: return {std::to_string(limits.worsening), std::to_string(limits.worsening)};
        case trading::Trigger::uncertain:
        case trading::Trigger::user: return {};
    }
    return {};
}

}  // namespace

const trading::Rules& Trader::rules_of(const LiveGroup& group) const {
    return group.care().strategy != nullptr ? group.care().strategy->rules : group.own_rules();
}

const trading::GeneratorSettings& Trader::generator_of(const LiveGroup& group) const {
    return group.care().strategy != nullptr ? group.care().strategy->settings.generator : group.terms().settings.generator;
}

trading::GroupFigures Trader::figures_of(const LiveGroup& group) const {
    Place place;
    place.connection = group.care().connection;
    place.market = group.care().market;
    place.fees = group.fees();
    const auto& last = group.facts().books.last_price();
    place.quote = place.market != nullptr && place.market->quote ? *place.market->quote : trading::Quote{last, last, last, {}, {}};
    return trading::figures_of(rules_of(group), group.facts(), place.route());
}

void Trader::change(Now now, LiveGroup& group, What what, std::vector<std::pair<std::string, std::string>> facts) {
    const GroupChange change{group.number(), what, now.wall, std::move(facts), group.changes().size() + 1};
    orders_.append(kGroupChanged, to_record(change));
    group.apply(change);
}

void Trader::refresh(Now now, LiveGroup& group) {
    if (group.is_over()) return;
    const bool in_range = group.rebuild();
    if (!in_range)
        alarm(now, Severity::critical, "BOOKS_OUT_OF_RANGE", "The figures of a group leave the range of amounts: look at it at the exchange.", "De cijfers van een groep vallen buiten het bereik van bedragen: bekijk hem op de exchange.", group.terms().connection, group.number());
    const auto* market = group.care().market;
    const auto* quote = market != nullptr && market->quote ? &*market->quote : nullptr;
    const auto* instrument = market != nullptr && market->instrument ? &*market->instrument : nullptr;
    if (!held_ && !group.orphaned() && group.stop_sold() && group.closing_why().empty()) {
        const auto symbol = group.terms().symbol.to_string();
        alarm(now, Severity::critical, "HARD_STOP", symbol + " reached its hard stop: the stop at the exchange sold.", symbol + " bereikte de harde stop: de stop op de exchange heeft verkocht.",
              group.terms().connection, group.number());
        if (auto closing = close(now, group.number(), "hard_stop"); !closing) setup_.listener.on_trouble(closing.error());
        return;
    }
    if (instrument != nullptr && market->limits.price_step.is_positive() && market->limits.quantity_step.is_positive()) group.keep_to(market->limits);
    const auto& protection = rules_of(group).protection;
    const bool steered = !held_ && !group.orphaned();
    if (!steered)
        group.look();
    else
        group.steer(now, quote, instrument, protection);
    follow_funding(now, group);
    count_worth(group);
    keep_wake(now, group);
    const auto left = group.left(instrument);
    if (left == LiveGroup::Left::too_small) tell_too_small(now, group);
    if (left == LiveGroup::Left::nothing) {
        const auto& fills = group.fills();
        const bool left_it = std::any_of(fills.begin(), fills.end(), [](const auto& fill) { return fill.exit; });
        const std::string by_itself = fills.empty()           ? std::string{group.care().entry_refused ? kRefused : kNotFilled}
                                      : !left_it              ? "dust"
                                      : group.adopted_last() ? "adopted"
                                      : group.recovery()     ? "recovery_exit"
                                                             : "take_profit";
        const auto reason = group.forced_last()             ? std::string{market::to_string(*group.forced_last())}
                            : group.closing_why().empty() ? by_itself
                                                          : group.closing_why();
        // What waits at the exchange could sell a later position: the group is over when its stop is known to have ended.
        const bool stopped = group.stop().live().empty();
        if (stopped && funding_told(group)) return end(now, group, reason);
        if (stopped && funding_overdue(now, group)) {
            const auto pair = group.terms().symbol.to_string();
            alarm(now, Severity::warning, "FUNDING_UNKNOWN", pair + ": the exchange could not be asked for the funding of the group's last hours. Its result lacks it.",
                  pair + ": de exchange kon niet naar de funding van de laatste uren van de groep worden gevraagd. Die ontbreekt in het resultaat.", group.terms().connection, group.number());
            return end(now, group, reason);
        }
        // Its last result is not known yet: until it is, it is being closed.
        awaiting_funding_.insert(group.number());
        if (group.closing_why().empty()) change(now, group, What::closing, {{"reason", reason}});
        if (!stopped && steered) {
            group.steer(now, quote, instrument, protection);
            keep_wake(now, group);
        }
    }
    const auto& rules = rules_of(group);
    const auto* connection = group.care().connection;
    const auto market_kind = group.is_futures() ? market::Market::futures : market::Market::spot;
    const auto& asset = money_of(group.terms().symbol);
    const auto equity = connection == nullptr ? group.terms().equity : equity_of(*connection, asset).value_or(group.terms().equity);
    const auto used = trading::margin_used(market_kind, group.facts(), group.fees().taker);
    const auto reserved = trading::still_reserved(rules, group.facts(), group.fees().taker, trading::equity_basis(equity, &group.facts()));
    capital_.set(group.number(), {group.terms().connection, group.terms().strategy, asset}, {used.decimal().value_or(equity), reserved.decimal().value_or(Decimal{})});
    setup_.listener.on_group(group);
}

void Trader::tell_too_small(Now now, LiveGroup& group) {
    const auto& limits = group.limits();
    const auto& changes = group.changes();
    const bool told = std::any_of(changes.begin(), changes.end(), [&limits](const auto& one) {
        return one.what == What::too_small && one.amount("min_quantity") == limits.min_quantity && one.amount("min_notional") == limits.min_notional;
    });
    if (told) return;
    const auto& symbol = group.terms().symbol;
    const auto held = group.there();
    change(now, group, What::too_small, {{"quantity", held.to_string()}, {"min_quantity", limits.min_quantity.to_string()}, {"min_notional", limits.min_notional.to_string()}});
    const auto* market = group.care().market;
    const auto value = market != nullptr && market->quote ? Decimal::product(held, market->quote->mark, Rounding::down) : std::nullopt;
    const auto worth = value ? value->to_fixed(2, Rounding::down) : std::string{};
    const auto pair = symbol.to_string();
    const auto minimum = (limits.min_quantity.is_positive() ? limits.min_quantity.to_string() + " " + symbol.base : std::string{}) +
                         (limits.min_quantity.is_positive() && limits.min_notional.is_positive() ? " / " : "") +
                         (limits.min_notional.is_positive() ? limits.min_notional.to_string() + " " + symbol.quote : std::string{});
    alarm(now, Severity::warning, "BELOW_MINIMUM",
          pair + ": the group holds " + held.to_string() + " " + symbol.base + (worth.empty() ? "" : ", worth " + worth + " " + symbol.quote) + ", and the exchange takes no order below " + minimum +
              " now. It can't be sold: it goes on by itself when the minimum falls or the price rises. It can also be sold at the exchange where that allows it, or let go.",
          pair + ": de groep heeft " + in_dutch(held.to_string()) + " " + symbol.base + (worth.empty() ? "" : ", waard " + in_dutch(worth) + " " + symbol.quote) + ", en de exchange neemt nu geen order onder " +
              in_dutch(minimum) + ". Ze is niet te verkopen: ze gaat vanzelf verder als het minimum daalt of de prijs stijgt. Ze kan ook op de exchange worden verkocht waar die dat toestaat, of worden losgelaten.",
          group.terms().connection, group.number());
}

void Trader::end(Now now, LiveGroup& group, const std::string& reason) {
    change(now, group, What::closed, {{"reason", reason}});
    const auto number = group.number();
    const auto& terms = group.terms();
    if (reason == "dust")
        alarm(now, Severity::warning, "DUST", "An entry of " + terms.symbol.to_string() + " filled so little that no order can carry it: it stays in the account and makes no group.",
              "Een eerste aankoop van " + terms.symbol.to_string() + " is zo weinig gevuld dat geen order het kan dragen: het blijft op de rekening en vormt geen groep.", terms.connection, number);
    if (!never_began(reason)) closed_at_[{terms.connection, terms.symbol}] = now.wall;
    history_.keep(closed_row(*this, group));
    unfollow_funding(group);
    forget(group);
    setup_.listener.on_group(group);
    tell_held(terms);
    group.orphaned() ? orders_.let_go(number) : orders_.forget(number);
    // Not here and now: whoever called us may still hold it.
    over_.push_back(std::move(groups_.at(number)));
    groups_.erase(number);
}

trading::RecoveryInput Trader::recovery_input(Now now, const LiveGroup& group, const trading::Quote& quote) {
    const auto& facts = group.facts();
    const auto& rules = rules_of(group);
    const auto& asset = money_of(group.terms().symbol);
    const auto* connection = rules.protection.group_limit_share ? group.care().connection : nullptr;
    auto equity = connection == nullptr ? std::nullopt : equity_of(*connection, asset);
    // Between a fill and the money that it cost or brought the account seems worth something else.
    if (equity && !is_settled(*connection, asset)) equity.reset();
    const auto worth = equity.value_or(facts.equity_at_start.value_or(Decimal{}));
    // How long a trigger holds is counted by the clock that never steps.
    const auto steady = Instant::from_ms(std::chrono::duration_cast<milliseconds>(now.steady).count());
    return trading::recovery_input(facts, rules, quote, group.fees().taker, worth, group.care().worsening.in_row(now.wall), market_uncertain(now, group), steady);
}

std::optional<bool> Trader::market_uncertain(Now now, const LiveGroup& group) const {
    const auto* market = group.care().market;
    if (market == nullptr || market->trends.empty()) return std::nullopt;
    const auto& numbers = generator_of(group);
    const auto news = std::find_if(market->trends.begin(), market->trends.end(), [&](const auto& one) { return one.key.has(numbers); });
    // What was true three candles ago and was not told again says nothing about now.
    if (news == market->trends.end() || now.wall - news->candle.open_time > 4 * trading::length_of(numbers.interval)) return std::nullopt;
    return group.is_long() ? news->uncertain_for_long : news->uncertain_for_short;
}

void Trader::evaluate(Now now, LiveGroup& group) {
    if (awaiting_funding_.contains(group.number())) return refresh(now, group);
    if (held_) return;
    tell_price_missed(now, group);
    const auto* market = group.care().market;
    if (market == nullptr || !market->quote || group.is_over() || group.facts().books.empty()) return;
    // A price nobody confirmed proves nothing.
    if (now.wall - market->quote->confirmed_at > trading::kPriceAge) return;
    const auto& rules = rules_of(group);
    const auto& terms = group.terms();
    const auto kind = group.is_futures() ? market::Market::futures : market::Market::spot;
    const auto& mark = trading::trigger_price(kind, *market->quote, terms.direction);
    const auto& instrument = market->instrument ? *market->instrument : group.own_instrument();
    if (group.closing_why().empty()) {
        if (const auto forced = trading::forced_close(group.facts(), rules.protection, mark, instrument)) return close_by_force(now, group, *forced, mark);
        group.care().stop_crossed.reset();
    }
    const auto outcome = group.watch().evaluate(recovery_input(now, group, *market->quote));
    if (outcome.step == trading::RecoveryStep::enter && group.facts().state == GroupState::active) {
        const auto trigger = outcome.trigger.value_or(trading::Trigger::user);
        const auto [actual, limit] = figures_of_trigger(trigger, outcome.figures, trading::thresholds(rules.protection, group.facts().shape));
        change(now, group, What::recovery, {{"trigger", name_of(trigger)}, {"actual", actual}, {"limit", limit}});
        const auto [english, dutch] = words_of(trigger);
        alarm(now, Severity::warning, "RECOVERY_MODE", terms.symbol.to_string() + " entered Recovery Mode: " + english + ". No normal add-ons any more, and its exit is brought nearer.",
              terms.symbol.to_string() + " is in Recovery Mode gegaan: " + dutch + ". Geen gewone bijkopen meer, en haar uitstap ligt dichterbij.", terms.connection, group.number());
        return refresh(now, group);
    }
    if (outcome.step == trading::RecoveryStep::release && group.facts().state == GroupState::recovery) {
        change(now, group, What::released, release_facts("itself", outcome.figures));
        return refresh(now, group);
    }
    ask_for_zone_add_on(now, group);
}

void Trader::tell_price_missed(Now now, LiveGroup& group) {
    auto& since = group.care().price_missed;
    if (group.is_over() || group.orphaned() || !group.exit().lacks_price()) return since.reset();
    if (!since) since = now.steady;
    auto& told = group.care().price_missed_told;
    const bool is_told = told && (*told > *since || now.steady - *told < kTellAgain);
    if (is_told || now.steady - *since < kPriceMissed) return;
    told = now.steady;
    const auto pair = group.terms().symbol.to_string();
    const bool paper = is_paper(group.terms().connection);
    alarm(now, Severity::critical, "EXIT_REFUSED",
          pair + ": the group is being closed, and for a minute the exchange has not told what anybody pays. It is offered at the last price that was told, ever more rarely, and goes on by itself when prices come again." +
              (paper ? " On paper it can be let go if that does not come." : ""),
          pair + ": de groep wordt gesloten, en de exchange zegt al een minuut niet wat iemand betaalt. Ze wordt aangeboden tegen de laatst bekende prijs, steeds minder vaak, en het gaat vanzelf verder zodra er weer prijzen zijn." +
              (paper ? " Op papier kan ze worden losgelaten als dat uitblijft." : ""),
          group.terms().connection, group.number());
}

void Trader::close_by_force(Now now, LiveGroup& group, trading::Code code, const Decimal& mark) {
    const auto& terms = group.terms();
    const auto symbol = terms.symbol.to_string();
    const bool guard = code == trading::Code::liquidation_guard;
    if (!guard && group.stop().due_at(mark)) {
        // The exchange's own stop sells. What it does not do in time is done here, when its end is confirmed.
        auto& since = group.care().stop_crossed;
        if (!since) since = now.steady;
        if (now.steady - *since < kStopFiresWithin) return keep_wake(now, group);
        alarm(now, Severity::critical, "STOP_DID_NOT_FIRE", "The stop of " + symbol + " at the exchange did not fire in time: it is taken back and BackFuture closes the group.",
              "De stop van " + symbol + " op de exchange ging niet op tijd af: hij wordt teruggenomen en BackFuture sluit de groep.", terms.connection, group.number());
    } else {
        alarm(now, Severity::critical, trading::to_string(code), symbol + (guard ? " came close to its liquidation price: the group is closed." : " reached its hard stop: the group is closed."),
              symbol + (guard ? " kwam dicht bij de liquidatieprijs: de groep wordt gesloten." : " bereikte de harde stop: de groep wordt gesloten."), terms.connection, group.number());
    }
    if (auto closing = close(now, group.number(), guard ? "liquidation_guard" : "hard_stop"); !closing) setup_.listener.on_trouble(closing.error());
}

void Trader::look_at_crossed(Now now, LiveGroup& group) {
    auto& since = group.care().stop_crossed;
    if (!since || now.steady - *since < kStopFiresWithin || group.is_over() || !group.closing_why().empty()) return;
    evaluate(now, group);
    if (!since || !group.closing_why().empty()) return;
    // Not decided: there is no price to go by. Soon again.
    since = now.steady - kStopFiresWithin + seconds{1};
    keep_wake(now, group);
}

void Trader::ask_for_zone_add_on(Now now, LiveGroup& group) {
    const auto* strategy = group.care().strategy;
    const auto* market = group.care().market;
    if (strategy == nullptr || group.facts().state != GroupState::active || group.facts().order_in_flight) return;
    const auto zone = trading::zone_to_ask(group.facts(), strategy->rules.protection, *market->quote, 0);
    if (!zone) return;
    auto& care = group.care();
    const auto* connection = care.connection;
    const Allowance under{mode_for(*strategy, connection), strategy->enabled, connection->facts.frozen, connection->facts.status,
                          limits_.version(connection->account.connection)};
    const bool again = care.zone_again && *care.zone_again <= now.steady;
    if (*zone == care.zone_asked && under == care.zone_asked_under && !again) return;
    // The entry it makes says why it was not taken, if it was not.
    care.zone_asked = *zone;
    care.zone_asked_under = under;
    care.zone_again.reset();
    auto signal = trading::zone_signal(strategy->id, group.terms().symbol.to_string(), group.terms().direction, now.wall);
    signal.group = group.number();
    if (auto kept = receive(now, *strategy, std::move(signal)); !kept) return setup_.listener.on_trouble(kept.error());
    consider_all(now);
}

void Trader::evaluate_next(Now now) {
    if (groups_.empty() || now.steady - evaluated_ < evaluation_pause(groups_.size())) return;
    evaluated_ = now.steady;
    const auto portions = evaluation_portions(groups_.size());
    for (auto left = (groups_.size() + portions - 1) / portions; left > 0 && !groups_.empty(); --left) {
        auto next = groups_.upper_bound(last_evaluated_);
        if (next == groups_.end()) next = groups_.begin();
        last_evaluated_ = next->first;
        evaluate(now, *next->second);
    }
}

void Trader::keep_wake(Now now, LiveGroup& group) {
    auto& known = group.care().wake;
    auto wake = group.next_wake();
    if (const auto& crossed = group.care().stop_crossed; crossed && group.closing_why().empty()) {
        const auto late = *crossed + kStopFiresWithin;
        wake = wake ? std::min(*wake, late) : late;
    }
    // One that is past had its chance just now.
    if (wake && *wake <= now.steady) wake.reset();
    if (wake == known) return;
    if (known) wakes_.erase({*known, group.number()});
    if (wake) wakes_.emplace(*wake, group.number());
    known = wake;
}

void Trader::count_worth(LiveGroup& group) {
    auto& worth = group.care().worth;
    const auto& books = group.facts().books;
    if (!worth.opened()) return;
    if (books.empty()) return worth.clear();
    const auto* market = group.care().market;
    worth.set(market != nullptr && market->quote ? Decimal::product(books.sellable(), market->quote->mark, Rounding::down) : std::nullopt);
}

void Trader::link(LiveGroup& group) {
    const auto& terms = group.terms();
    unlink(group);
    auto& care = group.care();
    care.strategy = find_strategy(terms.strategy);
    care.connection = find_connection(terms.connection);
    if (care.connection != nullptr) {
        care.market = &markets_[{care.connection->account.venue(), terms.symbol}];
        care.market->groups.push_back(&group);
    }
    count_worth(group);
}

void Trader::unlink(LiveGroup& group) {
    auto& care = group.care();
    if (care.market != nullptr) std::erase(care.market->groups, &group);
    care.market = nullptr;
    care.connection = nullptr;
    care.funding_followed = false;
}

void Trader::forget(LiveGroup& group) {
    const auto& terms = group.terms();
    open_.erase({terms.connection, terms.symbol, terms.direction});
    unlink(group);
    const auto on = of_connection_.find(terms.connection);
    std::erase(on->second, &group);
    if (on->second.empty()) of_connection_.erase(on);
    auto& care = group.care();
    if (care.wake) wakes_.erase({*care.wake, group.number()});
    care.wake.reset();
    care.worth.clear();
    capital_.remove(group.number());
}

void Trader::each_of(const std::vector<LiveGroup*>& groups, const std::function<void(LiveGroup&)>& visit) {
    // One that ends meanwhile is kept until the next tick.
    auto visited = std::exchange(visited_, {});
    visited.assign(groups.begin(), groups.end());
    for (auto* group : visited)
        if (!group->is_over()) visit(*group);
    visited_ = std::move(visited);
}

void Trader::each_on(const std::string& connection, const std::function<void(LiveGroup&)>& visit) {
    if (const auto found = of_connection_.find(connection); found != of_connection_.end()) each_of(found->second, visit);
}

void Trader::tell_held(const GroupTerms& terms) const {
    Decimal held;
    if (const auto on = of_connection_.find(terms.connection); on != of_connection_.end())
        for (const auto* one : on->second)
            if (one->terms().symbol == terms.symbol) held += one->facts().books.sellable();
    setup_.listener.on_held(terms.connection, terms.symbol, held);
}

void Trader::each_group(const std::function<void(LiveGroup&)>& visit) {
    std::vector<GroupNumber> numbers;
    numbers.reserve(groups_.size());
    for (const auto& [number, group] : groups_) numbers.push_back(number);
    for (const auto number : numbers)
        if (const auto group = groups_.find(number); group != groups_.end()) visit(*group->second);
}

}  // namespace bf::engine

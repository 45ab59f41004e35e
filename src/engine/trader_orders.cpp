// What the orders tell, and what becomes of it: for the group, for the LIVE list, for people.
#include "engine/countable.hpp"
#include "engine/trader_parts.hpp"
#include "exchange/remark.hpp"

#include <algorithm>

namespace bf::engine {

using exchange::Language;

namespace {

using What = GroupChange::What;

/// As a sentence of its own; the codes of problems are kept where nothing was said.
std::string because(std::string_view why, Language language) {
    if (const auto code = exchange::parse_problem(why)) return exchange::describe({.code = *code}, {.exchange_name = {}, .language = language}).title + '.';
    auto words = exchange::clause(why, language);
    if (!words.empty()) words.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.front())));
    return words + '.';
}

/// The connection's limits, as the signer holds them, did not allow it.
bool denied_by_signer(const OrderFinished& finished) {
    return finished.end == End::denied && finished.refusal && finished.refusal->exchange_code == "policy";
}

bool found_no_room(const OrderFinished& finished) {
    return finished.end == End::denied && finished.refusal && finished.refusal->exchange_code == "rate_budget";
}

}  // namespace

void Trader::work_off(Now now) {
    auto& waiting = orders_.effects().observations;
    // Working one off may cause others: an exit placed anew is refused at once.
    while (!waiting.empty()) {
        const auto observations = std::exchange(waiting, {});
        for (const auto& observation : observations) observe(now, observation);
    }
}

void Trader::observe(Now now, const Observation& observation) {
    if (const auto* stray = std::get_if<StrayOrder>(&observation)) {
        setup_.listener.on_doubt(now, stray->connection, nullptr, kStrangerLook);
        return foreign_.note(now, *stray);
    }
    if (const auto* forced = std::get_if<PositionForced>(&observation)) return take_forced(now, *forced);
    const auto number = std::visit([](const auto& one) -> OrderNumber { if constexpr (requires { one.order; }) return one.order; else return 0; }, observation);
    const auto* order = orders_.find(number);
    if (order == nullptr) return;
    learn(now, *order, observation);
    const auto found = groups_.find(order->plan().group);
    LiveGroup* group = found == groups_.end() ? nullptr : found->second.get();
    // Something is told of an order that had ended with nothing in an earlier life.
    if (group != nullptr) group->add_order(number);
    const bool is_entry = !lessens(order->plan().purpose);
    if (const auto* finished = std::get_if<OrderFinished>(&observation)) setup_.listener.on_order_ended(*order, finished->filled);
    if (std::holds_alternative<OrderFilled>(observation)) filled_[order->plan().connection] = now.steady;
    if (const auto* filled = std::get_if<OrderFilled>(&observation); filled != nullptr && group != nullptr) {
        value_fee(now, *group, filled->fill);
        if (is_entry) {
            group->rebuild();
            tell_fees(now, *group);
        }
    }
    if (const auto* finished = std::get_if<OrderFinished>(&observation)) {
        if (is_entry)
            end_entry(now, *finished, group);
        else if (group != nullptr && order->plan().purpose != Purpose::stop)
            tell_refused_exit(now, *group, *finished);
    }
    tell_doubt(now, *order, observation);
    if (group == nullptr) return;
    group->on(now, observation);
    if (order->plan().purpose == Purpose::stop)
        tell_of_stop(now, *group, *order, observation);
    else if (std::holds_alternative<OrderFinished>(observation) && order->plan().purpose == Purpose::exit)
        tell_taken_back(now, *group, *order);
    refresh(now, *group);
}

void Trader::end_entry(Now now, const OrderFinished& finished, LiveGroup* group) {
    const auto number = finished.order;
    const auto why = words_of(finished.refusal, Language::en), why_nl = words_of(finished.refusal, Language::nl);
    if (finished.filled.is_positive()) {
        entries_.erase(number);
    } else if (finished.end == End::canceled || finished.end == End::expired || finished.end == End::filled) {
        if (group != nullptr) group->care().zone_again = now.steady + kZoneAgain;
        amend_entry(number, "BLOCKED", "SPREAD_TOO_WIDE", "The order found nobody to trade with within the allowed slippage and was dropped.",
                    "De order vond binnen de toegestane slippage geen tegenpartij en is vervallen.", true);
    } else if (denied_by_signer(finished)) {
        if (group != nullptr) group->care().zone_again = now.steady + kUsedUpAgain;
        amend_entry(number, "BLOCKED", "POLICY_DENIED", "The signer did not sign the order: " + why + ".", "De ondertekenaar heeft de order niet ondertekend: " + why_nl + ".", true);
    } else if (found_no_room(finished)) {
        amend_entry(number, "BLOCKED", "ORDER_REJECTED",
                    "The order was not sent: so much was asked of the exchange just before (connection tests count, too) that its limits left no room for an entry in time. "
                    "The next signal is decided anew.",
                    "De order is niet verstuurd: er was net zoveel aan de exchange gevraagd (verbindingstesten tellen mee) dat de limieten niet op tijd ruimte lieten voor een entry. "
                    "Het volgende signaal wordt opnieuw beoordeeld.", true);
    } else {
        amend_entry(number, "BLOCKED", "ORDER_REJECTED", "The order was not taken: " + why + ".", "De order is niet aangenomen: " + why_nl + ".", true);
    }
    if (group != nullptr) group->care().entry_refused = finished.end == End::refused || finished.end == End::rejected || denied_by_signer(finished);
    entering_.erase(number);
    using exchange::ProblemCode;
    const auto closed = [](const Refusal& refusal) { return refusal.code == ProblemCode::symbol_not_tradable || refusal.code == ProblemCode::invalid_symbol; };
    if (group != nullptr && finished.refusal && closed(*finished.refusal)) refuse_pair(now, *group, *finished.refusal);
}

void Trader::tell_doubt(Now now, const Order& order, const Observation& observation) {
    if (const auto* unresolved = std::get_if<OrderUnresolved>(&observation))
        amend_entry(unresolved->order, "WAITING", "ORDER_UNKNOWN", "It is not known yet whether the exchange has the order; it is being asked. " + because(unresolved->why, Language::en),
                    "Het is nog niet bekend of de exchange de order heeft; dat wordt nagevraagd. " + because(unresolved->why, Language::nl), false);
    if (const auto* resolved = std::get_if<OrderResolved>(&observation); resolved != nullptr && entries_.contains(resolved->order)) {
        const bool opens = Leg::of(order.plan().leg).kind == Leg::Kind::entry;
        amend_entry(resolved->order, opens ? "OPENED" : "ADDED", "", "The exchange has the order after all.", "De exchange heeft de order toch.", false);
    }
    if (const auto* trouble = std::get_if<OrderTrouble>(&observation)) {
        const auto& plan = order.plan();
        const auto pair = plan.symbol.to_string();
        alarm(now, Severity::critical, "ORDER_TROUBLE", "An order of " + pair + " needs a look: " + words_of(trouble->what, Language::en) + ".",
              "Een order van " + pair + " vraagt aandacht: " + words_of(trouble->what, Language::nl) + ".", plan.connection, plan.group);
    }
}

void Trader::on_unordered(Now now, const StrayOrder& stray) {
    if (orders_.foreign().tell(stray.connection, stray.exchange_id)) observe(now, stray);
}
void Trader::on_finding(Now now, Severity severity, std::string_view code, std::string english, std::string dutch, const std::string& connection) {
    alarm(now, severity, code, std::move(english), std::move(dutch), connection, 0);
}

void Trader::tell_refused_exit(Now now, LiveGroup& group, const OrderFinished& finished) {
    auto& told = group.care().exit_refused;
    const bool refused = finished.end == End::refused || finished.end == End::rejected || finished.end == End::denied;
    if (!refused || !finished.refusal || finished.refusal->exchange_code == "withdrawn") {
        if (!refused) told.reset();
        return;
    }
    if (told && now.steady - *told < kTellAgain) return;
    told = now.steady;
    const auto pair = group.terms().symbol.to_string();
    const auto why = words_of(finished.refusal, Language::en), why_nl = words_of(finished.refusal, Language::nl);
    if (denied_by_signer(finished))
        return alarm(now, Severity::critical, "EXIT_REFUSED", pair + ": the signer does not sign the exit: " + why + ". It is tried again and again; look at the connection's limits.",
                     pair + ": de ondertekenaar ondertekent de exitorder niet: " + why_nl + ". Het wordt steeds opnieuw geprobeerd; bekijk de limieten van de verbinding.", group.terms().connection, group.number());
    alarm(now, Severity::critical, "EXIT_REFUSED", pair + ": the exchange does not take the exit (" + why + "). It is tried again and again; look at the account if this goes on.",
          pair + ": de exchange neemt de exitorder niet aan (" + why_nl + "). Het wordt steeds opnieuw geprobeerd; bekijk de rekening als dit aanhoudt.", group.terms().connection, group.number());
}

/// Once is somebody's act at the exchange, and placed anew without a word. In a row it is the exchange's answer to the exit.
void Trader::tell_taken_back(Now now, LiveGroup& group, const Order& order) {
    auto& told = group.care().exit_taken_back;
    const auto row = group.exit().taken_back_in_row();
    if (row < kTakenBackRow) return told.reset();
    if (order.cancel_wanted() || (told && now.steady - *told < kTellAgain)) return;
    told = now.steady;
    const auto pair = group.terms().symbol.to_string(), times = std::to_string(row);
    alarm(now, Severity::critical, "EXIT_TAKEN_BACK",
          pair + ": the exchange takes the exit and ends it by itself, " + times + " times in a row by now. It is placed anew after pauses that grow to a minute, and in between no exit waits there. Look at the account.",
          pair + ": de exchange neemt de exitorder aan en beëindigt hem zelf weer, nu al " + times + " keer achter elkaar. Hij wordt opnieuw geplaatst na pauzes die groeien tot een minuut, en daartussen wacht daar geen exit. Bekijk de rekening.",
          group.terms().connection, group.number());
}

/// A stop that is not there any more, or never was, is told: the group is watched by BackFuture alone meanwhile.
void Trader::tell_of_stop(Now now, LiveGroup& group, const Order& order, const Observation& observation) {
    const auto& plan = order.plan();
    auto& told = group.care().stop_refused;
    if (std::holds_alternative<OrderAccepted>(observation)) told = false;
    const auto* finished = std::get_if<OrderFinished>(&observation);
    if (finished == nullptr || order.cancel_wanted() || order.triggered()) return;
    const auto symbol = plan.symbol.to_string();
    if (finished->refusal) {
        if (std::exchange(told, true)) return;
        const auto why = words_of(finished->refusal, Language::en), why_nl = words_of(finished->refusal, Language::nl);
        return alarm(now, Severity::warning, "STOP_NOT_RESTING", "The hard stop of " + symbol + " does not rest at the exchange: " + why + ". It is tried again, ever more rarely; until then it acts only while BackFuture runs.",
                     "De harde stop van " + symbol + " staat niet op de exchange: " + why_nl + ". Het wordt steeds minder vaak opnieuw geprobeerd; tot dan werkt hij alleen zolang BackFuture draait.", plan.connection, plan.group);
    }
    const auto row = group.stop().taken_back_in_row();
    auto& ended_told = group.care().stop_taken_back;
    if (row >= kTakenBackRow) {
        if (ended_told && now.steady - *ended_told < kTellAgain) return;
        ended_told = now.steady;
        const auto times = std::to_string(row);
        return alarm(now, Severity::warning, "STOP_NOT_RESTING",
                     "The exchange takes the hard stop of " + symbol + " and ends it before it fires, " + times + " times in a row by now. It is placed anew after pauses that grow to a minute; in between it acts only while BackFuture runs.",
                     "De exchange neemt de harde stop van " + symbol + " aan en beëindigt hem voordat hij afgaat, nu al " + times + " keer achter elkaar. Hij wordt opnieuw geplaatst na pauzes die groeien tot een minuut; daartussen werkt hij alleen zolang BackFuture draait.",
                     plan.connection, plan.group);
    }
    ended_told.reset();
    if (row > 1) return;
    alarm(now, Severity::warning, "STOP_TAKEN_BACK", "The hard stop of " + symbol + " was taken off the exchange by somebody else than BackFuture. It is placed again.",
          "De harde stop van " + symbol + " is door iemand anders dan BackFuture van de exchange gehaald. Hij wordt opnieuw geplaatst.", plan.connection, plan.group);
}

void Trader::amend_entry(OrderNumber order, std::string_view outcome, std::string_view code, std::string english, std::string dutch, bool last) {
    // An order can end in the event that made it.
    const auto drafted = std::find_if(drafts_.begin(), drafts_.end(), [order](const auto& draft) { return draft.order == order; });
    if (drafted != drafts_.end()) {
        keep_draft(*drafted);
        drafts_.erase(drafted);
    }
    const auto found = entries_.find(order);
    if (found == entries_.end()) return;
    set_outcome(found->second, outcome, code, std::move(english), std::move(dutch));
    keep_entry(found->second, false);
    if (last) entries_.erase(found);
}

void Trader::value_fee(Now now, LiveGroup& group, const BookedFill& fill) {
    const auto& symbol = group.terms().symbol;
    if (!fill.fee || fill.fee->asset == symbol.quote || fill.fee->asset == symbol.base) return;
    const auto* connection = group.care().connection;
    const auto* market = connection == nullptr ? nullptr : market_of(connection->account.venue(), market::Symbol{fill.fee->asset, symbol.quote, {}});
    // Without a price of that asset the fee is taken for what the rate says: never for nothing.
    const auto priced = market != nullptr && market->quote ? Decimal::product(fill.fee->amount, market->quote->ask, Rounding::up) : std::nullopt;
    const bool by_price = priced && can_be_counted(*priced);
    const auto value = by_price ? *priced : fill.price * fill.quantity * group.fees().taker;
    change(now, group, What::fee_value, {{"trade", fill.trade_id}, {"value", value.to_string()}, {"from", by_price ? "price" : "rate"}});
}

}  // namespace bf::engine

// What an exchange does to a position by itself: a liquidation, or a reduction that covers what others lost.
#include "engine/trader_parts.hpp"

namespace bf::engine {
namespace {

using market::Forced;

struct Words {
    std::string_view code, english, dutch;
};
Words words_of(Forced kind) {
    switch (kind) {
        case Forced::liquidation: return {"LIQUIDATED", "the exchange liquidated the position", "de exchange heeft de positie geliquideerd"};
        case Forced::deleveraging:
            return {"DELEVERAGED", "the exchange reduced the position by itself (auto-deleveraging, which covers what liquidations of others lost)",
                    "de exchange heeft de positie zelf verkleind (auto-deleveraging, om verliezen van liquidaties bij anderen te dekken)"};
    }
    return {};
}

const std::string& order_of(const market::Fill& fill) { return fill.order_id ? *fill.order_id : *fill.id; }

/// Lists repeat themselves: what an earlier group bore, or none, is not this one's, and before its first entry it held nothing.
bool may_bear(const LiveGroup& group, const market::Fill& fill, bool is_told) {
    const auto& exits = group.forced_exits();
    if (std::any_of(exits.begin(), exits.end(), [&](const auto& exit) { return exit.order == order_of(fill); })) return true;
    return !is_told && (group.fills().empty() || !fill.at || *fill.at >= group.fills().front().at);
}

}  // namespace

void Trader::take_forced(Now now, const PositionForced& forced) {
    const auto& fill = forced.fill;
    const auto direction = *fill.side == market::Side::sell ? trading::Direction::long_side : trading::Direction::short_side;
    // Each connection of an account hears of it; on futures one group at most holds the position.
    LiveGroup* group = nullptr;
    each_of_wallet(forced.connection, [&](const std::string& id) {
        if (const auto found = open_.find({id, *fill.symbol, direction}); found != open_.end()) group = groups_.at(found->second).get();
    });
    const bool is_told = orders_.foreign().contains(forced.connection, order_of(fill));
    if (group != nullptr && !may_bear(*group, fill, is_told)) group = nullptr;
    if (group == nullptr) return tell_forced(now, forced, nullptr);
    if (group->has_forced(*fill.id)) return;
    change(now, *group, GroupChange::What::forced,
           {{"kind", std::string{market::to_string(*fill.forced)}}, {"trade", *fill.id}, {"order", order_of(fill)}, {"price", fill.price->to_string()},
            {"quantity", fill.quantity->to_string()}, {"fee", fill.fee->amount.to_string()}, {"asset", fill.fee->asset}, {"traded", std::to_string(fill.at.value_or(now.wall).ms())}});
    value_fee(now, *group, group->forced_exits().back().fill);
    tell_forced(now, forced, group);
    refresh(now, *group);
    if (!group->is_over()) tell_held(group->terms());
}

/// Once for each order of the exchange's, whichever connection of the account hears of it first.
void Trader::tell_forced(Now now, const PositionForced& forced, const LiveGroup* group) {
    const auto& fill = forced.fill;
    const auto& name = order_of(fill);
    bool is_news = true;
    each_of_wallet(forced.connection, [&](const std::string& id) {
        if (!orders_.foreign().tell(id, name)) is_news = false;
        else orders_.append(kForeignTold, to_record(ForeignTold{id, {name}}));
    });
    if (!is_news) return;
    const auto words = words_of(*fill.forced);
    const auto pair = fill.symbol->to_string(), quantity = fill.quantity->to_string(), price = fill.price->to_string();
    const bool sold = *fill.side == market::Side::sell;
    const bool over = group != nullptr && group->facts().books.empty();
    auto english = pair + ": " + std::string{words.english} + ": " + quantity + (sold ? " sold at " : " bought back at ") + price + ". ";
    auto dutch = pair + ": " + std::string{words.dutch} + ": " + in_dutch(quantity) + (sold ? " verkocht op " : " teruggekocht op ") + in_dutch(price) + ". ";
    english += group == nullptr ? "It belonged to no group of BackFuture." : over ? "The group is over; its result counts it." : "The group goes on with what is left.";
    dutch += group == nullptr ? "Ze hoorde bij geen groep van BackFuture." : over ? "De groep is afgelopen; het staat in haar resultaat." : "De groep gaat verder met wat over is.";
    const auto& connection = group == nullptr ? forced.connection : group->terms().connection;
    alarm(now, Severity::critical, words.code, std::move(english), std::move(dutch), connection, group == nullptr ? 0 : group->number());
}

}  // namespace bf::engine

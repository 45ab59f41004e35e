#include "trading/exits.hpp"

#include "trading/liquidation.hpp"
#include "trading/margin.hpp"

namespace bf::trading {

std::optional<RestingExit> resting_exit(const Group& group, const FeeRates& fees, const InstrumentFacts& instrument) {
    const Number price = exit_tick(group.direction(), group.books.take_profit(fees.taker, group.target()), instrument.price_step);
    if (!price.known() || !price.value().is_positive() || is_below_minimum(group, instrument, price.value())) return std::nullopt;
    return RestingExit{group.books.is_long() ? market::Side::sell : market::Side::buy, price.value(), group.books.sellable()};
}

std::optional<Decimal> hard_stop_price(const Group& group, const Protection& protection, const Decimal& price_step) {
    if (!protection.hard_stop) return std::nullopt;
    const Number average = group.books.average();
    const bool is_long = group.books.is_long();
    const Number stop = is_long ? multiply_up(average, Number{1} - *protection.hard_stop) : average * (Number{1} + *protection.hard_stop);
    return exit_tick(group.direction(), stop, price_step).decimal();
}

std::optional<Code> forced_close(const Group& group, const Protection& protection, const Decimal& mark, const InstrumentFacts& instrument) {
    if (const auto stop = hard_stop_price(group, protection, instrument.price_step))
        if (group.books.is_long() ? mark <= *stop : mark >= *stop) return Code::hard_stop;
    if (group.exchange_liquidation && group.exchange_liquidation->is_positive())
        if (liquidation_distance(group.direction(), *group.exchange_liquidation, mark) <= protection.liquidation_guard) return Code::liquidation_guard;
    return std::nullopt;
}

const Decimal& trigger_price(market::Market market, const Quote& quote, Direction direction) {
    return market == market::Market::futures ? quote.mark : exit_price(quote, direction);
}

bool is_below_minimum(const Group& group, const InstrumentFacts& instrument, const Decimal& price) {
    const Number quantity = group.books.sellable();
    return group.books.empty() || quantity < instrument.min_quantity || quantity * price < instrument.min_notional;
}

}  // namespace bf::trading

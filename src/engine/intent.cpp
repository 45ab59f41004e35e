#include "engine/intent.hpp"

namespace bf::engine {

std::string_view to_string(Purpose value) {
    switch (value) {
        case Purpose::entry: return "entry";
        case Purpose::add_on: return "add_on";
        case Purpose::exit: return "exit";
        case Purpose::stop: return "stop";
        case Purpose::close: return "close";
    }
    return "entry";
}

InstrumentLimits InstrumentLimits::of(const market::Instrument& instrument) {
    return {.price_step = instrument.price_step.value_or(Decimal{}),
            .quantity_step = instrument.quantity_step.value_or(Decimal{}),
            .min_quantity = instrument.min_quantity.value_or(Decimal{}),
            .min_notional = instrument.min_notional.value_or(Decimal{}),
            .contract_size = instrument.contract_size.value_or(Decimal{}),
            .max_quantity = instrument.max_quantity.value_or(Decimal{}),
            .max_notional = instrument.max_notional.value_or(Decimal{})};
}

exchange::Call place_call(const Intent& intent) {
    const auto& plan = intent.plan;
    exchange::Call call;
    call.operation = plan.stop_price ? exchange::Operation::place_stop : exchange::Operation::place_order;
    call.market = plan.symbol.is_futures() ? market::Market::futures : market::Market::spot;
    call.symbol = plan.symbol;
    call.side = plan.side;
    call.type = plan.type;
    call.quantity = plan.quantity;
    call.price = plan.price;
    call.stop_price = plan.stop_price;
    if (plan.type == market::OrderType::limit) call.time_in_force = plan.time_in_force;
    call.client_order_id = intent.client_id;
    if (call.market == market::Market::futures) {
        if (plan.reduce_only) call.reduce_only = true;
        call.margin_mode = plan.margin_mode;
        call.position_mode = plan.position_mode;
        call.leverage = plan.leverage;
        if (plan.limits.contract_size.is_positive()) call.contract_size = plan.limits.contract_size;
        if (plan.limits.quantity_step.is_positive()) call.quantity_step = plan.limits.quantity_step;
    }
    return call;
}

}  // namespace bf::engine

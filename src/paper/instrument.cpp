#include "paper/instrument.hpp"

#include "market/api_orders.hpp"

namespace bf::paper {
namespace {

/// How far from the market a limit may be is told in no list: no price is refused for it here. The engine's own slippage bound holds.
constexpr Decimal kNoBand{1'000'000};

}  // namespace

std::optional<simulator::Instrument> instrument_of(const market::Instrument& real, const trading::InstrumentFacts& facts, const trading::FeeRates& fees) {
    if (!real.symbol || !real.price_step || !real.price_step->is_positive() || !real.quantity_step || !real.quantity_step->is_positive()) return std::nullopt;
    const bool futures = real.market == market::Market::futures;
    if (futures && (!real.contract_size || !real.contract_size->is_positive() || !real.max_leverage)) return std::nullopt;
    simulator::Instrument paper;
    paper.symbol = *real.symbol;
    paper.native = real.native_symbol;
    paper.price_step = *real.price_step;
    paper.quantity_step = *real.quantity_step;
    paper.min_quantity = real.min_quantity.value_or(Decimal{});
    paper.min_notional = real.min_notional.value_or(Decimal{});
    paper.maker_fee = fees.maker;
    paper.taker_fee = fees.taker;
    paper.price_band = kNoBand;
    paper.api_tradable = real.tradable.value_or(true) && market::takes_api_orders(real);
    if (!futures) return paper;
    paper.contract_size = *real.contract_size;
    paper.max_leverage = static_cast<int>(round_to_step(*real.max_leverage, Decimal{1}, Rounding::down).mantissa());
    // Without tiers the engine opens nothing, so nothing is held at no rate.
    using Unit = market::RiskTier::Unit;
    for (const auto& tier : facts.risk_tiers) paper.risk_tiers.push_back({tier.by_quantity ? Unit::quantity : Unit::value, tier.up_to, tier.maintenance_rate, tier.max_leverage});
    return paper;
}

}  // namespace bf::paper

// What an account pays for its fills. Source: www.mexc.com/api-docs, spot v3, "Query Symbol Commission"; futures, "Get Fee Details": there the
// `real` rates are those after the account's discounts. Whether they hold for futures orders placed over the API, for which MEXC announced a
// table of their own in May 2026, the reference does not say.
#include "exchange/mexc/replies/readers.hpp"

namespace bf::exchange::mexc {

Answer<market::FeeRates> read_fee_rates(const wire::JsonValue& data, const Asked& asked) {
    const bool spot = asked.call.market == market::Market::spot;
    Fields fields{data};
    const auto maker = fields.amount(spot ? "makerCommission" : "realMakerFee"), taker = fields.amount(spot ? "takerCommission" : "realTakerFee");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    if (!maker || !taker) return Unexpected{unreadable("fee rates without maker or taker")};
    // The list of spot fees is of one symbol and does not name it.
    if (!spot && symbol_of(fields.text("symbol"), asked) != asked.call.symbol) return Unexpected{unreadable("fee rates of another contract")};
    const market::FeeRates rates{*maker, *taker};
    if (!rates.are_plausible()) return Unexpected{unreadable("fee rates out of range")};
    return rates;
}

}  // namespace bf::exchange::mexc

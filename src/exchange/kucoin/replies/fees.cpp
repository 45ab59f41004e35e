// What an account pays for its fills. Source: KuCoin REST reference, "Get Actual Fee - Spot/Margin", "Get Actual Fee - Futures" and, for accounts in
// unified mode, "Get Actual Fee"; payloads in golden/kucoin. Spot answers a list, futures one row, the unified call a list below the trade type.
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {

Answer<market::FeeRates> read_fee_rates(wire::JsonValue data, const Asked& asked) {
    const auto list = data.is_array() ? data : data["list"];
    for (std::size_t i = 0; i < std::max<std::size_t>(list.size(), 1); ++i) {
        const auto row = list.is_array() ? list.at(i) : data;
        if (symbol_of(row["symbol"].text().value_or(""), asked.call.market, asked.instruments) != asked.call.symbol) continue;
        const auto maker = row["makerFeeRate"].decimal(), taker = row["takerFeeRate"].decimal();
        if (!maker || !taker) return bad_shape("the fee rates");
        const market::FeeRates rates{*maker, *taker};
        if (!rates.are_plausible()) return bad_shape("the fee rates");
        return rates;
    }
    return bad_shape("the pair's fee rates");
}

}  // namespace bf::exchange::kucoin

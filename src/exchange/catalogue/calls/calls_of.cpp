#include "exchange/catalogue/calls/calls_of.hpp"

#include "exchange/kucoin/calls/calls.hpp"
#include "exchange/mexc/calls/calls.hpp"

namespace bf::exchange {

const Calls* calls_of(ExchangeId id) {
    static const auto mexc = mexc::make_calls();
    static const auto kucoin = kucoin::make_calls();
    switch (id) {
        case ExchangeId::mexc: return mexc.get();
        case ExchangeId::kucoin: return kucoin.get();
        default: return nullptr;
    }
}

std::vector<ExchangeId> known_exchanges() { return {ExchangeId::mexc, ExchangeId::kucoin}; }

std::string known_exchange_names() {
    std::string names;
    for (const auto exchange : known_exchanges()) names += (names.empty() ? "" : ", ") + std::string{to_string(exchange)};
    return names;
}

}  // namespace bf::exchange

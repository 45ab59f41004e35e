#include "exchange/catalogue/replies/public_facts_of.hpp"

#include "exchange/kucoin/replies/public_facts.hpp"
#include "exchange/mexc/replies/public_facts.hpp"

namespace bf::exchange {

const PublicFacts* public_facts_of(ExchangeId id) {
    static const auto mexc = mexc::make_public_facts();
    static const auto kucoin = kucoin::make_public_facts();
    switch (id) {
        case ExchangeId::mexc: return mexc.get();
        case ExchangeId::kucoin: return kucoin.get();
        default: return nullptr;
    }
}

}  // namespace bf::exchange

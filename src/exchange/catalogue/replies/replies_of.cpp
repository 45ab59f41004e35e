#include "exchange/catalogue/replies/replies_of.hpp"

#include "exchange/kucoin/replies/replies.hpp"
#include "exchange/mexc/replies/replies.hpp"

namespace bf::exchange {

const Replies* replies_of(ExchangeId id) {
    static const auto mexc = mexc::make_replies();
    static const auto kucoin = kucoin::make_replies();
    switch (id) {
        case ExchangeId::mexc: return mexc.get();
        case ExchangeId::kucoin: return kucoin.get();
        default: return nullptr;
    }
}

}  // namespace bf::exchange

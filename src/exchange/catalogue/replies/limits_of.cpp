#include "exchange/catalogue/replies/limits_of.hpp"

#include "exchange/kucoin/replies/limits.hpp"
#include "exchange/mexc/replies/limits.hpp"

namespace bf::exchange {

std::optional<Limits> limits_of(ExchangeId id) {
    switch (id) {
        case ExchangeId::mexc: return mexc::limits();
        case ExchangeId::kucoin: return kucoin::limits();
        default: return std::nullopt;
    }
}

std::optional<Limits> account_limits_of(ExchangeId id) {
    switch (id) {
        case ExchangeId::mexc: return mexc::account_limits();
        case ExchangeId::kucoin: return kucoin::account_limits();
        default: return std::nullopt;
    }
}

StreamLimits stream_limits_of(ExchangeId id, market::Market market) {
    switch (id) {
        case ExchangeId::mexc: return mexc::stream_limits(market);
        case ExchangeId::kucoin: return kucoin::stream_limits(market);
        default: return {};
    }
}

}  // namespace bf::exchange

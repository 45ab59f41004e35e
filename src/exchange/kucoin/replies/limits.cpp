#include "exchange/kucoin/replies/limits.hpp"

namespace bf::exchange::kucoin {
namespace {

enum : std::size_t { kPublic, kRequests };
constexpr Pool kPools[] = {{"public", 2000, seconds{30}}, {"requests", 500, seconds{10}}};

int public_weight(Operation operation, market::Market market) {
    switch (operation) {
        case Operation::server_time:
        case Operation::service_status:
        case Operation::candles: return 3;
        case Operation::instruments: return market == market::Market::spot ? 4 : 3;
        case Operation::ticker: return 2;
        case Operation::public_stream: return 10;
        default: return 0;
    }
}

Charges charges_of(Operation operation, market::Market market) {
    // KuCoin has no such calls.
    if (operation == Operation::tradable_symbols || operation == Operation::identity_level) return {};
    return {Charge{kPublic, public_weight(operation, market)}, Charge{kRequests, 1}};
}

}  // namespace

Limits limits() { return {kPools, charges_of}; }

}  // namespace bf::exchange::kucoin

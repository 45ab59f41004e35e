#include "exchange/mexc/replies/limits.hpp"

namespace bf::exchange::mexc {
namespace {

enum : std::size_t { kSpot, kSymbolList, kContractTime, kContractList, kContractTicker, kContractCandles };
constexpr Pool kPools[] = {
    {"spot", 300, seconds{10}},          {"symbol_list", 25, seconds{60}},    {"contract_time", 20, seconds{2}},
    {"contract_list", 10, seconds{2}},   {"contract_ticker", 20, seconds{2}}, {"contract_candles", 20, seconds{2}},
};

Charges charges_of(Operation operation, market::Market market) {
    const bool spot = market == market::Market::spot;
    switch (operation) {
        case Operation::server_time: return {Charge{spot ? kSpot : kContractTime, 1}};
        case Operation::instruments: return {Charge{spot ? kSymbolList : kContractList, 1}};
        case Operation::ticker: return {Charge{spot ? kSpot : kContractTicker, 1}};
        case Operation::candles: return {Charge{spot ? kSpot : kContractCandles, 1}};
        default: return {};  // Signed: counted by account.
    }
}

}  // namespace

Limits limits() { return {kPools, charges_of}; }

}  // namespace bf::exchange::mexc

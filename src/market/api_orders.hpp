// What the list of instruments says about orders by API key, and how far it is to be believed.
#pragma once
#include "market/types.hpp"

namespace bf::market {

/// False for a pair whose orders by API key are refused for certain. The flag of MEXC's contracts (apiAllowed) is no such word: the reference's
/// own example of 2026 says false of BTC_USDT, which is traded through the API. It is shown, and the exchange's refusal decides.
inline bool takes_api_orders(const Instrument& instrument) { return instrument.market == Market::futures || instrument.api_tradable.value_or(true); }

}  // namespace bf::market

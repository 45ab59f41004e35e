// Where a market's prices come from. Two sites of an exchange are two markets: each has its own book, list of pairs and candles.
#pragma once
#include "exchange/call.hpp"
#include "exchange/info.hpp"

#include <compare>

namespace bf::engine {

struct Venue {
    exchange::ExchangeId exchange{};
    exchange::Site site{exchange::Site::global};

    Venue() = default;
    Venue(exchange::ExchangeId of, exchange::Site on = exchange::Site::global) : exchange{of}, site{on} {}  // Not explicit: most exchanges have one site.
    friend auto operator<=>(const Venue&, const Venue&) = default;
};

}  // namespace bf::engine

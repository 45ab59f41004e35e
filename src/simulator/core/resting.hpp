// The accounts' orders that rest on one instrument's book, and what of the book was last told to listeners. Internal to the core.
#pragma once
#include "simulator/core/exchange.hpp"

#include <map>

namespace bf::simulator {

struct Exchange::Resting {
    std::multimap<Decimal, Order*, std::greater<>> bids;  ///< Best first; equal prices in order of arrival.
    std::multimap<Decimal, Order*> asks;
    std::vector<Order*> stops;  ///< Waiting for their trigger, oldest first.
    std::map<Decimal, Decimal> shown_bids, shown_asks;
    bool shown{false};  ///< Whether shown_* is what listeners hold.
    std::uint64_t sequence{1};
};

}  // namespace bf::simulator

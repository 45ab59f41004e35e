// What both sides of a comparison read, made from the recorded payloads in golden/: their shape with other symbols, amounts and ids, so
// that no two are alike. Neighbours in a list differ in as many members as recorded ones do. The same at every run; written into a folder for the other side.
#pragma once
#include "support/scratch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bf::bench {

inline constexpr int kSymbols = 1000;

/// JSON lists of kSymbols instruments as the exchanges answer them, without white space.
struct Lists {
    std::string kucoin_spot, kucoin_futures, mexc_spot, mexc_futures;
};
Lists make_lists();

/// Stream frames, each with 64 readable bytes behind its end. KuCoin's are JSON, MEXC's protobuf.
struct Frames {
    std::vector<std::string> kucoin_ticker, kucoin_trade;
    /// Of 2,000 orders, each matched once: more than ccxt keeps, so that its cache is full as it is in use.
    std::vector<std::string> kucoin_order;
    std::vector<std::string> mexc_ticker, mexc_trade, mexc_order;
};
Frames make_frames();

void write_inputs(const test::Scratch& folder, const Lists& lists, const Frames& frames);

}  // namespace bf::bench

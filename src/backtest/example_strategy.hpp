// A strategy for whoever wants to try a back-test before having one, and ranges for it to be swept over: made for the example candles
// (candle_example.hpp), on which its ladder plays out, Recovery begins and every kind of refusal is met. Not advice.
#pragma once
#include <string_view>

namespace bf::backtest {

/// A file as `backtest --settings` takes it; the name and the connection are nobody's.
std::string_view example_strategy();
/// Of `backtest --sweep`.
std::string_view example_ranges();

}  // namespace bf::backtest

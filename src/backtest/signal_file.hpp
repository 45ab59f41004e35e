// Recorded signals: one JSON object a line, as a webhook receives them.
#pragma once
#include "backtest/plan.hpp"

namespace bf::backtest {

struct SignalFileError {
    std::size_t line{0};
    trading::FieldError what;
};

/// Sorted by time, each told whether the same came before. Fails for a line that is no signal; empty lines are skipped.
Result<std::vector<RecordedSignal>, SignalFileError> read_signals(std::string_view text, const Candles& candles);

}  // namespace bf::backtest

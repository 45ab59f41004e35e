#include "backtest/signal_file.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <unordered_map>

namespace bf::backtest {

Result<std::vector<RecordedSignal>, SignalFileError> read_signals(std::string_view text, const Candles& candles) {
    std::vector<RecordedSignal> out;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty()) continue;
        const auto json = wire::Json::parse(line);
        if (!json) return Unexpected{SignalFileError{number, {{}, trading::Fault::no_json, {}}}};
        auto signal = trading::read_signal(json->root());
        if (!signal) return Unexpected{SignalFileError{number, std::move(signal.error())}};
        out.push_back({std::move(*signal), false, 0});
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.signal.time < b.signal.time; });
    std::unordered_map<std::string, Instant> seen;
    std::size_t candle = 0;
    for (auto& one : out) {
        const auto [at, is_new] = seen.try_emplace(trading::duplicate_key(one.signal), one.signal.time);
        one.seen_before = !is_new && one.signal.time - at->second <= trading::kDuplicateMemory;
        at->second = one.signal.time;
        one.candle = candle = candle_of(candles, one.signal.time, candle);
    }
    return out;
}

}  // namespace bf::backtest

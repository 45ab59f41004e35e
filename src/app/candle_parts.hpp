// What a download has got before it is in its set: a part file as CSV, line by line, added by an import in a process of its own when the download ends.
// A server that was killed meanwhile finds the part at its next start and adds it then.
#pragma once
#include "app/worker.hpp"
#include "backtest/candle_file.hpp"

namespace bf::app {

class CandleParts {
public:
    struct Setup {
        net::Loop& loop;
        Worker& worker;
        std::string folder;  ///< Of the sets.
        std::string data;
        /// Made-up prices must not pass for an exchange's.
        std::function<std::string(const std::string& exchange)> source_of;
        std::function<void(const std::string& sentence)> complain;
    };
    explicit CandleParts(Setup setup) : setup_{std::move(setup)} {}

    /// What downloads of an earlier life have got.
    void take_over();
    /// A new one, empty; its descriptor, or -1.
    [[nodiscard]] int begin(const backtest::CandleKey& key) const;
    /// Up to the last whole line: a killed writer leaves half of one.
    void cut_torn_line(const backtest::CandleKey& key) const;
    /// To the set, as what was asked for has answered whole; nothing where there is none.
    void add(const backtest::CandleKey& key, const std::vector<backtest::Span>& asked, Worker::Done done);

private:
    [[nodiscard]] std::string path_of(const backtest::CandleKey& key) const;
    Setup setup_;
};

}  // namespace bf::app

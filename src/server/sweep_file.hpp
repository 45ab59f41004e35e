// The rows of a sweep on the disk, one a line behind a line that says of which sweep they are: a later start goes on from them. What is in a
// row's line when the program ends is lost, and nothing else.
#pragma once
#include "backtest/sweep.hpp"

#include <cstdio>

namespace bf::server {

/// What makes rows of two starts rows of the same sweep: settings, ranges, assumptions, steps and minima, signals, and all candles up to the
/// last one traded. Candles that come later change nothing.
std::string sweep_fingerprint(const trading::Settings& settings, const backtest::SweepSpec& spec, const backtest::SweepGround& ground);

/// The spec as read_sweep takes it.
void write_spec(wire::JsonWriter& out, const backtest::SweepSpec& spec);

class SweepFile {
public:
    /// Opens it, or makes it, and cuts off half a line at its end. `conflict` when it holds another sweep's rows.
    static Result<SweepFile> open(const std::string& path, const std::string& fingerprint, const backtest::Variants& variants);
    /// Its rows, read only; none when there is no such file or it is of another number of variants.
    static std::vector<backtest::SweepRow> read(const std::string& path, const backtest::Variants& variants);

    /// Those of earlier starts.
    std::vector<backtest::SweepRow> rows{};
    /// False when the disk takes no more.
    bool put(const backtest::Variants& variants, const backtest::SweepRow& row);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> file_{};
};

}  // namespace bf::server

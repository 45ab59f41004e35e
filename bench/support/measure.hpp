// How every benchmark here measures: ours and the baseline in one run, taking turns round by round, medians compared, one JSON object a
// line printed. On a shared machine a figure alone means little; the ratio of two that met the same disturbances does.
//
// {"bench","value","unit","baseline","ratio","goal","met"}: `value` is ours and `baseline` the other side's, both in `unit`. `ratio` is
// how many times better ours is unless the goal says otherwise; `goal` is in the words of docs/reference/benchmarks.md.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bf::bench {

inline constexpr int kRounds = 9;

inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Tells the compiler that `value` is looked at, so that making it can't be left out.
template <class Value>
void keep(const Value& value) {
    asm volatile("" : : "r,m"(value) : "memory");
}

/// Nanoseconds one `work()` takes: the fastest of `slices` of about `slice` each, so that what another program took of the core in between
/// does not count.
template <class Work>
double ns_each(Work&& work, int slices = 12, std::chrono::microseconds slice = std::chrono::microseconds{5000}) {
    using Clock = std::chrono::steady_clock;
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < slices; ++i) {
        std::int64_t count = 0;
        std::int64_t batch = 1;
        const auto begin = Clock::now();
        auto now = begin;
        while (now - begin < slice) {
            for (std::int64_t k = 0; k < batch; ++k) work();
            count += batch;
            batch = std::min<std::int64_t>(batch * 2, 256);
            now = Clock::now();
        }
        best = std::min(best, std::chrono::duration<double, std::nano>(now - begin).count() / static_cast<double>(count));
    }
    return best;
}

/// Runs every contestant once to warm up and then in turn, kRounds times; the median of each.
template <class... Contestants>
std::vector<double> medians(Contestants&&... contestants) {
    std::vector<std::vector<double>> rounds(sizeof...(Contestants));
    for (int round = -1; round < kRounds; ++round) {
        std::size_t at = 0;
        const auto note = [&](double figure) {
            if (round >= 0) rounds[at].push_back(figure);
            ++at;
        };
        (note(contestants()), ...);
    }
    std::vector<double> all;
    for (auto& figures : rounds) all.push_back(median(std::move(figures)));
    return all;
}

enum class Want : std::uint8_t { at_least, at_most };
struct Goal {
    Want want;
    double bound;
};

struct Line {
    std::string_view bench;
    double value;
    std::string_view unit;
    double baseline;
    double ratio;
    Goal goal;  ///< Of the ratio.
};

inline void print(const Line& line) {
    const bool met = line.goal.want == Want::at_least ? line.ratio >= line.goal.bound : line.ratio <= line.goal.bound;
    std::printf(R"({"bench":"%.*s","value":%.4g,"unit":"%.*s","baseline":%.4g,"ratio":%.4g,"goal":"ratio %s %g","met":%s})"
                "\n",
                static_cast<int>(line.bench.size()), line.bench.data(), line.value, static_cast<int>(line.unit.size()), line.unit.data(), line.baseline,
                line.ratio, line.goal.want == Want::at_least ? ">=" : "<=", line.goal.bound, met ? "true" : "false");
    std::fflush(stdout);
}

}  // namespace bf::bench

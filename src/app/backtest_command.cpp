#include "app/backtest_command.hpp"

#include "app/backtest_inputs.hpp"
#include "app/exit_code.hpp"
#include "backtest/report_json.hpp"

#include <cstdio>

namespace bf::app {

int backtest(const BacktestOptions& options) {
    Inputs in;
    if (auto read = read_inputs(options, in); !read) return refuse(read.error(), options.json);
    if (!options.sweep_file.empty()) return sweep(options, in);
    const backtest::CandleIndex index{in.view};
    const auto market = in.market();
    const auto report = backtest::Run{in.plan, market, options.json ? backtest::Detail::explained : backtest::Detail::totals}.fast(index);
    if (!options.json) {
        std::fputs(backtest::to_text(in.plan, report).c_str(), stdout);
        return kDone;
    }
    std::string json;
    wire::JsonWriter out{json};
    backtest::write_json(out, in.plan, report);
    std::puts(json.c_str());
    return kDone;
}

}  // namespace bf::app

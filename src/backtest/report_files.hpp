// A report to keep and to hand on: a page that stands alone (no script, nothing loaded) and a table for spreadsheets.
#pragma once
#include "backtest/report.hpp"

namespace bf::backtest {

/// HTML with its charts drawn in it: equity with drawdown, margin used, price with the fills; figures, groups, what is not known.
std::string to_html(const Plan& plan, const Report& report, const Candles& candles);
/// A row for each fill: number,direction,state,reason,at,kind,side,price,quantity,fee,zone,average,exit_price,margin_used,group_profit
std::string to_csv(const Report& report);

}  // namespace bf::backtest

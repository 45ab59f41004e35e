// A run's report as JSON, as the contract names its members, and as text for people. Both carry what a back-test can't know.
#pragma once
#include "backtest/report.hpp"
#include "wire/json_writer.hpp"

namespace bf::backtest {

/// What is true of one run beside its figures: told in English, one sentence each.
std::vector<std::string> notes_of(const Plan& plan, const Report& report);
/// What no back-test knows.
std::vector<std::string> limits_of(const Plan& plan);

void write_json(wire::JsonWriter& out, const Plan& plan, const Report& report);
/// The members of a row of a sweep: totals only.
void write_totals(wire::JsonWriter& out, const Report& report);
std::string to_text(const Plan& plan, const Report& report);

}  // namespace bf::backtest

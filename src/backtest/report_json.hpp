// A run's report as JSON, as the contract names its members, and as text for people. Both carry what a back-test can't know.
#pragma once
#include "backtest/report.hpp"
#include "wire/json_writer.hpp"

namespace bf::backtest {

/// "5 days"
std::string span_text(milliseconds length);
/// What is true of one run beside its figures. Why a strategy could not be switched on is a sentence in the plan's language.
std::vector<Note> notes_of(const Plan& plan, const Report& report);
/// What no back-test knows.
std::vector<Note> limits_of(const Plan& plan);

void write_json(wire::JsonWriter& out, const Plan& plan, const Report& report);
/// The members of a row of a sweep: totals only.
void write_totals(wire::JsonWriter& out, const Report& report);
/// What a page draws first: the totals, the sentences beside them, the equity curve, and the groups without their decisions.
void write_overview(wire::JsonWriter& out, const Plan& plan, const Report& report);
void write_group(wire::JsonWriter& out, const GroupRecord& group, bool decisions);
/// "interval_ms" and "bars", at most `most` of them: candles in [from, to), as many put together as it takes.
void write_bars(wire::JsonWriter& out, const Candles& candles, std::int64_t from, std::int64_t to, std::size_t most);
std::string to_text(const Plan& plan, const Report& report);

}  // namespace bf::backtest

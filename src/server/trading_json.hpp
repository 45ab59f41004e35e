// Strategies, groups, decisions, ladders, accounts and alarms as JSON in the reader's language: the shapes of docs/reference/trading.md.
#pragma once
#include "engine/group_json.hpp"
#include "engine/trader.hpp"
#include "exchange/problem.hpp"

namespace bf::server {

using exchange::Language;

void write_strategy(wire::JsonWriter& out, const engine::Trader& trader, const engine::Strategy& strategy, Language language);
/// What doesn't stop a strategy and should be known: a PRO connection of which nothing proves that it is another account.
std::vector<engine::StrategyProblem> warnings_of(const engine::Trader& trader, const trading::Settings& settings);
/// Members "mode" (the installation's) and "connections" (those with a mode of their own).
void write_modes(wire::JsonWriter& out, const engine::Trader& trader);
/// `details`: fills and orders too, in an object that is left open for more members when `open`.
void write_live_group(wire::JsonWriter& out, const engine::Trader& trader, const engine::LiveGroup& group, bool details);
/// A group that is over, from its kept document.
void write_closed_group(wire::JsonWriter& out, const engine::Trader& trader, const ports::StoredGroup& group);
/// "unkept" as a member: null, or that the history holds what the store has not taken yet, lacks what it could not be kept for, or can't be read.
void write_unkept(wire::JsonWriter& out, const engine::HistoryKeeper::Unkept& unkept, Language language, bool unreadable = false);
/// `trace`: with every verdict.
void write_decision(wire::JsonWriter& out, const engine::Trader& trader, const ports::StoredDecision& decision, Language language, bool trace);
void write_ladder(wire::JsonWriter& out, const trading::Ladder& ladder, const trading::LadderInput& input, const trading::Settings& settings, const std::string& pair,
                  std::vector<engine::StrategyProblem> warnings, Language language);
/// In its place while it can't be made: why, and what the risk level fills in as far as the settings can be read.
void write_no_ladder(wire::JsonWriter& out, const std::string& pair, const trading::Settings* settings, const std::vector<engine::StrategyProblem>& problems,
                     const std::vector<engine::StrategyProblem>& warnings, Language language);
void write_account(wire::JsonWriter& out, const engine::Trader& trader, const engine::ConnectionState& connection, Instant now);
/// [ms, open, high, low, close, volume or null]
void write_candle(wire::JsonWriter& out, const market::Candle& candle);
/// "orders":[...]: what the exchange did with orders of a pair; null: none was placed.
void write_evidence(wire::JsonWriter& out, const engine::OrderEvidence::Forms* forms);
void write_alarm(wire::JsonWriter& out, const ports::StoredAlarm& alarm, Language language);

}  // namespace bf::server

#include "connection/record.hpp"

#include <algorithm>

namespace bf::connection {
namespace {

using wire::JsonValue;

std::optional<Instant> instant(const JsonValue& value) {
    const auto ms = value.integer();
    return ms ? std::optional{Instant::from_ms(*ms)} : std::nullopt;
}
std::optional<std::string> text(const JsonValue& value) {
    const auto found = value.text();
    return found ? std::optional{std::string{*found}} : std::nullopt;
}
std::vector<std::string> texts(const JsonValue& list) {
    std::vector<std::string> items;
    for (std::size_t i = 0; i < list.size(); ++i)
        if (const auto item = list.at(i).text()) items.emplace_back(*item);
    return items;
}

exchange::Claim read_claim(const JsonValue& value) {
    exchange::Claim claim;
    const auto answer = value["answer"].text().value_or("unknown");
    claim.answer = answer == "yes" ? exchange::Ternary::yes : answer == "no" ? exchange::Ternary::no : exchange::Ternary::unknown;
    claim.evidence = text(value["evidence"]).value_or("");
    claim.at = instant(value["at"]);
    return claim;
}

template <class Enum, std::size_t N>
std::optional<Enum> by_name(std::string_view name) {
    for (std::size_t i = 0; i < N; ++i)
        if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
    return std::nullopt;
}

}  // namespace

std::optional<exchange::Problem> read_problem(const JsonValue& value) {
    const auto code = exchange::parse_problem(value["code"].text().value_or(""));
    if (!code) return std::nullopt;
    exchange::Problem problem{.code = *code};
    problem.exchange_code = text(value["exchange_code"]).value_or("");
    problem.exchange_message = text(value["exchange_message"]).value_or(text(value["remark"]).value_or(""));
    problem.seen_address = text(value["seen_address"]);
    for (const auto& word : texts(value["candidates"]))
        if (const auto candidate = exchange::parse_problem(word)) problem.candidates.push_back(*candidate);
    return problem;
}

namespace {

void read_steps(const JsonValue& list, Report& report) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto item = list.at(i);
        const auto id = by_name<StepId, kStepCount>(item["id"].text().value_or(""));
        const auto result = by_name<StepResult, 4>(item["result"].text().value_or(""));
        if (!id || !result) continue;
        report.steps.push_back({*id, *result, milliseconds{item["ms"].integer().value_or(0)}, read_facts(item["facts"])});
    }
}

}  // namespace

std::optional<Report> read_report(const JsonValue& root) {
    const auto exchange = exchange::parse_exchange(root["exchange"].text().value_or(""));
    const auto market = market::parse<market::Market>(root["market"].text().value_or(""));
    const auto verdict = by_name<Verdict, 3>(root["verdict"].text().value_or(""));
    if (!exchange || !market || !verdict) return std::nullopt;
    Report report;
    report.exchange = *exchange;
    report.market = *market;
    report.verdict = *verdict;
    report.site = root["site"].text() == "eu" ? exchange::Site::eu : exchange::Site::global;
    report.account_mode = root["account_mode"].text() == "unified" ? exchange::AccountMode::unified : exchange::AccountMode::classic;
    report.problem = read_problem(root["problem"]);
    const auto claims = root["claims"];
    report.claims = {read_claim(claims["key_valid"]), read_claim(claims["read"]), read_claim(claims["spot_trade"]), read_claim(claims["futures_trade"]),
                     read_claim(claims["withdraw"]), read_claim(claims["transfer"]), read_claim(claims["ip_bound"])};
    report.permissions = texts(root["permissions"]);
    report.more_than_needed = texts(root["more_than_needed"]);
    report.ip_allow_list = texts(root["ip_allow_list"]);
    report.egress_v4 = text(root["egress_ip"]["v4"]);
    report.egress_v6 = text(root["egress_ip"]["v6"]);
    report.expires_at = instant(root["expires_at"]);
    report.account_id = text(root["account_id"]);
    report.sub_account = root["sub_account"].boolean();
    if (const auto version = root["key_version"].integer()) report.key_version = static_cast<int>(*version);
    read_steps(root["steps"], report);
    const auto balances = root["balances"];
    for (std::size_t i = 0; i < balances.size(); ++i) {
        const auto item = balances.at(i);
        report.balances.push_back({text(item["asset"]).value_or(""), item["free"].decimal(), item["locked"].decimal(), item["total"].decimal()});
    }
    report.accepted = parse_accepted(texts(root["accepted"])).value_or(Accepted{});
    report.clock_offset = milliseconds{root["clock_offset_ms"].integer().value_or(0)};
    report.tested_at = instant(root["tested_at"]).value_or(Instant{});
    return report;
}

}  // namespace bf::connection

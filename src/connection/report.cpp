#include "connection/report.hpp"

#include "exchange/evidence.hpp"
#include "exchange/remark.hpp"

#include "market/json.hpp"
#include "wire/json_writer.hpp"

namespace bf::connection {

std::string_view to_string(StepId id) {
    constexpr std::array<std::string_view, kStepCount> kNames{"input_shape", "reach", "clock", "key", "permissions", "withdrawal",
                                                              "ip_allow_list", "balance", "orders", "positions", "trade_right", "stream"};
    return kNames[static_cast<std::size_t>(id)];
}

std::string_view to_string(StepResult result) {
    constexpr std::array<std::string_view, 4> kNames{"pass", "warn", "fail", "skip"};
    return kNames[static_cast<std::size_t>(result)];
}

std::string_view to_string(Verdict verdict) {
    constexpr std::array<std::string_view, 3> kNames{"connected", "refused", "failed"};
    return kNames[static_cast<std::size_t>(verdict)];
}

std::optional<Accepted> parse_accepted(const std::vector<std::string>& words) {
    Accepted accepted;
    for (const auto& word : words) {
        if (word == "internal_transfer")
            accepted.internal_transfer = true;
        else if (word == "unknown_withdrawal")
            accepted.unknown_withdrawal = true;
        else
            return std::nullopt;
    }
    return accepted;
}

std::vector<std::string> to_words(const Accepted& accepted) {
    std::vector<std::string> words;
    if (accepted.internal_transfer) words.emplace_back("internal_transfer");
    if (accepted.unknown_withdrawal) words.emplace_back("unknown_withdrawal");
    return words;
}

std::string problem_json(const std::optional<exchange::Problem>& problem, const exchange::TextContext& context) {
    if (!problem) return "null";
    const auto text = exchange::describe(*problem, context);
    const auto or_null = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional{value}; };
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("code", exchange::to_string(problem->code)).member("title", text.title);
    out.member("cause", text.cause).member("remedy", text.remedy);
    // What the exchange said, or what we found ourselves.
    const bool ours = exchange::is_remark(problem->exchange_message);
    out.member("exchange_code", or_null(problem->exchange_code)).member("exchange_message", ours ? std::nullopt : or_null(problem->exchange_message));
    out.member("remark", ours ? std::optional{exchange::retell(problem->exchange_message, context.language)} : std::nullopt);
    out.member("seen_address", problem->seen_address).key("candidates").begin_array();
    for (const auto candidate : problem->candidates) out.text(exchange::to_string(candidate));
    out.end_array().end_object();
    return json;
}

namespace {

std::optional<std::int64_t> ms_of(const std::optional<Instant>& at) {
    return at ? std::optional{at->ms()} : std::nullopt;
}

void write_claim(wire::JsonWriter& out, std::string_view name, const exchange::Claim& claim, exchange::Language language) {
    out.key(name).begin_object().member("answer", exchange::to_string(claim.answer)).member("evidence", exchange::tell_evidence(claim.evidence, language));
    out.member("at", ms_of(claim.at)).end_object();
}

void write_list(wire::JsonWriter& out, std::string_view name, const std::vector<std::string>& items) {
    out.key(name).begin_array();
    for (const auto& item : items) out.text(item);
    out.end_array();
}

}  // namespace

void write_json(wire::JsonWriter& out, const exchange::Claims& claims, exchange::Language language) {
    out.begin_object();
    write_claim(out, "key_valid", claims.key_valid, language);
    write_claim(out, "read", claims.read, language);
    write_claim(out, "spot_trade", claims.spot_trade, language);
    write_claim(out, "futures_trade", claims.futures_trade, language);
    write_claim(out, "withdraw", claims.withdraw, language);
    write_claim(out, "transfer", claims.transfer, language);
    write_claim(out, "ip_bound", claims.ip_bound, language);
    out.end_object();
}

void write_json(wire::JsonWriter& out, const exchange::KeyInfo& info) {
    out.begin_object();
    write_list(out, "permissions", info.permissions);
    out.key("claims");
    write_json(out, info.claims, exchange::Language::en);
    write_list(out, "ip_allow_list", info.ip_allow_list);
    out.member("expires_at", ms_of(info.expires_at)).member("account_id", info.account_id).member("sub_account", info.sub_account);
    out.end_object();
}

std::string to_json(const Report& report, std::string_view exchange_name, exchange::Language language) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("exchange", exchange::to_string(report.exchange)).member("market", market::to_string(report.market));
    out.member("verdict", to_string(report.verdict)).key("problem");
    out.raw(problem_json(report.problem, {exchange_name, report.market, report.egress_v4, language}));
    out.key("claims");
    write_json(out, report.claims, language);
    write_list(out, "permissions", report.permissions);
    write_list(out, "more_than_needed", report.more_than_needed);
    write_list(out, "ip_allow_list", report.ip_allow_list);
    out.key("egress_ip").begin_object().member("v4", report.egress_v4).member("v6", report.egress_v6).end_object();
    out.member("expires_at", ms_of(report.expires_at)).member("account_id", report.account_id).member("sub_account", report.sub_account);
    out.member("account_mode", report.account_mode == exchange::AccountMode::unified ? "unified" : "classic");
    out.member("key_version", report.key_version);
    out.member("site", report.site == exchange::Site::eu ? "eu" : "global");
    out.key("steps").begin_array();
    for (const auto& step : report.steps) {
        out.begin_object().member("id", to_string(step.id)).member("result", to_string(step.result));
        out.member("ms", step.took.count()).member("detail", tell(step.detail, language)).key("facts");
        write_json(out, step.detail);
        out.end_object();
    }
    out.end_array().key("balances").begin_array();
    for (const auto& balance : report.balances) market::write_json(out, balance);
    out.end_array();
    write_list(out, "accepted", to_words(report.accepted));
    out.member("clock_offset_ms", report.clock_offset.count()).member("tested_at", report.tested_at.ms()).end_object();
    return json;
}

}  // namespace bf::connection

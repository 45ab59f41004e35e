// A connection's record as the JSON document that is kept, and the addresses of this server.
#include "connection/book.hpp"

#include "exchange/sites.hpp"
#include "wire/json.hpp"

namespace bf::connection {
namespace {

constexpr int kFormat = 1;
/// Of one that owes the proof of its account. A program that does not ask for that proof must not read it.
constexpr int kOwing = 2;

std::optional<std::int64_t> ms_of(const std::optional<Instant>& at) { return at ? std::optional{at->ms()} : std::nullopt; }
std::optional<Instant> instant(const wire::JsonValue& value) {
    const auto ms = value.integer();
    return ms ? std::optional{Instant::from_ms(*ms)} : std::nullopt;
}

}  // namespace

std::string to_document(const Record& record) {
    std::string json;
    wire::JsonWriter out{json};
    const exchange::TextContext context{.exchange_name = exchange::to_string(record.exchange), .market = record.market};
    out.begin_object().member("format", record.owed_account ? kOwing : kFormat).member("id", record.id).member("name", record.name);
    out.member("exchange", exchange::to_string(record.exchange)).member("market", market::to_string(record.market));
    out.member("site", exchange::to_string(record.site)).member("status", to_string(record.status));
    out.member("status_since", record.status_since.ms()).key("problem").raw(problem_json(record.problem, context));
    out.member("key_fingerprint", record.key_fingerprint).member("created_at", record.created_at.ms());
    out.member("tested_at", ms_of(record.tested_at)).member("checked_at", ms_of(record.checked_at)).member("proven_at", ms_of(record.proven_at));
    out.member("failures_in_row", record.failures_in_row).member("failures_are_passing", record.failures_are_passing);
    out.member("accept_transfer", record.accepted.internal_transfer).member("accept_unknown", record.accepted.unknown_withdrawal);
    out.member("proven_from", record.proven_from).member("life_warned_for", ms_of(record.life_warned_for)).member("life_warned_days", record.life_warned_days);
    out.member("freeze_told", to_string(record.freeze_told)).member("account_id", record.account_id).member("owed_account", record.owed_account);
    out.key("old_key");
    if (record.old_key) {
        const auto& old = *record.old_key;
        out.begin_object().member("fingerprint", old.fingerprint).member("replaced_at", old.replaced_at.ms()).member("key_version", old.key_version).member("kept_until", ms_of(old.kept_until));
        out.member("works", exchange::to_string(old.works)).member("asked_at", ms_of(old.asked_at)).end_object();
    } else {
        out.null();
    }
    out.key("key_change");
    if (record.key_change) {
        out.begin_object().member("at", record.key_change->at.ms()).key("facts");
        write_json(out, record.key_change->facts);
        out.end_object();
    } else {
        out.null();
    }
    out.key("shape");
    write_json(out, record.shape);
    out.key("report");
    if (record.report)
        out.raw(to_json(*record.report, exchange::to_string(record.exchange), exchange::Language::en));
    else
        out.null();
    out.end_object();
    return json;
}

std::optional<Record> read_document(const std::string& document) {
    const auto json = wire::Json::parse(document);
    if (!json) return std::nullopt;
    const auto format = (*json)["format"].integer();
    if (format != kFormat && format != kOwing) return std::nullopt;
    const auto exchange = exchange::parse_exchange((*json)["exchange"].text().value_or(""));
    const auto market = market::parse<market::Market>((*json)["market"].text().value_or(""));
    const auto status = parse_connection_status((*json)["status"].text().value_or(""));
    const auto id = (*json)["id"].text();
    const auto name = (*json)["name"].text();
    if (!exchange || !market || !status || !id || !name) return std::nullopt;
    Record record;
    if (const auto owed = (*json)["owed_account"].text()) record.owed_account = owed;
    if (record.owed_account.has_value() != (format == kOwing)) return std::nullopt;
    record.id = *id;
    record.name = *name;
    record.exchange = *exchange;
    record.market = *market;
    record.site = exchange::site_of((*json)["site"].text().value_or(""));
    record.status = *status;
    record.status_since = instant((*json)["status_since"]).value_or(Instant{});
    record.key_fingerprint = (*json)["key_fingerprint"].text().value_or("");
    record.created_at = instant((*json)["created_at"]).value_or(Instant{});
    record.tested_at = instant((*json)["tested_at"]);
    record.checked_at = instant((*json)["checked_at"]);
    record.proven_at = instant((*json)["proven_at"]);
    record.failures_in_row = static_cast<int>((*json)["failures_in_row"].integer().value_or(0));
    record.failures_are_passing = (*json)["failures_are_passing"].boolean().value_or(false);
    record.accepted = {(*json)["accept_transfer"].boolean().value_or(false), (*json)["accept_unknown"].boolean().value_or(false)};
    if (const auto from = (*json)["proven_from"].text()) record.proven_from = std::string{*from};
    record.life_warned_for = instant((*json)["life_warned_for"]);
    record.life_warned_days = static_cast<int>((*json)["life_warned_days"].integer().value_or(0));
    record.freeze_told = ports::parse_freeze((*json)["freeze_told"].text().value_or("")).value_or(ports::FreezeLevel::none);
    if (const auto old = (*json)["old_key"]; old.is_object()) {
        const auto works = old["works"].text();
        const auto answer = works == "yes" ? exchange::Ternary::yes : works == "no" ? exchange::Ternary::no : exchange::Ternary::unknown;
        OldKey kept{std::string{old["fingerprint"].text().value_or("")}, instant(old["replaced_at"]).value_or(Instant{})};
        if (const auto version = old["key_version"].integer()) kept.key_version = static_cast<int>(*version);
        kept.kept_until = instant(old["kept_until"]);
        kept.works = answer;
        kept.asked_at = instant(old["asked_at"]);
        record.old_key = std::move(kept);
    }
    if (const auto changed = (*json)["key_change"]; changed.is_object()) record.key_change = KeyChange{instant(changed["at"]).value_or(Instant{}), read_facts(changed["facts"])};
    record.shape = read_facts((*json)["shape"]);
    record.problem = read_problem((*json)["problem"]);
    record.report = read_report((*json)["report"]);
    if (const auto account = (*json)["account_id"].text()) record.account_id = account;
    // Written by a version that kept it in the report alone.
    else if (record.report && !record.owed_account) record.account_id = record.report->account_id;
    return record;
}

}  // namespace bf::connection

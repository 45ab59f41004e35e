#include "server/connection_json.hpp"

#include "exchange/sites.hpp"

namespace bf::server {
namespace {
std::optional<std::int64_t> ms_of(const std::optional<Instant>& at) { return at ? std::optional{at->ms()} : std::nullopt; }
}  // namespace

void write_connection(wire::JsonWriter& out, const connection::Book& book, const connection::Book::AdapterOf& adapter_of, bool simulated,
                      const connection::Record& record, exchange::Language language, bool with_report) {
    const auto adapter = adapter_of(record.exchange);
    const std::string_view name = adapter ? adapter->calls.info().name : exchange::to_string(record.exchange);
    const auto& own = record.family == ports::Family::v6 ? book.addresses().v6 : book.addresses().v4;
    const auto our_address = own ? std::optional{own->address} : std::nullopt;
    const auto expiry = connection::expiry_of(record);
    out.begin_object().member("id", record.id).member("name", record.name).member("exchange", exchange::to_string(record.exchange));
    out.member("market", market::to_string(record.market)).member("site", exchange::to_string(record.site)).member("family", ports::to_string(record.family));
    out.member("simulated", simulated).member("status", connection::to_string(record.status)).member("status_since", record.status_since.ms());
    out.key("problem").raw(connection::problem_json(record.problem, {name, record.market, our_address, language}));
    out.member("key_fingerprint", record.key_fingerprint).member("created_at", record.created_at.ms());
    out.member("tested_at", ms_of(record.tested_at)).member("proven_at", ms_of(record.proven_at)).member("next_test_at", ms_of(book.next_test_at(record.id)));
    out.member("expires_at", ms_of(expiry.at)).member("expiry_basis", expiry.basis.empty() ? std::nullopt : std::optional{expiry.basis});
    out.key("warnings").begin_array();
    for (const auto& warning : book.warnings_of(record, language)) out.begin_object().member("code", warning.code).member("text", warning.text).end_object();
    out.end_array().key("accepted").begin_array();
    for (const auto& word : connection::to_words(record.accepted)) out.text(word);
    out.end_array().member("testing", book.is_testing(record.id)).member("stream", book.stream_state(record.id));
    out.key("old_key");
    if (record.old_key) {
        const auto& old = *record.old_key;
        out.begin_object().member("fingerprint", old.fingerprint).member("replaced_at", old.replaced_at.ms()).member("kept_until", ms_of(old.kept_until));
        out.member("works", exchange::to_string(old.works)).member("asked_at", ms_of(old.asked_at)).end_object();
    } else {
        out.null();
    }
    out.member("proven_from", record.proven_from).member("address_as_proven", book.egress_as_proven(record));
    // The claims stand outside the report too: the list shows them without every report.
    out.key("claims");
    if (record.report)
        connection::write_json(out, record.report->claims, language);
    else
        out.null();
    if (with_report) out.key("report").raw(record.report ? connection::to_json(*record.report, name, language) : "null");
    out.end_object();
}

void write_step_event(wire::JsonWriter& out, const std::string& id, std::uint64_t test, connection::StepId step, const connection::Step* finished,
                      exchange::Language language) {
    out.begin_object().member("type", "step").member("connection", id).member("test", test).key("step").begin_object();
    out.member("id", connection::to_string(step)).member("result", finished ? connection::to_string(finished->result) : std::string_view{"running"});
    out.member("ms", finished ? finished->took.count() : 0).member("detail", finished ? connection::tell(finished->detail, language) : std::string{});
    out.end_object().end_object();
}

}  // namespace bf::server

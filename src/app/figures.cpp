#include "app/figures.hpp"

#include "wire/json.hpp"

#include <algorithm>
#include <prometheus/text_serializer.h>

namespace bf::app {
namespace {

using exchange::ExchangeId;

std::string_view outcome_of(const Result<wire::Response>& result) {
    if (!result) return result.error().fate == Fate::not_sent ? "not_sent" : "no_answer";
    if (result->status == 429 || result->status == 418) return "too_many";
    if (result->status >= 500) return "server_error";
    return result->status >= 400 ? "refused" : "answered";
}

/// In seconds, from a machine beside the exchange to the longest we wait.
const prometheus::Histogram::BucketBoundaries kBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

}  // namespace

std::optional<ExchangeId> exchange_of_host(const std::vector<const exchange::Info*>& exchanges, std::string_view host) {
    for (const auto* info : exchanges)
        for (const auto* hosts : {&info->futures_hosts, &info->other_hosts})
            if (std::find(hosts->begin(), hosts->end(), host) != hosts->end()) return info->id;
    return std::nullopt;
}

Figures::Figures(ports::Transport& inner, const ports::Clock& clock, std::vector<const exchange::Info*> exchanges)
    : inner_{inner}, clock_{clock}, exchanges_{std::move(exchanges)},
      connections_{prometheus::BuildGauge().Name("backfuture_connections").Help("Connections by status.").Register(registry_)},
      streams_{prometheus::BuildGauge().Name("backfuture_private_streams").Help("Private streams of connections by state.").Register(registry_)},
      alarms_{prometheus::BuildGauge().Name("backfuture_alarms_unseen").Help("Alarms that nobody has acknowledged, by severity.").Register(registry_)},
      tests_{prometheus::BuildCounter().Name("backfuture_tests_total").Help("Connection tests that ended, by exchange, kind and result.").Register(registry_)},
      calls_{prometheus::BuildCounter().Name("backfuture_exchange_calls_total").Help("Calls to exchanges, by outcome.").Register(registry_)},
      latency_{prometheus::BuildHistogram().Name("backfuture_exchange_call_seconds").Help("From sending a call to an exchange to its answer.").Register(registry_)} {}

void Figures::send(wire::Request request, milliseconds timeout, Done done) { send_by(inner_, std::move(request), timeout, std::move(done)); }

void Figures::send_by(ports::Transport& way, wire::Request request, milliseconds timeout, Done done) {
    const auto exchange = exchange_of_host(exchanges_, request.host);
    if (!exchange) return way.send(std::move(request), timeout, std::move(done));
    const auto begun = clock_.steady();
    way.send(std::move(request), timeout, [this, name = std::string{exchange::to_string(*exchange)}, begun, done = std::move(done)](Result<wire::Response> result) {
        calls_.Add({{"exchange", name}, {"outcome", std::string{outcome_of(result)}}}).Increment();
        if (result) latency_.Add({{"exchange", name}}, kBounds).Observe(std::chrono::duration<double>(clock_.steady() - begun).count());
        done(std::move(result));
    });
}

void Figures::count_test(const connection::Record& record, bool light, const connection::Report& report) {
    const std::string result{report.problem ? exchange::to_string(report.problem->code) : connection::to_string(report.verdict)};
    tests_.Add({{"exchange", std::string{exchange::to_string(record.exchange)}}, {"kind", light ? "light" : "full"}, {"result", result}}).Increment();
}

void Figures::count_alarms(const ReadAlarms& read_alarms) {
    if (alarms_read_ && clock_.steady() - *alarms_read_ < kAlarmsRead) return;
    const auto alarms = read_alarms();
    if (!alarms) return;
    alarms_read_ = clock_.steady();
    std::map<std::string, int> unseen{{"info", 0}, {"warning", 0}, {"critical", 0}};
    for (const auto& alarm : *alarms) {
        const auto told = wire::Json::parse(alarm.document);
        const auto severity = told ? (*told)["severity"].text() : std::nullopt;
        if (!alarm.acknowledged && severity) ++unseen[std::string{*severity}];
    }
    for (const auto& [severity, count] : unseen) alarms_.Add({{"severity", severity}}).Set(count);
}

std::string Figures::text(const connection::Book& book, const ReadAlarms& read_alarms) {
    std::map<std::string, int> statuses, streams{{"none", 0}, {"opening", 0}, {"live", 0}, {"down", 0}};
    for (std::size_t i = 0; i <= static_cast<std::size_t>(connection::ConnectionStatus::disabled); ++i)
        statuses[std::string{connection::to_string(static_cast<connection::ConnectionStatus>(i))}] = 0;
    for (const auto* record : book.all()) {
        ++statuses[std::string{connection::to_string(record->status)}];
        ++streams[std::string{book.stream_state(record->id)}];
    }
    count_alarms(read_alarms);
    for (const auto& [status, count] : statuses) connections_.Add({{"status", status}}).Set(count);
    for (const auto& [state, count] : streams) streams_.Add({{"state", state}}).Set(count);
    return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

}  // namespace bf::app

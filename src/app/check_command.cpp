#include "app/check_command.hpp"

#include "app/child.hpp"
#include "app/credentials_input.hpp"
#include "app/exit_code.hpp"
#include "app/processes.hpp"
#include "app/routes_option.hpp"
#include "app/signer_link.hpp"
#include "app/usage_error.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "connection/runner.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "exchange/sites.hpp"
#include "net/client.hpp"
#include "signer/client.hpp"
#include "signer/sealing.hpp"

#include <arpa/inet.h>
#include <cstdio>
#include <unistd.h>

namespace bf::app {
namespace {

constexpr const char* kConnection = "check";

bool is_address(const std::string& text) {
    unsigned char ignored[16];
    return ::inet_pton(AF_INET, text.c_str(), ignored) == 1 || ::inet_pton(AF_INET6, text.c_str(), ignored) == 1;
}

struct Asked {
    connection::Adapter adapter;
    connection::TestInput input;
};

Result<Asked> read_options(const CheckOptions& options) {
    const auto id = exchange::parse_exchange(options.exchange);
    const auto* calls = id ? exchange::calls_of(*id) : nullptr;
    const auto* replies = id ? exchange::replies_of(*id) : nullptr;
    if (calls == nullptr || replies == nullptr) return bad_input("--exchange must be one of " + exchange::known_exchange_names() + ", not '" + options.exchange + "'.");
    const auto market = market::parse<market::Market>(options.market);
    if (!market) return bad_input("--market must be spot or futures, not '" + options.market + "'.");
    if (!ports::parse_family(options.family)) return bad_input("--family must be ipv4 or ipv6, not '" + options.family + "'.");
    const auto site = exchange::parse_site(options.site, calls->info());
    if (!site) return bad_input("--site " + exchange::sites_of(calls->info()) + ".");
    const auto accepted = connection::parse_accepted(options.accept);
    if (!accepted) return bad_input("--accept takes internal_transfer and unknown_withdrawal, separated by a comma.");
    Asked asked{{*calls, *replies}, {.info = calls->info(), .replies = *replies}};
    asked.input.market = *market;
    asked.input.site = *site;
    asked.input.accepted = *accepted;
    asked.input.repointed = !options.base_url.empty();
    asked.input.outsider = options.outsider;
    if (!options.server_address.empty()) asked.input.server_address = options.server_address;
    if (!options.server_address.empty() && !options.outsider) return bad_input("--server-address goes with --as-outsider.");
    if (!options.server_address.empty() && !is_address(options.server_address))
        return bad_input("--server-address must be an IPv4 or IPv6 address, for instance 203.0.113.7, not '" + options.server_address + "'.");
    if (!options.symbol.empty()) {
        asked.input.symbol = market::Symbol::parse(options.symbol);
        if (!asked.input.symbol || asked.input.symbol->is_futures() != (*market == market::Market::futures))
            return bad_input("--symbol must be like BTC/USDT on spot and BTC/USDT:USDT on futures.");
    }
    return asked;
}

/// The blocking signer client's answers behind the port the runner uses.
class OwnSigner final : public ports::Signer {
public:
    OwnSigner(net::Loop& loop, signer::Client client) : loop_{loop}, client_{std::move(client)} {}
    signer::Client& client() { return client_; }

    void sign(std::string connection, exchange::Call call, Instant at, Done done) override {
        sign_order(std::move(connection), std::move(call), at, std::nullopt, std::move(done));
    }
    void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference, Done done) override {
        std::vector<signer::SignItem> items(1);
        items[0].connection = std::move(connection);
        items[0].at = at;
        items[0].deadline = loop_.wall() + seconds{5};
        items[0].call = std::move(call);
        items[0].reference = std::move(reference);
        auto reply = client_.sign(items);
        ports::SignOutcome outcome = Error{ErrorKind::unreachable, "the signer did not answer"};
        if (!reply) {
            outcome = reply.error();
        } else if (const auto& item = (*reply)->items.front(); item.refused) {
            if (item.refused->call)
                outcome = *item.refused->call;
            else
                outcome = signer::to_error(*item.refused);
        } else {
            std::vector<wire::Request> requests;
            for (std::size_t i = 0; i < item.requests.size(); ++i) requests.push_back(item.requests[i]);
            outcome = std::move(requests);
        }
        loop_.post([done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
    }

private:
    net::Loop& loop_;
    signer::Client client_;
};

Result<signer::Client> start_signer() {
    BF_TRY(auto ends, net::Seqpacket::pair());
    ChildPlan plan{.arguments = {"signer-process"}, .fds = {{ends.second.fd(), kSignerFd}, {STDERR_FILENO, STDOUT_FILENO}}};
    BF_TRY_VOID(start_child(plan));
    return signer::Client{std::move(ends.first)};
}

Result<connection::Report> run_check(const CheckOptions& options, Asked asked, crypto::Secret credentials) {
    BF_TRY(auto client, start_signer());
    BF_TRY(const auto hello, client.hello());
    auto sealed = signer::seal(hello.public_key, credentials);
    { const auto wiped = std::move(credentials); }
    BF_TRY(const auto added, client.add(kConnection, asked.input.info.id, signer::Keep::memory, std::move(sealed)));
    asked.input.shape = connection::facts_of(added.findings);
    asked.input.malformed = connection::any_fatal(added.findings);
    net::Loop loop;
    net::ClientOptions network;
    network.listed = catalogue_hosts(!options.base_url.empty());
    if (!options.base_url.empty()) add_routes(network.routes, asked.input.info, options.base_url);
    network.extra_ca_file = options.extra_ca_file;
    BF_TRY(const auto transport, net::Client::create(loop, std::move(network)));
    OwnSigner own_signer{loop, std::move(client)};
    const bool show = !options.json && ::isatty(STDERR_FILENO) != 0;
    std::optional<connection::Report> report;
    connection::TestRunner runner{connection::World{loop, loop, *transport, own_signer, *ports::parse_family(options.family)}, asked.adapter, kConnection, asked.input,
                                  [show](connection::StepId step, const connection::Step* finished) {
                                      if (!show) return;
                                      const auto name = connection::to_string(step);
                                      if (finished == nullptr)
                                          std::fprintf(stderr, "  ... %.*s\r", static_cast<int>(name.size()), name.data());
                                      else
                                          std::fprintf(stderr, "\033[K");
                                  },
                                  [&](const connection::Report& finished) { report = finished; }};
    runner.start();
    // The runner ends by itself within 14 s; this is the belt to its braces.
    if (!loop.run_until([&report] { return report.has_value(); }, milliseconds{14800})) return Unexpected{Error{ErrorKind::unreachable, "The check did not end in time."}};
    return *report;
}

/// The steps and what they prove; "Online" is no word for a key that is tried from elsewhere.
void print_outsider(const connection::Report& report, const std::string& json) {
    print_report(json, false);
    std::puts("");
    for (const auto& step : report.steps)
        if (step.id == connection::StepId::ip_allow_list && step.result != connection::StepResult::skip)
            std::printf("As an outsider: %s.\n", connection::tell(step.detail, exchange::Language::en).c_str());
}

int fail(const CheckOptions& options, int status, const Error& error) {
    if (options.json) {
        std::string json;
        wire::JsonWriter{json}.begin_object().member("error", error.detail).end_object();
        std::puts(status == kUsage ? usage_json(error.detail).c_str() : json.c_str());
    }
    std::fprintf(stderr, "%s\n", error.detail.c_str());
    return status;
}

}  // namespace

int check(const CheckOptions& options) {
    auto asked = read_options(options);
    if (!asked) return fail(options, kUsage, asked.error());
    if (!options.base_url.empty()) {
        if (auto checked = net::check_routes(net::Routes{{"", options.base_url}}); !checked) return fail(options, kUsage, bad_input("--base-url: " + checked.error().detail).error);
    }
    auto credentials = read_credentials();
    if (!credentials) return fail(options, kUsage, credentials.error());
    const std::string_view name = asked->input.info.name;
    const auto report = run_check(options, std::move(*asked), std::move(*credentials));
    if (!report) return fail(options, report.error().code == signer::to_string(signer::Refusal::bad_credentials) ? kUsage : kFailed, report.error());
    const auto json = connection::to_json(*report, name, exchange::Language::en);
    if (options.json)
        std::puts(json.c_str());
    else if (options.outsider)
        print_outsider(*report, json);
    else
        print_report(json);
    switch (report->verdict) {
        case connection::Verdict::connected: return kDone;
        case connection::Verdict::refused: return kRefused;
        case connection::Verdict::failed: return kFailed;
    }
    return kFailed;
}

void print_report(const std::string& report_json, bool with_verdict) {
    const auto json = wire::Json::parse(report_json);
    if (!json) return;
    const auto text = [](const wire::JsonValue& value) { return printable(value.text().value_or("")); };
    const auto steps = (*json)["steps"];
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto step = steps.at(i);
        std::printf("  %-5s %-14s %s\n", text(step["result"]).c_str(), text(step["id"]).c_str(), text(step["detail"]).c_str());
    }
    std::puts("");
    const auto claims = (*json)["claims"];
    for (std::size_t i = 0; i < claims.size(); ++i)
        std::printf("  %-14s %-8s %s\n", std::string{claims.name_at(i)}.c_str(), text(claims.at(i)["answer"]).c_str(), text(claims.at(i)["evidence"]).c_str());
    const auto problem = (*json)["problem"];
    // An outsider who is refused for its address is no trouble: to put it on the key's list would undo what was just proven.
    const bool wanted = !with_verdict && text(problem["code"]) == exchange::to_string(exchange::ProblemCode::ip_not_allowed);
    if (problem.is_object() && !wanted)
        std::printf("\n%s\n  %s\n  %s\n", text(problem["title"]).c_str(), text(problem["cause"]).c_str(), text(problem["remedy"]).c_str());
    const auto verdict = text((*json)["verdict"]);
    if (with_verdict) std::printf("\nVerdict: %s\n", verdict == "connected" ? "Online" : verdict.c_str());
}

}  // namespace bf::app

#include "app/wire_command.hpp"

#include "app/credentials_input.hpp"
#include "app/exit_code.hpp"
#include "app/usage_error.hpp"
#include "app/utf8_mark.hpp"
#include "base/text.hpp"
#include "connection/report.hpp"
#include "exchange/call_json.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "exchange/sites.hpp"
#include "market/json.hpp"
#include "net/route.hpp"
#include "signer/credentials.hpp"
#include "wire/json_writer.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace bf::app {
namespace {

using exchange::CallError;
using exchange::Operation;

struct Prepared {
    const exchange::Calls* calls{nullptr};
    const exchange::Replies* replies{nullptr};
    exchange::Call call;
    exchange::Instruments instruments;
    bool instruments_given{false};
};

int usage(const std::string& sentence) {
    std::puts(usage_json(sentence).c_str());
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return kUsage;
}

int print_call_error(const CallError& error) {
    const std::string cause = error.kind == CallError::Kind::missing_argument ? "The request needs an argument that was not given: " + error.argument + "." : error.detail;
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("ok", false).key("problem").begin_object();
    out.member("code", exchange::to_string(error.kind)).member("title", "Request can't be written").member("cause", cause);
    out.member("remedy", error.detail).member("argument", error.argument).member("exchange_code", nullptr).member("exchange_message", nullptr);
    out.end_object().end_object();
    std::puts(json.c_str());
    std::fprintf(stderr, "%s%s%s\n", cause.c_str(), cause == error.detail ? "" : " ", cause == error.detail ? "" : error.detail.c_str());
    return error.kind == CallError::Kind::bad_argument ? kUsage : kFailed;
}

Result<void, std::string> read_instruments(const std::string& file, Prepared& prepared) {
    std::ifstream in{file, std::ios::binary};
    // A folder opens, too; reading from it throws.
    if (std::error_code none; !in || std::filesystem::is_directory(file, none)) return Unexpected{"--instruments: the file " + file + " can't be read"};
    wire::Response response{200, {}, without_utf8_mark({std::istreambuf_iterator<char>{in}, {}})};
    exchange::Call call = prepared.call;
    call.operation = Operation::instruments;
    const auto list = prepared.replies->instruments(response, {.call = call, .now = Instant{}});
    if (!list) return Unexpected{"--instruments: the file " + file + " is not an answer of `instruments`"};
    for (const auto& instrument : *list) prepared.instruments.emplace(instrument.native_symbol, instrument);
    prepared.instruments_given = true;
    return {};
}

Result<Prepared, std::string> prepare(const WireOptions& options, std::optional<CallError>& call_error) {
    Prepared prepared;
    const auto id = exchange::parse_exchange(options.exchange);
    prepared.calls = id ? exchange::calls_of(*id) : nullptr;
    prepared.replies = id ? exchange::replies_of(*id) : nullptr;
    if (prepared.calls == nullptr || prepared.replies == nullptr) return Unexpected{"--exchange must be one of " + exchange::known_exchange_names() + ", not '" + options.exchange + "'"};
    const auto market = market::parse<market::Market>(options.market);
    if (!market) return Unexpected{"--market must be spot or futures, not '" + options.market + "'"};
    const auto operation = exchange::parse_operation(options.operation);
    if (!operation) {
        std::string known;
        for (auto one = Operation::server_time;; one = static_cast<Operation>(static_cast<int>(one) + 1)) {
            known += (known.empty() ? "" : ", ") + std::string{exchange::to_string(one)};
            if (one == Operation::set_margin_mode) break;
        }
        return Unexpected{"--operation must be one of " + known + ", not '" + options.operation + "'"};
    }
    if (options.account_mode != "classic" && options.account_mode != "unified") return Unexpected{"--account-mode must be classic or unified"};
    const auto site = exchange::parse_site(options.site, prepared.calls->info());
    if (!site) return Unexpected{"--site " + exchange::sites_of(prepared.calls->info())};
    prepared.call.operation = *operation;
    prepared.call.market = *market;
    prepared.call.account_mode = options.account_mode == "unified" ? exchange::AccountMode::unified : exchange::AccountMode::classic;
    prepared.call.site = *site;
    const auto arguments = wire::Json::parse(options.arguments);
    if (!arguments) return Unexpected{std::string{"--args is not a JSON object"}};
    if (auto read = exchange::read_arguments(arguments->root(), prepared.call); !read) call_error = read.error();
    if (!options.instruments_file.empty())
        if (auto read = read_instruments(options.instruments_file, prepared); !read) return Unexpected{read.error()};
    return prepared;
}

/// Facts of the instrument that the arguments did not give.
void fill_from_instruments(Prepared& prepared) {
    const bool places = prepared.call.operation == Operation::place_order || prepared.call.operation == Operation::test_order || prepared.call.operation == Operation::place_stop;
    if (!places || !prepared.call.symbol) return;
    for (const auto& [native, instrument] : prepared.instruments) {
        if (instrument.symbol != prepared.call.symbol) continue;
        if (!prepared.call.contract_size) prepared.call.contract_size = instrument.contract_size;
        if (!prepared.call.quantity_step) prepared.call.quantity_step = instrument.quantity_step;
    }
}

/// As the re-pointing rule has it: B replaces scheme, host and port and stands before the path; hosts of futures only get B/futures.
std::string url_of(const wire::Request& request, const std::string& base_url, const exchange::Info& info) {
    if (base_url.empty()) return "https://" + request.host + request.target;
    std::string base = base_url;
    while (!base.empty() && base.back() == '/') base.pop_back();
    for (const auto host : info.futures_hosts)
        if (host == request.host) base += "/futures";
    return base + request.target;
}

void write_request(wire::JsonWriter& out, const wire::Request& request, const std::string& base_url, const exchange::Info& info) {
    out.begin_object().member("method", wire::to_string(request.method)).member("url", url_of(request, base_url, info));
    out.key("headers").begin_object();
    for (const auto& header : request.headers) out.member(header.name, header.value);
    out.end_object().member("body", request.body).end_object();
}

void write_value(wire::JsonWriter& out, Instant at) { out.number(at.ms()); }
void write_value(wire::JsonWriter& out, const exchange::KeyInfo& info) {
    connection::write_json(out, info);
}
template <class T>
void write_value(wire::JsonWriter& out, const T& value) {
    market::write_json(out, value);
}

template <class T>
int print_answer(const exchange::Answer<T>& answer, const Prepared& prepared) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("ok", answer.has_value());
    if (answer) {
        out.key("value");
        if constexpr (std::is_void_v<T>)
            out.null();
        else
            write_value(out, *answer);
    } else {
        out.key("problem").raw(connection::problem_json(answer.error(), {.exchange_name = prepared.calls->info().name, .market = prepared.call.market}));
    }
    out.end_object();
    std::puts(json.c_str());
    return answer ? kDone : kFailed;
}

/// An acknowledgement, with what it tells of the order besides its ids (MEXC repeats it, KuCoin does not).
exchange::Answer<market::Order> with_order(const exchange::Answer<exchange::PlacedOrder>& placed, const exchange::Replies& replies,
                                           const wire::Response& response, const exchange::Asked& asked) {
    if (!placed) return Unexpected{placed.error()};
    market::Order order = replies.order(response, asked).value_or(market::Order{});
    order.id = placed->id;
    order.client_order_id = placed->client_order_id;
    return order;
}

int parse_answer(const Prepared& prepared, const wire::Response& response, const exchange::Asked& asked) {
    const auto& replies = *prepared.replies;
    switch (prepared.call.operation) {
        case Operation::server_time: return print_answer(replies.server_time(response, asked), prepared);
        case Operation::key_info: return print_answer(replies.key_info(response, asked), prepared);
        case Operation::balances: return print_answer(replies.balances(response, asked), prepared);
        case Operation::instruments: return print_answer(replies.instruments(response, asked), prepared);
        case Operation::ticker: return print_answer(replies.ticker(response, asked), prepared);
        case Operation::candles: return print_answer(replies.candles(response, asked), prepared);
        case Operation::open_orders: return print_answer(replies.open_orders(response, asked), prepared);
        case Operation::order: return print_answer(replies.order(response, asked), prepared);
        case Operation::fills: return print_answer(replies.fills(response, asked), prepared);
        case Operation::positions: return print_answer(replies.positions(response, asked), prepared);
        case Operation::place_order:
        case Operation::test_order:
        case Operation::place_stop: return print_answer(with_order(replies.placed(response, asked), replies, response, asked), prepared);
        case Operation::cancel_order: return print_answer(with_order(replies.canceled(response, asked), replies, response, asked), prepared);
        case Operation::set_leverage:
        case Operation::set_margin_mode: return print_answer(replies.done(response, asked), prepared);
        default: return usage("`wire parse` reads no answers of this operation");
    }
}

}  // namespace

int wire_request(const WireOptions& options) {
    std::optional<CallError> call_error;
    auto prepared = prepare(options, call_error);
    if (!prepared) return usage(prepared.error());
    if (call_error) return print_call_error(*call_error);
    if (!options.base_url.empty())
        if (const auto checked = net::check_routes(net::Routes{{"", options.base_url}}); !checked) return usage("--base-url: " + checked.error().detail);
    const auto timestamp = parse_int(options.timestamp_ms);
    if (!timestamp || *timestamp < 0) return usage("--timestamp-ms must be Unix milliseconds");
    fill_from_instruments(*prepared);
    if (auto checked = exchange::check_arguments(prepared->call); !checked) return print_call_error(checked.error());
    exchange::RequestList requests;
    const auto write = [&](const exchange::Key* key) { return prepared->calls->write(prepared->call, key, Instant::from_ms(*timestamp), requests); };
    // A public call goes without a key: none is read for it.
    auto written = write(nullptr);
    if (!written && written.error().kind == CallError::Kind::missing_argument && written.error().argument == "key") {
        auto input = read_credentials();
        if (!input) return usage(input.error().detail);
        auto fields = signer::parse_credentials(std::move(*input));
        if (!fields) return usage(fields.error().detail);
        for (const auto& [name, value] : {std::pair<const char*, const crypto::Secret*>{"key", &fields->key}, {"secret", &fields->secret}})
            if (value->size() == 0) return print_call_error({CallError::Kind::missing_argument, name, "This call is signed: the credentials need a " + std::string{name} + "."});
        const auto key = prepared->calls->make_key(std::move(*fields));
        requests.clear();
        written = write(key.get());
    }
    if (!written) return print_call_error(written.error());
    std::string json;
    wire::JsonWriter out{json};
    if (requests.size() == 1) {
        write_request(out, requests[0], options.base_url, prepared->calls->info());
    } else {
        out.begin_object().key("requests").begin_array();
        for (std::size_t i = 0; i < requests.size(); ++i) write_request(out, requests[i], options.base_url, prepared->calls->info());
        out.end_array().end_object();
    }
    std::puts(json.c_str());
    return kDone;
}

int wire_parse(const WireOptions& options) {
    std::optional<CallError> call_error;
    const auto prepared = prepare(options, call_error);
    if (!prepared) return usage(prepared.error());
    if (call_error) return print_call_error(*call_error);
    const wire::Response response{options.status, {}, without_utf8_mark({std::istreambuf_iterator<char>{std::cin}, {}})};
    const auto now = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    const exchange::Asked asked{.call = prepared->call, .now = Instant::from_ms(now.count()), .instruments = prepared->instruments_given ? &prepared->instruments : nullptr};
    return parse_answer(*prepared, response, asked);
}

}  // namespace bf::app

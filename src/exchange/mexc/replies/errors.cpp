#include "exchange/mexc/replies/errors.hpp"

#include "base/text.hpp"
#include "exchange/remark.hpp"
#include "exchange/said.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <span>

namespace bf::exchange::mexc {
namespace {

using enum ProblemCode;

struct Row {
    std::int64_t code;
    ProblemCode meaning;
};

/// 700007, 401 and 403 are no rows: they mean a missing right, which one tells the endpoint.
constexpr Row kSpot[] = {
    {10072, invalid_key}, {700001, invalid_key}, {140002, invalid_key},
    {700002, invalid_secret}, {602, invalid_secret},
    {700003, clock_skew}, {10073, clock_skew}, {700005, clock_skew},
    {700006, ip_not_allowed},
    {70011, no_trade_permission}, {30020, no_trade_permission},
    {10007, invalid_symbol}, {-1121, invalid_symbol}, {30014, invalid_symbol}, {30021, invalid_symbol}, {730001, invalid_symbol},
    {30000, maintenance}, {30016, maintenance},
    {429, rate_limited},
    {500, exchange_unavailable}, {503, exchange_unavailable}, {504, exchange_unavailable}, {20002, exchange_unavailable},
    {10101, insufficient_balance}, {30004, insufficient_balance}, {30005, insufficient_balance},
    {30002, below_min_size},
    {10096, price_or_size_step}, {30010, price_or_size_step}, {30087, price_or_size_step},
    {-2011, order_not_found}, {30026, order_not_found}, {22222, order_not_found},
    {60005, account_restricted}, {10098, account_restricted}, {730100, account_restricted},
};

/// 2006, 2019, 2021, 2023, 2026, 2027 (leverage, margin type and position mode that clash with what is open) have no narrower word.
constexpr Row kFutures[] = {
    {401, invalid_key}, {402, key_expired}, {406, ip_not_allowed}, {602, invalid_secret}, {513, clock_skew},
    {510, rate_limited}, {2037, rate_limited}, {429, rate_limited},
    {701, no_read_permission}, {702, no_futures_permission}, {703, no_futures_permission}, {704, no_trade_permission},
    {511, no_futures_permission},
    {604, maintenance}, {801, maintenance}, {11444, maintenance},
    {500, exchange_unavailable}, {501, exchange_unavailable}, {503, exchange_unavailable}, {504, exchange_unavailable},
    {9999, exchange_unavailable},
    {1001, invalid_symbol}, {6005, invalid_symbol}, {1002, invalid_symbol},
    {6001, no_trade_permission}, {6002, no_trade_permission}, {6026, no_trade_permission},
    {2003, price_or_size_step}, {2004, price_or_size_step}, {2007, price_or_size_step}, {2032, price_or_size_step},
    {2033, price_or_size_step}, {2011, price_or_size_step}, {1004, price_or_size_step}, {2015, price_or_size_step},
    {2008, below_min_size},
    {2005, insufficient_balance}, {2018, insufficient_balance},
    {2009, reduce_only_rejected},
    {2040, order_not_found}, {2041, order_not_found},
};

std::optional<ProblemCode> find(std::span<const Row> rows, std::int64_t code) {
    const auto at = std::find_if(rows.begin(), rows.end(), [code](const Row& row) { return row.code == code; });
    return at == rows.end() ? std::nullopt : std::optional{at->meaning};
}

/// Which right is missing follows from what was asked.
ProblemCode missing_right(const Call& call) {
    const bool trades = changes_something(call.operation) || call.operation == Operation::test_order;
    if (error_list_of(call) == ErrorList::futures) return no_futures_permission;
    return trades ? no_trade_permission : no_read_permission;
}

/// Other causes that MEXC answers alike. An expired key reads like a bad signature (ccxt's error table); futures 602 also stands for a
/// stale time (public threads), and which case futures 401 is for is not documented.
std::vector<ProblemCode> candidates_of(ErrorList list, std::int64_t code) {
    if (code == 700002 || (code == 602 && list == ErrorList::spot)) return {key_expired};
    if (code == 602) return {key_expired, clock_skew};
    if (code == 401 && list == ErrorList::futures) return {invalid_secret, key_expired};
    return {};
}

/// An answer whose fate is open: a fault while changing something says nothing about what became of it.
Fate fate_of(ProblemCode code, const Call& call) {
    return code == exchange_unavailable && changes_something(call.operation) ? Fate::unknown : Fate::refused;
}

void add_retry_after(Problem& problem, const wire::Response& response) {
    if (const auto header = wire::find_header(response.headers, "Retry-After"))
        if (const auto seconds = parse_int(trim(*header)); seconds && *seconds >= 0) problem.retry_after_s = std::min(*seconds, kRetryAfterMax);
}

/// An answer that is not ours to read: the firewall's page, a gateway's fault, nothing at all.
Problem foreign_problem(const wire::Response& response, const Call& call) {
    const auto body = trim(response.body);
    const bool html = !body.empty() && body.front() == '<';
    Problem problem{.exchange_message = say(Remark::unreadable, {html ? "an HTML page" : body.empty() ? "an empty answer" : "not JSON"})};
    // The web firewall answers 403 with a page to callers it wants to slow down (and to POSTs at the old futures host).
    const bool limited = response.status == 429 || response.status == 418 || (response.status == 403 && html);
    problem.code = limited ? rate_limited : exchange_unavailable;
    problem.fate = limited ? Fate::refused : fate_of(problem.code, call);
    if (response.status >= 400) problem.exchange_code = std::to_string(response.status);
    add_retry_after(problem, response);
    return problem;
}

std::string_view text_of(const wire::Json& json) {
    for (const char* name : {"msg", "message"})
        if (const auto text = json[name].text()) return *text;
    return {};
}

}  // namespace

ErrorList error_list_of(const Call& call) {
    switch (call.operation) {
        case Operation::key_info:
        case Operation::account_id:
        case Operation::identity_level:
        case Operation::tradable_symbols: return ErrorList::spot;
        default: return call.market == market::Market::spot ? ErrorList::spot : ErrorList::futures;
    }
}

ProblemCode meaning_of(ErrorList list, std::int64_t code, const Call& call) {
    if (code == 700007 || code == 403 || (code == 401 && list == ErrorList::spot)) return missing_right(call);
    if (list == ErrorList::spot) return find(kSpot, code).value_or(other);
    if (const auto meaning = find(kFutures, code)) return *meaning;
    // Both products sit behind one host, and what an unknown key meets on the futures paths is unverified: spot's numbers from 10000 on
    // clash with none of the futures list.
    return code >= 10000 ? find(kSpot, code).value_or(other) : other;
}

Problem make_problem(ErrorList list, std::int64_t code, std::string_view text, const Call& call) {
    Problem problem{.code = meaning_of(list, code, call), .exchange_code = std::to_string(code), .exchange_message = words_of_exchange(text)};
    problem.fate = fate_of(problem.code, call);
    problem.candidates = candidates_of(list, code);
    if (problem.code == ip_not_allowed) problem.seen_address = find_address(text);
    return problem;
}

Answer<wire::Json> open_body(const wire::Response& response, const Asked& asked) {
    auto json = wire::Json::parse(response.body);
    if (!json || !(json->root().is_object() || json->root().is_array())) return Unexpected{foreign_problem(response, asked.call)};
    const auto code = (*json)["code"].integer();
    const bool failed = (*json)["success"].boolean() == false || (code && *code != 0 && *code != 200);
    if (failed) {
        auto problem = make_problem(error_list_of(asked.call), code.value_or(0), text_of(*json), asked.call);
        // Code 500 with an announcement is planned maintenance.
        if (code == 500 && (*json)["announcement"].exists()) problem.code = maintenance;
        if (response.status == 429 || response.status == 418) problem.code = rate_limited;
        if (problem.code == maintenance) problem.fate = Fate::refused;
        // A code that no list knows, with a gateway's or a server's fault: what became of the request is open.
        if (problem.code == other && response.status >= 500) {
            problem.code = exchange_unavailable;
            problem.fate = fate_of(problem.code, asked.call);
        }
        add_retry_after(problem, response);
        return Unexpected{std::move(problem)};
    }
    if (response.status >= 400) return Unexpected{foreign_problem(response, asked.call)};
    return std::move(*json);
}

std::optional<std::string> find_address(std::string_view text) {
    const auto is_part = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
    };
    for (auto begin = text.begin(); begin != text.end();) {
        begin = std::find_if(begin, text.end(), is_part);
        const auto end = std::find_if_not(begin, text.end(), is_part);
        std::string word{begin, end};
        while (!word.empty() && (word.back() == '.' || (word.back() == ':' && !word.ends_with("::")))) word.pop_back();
        std::array<unsigned char, 16> address{};
        if (inet_pton(AF_INET, word.c_str(), address.data()) == 1 || inet_pton(AF_INET6, word.c_str(), address.data()) == 1) return word;
        begin = end;
    }
    return std::nullopt;
}

}  // namespace bf::exchange::mexc

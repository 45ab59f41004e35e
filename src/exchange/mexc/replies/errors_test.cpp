#include "exchange/mexc/replies/errors.hpp"

#include "exchange/mexc/replies/golden_test.hpp"

#include <set>

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::mexc::testing;
using enum bf::exchange::ProblemCode;
using mexc::ErrorList;

namespace {

const auto replies = mexc::make_replies();

Problem problem_of(const Case& test) {
    const auto answer = replies->done(test.response, test.asked());
    REQUIRE(!answer);
    return answer.error();
}

/// A JSON value as text, for the recorded bodies.
std::string print(const wire::JsonValue& value) {
    std::string out;
    if (value.is_object()) {
        for (std::size_t i = 0; i < value.size(); ++i)
            out += (i == 0 ? "{\"" : ",\"") + std::string{value.name_at(i)} + "\":" + print(value[value.name_at(i)]);
        return out + '}';
    }
    if (value.is_text()) return '"' + std::string{*value.text()} + '"';
    if (const auto truth = value.boolean()) return *truth ? "true" : "false";
    return value.is_null() ? "null" : std::string{*value.text_or_number()};
}

}  // namespace

TEST_CASE("MEXC: every recorded error body means what the record says") {
    const auto table = wire::Json::parse(golden("errors.json"));
    REQUIRE(table);
    const auto rows = (*table)["errors"];
    CHECK(rows.size() == 36);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = rows.at(i);
        const std::string name{*row["name"].text()}, expected{*row["maps_to"].text()};
        CAPTURE(name);
        const bool is_futures = name.starts_with("futures");
        Case test{is_futures ? market::Market::futures : market::Market::spot, Operation::place_order, print(row["body"]),
                  static_cast<int>(row["http"].integer().value_or(200))};
        const auto code = std::string{to_string(problem_of(test).code)};
        // Several words or an explanation behind the first are the record's own remarks.
        CHECK_MESSAGE(expected.find(code) != std::string::npos, code, " is not ", expected);
    }
}

TEST_CASE("MEXC: the whole error lists") {
    struct Row { ErrorList list; ProblemCode meaning; std::vector<std::int64_t> codes; };
    const Row rows[] = {
        {ErrorList::spot, invalid_key, {10072, 700001, 140002}},
        {ErrorList::spot, invalid_secret, {700002, 602}},
        {ErrorList::spot, clock_skew, {700003, 10073, 700005}},
        {ErrorList::spot, ip_not_allowed, {700006}},
        {ErrorList::spot, no_trade_permission, {700007, 401, 403, 70011, 30020}},
        {ErrorList::spot, invalid_symbol, {10007, -1121, 30014, 30021, 730001}},
        {ErrorList::spot, maintenance, {30000, 30016}},
        {ErrorList::spot, rate_limited, {429}},
        {ErrorList::spot, exchange_unavailable, {500, 503, 504, 20002}},
        {ErrorList::spot, insufficient_balance, {10101, 30004, 30005}},
        {ErrorList::spot, below_min_size, {30002}},
        {ErrorList::spot, price_or_size_step, {10096, 30010, 30087}},
        {ErrorList::spot, order_not_found, {-2011, 30026, 22222}},
        {ErrorList::spot, account_restricted, {60005, 10098, 730100}},
        {ErrorList::spot, other, {30003, 30029, 30032, 30018, 30019, 30041, 30001, 30027, 30028, 26, -1128, 33333, 44444, 700004, 700008, 700013, 730708}},
        {ErrorList::futures, invalid_key, {401}},
        {ErrorList::futures, key_expired, {402}},
        {ErrorList::futures, ip_not_allowed, {406}},
        {ErrorList::futures, invalid_secret, {602}},
        {ErrorList::futures, clock_skew, {513}},
        {ErrorList::futures, rate_limited, {510, 2037}},
        {ErrorList::futures, no_read_permission, {701}},
        {ErrorList::futures, no_futures_permission, {702, 703, 511, 700007}},
        {ErrorList::futures, no_trade_permission, {704, 6001, 6002, 6026}},
        {ErrorList::futures, maintenance, {604, 801, 11444}},
        {ErrorList::futures, exchange_unavailable, {500, 501, 9999}},
        {ErrorList::futures, invalid_symbol, {1001, 6005, 1002}},
        {ErrorList::futures, price_or_size_step, {2003, 2004, 2007, 2032, 2033, 2011, 1004, 2015}},
        {ErrorList::futures, below_min_size, {2008}},
        {ErrorList::futures, insufficient_balance, {2005, 2018}},
        {ErrorList::futures, reduce_only_rejected, {2009}},
        {ErrorList::futures, order_not_found, {2040, 2041}},
        {ErrorList::futures, other, {2030, 2006, 2021, 2023, 2026, 2027, 2019, 2025, 2028, 2031, 2036, 2038, 8817, 600}},
        {ErrorList::futures, ProblemCode::invalid_key, {10072}},
    };
    for (const Row& row : rows) {
        Call call;
        call.operation = Operation::place_order;
        call.market = row.list == ErrorList::spot ? market::Market::spot : market::Market::futures;
        for (const auto code : row.codes) {
            CAPTURE(code);
            CHECK(to_string(mexc::meaning_of(row.list, code, call)) == to_string(row.meaning));
        }
    }
}

TEST_CASE("MEXC: which right is missing follows from what was asked") {
    const char* const body = R"({"code":700007,"msg":"No permission to access the endpoint"})";
    CHECK(problem_of(spot(Operation::balances, body)).code == no_read_permission);
    CHECK(problem_of(spot(Operation::private_stream, body)).code == no_read_permission);
    CHECK(problem_of(spot(Operation::test_order, body)).code == no_trade_permission);
    CHECK(problem_of(spot(Operation::cancel_order, body)).code == no_trade_permission);
    CHECK(problem_of(futures(Operation::key_info, body)).code == no_read_permission);
    CHECK(problem_of(futures(Operation::balances, body)).code == no_futures_permission);
}

TEST_CASE("MEXC: other causes, our address and the pause are told along") {
    const auto signature = problem_of(spot(Operation::balances, R"({"code":700002,"msg":"Signature for this request is not valid."})"));
    CHECK(signature.candidates == std::vector{key_expired});
    CHECK(signature.exchange_code == "700002");
    CHECK(signature.exchange_message == "Signature for this request is not valid.");
    CHECK(problem_of(spot(Operation::balances, R"({"code":700006,"msg":"IP [168.181.160.97] not in the ip white list"})")).seen_address == "168.181.160.97");
    CHECK(problem_of(spot(Operation::balances, R"({"code":700006,"msg":"IP [2001:db8::1] not in the ip white list"})")).seen_address == "2001:db8::1");
    CHECK(!problem_of(futures(Operation::balances, R"({"success":false,"code":406,"message":"Accessing IP is not in the whitelist"})")).seen_address);
    auto limited = spot(Operation::balances, R"({"code":429,"msg":"Too Many Requests"})", 429);
    limited.response.headers.push_back({"Retry-After", "7"});
    CHECK(problem_of(limited).code == rate_limited);
    CHECK(problem_of(limited).retry_after_s == 7);
    limited.response.headers.back().value = "9223372036854775807";
    CHECK(problem_of(limited).retry_after_s == 86'400);
    CHECK(problem_of(spot(Operation::balances, "{\"code\":700002,\"msg\":\"" + std::string(400, 'x') + "\"}")).exchange_message.size() == 300);
}

TEST_CASE("MEXC: a cause that can't be told names each candidate, and the remedy of each") {
    const auto text = describe(problem_of(futures(Operation::balances, R"({"success":false,"code":602,"message":"Confirming signature failed"})")),
                               {.exchange_name = "MEXC", .market = market::Market::futures});
    for (const char* named : {"the secret (mistyped)", "the key has expired", "this server's clock is too far out of step"}) CHECK_MESSAGE(text.cause.find(named) != std::string::npos, text.cause);
    CHECK(text.cause.find("something else") == std::string::npos);
    CHECK(text.remedy.find("time synchronisation") != std::string::npos);
}

TEST_CASE("MEXC: pages, faults and silence conclude nothing about the key") {
    struct Row { const char* why; int status; const char* body; ProblemCode code; Fate fate; };
    const Row rows[] = {
        {"firewall", 403, "<html><body>Access Denied</body></html>", rate_limited, Fate::refused},
        {"page with 200", 200, "<!DOCTYPE html><html></html>", exchange_unavailable, Fate::unknown},
        {"gateway", 502, "<html>Bad Gateway</html>", exchange_unavailable, Fate::unknown},
        {"fault", 503, "", exchange_unavailable, Fate::unknown},
        {"fault in JSON", 500, R"({"success":false,"code":500,"message":"System internal error!"})", exchange_unavailable, Fate::unknown},
        {"fault that says success", 504, R"({"code":0})", exchange_unavailable, Fate::unknown},
        {"nothing", 200, "", exchange_unavailable, Fate::unknown},
        {"banned", 418, "", rate_limited, Fate::refused},
        {"limited without body", 429, "", rate_limited, Fate::refused},
        {"cut short", 200, R"({"code":0,"da)", exchange_unavailable, Fate::unknown},
        {"maintenance", 200, R"({"code":500,"message":"Under maintenance","announcement":"https://www.mexc.com/"})", maintenance, Fate::refused},
        {"fault with a code of nobody's", 500, R"({"success":false,"code":88888,"msg":"order service timeout"})", exchange_unavailable, Fate::unknown},
        {"refusal with a fault's status", 500, R"({"success":false,"code":10072,"msg":"Api key info invalid"})", invalid_key, Fate::refused},
        {"success is a lie", 200, R"({"success":false,"code":0})", other, Fate::refused},
        {"refusal", 400, R"({"code":10072,"msg":"Api key info invalid"})", invalid_key, Fate::refused},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        for (const auto market : {market::Market::spot, market::Market::futures}) {
            const auto problem = problem_of(Case{market, Operation::place_order, row.body, row.status});
            CHECK(to_string(problem.code) == to_string(row.code));
            CHECK(problem.fate == row.fate);
        }
        // A read whose answer is lost has changed nothing.
        CHECK(problem_of(spot(Operation::balances, row.body, row.status)).fate == Fate::refused);
    }
    for (const char* body : {R"({"code":200,"msg":"success","timestamp":1778744778528})", R"({"success":true,"code":0})", "{}", "[]"})
        CHECK(replies->done(spot(Operation::renew_stream, body).response, spot(Operation::renew_stream, body).asked()).has_value());
}

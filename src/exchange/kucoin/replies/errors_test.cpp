#include "exchange/kucoin/replies/golden_test.hpp"

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::kucoin;
using market::Market;
using Code = ProblemCode;

namespace {

const auto kReplies = make_replies();

Problem problem(const Call& call, wire::Response response) {
    const auto answer = kReplies->done(response, {call, kNow});
    REQUIRE_FALSE(answer.has_value());
    return answer.error();
}
std::string body(const std::string& code, const std::string& message) { return R"({"code":")" + code + R"(","msg":")" + message + "\"}"; }

/// The written meaning of an entry of errors.json, whose words end where a remark begins.
std::string first_word(std::string_view text) { return std::string{text.substr(0, text.find(' '))}; }

}  // namespace

TEST_CASE("every recorded error body means what its entry says, on the product it was met on") {
    const auto json = wire::Json::parse(golden_text("errors.json")).value();
    const auto errors = json["errors"];
    REQUIRE(errors.size() == 31);
    for (std::size_t i = 0; i < errors.size(); ++i) {
        const auto entry = errors.at(i);
        const std::string name{entry["name"].text().value()};
        const std::string code{entry["body"]["code"].text().value()}, message{entry["body"]["msg"].text().value()};
        CAPTURE(name);
        std::string expected = first_word(entry["maps_to"].text().value());
        if (code == "330005") expected = "margin_mode_mismatch";
        if (code == "330012") expected = "position_mode_mismatch";
        const auto market = name.starts_with("futures-") ? Market::futures : Market::spot;
        const auto got = problem(call_of(Operation::place_order, market), answer(body(code, message), static_cast<int>(entry["http"].integer().value_or(200))));
        CHECK(std::string{to_string(got.code)} == expected);
        CHECK(got.exchange_code == code);
        CHECK(got.exchange_message == message);
    }
}

TEST_CASE("every code of the map, per product") {
    struct Row { const char* code; std::optional<Code> spot; std::optional<Code> futures; };
    const auto both = [](const char* code, Code means) { return Row{code, means, means}; };
    const Row rows[] = {
        both("400001", Code::other), both("400002", Code::clock_skew), both("400003", Code::invalid_key), both("400004", Code::invalid_passphrase),
        both("400005", Code::invalid_secret), both("400006", Code::ip_not_allowed),
        both("400200", Code::account_restricted), both("400700", Code::account_restricted), both("126002", Code::account_restricted),
        both("130201", Code::account_restricted), both("411100", Code::account_restricted),
        both("400303", Code::identity_check_required), both("126005", Code::identity_check_required), both("126047", Code::identity_check_required),
        both("126048", Code::identity_check_required), both("200009", Code::identity_check_required),
        both("400500", Code::region_restricted), both("126021", Code::region_restricted), both("126037", Code::region_restricted),
        both("126045", Code::region_restricted), both("126046", Code::region_restricted), both("130315", Code::region_restricted),
        {"40010", std::nullopt, Code::region_restricted},
        both("112010", Code::other), both("429000", Code::rate_limited), both("1015", Code::rate_limited),
        both("500000", Code::exchange_unavailable), both("230005", Code::exchange_unavailable), both("408000", Code::exchange_unavailable),
        both("404000", Code::other), both("401000", Code::other), both("415000", Code::other), both("400100", Code::other),
        both("102411", Code::other), both("400400", Code::other),
        both("200004", Code::insufficient_balance), both("102421", Code::insufficient_balance), both("230003", Code::insufficient_balance),
        both("260100", Code::insufficient_balance), both("126013", Code::insufficient_balance), both("210021", Code::insufficient_balance),
        {"200005", std::nullopt, Code::insufficient_balance}, {"300003", std::nullopt, Code::insufficient_balance},
        {"330008", std::nullopt, Code::insufficient_balance},
        both("900001", Code::invalid_symbol), both("400000", Code::invalid_symbol), both("126004", Code::invalid_symbol),
        {"100003", std::nullopt, Code::invalid_symbol}, {"200003", Code::other, Code::invalid_symbol},
        {"200001", Code::symbol_not_tradable, std::nullopt}, {"200002", Code::symbol_not_tradable, Code::rate_limited},
        both("400600", Code::symbol_not_tradable), both("600203", Code::symbol_not_tradable), both("126006", Code::symbol_not_tradable),
        both("126007", Code::symbol_not_tradable), both("126008", Code::symbol_not_tradable), both("126009", Code::symbol_not_tradable),
        both("126010", Code::symbol_not_tradable), both("126015", Code::symbol_not_tradable),
        {"300002", std::nullopt, Code::symbol_not_tradable}, {"300015", std::nullopt, Code::symbol_not_tradable},
        both("600101", Code::below_min_size), both("102435", Code::below_min_size), both("126003", Code::below_min_size),
        both("102434", Code::price_or_size_step), both("126029", Code::price_or_size_step), both("126030", Code::price_or_size_step),
        both("126022", Code::price_or_size_step), both("102429", Code::price_or_size_step), both("400370", Code::price_or_size_step),
        both("400760", Code::price_or_size_step), {"300011", std::nullopt, Code::price_or_size_step},
        {"300012", std::nullopt, Code::price_or_size_step}, {"300007", std::nullopt, Code::price_or_size_step},
        both("order_not_exist", Code::order_not_found), both("102436", Code::order_not_found), both("126043", Code::order_not_found),
        {"100004", std::nullopt, Code::order_not_found},
        both("126044", Code::duplicate_client_order_id), both("102426", Code::duplicate_client_order_id),
        both("126033", Code::duplicate_client_order_id), {"300018", std::nullopt, Code::duplicate_client_order_id},
        both("300009", Code::reduce_only_rejected), both("330005", Code::margin_mode_mismatch), both("330011", Code::position_mode_mismatch),
        both("330012", Code::position_mode_mismatch), both("102427", Code::other), {"300001", std::nullopt, Code::other},
        {"300004", std::nullopt, Code::other}, {"300005", std::nullopt, Code::other}, {"300016", std::nullopt, Code::other},
        {"300014", std::nullopt, Code::other}, both("126042", Code::other), both("126027", Code::other), both("126028", Code::other),
        both("400350", Code::other), both("400330", Code::other), both("999999", Code::other),
    };
    for (const Row& row : rows) {
        CAPTURE(row.code);
        const auto response = answer(body(row.code, "words"), 400);
        if (row.spot) CHECK(problem(call_of(Operation::place_order), response).code == *row.spot);
        if (row.futures) CHECK(problem(call_of(Operation::place_order, Market::futures), response).code == *row.futures);
    }
}

TEST_CASE("where a number says too little, the text is looked at") {
    struct Row { const char* code; const char* message; Market market; Code means; };
    const auto spot = Market::spot, futures = Market::futures;
    const Row rows[] = {
        {"400100", "The order does not exist.", spot, Code::order_not_found},
        {"400100", "order_not_exist_or_not_allow_to_cancel", spot, Code::order_not_found},
        {"400100", "Order size below the minimum requirement.", spot, Code::below_min_size},
        {"400100", "Unsupported trading pair.", spot, Code::invalid_symbol},
        {"400100", "validation.createOrder.clientOidIsRequired", spot, Code::other},
        {"600100", "Funds below the minimum requirement.", spot, Code::below_min_size},
        {"600100", "Order size increment invalid.", spot, Code::price_or_size_step},
        {"300000", "The quantity is invalid.", spot, Code::price_or_size_step},
        {"300000", "The quantity is below the lower limit", futures, Code::below_min_size},
        {"100001", "error.getOrder.orderNotExist", futures, Code::order_not_found},
        {"100001", "Parameter error", futures, Code::other},
        {"777777", "Too many requests, slow down", spot, Code::rate_limited},
    };
    for (const Row& row : rows) {
        CAPTURE(row.message);
        CHECK(problem(call_of(Operation::place_order, row.market), answer(body(row.code, row.message))).code == row.means);
    }
}

TEST_CASE("400007 names the right that the call needed") {
    struct Row { Operation operation; Market market; Code means; };
    const auto spot = Market::spot, futures = Market::futures;
    const Row rows[] = {
        {Operation::key_info, futures, Code::no_read_permission}, {Operation::balances, spot, Code::no_read_permission},
        {Operation::balances, futures, Code::no_futures_permission}, {Operation::positions, futures, Code::no_futures_permission},
        {Operation::open_orders, futures, Code::no_read_permission}, {Operation::private_stream, spot, Code::no_read_permission},
        {Operation::test_order, spot, Code::no_trade_permission}, {Operation::place_order, futures, Code::no_futures_permission},
        {Operation::cancel_order, spot, Code::no_trade_permission}, {Operation::margin_mode, futures, Code::no_futures_permission},
    };
    for (const Row& row : rows) {
        CAPTURE(to_string(row.operation));
        CHECK(problem(call_of(row.operation, row.market), answer(body("400007", "Access denied, require more permission"), 403)).code == row.means);
    }
    // A version the key is not of hides behind the same code: asked again with the older one it goes.
    CHECK(problem(call_of(Operation::key_info), answer(body("400007", "Invalid KC-API-KEY-VERSION"), 403)).code == Code::invalid_passphrase);
}

TEST_CASE("a wrong secret spoils the passphrase too: both are named") {
    const auto got = problem(call_of(Operation::key_info), answer(body("400004", "Invalid KC-API-PASSPHRASE"), 401));
    CHECK(got.code == Code::invalid_passphrase);
    CHECK(got.candidates == std::vector<Code>{Code::invalid_secret});
}

TEST_CASE("our address is found in the refusal") {
    struct Row { const char* message; std::optional<std::string> address; };
    const Row rows[] = {
        {"Invalid request ip, the current clientIp is:209.52.132.232", "209.52.132.232"},
        {"the current clientIp is: 2001:db8::7334.", "2001:db8::7334"},
        {"the current clientIp is:2001:db8:0:1:2:3:4:5", "2001:db8:0:1:2:3:4:5"},
        {"Invalid request ip, the current clientIp is:::1", "::1"},
        {"the current clientIp is:::ffff:203.0.113.7", "::ffff:203.0.113.7"},
        {"Invalid request ip", std::nullopt},
        {"", std::nullopt},
    };
    for (const Row& row : rows) {
        CAPTURE(row.message);
        CHECK(problem(call_of(Operation::balances), answer(body("400006", row.message), 403)).seen_address == row.address);
    }
}

TEST_CASE("how long to wait") {
    const auto call = call_of(Operation::balances), futures = call_of(Operation::balances, Market::futures);
    auto limited = answer(body("429000", "Too Many Requests"), 429);
    CHECK_FALSE(problem(call, limited).retry_after_s.has_value());
    limited.headers = {{"GW-RateLimit-Reset", "1500"}};
    CHECK(problem(call, limited).retry_after_s == 2);
    for (const char* name : {"GW-RateLimit-Reset", "Retry-After"}) {
        limited.headers = {{name, "9223372036854775807"}};
        CHECK(problem(call, limited).retry_after_s == 86'400);
    }
    CHECK(problem(futures, answer(body("200002", "Your contract multiplier request is too frequent"))).retry_after_s == 10);
    const auto cloudflare = problem(call, answer("error code: 1015", 429));
    CHECK(cloudflare.code == Code::rate_limited);
    CHECK(cloudflare.retry_after_s == 30);
}

TEST_CASE("pages, silence and broken answers say nothing about the key") {
    struct Row { const char* why; int status; const char* body; Code means; };
    const Row rows[] = {
        {"a proxy's page", 502, "<html><h1>Bad Gateway</h1></html>", Code::exchange_unavailable},
        {"a region page", 403, "<!DOCTYPE html><title>Forbidden</title>", Code::exchange_unavailable},
        {"maintenance", 503, "Service Unavailable", Code::maintenance},
        {"nothing", 200, "", Code::exchange_unavailable},
        {"half an answer", 200, R"({"code":"200000","data":{"per)", Code::exchange_unavailable},
        {"another service's JSON", 200, R"({"status":"ok"})", Code::exchange_unavailable},
        {"the code of success behind a gateway's error", 504, R"({"code":"200000","data":{"orderId":"1"}})", Code::exchange_unavailable},
        {"a list", 200, "[]", Code::exchange_unavailable},
        {"a number as code", 500, R"({"code":500000,"msg":null})", Code::exchange_unavailable},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(problem(call_of(Operation::key_info), answer(row.body, row.status)).code == row.means);
        CHECK(problem(call_of(Operation::key_info), answer(row.body, row.status)).fate == Fate::refused);
        CHECK(problem(call_of(Operation::place_order), answer(row.body, row.status)).fate == Fate::unknown);
    }
    CHECK(problem(call_of(Operation::place_order), answer(body("200004", "Balance insufficient!"))).fate == Fate::refused);
}

TEST_CASE("messages are cut to 300 characters, never within one") {
    std::string message(299, 'a');
    message += "\xc3\xa9\xc3\xa9";
    const auto got = problem(call_of(Operation::balances), answer(body("999999", message)));
    CHECK(got.exchange_message == std::string(299, 'a'));
}

// No typed call, whatever its arguments, becomes a request that an endpoint for withdrawals, transfers, sub-accounts, borrowing or keys
// would accept. Runs over every adapter linked into this program, through the door that the signer uses: check_arguments, then write.
#include "base/text.hpp"
#include "security/harm.hpp"
#include "support/credentials.hpp"
#include "support/toy_exchange.hpp"
#include "wire/json.hpp"
#ifdef BF_WITH_MEXC
#include "exchange/mexc/calls/calls.hpp"
#include "exchange/mexc/offers.hpp"
#endif
#ifdef BF_WITH_KUCOIN
#include "exchange/kucoin/calls/calls.hpp"
#include "exchange/kucoin/offers.hpp"
#endif

#include <algorithm>
#include <cstdio>
#include <doctest/doctest.h>
#include <functional>
#include <set>

using namespace bf;
using exchange::Call;
using exchange::Operation;

namespace {

std::vector<std::unique_ptr<exchange::Calls>> adapters() {
    std::vector<std::unique_ptr<exchange::Calls>> all;
    all.push_back(std::make_unique<test::ToyCalls>());
#ifdef BF_WITH_MEXC
    all.push_back(exchange::mexc::make_calls());
#endif
#ifdef BF_WITH_KUCOIN
    all.push_back(exchange::kucoin::make_calls());
#endif
    return all;
}

/// Every argument the operation takes, there or not, in all combinations, and in each of its kinds.
std::vector<Call> calls_of(Operation operation, market::Market market) {
    std::vector<Call> calls{Call{}};
    calls[0].operation = operation;
    calls[0].market = market;
    const auto offer = [&calls](std::string_view name, const std::vector<std::function<void(Call&)>>& values) {
        std::vector<Call> varied;
        for (const auto& call : calls) {
            // check_arguments names what is missing in the order of these offers: what it asks for now can't be left out.
            const auto without = exchange::check_arguments(call);
            if (without || without.error().argument != name) varied.push_back(call);
            for (const auto& value : values) {
                auto with = call;
                value(with);
                const auto checked = exchange::check_arguments(with);
                if (checked || checked.error().kind == exchange::CallError::Kind::missing_argument) varied.push_back(std::move(with));
            }
        }
        calls = std::move(varied);
    };
    const bool futures = market == market::Market::futures;
    offer("symbol", {[futures](Call& c) { c.symbol = market::Symbol::parse(futures ? "BTC/USDT:USDT" : "BTC/USDT"); }});
    offer("side", {[](Call& c) { c.side = market::Side::buy; }, [](Call& c) { c.side = market::Side::sell; }});
    offer("type", {[](Call& c) { c.type = market::OrderType::limit; }, [](Call& c) { c.type = market::OrderType::market; }});
    offer("quantity", {[](Call& c) { c.quantity = "2"_d; }, [](Call& c) { c.quote_quantity = "50"_d; }});
    offer("price", {[](Call& c) { c.price = "60000"_d; }});
    offer("stop_price", {[](Call& c) { c.stop_price = "61000"_d; }});
    offer("time_in_force", {[](Call& c) { c.time_in_force = market::TimeInForce::ioc; }});
    offer("post_only", {[](Call& c) { c.post_only = true; }});
    offer("reduce_only", {[](Call& c) { c.reduce_only = true; }});
    offer("client_order_id", {[](Call& c) { c.client_order_id = "bf-0123-abc"; }});
    offer("id", {[](Call& c) { c.order_id = "1234567890"; }});
    offer("margin_mode", {[](Call& c) { c.margin_mode = market::MarginMode::isolated; }, [](Call& c) { c.margin_mode = market::MarginMode::cross; }});
    offer("leverage", {[](Call& c) { c.leverage = 3; }});
    offer("position_mode", {[](Call& c) { c.position_mode = market::PositionMode::one_way; }, [](Call& c) { c.position_mode = market::PositionMode::hedge; }});
    offer("interval", {[](Call& c) { c.interval = market::Interval::h1; }});
    offer("since_ms", {[](Call& c) { c.since = Instant::from_ms(1'700'000'000'000); }});
    offer("until_ms", {[](Call& c) { c.until = Instant::from_ms(1'700'000'600'000); }});
    offer("limit", {[](Call& c) { c.limit = 50; }});
    offer("page", {[](Call& c) { c.page = 2; }});
    offer("listen_key", {[](Call& c) { c.listen_key = "abcdef0123456789"; }});
    offer("contract_size", {[](Call& c) {
        c.contract_size = "0.0001"_d;
        c.quantity_step = "0.0001"_d;
    }});
    std::erase_if(calls, [](const Call& call) { return !exchange::check_arguments(call); });
    const auto classic = calls.size();
    for (std::size_t i = 0; i < classic; ++i) {
        calls.push_back(calls[i]);
        calls.back().account_mode = exchange::AccountMode::unified;
        if (i % 2 == 0) calls.back().site = exchange::Site::eu;
    }
    return calls;
}

/// The enumeration's last; one that is added behind it needs its line here.
constexpr auto kLastOperation = Operation::fee_rates;

template <class Visit>
void each_operation(Visit&& visit) {
    for (int operation = 0; operation <= static_cast<int>(kLastOperation); ++operation)
        for (const auto market : {market::Market::spot, market::Market::futures}) visit(static_cast<Operation>(operation), market);
}

struct Counted {
    std::size_t calls{0};
    std::size_t requests{0};
};

void check(const exchange::Calls& adapter, Operation operation, market::Market market, Counted& counted) {
    const auto key = adapter.make_key(test::credentials("mx0canary0key00001", "0123456789abcdef0123456789abcdef", "passphrase"));
    exchange::RequestList requests;
    for (const auto& call : calls_of(operation, market)) {
        ++counted.calls;
        requests.clear();
        if (!adapter.write(call, key.get(), Instant::from_ms(1'700'000'000'000), requests)) continue;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            ++counted.requests;
            // A frame for a WebSocket, which is no request: its login names the key it logs in with.
            if (operation == Operation::stream_login) {
                CHECK_FALSE(requests[i].target.starts_with("/api"));
                continue;
            }
            const auto harm = test::harm_in(requests[i], adapter.info().id);
            if (!harm.empty()) FAIL_CHECK(adapter.info().name << " " << to_string(operation) << ": " << harm);
        }
    }
}

}  // namespace

TEST_CASE("no template can emit what an endpoint that moves funds or manages keys requires") {
    for (const auto& adapter : adapters()) {
        Counted counted;
        each_operation([&](Operation operation, market::Market market) { check(*adapter, operation, market, counted); });
        std::printf("%s: %zu calls, %zu requests\n", std::string{adapter->info().name}.c_str(), counted.calls, counted.requests);
        CHECK(counted.requests > 100);
    }
}

TEST_CASE("what an exchange is said not to have has no template, and everything else has one") {
    const auto check_offers = [](const exchange::Calls& adapter, const std::function<bool(const Call&)>& offers) {
        const auto key = adapter.make_key(test::credentials("mx0canary0key00001", "0123456789abcdef0123456789abcdef", "passphrase"));
        exchange::RequestList requests;
        std::size_t offered = 0, missing = 0;
        each_operation([&](Operation operation, market::Market market) {
            for (const auto& call : calls_of(operation, market)) {
                const auto written = adapter.write(call, key.get(), Instant::from_ms(1'700'000'000'000), requests);
                // An argument that this exchange does not take is another matter.
                const auto about = written ? std::string{} : written.error().argument;
                const bool none = !written && written.error().kind == exchange::CallError::Kind::not_supported && (about.empty() || about == "operation" || about == "margin_mode");
                if (none == offers(call)) FAIL_CHECK(adapter.info().name << " " << to_string(operation) << " " << to_string(market) << (none ? " is said to be there" : " is said not to be there"));
                ++(none ? missing : offered);
            }
        });
        CHECK(offered > 100);
        CHECK(missing > 10);
    };
#ifdef BF_WITH_MEXC
    check_offers(*exchange::mexc::make_calls(), exchange::mexc::offers);
#endif
#ifdef BF_WITH_KUCOIN
    check_offers(*exchange::kucoin::make_calls(), exchange::kucoin::offers);
#endif
}

TEST_CASE("no text of a caller becomes a path, a parameter or a line of its own") {
    using namespace std::string_literals;
    const std::string texts[] = {
        "../../v1/withdrawals", "..", ".", "/", "a/b", "a\\b", "a?b=1", "a&currency=USDT", "a=b", "a;b", "a#b", "a%2fb", "%2e%2e%2f", "a%00b", "a\0b"s, "a\r\nX-Other: 1", "a\nb", "a\rb", "a\tb",
        " a", "a ", "a b", "a+b", "a\"b", "a\",\"currency\":\"USDT", "a'b", "a{b}", "a[0]", "a,b", "a:b", "a@b", "a|b", "a<b>", "a~b", "a*b", "a\x7f", "a\xc3\xa9", "\xef\xbc\x8f", "a\xe2\x80\xae" "b", "a\xff",
        "", std::string(200, 'a'), std::string(65'537, 'a')};
    std::size_t refused = 0;
    for (const auto& adapter : adapters()) {
        const auto key = adapter->make_key(test::credentials("mx0canary0key00001", "0123456789abcdef0123456789abcdef", "passphrase"));
        exchange::RequestList requests;
        each_operation([&](Operation operation, market::Market market) {
            for (const auto& sound : calls_of(operation, market)) {
                // The fields of a call that are text, one after the other; those an operation does not take are none of its doors.
                for (auto field : {&Call::client_order_id, &Call::order_id, &Call::listen_key}) {
                    if (!(sound.*field)) continue;
                    for (const auto& text : texts) {
                        auto call = sound;
                        call.*field = text;
                        if (!exchange::check_arguments(call)) {
                            ++refused;
                            continue;
                        }
                        requests.clear();
                        if (!adapter->write(call, key.get(), Instant::from_ms(1'700'000'000'000), requests)) continue;
                        FAIL_CHECK(adapter->info().name << " " << to_string(operation) << " takes a text of " << text.size() << " bytes: " << text.substr(0, 30));
                    }
                }
            }
        });
    }
    std::printf("%zu smuggled texts refused\n", refused);
    CHECK(refused > 10'000);
}

TEST_CASE("the judge itself sees harm") {
    const auto harm = [](wire::Method method, std::string target, std::string body = {}) {
        wire::Request request;
        request.method = method;
        request.target = std::move(target);
        request.body = std::move(body);
        return test::harm_in(request, exchange::ExchangeId::mexc);
    };
    CHECK(harm(wire::Method::get, "/api/v3/account?timestamp=1&signature=x").empty());
    CHECK_FALSE(harm(wire::Method::del, "/api/v3/account?timestamp=1").empty());
    CHECK_FALSE(harm(wire::Method::post, "/api/v3/apiKeyInfo?accessKey=1").empty());
    CHECK_FALSE(harm(wire::Method::get, "/api/v3/account?coin=BTC").empty());
    CHECK_FALSE(harm(wire::Method::get, "/api/v3/account?ADDRESS=1").empty());
    CHECK_FALSE(harm(wire::Method::post, "/api/v3/order", R"({"list":[{"toAccountType":"SPOT"}]})").empty());
    CHECK_FALSE(harm(wire::Method::get, "/api/v3/order/..").empty());
    CHECK_FALSE(harm(wire::Method::get, "/api/v3/capital/config/getall").empty());
    CHECK_FALSE(harm(wire::Method::get, "/api/v3/order?id=5").empty());
}

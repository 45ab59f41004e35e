// The signer as the process it is: started, asked, and looked at from outside.
#include "base/text.hpp"
#include "signer/fingerprint.hpp"
#include "signer/sealing.hpp"
#include "support/signer_process.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::signer;

namespace {

std::string sealed(const Hello& hello, std::string json) { return seal(hello.public_key, crypto::Secret::take(std::move(json))); }

SignItem order(std::string connection, Instant at) {
    SignItem item{std::move(connection), Slot::active, at, at + seconds{5}, {}};
    item.call.operation = exchange::Operation::place_order;
    item.call.symbol = market::Symbol::parse("BTC/USDT");
    item.call.side = market::Side::buy;
    item.call.type = market::OrderType::limit;
    item.call.quantity = "0.25"_d;
    item.call.price = "60000"_d;
    item.call.client_order_id = "bf-1-abc";
    item.reference = ports::PriceReference{"60010"_d, at};
    return item;
}

}  // namespace

TEST_CASE("a transient key signs a typed call over a real socket") {
    test::SignerProcess process;
    auto client = process.client();
    const auto hello = client.hello();
    REQUIRE(hello.has_value());
    CHECK(hello->fingerprint == fingerprint_of(hello->public_key));
    const auto added = client.add("c1", test::kToyExchange, Keep::memory,
                                  sealed(*hello, R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
    REQUIRE(added.has_value());
    CHECK(added->kept);

    const auto now = test::SystemClock{}.wall();
    const SignItem items[] = {order("c1", now), order("nobody", now)};
    const auto reply = client.sign(items);
    REQUIRE(reply.has_value());
    REQUIRE((*reply)->items.size() == 2);
    const auto& first = (*reply)->items[0];
    REQUIRE_FALSE(first.refused.has_value());
    const auto& request = first.requests[0];
    CHECK(request.body == R"({"symbol":"BTC/USDT","side":"buy","quantity":"0.25","price":"60000","clientOrderId":"bf-1-abc"})");
    const crypto::HmacSha256 hmac{crypto::Secret::take("c2VjcmV0LXNlY3JldC1zZWNyZXQ=")};
    CHECK(wire::find_header(request.headers, "TOY-SIGN") ==
          to_base64(hmac.sign({std::to_string(now.ms()), "POST", "/v1/orders", request.body})));
    REQUIRE((*reply)->items[1].refused.has_value());
    CHECK((*reply)->items[1].refused->reason == Refusal::unknown_connection);
}

#include "connection/saying.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace bf;
using namespace bf::connection;
using exchange::Language;

TEST_CASE("every sentence is told in both languages, about all it is given") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kSayingCount; ++i) {
        const Fact fact{static_cast<Saying>(i), {"key_expired", "7"}};
        const auto en = tell({fact}, Language::en);
        const auto nl = tell({fact}, Language::nl);
        CAPTURE(to_string(fact.saying));
        CHECK(!en.empty());
        CHECK(!nl.empty());
        CHECK(en.find_first_of("{}") == std::string::npos);
        CHECK(nl.find_first_of("{}") == std::string::npos);
        // What one language tells of, the other does too.
        CHECK((en.find('7') == std::string::npos) == (nl.find('7') == std::string::npos));
        CHECK(names.insert(to_string(fact.saying)).second);
    }
}

TEST_CASE("facts are told in order, the exchange's own words in brackets, and kept by name") {
    const Facts facts{{Saying::test_order_refused}, {Saying::exchange_said, {"400100", "say \"no\""}}, {Saying::not_reached}};
    CHECK(tell(facts, Language::en) == "a test order was refused (400100: “say \"no\"”); not reached");
    CHECK(tell(facts, Language::nl) == "een proeforder is geweigerd (400100: “say \"no\"”); niet bereikt");
    std::string json;
    wire::JsonWriter out{json};
    write_json(out, facts);
    CHECK(json == R"([["test_order_refused"],["exchange_said","400100","say \"no\""],["not_reached"]])");
    const auto read = wire::Json::parse(json);
    REQUIRE(read);
    CHECK(read_facts(read->root()) == facts);
}

TEST_CASE("fields and problems are told in the reader's words") {
    CHECK(tell({{Saying::field_empty, {"secret"}}}, Language::nl) == "geheim is leeg");
    CHECK(tell({{Saying::test_failed, {"ip_not_allowed"}}}, Language::en) == "Test failed: IP not allowed.");
    const Facts modes{{Saying::position_mode, {"one_way"}}, {Saying::margin_mode, {"BTC/USDT:USDT", "isolated"}}};
    CHECK(tell(modes, Language::en) == "position mode: one-way; margin mode of BTC/USDT:USDT: isolated");
    CHECK(tell(modes, Language::nl) == "positiemodus: one-way; margemodus van BTC/USDT:USDT: geïsoleerd");
}

#include "trading/signal.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::trading;

namespace {

Result<Signal, FieldError> read(const std::string& body) {
    auto json = read_body(body);
    if (!json) return Unexpected{json.error()};
    return read_signal(json->root());
}

}  // namespace

TEST_CASE("a TradingView body, as JSON and with words around it") {
    const std::string json = R"({"token":"t","time":"2025-01-15T09:30:00Z","bar_time":"2025-01-15T09:15:00Z","strategy":"eth","pair":"ETH/USDT","direction":"long","kind":"entry","price":"3000.5","extra":[1]})";
    for (const auto& body : {json, "alert fired: " + json + " thanks", "\n" + json + "\r\n"}) {
        const auto signal = read(body);
        REQUIRE(signal.has_value());
        CHECK(signal->time.ms() == 1'736'933'400'000);
        CHECK(signal->bar_time->ms() == 1'736'932'500'000);
        CHECK(signal->pair == "ETH/USDT");
        CHECK(signal->price == "3000.5"_d);
        CHECK(signal->kind == SignalKind::entry);
    }
    CHECK(token_of(read_body(json)->root()) == "t");
}

TEST_CASE("what can't be read says what and why") {
    struct Row { const char* why; const char* body; std::string_view field; };
    const Row rows[] = {
        {"nothing", "", ""},
        {"no object", "hello", ""},
        {"an object that does not end", R"({"time":1)", ""},
        {"not JSON", "{time}", ""},
        {"no time", R"({"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"entry"})", "time"},
        {"a time nobody can read", R"({"time":"yesterday","strategy":"s","pair":"ETH/USDT","direction":"long","kind":"entry"})", "time"},
        {"no strategy", R"({"time":1,"pair":"ETH/USDT","direction":"long","kind":"entry"})", "strategy"},
        {"an exchange's own symbol", R"({"time":1,"strategy":"s","pair":"ETHUSDT","direction":"long","kind":"entry"})", "pair"},
        {"an empty pair", R"({"time":1,"strategy":"s","pair":"","direction":"long","kind":"entry"})", "pair"},
        {"a third direction", R"({"time":1,"strategy":"s","pair":"ETH/USDT","direction":"up","kind":"entry"})", "direction"},
        {"a fourth kind", R"({"time":1,"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"hold"})", "kind"},
        {"a lag of zero", R"({"time":1,"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"add","max_lag_s":0})", "max_lag_s"},
        {"a price in words", R"({"time":1,"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"add","price":"high"})", "price"},
        {"a name twice", R"({"time":1,"kind":"exit","strategy":"s","pair":"ETH/USDT","direction":"long","kind":"add"})", "kind"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto signal = read(row.body);
        REQUIRE_FALSE(signal.has_value());
        CHECK(signal.error().field == row.field);
        for (const auto language : {Language::en, Language::nl}) CHECK_FALSE(sentence(signal.error(), language).empty());
    }
    CHECK_FALSE(read_body("{" + std::string(kSignalBytesMax, ' ') + "}").has_value());
    // Longer than any strategy's own: it says nothing, and refuses nothing.
    const auto patient = read(R"({"time":1,"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"add","max_lag_s":1000000})");
    REQUIRE(patient.has_value());
    CHECK(patient->max_lag == seconds{86'400});
    CHECK(read(R"(braces } in " text {"time":1,"strategy":"a}\"{b","pair":"ETH/USDT","direction":"long","kind":"exit"})").has_value());
}

TEST_CASE("a fault is told in both languages, as code and values of one table") {
    struct Row { const char* body; const char *en, *nl; };
    const Row rows[] = {
        {"hello", "the body holds no JSON object", "in de tekst staat geen JSON-object"},
        {R"({"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"entry"})", "time is missing", "time ontbreekt"},
        {R"({"time":1,"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"hold"})", "kind must be entry, add or exit", "kind moet zijn: entry, add of exit"},
        {R"({"time":1,"strategy":"s","pair":"ETHUSDT","direction":"long","kind":"entry"})", "pair must be a pair like BTC/USDT, or BTC/USDT:USDT on futures",
         "pair moet een paar zijn zoals BTC/USDT, of BTC/USDT:USDT voor futures"},
        {R"({"time":1,"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"add","max_lag_s":0})", "max_lag_s must be at least 1 second", "max_lag_s moet minstens 1 seconde zijn"},
        {R"({"must be missing":1,"must be missing":1})", "must be missing stands twice", "must be missing staat er twee keer"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.body);
        const auto signal = read(row.body);
        REQUIRE_FALSE(signal.has_value());
        CHECK(sentence_with_field(signal.error(), Language::en) == row.en);
        CHECK(sentence_with_field(signal.error(), Language::nl) == row.nl);
    }
}

TEST_CASE("every fault has a name of its own, and both its sentences use the same values") {
    for (std::size_t i = 0; i < kFaultCount; ++i) {
        const auto fault = static_cast<Fault>(i);
        CHECK(parse_fault(to_string(fault)) == fault);
        const FieldError error{"x", fault, {"1.5", "2.5", "3.5"}};
        for (const auto& value : error.about) {
            CAPTURE(to_string(fault));
            const auto spoken = std::string{value.substr(0, 1)};
            CHECK((sentence(error, Language::en).find(spoken + ".5") == std::string::npos) ==
                  (sentence(error, Language::nl).find(spoken + ",5") == std::string::npos && sentence(error, Language::nl).find(spoken + ".5") == std::string::npos));
        }
    }
    CHECK_FALSE(parse_fault("").has_value());
}

TEST_CASE("times") {
    struct Row { const char* text; std::int64_t ms; };  // -1: refused
    const Row rows[] = {
        {"0", 0}, {"1736933400000", 1'736'933'400'000}, {"2025-01-15T09:30:00Z", 1'736'933'400'000}, {"2025-01-15 09:30:00Z", 1'736'933'400'000},
        {"2025-01-15T09:30:00.5Z", 1'736'933'400'500}, {"2025-01-15T09:30:00.123456789Z", 1'736'933'400'123}, {"2025-01-15T09:30:00+00:00", 1'736'933'400'000},
        {"2024-02-29T00:00:00Z", 1'709'164'800'000}, {"2025-02-29T00:00:00Z", -1}, {"2025-01-15T09:30:00", -1}, {"2025-01-15T09:30:00+01:00", -1},
        {"2025-13-15T09:30:00Z", -1}, {"2025-01-15T24:00:00Z", -1}, {"", -1}, {"-5", -1}, {"1e12", -1}, {"99999999999999999", -1}, {"2025-01-15T09:30:00.Z", -1},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto read_at = read_time(row.text);
        CHECK(read_at.has_value() == (row.ms >= 0));
        if (read_at) CHECK(read_at->ms() == row.ms);
    }
}

TEST_CASE("two deliveries of one signal share their key") {
    Signal signal{.id = "7", .strategy = "s", .pair = "ETH/USDT", .time = Instant::from_ms(1000)};
    Signal again = signal;
    again.time = Instant::from_ms(2000);
    CHECK(duplicate_key(signal) == duplicate_key(again));
    signal.id = again.id = "";
    CHECK(duplicate_key(signal) != duplicate_key(again));
    signal.bar_time = again.bar_time = Instant::from_ms(500);
    CHECK(duplicate_key(signal) == duplicate_key(again));
    // Called by its id instead of its name it is the same strategy.
    again.strategy = "s-1";
    CHECK(duplicate_key(signal) == duplicate_key(again));
    again.kind = SignalKind::exit;
    CHECK(duplicate_key(signal) != duplicate_key(again));
}

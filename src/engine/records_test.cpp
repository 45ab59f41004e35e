#include "engine/records.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::engine;

namespace {

Intent full_intent() {
    OrderPlan plan;
    plan.connection = "c1";
    plan.symbol = {"BTC", "USDT", "USDT"};
    plan.side = market::Side::sell;
    plan.quantity = "0.012"_d;
    plan.price = "60123.4"_d;
    plan.stop_price = "59000"_d;
    plan.time_in_force = market::TimeInForce::ioc;
    plan.reduce_only = true;
    plan.margin_mode = market::MarginMode::cross;
    plan.position_mode = market::PositionMode::hedge;
    plan.leverage = 25;
    plan.purpose = Purpose::close;
    plan.group = 9;
    plan.leg = 3;
    plan.limits = {"0.1"_d, "0.001"_d, "0.001"_d, "5"_d, "0.001"_d};
    plan.send_within = seconds{2};
    return {plan, 41, 7, "bf1aabb", Instant::from_ms(1'790'000'000'000), {1, 2, 3}};
}
Intent bare_intent() {
    OrderPlan plan;
    plan.connection = "c1";
    plan.symbol = {"BTC", "USDT", ""};
    plan.type = market::OrderType::market;
    plan.quantity = "1"_d;
    return {plan, 1, 1, "bf1cc", Instant::from_ms(1)};
}

std::vector<Record> samples() {
    return {full_intent(), bare_intent(), AcceptedRecord{41, "C02__505"},
            FillRecord{41, {"T1", "60123.4"_d, "0.012"_d, market::Amount{"USDT", "0.43"_d}, market::Liquidity::taker, Instant::from_ms(5)}},
            FillRecord{41, {"T2", "60123.4"_d, "0.012"_d, std::nullopt, std::nullopt, Instant::from_ms(5)}},
            FinishedRecord{41, End::absent, Decimal{}}, FinishedRecord{41, End::filled, "0.012"_d}};
}

}  // namespace

TEST_CASE("a record read is the record written") {
    std::string bytes = "something that was here before";
    for (const auto& record : samples()) {
        write_record(bytes, record);
        const auto read = read_record(kind_of(record), bytes);
        REQUIRE(read.has_value());
        CHECK(*read == record);
    }
}

TEST_CASE("an intent that was written before intents carried a digest is read as having none") {
    std::string bytes;
    const auto intent = full_intent();
    write_record(bytes, intent);
    bytes[0] = 1;
    bytes.resize(bytes.size() - intent.digest.size());
    auto expected = intent;
    expected.digest = {};
    CHECK(std::get<Intent>(read_record(RecordKind::intent, bytes).value()) == expected);
}

TEST_CASE("cut, lengthened or changed, a record is refused or is exactly what would be written") {
    std::string bytes, again;
    for (const auto& record : samples()) {
        write_record(bytes, record);
        const auto kind = kind_of(record);
        for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(read_record(kind, bytes.substr(0, size)).has_value());
        CHECK_FALSE(read_record(kind, bytes + '\0').has_value());
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                auto changed = bytes;
                changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
                const auto read = read_record(kind, changed);
                if (!read) {
                    CHECK(read.error().kind == ErrorKind::damaged);
                    continue;
                }
                write_record(again, *read);
                CHECK(again == changed);
            }
        }
        for (const auto other : {RecordKind::intent, RecordKind::accepted, RecordKind::fill, RecordKind::finished})
            if (other != kind) CHECK_FALSE(read_record(other, bytes).has_value());
    }
    CHECK_FALSE(read_record(static_cast<RecordKind>(16), "").has_value());
}

TEST_CASE("what no order of ours can be is refused although its form is right") {
    struct Row { const char* why; void (*change)(Intent&); };
    const Row rows[] = {
        {"no number", [](Intent& i) { i.number = 0; }},
        {"no client order id", [](Intent& i) { i.client_id.clear(); }},
        {"no connection", [](Intent& i) { i.plan.connection.clear(); }},
        {"no quantity", [](Intent& i) { i.plan.quantity = Decimal{}; }},
        {"a quantity below zero", [](Intent& i) { i.plan.quantity = "-1"_d; }},
        {"a price of zero", [](Intent& i) { i.plan.price = Decimal{}; }},
        {"a symbol that is none", [](Intent& i) { i.plan.symbol.base = "btc"; }},
    };
    std::string bytes;
    for (const auto& row : rows) {
        CAPTURE(row.why);
        auto intent = full_intent();
        row.change(intent);
        write_record(bytes, intent);
        CHECK_FALSE(read_record(RecordKind::intent, bytes).has_value());
    }
    write_record(bytes, FillRecord{41, {"T1", "1"_d, Decimal{}, std::nullopt, std::nullopt, Instant{}}});
    CHECK_FALSE(read_record(RecordKind::fill, bytes).has_value());
}

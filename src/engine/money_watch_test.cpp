#include "engine/money_watch.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::engine;

namespace {

constexpr std::int64_t kStart = 1'790'000'000'000;
constexpr milliseconds kListsLate{20'000};

/// An account that is read every ten seconds; the lists have told all until a second before.
struct Account {
    std::map<std::string, Decimal> held{{"USDT", Decimal{1'000}}, {"ETH", Decimal{2}}};
    MoneyWatch watch{kListsLate};
    milliseconds time{0};
    milliseconds lists_behind{1'000};
    bool funding_told{true};
    Decimal slack{};

    std::vector<MoneyWatch::Unexplained> read() {
        time += seconds{10};
        MoneyWatch::Reading reading{held, slack, Instant::from_ms(kStart) + time, time, time + milliseconds{50}, time - lists_behind, funding_told};
        return watch.on_reading(reading);
    }
    void become_sure() {
        for (int i = 0; i < 4; ++i) CHECK(read().empty());
        REQUIRE(watch.is_sure());
    }
    /// What comes of reading it for a minute and a half.
    std::vector<MoneyWatch::Unexplained> look() {
        std::vector<MoneyWatch::Unexplained> all;
        for (int i = 0; i < 9; ++i)
            for (auto& one : read()) all.push_back(one);
        return all;
    }
    market::Fill fill(market::Side side, const Decimal& price, const Decimal& quantity, const char* fee) {
        market::Fill one;
        one.id = std::to_string(time.count());
        one.symbol = market::Symbol{"ETH", "USDT", ""};
        one.side = side;
        one.price = price;
        one.quantity = quantity;
        one.fee = market::Amount{"USDT", Decimal::parse(fee).value()};
        one.at = Instant::from_ms(kStart) + time;
        return one;
    }
};

}  // namespace

TEST_CASE("money that left is told once, exactly, with the readings between which it did") {
    Account account;
    account.become_sure();
    account.held["USDT"] -= "250.00000001"_d;
    const auto told = account.look();
    REQUIRE(told.size() == 1);
    CHECK(told[0].asset == "USDT");
    CHECK(told[0].amount == "-250.00000001"_d);
    CHECK(told[0].agreed == Instant::from_ms(kStart) + seconds{40});
    CHECK(told[0].seen == Instant::from_ms(kStart) + seconds{50});
    account.held["BTC"] = "0.5"_d;
    const auto more = account.look();
    REQUIRE(more.size() == 1);
    CHECK(more[0].asset == "BTC");
    CHECK(more[0].amount == "0.5"_d);
}

TEST_CASE("an asset that is gone altogether has left") {
    Account account;
    account.become_sure();
    account.held.erase("ETH");
    const auto told = account.look();
    REQUIRE(told.size() == 1);
    CHECK(told[0].amount == Decimal{-2});
}

TEST_CASE("what fills and fees explain is not told, whether they are told before or after the balance") {
    for (const bool late : {false, true}) {
        CAPTURE(late);
        Account account;
        account.become_sure();
        const auto fill = account.fill(market::Side::buy, Decimal{300}, Decimal{1}, "0.3");
        if (!late) account.watch.on_fill(fill);
        account.held["USDT"] -= "300.3"_d;
        account.held["ETH"] += Decimal{1};
        CHECK(account.read().empty());
        if (late) account.watch.on_fill(fill);
        CHECK(account.look().empty());
        CHECK(account.watch.is_sure());
        // And the fee is part of the sums.
        account.watch.on_fill(account.fill(market::Side::sell, Decimal{310}, Decimal{1}, "0.31"));
        account.held["USDT"] += Decimal{310};
        account.held["ETH"] -= Decimal{1};
        const auto told = account.look();
        REQUIRE(told.size() == 1);
        CHECK(told[0].amount == "0.31"_d);
    }
}

TEST_CASE("a futures position's way through the wallet is followed by its cost, with fees and funding") {
    Account account;
    account.held = {{"USDT", Decimal{1'000}}};
    account.become_sure();
    auto fill = account.fill(market::Side::sell, Decimal{300}, Decimal{2}, "0.6");
    fill.symbol = market::Symbol{"ETH", "USDT", "USDT"};
    account.watch.on_fill(fill);
    // A short that cost 600: the reading is the wallet plus that.
    account.held["USDT"] = "999.4"_d + Decimal{600};
    CHECK(account.look().empty());
    market::FundingPayment paid;
    paid.id = "f1";
    paid.symbol = fill.symbol;
    paid.amount = "1.5"_d;
    paid.at = Instant::from_ms(kStart) + account.time;
    account.held["USDT"] += "1.5"_d;
    CHECK(account.read().empty());
    account.watch.on_funding(paid);
    account.watch.on_funding(paid);
    CHECK(account.look().empty());
    // Closed half at a profit of 10 each: the wallet gains it, the cost halves.
    fill.side = market::Side::buy;
    fill.price = Decimal{290};
    fill.quantity = Decimal{1};
    fill.fee->amount = "0.29"_d;
    account.watch.on_fill(fill);
    account.held["USDT"] = "999.4"_d + "1.5"_d + Decimal{10} - "0.29"_d + Decimal{300};
    CHECK(account.look().empty());
    CHECK(account.watch.is_sure());
    // What a rounded entry price may hide is not told; more is.
    account.slack = "0.02"_d;
    account.held["USDT"] -= "0.01"_d;
    CHECK(account.look().empty());
    account.held["USDT"] -= "0.5"_d;
    CHECK(account.look().size() == 1);
}

TEST_CASE("funding that the first reading holds already is no reason, though the exchange's clock says that it came later") {
    Account account;
    account.held = {{"USDT", Decimal{1'000}}};
    account.become_sure();
    // Charged before the first reading, by a clock that is half a minute ahead of ours; told when the sums are sure.
    market::FundingPayment paid;
    paid.id = "f1";
    paid.symbol = market::Symbol{"ETH", "USDT", "USDT"};
    paid.amount = "-1.5"_d;
    paid.at = Instant::from_ms(kStart) + seconds{40};
    account.watch.on_funding(paid);
    CHECK(account.look().empty());
    CHECK(account.watch.is_sure());
    account.held["USDT"] -= Decimal{5};
    CHECK(account.look().size() == 1);
}

TEST_CASE("what a rounded entry price hid at the last agreement is no reason, when the position is gone before its fill is told") {
    Account account;
    account.held = {{"USDT", Decimal{1'000}}};
    account.slack = "0.02"_d;
    account.become_sure();
    account.slack = Decimal{};
    // Closed at 600, of which the rounded price had made 599.99.
    account.held["USDT"] += "599.99"_d;
    for (int i = 0; i < 3; ++i) CHECK(account.read().empty());
    auto fill = account.fill(market::Side::sell, Decimal{300}, Decimal{2}, "0");
    fill.symbol = market::Symbol{"ETH", "USDT", "USDT"};
    account.watch.on_fill(fill);
    CHECK(account.look().empty());
}

TEST_CASE("funding that the rounded price of a position hid is not counted again when its list tells it later") {
    Account account;
    account.become_sure();
    account.slack = "0.4"_d;
    CHECK(account.read().empty());
    market::FundingPayment paid;
    paid.id = "7";
    paid.asset = "USDT";
    paid.amount = "-0.28"_d;
    paid.at = Instant::from_ms(kStart) + account.time + seconds{10};
    account.held["USDT"] += paid.amount;
    SUBCASE("long after") {
        for (int i = 0; i < 8; ++i) CHECK(account.read().empty());
        account.slack = Decimal{};
        for (int i = 0; i < 8; ++i) CHECK(account.read().empty());
        account.watch.on_funding(paid);
        CHECK(account.look().empty());
        account.held["USDT"] -= "0.28"_d;
        CHECK_MESSAGE(account.look().size() == 1, "as much again that left is told");
    }
    SUBCASE("at once, when clocks may be the reason") {
        CHECK(account.read().empty());
        account.slack = Decimal{};
        CHECK(account.read().empty());
        account.watch.on_funding(paid);
        CHECK(account.look().empty());
    }
}

TEST_CASE("a fee that the last agreement's rounding hides counts once, when its fill and position are told after the balance") {
    Account account;
    account.held = {{"USDT", Decimal{1'000}}};
    account.slack = Decimal{17};
    account.become_sure();
    // The large position is gone and another was opened: its fee is paid, nothing else of it is told.
    account.slack = Decimal{};
    account.held["USDT"] -= "0.84"_d;
    CHECK(account.read().empty());
    auto fill = account.fill(market::Side::buy, Decimal{300}, Decimal{2}, "0.84");
    fill.symbol = market::Symbol{"ETH", "USDT", "USDT"};
    account.watch.on_fill(fill);
    account.held["USDT"] -= Decimal{600};
    CHECK(account.look().empty());
    // What the rounding did hide is taken for granted when it stays: from then on the sums are exact again.
    account.slack = Decimal{17};
    CHECK(account.look().empty());
    account.slack = Decimal{};
    account.held["USDT"] += Decimal{5};
    CHECK(account.look().empty());
    account.held["USDT"] -= Decimal{5};
    const auto told = account.look();
    REQUIRE(told.size() == 1);
    CHECK(told[0].amount == Decimal{-5});
}

TEST_CASE("nothing is told by one reading, before the lists were read, or before the funding is known") {
    Account account;
    account.become_sure();
    account.lists_behind = milliseconds{120'000};
    account.held["USDT"] -= Decimal{5};
    CHECK(account.look().empty());
    CHECK(account.watch.doubted_since() == Instant::from_ms(kStart) + seconds{50});
    CHECK(account.watch.wants_lists() == milliseconds{50'050} + kListsLate);
    account.lists_behind = milliseconds{1'000};
    account.funding_told = false;
    CHECK(account.look().empty());
    account.funding_told = true;
    CHECK(account.read().size() == 1);
    CHECK_FALSE(account.watch.doubted_since().has_value());

    // A reading that crossed a trade, and one after it.
    account.held["USDT"] -= Decimal{7};
    CHECK(account.read().empty());
    account.held["USDT"] += Decimal{7};
    CHECK(account.look().empty());
    // A difference that moves is none yet.
    for (int i = 0; i < 9; ++i) {
        account.held["USDT"] -= Decimal{1};
        CHECK(account.read().empty());
    }
}

TEST_CASE("until the sums agreed once over lists that reach beyond the first reading nothing is told") {
    Account account;
    account.lists_behind = milliseconds{120'000};
    CHECK(account.read().empty());
    account.held["USDT"] -= Decimal{5};
    CHECK(account.look().empty());
    CHECK_FALSE(account.watch.is_sure());
    account.lists_behind = milliseconds{1'000};
    CHECK(account.look().empty());
    CHECK(account.watch.is_sure());
}

TEST_CASE("old fills of a first list count for nothing, and what is near the first reading begins the sums anew") {
    Account account;
    auto old = account.fill(market::Side::buy, Decimal{300}, Decimal{1}, "0.3");
    old.at = Instant::from_ms(kStart) - std::chrono::minutes{5};
    CHECK(account.read().empty());
    account.watch.on_fill(old);
    CHECK(account.look().empty());
    REQUIRE(account.watch.is_sure());
    old.at = Instant::from_ms(kStart) + seconds{5};
    account.watch.on_fill(old);
    CHECK(account.read().empty());
    CHECK_FALSE(account.watch.is_sure());
    CHECK(account.look().empty());
    CHECK(account.watch.is_sure());
    // A fill without figures can't be added either.
    auto vague = account.fill(market::Side::buy, Decimal{300}, Decimal{1}, "0.3");
    vague.quantity.reset();
    account.watch.on_fill(vague);
    CHECK(account.look().empty());
    CHECK(account.watch.is_sure());
}

TEST_CASE("sums that leave all that is ever held begin anew and end nothing") {
    Account account;
    account.become_sure();
    const auto most = Decimal::parse("99999999999999999999.999999999999999999").value();
    for (int i = 0; i < 3; ++i) {
        auto fill = account.fill(market::Side::buy, Decimal{1}, most, "0.1");
        fill.id = "absurd" + std::to_string(i);
        account.watch.on_fill(fill);
        market::FundingPayment payment;
        payment.id = std::to_string(i);
        payment.asset = "USDT";
        payment.amount = most;
        payment.at = Instant::from_ms(kStart) + account.time;
        account.watch.on_funding(payment);
    }
    CHECK(account.read().empty());
    account.become_sure();
}

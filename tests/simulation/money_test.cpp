// Money that moves without an order, over the four simulated products: noticed by the account's feed, and nothing else is taken for it.
#include "support/feed_floor.hpp"

using namespace bf;
using namespace bf::test;
using std::chrono::minutes;

namespace {

/// docs/design/feeds.md: from the event until it is told. KuCoin's lists may be twenty seconds behind its orders.
constexpr milliseconds kNoticed{45'000};

struct Watched {
    explicit Watched(const Product& product, bool streams = true) : desk{product} {
        desk.ticks_every = milliseconds{100};
        if (!streams) desk.transport->socket_refused = [](const std::string&) { return true; };
        for (const char* base : {"BTC", "ETH"}) desk.follow(desk.symbol(base), desk.clock.wall() - std::chrono::hours{1});
        desk.start();
        become_sure();
    }
    void become_sure() {
        REQUIRE(desk.clock.run_until([&] { return desk.feed->money().is_sure() && !desk.feed->money().doubted_since(); }, minutes{6}));
    }
    void move(const std::string& asset, const std::string& amount) {
        const auto answer = desk.admin("money", R"({"exchange":")" + std::string{desk.product.exchange} + R"(","account":")" + desk.account + R"(","market":")" +
                                                    (is_futures() ? "futures" : "spot") + R"(","asset":")" + asset + R"(","amount":")" + amount + "\"}");
        REQUIRE_MESSAGE(answer.find("\"ok\":true") != std::string::npos, answer);
    }
    void buy(const char* base, const Decimal& money) {
        desk.world->advance(desk.clock.true_time());
        const auto& instrument = desk.simulated(desk.symbol(base));
        simulator::NewOrder order;
        order.symbol = desk.symbol(base);
        order.type = market::OrderType::market;
        order.side = money.is_negative() ? market::Side::sell : market::Side::buy;
        order.quantity = round_to_step(*Decimal::divide(abs(money), desk.exchange().market(instrument).price(), 12, Rounding::down), instrument.quantity_step, Rounding::up);
        REQUIRE(desk.exchange().place(desk.truth(), order).has_value());
    }
    [[nodiscard]] bool is_futures() const { return desk.product.market == market::Market::futures; }
    [[nodiscard]] bool told() const { return !desk.unexplained.empty(); }
    AccountDesk desk;
};

}  // namespace

TEST_CASE("money that leaves an account without an order is told within the documented time, exactly, and so is money that comes") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        Watched watched{product};
        auto& desk = watched.desk;
        watched.buy("BTC", Decimal{2'000});
        desk.clock.run_for(minutes{1});
        REQUIRE_FALSE(watched.told());
        const auto left = desk.clock.wall();
        watched.move("USDT", "-123.45");
        REQUIRE(desk.clock.run_until([&] { return watched.told(); }, kNoticed));
        MESSAGE(said(product), ": told after ", (desk.clock.wall() - left).count(), " ms");
        REQUIRE(desk.unexplained.size() == 1);
        const auto one = desk.unexplained[0];
        CHECK(one.asset == "USDT");
        CHECK(one.amount == "-123.45"_d);
        CHECK(one.agreed <= left);
        CHECK(one.seen >= left);
        CHECK(one.seen - one.agreed < minutes{2});
        desk.clock.run_for(minutes{5});
        CHECK(desk.unexplained.size() == 1);

        watched.move("USDT", "77");
        REQUIRE(desk.clock.run_until([&] { return desk.unexplained.size() == 2; }, kNoticed));
        CHECK(desk.unexplained[1].amount == Decimal{77});
        if (watched.is_futures()) continue;
        watched.move("BTC", "-0.01");
        REQUIRE(desk.clock.run_until([&] { return desk.unexplained.size() == 3; }, kNoticed));
        CHECK(desk.unexplained[2].asset == "BTC");
        CHECK(desk.unexplained[2].amount == "-0.01"_d);
    }
}

TEST_CASE("where no stream tells it the polls do") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        Watched watched{product, false};
        watched.move("USDT", "-5");
        REQUIRE(watched.desk.clock.run_until([&] { return watched.told(); }, kNoticed));
        CHECK(watched.desk.unexplained[0].amount == Decimal{-5});
    }
}

TEST_CASE("money that leaves in the middle of trading is told, by its exact amount, and nothing that trading, fees and funding did is") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        Watched watched{product};
        auto& desk = watched.desk;
        std::mt19937_64 dice{17};
        const auto trade_for = [&](int times) {
            for (int i = 0; i < times; ++i) {
                trade(desk, dice);
                desk.clock.run_for(milliseconds{500 + static_cast<std::int64_t>(dice() % 2'500)});
            }
        };
        trade_for(60);
        if (watched.is_futures()) {
            watched.buy("ETH", Decimal{3'000});
            const auto hour = std::chrono::milliseconds{std::chrono::hours{1}}.count();
            desk.clock.run_for(milliseconds{hour - desk.clock.wall().ms() % hour + 300});
            for (const char* base : {"BTC", "ETH"})
                desk.admin("funding", R"({"exchange":")" + std::string{product.exchange} + R"(","symbol":")" + desk.symbol(base).to_string() + R"(","rate":"0.0013"})");
            REQUIRE_FALSE(desk.truth().funding.empty());
            desk.clock.run_for(minutes{4});
        }
        trade_for(20);
        CHECK(desk.unexplained.empty());
        watched.move("USDT", "-250.5");
        for (int i = 0; i < 40 && !watched.told(); ++i) trade_for(1);
        desk.clock.run_for(minutes{3});
        REQUIRE(desk.unexplained.size() == 1);
        // On futures an entry price is told with so many digits only.
        CHECK(abs(desk.unexplained[0].amount + "250.5"_d) <= (watched.is_futures() ? "0.000001"_d : Decimal{}));
    }
}

TEST_CASE("funding that is settled while our clock says that the hour is not full yet is no part of the money that left just before") {
    for (const auto& product : kProducts) {
        if (product.market != market::Market::futures) continue;
        CAPTURE(said(product));
        Watched watched{product};
        auto& desk = watched.desk;
        watched.buy("BTC", Decimal{2'000});
        desk.clock.run_for(minutes{2});
        // Behind by less than the exchanges accept of a signature's time.
        desk.clock.step_wall(milliseconds{-4'000});
        desk.clock.run_for(desk.exchange().next_funding() - desk.clock.true_time() - milliseconds{6'000});
        watched.move("USDT", "-123.45");
        desk.clock.run_for(minutes{5});
        REQUIRE_FALSE(desk.truth().funding.empty());
        REQUIRE(desk.unexplained.size() == 1);
        CHECK(desk.unexplained[0].amount == "-123.45"_d);
    }
}

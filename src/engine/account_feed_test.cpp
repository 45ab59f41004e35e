#include "engine/account_feed.hpp"

#include "engine/countable.hpp"
#include "support/sim_clock.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::engine;

namespace {

/// Tells of so many open orders, and of what it is told to.
class ManyOrders final : public exchange::Replies {
    using Response = wire::Response;
    using Asked = exchange::Asked;
    template <class T>
    using Answer = exchange::Answer<T>;
    static Unexpected<exchange::Problem> none() { return Unexpected{exchange::unreadable("nobody asks that here")}; }

public:
    std::size_t open{100};
    std::vector<market::Balance> money;
    std::vector<market::Position> held;
    std::vector<market::Fill> traded;

    [[nodiscard]] bool offers(const exchange::Call&) const override { return true; }
    Answer<std::vector<market::Balance>> balances(const Response&, const Asked&) const override { return money; }
    Answer<std::vector<market::Position>> positions(const Response&, const Asked&) const override { return held; }
    Answer<std::vector<market::Order>> open_orders(const Response&, const Asked&) const override {
        std::vector<market::Order> orders(open);
        for (std::size_t i = 0; i < open; ++i) {
            orders[i].id = std::to_string(i);
            orders[i].status = market::OrderStatus::open;
        }
        return orders;
    }

    Answer<Instant> server_time(const Response&, const Asked&) const override { return none(); }
    Answer<exchange::KeyInfo> key_info(const Response&, const Asked&) const override { return none(); }
    Answer<std::vector<market::Instrument>> instruments(const Response&, const Asked&) const override { return none(); }
    Answer<market::Ticker> ticker(const Response&, const Asked&) const override { return none(); }
    Answer<std::vector<market::Candle>> candles(const Response&, const Asked&) const override { return none(); }
    Answer<market::Order> order(const Response&, const Asked&) const override { return none(); }
    Answer<std::vector<market::Fill>> fills(const Response&, const Asked&) const override { return traded; }
    Answer<exchange::PlacedOrder> placed(const Response&, const Asked&) const override { return none(); }
    Answer<exchange::PlacedOrder> canceled(const Response&, const Asked&) const override { return none(); }
    Answer<void> done(const Response&, const Asked&) const override { return none(); }
    Answer<exchange::ServiceStatus> service_status(const Response&, const Asked&) const override { return none(); }
    Answer<exchange::AccountMode> account_mode(const Response&, const Asked&) const override { return none(); }
    Answer<std::string> account_id(const Response&, const Asked&) const override { return none(); }
    Answer<exchange::Ternary> identity_sufficient(const Response&, const Asked&) const override { return none(); }
    Answer<std::vector<std::string>> tradable_symbols(const Response&, const Asked&) const override { return none(); }
    Answer<std::string> egress_address(const Response&, const Asked&) const override { return none(); }
    Answer<market::PositionMode> position_mode(const Response&, const Asked&) const override { return none(); }
    Answer<market::MarginMode> margin_mode(const Response&, const Asked&) const override { return none(); }
    Answer<std::vector<std::int64_t>> leverage(const Response&, const Asked&) const override { return none(); }
    Answer<std::vector<market::RiskTier>> risk_tiers(const Response&, const Asked&) const override { return none(); }
    Answer<market::FeeRates> fee_rates(const Response&, const Asked&) const override { return none(); }
    Answer<exchange::FundingPage> funding_payments(const Response&, const Asked&) const override { return none(); }
    Answer<exchange::StreamAddress> stream_address(const Response&, const Asked&) const override { return none(); }
    [[nodiscard]] std::optional<exchange::StreamAddress> fixed_stream_address(const exchange::StreamPlan&) const override { return std::nullopt; }
    [[nodiscard]] bool is_own_stream_address(std::string_view) const override { return false; }
    [[nodiscard]] std::unique_ptr<exchange::StreamSession> open_session(const exchange::StreamPlan&, const exchange::Instruments*) const override { return nullptr; }
    [[nodiscard]] std::optional<market::Symbol> symbol_of(std::string_view, market::Market, const exchange::Instruments*) const override { return std::nullopt; }
};

struct Heard final : AccountListener {
    int troubles{0}, lists{0};
    std::vector<market::Balance> balances;
    std::vector<market::Position> positions;
    void on_balances(Now, const std::string&, const std::vector<market::Balance>& all, bool) override { balances = all; }
    void on_positions(Now, const std::string&, const std::vector<market::Position>& all, bool) override { positions = all; }
    void on_trouble(Now, const std::string&, const exchange::Problem&) override { ++troubles; }
    void on_open_orders(Now, const std::string&, const market::Symbol*, const std::vector<market::Order>&, std::chrono::microseconds) override { ++lists; }
};

struct Scene {
    explicit Scene(exchange::AccountMode mode = exchange::AccountMode::unified) {
        Account account;
        account.connection = "c1";
        account.exchange = exchange::ExchangeId::kucoin;
        account.market = market::Market::futures;
        account.account_mode = mode;
        account.replies = &replies;
        caller.add(account);
        feed_.emplace("c1", caller, clock, heard);
    }
    [[nodiscard]] AccountFeed& feed() { return *feed_; }
    void run_for(int spans) {
        for (int i = 0; i < spans; ++i) {
            clock.run_for(seconds{1});
            const Now now{clock.wall(), clock.steady()};
            feed().tick(now);
            for (const auto& ask : std::exchange(effects.asks, {})) caller.on_answer(now, ask.ticket, wire::Response{200, {}, {}});
        }
    }
    test::SimClock clock{Instant::from_ms(1'790'000'000'000)};
    Effects effects;
    Caller caller{effects};
    ManyOrders replies;
    Heard heard;

private:
    std::optional<AccountFeed> feed_;
};

}  // namespace

TEST_CASE("more open orders than the exchange lists are told once, for as long as there are") {
    Scene scene;
    const auto& heard = scene.heard;
    scene.run_for(120);
    CHECK(heard.troubles == 1);
    CHECK(heard.lists == 0);
    scene.replies.open = 99;
    scene.run_for(60);
    CHECK(heard.lists > 3);
    CHECK(heard.troubles == 1);
    scene.replies.open = 100;
    scene.run_for(60);
    CHECK(heard.troubles == 2);
}

TEST_CASE("balances and positions with amounts beyond all that is ever held are no answer, and end nothing") {
    Scene scene{exchange::AccountMode::classic};
    scene.replies.open = 0;
    const auto most = Decimal::parse("99999999999999999999.999999999999999999").value();
    scene.replies.money = {{"USDT", Decimal{100}, Decimal{1}, Decimal{101}}};
    market::Position position;
    position.symbol = market::Symbol{"BTC", "USDT", "USDT"};
    position.native_symbol = "XBTUSDTM";
    position.side = market::PositionSide::long_side;
    position.quantity = Decimal{1};
    position.entry_price = Decimal{60'000};
    scene.replies.held = {position};
    scene.run_for(30);
    REQUIRE(scene.heard.balances.size() == 1);
    REQUIRE(scene.heard.positions.size() == 1);

    scene.replies.money = {{"USDT", most, most, most}, {"USDT", most, most, {}}};
    scene.replies.held[0].quantity = Decimal{kTooMuch - 1};  // Itself countable; its cost is not.
    scene.run_for(60);
    scene.feed().on_balance(scene.replies.money[0]);
    position.unrealized_pnl = most;
    scene.feed().on_position(position);
    CHECK(scene.heard.balances[0].free == Decimal{100});
    CHECK(scene.heard.positions[0].quantity == Decimal{1});
    CHECK(scene.heard.positions[0].unrealized_pnl == std::nullopt);
}

TEST_CASE("more fills at one moment than a page holds are told once, for as long as there are") {
    Scene scene{exchange::AccountMode::classic};
    scene.replies.open = 0;
    market::Fill fill;
    fill.native_symbol = "XBTUSDTM";
    fill.at = scene.clock.wall();
    scene.replies.traded.assign(100, fill);
    scene.feed().follow({scene.clock.wall(), scene.clock.steady()}, {"BTC", "USDT", "USDT"}, scene.clock.wall());
    scene.run_for(120);
    CHECK(scene.heard.troubles == 1);
    scene.replies.traded.pop_back();
    scene.run_for(60);
    scene.replies.traded.push_back(fill);
    scene.run_for(60);
    CHECK(scene.heard.troubles == 2);
}

#include "engine/account_feed.hpp"

#include "support/sim_clock.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::engine;

namespace {

/// Tells of so many open orders and of nothing else.
class ManyOrders final : public exchange::Replies {
    using Response = wire::Response;
    using Asked = exchange::Asked;
    template <class T>
    using Answer = exchange::Answer<T>;
    static Unexpected<exchange::Problem> none() { return Unexpected{exchange::unreadable("nobody asks that here")}; }

public:
    std::size_t open{100};

    [[nodiscard]] bool offers(const exchange::Call&) const override { return true; }
    Answer<std::vector<market::Balance>> balances(const Response&, const Asked&) const override { return std::vector<market::Balance>{}; }
    Answer<std::vector<market::Position>> positions(const Response&, const Asked&) const override { return std::vector<market::Position>{}; }
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
    Answer<std::vector<market::Fill>> fills(const Response&, const Asked&) const override { return none(); }
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
    void on_trouble(Now, const std::string&, const exchange::Problem&) override { ++troubles; }
    void on_open_orders(Now, const std::string&, const market::Symbol*, const std::vector<market::Order>&, std::chrono::microseconds) override { ++lists; }
};

}  // namespace

TEST_CASE("more open orders than the exchange lists are told once, for as long as there are") {
    test::SimClock clock{Instant::from_ms(1'790'000'000'000)};
    Effects effects;
    Caller caller{effects};
    ManyOrders replies;
    Account account;
    account.connection = "c1";
    account.exchange = exchange::ExchangeId::kucoin;
    account.market = market::Market::futures;
    account.account_mode = exchange::AccountMode::unified;
    account.replies = &replies;
    caller.add(account);
    Heard heard;
    AccountFeed feed{"c1", caller, clock, heard};
    const auto run_for = [&](int spans) {
        for (int i = 0; i < spans; ++i) {
            clock.run_for(seconds{1});
            const Now now{clock.wall(), clock.steady()};
            feed.tick(now);
            for (const auto& ask : std::exchange(effects.asks, {})) caller.on_answer(now, ask.ticket, wire::Response{200, {}, {}});
        }
    };
    run_for(120);
    CHECK(heard.troubles == 1);
    CHECK(heard.lists == 0);
    replies.open = 99;
    run_for(60);
    CHECK(heard.lists > 3);
    CHECK(heard.troubles == 1);
    replies.open = 100;
    run_for(60);
    CHECK(heard.troubles == 2);
}

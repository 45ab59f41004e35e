// Market and account feeds over a simulated exchange, in virtual time, with the real adapters both ways. What the listeners heard is kept
// beside what the exchange knows to be true. Trading is done at the exchange directly: the feeds must find out.
#pragma once
#include "connection/keeper.hpp"
#include "engine/account_feed.hpp"
#include "engine/market_feed.hpp"
#include "exchange/catalogue/replies/limits_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/memory_signer.hpp"
#include "support/products.hpp"
#include "support/sim_transport.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <doctest/doctest.h>
#include <random>

namespace bf::test {

inline std::string said(const Product& product) { return std::string{product.exchange} + (product.market == market::Market::spot ? " spot" : " futures"); }

/// A simulated exchange, its administrator, and the ways to it.
class FeedFloor {
public:
    static constexpr const char* kConnection = "c1";

    FeedFloor(Product of, std::uint64_t seed, bool limits);

    [[nodiscard]] connection::World outside() { return {clock, clock, *transport, signer}; }
    simulator::Exchange& exchange() { return *world->exchange(product.exchange); }
    [[nodiscard]] market::Symbol symbol(const char* base) const;
    const simulator::Instrument& simulated(const market::Symbol& of) { return *exchange().find(of); }

    std::string admin(const std::string& path, const std::string& body, wire::Method method = wire::Method::post);
    void fault(const std::string& kind, const std::string& more = {}) { admin("faults", R"({"exchange":")" + std::string{product.exchange} + R"(","fault":")" + kind + "\"" + more + "}"); }
    void heal() { admin("faults", "", wire::Method::del); }
    void price(const market::Symbol& of, const std::string& value);
    /// An account with a key that the signer holds; its id.
    std::string make_account(const std::string& balances);

    Product product;
    SimClock clock;
    MemorySigner signer;
    exchange::ExchangeId id;
    connection::Adapter adapter;
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<SimTransport> transport;
    std::unique_ptr<connection::Pace> pace, account_pace;
    std::function<void()> watched;  ///< After each move of the exchange's world.
    milliseconds moves_every{50};

private:
    void move_world();
};

/// A market feed and what was heard of it.
class MarketDesk final : public FeedFloor, public engine::MarketListener {
public:
    explicit MarketDesk(Product of, std::uint64_t seed = 1, bool limits = true, std::size_t symbols_per_socket = 0);

    void on_quote(engine::SymbolIndex index, const engine::Quote& quote) override;
    void on_candle(engine::SymbolIndex index, const market::Candle& candle, engine::CandleNews news) override;
    void on_instrument(const market::Instrument& now, const market::Instrument* before) override { instruments.emplace_back(now, before != nullptr); }

    std::map<engine::SymbolIndex, int> quotes;
    std::map<engine::SymbolIndex, engine::Quote> last_quote;
    std::map<engine::SymbolIndex, std::vector<market::Candle>> closed;
    std::map<engine::SymbolIndex, std::vector<milliseconds>> told_after;
    std::vector<std::pair<market::Instrument, bool>> instruments;
    int corrected{0};
    std::unique_ptr<engine::MarketFeed> feed;  ///< Last: it is taken apart first.
};

/// An account feed over the connection's own stream, and what was heard of it.
class AccountDesk final : public FeedFloor, public engine::AccountListener {
public:
    explicit AccountDesk(Product of, std::uint64_t seed = 1, bool limits = false);
    ~AccountDesk() override;

    void start();
    [[nodiscard]] engine::Now now() const { return {clock.wall(), clock.steady()}; }
    void follow(const market::Symbol& symbol, Instant since);
    simulator::Account& truth() { return *exchange().find_account(account); }
    /// What is not as the exchange knows it; empty when all agrees.
    std::string difference();

    void on_order(engine::Now, const std::string&, const market::Order& report) override { orders.push_back(report); }
    void on_fill(engine::Now, const std::string&, const market::Fill& fill, engine::FillNews news) override;
    void on_balances(engine::Now, const std::string&, const std::vector<market::Balance>& told, bool whole) override;
    void on_positions(engine::Now, const std::string&, const std::vector<market::Position>& told, bool whole) override;
    void on_open_orders(engine::Now, const std::string&, const market::Symbol*, const std::vector<market::Order>&, std::chrono::microseconds) override { ++open_lists; }
    void on_stream(engine::Now, const std::string&, bool live) override { ++(live ? ups : downs); }
    void on_trouble(engine::Now, const std::string&, const exchange::Problem& problem) override { troubles.push_back(problem.exchange_message); }
    void on_unexplained(engine::Now, const std::string&, const engine::MoneyWatch::Unexplained& one) override { unexplained.push_back(one); }
    void on_activity(engine::Now) override { carry_out(); }

    std::string account;
    exchange::Instruments instruments;
    engine::Effects effects;
    engine::Caller caller{effects};
    std::vector<market::Order> orders;
    std::map<std::string, market::Fill> fills, hints;
    std::map<std::string, market::Balance> balances;
    std::map<std::pair<std::string, market::PositionSide>, market::Position> positions;
    std::vector<std::string> troubles;
    std::vector<engine::MoneyWatch::Unexplained> unexplained;
    int doubled{0}, open_lists{0}, ups{0}, downs{0};
    milliseconds ticks_every{20};
    std::unique_ptr<engine::AccountFeed> feed;
    std::unique_ptr<connection::StreamKeeper> keeper;
    std::shared_ptr<bool> alive{std::make_shared<bool>(true)};

private:
    void learn_instruments();
    void run();
    void carry_out();
    void answer(std::uint64_t ticket, engine::CallAnswer what);
};


/// Strangers and the account's owner trade at the exchange; nothing of it goes through the feed.
void trade(AccountDesk& desk, std::mt19937_64& dice);

}  // namespace bf::test

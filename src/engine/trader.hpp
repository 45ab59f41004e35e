// Strategies, signals and groups on top of orders: a signal comes in and is kept, the decision is made, its order written down and sent,
// the group managed until it is closed. Events in, effects out; one thread; no clock, no socket.
//
// Every event method ends with the orders' observations worked off. What is to be written and sent stands in effects() then. Facts come in as
// they change (connections, quotes, money); nothing is asked for here but through the orders' Caller.
#pragma once
#include "engine/capital.hpp"
#include "engine/connection_state.hpp"
#include "engine/funding_feed.hpp"
#include "engine/futures_setup.hpp"
#include "engine/live_entry.hpp"
#include "engine/live_group.hpp"
#include "engine/strategy.hpp"
#include "engine/strategy_problem.hpp"
#include "engine/tier_feed.hpp"
#include "ports/clock.hpp"
#include "trading/brake.hpp"
#include "trading/ladder.hpp"

#include <deque>
#include <set>
#include <unordered_map>

namespace bf::engine {

/// Hears what changed. Nothing is called from inside a call of its own.
class TraderListener {
public:
    virtual ~TraderListener() = default;
    virtual void on_strategy(const Strategy&) {}
    virtual void on_strategy_removed(const std::string& /*id*/) {}
    virtual void on_group(const LiveGroup&) {}
    virtual void on_decision(const ports::StoredDecision&) {}
    virtual void on_alarm(const ports::StoredAlarm&) {}
    /// Something could not be kept: the disk is full, the database away.
    virtual void on_trouble(const Error&) {}
};

/// What is known of a pair on an exchange.
struct MarketState {
    std::optional<trading::InstrumentFacts> instrument;
    InstrumentLimits limits{};
    std::optional<trading::Quote> quote;
    std::optional<market::Candle> last_candle;  ///< Closed, one minute.
};

enum class Severity : std::uint8_t { info, warning, critical };

class Trader {
public:
    struct Setup {
        std::uint64_t installation{0};  ///< As in ClientIds.
        ports::TradingStore& store;
        ports::Entropy& entropy;
        TraderListener& listener;
    };
    explicit Trader(Setup setup);
    ~Trader();
    Trader(const Trader&) = delete;
    Trader& operator=(const Trader&) = delete;

    // --- start, in this order: the journal's entries, then load, then events
    Status replay(std::uint16_t kind, std::string_view payload);
    /// Strategies and undecided signals from the store; groups as the journal left them. Asks the exchanges for every unfinished order.
    Status load(Now now);

    // --- the world
    void on_connection(Now now, ConnectionState state);
    void on_connection_removed(Now now, const std::string& id);
    void on_instrument(Now now, exchange::ExchangeId exchange, const market::Instrument& instrument, const trading::InstrumentFacts& facts);
    void on_quote(Now now, exchange::ExchangeId exchange, const market::Symbol& symbol, const trading::Quote& quote);
    void on_candle(Now now, exchange::ExchangeId exchange, const market::Symbol& symbol, const market::Candle& closed);
    /// All assets of the account when `whole`, else those that changed.
    void on_balances(Now now, const std::string& connection, const std::vector<market::Balance>& balances, bool whole);
    void on_positions(Now now, const std::string& connection, const std::vector<market::Position>& positions, bool whole);
    void on_stream(Now now, const std::string& connection, bool live);
    void on_order(Now now, const std::string& connection, const market::Order& report);
    void on_fill(Now now, const std::string& connection, const market::Fill& fill);
    void on_durable(Now now, std::uint64_t append);
    void on_sent(Now now, std::uint64_t ticket);
    void on_answer(Now now, std::uint64_t ticket, CallAnswer answer);
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;
    [[nodiscard]] Effects& effects() { return orders_.effects(); }
    [[nodiscard]] Caller& caller() { return orders_.caller(); }  ///< For the accounts' feeds, within the same budget.

    // --- strategies
    Result<const Strategy*> add_strategy(Now now, trading::Settings settings, std::string hook_hash);
    Result<const Strategy*> change_strategy(Now now, const std::string& id, trading::Settings settings);
    /// `conflict` while groups of it are open.
    Status remove_strategy(const std::string& id);
    /// Refused (`denied`) with the first problem's sentence when there is one.
    Status enable(Now now, const std::string& id);
    Status disable(Now now, const std::string& id);
    Status set_mode(Now now, const std::string& id, trading::Mode mode);
    Status set_hook(Now now, const std::string& id, std::string hook_hash);
    [[nodiscard]] const Strategy* find_strategy(std::string_view id_or_name) const;
    [[nodiscard]] const Strategy* strategy_of_hook(std::string_view hook_hash) const;
    [[nodiscard]] const std::map<std::string, Strategy>& strategies() const { return strategies_; }
    /// Why it can't be enabled now.
    [[nodiscard]] std::vector<StrategyProblem> problems(const Strategy& strategy) const;
    [[nodiscard]] std::vector<StrategyProblem> problems(const trading::Settings& settings, const trading::Rules& rules) const;

    // --- signals
    /// Keeps it and decides later: its number once it is durable.
    Result<std::int64_t> receive(Now now, const Strategy& strategy, trading::Signal signal);
    /// A body that came in under a strategy's own token and is no signal: recorded.
    Result<std::int64_t> receive_malformed(Now now, const Strategy& strategy, std::string why);

    // --- the user's hand on a group and on everything
    Status release(Now now, GroupNumber group);
    Status put_in_recovery(Now now, GroupNumber group);
    Status close(Now now, GroupNumber group, std::string reason);
    /// The difference between its books and the exchange becomes the group's own, at its average price: no profit is claimed.
    Status adopt_difference(Now now, GroupNumber group);
    Status ignore_difference(Now now, GroupNumber group);
    /// Of the whole installation, or of one connection; of all modes that bear on a signal the strictest holds. `close_now` closes what is open.
    void set_mode(Now now, trading::Mode mode);
    void set_connection_mode(Now now, const std::string& connection, trading::Mode mode);
    [[nodiscard]] trading::Mode mode() const { return mode_; }
    [[nodiscard]] trading::Mode mode_of(const std::string& connection) const;
    [[nodiscard]] const std::map<std::string, trading::Mode>& connection_modes() const { return connection_modes_; }
    /// As they were when the last life ended; closes nothing.
    void restore_modes(trading::Mode mode, std::map<std::string, trading::Mode> of_connections);

    // --- views
    [[nodiscard]] const LiveGroup* find_group(GroupNumber number) const;
    [[nodiscard]] const std::map<GroupNumber, std::unique_ptr<LiveGroup>>& groups() const { return groups_; }
    [[nodiscard]] const ConnectionState* find_connection(std::string_view id) const;
    [[nodiscard]] const ConnectionState* connection_named(std::string_view name) const;
    [[nodiscard]] const Wallet* wallet_of(std::string_view connection) const;
    [[nodiscard]] const MarketState* market_of(exchange::ExchangeId exchange, const market::Symbol& symbol) const;
    /// With the risk tiers of the connection's account, where they are its own. Null while it is not known.
    [[nodiscard]] const trading::InstrumentFacts* instrument_of(const ConnectionState& connection, const market::Symbol& symbol) const;
    [[nodiscard]] const Capital& capital() const { return capital_; }
    /// Nothing while balances or marks it needs are unknown.
    [[nodiscard]] std::optional<Decimal> equity_of(const ConnectionState& connection, const std::string& quote_asset) const;
    [[nodiscard]] const Orders& orders() const { return orders_; }
    /// The rules that hold for a group now: its strategy's, or its own terms' when that is gone.
    [[nodiscard]] const trading::Rules& rules_of(const LiveGroup& group) const;
    [[nodiscard]] trading::GroupFigures figures_of(const LiveGroup& group) const;
    /// How far the equity of a strategy's main connection is below its peak, and whether that pauses entries.
    [[nodiscard]] const trading::DrawdownBrake* brake_of(const std::string& strategy) const;

private:
    struct Pending;
    struct Place;
    struct MarketKey {
        exchange::ExchangeId exchange{};
        market::Symbol symbol;
        friend auto operator<=>(const MarketKey&, const MarketKey&) = default;
    };
    struct GroupKey {
        std::string connection;
        market::Symbol symbol;
        trading::Direction direction{};
        friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
    };

    // trader_strategies.cpp
    Status keep(Now now, Strategy strategy);

    // trader_signals.cpp
    static Pending pending_of(const ports::StoredSignal& stored);
    Place place_of(const Strategy& strategy, const ConnectionState* connection, const trading::Signal& signal);
    [[nodiscard]] trading::AccountFacts account_facts(const Strategy& strategy, const ConnectionState& connection, const market::Symbol& symbol, const LiveGroup* group) const;
    /// The strictest that bears on it.
    [[nodiscard]] trading::Mode mode_for(const Strategy& strategy, const ConnectionState* connection) const;
    void consider_all(Now now);
    /// True when the signal is decided for good.
    bool consider(Now now, Pending& pending);
    bool consider_exit(Now now, Pending& pending, const Strategy& strategy, Place& main, Place* pro);
    bool act_on(Now now, Pending& pending, const Strategy& strategy, Place& place);
    /// False while leverage and modes of the pair are being read and set.
    bool prepared(Now now, Place& place, const Strategy& strategy, const market::Symbol& symbol);
    void open_group(Now now, const Pending& pending, const Strategy& strategy, const Place& place, LiveEntry entry);
    void add_to_group(Now now, LiveGroup& group, LiveEntry entry);
    void keep_entry(LiveEntry& entry, bool final);
    [[nodiscard]] LiveEntry entry_of(Now now, const Pending& pending, const Strategy& strategy, const LiveGroup* group) const;

    // trader_groups.cpp
    void work_off(Now now);
    void observe(Now now, const Observation& observation);
    void amend_entry(OrderNumber order, std::string_view outcome, std::string_view code, std::string english, std::string dutch, bool last);
    void value_fee(Now now, LiveGroup& group, const BookedFill& fill);
    void refresh(Now now, LiveGroup& group);
    void evaluate(Now now, LiveGroup& group);
    [[nodiscard]] trading::RecoveryInput recovery_input(Now now, const LiveGroup& group, const trading::Quote& quote);
    void ask_for_zone_add_on(Now now, LiveGroup& group);
    void close_all(Now now, const std::function<bool(const LiveGroup&)>& which);
    void each_group(const std::function<void(LiveGroup&)>& visit);
    void change(Now now, LiveGroup& group, GroupChange::What what, std::vector<std::pair<std::string, std::string>> facts);
    void end(Now now, LiveGroup& group, const std::string& reason);
    Result<LiveGroup*> open_one(GroupNumber number);
    LiveGroup& adopt(GroupTerms terms);
    [[nodiscard]] const MarketState* market_of(const LiveGroup& group) const;

    // trader_market.cpp
    void check_agreement(Now now, const std::string& connection);
    void judge(Now now, LiveGroup& group, const Decimal& expected, const Decimal& found, bool agrees);
    void sample_equity(Now now);
    void want_tiers(Now now);
    void merge_tiers(const std::string& connection, const market::Symbol& symbol);
    void on_funding(Now now, const std::string& connection, const market::FundingPayment& payment);
    void on_funding_read(Now now, const std::string& connection, const market::Symbol& symbol);
    void follow_funding(Now now, const LiveGroup& group);
    /// Whether nothing of what it held can still be paid for that was not told. False: it is asked for, and the group's end waits.
    [[nodiscard]] bool funding_told(const LiveGroup& group) const;
    [[nodiscard]] static bool funding_overdue(Now now, const LiveGroup& group);
    void alarm(Now now, Severity severity, std::string_view code, std::string english, std::string dutch, const std::string& connection, GroupNumber group);

    Setup setup_;
    Orders orders_;
    TierFeed tiers_;
    FundingFeed funding_;
    Capital capital_;
    std::map<std::string, Strategy> strategies_;
    std::unordered_map<std::string, std::string> hooks_;  ///< Hash to strategy id.
    std::map<std::string, ConnectionState, std::less<>> connections_;
    std::map<std::string, Wallet, std::less<>> wallets_;
    std::map<MarketKey, MarketState> markets_;
    std::map<std::pair<std::string, market::Symbol>, trading::InstrumentFacts> own_instruments_;  ///< By connection: with the account's own tiers.
    std::map<GroupNumber, std::unique_ptr<LiveGroup>> groups_;
    std::vector<std::unique_ptr<LiveGroup>> over_;  ///< Ended during this event.
    std::map<GroupKey, GroupNumber> open_;
    std::map<GroupKey, trading::WorseningCount> worsening_;
    std::map<std::pair<std::string, market::Symbol>, Instant> closed_at_;
    std::map<std::pair<std::string, market::Symbol>, std::unique_ptr<FuturesSetup>> prepared_;
    std::map<std::string, trading::DrawdownBrake> brakes_;  ///< By strategy.
    std::map<GroupNumber, std::chrono::microseconds> disagree_since_;
    std::set<GroupNumber> awaiting_funding_;  ///< All but ended.
    std::map<GroupNumber, int> zone_asked_;  ///< The zone an add-on was last asked for because of the price alone.
    std::unordered_map<OrderNumber, LiveEntry> entries_;    ///< Of entry orders that have not ended.
    std::deque<std::unique_ptr<Pending>> pending_;
    std::set<std::string> strays_told_;
    trading::Decision decision_;  ///< Kept for its memory.
    trading::Mode mode_{trading::Mode::normal};
    std::map<std::string, trading::Mode> connection_modes_;
    GroupNumber last_group_{0};
    std::chrono::microseconds evaluated_{0}, sampled_{0}, retried_{0};
    bool loaded_{false};
};

}  // namespace bf::engine

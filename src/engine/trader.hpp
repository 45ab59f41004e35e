// Strategies, signals and groups on top of orders: a signal comes in and is kept, the decision is made, its order written down and sent,
// the group managed until it is closed. Events in, effects out; one thread; no clock, no socket.
//
// Every event method ends with the orders' observations worked off. What is to be written and sent stands in effects() then. Facts come in as
// they change (connections, quotes, money); nothing is asked for here but through the orders' Caller.
#pragma once
#include "engine/alarm.hpp"
#include "engine/alarm_keeper.hpp"
#include "engine/brakes.hpp"
#include "engine/capital.hpp"
#include "engine/connection_state.hpp"
#include "engine/disk_room.hpp"
#include "engine/foreign_alarms.hpp"
#include "engine/funding_feed.hpp"
#include "engine/futures_setup.hpp"
#include "engine/history_keeper.hpp"
#include "engine/known_limits.hpp"
#include "engine/live_entry.hpp"
#include "engine/live_group.hpp"
#include "engine/money_watch.hpp"
#include "engine/order_evidence.hpp"
#include "engine/pair_facts.hpp"
#include "engine/strategy.hpp"
#include "engine/strategy_problem.hpp"
#include "engine/trend_key.hpp"
#include "engine/worth.hpp"
#include "ports/clock.hpp"
#include "ports/signer.hpp"
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
    /// An exchange told what an account pays: see Trader::fees_of.
    virtual void on_fee_rates() {}
    virtual void on_decision(const ports::StoredDecision&) {}
    /// A new one, or one that says more than before. Its id is below zero while the store has not taken it.
    virtual void on_alarm(const ports::StoredAlarm&) {}
    /// Closed groups or decisions that the store had not taken are there now: decisions have numbers of their own.
    virtual void on_history_stored() {}
    /// Those that the store had not taken have ids of their own now, this one as the last; nothing of them is new.
    virtual void on_alarms_stored(const ports::StoredAlarm& /*last*/) {}
    /// Nothing more will come of it, as far as is known now; may be told again when more was filled after all.
    virtual void on_order_ended(const Order&, const Decimal& /*filled*/) {}
    /// Something left a connection's groups of this pair other than by their orders, or one of them is over: by all groups' books so much is held
    /// still, base units. Orders on their way are not in it.
    virtual void on_held(const std::string& /*connection*/, const market::Symbol&, const Decimal& /*quantity*/) {}
    /// What is known of the account does not add up: it is to be asked for again within so long, with the orders and fills of the pair if there
    /// is one. Told while the trader works on an event: nothing is called from there.
    virtual void on_doubt(Now, const std::string& /*connection*/, const market::Symbol* /*symbol*/, milliseconds /*within*/) {}
    /// What the signer has told of the connection's limits is too old for a decision: it is to be asked now (Trader::on_limits).
    virtual void on_limits_wanted(const std::string& /*connection*/) {}
    /// Something could not be kept: the disk is full, the database away.
    virtual void on_trouble(const Error&) {}
};

/// The exchange would not take an order of a pair that its own list calls tradable (MEXC closes pairs to the API without saying so there).
struct PairRefusal {
    Instant at;
    Refusal why;
    std::chrono::microseconds until{0};  ///< Steady: not tried again before.
};

/// What is known of a pair on an exchange.
struct MarketState {
    std::optional<trading::InstrumentFacts> instrument;
    InstrumentLimits limits{};
    std::optional<trading::Quote> quote;
    std::optional<market::Candle> last_candle;  ///< Closed, one minute.
    std::optional<PairRefusal> refused{};       ///< The last one.
};

/// The same with what the trader keeps about it.
struct Market : MarketState {
    bool listed_tradable{false};  ///< By the exchange's list; `instrument` says whether orders are made.
    std::vector<LiveGroup*> groups{};  ///< Open ones of known connections.
    std::vector<TrendNews> trends{};
};

/// What was due for a contract while BackFuture was off and could not be charged.
struct MissedFunding {
    enum class Why : std::uint8_t {
        no_rates,  ///< The exchange does not tell what it settled then.
        no_price,  ///< It tells no price of that moment.
    };
    market::Symbol symbol;
    Instant from, to;  ///< Due after the one, up to the other.
    Why why{};
};
std::string_view to_string(MissedFunding::Why why);

class Trader {
public:
    struct Setup {
        std::uint64_t installation{0};  ///< As in ClientIds.
        ports::TradingStore& store;
        ports::Entropy& entropy;
        TraderListener& listener;
        std::uint64_t generation{0};  ///< As in ClientIds.
    };
    explicit Trader(Setup setup);
    ~Trader();
    Trader(const Trader&) = delete;
    Trader& operator=(const Trader&) = delete;

    // --- start, in this order: the journal's entries, then load, then events
    Status replay(std::uint16_t kind, std::string_view payload);
    /// Its oldest entries were forgotten: before replay(). A whole checkpoint must be among those that are left.
    void begins_late() { begins_late_ = true; }
    /// The groups whose ends the store has: before replay(). What the journal tells of other ends is kept by load() and after it: the store refused
    /// them in an earlier life, or is not the one of then. Without this it is taken to have all.
    void know_ends(std::vector<ports::GroupEnd> ends) { ends_ = std::move(ends); }
    /// Strategies and undecided signals from the store; groups as the journal left them. Asks the exchanges for every unfinished order.
    Status load(Now now);
    /// With those that read_strategies() gave.
    Status load(Now now, std::vector<Strategy> strategies);

    // --- the world
    void on_connection(Now now, ConnectionState state);
    /// For good, and its key with it: its open groups are orphaned, until their person lets them go. Any number of times, also for one that was
    /// never here: a start learns so of a removal that the last life did not live to be told of.
    void on_connection_removed(Now now, const std::string& id);
    /// It is there, but what is stored of it can't be read: nothing can be asked or done on it. Until it is removed, or a backup put in its place.
    void on_connection_unreadable(Now now, const std::string& id, const std::string& name);
    /// The name of one that can't be read; null for any other.
    [[nodiscard]] const std::string* unreadable(const std::string& id) const;
    /// What a connection's key may be used for, as its signer tells: now and then, and when it changed. Until then it is not known.
    void on_limits(Now now, const std::string& connection, const ports::LimitState& state);
    void on_instrument(Now now, Venue venue, const market::Instrument& instrument, const trading::InstrumentFacts& facts);
    void on_quote(Now now, Venue venue, const market::Symbol& symbol, const trading::Quote& quote);
    void on_candle(Now now, Venue venue, const market::Symbol& symbol, const market::Candle& closed);
    void on_trend(Now now, Venue venue, const TrendNews& news);
    /// What on_trend is wanted for: pairs of enabled strategies with built-in signals, and of open groups.
    [[nodiscard]] std::set<TrendKey> trends_wanted(Venue venue, market::Market market) const;
    /// All assets of the account when `whole`, else those that changed.
    void on_balances(Now now, const std::string& connection, const std::vector<market::Balance>& balances, bool whole);
    /// The money of a paper account was set anew by its user: neither gain nor loss.
    void on_money_set(const std::string& connection, const std::string& asset);
    void on_positions(Now now, const std::string& connection, const std::vector<market::Position>& positions, bool whole);
    void on_stream(Now now, const std::string& connection, bool live);
    void on_order(Now now, const std::string& connection, const market::Order& report);
    void on_fill(Now now, const std::string& connection, const market::Fill& fill);
    /// An order at the exchange that the ledger of uses doesn't know: told once, as one that no intent belongs to.
    void on_unordered(Now now, const StrayOrder& stray);
    /// Money that left the account or reached it without an order: an alarm, or a notice.
    void on_unexplained(Now now, const std::string& connection, const MoneyWatch::Unexplained& money);
    /// On paper: the account was charged for settlements that lie behind, or could not be charged for those after `from` up to `to`.
    void on_late_funding(Now now, const std::string& connection);
    void on_missed_funding(Now now, const std::string& connection, const MissedFunding& missed);
    /// Something that whoever compares books from outside found: see alarm().
    void on_finding(Now now, Severity severity, std::string_view code, std::string english, std::string dutch, const std::string& connection);
    void on_durable(Now now, std::uint64_t append);
    void on_sent(Now now, std::uint64_t ticket);
    void on_answer(Now now, std::uint64_t ticket, CallAnswer answer);
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;
    [[nodiscard]] Effects& effects() { return orders_.effects(); }
    /// Puts what the last events decided into words and into the LIVE list. After their effects were handed on: orders don't wait for words.
    void write_up();
    /// All that a later start needs, as records once more, from kCheckpoint to kCheckpointEnd. When that end is durable, what stood before
    /// may be forgotten.
    void write_checkpoint(Now now);
    /// After so many records since the last one. What the store has not taken yet stands in the journal alone: it is not forgotten for a while.
    [[nodiscard]] bool checkpoint_due(std::uint64_t records) const;
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
    /// Whether problems() can tell all: steps, price and, of a future, risk tiers of every pair, and the account's money. They come a moment after a
    /// strategy names a pair that nobody followed before. A pair that the
    /// exchange does not list is not waited for. Tiers that an account must ask for are told of the pairs of stored strategies only: `need_tiers` false
    /// does without.
    [[nodiscard]] bool is_weighable(const Strategy& strategy, bool need_tiers = true) const;
    [[nodiscard]] std::vector<StrategyProblem> problems(const trading::Settings& settings, const trading::Rules& rules) const;

    // --- signals
    /// Keeps it and decides later: its number once it is durable.
    Result<std::int64_t> receive(Now now, const Strategy& strategy, trading::Signal signal);
    /// A body that came in under a strategy's own token and is no signal: recorded.
    Result<std::int64_t> receive_malformed(Now now, const Strategy& strategy, trading::FieldError why);
    /// One whose body holds another token than its address: recorded without what it says.
    Result<std::int64_t> receive_unauthentic(Now now, const Strategy& strategy);

    // --- the user's hand on a group and on everything
    Status release(Now now, GroupNumber group);
    Status put_in_recovery(Now now, GroupNumber group);
    Status close(Now now, GroupNumber group, std::string reason);
    /// Of an orphaned group, of one that is too small to be sold, and of one on paper whose market is gone: it is over and nothing of it is followed
    /// any more. What it holds, and what rests for an orphaned one, stays at the exchange, and what comes of that is not known: no price is made up for it.
    Status let_go(Now now, GroupNumber group);
    /// A connection that was removed while groups were open on it. When it is added again under its id and proven to be of its account, they go on.
    struct LeftBehind {
        std::string id, name;
        exchange::ExchangeId exchange{};
        market::Market market{};
        exchange::Site site{};
        std::string account;  ///< What the exchange called it.
        int groups{0};
    };
    /// Those of which it is known what account they were of.
    [[nodiscard]] std::vector<LeftBehind> left_behind() const;
    /// The difference between its books and the exchange becomes the group's own, at its average price: no profit is claimed. Of one in the average the
    /// exchange's is reckoned with from then on.
    Status adopt_difference(Now now, GroupNumber group);
    Status ignore_difference(Now now, GroupNumber group);
    /// Of the whole installation, or of one connection; of all modes that bear on a signal the strictest holds. `close_now` closes what is open.
    void set_mode(Now now, trading::Mode mode);
    void set_connection_mode(Now now, const std::string& connection, trading::Mode mode);
    [[nodiscard]] trading::Mode mode() const { return mode_; }
    [[nodiscard]] trading::Mode mode_of(const std::string& connection) const;
    [[nodiscard]] const std::map<std::string, trading::Mode>& connection_modes() const { return connection_modes_; }
    /// A connection whose key may be in somebody else's hands: nothing is opened or added on it until the user releases it. Exits go on.
    Status set_frozen(Now now, const std::string& connection, bool frozen);
    [[nodiscard]] const std::set<std::string, std::less<>>& frozen() const { return frozen_; }
    /// Before load(): nothing is placed, changed or taken back at an exchange, signals wait, until release_hold(). What is there is asked for
    /// and compared all the same.
    void hold() { held_ = true; }
    void release_hold(Now now);
    /// The disk of the data folder has so much room, bytes (DiskRoom). Looked at regularly, first at the start.
    void on_disk(Now now, std::uint64_t free);
    [[nodiscard]] bool held() const { return held_; }
    /// As they were when the last life ended; closes nothing.
    void restore_modes(trading::Mode mode, std::map<std::string, trading::Mode> of_connections, std::set<std::string, std::less<>> frozen);

    /// Told, once for each call, and kept (AlarmKeeper). Also for what others than the trader find; `group` 0: none.
    void alarm(Now now, Severity severity, std::string_view code, std::string english, std::string dutch, const std::string& connection, GroupNumber group);
    /// Somebody has seen it. `not_found` when there is none of that number, `conflict` while the store has not taken it.
    Status acknowledge_alarm(Now now, std::int64_t id);
    /// As the store has them, with those that it has not taken yet.
    [[nodiscard]] Result<std::vector<ports::StoredAlarm>> alarms(int limit) const { return alarms_.alarms(limit); }

    // --- views
    /// Closed groups and decisions.
    [[nodiscard]] const HistoryKeeper& history() const { return history_; }
    [[nodiscard]] const LiveGroup* find_group(GroupNumber number) const;
    [[nodiscard]] const std::map<GroupNumber, std::unique_ptr<LiveGroup>>& groups() const { return groups_; }
    /// On paper: the exchange does not list its pair, or has told no price for long. Nobody is there whom it could sell to.
    [[nodiscard]] bool is_market_gone(const LiveGroup& group) const;
    [[nodiscard]] const ConnectionState* find_connection(std::string_view id) const;
    /// A real one: a paper twin is found by its id or as the account of a strategy on paper.
    [[nodiscard]] const ConnectionState* connection_named(std::string_view name) const;
    /// Where a strategy with these settings trades: the connection they name, or its paper twin. `pro`: that of the PRO connection.
    [[nodiscard]] const ConnectionState* account_of(const trading::Settings& settings, bool pro = false) const;
    [[nodiscard]] const Wallet* wallet_of(std::string_view connection) const;
    [[nodiscard]] const MarketState* market_of(Venue venue, const market::Symbol& symbol) const;
    [[nodiscard]] const Capital& capital() const { return capital_; }
    [[nodiscard]] const OrderEvidence& evidence() const { return evidence_; }
    /// What the exchange reports that the account pays in the pair; null while it did not. On paper: the real connection's.
    [[nodiscard]] const trading::FeeRates* reported_fees(std::string_view connection, const market::Symbol& symbol) const;
    [[nodiscard]] trading::FeeRates fees_of(std::string_view connection, const market::Symbol& symbol, const trading::FeeRates& otherwise) const;
    /// What its pairs refused of late and would not keep it from being enabled.
    [[nodiscard]] std::vector<StrategyProblem> doubts(const trading::Settings& settings) const;
    /// What the symbol of a call that places an order costs, for the signer; nothing for other calls and while it is not known.
    [[nodiscard]] std::optional<ports::PriceReference> reference_of(std::string_view connection, const exchange::Call& call) const;
    /// Nothing while balances or marks it needs are unknown.
    [[nodiscard]] std::optional<Decimal> equity_of(const ConnectionState& connection, const std::string& quote_asset) const;
    [[nodiscard]] const Orders& orders() const { return orders_; }
    /// The rules that hold for a group now: its strategy's, or its own terms' when that is gone.
    [[nodiscard]] const trading::Rules& rules_of(const LiveGroup& group) const;
    [[nodiscard]] trading::GroupFigures figures_of(const LiveGroup& group) const;
    /// Whether a fall of the account's equity pauses the entries of strategies with these numbers; null when none has them.
    [[nodiscard]] const trading::DrawdownBrake* brake_of(const ConnectionState& connection, const std::string& asset, const trading::Protection& protection) const {
        return brakes_.find({connection.account.connection, asset}, protection);
    }
    /// What the account was worth, oldest first.
    [[nodiscard]] const std::deque<EquitySample>& equity_history(const ConnectionState& connection, const std::string& asset) const {
        return brakes_.history({connection.account.connection, asset});
    }

private:
    struct Pending;
    struct Place;
    struct Basis;
    struct Draft;
    struct Acted;
    struct MarketKey {
        Venue venue;
        market::Symbol symbol;
        friend auto operator<=>(const MarketKey&, const MarketKey&) = default;
    };
    struct GroupKey {
        std::string connection;
        market::Symbol symbol;
        trading::Direction direction{};
        friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
    };

    // trader.cpp
    /// `state`: of the connection that goes, as far as it was known.
    void orphan(Now now, LiveGroup& group, const ConnectionState* state);
    /// False while groups are left on it from before it was removed and it is not proven to be of the account it was of then: there every order
    /// of theirs would be "not found", which is what proves an order absent.
    [[nodiscard]] bool may_follow(const ConnectionState& state);
    void take_up(Now now, const ConnectionState& state);

    // trader_strategies.cpp
    Status keep(Now now, Strategy strategy);
    [[nodiscard]] Status may_change_money(const Strategy& strategy) const;
    /// What would keep an enabled strategy from being enabled it is not changed into, as far as that does not hold already.
    [[nodiscard]] Status stays_fit(const Strategy& before, const Strategy& after) const;
    [[nodiscard]] bool has_groups(const std::string& strategy) const;

    // trader_basis.cpp
    Basis basis_of(Now now, const Pending& pending);
    /// Where its new ideas go while a group of `main` recovers, if that is another account.
    [[nodiscard]] const ConnectionState* pro_beside(const Strategy& strategy, const ConnectionState* main) const;
    Place place_of(Now now, const Strategy& strategy, const ConnectionState* connection, const trading::Signal& signal);
    [[nodiscard]] trading::AccountFacts account_facts(const Strategy& strategy, const ConnectionState& connection, const market::Symbol& symbol, const LiveGroup* group) const;
    /// The strictest that bears on it.
    [[nodiscard]] trading::Mode mode_for(const Strategy& strategy, const ConnectionState* connection) const;

    // trader_signals.cpp
    static Pending pending_of(const ports::StoredSignal& stored);
    void consider_all(Now now);
    void consider_those_of(Now now, const market::Symbol& symbol);
    void consider_where(Now now, const std::function<bool(const Pending&)>& which);
    /// One that can't be decided on is told as it is.
    Result<std::int64_t> record(Now now, const Strategy& strategy, Pending pending);
    /// True when the signal is decided for good.
    bool consider(Now now, Pending& pending);
    bool consider_exit(Now now, Pending& pending, Basis& basis, std::vector<Place> elsewhere);
    /// Where the strategy's groups of the signal's pair and direction are beside its connections of now.
    std::vector<Place> places_elsewhere(Now now, const Pending& pending, const Basis& basis);
    bool act_on(Now now, Pending& pending, Basis& basis, Place& place);
    static FuturesSetup::Wanted wanted_setup(const Strategy& strategy, const std::string& connection, const market::Symbol& symbol);
    /// What was read of the pair's leverage and modes for it a short while ago, or is being read.
    [[nodiscard]] const FuturesSetup* setup_of(Now now, const FuturesSetup::Wanted& wanted) const;
    /// False while leverage and modes of the pair are being read and set.
    bool prepared(Now now, Place& place, const Strategy& strategy, const market::Symbol& symbol);
    /// False while the signer is asked whether what is left of the connection's limits has room for the entry: by its last word there is none.
    bool has_room(Now now, Pending& pending, const Place& place);
    static Decimal worth_of(const trading::OrderPlan& order, const trading::Quote& quote);
    void open_group(Now now, Basis& basis, const Place& place);
    void add_to_group(Now now, Basis& basis, LiveGroup& group);
    /// Sends the order of `group` that the decision made.
    void send_entry(Now now, Basis& basis, LiveGroup& group, Leg leg);
    /// Takes the basis with it.
    void draft(Basis& basis, const LiveGroup* group, OrderNumber order);
    void keep_draft(Draft& draft);
    void keep_entry(LiveEntry& entry, bool final);
    [[nodiscard]] LiveEntry entry_of(const trading::Decision& decision, const Pending& pending, Instant at) const;
    /// When all that was appended so far is durable, the signal is settled.
    void settle_later(std::int64_t signal, OrderNumber order) { settling_.push_back({orders_.last_append(), signal, order}); }
    void keep_late_entry(Now now, const Pending& pending, Acted acted);
    [[nodiscard]] Acted acted_by(OrderNumber order) const;
    bool settle(std::int64_t signal);  ///< False if it could not be kept, or its decision is not yet.
    void settle_durable();
    void keep_history(Now now);

    // trader_orders.cpp
    void work_off(Now now);
    void observe(Now now, const Observation& observation);
    /// Of an entry or add-on: why it came to nothing stands in LIVE.
    void end_entry(Now now, const OrderFinished& finished, LiveGroup* group);
    void tell_doubt(Now now, const Order& order, const Observation& observation);
    void amend_entry(OrderNumber order, std::string_view outcome, std::string_view code, std::string english, std::string dutch, bool last);
    void tell_refused_exit(Now now, LiveGroup& group, const OrderFinished& finished);
    void tell_taken_back(Now now, LiveGroup& group, const Order& order);
    void tell_of_stop(Now now, LiveGroup& group, const Order& order, const Observation& observation);
    void value_fee(Now now, LiveGroup& group, const BookedFill& fill);

    // trader_forced.cpp
    void take_forced(Now now, const PositionForced& forced);
    void tell_forced(Now now, const PositionForced& forced, const LiveGroup* group);

    // trader_groups.cpp
    void refresh(Now now, LiveGroup& group);
    void evaluate(Now now, LiveGroup& group);
    void close_by_force(Now now, LiveGroup& group, trading::Code code, const Decimal& mark);
    void look_at_crossed(Now now, LiveGroup& group);
    [[nodiscard]] const trading::GeneratorSettings& generator_of(const LiveGroup& group) const;
    [[nodiscard]] std::optional<bool> market_uncertain(Now now, const LiveGroup& group) const;
    [[nodiscard]] trading::RecoveryInput recovery_input(Now now, const LiveGroup& group, const trading::Quote& quote);
    void ask_for_zone_add_on(Now now, LiveGroup& group);
    void close_all(Now now, const std::function<bool(const LiveGroup&)>& which);
    /// A mode says so that was set when it could not be closed, or that a crash outlived.
    [[nodiscard]] bool is_to_close(const LiveGroup& group) const;
    void each_group(const std::function<void(LiveGroup&)>& visit);
    /// What is done with one may end it, or another; those that are over are left out.
    void each_of(const std::vector<LiveGroup*>& groups, const std::function<void(LiveGroup&)>& visit);
    void each_on(const std::string& connection, const std::function<void(LiveGroup&)>& visit);
    void tell_held(const GroupTerms& terms) const;
    /// It, then the other connections of the same account and market at the exchange.
    template <class Visit>
    void each_of_wallet(const std::string& connection, const Visit& visit) const {
        visit(connection);
        if (const auto found = siblings_.find(connection); found != siblings_.end())
            for (const auto& id : found->second) visit(id);
    }
    void know_siblings(const std::string& connection);
    void evaluate_next(Now now);
    void keep_wake(Now now, LiveGroup& group);
    void count_worth(LiveGroup& group);
    void forget(LiveGroup& group);
    /// Finds what the group has to do with.
    void link(LiveGroup& group);
    void unlink(LiveGroup& group);
    void change(Now now, LiveGroup& group, GroupChange::What what, std::vector<std::pair<std::string, std::string>> facts);
    /// Once for each minimum.
    void tell_too_small(Now now, LiveGroup& group);
    /// Once for each time that its close waits for a price, and once an hour at most.
    void tell_price_missed(Now now, LiveGroup& group);
    void end(Now now, LiveGroup& group, const std::string& reason);
    Result<LiveGroup*> open_one(GroupNumber number);
    /// One that something can be done with.
    Result<LiveGroup*> managed_one(GroupNumber number);
    LiveGroup& adopt(GroupTerms terms);
    /// The journal tells that it ended, and the store may not know.
    void owe(LiveGroup& group, const GroupChange& closed);

    // trader_market.cpp
    /// Of all groups on it, or of those that hold what `concerns` says.
    void check_agreement(Now now, const std::string& connection, const std::function<bool(const market::Symbol&)>& concerns);
    void judge(Now now, LiveGroup& group, const Decimal& found, bool agrees);
    /// A difference in the average, if there is one, is adopted or ignored.
    bool settle_average(Now now, LiveGroup& group, GroupChange::What how);
    /// Whether the exchange's average of its position is what its own fills paid: a difference where not.
    void look_at_average(Now now, LiveGroup& group, const market::Position* position);
    /// A difference of one was settled: what others that hold the same coin were said to lack is told anew.
    void judge_sharers(Now now, const LiveGroup& group);
    void refuse_pair(Now now, const LiveGroup& group, const Refusal& why);
    /// What the exchange did with the order is evidence of its pair.
    void learn(Now now, const Order& order, const Observation& observation);
    /// Refusals of the pair that hold, in words; `closed`: that the pair is not traded, or the others.
    void tell_evidence(std::vector<StrategyProblem>& found, Venue venue, const market::Symbol& symbol, bool closed) const;
    void reopen_pairs(Now now);
    void sample_equity(Now now);
    /// Spot: whether the account's money was told since the last fill of its wallet. Before that a coin and what it cost are both counted, or neither.
    [[nodiscard]] bool is_settled(const ConnectionState& connection, const std::string& quote_asset) const;

    // trader_pairs.cpp
    /// What an exchange tells of the strategy's pairs, on each of its connections, to its own keys only.
    void want_pair_facts(Now now, const Strategy& strategy);
    void on_pair_fact(Now now, PairFacts::Kind kind, const std::string& connection, const market::Symbol& symbol);
    /// What the group pays from now on: the reported rates, or what its entries were charged where that is more.
    void tell_fees(Now now, LiveGroup& group);
    // trader_futures.cpp
    /// Those an exchange tells by a call, into what is known of the pair.
    void merge_tiers(Venue venue, const market::Symbol& symbol, Market& market);
    [[nodiscard]] static bool tiers_hold_for(const ConnectionState& connection);
    void on_funding(Now now, const std::string& connection, const market::FundingPayment& payment);
    void on_funding_read(Now now, const std::string& connection, const market::Symbol& symbol);
    void follow_funding(Now now, LiveGroup& group);
    void unfollow_funding(const LiveGroup& group);
    /// Whether nothing of what it held can still be paid for that was not told. False: it is asked for, and the group's end waits.
    [[nodiscard]] bool funding_told(const LiveGroup& group) const;
    [[nodiscard]] static bool funding_overdue(Now now, const LiveGroup& group);

    /// One brake for every account that a strategy may open a group on.
    void arm_brakes();

    Setup setup_;
    Orders orders_;
    PairFacts pair_facts_;
    FundingFeed funding_;
    Capital capital_;
    Worth worth_;
    std::map<std::string, Strategy> strategies_;
    std::unordered_map<std::string, std::string> hooks_;  ///< Hash to strategy id.
    std::map<std::string, ConnectionState, std::less<>> connections_;
    std::map<std::string, Wallet, std::less<>> wallets_;
    std::map<std::string, std::chrono::microseconds> filled_;  ///< Steady: when a connection's last fill was booked.
    std::map<std::string, std::set<std::string>, std::less<>> siblings_;  ///< Connections of one wallet; without itself, and only those that have any.
    std::map<MarketKey, Market> markets_;
    std::deque<Market*> refused_;  ///< In the order in which they are tried again.
    std::map<GroupNumber, std::unique_ptr<LiveGroup>> groups_;
    std::map<std::string, std::vector<LiveGroup*>, std::less<>> of_connection_;
    std::set<std::pair<std::chrono::microseconds, GroupNumber>> wakes_;  ///< Of groups' exits.
    std::vector<LiveGroup*> visited_;  ///< Kept for its memory.
    std::vector<std::unique_ptr<LiveGroup>> over_;  ///< Ended during this event.
    std::map<GroupKey, GroupNumber> open_;
    std::map<std::pair<std::string, market::Symbol>, Instant> closed_at_;
    std::map<std::pair<std::string, market::Symbol>, std::unique_ptr<FuturesSetup>> prepared_;
    Brakes brakes_;
    std::set<GroupNumber> awaiting_funding_;              ///< All but ended.
    std::set<OrderNumber> entering_;                      ///< Entry orders that have not ended.
    std::unordered_map<OrderNumber, LiveEntry> entries_;  ///< Of those of this life, as soon as they are written up.
    std::deque<std::unique_ptr<Pending>> pending_;
    std::vector<std::unique_ptr<Pending>> decided_;  ///< Drafts refer to them.
    std::vector<Draft> drafts_;
    struct Settling {
        std::uint64_t append;  ///< That must be durable.
        std::int64_t signal;
        OrderNumber order;     ///< 0: none.
    };
    std::deque<Settling> settling_;
    std::uint64_t durable_{0};  ///< The last append that is.
    std::optional<std::vector<ports::GroupEnd>> ends_;  ///< Until load().
    // From the journal, until load(): the signals that made orders; the first is what the last record told.
    std::optional<SignalActed> acting_;
    struct Acted {
        OrderNumber order{0};
        GroupNumber group{0};  ///< 0: the order was not read; with it what follows, since a group that is over takes its orders along.
        bool adds{false}, paper{false};
    };
    std::unordered_map<std::int64_t, Acted> acted_;
    OrderNumber checkpointed_order_{0};  ///< The last one when the latest checkpoint was written.
    HistoryKeeper history_;
    AlarmKeeper alarms_;
    ForeignAlarms foreign_;
    OrderEvidence evidence_;
    KnownLimits limits_;
    bool room_awaited_{false};  ///< A signal waits for what the signer tells of them.
    trading::Decision decision_;  ///< Kept for its memory, as is what is told.
    trading::Decision told_;
    trading::Mode mode_{trading::Mode::normal};
    std::map<std::string, trading::Mode> connection_modes_;
    std::set<std::string, std::less<>> frozen_;  ///< Connections.
    std::map<std::string, std::string> unreadable_;  ///< Names of connections by their ids.
    GroupNumber last_group_{0}, last_evaluated_{0};
    std::chrono::microseconds evaluated_{0}, sampled_{0}, retried_{0};
    bool loaded_{false};
    Instant loaded_at_{}, ticked_at_{};
    bool held_{false};
    DiskRoom disk_;
    bool begins_late_{false}, checkpoint_begun_{false}, in_checkpoint_{false};
};

}  // namespace bf::engine

// A simulated exchange without any wire: accounts, keys, markets, matching, futures. Faces ask it and listen to it.
//
// Pure: time comes from advance(), randomness from the seed. Money never appears or vanishes: every change of a wallet or a position's
// margin is booked against another wallet, the fee account or the house (the counterparty of synthetic trades, funding and profit), so
// the sum over all of them stays what the accounts were given.
#pragma once
#include "base/result.hpp"
#include "simulator/core/events.hpp"
#include "simulator/core/faults.hpp"
#include "simulator/core/limiter.hpp"
#include "simulator/core/market.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

namespace bf::simulator {

/// What makes one exchange differ from another below the wire. Written beside its face.
struct Profile {
    std::string id;  ///< "kucoin"
    std::deque<Instrument> instruments;  ///< Keep their addresses when one is added.
    /// Ids as this exchange prints them, from a number that rises.
    std::function<std::string(Market, std::uint64_t)> order_id;
    std::function<std::string(Market, std::uint64_t)> trade_id;
    /// New key material from the dice: fills key, secret and passphrase.
    std::function<void(Key&, Random&)> make_key;
    int default_leverage{10};
    milliseconds funding_interval{8 * 3600 * 1000};
    /// It follows a real market (follow.cpp): instruments and prices are told, and nothing happens by itself.
    bool follows{false};
    std::size_t stops_max{50};  ///< Waiting trigger orders of an account on one instrument.
};

template <class T>
using Accepted = Result<T, Refusal>;

class Exchange {
public:
    Exchange(Profile profile, std::uint64_t seed, Instant start);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();

    [[nodiscard]] const Profile& profile() const { return profile_; }
    /// What this exchange's clock shows; its skew is the administrator's.
    [[nodiscard]] Instant now() const { return now_ + skew_; }
    [[nodiscard]] Instant true_now() const { return now_; }
    void set_skew(milliseconds skew) { skew_ = skew; }
    /// Between two steps of the markets. Before the first advance.
    void set_tick(milliseconds tick);
    /// Moves the market, pays funding, plays paths up to `now`.
    void advance(Instant now);
    /// When advance has something to do next.
    [[nodiscard]] Instant next_wake() const;

    Faults& faults() { return faults_; }
    Limiter& limiter() { return limiter_; }
    Random& random() { return random_; }
    void listen(Listener& listener) { listeners_.push_back(&listener); }

    // --- keys and accounts
    struct NewKey {
        std::set<Permission> permissions;
        std::vector<std::string> ip_allow_list;
        std::optional<Instant> expires_at;
        std::optional<std::string> source_ip;
        AccountMode mode{AccountMode::classic};
        bool inspectable{true};
        std::optional<std::string> account;       ///< A further key of this account; else a new one with `balances`.
        std::map<std::string, Decimal> balances;  ///< In every market's wallet (once in a unified account).
    };
    const Key& create_key(const NewKey& request);
    /// Whether so much more (in each market's wallet) still makes a sum over all accounts that a Decimal holds.
    [[nodiscard]] bool can_count(const std::string& asset, const Decimal& amount) const;
    Key* find_key(std::string_view key);  ///< Also revoked ones.
    Account* find_account(std::string_view id);
    [[nodiscard]] const std::vector<std::unique_ptr<Account>>& accounts() const { return accounts_; }
    /// The address a caller has in this exchange's eyes: the key's source_ip or the peer. Remembers it for the peer's unsigned calls.
    std::string caller_ip(std::string_view peer, const Key* key);

    // --- instruments and markets
    [[nodiscard]] const std::deque<Instrument>& instruments() const { return profile_.instruments; }
    [[nodiscard]] const Instrument* find(const Symbol& symbol) const;
    [[nodiscard]] const Instrument* find_native(std::string_view native) const;
    /// New, or with its steps, minima and rates of today; by symbol. Its address stays.
    const Instrument& list(Instrument instrument);
    [[nodiscard]] const InstrumentMarket& market(const Instrument& instrument) const { return *markets_[instrument.index]; }
    struct Book {
        std::uint64_t sequence{0};
        std::vector<Level> bids;  ///< Best first; synthetic levels and accounts' orders together.
        std::vector<Level> asks;
    };
    /// Also tells listeners of what changed since they were last told, so that the sequence joins their events.
    Book book(const Instrument& instrument, std::size_t levels);
    /// The rate the next funding will use.
    [[nodiscard]] Decimal funding_rate(const Instrument& instrument) const;
    /// What was settled at a funding hour, newest first, of those from `from` to `to`, at most `most`; the first a year before the exchange began.
    struct Settled {
        Instant at;
        Decimal rate;
    };
    [[nodiscard]] std::vector<Settled> settled_funding(const Instrument& instrument, Instant from, Instant to, std::size_t most) const;
    [[nodiscard]] Instant next_funding() const { return next_funding_; }  ///< In true time.

    // --- trading
    /// Everything place() would refuse, without placing.
    [[nodiscard]] Accepted<const Instrument*> check(Account& account, NewOrder& request);
    /// Accepted and matched; a post-only order that would cross comes back canceled, as on the exchanges we know. One with a trigger waits
    /// off the book: it holds no money until then, and is canceled when it can't be carried out then.
    Accepted<const Order*> place(Account& account, NewOrder request);
    Accepted<const Order*> cancel(Account& account, const Order& order);
    const Order* find_order(const Account& account, std::string_view id) const;
    const Order* find_client_order(const Account& account, Market market, std::string_view client_order_id) const;
    Accepted<std::monostate> set_leverage(Account& account, const Instrument& instrument, int leverage);
    Accepted<std::monostate> set_margin_mode(Account& account, const Instrument& instrument, MarginMode mode);
    Accepted<std::monostate> set_position_mode(Account& account, PositionMode mode);
    [[nodiscard]] int leverage(const Account& account, const Instrument& instrument) const;
    /// Free and locked, margins and unrealised profit of a market's wallet.
    struct FuturesBalance {
        Decimal free, order_margin, position_margin, unrealized_pnl;
        [[nodiscard]] Decimal wallet() const { return free + order_margin + position_margin; }
        [[nodiscard]] Decimal equity() const { return wallet() + unrealized_pnl; }
    };
    [[nodiscard]] FuturesBalance futures_balance(const Account& account, const std::string& asset) const;
    [[nodiscard]] Decimal liquidation_price(const Account& account, const Position& position) const;

    // --- the administrator
    void set_price(const Instrument& instrument, const Decimal& price);
    struct PathStep {
        Instant at;
        Decimal price;
    };
    void play(const Instrument& instrument, std::vector<PathStep> steps);
    /// Every position in it pays or receives now, whatever the hour.
    void charge_funding(const Instrument& instrument, const Decimal& rate);
    /// On an exchange that follows a real one: what that one settled, maybe a while ago, by the positions of which `owes` says so. Each
    /// payment's number comes of its time, so it is the same whenever it is made. What is liquidated by it goes at the next price.
    struct Settlement {
        Instant at;
        Decimal rate;
        Decimal mark;
    };
    void settle_funding(const Instrument& instrument, const Settlement& settlement, const std::function<bool(const Account&, const Position&)>& owes);
    /// Free money comes from elsewhere or goes there (below zero): a deposit, a withdrawal, a transfer by hand. No more goes than is free.
    Accepted<std::monostate> move_money(Account& account, Market market, const std::string& asset, const Decimal& amount);
    /// While held no trigger order fires, whatever the price: an exchange that is behind. Let go, those that are due fire.
    void hold_stops(bool held);
    /// One trade by a stranger against the accounts' resting orders at `price` or better, best first; the rest of it is the market's own.
    void print_trade(const Instrument& instrument, Side taker, const Decimal& price, const Decimal& quantity);

    // --- following a real market
    /// The real market's best prices: nothing trades better. What rests is filled, at its own price and with what the book holds, once the other
    /// side's best price has come to it. Without prices or without a book nothing trades. Profit and liquidation go by the mark.
    void set_quote(const Instrument& instrument, const std::optional<BestPrices>& best, const Decimal& mark);
    /// What its book held; what rests and is crossed takes from it.
    void set_book(const Instrument& instrument, std::vector<Level> bids, std::vector<Level> asks);
    /// Whether a resting order's price is reached by the other side's best.
    [[nodiscard]] bool is_crossed(const Instrument& instrument) const;
    /// The wallet has that much from now on; while nothing of the account is locked or open.
    Accepted<std::monostate> grant(Account& account, Market market, const std::string& asset, const Decimal& amount);

    /// For the law of conservation: accounts' money and the counter-accounts, per asset.
    struct Ledger {
        std::map<std::string, Decimal> granted, accounts, fees, house;
    };
    [[nodiscard]] Ledger ledger() const;

private:
    struct Resting;
    friend class Recorder;
    Account& create_account(const NewKey& request);
    struct Path {
        const Instrument* instrument;
        std::deque<PathStep> steps;
    };
    struct Reservation {
        Decimal amount;
        Decimal opening;  ///< Futures: the quantity it is margin for.
    };
    struct Taking {
        Decimal quantity, cost;
    };
    // Orders (orders.cpp)
    Accepted<std::monostate> check_shape(const Account& account, const NewOrder& request, const Instrument& instrument) const;
    [[nodiscard]] bool is_above_maximum(const NewOrder& request, const Instrument& instrument) const;
    Accepted<std::monostate> check_size(const NewOrder& request, const Instrument& instrument) const;
    Accepted<std::monostate> complete_futures(const Account& account, NewOrder& request, const Instrument& instrument) const;
    Accepted<std::monostate> check_tier(const Account& account, const NewOrder& request, const Instrument& instrument) const;
    [[nodiscard]] Reservation required(const Account& account, const NewOrder& request, const Instrument& instrument) const;
    [[nodiscard]] Decimal closable(const Account& account, const NewOrder& request, const Instrument& instrument) const;
    Order& store(Account& account, NewOrder request, const Instrument& instrument);
    void enter(Order& order, const Reservation& reserve);
    Accepted<const Order*> wait(Account& account, NewOrder request, const Instrument& instrument);
    [[nodiscard]] bool reached(const Order& order) const;
    void fire(Order& order);
    void fire_due(const Instrument& instrument);
    void rest(Order& order);
    void unrest(Order& order);
    void finish(Order& order, OrderStatus status);
    // Matching (matching.cpp)
    void match(Order& taker);
    bool match_once(Order& taker);
    [[nodiscard]] Order* best_maker(const Order& taker) const;
    [[nodiscard]] int best_level(const Instrument& instrument, Side side) const;
    [[nodiscard]] bool acceptable(const Order& taker, const Decimal& price) const;
    [[nodiscard]] Decimal wanted(const Order& order, const Decimal& price) const;
    [[nodiscard]] Decimal capacity(const Order& order, const Decimal& price, const Decimal& quantity) const;
    [[nodiscard]] Taking takeable(const Instrument& instrument, Side taker, const std::optional<Decimal>& limit, const Decimal& quantity) const;
    void fill(Order& order, const Decimal& price, const Decimal& quantity, Liquidity liquidity);
    void sweep(const Instrument& instrument, bool all);
    [[nodiscard]] std::vector<Order*> crossed(const Instrument& instrument, Side side, const Decimal& price) const;
    void print(const Instrument& instrument, Side taker, const Decimal& price, const Decimal& quantity);
    // Settlement (settlement.cpp, positions.cpp)
    void settle_spot(Order& order, const Fill& fill);
    void settle_futures(Order& order, Fill& fill);
    void open_part(Order& order, const Fill& fill);
    void close_part(Order& order, Fill& fill, Position& position);
    void spend(Order& order, Market market, const Decimal& amount, BalanceReason reason);
    void release_down_to(Order& order, const Decimal& amount, BalanceReason reason);
    void change(Account& account, Market market, const std::string& asset, const Decimal& free, const Decimal& locked, BalanceReason reason,
                const Order* order);
    void after_close(Account& account, const Instrument& instrument);
    void liquidate_due();
    void liquidate(Account& account, const Instrument& instrument, PositionSlot slot);
    void pay_funding();
    void pay_funding(const Instrument& instrument, const Decimal& rate);
    void pay_funding(Account& account, Position& position, const Settlement& settlement, std::uint64_t number);
    [[nodiscard]] static Decimal funding_rate_at(const Instrument& instrument, Instant at);
    // Time and events (exchange.cpp)
    void tick(Instant at);
    void publish_book(const Instrument& instrument);
    void emit(const Event& event);
    [[nodiscard]] std::map<Decimal, Decimal> visible(const Instrument& instrument, Side side) const;

    Profile profile_;
    Random random_;
    Faults faults_;
    Limiter limiter_;
    Instant now_;
    milliseconds skew_{0};
    bool stops_held_{false};
    milliseconds tick_;
    Instant next_tick_;
    Instant next_funding_, first_funding_;
    std::vector<std::unique_ptr<InstrumentMarket>> markets_;
    std::vector<std::unique_ptr<Resting>> resting_;  ///< By instrument.
    std::vector<Path> paths_;
    std::vector<std::unique_ptr<Account>> accounts_;
    std::unordered_map<std::string, Account*> accounts_by_id_;
    std::unordered_map<std::string, std::unique_ptr<Key>> keys_;
    std::vector<const Key*> key_order_;
    std::unordered_map<std::string, std::string> believed_ip_;  ///< By peer.
    std::deque<Order> orders_;
    std::unordered_map<std::string, Order*> orders_by_id_;
    std::deque<Fill> fills_;
    std::uint64_t next_order_{0};
    std::uint64_t next_fill_{0};
    std::uint64_t next_position_{0};
    std::vector<Listener*> listeners_;
    std::map<std::string, Decimal> granted_, fees_, house_;
};

}  // namespace bf::simulator

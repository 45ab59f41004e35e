// Trading, put together for a running server: the trader and what carries out its wishes, the journal on disk, a market feed for each
// exchange and market that a connection uses, an account feed on each connection's private stream, and what the API asks of all that.
#pragma once
#include "app/forget_clock.hpp"
#include "app/journal_file.hpp"
#include "app/ledger_watch.hpp"
#include "app/signer_link.hpp"
#include "app/market_ears.hpp"
#include "app/paper_desk.hpp"
#include "app/trading_gate.hpp"
#include "app/trading_news.hpp"
#include "connection/book.hpp"
#include "engine/account_feed.hpp"
#include "engine/performer.hpp"
#include "server/trading_api.hpp"

namespace bf::app {

class TradingHost final : public engine::TraderListener, public engine::AccountListener {
public:
    struct Setup {
        net::Loop& loop;
        connection::World world;
        connection::Book& book;
        ports::TradingStore& store;
        ports::Store& settings;
        SignerLink& signer;  ///< Whose ledger is watched, and that counts what is open.
        std::uint64_t installation{0};
        std::string journal_folder;
        std::string paper_folder;  ///< The paper exchanges' journal; made when something is traded on paper.
        connection::Book::AdapterOf adapter_of;
        connection::Book::IsRepointed is_repointed;
        /// Tells every listening page; once for each language.
        TradingNews::Tell tell;
        std::function<void(const std::string& sentence)> complain;
        std::function<void(const ports::StoredAlarm& alarm)> alarm;  ///< A new one, or one that says more than before.
        std::uint64_t generation{0};  ///< As in ClientIds.
        bool held{false};             ///< As Trader::hold().
        std::chrono::days keep_blocked{0};  ///< How long blocked signals and alarms that were seen are kept; 0: for good.
    };
    static Result<std::unique_ptr<TradingHost>> open(Setup setup);
    ~TradingHost() override;

    /// As Trader::alarms.
    [[nodiscard]] Result<std::vector<ports::StoredAlarm>> alarms(int limit) const { return trader_->alarms(limit); }
    [[nodiscard]] server::TradingApi& api() { return *api_; }
    /// The market of a connection, for who downloads candles from it. Lives as long as this.
    [[nodiscard]] engine::MarketFeed& feed_for(const connection::Record& record);
    [[nodiscard]] const engine::Trader& trader() const { return *trader_; }
    /// What an exchange lists of a pair; nothing while no connection of ours has read its list.
    [[nodiscard]] std::optional<trading::InstrumentFacts> instrument_of(std::string_view exchange, std::string_view pair) const;
    [[nodiscard]] LedgerWatch& ledger() { return *ledger_; }
    /// The restored state was confirmed.
    void release_hold();
    /// Each journal by its folder's name in the data folder, for a backup.
    [[nodiscard]] std::map<std::string, const JournalFile*> journals() const;
    /// The book's streams go through here; ask before the book loads.
    connection::StreamTap* tap_of(const connection::Record& record);
    void on_connection(const connection::Record& record);
    void on_connection_removed(const std::string& id);
    /// The book was read: connections that open groups are on and that it does not have were removed when nobody lived to tell of it.
    void on_book_read();
    /// What the book's guards found, as an alarm.
    void raise(const connection::GuardNews& news);
    /// Whether a strategy or an open group trades on it.
    [[nodiscard]] bool is_used(const connection::Record& record) const;
    /// Groups that were left on a removed connection of the same account, and how they go on.
    [[nodiscard]] std::vector<connection::Warning> warn_of(const connection::Record& record, exchange::Language language) const;

private:
    struct Account {
        MarketKey market;
        std::unique_ptr<engine::AccountFeed> feed;
        std::set<market::Symbol> followed{};
    };
    explicit TradingHost(Setup setup);
    Status start();

    // What the trader tells.
    void on_strategy(const engine::Strategy& strategy) override;
    void on_strategy_removed(const std::string& id) override;
    void on_group(const engine::LiveGroup& group) override;
    void on_fee_rates() override { follow_soon(); }
    void on_decision(const ports::StoredDecision& decision) override;
    void on_alarm(const ports::StoredAlarm& alarm) override;
    void on_history_stored() override;
    void on_alarms_stored(const ports::StoredAlarm& last) override;
    void on_order_ended(const engine::Order& order, const Decimal& filled) override;
    void on_held(const std::string& connection, const market::Symbol& symbol, const Decimal& quantity) override;
    void on_doubt(engine::Now now, const std::string& connection, const market::Symbol* symbol, milliseconds within) override;
    void on_limits_wanted(const std::string& connection) override;
    void on_trouble(const Error& error) override;

    // What the accounts tell.
    void on_order(engine::Now now, const std::string& connection, const market::Order& order) override;
    void on_fill(engine::Now now, const std::string& connection, const market::Fill& fill, engine::FillNews news) override;
    void on_balances(engine::Now now, const std::string& connection, const std::vector<market::Balance>& balances, bool whole) override;
    void on_positions(engine::Now now, const std::string& connection, const std::vector<market::Position>& positions, bool whole) override;
    void on_stream(engine::Now now, const std::string& connection, bool live) override;
    void on_trouble(engine::Now now, const std::string& connection, const exchange::Problem& problem) override;
    void on_unexplained(engine::Now now, const std::string& connection, const engine::MoneyWatch::Unexplained& money) override;
    void on_due() override;
    void on_activity(engine::Now now) override;

    // Paper (trading_paper.cpp)
    /// Twins for the connections that these settings name.
    Status want_paper(const trading::Settings& settings);
    Status grant_paper(const std::string& connection, const std::string& asset, const Decimal& amount);
    /// Whether a strategy on paper, or a group, needs the connection's twin.
    [[nodiscard]] bool paper_wanted(const connection::Record& record) const;
    Status make_twin(const connection::Record& record);
    /// Tells the trader of a twin that is there.
    void adopt_twin(const paper::Account& account);
    void tell_paper_money(const std::string& twin);
    void drop_twin(const std::string& connection);
    /// What was due while nothing ran: asked for, and told to the trader.
    void follow_late_funding(PaperDesk::Setup& desk);
    void tell_unpaid(const paper::Unpaid& unpaid);
    /// The paper exchange knows the pair as the real one lists it.
    void list_on_paper(const MarketKey& key, const market::Symbol& symbol);

    MarketEars& market_of(const MarketKey& key);
    engine::MarketFeed& feed_of(const MarketKey& key);
    engine::ConnectionState state_of(const connection::Record& record);
    // What is followed (trading_follow.cpp)
    void follow_soon();
    /// Follows what strategies, open groups and watchers need, and no more.
    void follow_what_is_needed();
    /// A page looks at the pair.
    void watch(const engine::ConnectionState& connection, const market::Symbol& symbol);
    /// From when on fills of the pair may be missing.
    [[nodiscard]] Instant fills_since(const std::string& connection, const market::Symbol& symbol) const;
    /// The pairs of a connection that something may have been traded in.
    [[nodiscard]] std::set<market::Symbol> pairs_of(const std::string& connection) const;
    void wake_accounts();

    /// What the signer lets each connection do: one connection after the other.
    void ask_limits();
    void keep_journal_short();
    void look_at_disk();
    void forget_old();
    Status keep_modes();
    void tell_price(const MarketKey& key, const market::Symbol& symbol, const engine::Quote& quote);
    void ask_candles(const MarketKey& key, const market::Symbol& symbol, market::Interval interval, std::optional<Instant> since, int limit,
                     std::function<void(Result<std::vector<market::Candle>>)> done);
    static constexpr std::chrono::microseconds kPriceEvery{milliseconds{250}};

    Setup setup_;
    TradingGate gate_;
    std::unique_ptr<JournalFile> journal_;
    std::unique_ptr<PaperDesk> paper_;
    std::unique_ptr<engine::Trader> trader_;
    std::unique_ptr<TradingNews> news_;  ///< Tells what the trader knows.
    std::unique_ptr<engine::Performer> performer_;
    std::unique_ptr<server::TradingApi> api_;
    std::unique_ptr<LedgerWatch> ledger_;  ///< Its questions go through the trader's caller.
    std::map<MarketKey, std::unique_ptr<MarketEars>> markets_;
    std::map<std::string, std::unique_ptr<connection::Pace>> account_paces_;  ///< By exchange and account id.
    std::map<std::string, Account> accounts_;                                  ///< By connection.
    std::map<std::pair<MarketKey, market::Symbol>, std::chrono::microseconds> watched_;  ///< Until when.
    ForgetClock forget_clock_{std::nullopt};
    std::optional<ports::Timers::Id> account_timer_, follow_timer_, watch_timer_, journal_timer_, disk_timer_, forget_timer_, limits_timer_;
    std::map<std::pair<MarketKey, market::Symbol>, std::chrono::microseconds> prices_told_;
    std::string limits_asked_;  ///< Of which connection last.
    std::set<engine::GroupNumber> groups_followed_;
    bool wake_wanted_{false};
    std::set<std::string> accounts_changed_;  ///< Told once a second at most.
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app

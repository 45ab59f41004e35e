// Paper exchanges: simulated ones that follow real markets, one for each exchange, market and site that something is traded on on paper.
// They have the real instruments and the real best prices, as the market feeds tell them, and accounts of play money: the paper twins of
// connections. Their requests are the adapters' real bytes and never leave the process.
//
// What happened to an account is written into a journal of its own before anybody hears of it, so that after a restart the account is what
// the engine was told it is. While nothing runs nothing happens: the market of that time is not made up.
//
// Refuses to know the network: there is none behind its transport, and its signer has only keys that it made itself.
#pragma once
#include "exchange/calls.hpp"
#include "paper/venue.hpp"
#include "ports/clock.hpp"
#include "ports/journal.hpp"
#include "ports/signer.hpp"
#include "ports/transport.hpp"
#include "simulator/core/market.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>

namespace bf::paper {

/// A real market's prices, and when they were last confirmed (steady).
struct Quote {
    Decimal bid, ask;
    Decimal mark;
    std::chrono::microseconds confirmed{0};
};

/// What a real book held; best first on either side.
struct Book {
    std::vector<simulator::Level> bids, asks;
    std::chrono::microseconds asked{0};  ///< Steady.
};

/// What longs pay to shorts of a contract at the next settlement.
struct FundingRate {
    Decimal rate;  ///< A factor.
    Instant due;
};

/// What a real market settled after `from` up to `to`, whole but for the holes.
struct PastFunding {
    struct Settled {
        Instant at;
        Decimal rate;                  ///< A factor.
        std::optional<Decimal> price;  ///< At that moment; nothing if it could not be had.
    };
    struct Span {
        Instant from, to;  ///< After the one, up to the other.
    };
    Instant from, to;
    std::vector<Settled> settled;  ///< In time order.
    std::vector<Span> holes;       ///< What was settled within these can't be had.
};

/// Funding that was due on an account and that nobody could tell: never guessed, always told.
struct Unpaid {
    enum class Why : std::uint8_t { no_rates, no_price };
    std::string connection;
    market::Symbol symbol;
    Instant from, to;  ///< Due after the one, up to the other.
    Why why{};
};

struct Account {
    std::string connection;  ///< The twin's id.
    std::string name;        ///< What people read.
    Venue venue;
    std::string exchange_account;  ///< The paper exchange's id of it.
};

class Exchanges {
public:
    struct Setup {
        ports::Clock& clock;
        ports::Timers& timers;
        ports::Entropy& entropy;
        /// Asks the real market for its book, or for a contract's funding rate; what comes is told by book() and funding(). Without them
        /// nobody waits for a book, and no funding is paid.
        std::function<void(const Venue&, const market::Symbol&)> ask_book{}, ask_funding{};
        /// Asks the real market for what it settled after then and what the contract cost; what comes is told by past_funding(). Asked
        /// once; whoever is asked tries as often as makes sense and answers at last. Without it what lies behind is not charged.
        std::function<void(const Venue&, const market::Symbol&, Instant from)> ask_past_funding{};
        /// Payments for settlements that lie behind were booked on the account.
        std::function<void(const std::string& connection)> paid_late{};
        /// Once, when it is written down; see also Exchanges::unpaid().
        std::function<void(const Unpaid&)> unpaid{};
    };
    /// A book that old is none: nothing trades on it.
    static constexpr milliseconds kBookLives{5'000};
    /// An order waits for a book that was asked for when it was signed, but for one that is hardly older, and no longer than kBookPatience.
    static constexpr milliseconds kBookFresh{100}, kBookPatience{2'000};
    static constexpr milliseconds kBookAgain{1'000};  ///< Between looks at the book while a resting order is reached.
    static constexpr milliseconds kFundingAsked{60'000};  ///< How often a rate is asked for while a position is open.
    /// A rate that is due so long already was not charged in time: nothing ran. So is what lies behind a silence that long.
    static constexpr milliseconds kFundingLate{60'000}, kRatesSilent{600'000};
    static constexpr milliseconds kFundingShown{61'000};  ///< So long after a settlement lists show it.
    /// Prices that were not confirmed for so long are none: nothing trades on them.
    static constexpr milliseconds kQuoteLives{10'000};
    /// Ended orders are told so long after their end, as exchanges do.
    static constexpr milliseconds kEndedKept{std::chrono::hours{24 * 7}};
    static constexpr std::uint64_t kRecordsKept = 20'000;  ///< Since the last checkpoint.

    explicit Exchanges(Setup setup);
    ~Exchanges();
    Exchanges(const Exchanges&) = delete;
    Exchanges& operator=(const Exchanges&) = delete;

    // --- start: the journal's entries, then begin
    Status replay(std::uint16_t kind, std::string_view payload);
    void begin(ports::Journal& journal);

    // --- the real market
    void list(const Venue& venue, const simulator::Instrument& instrument);
    /// Of a listed instrument; of others nothing is kept.
    void quote(const Venue& venue, const market::Symbol& symbol, const Quote& quote);

    void book(const Venue& venue, const market::Symbol& symbol, Book book);
    /// The last one told before its due time is what is paid then, by what is open then.
    void funding(const Venue& venue, const market::Symbol& symbol, const FundingRate& rate);
    /// The answer to ask_past_funding. Until it is there nothing trades in the contract, so that what is held is what was held.
    void past_funding(const Venue& venue, const market::Symbol& symbol, const PastFunding& past);

    // --- accounts
    /// A new account; nothing if it is there already, but for its name.
    Status open(const std::string& connection, const std::string& name, const Venue& venue, const std::map<std::string, Decimal>& balances);
    /// It has that much of the asset from now on. `conflict` while something is open on it.
    Status grant(const std::string& connection, const std::string& asset, const Decimal& amount);
    void close(const std::string& connection);
    [[nodiscard]] const Account* find(const std::string& connection) const;
    [[nodiscard]] const std::map<std::string, Account>& accounts() const { return accounts_; }
    [[nodiscard]] std::vector<market::Balance> balances(const std::string& connection) const;
    /// What could not be charged, of positions that may still be open: whoever keeps groups may have died before he heard of it.
    [[nodiscard]] const std::vector<Unpaid>& unpaid() const { return unpaid_; }

    // --- as the engine reaches them
    [[nodiscard]] ports::Signer& signer();
    /// Requests to a paper_host; all others fail as to a host that does not exist. For streams: `line`.
    [[nodiscard]] ports::Transport& transport();
    /// To one venue, whatever host is named: exchanges tell stream addresses of their own.
    [[nodiscard]] ports::Transport& line(const Venue& venue);

    /// For tests: what stands behind a venue; null if nothing does.
    [[nodiscard]] const simulator::Account* truth(const std::string& connection) const;

private:
    class Line;
    class Door;
    class PaperSigner;
    class PaperStream;
    struct Site;
    struct Holder;
    Site& site(const Venue& venue);
    [[nodiscard]] const Site* find_site(const Venue& venue) const;
    void make_key(const Account& account);
    /// Lets time pass on it and forgets prices and books that are too old.
    void bring_up_to_date(Site& site);
    /// Asks for the book unless it was asked for within a second.
    void want_book(Site& site, const simulator::Instrument& instrument);
    /// Goes on when the book is as new as can be.
    void with_fresh_book(const Venue& venue, const market::Symbol& symbol, std::function<void()> go_on);
    void go_on(const Venue& venue, const market::Symbol& symbol);
    void settle_funding(Site& site);
    /// What is held of a site's contracts, by instrument.
    [[nodiscard]] std::set<std::size_t> held_on(const Site& site) const;
    /// Up to here what was due on the position is settled, one way or the other.
    [[nodiscard]] Instant paid_to(const Account& account, const simulator::Account& there, const simulator::Position& position) const;
    /// Each position of the instrument, with its account.
    void each_position(const Site& site, std::size_t instrument, const std::function<void(const Account&, const simulator::Account&, const simulator::Position&)>& visit) const;
    /// Before when everything that was due on the instrument's positions is settled.
    [[nodiscard]] Instant owed_since(const Site& site, std::size_t instrument) const;
    /// Finds the instruments for which something may have been due while nothing ran.
    void look_behind(Site& site);
    void ask_past(Site& site);
    void note_unpaid(Unpaid unpaid);
    void handle(const Venue& venue, const std::string& host, const wire::Request& request, milliseconds timeout, ports::Transport::Done done);
    [[nodiscard]] std::string prefix_of(const Venue& venue, std::string_view host) const;
    /// What changed is written down; what was said meanwhile is heard once that is durable.
    void commit(Site& site);
    void append(std::uint16_t kind, const std::string& payload);
    void append_account(const Account& account);
    void checkpoint();
    /// Done when all that is written until the end of this event is durable, in order.
    void later(std::function<void()> what) { staged_.push_back(std::move(what)); }
    void release();
    void pump();
    void pump_soon();
    void tick();
    void tick_soon();

    Setup setup_;
    ports::Journal* journal_{nullptr};
    std::map<Venue, std::unique_ptr<Site>> sites_;
    std::map<std::string, Account> accounts_;                   ///< By connection.
    std::vector<Unpaid> unpaid_;                                ///< Of the accounts there are.
    Instant ticked_{};
    std::map<std::string, std::unique_ptr<exchange::Key>> keys_;  ///< By connection.
    std::unique_ptr<PaperSigner> signer_;
    std::unique_ptr<Door> door_;
    std::map<Venue, std::unique_ptr<Line>> lines_;
    std::map<std::pair<Venue, market::Symbol>, std::vector<std::function<void()>>> waiting_;  ///< For a book.
    struct Held {
        std::uint64_t after;  ///< The journal's sequence that must be durable.
        std::function<void()> what;
    };
    std::vector<std::function<void()>> staged_;
    std::deque<Held> held_;
    std::uint64_t appended_{0}, durable_{0}, records_{0};
    std::optional<std::pair<std::uint64_t, std::uint64_t>> checkpoint_;  ///< Sequences of its begin and end, until it is durable.
    std::optional<ports::Timers::Id> pump_timer_, tick_timer_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

/// A signer for everyone: calls of paper twins go to the paper exchanges' own, all others to the real one.
class SplitSigner final : public ports::Signer {
public:
    SplitSigner(ports::Signer& real, Exchanges& paper) : real_{real}, paper_{paper} {}
    void sign(std::string connection, exchange::Call call, Instant at, Done done) override;
    void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference, Done done) override;

private:
    ports::Signer& real_;
    Exchanges& paper_;
};

/// A network for everyone: what is addressed to a paper host stays here, all else goes out.
class SplitTransport final : public ports::Transport {
public:
    SplitTransport(ports::Transport& network, Exchanges& paper) : network_{network}, paper_{paper} {}
    void send(wire::Request request, milliseconds timeout, Done done) override;
    std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override;
    ports::Transport& over(ports::Family family) override;

private:
    SplitTransport(ports::Transport& network, Exchanges& paper, SplitTransport& v4) : network_{network}, paper_{paper}, v4_{&v4} {}
    ports::Transport& network_;
    Exchanges& paper_;
    SplitTransport* v4_{this};
    std::unique_ptr<SplitTransport> v6_{};  ///< Of the one over IPv4, once asked for.
};

}  // namespace bf::paper

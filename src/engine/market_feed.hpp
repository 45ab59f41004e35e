// One exchange's market as every strategy sees it: best prices, closed one-minute candles and instruments, over one shared set of public
// subscriptions. The stream brings news; polling is always right and takes over for whatever the stream does not vouch for.
//
// A price is as old as its last confirmation: its own message, a sign of life of the socket that would have brought a newer one, or a
// poll (the moment it was asked). A socket vouches for a price only after a message or a poll since it came up, and for kVouched at most.
// A quiet book is asked about before it is called stale: the socket is pinged first, then the price is polled.
//
// A candle is told once it is closed and the exchange's own list has it, in order, each once. When the list can't be had within
// kCandlePatience the stream's version is told instead, and told again as corrected if the list later says otherwise. Minutes without a
// trade have no candle on some exchanges; none is made up.
//
// One thread; sockets, clock, timers and dice are handed in. After warm-up a message allocates nothing.
#pragma once
#include "connection/pace.hpp"
#include "connection/stream_link.hpp"
#include "engine/market_poller.hpp"

#include <deque>
#include <map>
#include <unordered_map>

namespace bf::engine {

/// A followed symbol of one feed; stays the same as long as the feed lives.
using SymbolIndex = std::uint32_t;

struct Quote {
    std::optional<Decimal> bid, ask, last;  ///< `last` on some streams comes with the candles.
    std::optional<Decimal> mark{};          ///< Futures.
    std::chrono::microseconds confirmed{0};       ///< Steady: bid and ask hold as of then. Zero: never.
    std::chrono::microseconds mark_confirmed{0};  ///< As confirmed, of the mark price.
};

enum class CandleNews : std::uint8_t {
    closed,
    corrected,  ///< Told before as closed by the stream's word; the exchange's list says this.
};

/// Hears the news. May follow and unfollow in a callback, and not destroy the feed.
class MarketListener {
public:
    virtual ~MarketListener() = default;
    /// Prices changed or were confirmed anew; mere confirmations come once a second at most.
    virtual void on_quote(SymbolIndex, const Quote&) {}
    virtual void on_candle(SymbolIndex, const market::Candle&, CandleNews) {}
    /// Of every instrument of the market; `before` is null for a new one. One that left the exchange's list comes as not tradable.
    virtual void on_instrument(const market::Instrument& /*now*/, const market::Instrument* /*before*/) {}
};

class MarketFeed {
public:
    struct Setup {
        exchange::ExchangeId exchange{exchange::ExchangeId::mexc};
        market::Market market{market::Market::spot};
        exchange::Site site{exchange::Site::global};
        bool repointed{false};                ///< Stream addresses in replies lead elsewhere, by the operator's wish.
        connection::Pace* pace{nullptr};      ///< Of the address; null without limits. Outlives the feed.
        exchange::StreamLimits streams{};
    };
    /// Asks for the instruments at once.
    MarketFeed(connection::World world, connection::Adapter adapter, Setup setup, ports::Entropy& entropy, MarketListener& listener);
    ~MarketFeed();
    MarketFeed(const MarketFeed&) = delete;
    MarketFeed& operator=(const MarketFeed&) = delete;

    /// From now on, for one more follower. `candles_back` closed candles before now are told first (at most kCandlesBackMax; the first
    /// follower's wish holds).
    SymbolIndex follow(const market::Symbol& symbol, int candles_back);
    /// One follower less; the last one ends it.
    void unfollow(SymbolIndex symbol);
    /// Someone waits for this price: if it is older than a second it is asked for before others.
    void want_fresh(SymbolIndex symbol);

    [[nodiscard]] std::optional<SymbolIndex> find(const market::Symbol& symbol) const;
    [[nodiscard]] const market::Symbol& symbol_of(SymbolIndex symbol) const { return followed_[symbol].symbol; }
    /// With what has confirmed it until now.
    [[nodiscard]] Quote quote(SymbolIndex symbol) const;
    /// Since the last confirmation of bid and ask; nothing when there was none.
    [[nodiscard]] std::optional<milliseconds> age(SymbolIndex symbol) const;
    /// A steady moment as our wall clock shows it.
    [[nodiscard]] Instant wall_of(std::chrono::microseconds steady) const;
    /// Every closed candle that opened before it has been told.
    [[nodiscard]] Instant candles_told_to(SymbolIndex symbol) const { return followed_[symbol].next_candle.value_or(Instant{}); }
    /// By native symbol. Empty until the first list was read; the object and its entries keep their addresses.
    [[nodiscard]] const exchange::Instruments& instruments() const { return instruments_; }
    [[nodiscard]] const market::Instrument* instrument(const market::Symbol& symbol) const;
    [[nodiscard]] std::optional<std::chrono::microseconds> instruments_confirmed() const { return instruments_confirmed_; }

    /// The exchange's clock; nothing until it was measured.
    [[nodiscard]] std::optional<Instant> exchange_now() const { return poller_.knows_time() ? std::optional{poller_.exchange_now()} : std::nullopt; }
    /// Candles as the exchange lists them, oldest first, the running one with them; null when it gave none. `asked_at` by the exchange's
    /// clock. Within the feed's budget and after all that it needs itself. Nobody is told when the feed is gone by then.
    using CandlesDone = std::function<void(const std::vector<market::Candle>*, Instant asked_at)>;
    void list_candles(const market::Symbol& symbol, market::Interval interval, std::optional<Instant> since, std::int64_t limit, CandlesDone done);

    struct Figures {
        std::size_t sockets{0}, sockets_live{0}, polls_waiting{0};
        std::uint64_t messages{0}, reopened{0}, unreadable{0}, polls{0}, late{0};
    };
    [[nodiscard]] Figures figures() const;

    static constexpr int kCandlesBackMax = 480;
    static constexpr milliseconds kVouched{60'000};        ///< So long a socket's signs of life stand for a symbol that is silent itself.
    static constexpr milliseconds kCandlePatience{10'000};  ///< After its close, until the stream's version is told.

private:
    class Socket;
    /// What is known of where a price came from: it tells a late message from a new one.
    struct Evidence {
        std::int64_t sequence{0};
        std::optional<Instant> at{};
        std::chrono::microseconds own{0};  ///< Steady: when the last message or poll of its own said so.
    };
    struct Followed {
        market::Symbol symbol;
        std::string native{};  ///< Empty until the instruments are known.
        int followers{0};
        Socket* socket{nullptr};
        Quote quote{};
        Evidence book{}, mark{};
        std::chrono::microseconds told{0};  ///< Of the quote as last told: its confirmation.
        bool last_by_candle{true};          ///< No ticker of this market has named a last price.
        bool price_asked{false};
        int price_failures{0};
        std::chrono::microseconds price_after{0};  ///< Not asked again before.
        std::optional<std::chrono::microseconds> stream_again{};  ///< The exchange refused to stream it; polled until then.
        int candles_back{0};
        std::optional<Instant> next_candle{};                ///< Opens next to be told; nothing until the exchange's time is known.
        bool candles_asked{false};
        int candles_failures{0};
        std::chrono::microseconds candles_after{0};
        std::optional<market::Candle> running{}, closing{};  ///< The stream's: the newest, and the one before it.
        std::vector<market::Candle> unverified{};            ///< Told by the stream's word alone, oldest first.
    };

    // market_feed.cpp
    void tick();
    void schedule_tick();
    [[nodiscard]] std::chrono::microseconds confirmed_of(const Followed& one, const Evidence& part) const;
    void confirm(SymbolIndex index);
    void confirm_part(SymbolIndex index, const Evidence& part, exchange::Operation operation, PollClass urgency);
    void poll_price(SymbolIndex index, exchange::Operation operation, PollClass urgency);
    void take_price(Followed& one, const market::Ticker& ticker, std::chrono::microseconds asked_at);
    void set_prices(Followed& one, const std::optional<Decimal>& bid, const std::optional<Decimal>& ask, const std::optional<Decimal>& last,
                    const std::optional<Decimal>& mark);
    void tell_quote(SymbolIndex index);
    void poll_instruments();
    void take_instruments(std::vector<market::Instrument> list);
    [[nodiscard]] exchange::Call make_call(exchange::Operation operation) const;
    [[nodiscard]] std::chrono::microseconds now() const { return world_.clock.steady(); }

    // market_sockets.cpp
    void place(SymbolIndex index);
    void open_soon(milliseconds delay);
    void open_next();
    void open(Socket& socket);
    void connect(Socket& socket, exchange::StreamAddress address);
    void absorb(Socket& socket);
    void sweep_sockets();
    void socket_down(std::uint64_t id, const exchange::Problem& problem);
    [[nodiscard]] Socket* find_socket(std::uint64_t id) const;
    [[nodiscard]] std::uint32_t roll(std::uint32_t sides);
    void on_ticker(const exchange::TickerEvent& event);
    void on_candle(const exchange::CandleEvent& event);
    [[nodiscard]] static bool is_late(Evidence& kept, const exchange::TickerEvent& event, std::chrono::microseconds now);

    // market_candles.cpp
    void take_stream_candle(SymbolIndex index, const market::Candle& candle);
    void follow_candles(SymbolIndex index);
    void tell_by_stream(SymbolIndex index, Instant exchange_now);
    void ask_candles(SymbolIndex index);
    void take_candles(SymbolIndex index, const std::vector<market::Candle>& list, Instant since, std::int64_t rows_asked, Instant asked_at);

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    connection::World world_;
    connection::Adapter adapter_;
    Setup setup_;
    ports::Entropy& entropy_;
    MarketListener& listener_;
    MarketPoller poller_;
    exchange::Instruments instruments_;
    std::map<market::Symbol, const market::Instrument*> by_symbol_;
    std::optional<std::chrono::microseconds> instruments_confirmed_;
    std::chrono::microseconds instruments_due_{0};
    bool instruments_asked_{false};
    std::deque<Followed> followed_;  ///< By SymbolIndex; never shrinks.
    std::map<market::Symbol, SymbolIndex> indices_;
    std::unordered_map<std::string, SymbolIndex, Hash, std::equal_to<>> by_native_;
    bool ticker_has_mark_{true};  ///< Until a ticker of a contract came without.
    std::vector<std::unique_ptr<Socket>> sockets_;
    std::uint64_t last_socket_{0};
    std::optional<std::chrono::microseconds> opened_at_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
    std::optional<ports::Timers::Id> tick_timer_, open_timer_;
    Figures figures_{};
};

}  // namespace bf::engine

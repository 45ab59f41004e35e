// A whole house in memory for storms: several connections of several products, strategies on them, the trader and what carries out its
// wishes, a journal on a disk that loses power, account feeds over the private streams, a signer; over simulated exchanges in virtual time.
//
// The process can die before any effect that leaves it (a journal append, a write, a sync, a signature, a request, a write to the store) or
// answer that comes in; `begin` starts the next one from what the disk holds. Prices are asked for after they moved and while somebody
// waits for one: a simulated day would be spent on confirming quiet prices otherwise.
#pragma once
#include "connection/keeper.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/account_feed.hpp"
#include "engine/performer.hpp"
#include "exchange/catalogue/replies/limits_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "journal/journal.hpp"
#include "support/fault_folder.hpp"
#include "support/memory_signer.hpp"
#include "support/sim_transport.hpp"
#include "support/storm_store.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>

#include <new>

namespace bf::test {

/// Whose allocations may fail: those of the engine's own code, between a call into it and its calls out of it.
struct AllocationFailure {
    static inline bool armed{false};          ///< Inside the engine.
    static inline std::uint64_t counted{0};
    static inline std::int64_t fails_in{-1};  ///< So many allocations from now; below zero: none does.

    /// While it lives, the code is the engine's, or the outside's.
    struct Scope {
        explicit Scope(bool inside) : was{std::exchange(armed, inside)} {}
        ~Scope() { armed = was; }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        bool was;
    };
};

struct StormProduct {
    const char* exchange;
    market::Market market;
    friend auto operator<=>(const StormProduct& a, const StormProduct& b) {
        return std::pair{std::string_view{a.exchange}, a.market} <=> std::pair{std::string_view{b.exchange}, b.market};
    }
    friend bool operator==(const StormProduct& a, const StormProduct& b) { return (a <=> b) == 0; }
};
inline constexpr StormProduct kStormProducts[] = {
    {"mexc", market::Market::spot}, {"mexc", market::Market::futures}, {"kucoin", market::Market::spot}, {"kucoin", market::Market::futures}};

/// One connection of the user: an account of its own at an exchange.
struct StormLine {
    std::string id;  ///< "c1"
    std::string name;
    StormProduct product;
    Decimal money;  ///< USDT it began with.
    std::string account{};
    std::string key{};  ///< The first one it was opened with.
    bool gone{false};   ///< Its connection was removed: what the account does from then on nobody is told.
};

class StormHouse {
public:
    static constexpr std::int64_t kStart = 1'790'000'000'000;
    static constexpr std::uint64_t kSegment = 64U << 10;
    static constexpr const char* kBases[] = {"BTC", "ETH", "SOL"};

    StormHouse(std::uint64_t seed, std::vector<StormLine> wanted, bool limits);
    virtual ~StormHouse();

    // --- ports, each of which a dead process reaches nothing through
    struct Journal final : ports::Journal {
        explicit Journal(StormHouse& of) : house{of} {}
        std::uint64_t append(std::uint16_t kind, std::string_view payload) override;
        void on_durable(std::function<void(std::uint64_t)> callback) override { told = std::move(callback); }
        void forget_before(std::uint64_t sequence) override { forgets = sequence; }
        void flush();
        StormHouse& house;
        std::function<void(std::uint64_t)> told;
        std::uint64_t nowhere{std::uint64_t{1} << 60};
        std::uint64_t forgets{0};
        bool flushing{false};
    };
    struct Signer final : ports::Signer {
        explicit Signer(StormHouse& of) : house{of} {}
        void sign(std::string connection, exchange::Call call, Instant at, Done done) override;
        void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> /*reference*/, Done done) override;
        StormHouse& house;
    };
    struct Transport final : ports::Transport {
        explicit Transport(StormHouse& of) : house{of} {}
        void send(wire::Request request, milliseconds timeout, Done done) override;
        std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override;
        ports::Transport& over(ports::Family) override { return *this; }
        StormHouse& house;
    };

    /// One life of the process.
    struct Life final : engine::TraderListener, engine::AccountListener {
        explicit Life(StormHouse& of)
            : house{of}, trader{{77, of.store, of.clock, *this}}, performer{{of.clock, of.clock, of.door, of.pen}, of.journal, trader} {}
        ~Life() override;
        using AccountListener::on_trouble;
        void on_trouble(const Error&) override { ++house.troubles; }
        void on_order(engine::Now now, const std::string& connection, const market::Order& report) override { trader.on_order(now, connection, report); }
        void on_fill(engine::Now now, const std::string& connection, const market::Fill& fill, engine::FillNews) override { trader.on_fill(now, connection, fill); }
        void on_balances(engine::Now now, const std::string& connection, const std::vector<market::Balance>& told, bool whole) override { trader.on_balances(now, connection, told, whole); }
        void on_positions(engine::Now now, const std::string& connection, const std::vector<market::Position>& told, bool whole) override { trader.on_positions(now, connection, told, whole); }
        void on_stream(engine::Now now, const std::string& connection, bool live) override { trader.on_stream(now, connection, live); }
        void on_unexplained(engine::Now now, const std::string& connection, const engine::MoneyWatch::Unexplained& money) override { trader.on_unexplained(now, connection, money); }
        void on_doubt(engine::Now now, const std::string& connection, const market::Symbol* symbol, milliseconds within) override;
        void on_due() override;
        void on_activity(engine::Now) override;
        /// Sets the timer for the account that wants to be looked at first.
        void wake();

        StormHouse& house;
        std::unique_ptr<journal::Journal> disk;
        engine::Trader trader;
        engine::Performer performer;
        std::map<std::string, std::unique_ptr<engine::AccountFeed>> feeds;
        std::map<std::string, std::unique_ptr<connection::StreamKeeper>> keepers;
        std::shared_ptr<void> desk;  ///< What connect_all made; its streams are heard by the feeds.
        std::optional<ports::Timers::Id> timer;
        bool wake_wanted{false};
    };

    // --- a life begins and ends
    /// False when it died on the way, or the disk refused.
    bool begin();
    /// The process is gone; with `power` also what the disk had not synced.
    void kill(bool power);
    /// Something leaves the process or comes into it; false when there is none, any more.
    bool step();
    template <class Event>
    auto event(Event&& happen) -> decltype(happen(std::declval<engine::Now>(), std::declval<engine::Trader&>())) {
        using Back = decltype(happen(std::declval<engine::Now>(), std::declval<engine::Trader&>()));
        const auto mine = life;
        if constexpr (std::is_void_v<Back>) {
            if (mine) inside([&] { mine->performer.event([&](engine::Now now) { happen(now, mine->trader); }); });
        } else {
            std::optional<Back> back;
            if (mine) inside([&] { back.emplace(mine->performer.event([&](engine::Now now) { return happen(now, mine->trader); })); });
            if constexpr (std::is_same_v<Back, bool>) return back.value_or(false);
            else if (back) return std::move(*back);
            else return Back{Unexpected{Error{ErrorKind::unreachable, "There is no process any more."}}};
        }
    }
    /// Runs the engine's code; one that is out of memory is dead.
    template <class Code>
    void inside(Code&& code) {
        try {
            const AllocationFailure::Scope scope{true};
            code();
        } catch (const std::bad_alloc&) {
            kill(true);
        }
    }

    // --- prices
    void set_price(const StormProduct& product, const std::string& base, const Decimal& price);
    [[nodiscard]] Decimal price(const StormProduct& product, const std::string& base) { return exchange(product).market(*exchange(product).find(symbol(product, base))).price(); }
    // --- what an exchange takes
    /// It changes what it takes of a pair; its list is read again after so long.
    void relist(const StormProduct& product, const std::string& base, milliseconds read_after, const std::function<void(simulator::Instrument&)>& change);
    void read_list(const StormProduct& product, const std::string& base);
    /// As its list was read last.
    [[nodiscard]] engine::InstrumentLimits limits(const StormProduct& product, const std::string& base) const;

    /// Asks the exchange for the price and tells the trader.
    void poll_quote(const StormProduct& product, const std::string& base);

    // --- the truth
    [[nodiscard]] static exchange::ExchangeId id_of(const StormProduct& product) { return *exchange::parse_exchange(product.exchange); }
    [[nodiscard]] static market::Symbol symbol(const StormProduct& product, const std::string& base);
    simulator::Exchange& exchange(const StormProduct& product) { return *world->exchange(product.exchange); }
    simulator::Account& truth(const StormLine& line) { return *exchange(line.product).find_account(line.account); }
    [[nodiscard]] const StormLine* line(std::string_view id) const;
    std::uint64_t struck() { return world->exchange("mexc")->faults().struck() + world->exchange("kucoin")->faults().struck(); }
    void advance() { world->advance(clock.true_time()); }
    void look();
    void complain(std::string sentence);
    void tell_connections();

    SimClock clock;
    MemorySigner signer;
    FaultFolder folder;
    std::mt19937_64 disk_dice;
    StormStore store;
    std::vector<StormLine> lines;
    bool limited;
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<SimTransport> transport;
    std::map<StormProduct, exchange::Instruments> instruments;
    std::map<std::string, std::unique_ptr<connection::Pace>> paces;          ///< Of the address, by exchange.
    std::map<std::string, std::unique_ptr<connection::Pace>> account_paces;  ///< By connection.
    Journal journal{*this};
    Signer pen{*this};
    Transport door{*this};
    std::shared_ptr<Life> life;
    trading::Mode mode_of_all{trading::Mode::normal};  ///< As the user set them, kept as settings are.
    std::map<std::string, trading::Mode> modes;
    milliseconds offset{0};  ///< The exchanges' clock less ours, as the last test of the connections measured it.
    std::uint64_t lives{0}, steps{0}, requests{0}, deaths{0}, troubles{0}, late{0};
    std::uint64_t late_requests{0};  ///< Of a hundred requests.
    std::uint64_t lost_request{0};   ///< The answer to this one is lost.
    std::int64_t kill_at{-1};  ///< So many steps from now the process dies.
    bool kill_loses_power{true};
    /// Whether the user had forbidden to open such a group for a while already; why.
    std::function<std::string(const engine::GroupTerms&)> barred{[](const engine::GroupTerms&) { return std::string{}; }};
    std::function<void(Life&)> connect_all;  ///< Instead of each line with a stream of its own: a life's connections, by whoever keeps them.
    std::function<void()> restarted;  ///< A new process has read the disk.
    std::function<void()> watched;  ///< After each move of an exchange and each commit of the journal: the judge.
    std::vector<std::string> complaints;

    /// What a new life hears the account with.
    engine::AccountFeed& listen(Life& mine, const StormLine& line);
    engine::ConnectionState state_of(const StormLine& line);

    /// A key of the line's account, which is opened with the first one; what is handed to the signer.
    std::string make_key(StormLine& line, bool withdraws = false);

private:
    void lose_answer(wire::Request request, milliseconds timeout, ports::Transport::Done done);
    void open_account(StormLine& line);
    void learn_instruments(const StormProduct& product);
    static trading::InstrumentFacts facts_of(const market::Instrument& one);
    void connect(Life& mine, const StormLine& line);
    /// The exchanges' own time: late events go out, markets step.
    void move_world();
};

}  // namespace bf::test

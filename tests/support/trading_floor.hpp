// A house in memory: strategies, groups and orders of two connections over a simulated exchange, in virtual time, with the real adapters
// both ways, a signer, a journal that outlives its process, and what is carried out as the live engine does it. Quotes and balances are
// polled; orders and fills come by the private streams.
#pragma once
#include "connection/stream_link.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/performer.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "support/memory_signer.hpp"
#include "support/memory_trading_store.hpp"
#include "support/sim_transport.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>

namespace bf::test {

/// The journal's port over a list that survives a restart; a sync takes a millisecond.
class MemoryJournal final : public ports::Journal {
public:
    explicit MemoryJournal(SimClock& clock) : clock_{clock} {}
    struct Entry {
        std::uint16_t kind;
        std::string payload;
    };
    std::vector<Entry> durable;  ///< What a restart finds.
    std::uint64_t forgotten{0};  ///< So many entries stood before them once.
    milliseconds sync_takes{1};
    [[nodiscard]] bool is_syncing() const { return flushing_; }
    /// As the journal on disk: whole segments only, so that some of what may go stays.
    static constexpr std::uint64_t kSegment = 8;

    std::uint64_t append(std::uint16_t kind, std::string_view payload) override;
    void forget_before(std::uint64_t sequence) override;
    void on_durable(std::function<void(std::uint64_t)> callback) override { callback_ = std::move(callback); }
    /// The process died: what was not synced is gone.
    void lose();

private:
    void flush();
    SimClock& clock_;
    std::vector<Entry> waiting_;
    std::function<void(std::uint64_t)> callback_;
    std::uint64_t life_{0};
    bool flushing_{false};
};

inline const std::string kSpot = "ETH/USDT", kFutures = "ETH/USDT:USDT";
inline const std::pair<std::string, std::string> kProducts[] = {{"kucoin", kSpot}, {"mexc", kSpot}, {"kucoin", kFutures}, {"mexc", kFutures}};

class TradingFloor : public engine::TraderListener {
public:
    struct Options {
        std::string exchange{"kucoin"};
        market::Market market{market::Market::spot};
        std::uint64_t seed{1};
        std::string balances{R"({"USDT":"10000"})"};
        ports::Family family{ports::Family::v4};  ///< Of all connections.
        bool pro{false};  ///< A second connection, "Pro", of another account.
    };
    static constexpr std::int64_t kStart = 1'790'000'000'000;

    explicit TradingFloor(Options wanted);
    ~TradingFloor() override;

    /// One life of the process.
    struct Life {
        Life(TradingFloor& floor) : trader{{77, floor.store, floor.clock, floor}}, performer{{floor.clock, floor.clock, *floor.transport, floor.signer}, floor.journal, trader} {}
        engine::Trader trader;
        engine::Performer performer;
        struct Sink final : exchange::StreamSink {
            Sink(Life& of, std::string name) : life{of}, connection{std::move(name)} {}
            void on_order(const market::Order& order) override { life.performer.event([&](engine::Now now) { life.trader.on_order(now, connection, order); }); }
            void on_fill(const market::Fill& fill) override { life.performer.event([&](engine::Now now) { life.trader.on_fill(now, connection, fill); }); }
            Life& life;
            std::string connection;
        };
        std::map<std::string, std::unique_ptr<Sink>> sinks;
        std::map<std::string, std::unique_ptr<connection::StreamLink>> streams;
    };

    void start();
    /// Dies and begins from what checkpoints left of the journal.
    void restart_from_checkpoint();
    /// Dies and begins from the whole journal.
    void begin_again();
    /// Its key is wiped, and the trader told so if there is one.
    void remove_connection(const std::string& name);
    /// A removed connection is here again, with a new key of its account or of another one.
    void connect_again(const std::string& name, const std::string& account = {});
    void kill();

    // --- the test's wishes
    [[nodiscard]] engine::Trader& trader() { return life->trader; }
    template <class Event>
    auto event(Event&& happen) { return life->performer.event(std::forward<Event>(happen)); }
    const engine::Strategy& add_strategy(const std::string& json);
    /// Sends a signal and lets time pass until it is decided; its LIVE entry.
    ports::StoredDecision signal(const std::string& strategy, const std::string& pair, trading::SignalKind kind, trading::Direction direction = trading::Direction::long_side);
    void price(const std::string& symbol, const std::string& value);
    std::string admin(const std::string& path, const std::string& body, wire::Method method = wire::Method::post);
    void run(milliseconds span) { clock.run_for(span); }
    [[nodiscard]] const engine::LiveGroup* only_group(const std::string& connection = "main");
    /// The account's list of fills of a pair, told as the account feed does. `count` says how often a list repeats itself.
    void tell_fills(const market::Symbol& symbol, int count = 1, const std::string& connection = "main");
    [[nodiscard]] simulator::Account& truth(const std::string& connection = "main") { return *world->exchange(options.exchange)->find_account(accounts.contains(connection) ? accounts.at(connection) : removed.at(connection)); }

    std::function<void(const std::string& connection)> limits_wanted;  ///< The signer is asked.
    Options options;
    SimClock clock;
    MemorySigner signer;
    MemoryJournal journal;
    MemoryTradingStore store;
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<SimTransport> transport;
    exchange::ExchangeId id{};
    exchange::Instruments instruments;
    std::map<std::string, std::string> accounts;  ///< By connection.
    std::map<std::string, std::string> removed;   ///< Those of connections that are gone.
    std::shared_ptr<bool> alive;
    std::unique_ptr<Life> life;
    int signals{0};
    bool money_polled{true};  ///< False: the test says what the account holds.
    bool prices_told{true};
    std::vector<std::string> troubles;
    std::vector<ports::StoredAlarm> alarms_told;
    std::vector<Decimal> held_told;  ///< What is held still, as it is told when something left a group or one is over.

private:
    void on_alarm(const ports::StoredAlarm& alarm) override { alarms_told.push_back(alarm); }
    void on_limits_wanted(const std::string& connection) override {
        if (limits_wanted) limits_wanted(connection);
    }
    void on_trouble(const Error& error) override { troubles.push_back(error.detail); }
    void on_held(const std::string&, const market::Symbol&, const Decimal& quantity) override { held_told.push_back(quantity); }

    void add_key(const std::string& connection);
    void hand_over(const std::string& connection, const std::string& key, const std::string& secret, const std::string& passphrase);
    void learn_instruments();
    template <class Task>
    auto mine(Task&& task) {
        return [weak = std::weak_ptr<bool>{alive}, task = std::forward<Task>(task)](auto&&... arguments) mutable {
            if (!weak.expired()) task(std::forward<decltype(arguments)>(arguments)...);
        };
    }
    void ask(const exchange::Call& call, const std::string& connection, std::function<void(const wire::Response&, const exchange::Call&)> then);
    void tick_world();
    void poll();
    void connect(const std::string& name);
    void open_stream(const std::string& name);
};

}  // namespace bf::test

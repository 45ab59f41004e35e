// A trading floor in memory: the orders of one connection over a simulated exchange, in virtual time, with the real adapters both ways, a
// signer, a journal on a disk that can lose power, and a private stream. It does with effects what a live engine does: append, flush and
// sign side by side, send when both are done. `kill` ends its life at any of those steps; `start` begins the next one from the journal.
#pragma once
#include "connection/stream_link.hpp"
#include "engine/orders.hpp"
#include "exchange/catalogue/replies/limits_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "journal/journal.hpp"
#include "support/fault_folder.hpp"
#include "support/memory_signer.hpp"
#include "support/products.hpp"
#include "support/sim_transport.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <doctest/doctest.h>

namespace bf::test {

class Floor {
public:
    struct Options {
        std::string exchange{"mexc"};
        market::Market market{market::Market::spot};
        std::uint64_t seed{1};
        bool limits{false};
        bool stream{true};
        std::string balances{R"({"USDT":"100000","BTC":"5"})"};
    };
    static constexpr std::int64_t kStart = 1'790'000'000'000;
    static constexpr std::uint64_t kSegment = 256U << 10;
    static constexpr const char* kConnection = "c1";

    explicit Floor(Options wanted);
    ~Floor();

    // --- a life of the engine
    struct Life final : exchange::StreamSink {
        explicit Life(Floor& of) : floor{of}, orders{of.installation} {}
        void on_order(const market::Order& order) override { floor.event([&] { orders.on_order(floor.now(), kConnection, order); }); }
        void on_fill(const market::Fill& fill) override { floor.event([&] { orders.on_fill(floor.now(), kConnection, fill); }); }
        Floor& floor;
        engine::Orders orders;
        std::unique_ptr<journal::Journal> journal;
        std::unique_ptr<connection::StreamLink> stream;
        std::uint64_t appended{0};         ///< The orders' own count of appends.
        std::map<std::uint64_t, std::uint64_t> append_of;  ///< By journal sequence.
        std::uint64_t durable{0};          ///< In the orders' count.
        bool flushing{false};
        struct Waiting {
            std::vector<wire::Request> requests;
            engine::Ask ask;
        };
        std::vector<Waiting> waiting;  ///< Signed, not durable yet.
        std::optional<std::pair<std::chrono::microseconds, ports::Timers::Id>> timer;
        bool handling{false};
    };

    /// Begins from what the journal holds.
    void start();
    /// The process is gone, with all it had not synced at the mercy of the disk.
    void kill();
    [[nodiscard]] bool lives_now() const { return life != nullptr; }

    /// Everything that happens to the orders goes through here: then their effects are carried out.
    void event(const std::function<void()>& what);

    // --- the test's wishes
    engine::OrderNumber submit(const engine::OrderPlan& plan);
    void cancel(engine::OrderNumber number) { event([&] { life->orders.cancel(now(), number); }); }
    [[nodiscard]] engine::Now now() const { return {clock.wall(), clock.steady()}; }
    [[nodiscard]] const market::Instrument& instrument(const market::Symbol& symbol) const;
    [[nodiscard]] market::Symbol symbol(const char* base) const;
    engine::OrderPlan plan(const char* base, market::Side side, const Decimal& quantity, const Decimal& price, market::TimeInForce time_in_force, engine::GroupNumber group,
                           engine::Purpose purpose = engine::Purpose::entry, std::uint32_t leg = 0) const;

    // --- the exchange's administrator, and the truth
    std::string admin(const std::string& path, const std::string& body, wire::Method method = wire::Method::post);
    void fault(const std::string& kind, const std::string& more = {}) { admin("faults", R"({"exchange":")" + options.exchange + R"(","fault":")" + kind + "\"" + more + "}"); }
    void heal() { admin("faults", "", wire::Method::del); }
    void price(const char* base, const std::string& value) { admin("price", R"({"exchange":")" + options.exchange + R"(","symbol":")" + symbol(base).to_string() + R"(","price":")" + value + "\"}"); }
    void trade(const char* base, const char* taker, const std::string& value, const std::string& quantity);
    simulator::Exchange& exchange() { return *world->exchange(options.exchange); }
    simulator::Account& truth() { return *exchange().find_account(account); }
    const simulator::Instrument& simulated(const char* base) { return *exchange().find(symbol(base)); }

    void run(milliseconds span) { clock.run_for(span); }
    bool run_until(const std::function<bool()>& done, milliseconds limit) { return clock.run_until(done, limit); }

    Options options;
    SimClock clock;
    MemorySigner signer;
    std::mt19937_64 dice;
    FaultFolder folder;
    std::unique_ptr<simulator::World> world;
    std::unique_ptr<SimTransport> transport;
    exchange::ExchangeId id{};
    exchange::Instruments instruments;
    std::string account;
    std::uint64_t installation{77};
    std::unique_ptr<connection::Pace> address_pace, account_pace;
    std::shared_ptr<bool> alive;
    std::unique_ptr<Life> life;
    int lives{0};
    int steps{0};            ///< Effects carried out, over all lives.
    int kill_at{-1};         ///< The step before which the life ends.
    std::function<void(const engine::Observation&)> heard;  ///< Every observation, within its event.
    std::function<void()> watched;                           ///< After each move of the exchange's world: the judge.

private:
    void learn_instruments();
    void move_world();

    /// One step outwards; false when the life ended before it.
    bool step();
    template <class Task>
    auto mine(Task&& task) {
        return [weak = std::weak_ptr<bool>{alive}, task = std::forward<Task>(task)](auto&&... arguments) mutable {
            if (!weak.expired()) task(std::forward<decltype(arguments)>(arguments)...);
        };
    }

    void carry_out();
    void set_timer();
    void flush();
    void sign(engine::Ask ask);
    void send_ready();
    void send(std::uint64_t ticket, std::shared_ptr<std::vector<wire::Request>> requests, std::size_t index);
    void answer(std::uint64_t ticket, engine::CallAnswer what);

    // --- the private stream, opened again a second after each loss
    void open_stream();
    void connect(const exchange::StreamPlan& plan, exchange::StreamAddress address);
    void reopen_stream();
};

}  // namespace bf::test

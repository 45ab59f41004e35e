// Trading at its limit: ten thousand strategies on a thousand pairs of ten connections, a group open for each.
//
// Restart: a journal of a million records on disk, read back until the trader could talk to the exchanges; the baseline is reading the same
// journal and doing nothing with it. After a checkpoint the same again. Live: 20,000 price messages a second on one core, one in a hundred
// with a signal, latency from the moment the message was due to the decision made; and what a strategy without a group costs in memory.
#include "engine/client_id.hpp"
#include "engine/trader.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "journal/disk.hpp"
#include "journal/journal.hpp"
#include "support/measure.hpp"
#include "support/memory_trading_store.hpp"
#include "support/scratch.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <future>
#include <malloc.h>

using namespace bf;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int kConnections = 10, kPairs = 1000, kExits = 29;
constexpr std::uint64_t kInstallation = 77;
constexpr std::int64_t kStart = 1'790'000'000'000;

struct Dice final : ports::Entropy {
    std::uint64_t state{42};
    void fill(std::span<std::uint8_t> bytes) override {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>((state = state * 6364136223846793005U + 1442695040888963407U) >> 56U);
    }
};

/// What this process has used of processors: on a busy machine the clock tells of others.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
double seconds_since(Steady::time_point begin) { return std::chrono::duration<double>(Steady::now() - begin).count(); }

market::Symbol pair(int index) { return {"C" + std::to_string(1000 + index), "USDT", ""}; }
std::string connection(int index) { return "connection-" + std::to_string(index); }

trading::Settings settings_of(int strategy) {
    const auto document = wire::Json::parse(R"({"name":"S)" + std::to_string(strategy) + R"(","connection":"Name )" + std::to_string(strategy / kPairs) +
                                            R"(","market":"spot","pairs":[")" + pair(strategy % kPairs).to_string() +
                                            R"("],"directions":["long"],"risk_level":"low","margin":{"group_limit":"2000"},"entry":{"base_order":"300"}})");
    return trading::read_settings(document.value().root()).value();
}

engine::InstrumentLimits limits() { return {Decimal::from_parts(1, 2), Decimal::from_parts(1, 4), Decimal::from_parts(1, 4), Decimal{5}, Decimal{}}; }

/// What the journal of such an installation holds.
class Past {
public:
    explicit Past(journal::Journal& journal) : journal_{journal} {
        for (int i = 0; i < kConnections * kPairs; ++i) group(i);
    }
    std::uint64_t rows{0};

private:
    void group(int index) {
        engine::GroupTerms terms;
        terms.number = static_cast<engine::GroupNumber>(index) + 1;
        terms.strategy = "strategy-" + std::to_string(index);
        terms.connection = connection(index / kPairs);
        terms.symbol = pair(index % kPairs);
        terms.opened_at = Instant::from_ms(kStart);
        terms.settings = settings_of(index);
        terms.base_order = Decimal{300};
        terms.equity = Decimal{100000};
        terms.fees = {Decimal::from_parts(1, 3), Decimal::from_parts(1, 3)};
        terms.limits = limits();
        append(engine::kGroupOpened, engine::to_record(terms));
        attempt_ = 0;
        for (int i = 0; i < 3; ++i) order(terms, engine::Leg{i == 0 ? engine::Leg::Kind::entry : engine::Leg::Kind::add_on, i, i}, Decimal{3000 - 150 * i});
        for (int i = 0; i < kExits; ++i) order(terms, engine::Leg{engine::Leg::Kind::exit}, Decimal{3100});
    }
    void order(const engine::GroupTerms& terms, engine::Leg leg, const Decimal& price) {
        const bool exits = leg.kind == engine::Leg::Kind::exit;
        engine::Intent intent;
        intent.plan.connection = terms.connection;
        intent.plan.symbol = terms.symbol;
        intent.plan.side = exits ? market::Side::sell : market::Side::buy;
        intent.plan.quantity = Decimal::from_parts(1, 1);
        intent.plan.price = price;
        intent.plan.purpose = exits ? engine::Purpose::exit : engine::Purpose::entry;
        intent.plan.group = terms.number;
        intent.plan.leg = leg.number();
        intent.plan.limits = terms.limits;
        intent.number = ++number_;
        intent.attempt = ++attempt_;
        intent.client_id = ids_.make(exchange::ExchangeId::kucoin, market::Market::spot, {terms.connection, terms.number, intent.plan.leg, intent.attempt});
        intent.at = Instant::from_ms(kStart);
        put(intent);
        put(engine::AcceptedRecord{number_, "6f" + std::to_string(number_)});
        if (!exits) put(engine::FillRecord{number_, {"t" + std::to_string(number_), price, intent.plan.quantity, market::Amount{"USDT", Decimal::from_parts(3, 1)}, market::Liquidity::taker, intent.at}});
        put(engine::FinishedRecord{number_, exits ? engine::End::canceled : engine::End::filled, exits ? Decimal{} : intent.plan.quantity});
    }
    void put(const engine::Record& record) {
        engine::write_record(scratch_, record);
        append(engine::kind_of(record), scratch_);
    }
    void append(engine::RecordKind kind, std::string_view payload) {
        journal_.append(static_cast<std::uint16_t>(kind), payload);
        ++rows;
        if (rows % 10'000 == 0 && !journal_.flush()) std::abort();
    }

    journal::Journal& journal_;
    engine::ClientIds ids_{kInstallation};
    engine::OrderNumber number_{0};
    std::uint32_t attempt_{0};
    std::string scratch_;
};

struct House {
    explicit House(test::MemoryTradingStore& store) : trader{{kInstallation, store, dice, listener}} {}
    Dice dice;
    engine::TraderListener listener;
    engine::Trader trader;
};

engine::Now at(std::chrono::microseconds since_start) {
    return {Instant::from_ms(kStart + 86'400'000 + std::chrono::duration_cast<milliseconds>(since_start).count()), seconds{86'400} + since_start};
}

struct Took {
    double clock, processor;
};

/// Until the trader could talk to the exchanges; seconds.
Took restart(const std::string& folder, test::MemoryTradingStore& store, House& house, bool late) {
    const auto begin = Steady::now();
    const double begin_processor = cpu_seconds();
    journal::DiskFolder disk{folder};
    Dice dice;
    if (late) house.trader.begins_late();
    // As the engine's process does.
    auto strategies = std::async(std::launch::async, [&store] { return engine::read_strategies(store); });
    auto opened = journal::Journal::open(disk, dice, [&](const journal::Entry& entry) {
        if (!house.trader.replay(entry.kind, entry.payload)) std::abort();
    });
    auto read = strategies.get();
    if (!opened || !read || !house.trader.load(at({}), std::move(*read))) std::abort();
    return {seconds_since(begin), cpu_seconds() - begin_processor};
}

void print_restart(const char* name, const Took& took, double only_read) {
    bench::print({name, took.clock * 1e3, "ms", only_read * 1e3, took.clock / 0.5, {bench::Want::at_most, 1}});
    std::printf(R"({"bench":"%s_processor","value":%.1f,"unit":"ms","baseline":null,"ratio":null})" "\n", name, took.processor * 1e3);
}

void restarts(const std::string& folder, std::uint64_t rows_of_past, test::MemoryTradingStore& store, House& house) {
    const auto read = [&folder] {
        const auto begin = Steady::now();
        journal::DiskFolder disk{folder};
        Dice dice;
        std::uint64_t sum = 0;
        if (!journal::Journal::open(disk, dice, [&sum](const journal::Entry& entry) { sum += entry.payload.size(); })) std::abort();
        bench::keep(sum);
        return seconds_since(begin);
    };
    double only_read = read();
    for (int i = 0; i < 2; ++i) only_read = std::min(only_read, read());
    const auto whole = restart(folder, store, house, false);
    std::printf(R"({"bench":"restart_rows","value":%llu,"unit":"records","baseline":null,"ratio":null})" "\n", static_cast<unsigned long long>(rows_of_past));
    print_restart("restart_million_rows", whole, only_read);

    // The checkpoint, as a journal of its own.
    test::Scratch shorter;
    std::uint64_t rows = 0;
    {
        journal::DiskFolder disk{shorter.path()};
        Dice dice;
        auto journal = journal::Journal::open(disk, dice, [](const journal::Entry&) {}).value();
        const auto begin = Steady::now();
        house.trader.write_checkpoint(at({}));
        const double written = seconds_since(begin);
        for (const auto& entry : house.trader.effects().appends) journal->append(static_cast<std::uint16_t>(entry.kind), entry.payload);
        rows = house.trader.effects().appends.size();
        house.trader.effects().clear();
        if (!journal->flush()) std::abort();
        std::printf(R"({"bench":"checkpoint_encode","value":%.1f,"unit":"ms","baseline":null,"ratio":null})" "\n", written * 1e3);
    }
    auto second = std::make_unique<House>(store);
    const auto after = restart(shorter.path(), store, *second, true);
    std::printf(R"({"bench":"restart_after_checkpoint_rows","value":%llu,"unit":"records","baseline":null,"ratio":null})" "\n", static_cast<unsigned long long>(rows));
    print_restart("restart_after_checkpoint", after, only_read);
    if (second->trader.groups().size() != house.trader.groups().size()) std::abort();
}

void connect(House& house, const exchange::Instruments& instruments) {
    for (int i = 0; i < kConnections; ++i) {
        engine::ConnectionState state;
        state.account.connection = connection(i);
        state.account.exchange = exchange::ExchangeId::kucoin;
        state.account.replies = exchange::replies_of(exchange::ExchangeId::kucoin);
        state.account.instruments = &instruments;
        state.name = "Name " + std::to_string(i);
        state.facts.status = trading::ConnectionStatus::connected;
        state.facts.read = state.facts.spot_trade = exchange::Ternary::yes;
        state.facts.withdraw = state.facts.transfer = exchange::Ternary::no;
        state.facts.tested_at = at({}).wall;
        house.trader.on_connection(at({}), std::move(state));
        std::vector<market::Balance> money{{"USDT", Decimal{1'000'000}, Decimal{}, std::nullopt}};
        for (int k = 0; k < kPairs; ++k) money.push_back({pair(k).base, Decimal{}, Decimal{1}, std::nullopt});
        house.trader.on_balances(at({}), connection(i), money, true);
        house.trader.on_stream(at({}), connection(i), true);
    }
    for (int i = 0; i < kPairs; ++i) {
        market::Instrument instrument;
        instrument.symbol = pair(i);
        instrument.price_step = limits().price_step;
        instrument.quantity_step = limits().quantity_step;
        trading::InstrumentFacts facts;
        facts.price_step = limits().price_step;
        facts.quantity_step = limits().quantity_step;
        facts.min_quantity = limits().min_quantity;
        facts.min_notional = limits().min_notional;
        facts.tradable = true;
        house.trader.on_instrument(at({}), exchange::ExchangeId::kucoin, instrument, facts);
    }
    house.trader.effects().clear();
}

void live(House& house) {
    constexpr int kEvents = 400'000;
    constexpr std::chrono::microseconds kEvery{50};
    std::vector<double> quotes, decisions;
    quotes.reserve(kEvents);
    std::uint64_t random = 7;
    const auto begin = Steady::now();
    std::size_t lost = 0;
    for (int i = 0; i < kEvents; ++i) {
        const auto due = begin + kEvery * i;
        while (Steady::now() < due) {}
        random = random * 6364136223846793005U + 1442695040888963407U;
        const auto which = static_cast<int>((random >> 33U) % kPairs);
        const auto now = at(kEvery * i);
        // Between the entry and the first zone, so that most look and few act.
        const Decimal price = Decimal{2990} + Decimal::from_parts(static_cast<std::int64_t>((random >> 40U) % 2000), 2);
        house.trader.on_quote(now, exchange::ExchangeId::kucoin, pair(which), {price, price + Decimal::from_parts(1, 2), price, now.wall, std::nullopt});
        const auto* strategy = i % 100 == 0 ? house.trader.find_strategy("strategy-" + std::to_string((random >> 20U) % kPairs * kConnections)) : nullptr;
        if (strategy != nullptr) {
            trading::Signal signal;
            signal.strategy = strategy->id;
            signal.pair = strategy->settings.pairs.front();
            signal.time = now.wall;
            signal.id = std::to_string(i);
            if (!house.trader.receive(now, *strategy, std::move(signal))) ++lost;
            house.trader.tick(now);
        } else if (house.trader.next_wake().value_or(now.steady) <= now.steady) {
            house.trader.tick(now);
        }
        house.trader.effects().clear();
        house.trader.write_up();
        const double us = std::chrono::duration<double, std::micro>(Steady::now() - due).count();
        (strategy != nullptr ? decisions : quotes).push_back(us);
    }
    const auto at_share = [](std::vector<double>& times, double share) {
        std::sort(times.begin(), times.end());
        return times[static_cast<std::size_t>(static_cast<double>(times.size()) * share)];
    };
    std::printf(R"({"bench":"event_p50_at_20000_a_second","value":%.2f,"unit":"us","baseline":null,"ratio":null})" "\n", at_share(quotes, 0.5));
    const double p99 = at_share(quotes, 0.99);
    bench::print({"event_p99_at_20000_a_second", p99, "us", 1000, p99 / 1000, {bench::Want::at_most, 1}});
    const double decided = at_share(decisions, 0.99);
    bench::print({"signal_to_decision_p99_at_20000_a_second", decided, "us", 1000, decided / 1000, {bench::Want::at_most, 1}});
    std::printf(R"({"bench":"signals_lost","value":%zu,"unit":"count","baseline":0,"ratio":null})" "\n", lost);
}

void idle_memory() {
    test::MemoryTradingStore store;
    House house{store};
    const auto before = ::mallinfo2().uordblks;
    constexpr int kStrategies = 2000;
    std::size_t stored = 0;
    for (int i = 0; i < kStrategies; ++i) {
        auto added = house.trader.add_strategy(at({}), settings_of(i), "hash-" + std::to_string(i));
        if (!added) std::abort();
        stored += sizeof(ports::StoredStrategy) + engine::to_stored(**added).document.size();
    }
    // The store of this benchmark is memory, too; the real one is a database.
    const double each = static_cast<double>(::mallinfo2().uordblks - before - stored) / kStrategies;
    bench::print({"idle_strategy", each, "bytes", 4096, each / 4096, {bench::Want::at_most, 1}});
}

}  // namespace

/// "restart", "live" or "memory": only that.
int main(int count, char** arguments) {
    const std::string_view only = count > 1 ? arguments[1] : "";
    if (only.empty() || only == "memory") idle_memory();
    if (only == "memory") return 0;
    test::Scratch folder;
    test::MemoryTradingStore store;
    for (int i = 0; i < kConnections * kPairs; ++i) {
        engine::Strategy strategy;
        strategy.id = "strategy-" + std::to_string(i);
        strategy.settings = settings_of(i);
        strategy.enabled = true;
        strategy.hook_hash = "hash-" + std::to_string(i);
        if (!store.save(engine::to_stored(strategy))) return 1;
    }
    std::uint64_t rows = 0;
    {
        journal::DiskFolder disk{folder.path()};
        Dice dice;
        auto journal = journal::Journal::open(disk, dice, [](const journal::Entry&) {}).value();
        rows = Past{*journal}.rows;
        if (!journal->flush()) return 1;
    }
    House house{store};
    if (only == "live")
        restart(folder.path(), store, house, false);
    else
        restarts(folder.path(), rows, store, house);
    if (only == "restart") return 0;
    exchange::Instruments instruments;
    connect(house, instruments);
    live(house);
}

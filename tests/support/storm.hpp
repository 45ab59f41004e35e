// A storm over a whole house: prices that wander and gap over zones, signals that come twice, late or broken, people who close, release,
// adopt and switch modes and sell by hand, exchanges that lose, delay, double, refuse and fail, a disk that tears and fills up, clocks that
// step, and a process that dies again and again. One seed is one run, to the byte.
#pragma once
#include "support/storm_judge.hpp"

#include <cstdlib>

namespace bf::test {

using trading::SignalKind;

/// Three accounts a product: one with little money, one that also takes new ideas while a group of another is in trouble.
std::vector<StormLine> storm_lines();

struct Bot {
    std::string id;  ///< The trader's.
    trading::Settings settings;
    std::int64_t more_add_ons{0};  ///< Than its settings say, by now. Never fewer again: what is allowed today, the judge can't read anywhere.
};

struct Storm : StormHouse {
    /// Without weather nothing goes wrong by itself, and signals come eight times as often. `prepare`: before the first life begins.
    explicit Storm(std::uint64_t seed, bool has_weather = true, const std::function<void(StormHouse&)>& prepare = {});
    std::uint64_t roll(std::uint64_t sides) { return ((dice = dice * 6364136223846793005U + 1442695040888963407U) >> 33) % sides; }
    static milliseconds minutes_of(int count) { return std::chrono::minutes{count}; }
    void run(milliseconds span) { clock.run_for(span); }
    void later(milliseconds after, std::function<void()> what) { clock.after(after, std::move(what)); }
    void every(milliseconds span, std::function<void()> what);

    // --- strategies
    static std::string settings_of(const StormLine& line, const std::string& pro, int kind, const std::vector<std::string>& bases);
    void add_bots();

    // --- prices
    void look_at_prices();
    /// A step of some tenths of a percent, now and then a gap over a zone or two; drawn back to where it began.
    void move_a_price();
    /// For a moment a future's price is so far off that the exchange liquidates all that is open that way: leverage 3 bears a third.
    void crash();
    /// A stranger takes a part of what rests: partial fills of exits.
    void trade_some(const StormProduct& product, const std::string& base);

    /// An exchange takes other prices, lots or amounts of a pair from now on, or for a while nothing of it.
    void change_a_listing();

    // --- weather
    void change_weather();
    /// The process dies, the disk fails under it, the clock is set.
    void harm();
    void revive();

    // --- signals
    void send_a_signal();
    void deliver(const Bot& bot, const trading::Signal& signal);
    const StormLine& line_named(const std::string& name) const;

    // --- people
    void act_by_hand();
    /// Another shape for new groups; of what protects only what forbids more, and more add-ons than a group that is open has zones.
    void change_settings(Bot& bot);
    void on_a_group(std::uint64_t what);
    /// For a while: of one strategy, of a connection, of everything.
    void switch_a_mode(trading::Mode mode);
    void forbid(const std::string& whom, std::string why) { forbids.try_emplace(whom, clock.true_time(), std::move(why)); }
    void allow(const std::string& whom) { forbids.erase(whom); }
    /// For two seconds already: what was decided before is written down by then.
    std::string forbidden(const engine::GroupTerms& terms);
    /// As soon as there is a process that can.
    void undo(milliseconds after, std::function<bool(engine::Now, engine::Trader&)> what);
    /// The user takes an exit away at the exchange and sells a part himself: the group's books and the exchange differ from then on.
    void sell_by_hand(const StormLine& line);
    void settle_differences();

    /// No faults from now on: within two minutes everything agrees.
    virtual void end();
    /// Every group that is not open any more is in the history, whatever the store refused and whenever the process died.
    void look_at_history();
    [[nodiscard]] std::uint64_t faults() { return struck() + deaths + store.refused + late + static_cast<std::uint64_t>(clock_steps); }

    StormJudge judge{*this};
    std::uint64_t dice;
    bool weather;
    std::vector<Bot> bots;
    std::map<std::pair<StormProduct, std::string>, Decimal> middle;
    std::map<std::pair<StormProduct, std::string>, simulator::Instrument> listings;  ///< Of those that changed, as they were at first.
    std::map<std::string, std::pair<Instant, std::string>> forbids;  ///< Since when, and why: of everything, connections, strategies.
    bool calm{false}, hands_off{false}, stepped{false}, steps_clock{true};
    milliseconds off{0};  ///< Our clock, from the true time.
    int signals{0}, delivered{0}, clock_steps{0}, sales{0}, relisted{0}, changed{0};
};

}  // namespace bf::test

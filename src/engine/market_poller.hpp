// A market feed's public calls: asked by urgency, a few at a time, within half of what the exchange lets this address ask (the other half
// is trading's and the users'). Keeps the exchange's time, measured against the steady clock, so that no step of our own clock counts.
#pragma once
#include "connection/pace.hpp"
#include "connection/world.hpp"

#include <array>
#include <deque>

namespace bf::engine {

/// In the order in which they go.
enum class PollClass : std::uint8_t { stream, wanted, price, candles, rest };

class MarketPoller {
public:
    /// The answer, or null when there was none or the call could not be written. `asked_at` is when it left (steady). Gives back what was
    /// wrong with the answer: "too many" holds everything up for a while.
    using Verdict = std::optional<exchange::Problem>;
    using Done = std::function<Verdict(const wire::Response*, const exchange::Call&, std::chrono::microseconds asked_at)>;

    MarketPoller(connection::World world, const connection::Adapter& adapter, connection::Pace* pace, exchange::Call time_call);
    ~MarketPoller();
    MarketPoller(const MarketPoller&) = delete;
    MarketPoller& operator=(const MarketPoller&) = delete;

    /// `done` comes later, once, unless the poller is gone by then.
    void ask(PollClass urgency, exchange::Call call, Done done);

    [[nodiscard]] std::size_t waiting() const;
    [[nodiscard]] std::uint64_t asked() const { return asked_; }
    /// The exchange's clock; ours until it was measured.
    [[nodiscard]] Instant exchange_now() const { return exchange_at(world_.clock.steady()); }
    [[nodiscard]] Instant exchange_at(std::chrono::microseconds steady) const;
    [[nodiscard]] bool knows_time() const { return zero_.has_value(); }

private:
    struct Waiting {
        exchange::Call call;
        Done done;
    };
    void pump_in(milliseconds delay);
    void pump();
    void send(Waiting one);
    void judge(const Verdict& problem);
    void measure_time();

    connection::World world_;
    const connection::Adapter& adapter_;
    connection::Pace* pace_;
    exchange::Call time_call_;
    std::array<std::deque<Waiting>, 5> queues_{};
    std::size_t out_{0};
    std::uint64_t asked_{0};
    std::optional<ports::Timers::Id> timer_, time_timer_;
    std::chrono::microseconds paused_until_{0};
    int too_many_in_row_{0};
    std::optional<Instant> zero_{};  ///< The exchange's time when our steady clock showed zero.
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::engine

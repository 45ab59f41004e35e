// Keeps all connections of an installation within what an exchange lets one address ask. One Pace for each exchange.
//
// The exchange's windows begin when it likes, so what counts here is every span of a window's length: in none of them more goes out than
// the limit. The spans are a hundredth (50 ms at least) longer than the exchange's, because two requests may arrive closer together than they left.
//
// A test is admitted as a whole, with what it will probably ask set aside until it is asked, so that tests that have begun are held up by
// others that begin for half a second at most. Scheduled checks leave half of everything to users and to trading; so do entries to exits (engine/caller).
#pragma once
#include "exchange/limits.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace bf::connection {

class Pace {
public:
    /// What something will ask of each pool.
    using Weights = std::vector<int>;

    /// Set aside for one test; given back, as far as it was not asked, when this goes. The Pace outlives it.
    class Booking {
    public:
        Booking() = default;
        Booking(Pace& pace, Weights left) : pace_{&pace}, left_{std::move(left)} {}
        Booking(Booking&& other) noexcept : pace_{std::exchange(other.pace_, nullptr)}, left_{std::move(other.left_)} {}
        Booking& operator=(Booking&& other) noexcept;
        ~Booking() { release(); }

    private:
        friend class Pace;
        void release();
        Pace* pace_{nullptr};
        Weights left_;
    };

    /// How much of a pool something may fill: all of it, three quarters, half.
    enum class Share : std::uint8_t { whole, most, scheduled };

    explicit Pace(exchange::Limits limits);
    Pace(const Pace&) = delete;
    Pace& operator=(const Pace&) = delete;

    /// What a connection test asks, as a rule.
    [[nodiscard]] Weights expected(market::Market market, bool light) const;
    /// Nothing while there is no room. `now` is of a clock that never steps.
    std::optional<Booking> admit(std::chrono::microseconds now, const Weights& expected, Share share);

    /// How long until `admit` may find room for one of the whole share, were nothing set aside.
    [[nodiscard]] milliseconds room_in(std::chrono::microseconds now, const Weights& expected);

    /// How long a call must wait; 0 when it may go now.
    [[nodiscard]] milliseconds wait(std::chrono::microseconds now, exchange::Operation operation, market::Market market, Share share = Share::whole);
    /// The call goes. Out of `booking` as far as it was set aside there.
    void spend(std::chrono::microseconds now, exchange::Operation operation, market::Market market, Booking* booking = nullptr);

    /// Weight that went out within the pool's span; for figures.
    [[nodiscard]] int used(std::size_t pool, std::chrono::microseconds now);
    [[nodiscard]] const exchange::Limits& limits() const { return limits_; }

private:
    struct Spent {
        std::chrono::microseconds at;
        std::int64_t through;  ///< The weight of all that went out until then, itself included.
    };
    struct State {
        /// Oldest first, from `first` on. No deque: an empty one takes 600 bytes, and each account has pools of its own.
        std::vector<Spent> spent;
        std::size_t first{0};
        std::int64_t total{0};      ///< Weight that ever went out,
        std::int64_t forgotten{0};  ///< and what of it is older than the span.
        int booked{0};
        [[nodiscard]] int used() const { return static_cast<int>(total - forgotten); }
    };
    void forget(std::size_t pool, std::chrono::microseconds now);
    /// What will still count then of what went out until now.
    [[nodiscard]] int used_at(std::size_t pool, std::chrono::microseconds time) const;
    /// How long until `weight` fits into that share of the pool.
    std::chrono::microseconds room_in(std::size_t pool, int weight, std::chrono::microseconds now, Share share);

    exchange::Limits limits_;
    std::vector<State> states_;
};

}  // namespace bf::connection

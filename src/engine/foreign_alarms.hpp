// One alarm for each connection on whose account something happens that was not ordered here. It names the first order, at once, and counts
// what follows: somebody who trades by hand, or another program on the same account, is one alarm and not thousands. When it is acknowledged,
// the next one that was not in it is a new alarm.
#pragma once
#include "engine/alarm.hpp"
#include "engine/alarm_keeper.hpp"
#include "engine/effects.hpp"
#include "engine/orders.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bf::engine {

class ForeignAlarms {
public:
    ForeignAlarms(AlarmKeeper& keeper, Orders& orders) : keeper_{keeper}, orders_{orders} {}

    /// What an earlier life told and nobody acknowledged counts on.
    Status load(Now now);
    /// One that was not told before.
    void note(Now now, const StrayOrder& stray);
    /// Whoever acknowledged it has seen what it said last, and no more.
    void on_acknowledged(Now now, std::int64_t alarm);
    /// One that had to wait is stored.
    void on_stored(std::int64_t told, std::int64_t id);
    void forget(const std::string& connection) { open_.erase(connection); }
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;

private:
    struct First {
        std::string order;  ///< The exchange's id.
        std::string pair;   ///< The exchange's name.
        Instant at;
    };
    /// Orders and fills beyond the first.
    struct Count {
        std::uint64_t all{0};
        std::map<std::string, std::uint64_t> pairs{};  ///< Bounded: others are in `all` only.
        std::optional<Instant> last{};
        void add(const std::string& pair, Instant at, std::uint64_t times = 1);
        void add(const Count& other);
    };
    struct Open {
        std::int64_t alarm{0};  ///< The keeper's; 0: not told yet.
        First first;
        Count shown{};
        std::optional<First> unseen{};  ///< The first that the alarm does not say yet.
        Count fresh{};                  ///< Those after that one.
        std::vector<std::string> ids{};  ///< Not written down as told yet, the latest.
        std::chrono::microseconds began{0}, due{0};
    };
    [[nodiscard]] static bool has_news(const Open& one) { return one.alarm == 0 || one.unseen; }
    void tell(Now now, const std::string& connection, Open& one);
    static std::string document(const std::string& connection, const First& first, const Count& more);

    void write_down(const std::string& connection, Open& one);

    AlarmKeeper& keeper_;
    Orders& orders_;
    std::map<std::string, Open> open_;  ///< By connection.
};

}  // namespace bf::engine

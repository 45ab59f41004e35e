// Carries out what the trader wants done, the same live and in simulation: records go to the journal, calls are signed while the journal's
// sync runs, a request leaves when both are done, its answer comes back as an event. All through ports.
//
// Every event reaches the trader through `event`, so that its effects are carried out right after it.
#pragma once
#include "connection/world.hpp"
#include "engine/trader.hpp"
#include "ports/journal.hpp"

#include <deque>

namespace bf::engine {

class Performer {
public:
    static constexpr milliseconds kAnswerTime{seconds{10}};

    Performer(connection::World world, ports::Journal& journal, Trader& trader);
    ~Performer();
    Performer(const Performer&) = delete;
    Performer& operator=(const Performer&) = delete;

    [[nodiscard]] Now now() const { return {world_.clock.wall(), world_.clock.steady()}; }
    /// What the event's function does to the trader, and then what came of it.
    template <class Event>
    auto event(Event&& happen) {
        if constexpr (std::is_void_v<decltype(happen(now()))>) {
            happen(now());
            carry_out();
        } else {
            auto result = happen(now());
            carry_out();
            return result;
        }
    }

    /// What came of an order, each time the journal hears of it.
    struct Outcome {
        const Intent& intent;
        std::string_view result;  ///< "accepted", or how it ended: "filled", "canceled", "refused".
        std::optional<std::string> exchange_id{};
        std::optional<Decimal> filled{};
    };
    void on_outcome(std::function<void(const Outcome&)> tell) { tell_outcome_ = std::move(tell); }

    /// The trader's checkpoint; when it is durable, the journal is told that the rest can go.
    void checkpoint();
    /// Records since the last checkpoint, those of earlier lives with them (`known` of them).
    [[nodiscard]] std::uint64_t records() const { return records_; }
    void count_earlier(std::uint64_t known) { records_ += known; }

private:
    struct Signed {
        std::vector<wire::Request> requests;
        Ask ask;
        ports::Family family{ports::Family::v4};  ///< The connection's.
    };
    void carry_out();
    void append(const Append& entry);
    void tell_outcome(const Append& entry);
    void sign(Ask ask);
    void send_ready();
    void send(std::shared_ptr<Signed> all, std::size_t index);  ///< Shared with the request that is on its way.
    [[nodiscard]] bool is_done(const Ask& ask, const wire::Response& response) const;
    void answer(std::uint64_t ticket, CallAnswer what);
    void set_timer();

    connection::World world_;
    ports::Journal& journal_;
    Trader& trader_;
    std::deque<std::pair<std::uint64_t, std::uint64_t>> written_;  ///< Journal sequence, the trader's number; not durable yet.
    std::uint64_t durable_{0};                                     ///< In the trader's numbers.
    std::vector<Signed> signed_;                                   ///< What waits for the journal.
    std::optional<std::pair<std::chrono::microseconds, ports::Timers::Id>> timer_;
    std::uint64_t records_{0};
    std::optional<std::pair<std::uint64_t, std::uint64_t>> checkpoint_;  ///< Journal sequences of its begin and end, until it is durable.
    std::function<void(const Outcome&)> tell_outcome_;
    bool carrying_out_{false};
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::engine

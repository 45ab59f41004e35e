// Between tries that come to nothing, because the exchange refuses an order or takes it and ends it by itself: pauses that grow. Each try is an
// order, written down and kept. Shared by whoever keeps an order at the exchange (ExitKeeper, StopKeeper).
#pragma once
#include "engine/effects.hpp"

#include <chrono>
#include <optional>

namespace bf::engine {

class Pauses {
public:
    // --- what became of a try
    /// The exchange has it.
    void accepted(Now now);
    /// It was not taken; why stands in the end.
    void refused(Now now, const OrderFinished& finished);
    /// The exchange had it and ended it with nothing filled, by no wish of ours.
    void taken_back(Now now);

    // --- the pause
    /// The next try comes no sooner than in so long: doubled `times`, at most `most`.
    void wait(Now now, milliseconds first, int times, milliseconds most);
    /// False when it is over; one that has passed is forgotten.
    [[nodiscard]] bool holds(Now now);
    [[nodiscard]] const std::optional<std::chrono::microseconds>& until() const { return until_; }
    /// The next try is another one than the last: it comes at once.
    void skip() { until_.reset(); }
    /// What was in the way may be gone: the next try comes at once, and pauses begin anew.
    void again();

    /// How often in a row the exchange took one and ended it by itself, none of them having stood for long.
    [[nodiscard]] int taken_back_in_row() const { return taken_back_; }

private:
    std::optional<std::chrono::microseconds> until_, accepted_at_;
    int refused_{0}, taken_back_{0};  ///< In a row.
};

}  // namespace bf::engine

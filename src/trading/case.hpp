// One case of `backfuture explain`: everything a decision needs, read from JSON.
//
// What a case can't give has the value that changes nothing. Fails naming the member and saying what it should be; a signal that can't be
// read is no failure but a decision (SIGNAL_MALFORMED), as for a webhook.
#pragma once
#include "trading/decision.hpp"

#include <memory>

namespace bf::trading {

class Case {
public:
    static Result<Case, FieldError> read(std::string_view text);
    [[nodiscard]] Decision decide(Detail detail = Detail::told) const;
    [[nodiscard]] const Signal& signal() const { return signal_; }

private:
    struct Place {
        ConnectionFacts connection{};
        InstrumentFacts instrument{};
        Quote quote{};
        AccountFacts account{};
        std::optional<Group> group{};
        std::optional<Instant> last_group_closed_at{};
    };
    friend class CaseReader;
    [[nodiscard]] Route route(const Place& place) const;

    Rules rules_{};
    Signal signal_{};
    std::optional<FieldError> malformed_{};
    Place main_{};
    std::optional<Place> pro_{};
    bool strategy_enabled_{true};
    bool seen_before_{false};
    Mode mode_{Mode::normal};
    Instant now_{};
    std::optional<market::Candle> last_candle_{};
};

}  // namespace bf::trading

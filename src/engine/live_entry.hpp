// One entry of the LIVE list: a signal, what was decided on it and why, and what became of the order. Kept as a document in the reader's
// languages, so that an old entry reads as it did when it was made.
#pragma once
#include "engine/intent.hpp"
#include "ports/trading_store.hpp"
#include "trading/decision.hpp"
#include "trading/signal.hpp"

#include <string>

namespace bf::engine {

struct LiveEntry {
    std::int64_t id{0};  ///< The store's.
    Instant at;
    std::int64_t signal_number{0};
    trading::Signal signal;
    std::string strategy;       ///< Its id.
    std::string strategy_name;  ///< As it was.
    bool paper{false};          ///< No real order was meant.
    trading::Via via{trading::Via::main};
    GroupNumber group{0};
    std::string group_state;  ///< After it.
    std::string outcome;      ///< "OPENED"; of an order that failed afterwards what it came to.
    std::string primary;      ///< A code, empty if none.
    std::string sentence_en, sentence_nl;
    std::string report;       ///< The decision in the shape of `explain`.
    std::string verdicts_nl;  ///< JSON list: each verdict's sentence in Dutch. English ones stand in `verdicts_en`.
    std::string verdicts_en;
};

/// What was decided, in words. Of the decision nothing is referred to afterwards.
LiveEntry make_entry(const trading::Decision& decision, const trading::Signal& signal, Instant at);
/// What became of its order, instead of what was planned.
void set_outcome(LiveEntry& entry, std::string_view outcome, std::string_view code, std::string english, std::string dutch);
ports::StoredDecision to_stored(const LiveEntry& entry);

}  // namespace bf::engine

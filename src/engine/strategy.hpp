// A strategy as it is kept: the user's settings, whether it is switched on, in which mode, and by which secret word its signals come in.
// Of that word (the hook's token) only a hash is kept.
#pragma once
#include "ports/trading_store.hpp"
#include "trading/decision.hpp"
#include "trading/settings.hpp"

namespace bf::engine {

struct Strategy {
    std::string id;
    trading::Settings settings;
    trading::Rules rules;  ///< Of `settings`.
    bool enabled{false};
    trading::Mode mode{trading::Mode::normal};
    std::string hook_hash;
    Instant created_at;
    Instant changed_at;
    std::optional<Instant> last_signal_at{};

    [[nodiscard]] const std::string& name() const { return settings.name; }
};

ports::StoredStrategy to_stored(const Strategy& strategy);
/// Nothing for what to_stored did not write.
std::optional<Strategy> read_stored(const ports::StoredStrategy& stored);
/// All that the store has; `damaged` if one can't be read. Asks nothing but the store, so it can be done beside the reading of the journal.
Result<std::vector<Strategy>> read_strategies(ports::TradingStore& store);

}  // namespace bf::engine

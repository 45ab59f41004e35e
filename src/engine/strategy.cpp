#include "engine/strategy.hpp"

#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace bf::engine {

ports::StoredStrategy to_stored(const Strategy& strategy) {
    ports::StoredStrategy stored{strategy.id, strategy.name(), strategy.hook_hash, {}};
    wire::JsonWriter out{stored.document};
    out.begin_object().member("format", 1).member("enabled", strategy.enabled).member("mode", trading::to_string(strategy.mode));
    out.member("created_at", strategy.created_at.ms()).member("changed_at", strategy.changed_at.ms());
    if (strategy.last_signal_at) out.member("last_signal_at", strategy.last_signal_at->ms());
    out.key("settings");
    trading::write_json(out, strategy.settings);
    out.end_object();
    return stored;
}

std::optional<Strategy> read_stored(const ports::StoredStrategy& stored) {
    const auto json = wire::Json::parse(stored.document);
    if (!json || (*json)["format"].integer() != 1) return std::nullopt;
    auto settings = trading::read_settings((*json)["settings"]);
    const auto mode = trading::parse_mode((*json)["mode"].text().value_or(""));
    const auto created = (*json)["created_at"].integer(), changed = (*json)["changed_at"].integer(), signal = (*json)["last_signal_at"].integer();
    if (!settings || !mode || !created || !changed) return std::nullopt;
    Strategy strategy;
    strategy.id = stored.id;
    strategy.rules = trading::make_rules(*settings);
    strategy.settings = std::move(*settings);
    strategy.enabled = (*json)["enabled"].boolean().value_or(false);
    strategy.mode = *mode;
    strategy.hook_hash = stored.hook_hash;
    strategy.created_at = Instant::from_ms(*created);
    strategy.changed_at = Instant::from_ms(*changed);
    if (signal) strategy.last_signal_at = Instant::from_ms(*signal);
    return strategy;
}

Result<std::vector<Strategy>> read_strategies(ports::TradingStore& store) {
    BF_TRY(const auto stored, store.strategies());
    std::vector<Strategy> strategies;
    strategies.reserve(stored.size());
    for (const auto& row : stored) {
        auto strategy = read_stored(row);
        if (!strategy) return Unexpected{Error{ErrorKind::damaged, "The stored strategy \"" + row.name + "\" can't be read.", Fate::not_sent, "strategy_damaged"}};
        strategies.push_back(std::move(*strategy));
    }
    return strategies;
}

}  // namespace bf::engine

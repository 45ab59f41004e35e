#include "backtest/example_strategy.hpp"

namespace bf::backtest {

std::string_view example_strategy() {
    return R"({
  "name": "Example ladder",
  "connection": "Example",
  "market": "spot",
  "pairs": ["ETH/USDT"],
  "directions": ["long"],
  "risk_level": "medium",
  "margin": {"connection_limit_pct": "100"},
  "entry": {"base_order": "90"},
  "add_on": {"trigger": "zone_only", "max": 5, "zone_step_pct": "4", "size_multiplier": "1.2"},
  "exit": {"take_profit_pct": "1.5"},
  "recovery": {"adverse_move_pct": "25"},
  "generator": {"enabled": true},
  "fees": {"maker_pct": "0.1", "taker_pct": "0.1"}
}
)";
}

std::string_view example_ranges() {
    return R"({
  "ranges": {
    "exit.take_profit_pct": {"from": "0.5", "to": "3", "step": "0.5"},
    "add_on.zone_step_pct": {"from": "2", "to": "8", "step": "1"}
  },
  "walk_forward": {"pieces": 5}
}
)";
}

}  // namespace bf::backtest

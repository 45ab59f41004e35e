// The strategy that tests of open groups trade: "Ladder" on "Main", with what a test wants otherwise.
#pragma once
#include "support/trading_floor.hpp"

#include <string>

namespace bf::test::ladder {

struct Wishes {
    std::string pair{kSpot}, direction{"long"}, trigger{"signal_and_zone"}, take_profit{"1.0"}, base{"300"}, leverage{"2"}, adverse{"50"}, pair_cooldown{"0"}, more_recovery{}, more_exit{};
};

inline std::string settings(const Wishes& wish) {
    const bool futures = wish.pair == kFutures;
    return R"({"name":"Ladder","connection":"Main","market":")" + std::string{futures ? "futures" : "spot"} + R"(","pairs":[")" + wish.pair +
           R"("],"directions":[")" + wish.direction + R"("],"risk_level":"low","margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},
        "entry":{"base_order":")" + wish.base + R"(","max_slippage_pct":"0.20","max_spread_pct":"0.50","pair_cooldown_s":)" + wish.pair_cooldown + R"(},
        "add_on":{"trigger":")" + wish.trigger + R"(","max":3,"zone_step_pct":"5","size_multiplier":"1.0","cooldown_s":0},
        "exit":{"take_profit_pct":")" + wish.take_profit + "\"" + wish.more_exit + R"(},"recovery":{"adverse_move_pct":")" + wish.adverse + "\"" + wish.more_recovery + "}" +
           (futures ? R"(,"futures":{"leverage":")" + wish.leverage + "\"}" : std::string{}) + "}";
}

}  // namespace bf::test::ladder

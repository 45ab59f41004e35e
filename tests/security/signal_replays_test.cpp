// A signal that somebody recorded and sends again: as it was, with other words around, another time, price or order of members; at once, many
// at a time, after others, after restarts. It acts once. BF_REPLAYS: how many are sent (100,000).
#include "support/number_in.hpp"
#include "support/trading_floor.hpp"

#include <random>

using namespace bf;
using test::TradingFloor;

namespace {

constexpr const char* kPair = "ETH/USDT";

std::string settings() {
    return R"({"name":"Ladder","connection":"Main","market":"spot","pairs":["ETH/USDT"],"directions":["long"],"risk_level":"low",
        "margin":{"group_limit":"2000","group_limit_pct":"20","connection_limit_pct":"100"},
        "entry":{"base_order":"300","max_slippage_pct":"0.20","max_spread_pct":"0.50"},
        "add_on":{"max":3,"zone_step_pct":"5","size_multiplier":"1.0","cooldown_s":0},
        "exit":{"take_profit_pct":"1.0","allow_loss_exit":true}})";
}

struct Sender {
    TradingFloor& floor;
    std::string strategy;
    std::mt19937_64& dice;
    std::size_t sent{0}, malformed{0};
    std::vector<std::pair<std::string, std::string>> recorded{};  ///< Id and kind of all that were sent once.

    [[nodiscard]] std::string body(const std::string& id, const std::string& kind, Instant time) const {
        return R"({"id":")" + id + R"(","strategy":"Ladder","pair":"ETH/USDT","direction":"long","kind":")" + kind + R"(","time":)" + std::to_string(time.ms()) + "}";
    }
    /// As the hook takes it: from its bytes.
    void deliver(const std::string& bytes) {
        ++sent;
        const auto json = trading::read_body(bytes);
        auto signal = json ? trading::read_signal(json->root()) : Result<trading::Signal, trading::FieldError>{Unexpected{json.error()}};
        floor.event([&](engine::Now now) {
            const auto& to = *floor.trader().find_strategy(strategy);
            if (signal) {
                REQUIRE(floor.trader().receive(now, to, std::move(*signal)).has_value());
                return;
            }
            ++malformed;
            REQUIRE(floor.trader().receive_malformed(now, to, trading::FieldError{"time", trading::Fault::missing, {}}).has_value());
        });
    }
    void replay(const std::string& id, const std::string& kind) {
        const auto now = floor.clock.wall();
        const auto at = [&](std::int64_t ms) { return Instant::from_ms(now.ms() + ms); };
        switch (dice() % 8) {
            case 0: return deliver(body(id, kind, now));
            case 1: return deliver(body(id, kind, at(-static_cast<std::int64_t>(dice() % 400'000))));
            case 2: return deliver(body(id, kind, at(static_cast<std::int64_t>(dice() % 60'000))));
            case 3: return deliver("An alert says: " + body(id, kind, now) + " and more words");
            case 4: return deliver(R"({ "time": )" + std::to_string(now.ms()) + R"(, "kind":")" + kind + R"(","direction":"long", "tag":"again", "price":"2999.5","pair":"ETH/USDT","strategy":"Ladder","id":")" + id + "\" }");
            case 5: return deliver(R"({"id":")" + id + R"(","strategy":"Ladder","pair":"ETH/USDT","direction":"long","kind":")" + kind + R"(","bar_time":)" + std::to_string(at(-60'000).ms()) + R"(,"time":)" + std::to_string(now.ms()) + "}");
            case 6: return deliver(body(id, kind == "entry" ? "add" : "entry", now));  // The same name for something else.
            default: {
                auto changed = body(id, "entry", now);
                // A byte of it is changed, but none of its name: that would be another signal, and who knows the hook's address may send those.
                const auto behind = changed.find(id) + id.size() + 1;
                const auto place = behind + dice() % (changed.size() - behind);
                changed[place] = static_cast<char>(changed[place] ^ static_cast<char>(1U << dice() % 7));
                return deliver(changed);
            }
        }
    }
    /// A new one, its copies at the same moment, and then all that was recorded again and again.
    void round(const std::string& id, const std::string& kind, std::size_t replays) {
        deliver(body(id, kind, floor.clock.wall()));
        recorded.emplace_back(id, kind);
        for (int i = 0; i < 20; ++i) deliver(body(id, kind, floor.clock.wall()));
        floor.run(seconds{4});
        for (std::size_t i = 0; i < replays; ++i) {
            const auto& [old, what] = recorded[dice() % recorded.size()];
            replay(old, what);
            if (i % 250 == 249) floor.run(milliseconds{700});
        }
        floor.run(seconds{3});
    }
};

}  // namespace

TEST_CASE("a hundred thousand signals sent again act not once") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 dice{seed};
    const auto wanted = test::number_in("BF_REPLAYS", test::repeats(100'000, 10'000));
    constexpr int kDeals = 12;
    TradingFloor floor{{}};
    floor.start();
    floor.price(kPair, "3000");
    Sender sender{floor, floor.add_strategy(settings()).id, dice};
    floor.run(seconds{1});
    const auto buys = [&] {
        int count = 0;
        for (const auto* order : floor.truth().orders) count += order->request.side == market::Side::buy ? 1 : 0;
        return count;
    };
    int restarts = 0;
    const auto perhaps_restart = [&] {
        if (dice() % 2 == 0) return;
        ++restarts;
        floor.kill();
        floor.run(seconds{1});
        floor.start();
        floor.run(seconds{12});
    };
    for (int deal = 0; deal < kDeals; ++deal) {
        CAPTURE(deal);
        sender.round("entry-" + std::to_string(deal), "entry", wanted / kDeals / 2);
        perhaps_restart();
        REQUIRE(buys() == deal + 1);
        REQUIRE(floor.trader().groups().size() == 1);
        sender.round("exit-" + std::to_string(deal), "exit", wanted / kDeals / 2);
        perhaps_restart();
        CHECK(floor.clock.run_until([&] { return floor.trader().groups().empty(); }, seconds{60}));
        REQUIRE(buys() == deal + 1);
    }
    std::size_t duplicates = 0, expired = 0, opened = 0;
    for (const auto& [number, decision] : floor.store.kept_decisions) {
        const auto primary = [&](const char* code) { return decision.document.find(std::string{R"("primary":")"} + code + '"') != std::string::npos ? std::size_t{1} : std::size_t{0}; };
        duplicates += primary("SIGNAL_DUPLICATE");
        expired += decision.document.find(R"("code":"SIGNAL_EXPIRED","result":"fail")") != std::string::npos ? std::size_t{1} : std::size_t{0};
        if (decision.outcome == "OPENED" || decision.outcome == "ADDED") ++opened;
    }
    std::printf("%zu sent, %zu told as duplicates, %zu as too old or of the future, %zu malformed; %zu opened; %d restarts\n", sender.sent, duplicates, expired, sender.malformed, opened, restarts);
    CHECK(opened == kDeals);
    CHECK(sender.sent >= wanted);
    CHECK(duplicates > wanted / 2);
}

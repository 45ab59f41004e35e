// Whatever comes instead of the documented answer, every reader says something and none crashes or reads on.
#include "exchange/kucoin/replies/golden_test.hpp"

#include <filesystem>
#include <random>

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::kucoin;
using market::Market;

namespace {

const auto kReplies = make_replies();

void read_all_ways(const std::string& body, int status) {
    const auto response = answer(body, status);
    const auto known = instruments();
    for (const auto market : {Market::spot, Market::futures}) {
        for (const auto mode : {AccountMode::classic, AccountMode::unified}) {
            auto call = call_of(Operation::place_order, market, mode);
            call.symbol = market::Symbol::parse(market == Market::spot ? "BTC/USDT" : "BTC/USDT:USDT");
            const Asked asked{call, kNow, &known};
            static_cast<void>(kReplies->key_info(response, asked));
            static_cast<void>(kReplies->balances(response, asked));
            static_cast<void>(kReplies->instruments(response, asked));
            static_cast<void>(kReplies->ticker(response, asked));
            static_cast<void>(kReplies->candles(response, asked));
            static_cast<void>(kReplies->open_orders(response, asked));
            static_cast<void>(kReplies->order(response, asked));
            static_cast<void>(kReplies->fills(response, asked));
            static_cast<void>(kReplies->positions(response, asked));
            static_cast<void>(kReplies->placed(response, asked));
            static_cast<void>(kReplies->canceled(response, asked));
            static_cast<void>(kReplies->done(response, asked));
            static_cast<void>(kReplies->server_time(response, asked));
            static_cast<void>(kReplies->service_status(response, asked));
            static_cast<void>(kReplies->egress_address(response, asked));
            static_cast<void>(kReplies->stream_address(response, asked));
            static_cast<void>(kReplies->risk_tiers(response, asked));
            static_cast<void>(kReplies->funding_payments(response, asked));
            static_cast<void>(kReplies->fee_rates(response, asked));
            StreamSink sink;
            const auto session = kReplies->open_session({market, mode, true, {}}, &known);
            std::string frame = body + std::string(64, '\0');
            static_cast<void>(session->on_text(std::string_view{frame}.substr(0, body.size()), sink));
        }
    }
}

/// How many readers of what an account has took it for an answer.
int answers_of(const std::string& body) {
    const auto response = answer(body, 200);
    const auto known = instruments();
    int taken = 0;
    for (const auto market : {Market::spot, Market::futures}) {
        const auto call = call_of(Operation::balances, market, AccountMode::classic);
        const Asked asked{call, kNow, &known};
        taken += kReplies->balances(response, asked).has_value() + kReplies->open_orders(response, asked).has_value() + kReplies->fills(response, asked).has_value() +
                 kReplies->positions(response, asked).has_value() + kReplies->order(response, asked).has_value();
    }
    return taken;
}

std::vector<std::string> all_goldens() {
    std::vector<std::string> bodies;
    for (const auto& entry : std::filesystem::directory_iterator{std::string{BF_SOURCE_DIR} + "/golden/kucoin"})
        if (entry.path().extension() == ".json") bodies.push_back(golden_text(entry.path().filename()));
    return bodies;
}

}  // namespace

TEST_CASE("cut and changed answers crash no reader") {
    const auto seed = std::random_device{}();
    MESSAGE("seed " << seed);
    std::mt19937 dice{seed};
    const auto bodies = all_goldens();
    REQUIRE(bodies.size() > 50);
    const std::string pieces[] = {"{", "}", "[", "]", "\"", ",", ":", "null", "-", "1e9", "1e-400", "99999999999999999999999999", "\\u0000", "\\", "true", "\xff"};
    for (int round = 0; round < 1500; ++round) {
        std::string body = bodies[dice() % bodies.size()];
        if (round % 2 == 0) body.resize(dice() % body.size());
        for (auto changes = dice() % 4; changes > 0 && !body.empty(); --changes) {
            const auto at = dice() % body.size();
            if (dice() % 2 == 0)
                body[at] = static_cast<char>(dice() % 256);
            else
                body.insert(at, pieces[dice() % std::size(pieces)]);
        }
        CAPTURE(seed);
        CAPTURE(round);
        read_all_ways(body, round % 3 == 0 ? 500 : 200);
    }
}

TEST_CASE("a type in the place of another is an answer without the field") {
    for (const char* data : {"null", "1", "\"x\"", "true", "[]", "{}", "[1]", "[null]", "[[]]", "[{}]", R"({"items":[1]})", R"({"accounts":[{"currencies":[7]}]})", "[[1,2]]"})
        read_all_ways(std::string{R"({"code":"200000","data":)"} + data + "}", 200);
    for (const char* data : {"1", "\"x\"", "true"}) {
        CAPTURE(data);
        CHECK(answers_of(std::string{R"({"code":"200000","data":)"} + data + "}") == 0);
    }
}

TEST_CASE("deep nesting is refused") {
    std::string deep = R"({"code":"200000","data":)";
    deep.append(5000, '[');
    read_all_ways(deep, 200);
    deep.append(5000, ']');
    deep += '}';
    read_all_ways(deep, 200);
    CHECK(answers_of(deep) == 0);
}

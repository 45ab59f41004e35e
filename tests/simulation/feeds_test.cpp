// Market and account feeds over the four simulated products: what is told is true, told once, and comes to agree with the exchange within
// the documented time after anything that goes wrong has stopped.
#include "support/feed_floor.hpp"
#include "support/number_in.hpp"

#include <random>

using namespace bf;
using namespace bf::test;
using std::chrono::microseconds;

namespace {

/// docs/design/feeds.md, "After faults".
constexpr milliseconds kPricesAgree{30'000};
constexpr milliseconds kCandlesAgree{60'000};
constexpr milliseconds kAccountAgrees{30'000};
/// A healthy stream's way, with what it takes to ask for a fee.
constexpr milliseconds kTold{5'000};

constexpr const char* kFaults[] = {"drop_stream", "duplicate_event", "late_event", "reorder_events", "timeout", "rate_limit", "maintenance", "reset", "unavailable", "malformed", "slow"};

/// Of the runs that are random: how many for each product, and the first one's seed.
std::uint64_t runs_wanted() { return number_in("BF_FEEDS_RUNS", repeats(4, 1)); }
std::uint64_t first_seed() { return number_in("BF_FEEDS_SEED", 1); }

/// The exchange's own record of a closed candle.
const simulator::Candle* true_candle(MarketDesk& desk, const market::Symbol& symbol, Instant open_time) {
    for (const auto& candle : desk.exchange().market(desk.simulated(symbol)).candles())
        if (candle.open_time == open_time) return &candle;
    return nullptr;
}

/// Candles told: in order, none missing, none twice, each as the exchange has it.
void check_candles(MarketDesk& desk, engine::SymbolIndex index) {
    const auto symbol = desk.feed->symbol_of(index);
    const auto& list = desk.closed[index];
    for (std::size_t i = 0; i < list.size(); ++i) {
        CAPTURE(i);
        if (i > 0) CHECK(list[i].open_time == list[i - 1].open_time + std::chrono::minutes{1});
        const auto* truly = true_candle(desk, symbol, list[i].open_time);
        REQUIRE(truly != nullptr);
        CHECK(list[i].open == truly->open);
        CHECK(list[i].high == truly->high);
        CHECK(list[i].low == truly->low);
        CHECK(list[i].close == truly->close);
        if (list[i].volume) CHECK(*list[i].volume == truly->volume);
    }
}

/// What is wrong with the prices that are told, at prices that stand still.
std::string price_difference(MarketDesk& desk, engine::SymbolIndex index) {
    const auto& market = desk.exchange().market(desk.simulated(desk.feed->symbol_of(index)));
    const auto quote = desk.feed->quote(index);
    if (quote.bid != market.best_bid() || quote.ask != market.best_ask()) return "bid or ask";
    if (quote.last != market.last()) return "last";
    if (desk.product.market == market::Market::futures && quote.mark != market.price()) return "mark";
    const auto age = desk.feed->age(index);
    if (!age || *age > seconds{5}) return "stale";
    const auto& told = desk.last_quote[index];
    if (told.bid != quote.bid || told.ask != quote.ask || told.last != quote.last || told.mark != quote.mark) return "told otherwise";
    return {};
}

}  // namespace

TEST_CASE("a market feed tells prices, closed candles and instruments of the four products, and no price is older than five seconds") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        MarketDesk desk{product};
        const auto btc = desk.feed->follow(desk.symbol("BTC"), 30), eth = desk.feed->follow(desk.symbol("ETH"), 0);
        CHECK(desk.feed->follow(desk.symbol("BTC"), 5) == btc);
        REQUIRE(desk.clock.run_until([&] { return desk.feed->age(btc) && desk.feed->age(eth) && desk.feed->figures().sockets_live == 1; }, seconds{5}));
        const auto& all = desk.exchange().instruments();
        CHECK(desk.instruments.size() ==
              static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.is_futures() == (product.market == market::Market::futures); })));
        CHECK(desk.feed->instrument(desk.symbol("ETH"))->tradable == true);
        bool stale = false;
        desk.watched = [&] { stale = stale || *desk.feed->age(btc) > seconds{5} || *desk.feed->age(eth) > seconds{5}; };
        desk.clock.run_for(std::chrono::minutes{5});
        CHECK_FALSE(stale);
        CHECK(desk.closed[btc].size() >= 34);
        CHECK(desk.closed[eth].size() >= 4);
        check_candles(desk, btc);
        check_candles(desk, eth);
        for (const auto late : desk.told_after[eth]) CHECK(late <= seconds{4});
        CHECK(desk.corrected == 0);
        // A quiet, healthy stream costs a candle list a minute and little else.
        CHECK(desk.feed->figures().polls < 40);
        desk.price(desk.symbol("BTC"), "61234.5");
        desk.clock.run_for(seconds{5});
        CHECK(price_difference(desk, btc).empty());
    }
}

TEST_CASE("a market feed agrees with the exchange after every kind of fault, and what it calls fresh was true then") {
    for (const auto& product : kProducts) {
        for (std::uint64_t seed = first_seed(); seed < first_seed() + runs_wanted(); ++seed) {
            CAPTURE(said(product));
            INFO("replay: BF_FEEDS_SEED=", seed, " BF_FEEDS_RUNS=1");
            MarketDesk desk{product, seed, true, 2};
            std::vector<engine::SymbolIndex> all;
            for (const char* base : {"BTC", "ETH", "SOL"}) all.push_back(desk.feed->follow(desk.symbol(base), 10));
            REQUIRE(desk.clock.run_until([&] { return desk.feed->figures().sockets_live == 2; }, seconds{20}));

            // Every price the exchange showed, with the moment it came up.
            std::map<engine::SymbolIndex, std::deque<std::pair<Instant, std::pair<Decimal, Decimal>>>> shown;
            int untrue = 0, fresh = 0;
            desk.watched = [&] {
                for (const auto index : all) {
                    const auto& market = desk.exchange().market(desk.simulated(desk.feed->symbol_of(index)));
                    auto& list = shown[index];
                    const std::pair now{market.best_bid(), market.best_ask()};
                    if (list.empty() || list.back().second != now) list.emplace_back(desk.clock.true_time(), now);
                    const auto quote = desk.feed->quote(index);
                    const auto age = desk.feed->age(index);
                    if (!age || *age > seconds{5} || list.front().first > desk.clock.true_time() - seconds{15}) continue;
                    ++fresh;
                    // The faults hold an event back for three seconds at most while the socket's pongs overtake it.
                    const auto since = desk.clock.true_time() - *age - milliseconds{3'300};
                    bool was = false;
                    for (std::size_t i = 0; i < list.size(); ++i)
                        was = was || (list[i].second == std::pair{quote.bid.value_or(Decimal{}), quote.ask.value_or(Decimal{})} && (i + 1 == list.size() || list[i + 1].first >= since));
                    untrue += was ? 0 : 1;
                }
            };
            std::mt19937_64 dice{seed};
            for (int spell = 0; spell < 12; ++spell) {
                desk.fault(kFaults[dice() % std::size(kFaults)], R"(,"probability":"0.)" + std::to_string(1 + dice() % 9) + "\"");
                if (dice() % 2 == 0) desk.fault(kFaults[dice() % std::size(kFaults)], R"(,"count":)" + std::to_string(1 + dice() % 20));
                desk.clock.run_for(seconds{20 + static_cast<int>(dice() % 40)});
                if (dice() % 2 == 0) desk.heal();
            }
            desk.heal();
            CHECK(untrue == 0);
            CHECK(fresh > 1'000);
            int number = 0;
            for (const auto index : all) desk.price(desk.feed->symbol_of(index), std::to_string(1'000 + 7 * ++number));
            for (const auto index : all) {
                CAPTURE(index);
                CHECK_MESSAGE(desk.clock.run_until([&] { return price_difference(desk, index).empty(); }, kPricesAgree), price_difference(desk, index));
            }
            desk.clock.run_for(std::chrono::minutes{2});
            // The last minute that closed kCandlesAgree ago or before.
            const auto closed_by = (desk.clock.true_time() - kCandlesAgree).ms() / 60'000 * 60'000;
            const auto minute = Instant::from_ms(closed_by) - std::chrono::minutes{1};
            for (const auto index : all) {
                check_candles(desk, index);
                REQUIRE_FALSE(desk.closed[index].empty());
                CHECK(desk.closed[index].back().open_time >= minute);
                CHECK(price_difference(desk, index).empty());
            }
            CHECK(desk.clock.run_until([&] { return desk.feed->figures().sockets_live == 2; }, std::chrono::minutes{2}));
        }
    }
}

TEST_CASE("with the stream down for good, polling keeps prices within five seconds and candles exact") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        MarketDesk desk{product};
        desk.transport->socket_refused = [](const std::string&) { return true; };
        const auto btc = desk.feed->follow(desk.symbol("BTC"), 3), eth = desk.feed->follow(desk.symbol("ETH"), 3);
        REQUIRE(desk.clock.run_until([&] { return desk.feed->age(btc) && desk.feed->age(eth); }, seconds{5}));
        bool stale = false;
        desk.watched = [&] { stale = stale || *desk.feed->age(btc) > seconds{5} || *desk.feed->age(eth) > seconds{5}; };
        desk.clock.run_for(std::chrono::minutes{3});
        desk.price(desk.symbol("BTC"), "61234.5");
        desk.clock.run_for(seconds{6});
        CHECK_FALSE(stale);
        const auto quote = desk.feed->quote(btc);
        CHECK(quote.bid == desk.exchange().market(desk.simulated(desk.symbol("BTC"))).best_bid());
        if (product.market == market::Market::futures) CHECK(quote.mark == "61234.5"_d);
        CHECK(desk.closed[btc].size() >= 5);
        check_candles(desk, btc);
        check_candles(desk, eth);
    }
}

TEST_CASE("each opening of a stream takes a fresh token, and pauses grow") {
    MarketDesk desk{kProducts[2]};
    desk.feed->follow(desk.symbol("BTC"), 0);
    REQUIRE(desk.clock.run_until([&] { return desk.feed->figures().sockets_live == 1; }, seconds{10}));
    for (int i = 0; i < 3; ++i) {
        desk.fault("drop_stream", R"(,"count":1)");
        REQUIRE(desk.clock.run_until([&] { return desk.feed->figures().sockets_live == 0; }, seconds{5}));
        REQUIRE(desk.clock.run_until([&] { return desk.feed->figures().sockets_live == 1; }, seconds{20}));
    }
    const std::set<std::string> tokens{desk.transport->opened.begin(), desk.transport->opened.end()};
    CHECK(tokens.size() == desk.transport->opened.size());
    const auto before = desk.transport->opened.size();
    desk.transport->socket_refused = [](const std::string&) { return true; };
    desk.fault("drop_stream", R"(,"count":1)");
    desk.clock.run_for(std::chrono::minutes{10});
    // One a second would be 600.
    CHECK(desk.transport->opened.size() - before < 20);
    CHECK(desk.transport->opened.size() - before > 6);
}

TEST_CASE("a symbol the exchange refuses to stream costs the others nothing: it ends alone, polled only") {
    MarketDesk desk{kProducts[2]};
    // The list of instruments names one more than there is.
    desk.transport->tampered = [](const wire::Request& request, wire::Response& response) {
        if (request.path() != "/api/v2/symbols") return;
        const std::string row = R"("data":[{"symbol":"GONE-USDT","baseCurrency":"GONE","quoteCurrency":"USDT","baseMinSize":"1","quoteMinSize":"1","baseIncrement":"1","quoteIncrement":"0.1","priceIncrement":"0.1","enableTrading":true},)";
        const auto at = response.body.find(R"("data":[)");
        if (at != std::string::npos) response.body.replace(at, 8, row);
    };
    const auto btc = desk.feed->follow(desk.symbol("BTC"), 0), gone = desk.feed->follow(desk.symbol("GONE"), 0), eth = desk.feed->follow(desk.symbol("ETH"), 0);
    REQUIRE(desk.clock.run_until([&] { return desk.feed->figures().sockets_live > 0 && desk.feed->figures().sockets == desk.feed->figures().sockets_live; }, std::chrono::minutes{2}));
    desk.clock.run_for(std::chrono::minutes{1});
    const int btc_before = desk.quotes[btc], eth_before = desk.quotes[eth];
    desk.clock.run_for(seconds{30});
    CHECK(desk.quotes[btc] >= btc_before + 20);
    CHECK(desk.quotes[eth] >= eth_before + 20);
    CHECK_FALSE(desk.feed->age(gone));
}

TEST_CASE("an instrument that stops trading is told, and so is one that leaves the list") {
    MarketDesk desk{kProducts[2]};
    desk.feed->follow(desk.symbol("BTC"), 0);
    desk.clock.run_for(seconds{10});
    const auto first = desk.instruments.size();
    REQUIRE(first > 0);
    bool halted = true;
    desk.transport->tampered = [&](const wire::Request& request, wire::Response& response) {
        if (request.path() != "/api/v2/symbols") return;
        const auto symbol = response.body.find(R"("symbol":"ETH-USDT")");
        REQUIRE(symbol != std::string::npos);
        if (halted) {
            const auto flag = response.body.find(R"("enableTrading":true)", symbol);
            response.body.replace(flag, 20, R"("enableTrading":false)");
        } else {
            response.body.replace(symbol, 19, R"("symbol":"ETX-USDT")");
        }
    };
    // By itself the list is asked again after five minutes.
    desk.clock.run_for(std::chrono::minutes{6});
    REQUIRE(desk.instruments.size() == first + 1);
    CHECK(desk.instruments.back().first.native_symbol == "ETH-USDT");
    CHECK(desk.instruments.back().first.tradable == false);
    CHECK(desk.instruments.back().second);
    desk.transport->tampered = {};
    desk.clock.run_for(std::chrono::minutes{6});
    CHECK(desk.instruments.back().first.tradable == true);
    halted = false;
    desk.transport->tampered = [&](const wire::Request& request, wire::Response& response) {
        if (request.path() != "/api/v2/symbols") return;
        const auto symbol = response.body.find(R"("symbol":"ETH-USDT")");
        if (symbol != std::string::npos) response.body.replace(symbol, 19, R"("symbol":"ETX-USDT")");
    };
    desk.clock.run_for(std::chrono::minutes{6});
    CHECK(desk.feed->instrument(desk.symbol("ETH"))->tradable == false);
}

// --- the account

TEST_CASE("an account feed tells every fill once and knows orders, balances and positions over the four products") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        AccountDesk desk{product};
        for (const char* base : {"BTC", "ETH"}) desk.follow(desk.symbol(base), desk.clock.wall() - std::chrono::hours{1});
        desk.start();
        REQUIRE(desk.clock.run_until([&] { return desk.feed->is_live() && desk.feed->knows_to(desk.symbol("BTC")); }, seconds{10}));
        std::mt19937_64 dice{7};
        for (int i = 0; i < 120; ++i) {
            trade(desk, dice);
            desk.clock.run_for(milliseconds{static_cast<std::int64_t>(dice() % 1'500)});
        }
        desk.clock.run_for(seconds{5});
        CHECK(desk.difference() == "");
        CHECK(desk.doubled == 0);
        CHECK(desk.fills.size() >= 10);
        CHECK(desk.downs == 0);
        CHECK(desk.troubles.empty());
        // One socket for the connection's proof and for trading.
        CHECK(desk.transport->opened.size() == 1);
    }
}

TEST_CASE("an account feed agrees with the exchange after every kind of fault, with no fill lost or told twice") {
    for (const auto& product : kProducts) {
        for (std::uint64_t seed = first_seed(); seed < first_seed() + runs_wanted(); ++seed) {
            CAPTURE(said(product));
            INFO("replay: BF_FEEDS_SEED=", seed, " BF_FEEDS_RUNS=1");
            AccountDesk desk{product, seed};
            for (const char* base : {"BTC", "ETH"}) desk.follow(desk.symbol(base), desk.clock.wall() - std::chrono::hours{1});
            desk.start();
            std::mt19937_64 dice{seed};
            for (int spell = 0; spell < 12; ++spell) {
                desk.fault(kFaults[dice() % std::size(kFaults)], R"(,"probability":"0.)" + std::to_string(1 + dice() % 9) + "\"");
                for (int i = 0; i < 15; ++i) {
                    trade(desk, dice);
                    desk.clock.run_for(milliseconds{static_cast<std::int64_t>(dice() % 2'000)});
                }
                if (dice() % 2 == 0) desk.heal();
            }
            desk.heal();
            const auto healed = desk.clock.true_time();
            CHECK_MESSAGE(desk.clock.run_until([&] { return desk.difference().empty(); }, kAccountAgrees), desk.difference());
            const auto took = desk.clock.true_time() - healed;
            CAPTURE(took.count());
            // And stays so, but for what the market does to resting orders in the very moment of looking.
            desk.clock.run_for(std::chrono::minutes{3});
            CHECK_MESSAGE(desk.clock.run_until([&] { return desk.difference().empty(); }, kTold), desk.difference());
            CHECK(desk.doubled == 0);
            CHECK(desk.unexplained.empty());
            CHECK(desk.feed->is_live());
        }
    }
}

TEST_CASE("with the stream down for good, polling alone tells everything") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        AccountDesk desk{product};
        desk.transport->socket_refused = [](const std::string&) { return true; };
        for (const char* base : {"BTC", "ETH"}) desk.follow(desk.symbol(base), desk.clock.wall() - std::chrono::hours{1});
        desk.start();
        std::mt19937_64 dice{11};
        for (int i = 0; i < 40; ++i) {
            trade(desk, dice);
            desk.clock.run_for(seconds{1});
        }
        CHECK(desk.clock.run_until([&] { return desk.difference().empty(); }, seconds{7}));
        CHECK(desk.doubled == 0);
        CHECK(desk.hints.empty());
    }
}

TEST_CASE("more fills than a page holds, missed while nothing could be heard, are all read") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        AccountDesk desk{product};
        desk.follow(desk.symbol("BTC"), desk.clock.wall() - std::chrono::hours{1});
        desk.transport->socket_refused = [](const std::string&) { return true; };
        const auto& instrument = desk.simulated(desk.symbol("BTC"));
        for (int i = 0; i < 260; ++i) {
            desk.world->advance(desk.clock.true_time());
            simulator::NewOrder order;
            order.symbol = desk.symbol("BTC");
            order.type = market::OrderType::market;
            order.side = i % 2 == 0 ? market::Side::buy : market::Side::sell;
            order.quantity = instrument.quantity_step * Decimal{product.market == market::Market::futures ? 2 : 2'000};
            const auto placed = desk.exchange().place(desk.truth(), order);
            REQUIRE(placed.has_value());
            desk.clock.run_for(milliseconds{300});
        }
        desk.start();
        CHECK(desk.clock.run_until([&] { return desk.difference().empty(); }, seconds{15}));
        CHECK(desk.fills.size() >= 260);
        CHECK(desk.doubled == 0);
        CHECK(desk.troubles.empty());
    }
}

TEST_CASE("more open orders than a page holds are all known, also those that rest on the last page") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        AccountDesk desk{product};
        const auto btc = desk.symbol("BTC");
        desk.follow(btc, desk.clock.wall() - std::chrono::hours{1});
        const auto& instrument = desk.simulated(btc);
        desk.world->advance(desk.clock.true_time());
        for (int i = 0; i < 230; ++i) {
            simulator::NewOrder order;
            order.symbol = btc;
            order.type = market::OrderType::limit;
            order.side = market::Side::buy;
            order.price = round_to_step(desk.exchange().market(instrument).price() * Decimal::from_parts(9000 - i, 4), instrument.price_step, Rounding::down);
            order.quantity = instrument.quantity_step * Decimal{product.market == market::Market::futures ? 1 : 2'000};
            const auto placed = desk.exchange().place(desk.truth(), order);
            REQUIRE_MESSAGE(placed.has_value(), "order ", i, ": refusal ", static_cast<int>(placed ? simulator::Refusal{} : placed.error()), " at ", order.price->to_string());
        }
        desk.start();
        CHECK(desk.clock.run_until([&] { return desk.difference().empty() && desk.feed->state().open_orders().size() == 230; }, seconds{15}));
        REQUIRE(desk.clock.run_until([&] { return desk.feed->knows_after(btc, {}); }, seconds{15}));
        CHECK(desk.troubles.empty());
    }
}

TEST_CASE("knowledge is older than an own order until the exchange was asked after it") {
    for (const auto& product : kProducts) {
        CAPTURE(said(product));
        AccountDesk desk{product};
        const auto btc = desk.symbol("BTC");
        desk.follow(btc, desk.clock.wall() - std::chrono::hours{1});
        CHECK_FALSE(desk.feed->knows_after(btc, {}));
        desk.start();
        REQUIRE(desk.clock.run_until([&] { return desk.feed->knows_after(btc, {}); }, seconds{10}));
        desk.clock.run_for(seconds{1});
        const auto ordered = desk.clock.steady();
        CHECK_FALSE(desk.feed->knows_after(btc, ordered));
        desk.feed->want_fresh(desk.now());
        CHECK(desk.clock.run_until([&] { return desk.feed->knows_after(btc, ordered); }, seconds{1}));
        // An exchange that does not answer leaves the question open, however long it takes.
        desk.fault("timeout");
        desk.fault("drop_stream", R"(,"count":1)");
        desk.clock.run_for(seconds{5});
        const auto later = desk.clock.steady();
        desk.clock.run_for(std::chrono::minutes{2});
        CHECK_FALSE(desk.feed->knows_after(btc, later));
        desk.heal();
        CHECK(desk.clock.run_until([&] { return desk.feed->knows_after(btc, later); }, kAccountAgrees));
    }
}

TEST_CASE("same seed, same course") {
    const auto run = [](std::uint64_t seed) {
        MarketDesk desk{kProducts[3], seed};
        const auto btc = desk.feed->follow(desk.symbol("BTC"), 5);
        desk.fault("drop_stream", R"(,"probability":"0.02")");
        desk.fault("timeout", R"(,"probability":"0.2")");
        desk.clock.run_for(std::chrono::minutes{10});
        std::string course;
        for (const auto& one : desk.transport->sent) course += std::to_string(one.at.ms()) + one.path + '\n';
        for (const auto& one : desk.closed[btc]) course += one.close.to_string() + '\n';
        return course + std::to_string(desk.quotes[btc]);
    };
    CHECK(run(5) == run(5));
    CHECK(run(5) != run(6));
}

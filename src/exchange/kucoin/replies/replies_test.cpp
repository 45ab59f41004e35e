#include "exchange/kucoin/replies/golden_test.hpp"
#include "exchange/wallet.hpp"

#include <filesystem>

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::kucoin;
using market::Market;
using market::OrderStatus;
using market::Side;

namespace {

const auto kReplies = make_replies();
constexpr auto kSpot = Market::spot;
constexpr auto kFutures = Market::futures;
constexpr auto kUnified = AccountMode::unified;

std::string text(const std::optional<Decimal>& value) { return value ? value->to_string() : "null"; }
std::string text(const std::optional<market::Symbol>& value) { return value ? value->to_string() : "null"; }

}  // namespace

TEST_CASE("a key's rights, with evidence") {
    const auto call = call_of(Operation::key_info);
    const auto info = kReplies->key_info(golden("get-v1-user-api-key.json"), {call, kNow});
    REQUIRE(info.has_value());
    CHECK(info->permissions == std::vector<std::string>{"General", "Futures", "Spot", "Earn", "InnerTransfer", "Transfer", "Margin"});
    CHECK(info->claims.key_valid.answer == Ternary::yes);
    CHECK(info->claims.key_valid.evidence == "GET /api/v1/user/api-key answered 200000");
    CHECK(info->claims.spot_trade.answer == Ternary::yes);
    CHECK(info->claims.futures_trade.answer == Ternary::yes);
    CHECK(info->claims.withdraw.answer == Ternary::yes);
    CHECK(info->claims.withdraw.evidence == "GET /api/v1/user/api-key lists permission Transfer");
    CHECK(info->claims.transfer.answer == Ternary::yes);
    CHECK(info->claims.ip_bound.answer == Ternary::yes);
    CHECK(info->claims.ip_bound.at == kNow);
    CHECK(info->ip_allow_list == std::vector<std::string>{"203.**.154", "103.**.34"});
    CHECK(info->account_id == "165111215");
    CHECK(info->sub_account == false);
    CHECK(info->key_version == 3);
    CHECK(info->more_than_needed == std::vector<std::string>{"Futures", "Earn", "InnerTransfer", "Transfer", "Margin"});
    CHECK_FALSE(info->expires_at.has_value());
}

TEST_CASE("more than it needs is what reading and its own market do not take") {
    struct Row { Market market; const char* permission; std::vector<std::string> more; };
    const Row rows[] = {
        {kSpot, "General,Spot", {}},
        {kFutures, "General,Futures", {}},
        {kSpot, "General,Spot,Futures", {"Futures"}},
        {kFutures, "General,Spot,Futures", {"Spot"}},
        // Of these only Unified trades, if the account is one; which it is the list does not tell.
        {kSpot, "General,Spot,Futures,Unified", {}},
        {kFutures, "General,Futures,Margin,Earn", {"Margin", "Earn"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.permission);
        const auto call = call_of(Operation::key_info, row.market);
        const auto info = kReplies->key_info(answer(std::string{R"({"code":"200000","data":{"permission":")"} + row.permission + R"("}})"), {call, kNow});
        REQUIRE(info.has_value());
        CHECK(info->more_than_needed == row.more);
    }
}

TEST_CASE("a unified account trades by the right Unified; an absent address list proves nothing") {
    const auto call = call_of(Operation::key_info, kSpot, kUnified);
    const auto info = kReplies->key_info(golden("get-ua-v1-user-api-key.json"), {call, kNow});
    REQUIRE(info.has_value());
    CHECK(info->claims.spot_trade.evidence == "GET /api/ua/v1/user/api-key lists permission Unified");
    CHECK(info->claims.futures_trade.answer == Ternary::yes);
    CHECK(info->claims.withdraw.answer == Ternary::no);
    CHECK(info->claims.transfer.answer == Ternary::yes);
    CHECK(info->claims.ip_bound.answer == Ternary::unknown);
}

TEST_CASE("the right to move money between own accounts is known by each of its names; Transfer alone is the one to withdraw") {
    const auto call = call_of(Operation::key_info);
    for (const auto& [list, moves] : {std::pair{"General,InnerTransfer", Ternary::yes}, {"General,FlexTransfers", Ternary::yes}, {"General,Transfer", Ternary::no}, {"General,transfer", Ternary::no}}) {
        CAPTURE(list);
        const auto info = kReplies->key_info(answer(std::string{R"({"code":"200000","data":{"permission":")"} + list + R"("}})"), {call, kNow});
        REQUIRE(info.has_value());
        CHECK(info->claims.transfer.answer == moves);
    }
}

TEST_CASE("rights: each row a permission list") {
    struct Row { const char* why; const char* permission; AccountMode mode; Ternary spot, futures, withdraw; };
    const auto classic = AccountMode::classic;
    const auto yes = Ternary::yes, no = Ternary::no, unknown = Ternary::unknown;
    const Row rows[] = {
        {"least privilege", R"("General,Spot")", classic, yes, no, no},
        {"blanks in the list", R"("General, Futures ")", classic, no, yes, no},
        {"read only", R"("General")", classic, no, no, no},
        {"only Unified, account unknown", R"("General,Unified")", classic, unknown, unknown, no},
        {"Spot counts for nothing in a unified account", R"("General,Spot")", kUnified, no, no, no},
        {"a right never seen that withdraws", R"("General,Spot,WithdrawFast")", classic, yes, no, yes},
        {"the right to withdraw in other letters", R"("General,Spot,TRANSFER")", classic, yes, no, yes},
        {"no list at all", "null", classic, unknown, unknown, unknown},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto call = call_of(Operation::key_info, kSpot, row.mode);
        const auto info = kReplies->key_info(answer(R"({"code":"200000","data":{"permission":)" + std::string{row.permission} + "}}"), {call, kNow});
        REQUIRE(info.has_value());
        CHECK(info->claims.spot_trade.answer == row.spot);
        CHECK(info->claims.futures_trade.answer == row.futures);
        CHECK(info->claims.withdraw.answer == row.withdraw);
        CHECK(info->claims.ip_bound.answer == unknown);
    }
}

TEST_CASE("balances are those that orders can spend") {
    const auto spot = call_of(Operation::balances);
    const auto rows = kReplies->balances(golden("get-v1-accounts.json"), {spot, kNow});
    REQUIRE(rows.has_value());
    REQUIRE(rows->size() == 1);
    CHECK(rows->at(0).asset == "USDT");
    CHECK(text(rows->at(0).free) == "26.66759503");
    CHECK(text(rows->at(0).locked) == "0");
    CHECK(text(rows->at(0).total) == "26.66759503");
    const auto hf = kReplies->balances(answer(R"({"code":"200000","data":[{"currency":"BTC","type":"trade_hf","available":1.5,"holds":"0.25"},{"currency":"BTC","type":"margin","available":"9"}]})"), {spot, kNow});
    REQUIRE(hf.has_value());
    REQUIRE(hf->size() == 1);
    CHECK(text(hf->at(0).total) == "1.75");

    // The documented row of a high-frequency account (a part of it held), beside those of the older wallets: of one asset there is one balance, and it is what the
    // orders can spend, wherever the row stands.
    const std::string of_hf = R"({"balance":"3027.25165335","available":"3000","holds":"27.25165335","currency":"USDT","id":"2560047104","type":"trade_hf"})";
    const std::string of_trade = R"({"id":"548674591753","currency":"USDT","type":"trade","balance":"26.66759503","available":"26.66759503","holds":"0"})";
    const std::string coins = R"({"id":"548674591754","currency":"ETH","type":"trade","balance":"2","available":"2","holds":"0"})";
    for (const auto& list : {of_hf + ',' + of_trade + ',' + coins, coins + ',' + of_trade + ',' + of_hf}) {
        CAPTURE(list);
        const auto apart = kReplies->balances(answer(R"({"code":"200000","data":[)" + list + "]}"), {spot, kNow});
        REQUIRE(apart.has_value());
        REQUIRE(apart->size() == 2);
        const auto& money = apart->at(apart->at(0).asset == "USDT" ? 0 : 1);
        const auto& coin = apart->at(apart->at(0).asset == "USDT" ? 1 : 0);
        CHECK(text(money.free) == "3000");
        CHECK(text(money.locked) == "27.25165335");
        CHECK(text(money.total) == "3027.25165335");
        CHECK(coin.asset == "ETH");
        CHECK(text(coin.total) == "2");
    }

    const auto futures = call_of(Operation::balances, kFutures);
    const auto account = kReplies->balances(golden("futures-get-v1-account-overview.json"), {futures, kNow});
    REQUIRE(account.has_value());
    CHECK(text(account->at(0).free) == "290.326799096");
    CHECK(text(account->at(0).locked) == "null");
    CHECK(text(account->at(0).total) == "394.439280806");
    // What moves with every price is left out.
    const auto wallets = dynamic_cast<const WalletReplies&>(*kReplies).wallets(golden("futures-get-v1-account-overview.json"), {futures, kNow});
    REQUIRE(wallets.has_value());
    CHECK(wallets->at(0) == market::Amount{"USDT", "374.286500806"_d});

    const auto unified = call_of(Operation::balances, kSpot, kUnified);
    const auto both = kReplies->balances(golden("get-ua-v1-unified-account-balance.json"), {unified, kNow});
    const auto untold = kReplies->balances(golden("get-ua-v1-unified-account-balance.json"), {call_of(Operation::balances, kFutures), kNow});
    REQUIRE(both.has_value());
    REQUIRE(untold.has_value());
    CHECK(untold->size() == both->size());
    REQUIRE(both->size() == 2);
    CHECK(both->at(1).asset == "BTC");
    CHECK(text(both->at(1).total) == "0.0000216");
}

TEST_CASE("spot instruments") {
    const auto call = call_of(Operation::instruments);
    const auto list = kReplies->instruments(golden("get-v2-symbols.json"), {call, kNow});
    REQUIRE(list.has_value());
    REQUIRE(list->size() == 1);
    const auto& btc = list->at(0);
    CHECK(text(btc.symbol) == "BTC/USDT");
    CHECK(btc.native_symbol == "BTC-USDT");
    CHECK(btc.base == "BTC");
    CHECK(btc.quote == "USDT");
    CHECK(btc.settle.empty());
    CHECK(text(btc.price_step) == "0.1");
    CHECK(text(btc.quantity_step) == "0.00000001");
    CHECK(text(btc.min_quantity) == "0.00001");
    CHECK(text(btc.min_notional) == "0.1");
    CHECK(text(btc.max_quantity) == "10000000000");
    CHECK_FALSE(btc.contract_size.has_value());
    CHECK(btc.tradable == true);
    CHECK_FALSE(btc.api_tradable.has_value());
    const auto older = kReplies->instruments(golden("get-v2-symbols-two-more.json"), {call, kNow});
    REQUIRE(older.has_value());
    REQUIRE(older->size() == 2);
    CHECK(text(older->at(1).symbol) == "VET/USDT");
    CHECK(text(older->at(1).price_step) == "0.0000001");
    CHECK(older->at(1).tradable == true);
    const auto auction = kReplies->instruments(answer(R"({"data":[{"symbol":"A-B","enableTrading":true,"callauctionIsEnabled":true}],"code":"200000"})"), {call, kNow});
    REQUIRE(auction.has_value());
    CHECK(auction->at(0).tradable == false);
    const auto untold = kReplies->instruments(answer(R"({"data":[{"symbol":"A-B","enableTrading":null}],"code":"200000"})"), {call, kNow});
    REQUIRE(untold.has_value());
    CHECK_FALSE(untold->at(0).tradable.has_value());
}

TEST_CASE("contracts in base units") {
    const auto call = call_of(Operation::instruments, kFutures);
    const auto list = kReplies->instruments(golden("futures-get-v1-contracts-symbol.json"), {call, kNow});
    REQUIRE(list.has_value());
    REQUIRE(list->size() == 1);
    const auto& btc = list->at(0);
    CHECK(text(btc.symbol) == "BTC/USDT:USDT");
    CHECK(btc.native_symbol == "XBTUSDTM");
    CHECK(btc.base == "BTC");
    CHECK(btc.settle == "USDT");
    CHECK(text(btc.price_step) == "0.1");
    CHECK(text(btc.contract_size) == "0.001");
    CHECK(text(btc.quantity_step) == "0.001");
    CHECK(text(btc.min_quantity) == "0.001");
    CHECK(text(btc.max_leverage) == "125");
    CHECK(btc.risk_tiers.empty());  // A call of their own tells them.
    CHECK(text(btc.min_notional) == "null");
    CHECK(text(btc.max_quantity) == "1000");
    CHECK(btc.tradable == true);
    const auto dash = kReplies->instruments(golden("futures-get-v1-contracts-symbol-dash.json"), {call, kNow});
    REQUIRE(dash.has_value());
    CHECK(text(dash->at(0).contract_size) == "0.01");
    const auto others = kReplies->instruments(answer(R"({"code":"200000","data":[
        {"symbol":"XBTUSDM","type":"FFWCSX","baseCurrency":"XBT","quoteCurrency":"USD","settleCurrency":"XBT","multiplier":-1.0,"lotSize":1,"isInverse":true,"status":"Open"},
        {"symbol":"XBTMZ26","type":"FFICSX","baseCurrency":"XBT","quoteCurrency":"USD","settleCurrency":"XBT","multiplier":-1.0,"lotSize":1,"isInverse":true,"status":"Paused"}]})"), {call, kNow});
    REQUIRE(others.has_value());
    CHECK(text(others->at(0).symbol) == "BTC/USD:BTC");
    CHECK_FALSE(others->at(0).contract_size.has_value());
    CHECK_FALSE(others->at(1).symbol.has_value());
    CHECK(others->at(1).tradable == false);
    const auto untold = kReplies->instruments(answer(R"({"code":"200000","data":[{"symbol":"XBTUSDTM","status":null}]})"), {call, kNow});
    REQUIRE(untold.has_value());
    CHECK_FALSE(untold->at(0).tradable.has_value());
}

TEST_CASE("an instrument list that is none says why") {
    const auto call = call_of(Operation::instruments);
    CHECK(kReplies->instruments(answer(R"({"code":"429000","msg":"Too Many Requests"})", 429), {call, kNow}).error().code == ProblemCode::rate_limited);
    CHECK(kReplies->instruments(answer(R"({"code":"200000","data":[{"symbol":"A-B"}]})", 504), {call, kNow}).error().code == ProblemCode::exchange_unavailable);
    CHECK(kReplies->instruments(answer("<html>"), {call, kNow}).error().code == ProblemCode::exchange_unavailable);
    CHECK(kReplies->instruments(answer(R"({"code":"200000"})"), {call, kNow}).error().code == ProblemCode::exchange_unavailable);
    CHECK(kReplies->instruments(answer(R"({"code":"200000","data":[{"symbol":"A-B"},{"noname":1}]})"), {call, kNow}).error().code == ProblemCode::exchange_unavailable);
}

TEST_CASE("tickers") {
    auto call = call_of(Operation::ticker);
    call.symbol = market::Symbol::parse("BTC/USDT");
    const auto spot = kReplies->ticker(golden("get-v1-market-orderbook-level1.json"), {call, kNow});
    REQUIRE(spot.has_value());
    CHECK(text(spot->symbol) == "BTC/USDT");
    CHECK(spot->native_symbol == "BTC-USDT");
    CHECK(text(spot->bid) == "67267.5");
    CHECK(text(spot->ask) == "67267.6");
    CHECK(text(spot->last) == "67269");
    CHECK(spot->at->ms() == 1729172965609);
    CHECK(kReplies->ticker(answer(R"({"code":"200000","data":null})"), {call, kNow}).error().code == ProblemCode::invalid_symbol);

    const auto futures_call = call_of(Operation::ticker, kFutures);
    const auto futures = kReplies->ticker(answer(R"({"code":"200000","data":{"symbol":"XBTUSDTM","price":"67158.4","bestBidPrice":"67169.6","bestAskPrice":"67169.7","ts":1729163001780000000}})"), {futures_call, kNow});
    REQUIRE(futures.has_value());
    CHECK(text(futures->symbol) == "BTC/USDT:USDT");
    CHECK(text(futures->bid) == "67169.6");
    CHECK(futures->at->ms() == 1729163001780);

    // Futures tell the mark price in a call of its own (futures reference, "Get Mark Price").
    auto mark_call = call_of(Operation::mark_price, kFutures);
    mark_call.symbol = market::Symbol::parse("BTC/USDT:USDT");
    const auto mark = kReplies->ticker(answer(R"({"code":"200000","data":{"symbol":"XBTUSDTM","granularity":1000,"timePoint":1729254307000,"value":67687.08,"indexPrice":67683.58}})"), {mark_call, kNow});
    REQUIRE(mark.has_value());
    CHECK(text(mark->mark) == "67687.08");
    CHECK_FALSE(mark->bid);
    CHECK(kReplies->ticker(answer(R"({"code":"200000","data":{"symbol":"XBTUSDTM"}})"), {mark_call, kNow}).error().code == ProblemCode::exchange_unavailable);
    // Another pair's price is nobody's.
    CHECK_FALSE(kReplies->ticker(answer(R"({"code":"200000","data":{"symbol":"ETHUSDTM","value":3000.5}})"), {mark_call, kNow}).has_value());
    auto asked = futures_call;
    asked.symbol = mark_call.symbol;
    CHECK_FALSE(kReplies->ticker(answer(R"({"code":"200000","data":{"symbol":"ETHUSDTM","price":"3000.5"}})"), {asked, kNow}).has_value());
}

TEST_CASE("candles: the two orders of fields and rows become one") {
    auto call = call_of(Operation::candles);
    call.symbol = market::Symbol::parse("BTC/USDT");
    const auto spot = kReplies->candles(golden("get-v1-market-candles.json"), {call, kNow});
    REQUIRE(spot.has_value());
    REQUIRE(spot->size() == 3);
    const auto& first = spot->at(0);
    CHECK(first.open_time.ms() == 1566789600000);
    CHECK(first.open.to_string() == "10408.6");
    CHECK(first.close.to_string() == "10416");
    CHECK(first.high.to_string() == "10416");
    CHECK(first.low.to_string() == "10405.4");
    CHECK(text(first.volume) == "12.45584973");
    call.limit = 2;
    CHECK(kReplies->candles(golden("get-v1-market-candles.json"), {call, kNow})->front().open_time.ms() == 1566789660000);
    call.since = Instant::from_ms(1566789600000);
    CHECK(kReplies->candles(golden("get-v1-market-candles.json"), {call, kNow})->front().open_time.ms() == 1566789600000);

    auto futures_call = call_of(Operation::candles, kFutures);
    futures_call.symbol = market::Symbol::parse("BTC/USDT:USDT");
    const auto known = instruments();
    const auto futures = kReplies->candles(golden("futures-get-v1-kline-query.json"), {futures_call, kNow, &known});
    REQUIRE(futures.has_value());
    CHECK(futures->at(0).high.to_string() == "61035");
    CHECK(futures->at(0).low.to_string() == "58940");
    CHECK(futures->at(0).close.to_string() == "60300");
    CHECK(text(futures->at(0).volume) == "5501.167");
    CHECK(text(kReplies->candles(golden("futures-get-v1-kline-query.json"), {futures_call, kNow})->at(0).volume) == "null");
}

TEST_CASE("spot orders and their derived states") {
    const auto call = call_of(Operation::order);
    const auto filled = kReplies->order(golden("get-v1-hf-orders-orderid.json"), {call, kNow});
    REQUIRE(filled.has_value());
    CHECK(filled->id == "6717422bd51c29000775ea03");
    CHECK(filled->client_order_id == "5c52e11203aa677f33e493fb");
    CHECK(text(filled->symbol) == "BTC/USDT");
    CHECK(filled->side == Side::buy);
    CHECK(filled->type == market::OrderType::limit);
    CHECK(text(filled->price) == "70000");
    CHECK(text(filled->quantity) == "0.00001");
    CHECK(text(filled->filled) == "0.00001");
    CHECK(text(filled->average) == "null");
    CHECK(filled->fees == std::vector<market::Amount>{{"USDT", "0.000677176"_d}});
    CHECK(filled->status == OrderStatus::filled);
    CHECK(filled->time_in_force == market::TimeInForce::gtc);
    CHECK_FALSE(filled->reduce_only.has_value());
    CHECK(filled->created_at->ms() == 1729577515444);
    const auto open = kReplies->open_orders(golden("get-v1-hf-orders-active.json"), {call, kNow});
    REQUIRE(open.has_value());
    REQUIRE(open->size() == 1);
    CHECK(open->at(0).status == OrderStatus::open);

    struct Row { const char* why; const char* fields; OrderStatus status; };
    const Row rows[] = {
        {"active", R"("active":true,"cancelExist":false,"dealSize":"0")", OrderStatus::open},
        {"active and partly done", R"("active":true,"cancelExist":false,"dealSize":"0.1")", OrderStatus::partially_filled},
        {"done", R"("active":false,"cancelExist":false,"dealSize":"1")", OrderStatus::filled},
        {"cancelled with a part done", R"("active":false,"cancelExist":true,"dealSize":"0.1")", OrderStatus::canceled},
        {"a stop that waits", R"("status":"NEW")", OrderStatus::open},
        {"a stop that fired", R"("status":"TRIGGERED")", OrderStatus::unknown},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto order = kReplies->order(answer(R"({"code":"200000","data":{"id":"1","symbol":"BTC-USDT",)" + std::string{row.fields} + "}}"), {call, kNow});
        REQUIRE(order.has_value());
        CHECK(order->status == row.status);
    }
    CHECK(kReplies->order(answer(R"({"code":"200000","data":null})"), {call, kNow}).error().code == ProblemCode::order_not_found);
}

TEST_CASE("futures orders count contracts") {
    const auto call = call_of(Operation::order, kFutures);
    const auto known = instruments();
    const auto order = kReplies->order(golden("futures-get-v1-orders-orderid.json"), {call, kNow, &known});
    REQUIRE(order.has_value());
    CHECK(text(order->symbol) == "BTC/USDT:USDT");
    CHECK(text(order->quantity) == "0.001");
    CHECK(text(order->filled) == "0");
    CHECK_FALSE(order->native_quantity.has_value());
    CHECK(order->status == OrderStatus::open);
    CHECK(order->reduce_only == false);
    CHECK(order->fees.empty());
    const auto blind = kReplies->order(golden("futures-get-v1-orders-orderid.json"), {call, kNow});
    CHECK(text(blind->quantity) == "null");
    CHECK(blind->native_quantity == "1");
}

TEST_CASE("a futures stop waits, fires, ends: what its marks say together") {
    const auto call = call_of(Operation::open_stops, kFutures);
    const auto known = instruments();
    // The reference's own example is of an order without a trigger price.
    const auto list = kReplies->open_orders(golden("futures-get-v1-stopOrders.json"), {call, kNow, &known});
    REQUIRE(list.has_value());
    REQUIRE(list->size() == 1);
    CHECK(list->at(0).id == "230181737576050688");
    CHECK(list->at(0).client_order_id == "5a80bd847f1811ef8a7faa665a37b3d7");
    CHECK(list->at(0).status == OrderStatus::open);
    CHECK_FALSE(list->at(0).triggered.has_value());

    struct Row { const char* why; const char* fields; std::optional<bool> triggered; OrderStatus status; };
    const Row rows[] = {
        {"waits", R"("stop":"down","stopPrice":"50000","stopTriggered":false,"isActive":true,"cancelExist":false,"dealSize":0)", false, OrderStatus::open},
        {"waits, in the older form", R"("stop":"down","stopPrice":"50000","stopTriggered":null,"isActive":true,"cancelExist":false,"dealSize":0)", std::nullopt, OrderStatus::open},
        {"fired and filled", R"("stop":"down","stopPrice":"50000","stopTriggered":true,"isActive":false,"cancelExist":false,"dealSize":1)", true, OrderStatus::filled},
        {"fired, nothing to reduce", R"("stop":"down","stopPrice":"50000","stopTriggered":true,"isActive":false,"cancelExist":true,"dealSize":0)", true, OrderStatus::canceled},
        {"fired, between trigger and book", R"("stop":"down","stopPrice":"50000","stopTriggered":true,"isActive":false,"cancelExist":false,"dealSize":0)", true, OrderStatus::unknown},
        {"taken back", R"("stop":"down","stopPrice":"50000","stopTriggered":false,"isActive":false,"cancelExist":true,"dealSize":0)", false, OrderStatus::canceled},
        {"taken back, without the mark", R"("stop":"","stopPrice":"50000","stopTriggered":false,"isActive":false,"cancelExist":false,"dealSize":0)", false, OrderStatus::canceled},
        {"an order that never waited", R"("stop":"","stopPrice":null,"stopTriggered":true,"isActive":false,"cancelExist":false,"dealSize":1)", std::nullopt, OrderStatus::filled},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto order = kReplies->order(answer(R"({"code":"200000","data":{"id":"1","symbol":"XBTUSDTM","size":1,)" + std::string{row.fields} + "}}"), {call, kNow, &known});
        REQUIRE(order.has_value());
        CHECK(order->triggered == row.triggered);
        CHECK(order->status == row.status);
    }
}

TEST_CASE("unified orders name their unit and state") {
    const auto call = call_of(Operation::order, kFutures, kUnified);
    const auto known = instruments();
    const auto order = kReplies->order(golden("get-ua-v1-unified-order-detail.json"), {call, kNow, &known});
    const auto untold = kReplies->order(golden("get-ua-v1-unified-order-detail.json"), {call_of(Operation::order, kFutures), kNow, &known});
    REQUIRE(order.has_value());
    REQUIRE(untold.has_value());
    CHECK(untold->id == "402665260420558848");
    CHECK(untold->status == market::OrderStatus::filled);
    CHECK(order->id == "402665260420558848");
    CHECK(order->client_order_id == "test20938451234982234374024");
    CHECK(order->side == Side::buy);
    CHECK(order->type == market::OrderType::market);
    CHECK(text(order->price) == "null");
    CHECK(text(order->quantity) == "0.001");
    CHECK(text(order->average) == "93026.2");
    CHECK(order->status == OrderStatus::filled);
    CHECK(order->fees == std::vector<market::Amount>{{"USDT", "0.05581572"_d}});
    CHECK(order->created_at->ms() == 1768816081243);
    // Whose unit nobody told: a contract is not a coin.
    const auto unitless = kReplies->order(answer(R"({"code":"200000","data":{"orderId":"1","symbol":"XBTUSDTM","side":"BUY","size":"1","filledSize":"1","status":3}})"), {call, kNow, &known});
    REQUIRE(unitless.has_value());
    CHECK(text(unitless->quantity) == "null");
    CHECK(text(unitless->filled) == "null");
    CHECK(unitless->native_quantity == "1");
    const auto coins = call_of(Operation::order, Market::spot, kUnified);
    const auto plain = kReplies->order(answer(R"({"code":"200000","data":{"orderId":"1","symbol":"BTC-USDT","side":"BUY","size":"0.5","filledSize":"0.1","status":4}})"), {coins, kNow});
    REQUIRE(plain.has_value());
    CHECK(text(plain->quantity) == "0.5");
    CHECK(text(plain->filled) == "0.1");
}

TEST_CASE("fills carry the trade's id, also beyond 2^53") {
    const auto call = call_of(Operation::fills);
    const auto spot = kReplies->fills(golden("get-v1-hf-fills.json"), {call, kNow});
    REQUIRE(spot.has_value());
    const auto& fill = spot->at(0);
    CHECK(fill.id == "11029373945659392");
    CHECK(fill.order_id == "6717422bd51c29000775ea03");
    CHECK(fill.side == Side::buy);
    CHECK(text(fill.price) == "67717.6");
    CHECK(text(fill.quantity) == "0.00001");
    CHECK(fill.fee == market::Amount{"USDT", "0.000677176"_d});
    CHECK(fill.liquidity == market::Liquidity::taker);
    CHECK(fill.at->ms() == 1729577515473);

    const auto futures_call = call_of(Operation::fills, kFutures);
    const auto known = instruments();
    const auto futures = kReplies->fills(golden("futures-get-v1-fills.json"), {futures_call, kNow, &known});
    REQUIRE(futures.has_value());
    CHECK(text(futures->at(0).quantity) == "0.001");
    CHECK(futures->at(0).fee == market::Amount{"USDT", "0.05176506"_d});
    CHECK(futures->at(0).at->ms() == 1740640088244);
    CHECK_FALSE(futures->at(0).forced.has_value());
    // What the exchange does to a position by itself; what a settlement does is not known, and is not guessed.
    for (const auto& [word, forced] : {std::pair{"liquid", std::optional{market::Forced::liquidation}}, {"adl", std::optional{market::Forced::deleveraging}},
                                       {"settlement", std::optional<market::Forced>{}}}) {
        auto response = golden("futures-get-v1-fills.json");
        const auto at = response.body.find(R"("tradeType": "trade")");
        REQUIRE(at != std::string::npos);
        response.body.replace(at, 20, std::string{R"("tradeType": ")"} + word + '"');
        CHECK(kReplies->fills(response, {futures_call, kNow, &known})->at(0).forced == forced);
    }

    const auto unified_call = call_of(Operation::fills, kSpot, kUnified);
    const auto unified = kReplies->fills(golden("get-ua-v1-unified-order-execution.json"), {unified_call, kNow});
    REQUIRE(unified.has_value());
    CHECK(unified->at(0).id == "20408356621008896");
    CHECK(unified->at(0).liquidity == market::Liquidity::taker);
    CHECK(unified->at(0).at->ms() == 1768216134336);
}

TEST_CASE("positions") {
    const auto call = call_of(Operation::positions, kFutures);
    const auto known = instruments();
    const auto one = kReplies->positions(golden("futures-get-v1-position.json"), {call, kNow, &known});
    REQUIRE(one.has_value());
    REQUIRE(one->size() == 1);
    const auto& position = one->at(0);
    CHECK(text(position.symbol) == "BTC/USDT:USDT");
    CHECK(position.side == market::PositionSide::long_side);
    CHECK(text(position.quantity) == "0.001");
    CHECK(text(position.entry_price) == "67430.9");
    CHECK(text(position.mark_price) == "68900.7");
    CHECK(text(position.liquidation_price) == "45314.33");
    CHECK(text(position.leverage) == "2.88");
    CHECK(text(position.unrealized_pnl) == "1.4698");
    CHECK(position.margin_mode == market::MarginMode::isolated);
    // posInit + posCross - posLoss: what the example's bankruptPrice, 44975.16, is away from its entry.
    CHECK(text(position.margin) == "22.4557499544");

    const auto unified_call = call_of(Operation::positions, kFutures, kUnified);
    const auto unified = kReplies->positions(golden("get-ua-v1-unified-position-open-list.json"), {unified_call, kNow, &known});
    REQUIRE(unified.has_value());
    CHECK(unified->at(0).margin_mode == market::MarginMode::cross);
    CHECK(!unified->at(0).margin);
    CHECK(text(unified->at(0).unrealized_pnl) == "-0.00154");
    // By its shape alone, where nobody says what account it is of.
    const auto untold = kReplies->positions(golden("get-ua-v1-unified-position-open-list.json"), {call_of(Operation::positions, kFutures), kNow, &known});
    REQUIRE(untold.has_value());
    CHECK(text(untold->at(0).entry_price) == "90476.2");
    CHECK(text(untold->at(0).unrealized_pnl) == "-0.00154");

    const auto several = kReplies->positions(answer(R"({"code":"200000","data":[
        {"symbol":"XBTUSDTM","currentQty":"-25","positionSide":"BOTH"},{"symbol":"XBTUSDTM","currentQty":"-3","positionSide":"SHORT"},
        {"symbol":"ETHUSDTM","currentQty":"7","positionSide":"LONG"},{"symbol":"ETHUSDTM","currentQty":0,"isOpen":false}]})"), {call, kNow, &known});
    REQUIRE(several.has_value());
    REQUIRE(several->size() == 3);
    CHECK(several->at(0).side == market::PositionSide::short_side);
    CHECK(text(several->at(0).quantity) == "0.025");
    CHECK(several->at(1).side == market::PositionSide::short_side);
    CHECK(text(several->at(2).quantity) == "null");
    CHECK(several->at(2).native_quantity == "7");
}

TEST_CASE("placing and cancelling") {
    const auto spot = call_of(Operation::place_order), futures = call_of(Operation::place_order, kFutures);
    const auto unified = call_of(Operation::place_order, kSpot, kUnified);
    CHECK(kReplies->placed(golden("post-v1-hf-orders.json"), {spot, kNow})->id == "670fd33bf9406e0007ab3945");
    CHECK(kReplies->placed(golden("post-v1-hf-orders-sync.json"), {spot, kNow})->client_order_id == "5c52e11203aa677f33e493f");
    CHECK(kReplies->placed(golden("futures-post-v1-orders.json"), {futures, kNow})->id == "234125150956625920");
    const auto placed = kReplies->placed(golden("post-ua-v1-unified-order-place.json"), {unified, kNow});
    CHECK(placed->id == "385543068587233280");
    CHECK_FALSE(placed->client_order_id.has_value());
    // A batch is not what we asked: nothing is concluded from its first item.
    CHECK(kReplies->placed(golden("post-v1-hf-orders-multi-sync.json"), {spot, kNow}).error().fate == Fate::unknown);
    const auto refused = kReplies->placed(answer(R"({"code":"200000","data":{"success":false,"failMsg":"The order funds should more then 0.1 USDT."}})"), {spot, kNow});
    CHECK(refused.error().code == ProblemCode::below_min_size);
    CHECK(kReplies->placed(answer(R"({"code":"200000","data":{"clientOid":"bf-1"}})"), {spot, kNow}).error().fate == Fate::unknown);

    const auto cancel = call_of(Operation::cancel_order);
    CHECK(kReplies->canceled(golden("delete-v1-hf-orders-orderid.json"), {cancel, kNow})->id == "671124f9365ccb00073debd4");
    CHECK(kReplies->canceled(golden("futures-delete-v1-orders-orderid.json"), {cancel, kNow})->id == "235303670076489728");
    CHECK(kReplies->canceled(answer(R"({"code":"200000","data":{"clientOid":"bf-1"}})"), {cancel, kNow})->client_order_id == "bf-1");
}

TEST_CASE("risk limits of a contract") {
    const auto call = call_of(Operation::risk_tiers, kFutures);
    const auto tiers = kReplies->risk_tiers(golden("futures-get-v1-contracts-risk-limit.json"), {call, kNow});
    REQUIRE(tiers.has_value());
    REQUIRE(tiers->size() == 12);
    CHECK(tiers->front().unit == market::RiskTier::Unit::value);
    CHECK(tiers->front().up_to == Decimal{100'000});
    CHECK(tiers->front().maintenance_rate == "0.004"_d);
    CHECK(text(tiers->front().max_leverage) == "125");
    CHECK(tiers->back().up_to == Decimal{50'000'000});
    CHECK(tiers->back().maintenance_rate == "0.5"_d);
    for (const char* data : {"[]", "{}", R"([{"maxRiskLimit":100,"maxLeverage":3}])", R"([{"maxRiskLimit":100,"maintainMargin":1}])",
                             R"([{"maxRiskLimit":100,"maintainMargin":0.1},{"maxRiskLimit":90,"maintainMargin":0.2}])",
                             R"([{"maxRiskLimit":100,"maintainMargin":0.2},{"maxRiskLimit":190,"maintainMargin":0.1}])"}) {
        CAPTURE(data);
        CHECK_FALSE(kReplies->risk_tiers(answer(std::string{R"({"code":"200000","data":)"} + data + '}'), {call, kNow}).has_value());
    }
}

TEST_CASE("fee rates: those of the pair that was asked for, or nothing is believed") {
    auto call = call_of(Operation::fee_rates);
    call.symbol = market::Symbol{"KCS", "USDT", ""};
    CHECK(kReplies->fee_rates(golden("get-v1-trade-fees.json"), {call, kNow}).value() == market::FeeRates{"0.0005"_d, "0.002"_d});
    CHECK_FALSE(kReplies->fee_rates(golden("get-ua-v1-user-fee-rate.json"), {call, kNow}).has_value());
    call.symbol = market::Symbol{"ETH", "USDT", ""};
    CHECK(kReplies->fee_rates(golden("get-ua-v1-user-fee-rate.json"), {call, kNow}).value() == market::FeeRates{"0.001"_d, "0.001"_d});
    auto futures = call_of(Operation::fee_rates, kFutures);
    futures.symbol = market::Symbol{"BTC", "USDT", "USDT"};
    CHECK(kReplies->fee_rates(golden("futures-get-v1-trade-fees.json"), {futures, kNow}).value() == market::FeeRates{"0.0002"_d, "0.0006"_d});
    for (const char* data : {"null", "[]", R"({"list":[]})", R"({"symbol":"XBTUSDTM"})", R"({"symbol":"ETHUSDTM","takerFeeRate":"0.0006","makerFeeRate":"0.0002"})",
                             R"({"symbol":"XBTUSDTM","takerFeeRate":"-0.0006","makerFeeRate":"0.0002"})", R"({"symbol":"XBTUSDTM","takerFeeRate":"0.06","makerFeeRate":"0.2"})"}) {
        CAPTURE(data);
        CHECK_FALSE(kReplies->fee_rates(answer(std::string{R"({"code":"200000","data":)"} + data + '}'), {futures, kNow}).has_value());
    }
}

TEST_CASE("funding payments: paid is below zero, quantities in base units") {
    const auto call = call_of(Operation::funding_payments, kFutures);
    const auto known = instruments();
    const auto page = kReplies->funding_payments(golden("futures-get-v1-funding-history.json"), {call, kNow, &known});
    REQUIRE(page.has_value());
    CHECK(page->more);
    REQUIRE(page->payments.size() == 1);
    const auto& payment = page->payments[0];
    CHECK(payment.id == "1472387374042586");
    CHECK(text(payment.symbol) == "BTC/USDT:USDT");
    CHECK(payment.amount == "-0.05585669"_d);
    CHECK(payment.asset == "USDT");
    CHECK(text(payment.quantity) == "0.001");
    CHECK(payment.side == market::PositionSide::long_side);
    CHECK(payment.at.ms() == 1731470400000);
    const auto side = [&](const char* row) {
        const auto made = answer(std::string{R"({"code":"200000","data":{"hasMore":false,"dataList":[{"id":1,"symbol":"XBTUSDTM","timePoint":1731470400000,"funding":1.5E-7,)"} + row + "}]}}");
        return kReplies->funding_payments(made, {call, kNow, &known})->payments.at(0).side;
    };
    CHECK(side(R"("positionQty":-3)") == market::PositionSide::short_side);
    CHECK(side(R"("positionQty":3,"context":"{\"positionSide\": \"SHORT\"}")") == market::PositionSide::short_side);
    CHECK_FALSE(side(R"("fundingRate":0)").has_value());
    CHECK_FALSE(kReplies->funding_payments(answer(R"({"code":"200000","data":{"dataList":[{"symbol":"XBTUSDTM","timePoint":1731470400000,"funding":1}]}})"), {call, kNow}).has_value());
}

TEST_CASE("the small answers") {
    const auto call = call_of(Operation::service_status);
    CHECK(*kReplies->service_status(golden("get-v1-status.json"), {call, kNow}) == ServiceStatus::open);
    CHECK(*kReplies->service_status(answer(R"({"code":"200000","data":{"status":"cancelonly"}})"), {call, kNow}) == ServiceStatus::cancel_only);
    CHECK(*kReplies->service_status(answer(R"({"code":"200000","data":{"status":"close"}})"), {call, kNow}) == ServiceStatus::closed);
    CHECK(*kReplies->egress_address(golden("get-v1-my-ip.json"), {call, kNow}) == "20.***.***.128");
    CHECK(*kReplies->account_mode(golden("get-ua-v1-account-mode.json"), {call, kNow}) == AccountMode::classic);
    CHECK(*kReplies->margin_mode(golden("futures-get-v2-position-getMarginMode.json"), {call, kNow}) == market::MarginMode::isolated);
    CHECK(*kReplies->position_mode(answer(R"({"code":"200000","data":{"positionMode":0}})"), {call, kNow}) == market::PositionMode::one_way);
    CHECK(*kReplies->position_mode(answer(R"({"code":"200000","data":{"positionMode":"1"}})"), {call, kNow}) == market::PositionMode::hedge);
    CHECK(*kReplies->leverage(answer(R"({"code":"200000","data":{"symbol":"XBTUSDTM","leverage":"3"}})"), {call, kNow}) == std::vector<std::int64_t>{3});
    CHECK_FALSE(kReplies->leverage(answer(R"({"code":"200000","data":{"symbol":"XBTUSDTM","leverage":"2.5"}})"), {call, kNow}).has_value());
    CHECK(kReplies->server_time(answer(R"({"code":"200000","data":1546837113087})"), {call, kNow})->ms() == 1546837113087);
    CHECK(*kReplies->account_id(golden("get-v1-user-api-key.json"), {call, kNow}) == "165111215");
    // No reader of their own: the envelope is all that is looked at.
    for (const char* name : {"get-v1-market-orderbook-level2-20.json", "futures-get-v1-funding-rate-current.json"}) {
        CAPTURE(name);
        CHECK(kReplies->done(golden(name), {call, kNow}).has_value());
    }
    const auto items = answer(R"({"code":"200000","data":{"items":[{"symbol":"ETHUSDTM","code":"330005","msg":"no"}]}})");
    const auto setting = call_of(Operation::set_margin_mode, kFutures, kUnified);
    CHECK(kReplies->done(items, {setting, kNow}).error().code == ProblemCode::margin_mode_mismatch);
}

TEST_CASE("a stream's address, and whose it must be") {
    const auto call = call_of(Operation::private_stream);
    const auto address = kReplies->stream_address(golden("post-v1-bullet-private.json"), {call, kNow});
    REQUIRE(address.has_value());
    CHECK(address->url.starts_with("wss://ws-api-spot.kucoin.com/?token=2neAiuYvAU737TOajb2U3uT8AEZq"));
    CHECK(address->url.ends_with("&connectId=backfuture"));
    CHECK(address->ping_every == milliseconds{18000});
    CHECK(kReplies->is_own_stream_address(address->url));
    auto unified = call_of(Operation::private_stream, kSpot, kUnified);
    unified.site = Site::eu;
    CHECK(kReplies->stream_address(answer(R"({"code":"200000","data":{"token":"abc"}})"), {unified, kNow})->url == "wss://wsapi-push.kucoin.eu?token=abc&connectId=backfuture");
    for (const char* url : {"wss://push.kucoin.eu/", "wss://ws-api-futures.kucoin.com/endpoint?token=1"}) CHECK(is_own_stream_host(url));
    for (const char* url : {"ws://ws-api-spot.kucoin.com/", "wss://kucoin.com.evil.net/", "wss://evilkucoin.com/", "wss://ws.kucoin.com:8443/", "wss://a@ws.kucoin.com/",
                            "https://api.kucoin.com/", "wss://kucoin.com.", ""})
        CHECK_FALSE_MESSAGE(is_own_stream_host(url), url);
}

TEST_CASE("symbols both ways") {
    const auto none = static_cast<const Instruments*>(nullptr);
    CHECK(text(kReplies->symbol_of("XBTUSDTM", kFutures, none)) == "BTC/USDT:USDT");
    CHECK(text(kReplies->symbol_of("ETHUSDCM", kFutures, none)) == "ETH/USDC:USDC");
    CHECK(text(kReplies->symbol_of("XBTUSDM", kFutures, none)) == "BTC/USD:BTC");
    CHECK(text(kReplies->symbol_of("XBTMZ26", kFutures, none)) == "null");
    CHECK(text(kReplies->symbol_of("KCS-BTC", kSpot, none)) == "KCS/BTC");
    CHECK(text(kReplies->symbol_of("KCSBTC", kSpot, none)) == "null");
}

TEST_CASE("a test reads every golden file, and each says where it is from") {
    // Names as the tests of this folder and of the calls half use them; a file nobody reads is a test nobody wrote.
    std::string sources;
    for (const char* folder : {"/src/exchange/kucoin/replies", "/src/exchange/kucoin/calls", "/src/exchange/catalogue/replies"})
        for (const auto& entry : std::filesystem::directory_iterator{std::string{BF_SOURCE_DIR} + folder})
            if (entry.path().filename().string().ends_with("_test.cpp")) {
                std::ifstream file{entry.path()};
                sources.append(std::istreambuf_iterator<char>{file}, {});
            }
    const auto origins = golden_text("README.md");
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{BF_SOURCE_DIR "/golden/kucoin"}) {
        const auto name = entry.path().filename().string();
        if (name == "README.md") continue;
        ++files;
        CHECK_MESSAGE(sources.find(name) != std::string::npos, name);
        CHECK_MESSAGE(origins.find(name) != std::string::npos, name);
    }
    CHECK(files == 62);
}

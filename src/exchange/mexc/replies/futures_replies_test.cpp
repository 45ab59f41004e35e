#include "exchange/mexc/replies/golden_test.hpp"
#include "exchange/wallet.hpp"

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::mexc::testing;
using market::OrderStatus;
using market::Side;

namespace {
const auto replies = mexc::make_replies();
}

TEST_CASE("MEXC futures: contracts become base units when their size is known, and stay as sent when not") {
    auto test = futures(Operation::open_orders, golden("futures-get-v1-order-open-orders.json"));
    auto order = good(replies->open_orders(test.response, test.asked())).at(0);
    CHECK(order.id == "750330744886358528");
    CHECK(order.client_order_id == "_m_7dd52a7ebf5e480fb533a5945a2bc184");
    CHECK(order.symbol->to_string() == "ETH/USDT:USDT");
    CHECK(!order.quantity);
    CHECK(order.native_quantity == "10");
    CHECK(!order.filled);
    CHECK(order.status == OrderStatus::open);
    CHECK(order.side == Side::buy);
    CHECK(order.reduce_only == false);
    CHECK(order.price == Decimal{2500});
    test.know("ETH_USDT", "ETH/USDT:USDT", "0.01");
    order = good(replies->open_orders(test.response, test.asked())).at(0);
    CHECK(order.quantity == "0.1"_d);
    CHECK(!order.native_quantity);
    CHECK(order.filled == Decimal{0});

    test = futures(Operation::order, golden("futures-get-v1-order-external.json"));
    test.know("BTC_USDT", "BTC/USDT:USDT", "0.0001");
    order = good(replies->order(test.response, test.asked()));
    CHECK(order.status == OrderStatus::filled);
    CHECK(order.type == market::OrderType::market);
    CHECK(order.quantity == "0.0005"_d);
    CHECK(order.filled == "0.0005"_d);
    CHECK(order.average == "109777.5"_d);
    CHECK(order.created_at == Instant::from_ms(1761887134000));
    test = futures(Operation::order, R"({"success":true,"code":0,"data":null})");
    CHECK(replies->order(test.response, test.asked()).error().code == ProblemCode::order_not_found);
}

TEST_CASE("MEXC futures: fills, positions and balances") {
    auto test = futures(Operation::fills, golden("futures-get-v1-order-deal-details.json"));
    test.know("ETH_USDT", "ETH/USDT:USDT", "0.01");
    const auto fill = good(replies->fills(test.response, test.asked())).at(0);
    CHECK(fill.id == "159274416");
    CHECK(fill.order_id == "102015012431820288");
    CHECK(fill.side == Side::buy);
    CHECK(fill.quantity == "0.01"_d);
    CHECK(fill.fee == market::Amount{"USDT", "0.0072501"_d});
    CHECK(fill.liquidity == market::Liquidity::taker);
    CHECK_FALSE(fill.forced.has_value());
    using market::Forced;
    for (const auto& [category, forced] : {std::pair{2, std::optional{Forced::liquidation}}, {3, std::optional<Forced>{}}, {4, std::optional{Forced::deleveraging}}}) {
        const auto row = R"({"id":"7","symbol":"ETH_USDT","vol":1,"category":)" + std::to_string(category) + "}";
        auto other = futures(Operation::fills, R"({"success":true,"code":0,"data":[)" + row + "]}");
        CHECK(good(replies->fills(other.response, other.asked())).at(0).forced == forced);
    }
    // The paged answer of the list wraps the same rows.
    const auto bare = wire::Json::parse(test.response.body);
    test.response.body = R"({"success":true,"code":0,"data":{"pageSize":1,"totalCount":1,"totalPage":1,"currentPage":1,"resultList":[{"id":"7","symbol":"ETH_USDT","vol":1}]}})";
    CHECK(good(replies->fills(test.response, test.asked())).at(0).id == "7");

    test = futures(Operation::positions, golden("futures-get-v1-position-open-positions.json"));
    test.know("BTC_USDT", "BTC/USDT:USDT", "0.0001");
    const auto position = good(replies->positions(test.response, test.asked())).at(0);
    CHECK(position.side == market::PositionSide::long_side);
    CHECK(position.quantity == "0.0005"_d);
    CHECK(position.entry_price == "109777.5"_d);
    CHECK(position.liquidation_price == "55020.5"_d);
    CHECK(position.leverage == Decimal{2});
    CHECK(position.margin_mode == market::MarginMode::isolated);
    CHECK(position.margin == "27.444375"_d);
    CHECK(!position.unrealized_pnl);
    CHECK(!position.mark_price);
    for (const bool known : {true, false}) {
        auto closed = futures(Operation::positions, R"({"success":true,"code":0,"data":[{"symbol":"BTC_USDT","positionType":1,"openType":1,"state":3,"holdVol":0,"leverage":3}]})");
        if (known) closed.know("BTC_USDT", "BTC/USDT:USDT", "0.0001");
        CHECK(good(replies->positions(closed.response, closed.asked())).empty());
    }

    test = futures(Operation::balances, golden("futures-get-v1-account-assets.json"));
    const auto balance = good(replies->balances(test.response, test.asked())).at(0);
    CHECK(balance.asset == "USDT");
    CHECK(balance.free == "0.03176562"_d);
    CHECK(balance.locked == Decimal{0});
    CHECK(balance.total == "0.03176562"_d);
    const auto& tells = dynamic_cast<const WalletReplies&>(*replies);
    CHECK(good(tells.wallets(test.response, test.asked())).at(0) == market::Amount{"USDT", "0.03176562"_d});
    test = futures(Operation::balances, R"({"success":true,"code":0,"data":[{"currency":"USDT","availableBalance":70,"positionMargin":20,"frozenBalance":10,"equity":87.5,"unrealized":-12.5}]})");
    CHECK(good(tells.wallets(test.response, test.asked())).at(0).amount == Decimal{100});
    test = futures(Operation::balances, R"({"success":true,"code":0,"data":[{"currency":"USDT","availableBalance":70,"equity":87.5}]})");
    CHECK_FALSE(tells.wallets(test.response, test.asked()));
}

TEST_CASE("MEXC futures: placing, canceling, setting") {
    auto test = futures(Operation::place_order, golden("futures-post-v1-order-create.json"));
    CHECK(good(replies->placed(test.response, test.asked())).id == "739113577038255616");
    test = futures(Operation::place_stop, R"({"success":true,"code":0,"data":259208506303929856})");
    CHECK(good(replies->placed(test.response, test.asked())).id == "259208506303929856");

    test = futures(Operation::cancel_order, golden("futures-post-v1-order-cancel.json"));
    struct Row { const char* id; std::optional<ProblemCode> problem; };
    const Row rows[] = {{"101716841474621953", ProblemCode::order_not_found}, {"108885377779302912", ProblemCode::order_not_found}, {"108886241042563584", std::nullopt}};
    for (const Row& row : rows) {
        CAPTURE(row.id);
        test.call.order_id = row.id;
        const auto canceled = replies->canceled(test.response, test.asked());
        CHECK(canceled.has_value() == !row.problem.has_value());
        if (!canceled) CHECK(canceled.error().code == *row.problem);
    }
    test = futures(Operation::cancel_order, R"({"success":true,"code":0})");
    test.call.client_order_id = "mine";
    CHECK(good(replies->canceled(test.response, test.asked())).client_order_id == "mine");
    test = futures(Operation::set_leverage, R"({"success":true,"code":0})");
    CHECK(replies->done(test.response, test.asked()).has_value());
    test = futures(Operation::position_mode, golden("futures-get-v1-position-position_mode.json"));
    CHECK(good(replies->position_mode(test.response, test.asked())) == market::PositionMode::hedge);
    test = futures(Operation::leverage, golden("futures-get-v1-position-leverage.json"));
    CHECK(good(replies->leverage(test.response, test.asked())) == std::vector<std::int64_t>{1});
}

TEST_CASE("MEXC futures: market data") {
    auto test = futures(Operation::server_time, golden("futures-get-v1-contract-ping.json"));
    CHECK(good(replies->server_time(test.response, test.asked())) == Instant::from_ms(1761875313209));
    test = futures(Operation::ticker, golden("futures-get-v1-contract-ticker.json"));
    const auto ticker = good(replies->ticker(test.response, test.asked()));
    CHECK(ticker.symbol->to_string() == "BTC/USDT:USDT");
    CHECK(ticker.bid == "31198.5"_d);
    CHECK(ticker.mark == "31199.5"_d);
    test = futures(Operation::ticker, R"({"success":true,"code":0,"data":[{"symbol":"ETH_USDT","lastPrice":1},{"symbol":"BTC_USDT","lastPrice":2}]})");
    test.call.symbol = market::Symbol::parse("BTC/USDT:USDT");
    CHECK(good(replies->ticker(test.response, test.asked())).last == Decimal{2});
    test.call.symbol = market::Symbol::parse("SOL/USDT:USDT");
    CHECK(replies->ticker(test.response, test.asked()).error().code == ProblemCode::exchange_unavailable);
    test = futures(Operation::candles, golden("futures-get-v1-contract-kline.json"));
    test.call.symbol = market::Symbol::parse("BTC/USDT:USDT");
    auto candle = good(replies->candles(test.response, test.asked())).at(0);
    CHECK(candle.open_time == Instant::from_ms(1609740600000));
    CHECK(candle.high == Decimal{33094});
    CHECK(!candle.volume);
    test.know("BTC_USDT", "BTC/USDT:USDT", "0.0001");
    CHECK(good(replies->candles(test.response, test.asked())).at(0).volume == "6.7332"_d);
    test = futures(Operation::candles, R"({"success":true,"code":0,"data":{"time":[120,60],"open":[2,1],"close":[2,1],"high":[2,1],"low":[2,1],"vol":[2,1]}})");
    CHECK(good(replies->candles(test.response, test.asked())).at(0).open_time == Instant::from_ms(60'000));
}

namespace {

std::string tiers_text(const market::Instrument& contract) {
    std::string text;
    for (const auto& tier : contract.risk_tiers) {
        CHECK(tier.unit == market::RiskTier::Unit::quantity);
        text += tier.up_to.to_string() + ' ' + tier.maintenance_rate.to_string() + ' ' + (tier.max_leverage ? tier.max_leverage->to_string() : "-") + "; ";
    }
    return text;
}

}  // namespace

TEST_CASE("MEXC futures: risk tiers, in base units; what is not understood is no tier") {
    const auto tiers = [](const std::string& body) {
        const auto test = futures(Operation::instruments, body);
        return tiers_text(good(replies->instruments(test.response, test.asked())).at(0));
    };
    CHECK(tiers(golden("futures-get-v1-contract-detail-tiers.json")) == "5 0.001 500; 12 0.004 200; 32 0.005 100; 228 0.01 50; 1550 0.02 20; 1700 0.05 10; ");
    CHECK(tiers(golden("futures-get-v1-contract-detail-formula.json")) == "15 0.004 125; 30 0.008 83; 45 0.012 62; 60 0.016 50; 75 0.02 41; ");
    // Neither names what its volumes are counted in.
    CHECK(tiers(golden("futures-get-v1-contract-detail.json")).empty());
    CHECK(tiers(golden("futures-get-v1-contract-detail-old.json")).empty());
    const auto made = [&](const std::string& risk) {
        return tiers(R"({"success":true,"code":0,"data":{"symbol":"X_USDT","settleCoin":"USDT","contractSize":10,"maintenanceMarginRate":0.01,"initialMarginRate":0.02,)" + risk + "}}");
    };
    struct Row { const char* why; const char* risk; const char* tiers; };
    const Row rows[] = {
        {"a formula", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"INCREASE","riskBaseVol":100,"riskIncrVol":50,"riskIncrMmr":0.01,"riskIncrImr":0.02,"riskLevelLimit":2)", "1000 0.01 50; 1500 0.02 25; "},
        {"one level needs no steps", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"INCREASE","riskBaseVol":100,"riskLevelLimit":1)", "1000 0.01 50; "},
        {"the contract's leverage with every tier", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"CUSTOM","riskLimitCustom":[{"maxVol":100,"mmr":0.01,"imr":0.1,"maxLeverage":500}])", "1000 0.01 10; "},
        {"a list without leverage", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"CUSTOM","riskLimitCustom":[{"maxVol":100,"mmr":0.01,"imr":0.03}])", "1000 0.01 33; "},
        {"by value: in which unit no source says", R"("riskLimitType":"BY_VALUE","riskLimitMode":"CUSTOM","riskLimitCustom":[{"maxVol":100,"mmr":0.01,"imr":0.1}])", ""},
        {"a mode we don't know", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"NEW","riskBaseVol":100,"riskLevelLimit":1)", ""},
        {"a list without its mode", R"("riskLimitType":"BY_VOLUME","riskBaseVol":100,"riskLevelLimit":1,"riskLimitCustom":[{"maxVol":100,"mmr":0.01,"imr":0.1}])", ""},
        {"not ascending", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"CUSTOM","riskLimitCustom":[{"maxVol":100,"mmr":0.01,"imr":0.1},{"maxVol":90,"mmr":0.02,"imr":0.2}])", ""},
        {"rates that fall", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"CUSTOM","riskLimitCustom":[{"maxVol":100,"mmr":0.02,"imr":0.1},{"maxVol":190,"mmr":0.01,"imr":0.2}])", ""},
        {"steps of nothing", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"INCREASE","riskBaseVol":100,"riskIncrVol":0,"riskIncrMmr":0,"riskIncrImr":0,"riskLevelLimit":2)", ""},
        {"more levels than there are", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"INCREASE","riskBaseVol":100,"riskIncrVol":50,"riskIncrMmr":0.01,"riskIncrImr":0.02,"riskLevelLimit":101)", ""},
        {"a rate missing", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"CUSTOM","riskLimitCustom":[{"maxVol":100,"imr":0.1}])", ""},
        {"a rate that takes all", R"("riskLimitType":"BY_VOLUME","riskLimitMode":"CUSTOM","riskLimitCustom":[{"maxVol":100,"mmr":1,"imr":0.1}])", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(made(row.risk) == row.tiers);
    }
}

TEST_CASE("MEXC: fee rates after the account's discounts, of the pair that was asked for") {
    const auto rates = [](const Case& test) { return replies->fee_rates(test.response, test.asked()); };
    auto test = spot(Operation::fee_rates, golden("get-v3-tradeFee.json"));
    test.call.symbol = market::Symbol{"BTC", "USDT", ""};
    CHECK(good(rates(test)) == market::FeeRates{"0.003"_d, "0.003"_d});
    test = futures(Operation::fee_rates, golden("futures-get-v1-account-tiered_fee_rate-v2.json"));
    test.call.symbol = market::Symbol{"BTC", "USDT", "USDT"};
    CHECK(good(rates(test)) == market::FeeRates{});
    test.call.symbol = market::Symbol{"ETH", "USDT", "USDT"};
    CHECK(!rates(test));
    for (const char* data : {"null", R"({"symbol":"ETH_USDT","originalMakerFee":0.1,"originalTakerFee":0.1})", R"({"symbol":"ETH_USDT","realMakerFee":0.0001,"realTakerFee":0.4})"}) {
        CAPTURE(data);
        test = futures(Operation::fee_rates, std::string{R"({"success":true,"code":0,"data":)"} + data + '}');
        test.call.symbol = market::Symbol{"ETH", "USDT", "USDT"};
        CHECK(!rates(test));
    }
}

TEST_CASE("MEXC futures: funding, received above zero whatever sign it is sent with") {
    auto test = futures(Operation::funding_payments, golden("futures-get-v1-position-funding-records.json"));
    const auto page = good(replies->funding_payments(test.response, test.asked()));
    CHECK(page.more);
    REQUIRE(page.payments.size() == 2);
    const auto& first = page.payments[0];
    CHECK(first.id == "328033");
    CHECK(first.symbol->to_string() == "SUSHI/USDT:USDT");
    CHECK(first.side == market::PositionSide::long_side);
    CHECK(first.amount == "0.0837798"_d);
    CHECK(first.at == Instant::from_ms(1606435200000));
    CHECK(!first.quantity);
    const auto amount = [](const char* row) {
        const auto made = futures(Operation::funding_payments, std::string{R"({"success":true,"code":0,"data":{"currentPage":1,"totalPage":1,"resultList":[{"id":1,"symbol":"X_USDT","settleTime":1606435200000,)"} + row + "}]}}");
        return good(replies->funding_payments(made.response, made.asked())).payments.at(0).amount;
    };
    CHECK(amount(R"("positionType":1,"rate":0.001,"funding":2)") == -2);
    CHECK(amount(R"("positionType":1,"rate":0.001,"funding":-2)") == -2);
    CHECK(amount(R"("positionType":2,"rate":0.001,"funding":2)") == 2);
    CHECK(amount(R"("positionType":2,"rate":-0.001,"funding":2)") == -2);
    CHECK(amount(R"("funding":-2)") == -2);
    test = futures(Operation::funding_payments, R"({"success":true,"code":0,"data":{"resultList":[{"symbol":"X_USDT","funding":1,"settleTime":1}]}})");
    CHECK(!replies->funding_payments(test.response, test.asked()));
    test = futures(Operation::funding_payments, R"({"success":false,"code":703,"message":"no"})");
    CHECK(replies->funding_payments(test.response, test.asked()).error().code == ProblemCode::no_futures_permission);
}

TEST_CASE("MEXC futures: contract rules, whole and shortened") {
    auto test = futures(Operation::instruments, golden("futures-get-v1-contract-detail-old.json"));
    auto contract = good(replies->instruments(test.response, test.asked())).at(0);
    CHECK(contract.symbol->to_string() == "BTC/USDT:USDT");
    CHECK(contract.contract_size == "0.0001"_d);
    CHECK(contract.price_step == "0.5"_d);
    CHECK(contract.quantity_step == "0.0001"_d);
    CHECK(contract.min_quantity == "0.0001"_d);
    CHECK(!contract.min_notional);
    CHECK(contract.tradable == true);
    CHECK(contract.api_tradable == true);
    CHECK(contract.order_types.empty());
    test = futures(Operation::instruments, golden("futures-get-v1-contract-detail.json"));
    contract = good(replies->instruments(test.response, test.asked())).at(0);
    CHECK(contract.base == "BTC");
    CHECK(contract.symbol->to_string() == "BTC/USDT:USDT");
    CHECK(contract.api_tradable == false);
    CHECK(contract.max_quantity == Decimal{40});  // maxVol: the smaller of the two.
    // The stream's rows are the same object.
    const auto pushed = golden("futures-ws-push-contract.json");
    test = futures(Operation::instruments, pushed);
    contract = good(replies->instruments(test.response, test.asked())).at(0);
    CHECK(contract.symbol->to_string() == "CLO/USDT:USDT");
    CHECK(contract.quantity_step == Decimal{10});
    CHECK(contract.max_quantity == Decimal{90'000});
    CHECK(!contract.api_tradable);
    test = futures(Operation::instruments, R"({"success":true,"code":0,"data":[{"symbol":"BTC_USD","baseCoin":"BTC","quoteCoin":"USD","settleCoin":"BTC","contractSize":100,"priceUnit":1E-1,"volUnit":1,"minVol":1,"state":0}]})");
    contract = good(replies->instruments(test.response, test.asked())).at(0);
    CHECK(!contract.contract_size);
    CHECK(contract.price_step == "0.1"_d);
    test = futures(Operation::instruments, R"({"success":false,"code":510,"message":"Requests are too frequent, please try again later"})");
    CHECK(replies->instruments(test.response, test.asked()).error().code == ProblemCode::rate_limited);
    test = futures(Operation::instruments, R"({"success":false,"code":510,"message":"Requests are too frequent, please try again later","data":null})");
    CHECK(replies->instruments(test.response, test.asked()).error().code == ProblemCode::rate_limited);
    test = futures(Operation::instruments, R"({"success":true,"code":0,"data":[{"symbol":"BTC_USDT","state":null,"apiAllowed":null}]})");
    contract = good(replies->instruments(test.response, test.asked())).at(0);
    CHECK(!contract.tradable.has_value());
    CHECK(!contract.api_tradable.has_value());
    // An empty list says that there is none; what is no list says nothing.
    test = futures(Operation::instruments, R"({"success":true,"code":0,"data":[]})");
    CHECK(good(replies->instruments(test.response, test.asked())).empty());
    for (const char* data : {"null", "\"none\"", "{\"a\":1}", "true"}) {
        CAPTURE(data);
        test = futures(Operation::instruments, R"({"success":true,"code":0,"data":)" + std::string{data} + "}");
        CHECK(replies->instruments(test.response, test.asked()).error().code == ProblemCode::exchange_unavailable);
    }
}

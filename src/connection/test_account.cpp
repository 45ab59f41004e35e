// Steps that prove what the account answers: balance, orders, positions, trade right, stream.
#include "connection/script.hpp"

#include "market/api_orders.hpp"

#include <algorithm>

namespace bf::connection {

using Script = ConnectionTest::Script;

namespace {

/// Pairs tried when the user names none: listed nearly everywhere; MX because MEXC closes the big ones to many keys.
constexpr std::array<std::string_view, 4> kUsualBases{"BTC", "ETH", "SOL", "MX"};

bool is_right_missing(exchange::ProblemCode code) {
    using Code = exchange::ProblemCode;
    return code == Code::no_read_permission || code == Code::no_trade_permission || code == Code::no_futures_permission;
}

/// Refusals that an order gets only after the exchange found that the key may trade.
bool proves_trade_right(exchange::ProblemCode code) {
    using Code = exchange::ProblemCode;
    switch (code) {
        case Code::insufficient_balance:
        case Code::below_min_size:
        case Code::price_or_size_step:
        case Code::symbol_not_tradable:
        case Code::margin_mode_mismatch:
        case Code::position_mode_mismatch: return true;
        default: return false;
    }
}

}  // namespace

void Script::miss_read_right(const exchange::Problem& problem, Evidence what) {
    // A right to read that the exchange lists stands: that futures are closed to the key is about another right.
    const bool listed = inspected_ && report_.claims.read.answer == Ternary::yes;
    if (!listed || problem.code == Code::no_read_permission) set_claim(report_.claims.read, Ternary::no, evidence(what, {problem.exchange_code}));
    if (inspected_) return;
    const auto step = std::find_if(report_.steps.begin(), report_.steps.end(), [](const Step& one) { return one.id == StepId::permissions; });
    if (step == report_.steps.end()) return;
    step->result = StepResult::fail;
    on_step_(step->id, &*step);
    // Whoever confirmed that it can't withdraw would only meet the missing right next.
    if (!report_.problem || report_.problem->code == Code::withdrawal_unknown) report_.problem = problem;
}

Part Script::balance() {
    begin(StepId::balance);
    send(make_call(Operation::balances));
    co_await pause_;
    const auto balances = read_answer([this](const auto& r, const auto& a) { return input_.replies.balances(r, a); });
    if (!balances) {
        if (is_right_missing(balances.error().code)) miss_read_right(balances.error(), Evidence::balance_answered);
        fail(balances.error(), {{Saying::balance_unread}});
        co_return;
    }
    report_.balances = *balances;
    // A read that works proves more than a listed right; it never replaces a listed "no" that came with it.
    if (report_.claims.read.answer == Ternary::unknown) set_claim(report_.claims.read, Ternary::yes, evidence(Evidence::balance_read));
    if (report_.claims.key_valid.answer != Ternary::yes) set_claim(report_.claims.key_valid, Ternary::yes, evidence(Evidence::signed_read));
    end(StepResult::pass, {balances->size() == 1 ? Fact{Saying::one_asset} : Fact{Saying::assets, {std::to_string(balances->size())}}});
}

Part Script::choose_symbol() {
    std::vector<std::string> allowed;
    bool list_known = false;
    send(make_call(Operation::tradable_symbols));
    co_await pause_;
    if (auto symbols = read_answer([this](const auto& r, const auto& a) { return input_.replies.tradable_symbols(r, a); })) {
        allowed = std::move(*symbols);
        list_known = true;
    } else if (is_away(symbols.error().code)) {
        fail(symbols.error(), {{Saying::orders_not_asked}});
        co_return;
    }
    std::vector<market::Symbol> candidates;
    const std::string settle = is_futures() ? "USDT" : "";
    if (input_.symbol) candidates.push_back(*input_.symbol);
    if (!input_.symbol)
        for (const auto base : kUsualBases) candidates.push_back({std::string{base}, "USDT", settle});
    // When none of the usual ones is open to this key, any of its own USDT pairs will do.
    for (const auto& native : allowed) {
        constexpr std::string_view kQuote = "USDT";
        if (input_.symbol || candidates.size() > kUsualBases.size()) break;
        if (native.size() > kQuote.size() && native.ends_with(kQuote)) candidates.push_back({native.substr(0, native.size() - kQuote.size()), "USDT", settle});
    }
    for (const auto& candidate : candidates) {
        auto call = make_call(Operation::instruments);
        call.symbol = candidate;
        send(std::move(call));
        co_await pause_;
        auto found = read_answer([this](const auto& r, const auto& a) { return input_.replies.instruments(r, a); });
        // Not there is not the same as none open to this key.
        if (!found && is_away(found.error().code)) {
            fail(found.error(), {{Saying::orders_not_asked}});
            co_return;
        }
        if (!found || found->empty() || found->front().symbol != candidate) continue;
        auto& instrument = found->front();
        const bool open_to_key = !list_known || std::find(allowed.begin(), allowed.end(), instrument.native_symbol) != allowed.end();
        if (!open_to_key || !instrument.tradable.value_or(true) || (!input_.symbol && !market::takes_api_orders(instrument))) continue;
        symbol_ = candidate;
        instruments_.insert_or_assign(instrument.native_symbol, std::move(instrument));
        co_return;
    }
    symbol_trouble_ = input_.symbol ? Fact{Saying::pair_unknown, {input_.symbol->to_string()}} : Fact{Saying::no_open_pair};
}

Part Script::orders() {
    begin(StepId::orders);
    co_await choose_symbol();
    if (!running_) co_return;
    if (!symbol_) {
        if (input_.symbol) {
            fail({.code = Code::invalid_symbol}, {*symbol_trouble_});
            co_return;
        }
        end(StepResult::warn, {*symbol_trouble_, {Saying::orders_not_asked}});
        co_return;
    }
    auto call = make_call(Operation::open_orders);
    call.symbol = *symbol_;
    send(std::move(call));
    co_await pause_;
    const auto open = read_answer([this](const auto& r, const auto& a) { return input_.replies.open_orders(r, a); });
    if (!open) {
        if (is_right_missing(open.error().code)) miss_read_right(open.error(), Evidence::orders_answered);
        fail(open.error(), {{Saying::orders_unread}});
        co_return;
    }
    end(StepResult::pass, {{Saying::orders_open, {std::to_string(open->size()), symbol_->to_string()}}});
}

Part Script::positions() {
    begin(StepId::positions);
    send(make_call(Operation::positions));
    co_await pause_;
    const auto open = read_answer([this](const auto& r, const auto& a) { return input_.replies.positions(r, a); });
    if (!open) {
        if (is_right_missing(open.error().code)) miss_read_right(open.error(), Evidence::positions_answered);
        fail(open.error(), {{Saying::positions_unread}});
        co_return;
    }
    Facts detail{open->size() == 1 ? Fact{Saying::one_position} : Fact{Saying::positions, {std::to_string(open->size())}}};
    auto mode_call = make_call(Operation::position_mode);
    if (symbol_) mode_call.symbol = *symbol_;
    send(std::move(mode_call));
    co_await pause_;
    if (const auto mode = read_answer([this](const auto& r, const auto& a) { return input_.replies.position_mode(r, a); })) {
        position_mode_ = *mode;
        detail.push_back({Saying::position_mode, {std::string{market::to_string(*mode)}}});
    }
    if (symbol_) {
        auto margin_call = make_call(Operation::margin_mode);
        margin_call.symbol = *symbol_;
        send(std::move(margin_call));
        co_await pause_;
        if (const auto mode = read_answer([this](const auto& r, const auto& a) { return input_.replies.margin_mode(r, a); })) {
            margin_mode_ = *mode;
            detail.push_back({Saying::margin_mode, {symbol_->to_string(), std::string{market::to_string(*mode)}}});
        }
    }
    const bool hedge = position_mode_ == market::PositionMode::hedge;
    if (hedge) detail.push_back({Saying::one_way_needed});
    end(hedge ? StepResult::warn : StepResult::pass, std::move(detail));
}

Part Script::identity() {
    send(make_call(Operation::identity_level));
    co_await pause_;
    if (not_supported()) co_return;
    const auto enough = read_answer([this](const auto& r, const auto& a) { return input_.replies.identity_sufficient(r, a); });
    if (enough && *enough == Ternary::no)
        fail({.code = Code::identity_check_required}, {{Saying::identity_insufficient}});
}

Part Script::test_order() {
    const auto& instrument = instruments_.begin()->second;
    auto ticker_call = make_call(Operation::ticker);
    ticker_call.symbol = *symbol_;
    send(std::move(ticker_call));
    co_await pause_;
    const auto ticker = read_answer([this](const auto& r, const auto& a) { return input_.replies.ticker(r, a); });
    if (!ticker) {
        fail(ticker.error(), {{Saying::test_price_unread}});
        co_return;
    }
    const auto reference = ticker->bid ? ticker->bid : ticker->last;
    if (!reference || !instrument.price_step || !instrument.quantity_step) {
        end(StepResult::warn, {{Saying::steps_untold}});
        co_return;
    }
    // Far below the market, five times the smallest size: were it ever taken for a live order, it would only rest.
    auto order = make_call(Operation::test_order);
    order.symbol = *symbol_;
    order.side = market::Side::buy;
    order.type = market::OrderType::limit;
    order.price = round_to_step(*reference * "0.8"_d, *instrument.price_step, Rounding::down);
    Decimal quantity = instrument.min_quantity.value_or(*instrument.quantity_step) * 5;
    if (instrument.min_notional && order.price->is_positive()) {
        const auto for_minimum = Decimal::divide(*instrument.min_notional * 5, *order.price, Decimal::kScaleMax, Rounding::up);
        if (for_minimum && *for_minimum > quantity) quantity = *for_minimum;
    }
    quantity = round_to_step(quantity, *instrument.quantity_step, Rounding::up);
    order.quantity = quantity.is_positive() ? quantity : *instrument.quantity_step;
    order.client_order_id = "bf-test-" + std::to_string(now_().ms());
    if (is_futures()) {
        order.contract_size = instrument.contract_size;
        order.quantity_step = instrument.quantity_step;
        order.leverage = 1;
        order.margin_mode = margin_mode_.value_or(market::MarginMode::isolated);
        order.position_mode = position_mode_.value_or(market::PositionMode::one_way);
    }
    // Named, not written in place: see style on coroutines.
    std::optional<ports::PriceReference> price;
    price = ports::PriceReference{*reference, now_()};
    send(std::move(order), std::move(price));
    co_await pause_;
}

Part Script::trade_right() {
    begin(StepId::trade_right);
    co_await identity();
    if (!running_) co_return;
    auto& claim = trade_claim();
    const Fact declared{claim.answer == Ternary::unknown ? Saying::rights_untold : claim.answer == Ternary::yes ? Saying::rights_include_trading : Saying::rights_lack_trading};
    if (!symbol_) {
        end(StepResult::warn, {declared, {Saying::no_pair_to_try}});
        co_return;
    }
    co_await test_order();
    if (!running_) co_return;
    if (not_supported()) {
        if (claim.answer == Ternary::no)
            fail({.code = is_futures() ? Code::no_futures_permission : Code::no_trade_permission}, {declared});
        else
            end(claim.answer == Ternary::yes ? StepResult::pass : StepResult::warn, {declared, {Saying::no_test_order}});
        co_return;
    }
    const auto placed = read_answer([this](const auto& r, const auto& a) { return input_.replies.placed(r, a); });
    if (placed) {
        set_claim(claim, Ternary::yes, evidence(Evidence::test_order_accepted, {symbol_->to_string()}));
        end(StepResult::pass, {{Saying::test_order_accepted, {symbol_->to_string()}}});
        co_return;
    }
    const auto& problem = placed.error();
    if (proves_trade_right(problem.code)) {
        set_claim(claim, Ternary::yes, evidence(Evidence::test_order_small, {problem.exchange_code}));
        Facts detail{{Saying::may_trade}, {Saying::test_order_refused_for_itself}};
        note_answer(detail, problem);
        end(StepResult::pass, std::move(detail));
        co_return;
    }
    if (is_right_missing(problem.code)) set_claim(claim, Ternary::no, evidence(Evidence::test_order_answered, {problem.exchange_code}));
    fail(problem, {{Saying::test_order_refused}});
}

Part Script::stream() {
    begin(StepId::stream);
    if (input_.stream_is_live) {
        end(StepResult::pass, {{Saying::stream_live}});
        co_return;
    }
    exchange::StreamPlan plan;
    plan.market = input_.market;
    plan.account_mode = report_.account_mode;
    plan.is_private = true;
    plan.topics = {{exchange::TopicKind::orders}, {exchange::TopicKind::fills}, {exchange::TopicKind::balances}};
    if (is_futures()) plan.topics.push_back({exchange::TopicKind::positions});
    std::optional<exchange::StreamAddress> address = input_.replies.fixed_stream_address(plan);
    if (!address) {
        send(make_call(Operation::private_stream));
        co_await pause_;
        auto opened = read_answer([this](const auto& r, const auto& a) { return input_.replies.stream_address(r, a); });
        if (!opened) {
            fail(opened.error(), {{Saying::stream_not_given}});
            co_return;
        }
        address = std::move(*opened);
    }
    if (!input_.repointed && !input_.replies.is_own_stream_address(address->url)) {
        fail(exchange::unreadable("stream address outside the exchange"), {{Saying::stream_elsewhere}});
        co_return;
    }
    action_ = WatchStream{std::move(*address), std::move(plan), report_.clock_offset, report_.site};
    co_await pause_;
    if (!stream_outcome_) {
        fail(stream_outcome_.error(), {{Saying::stream_down}});
        co_return;
    }
    end(StepResult::pass, {{Saying::stream_open}});
}

}  // namespace bf::connection

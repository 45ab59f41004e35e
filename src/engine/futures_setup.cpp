#include "engine/futures_setup.hpp"

#include "exchange/remark.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using exchange::Operation;
using exchange::ProblemCode;
using exchange::Remark;
using exchange::say;
/// Every one of these calls may be repeated: they read, or set what they set before.
constexpr int kTriesMax = 3;

}  // namespace

void FuturesSetup::start(Now now) {
    stop();
    state_ = State::running;
    refusal_.reset();
    position_mode_.reset();
    margin_mode_read_ = leverage_read_ = false;
    tries_ = 0;
    ask(now, Step::read_position_mode);
}

void FuturesSetup::stop() {
    if (ticket_ != 0) caller_.ignore(ticket_);
    ticket_ = 0;
    if (state_ == State::running) state_ = State::idle;
}

void FuturesSetup::fail(Now now, Refusal refusal) {
    state_ = State::failed;
    ended_at_ = now.steady;
    refusal_ = std::move(refusal);
}

void FuturesSetup::be_ready(Now now) {
    state_ = State::ready;
    ended_at_ = now.steady;
}

bool FuturesSetup::is_passing(const std::optional<Refusal>& refusal) {
    return refusal && (refusal->code == ProblemCode::exchange_unavailable || refusal->code == ProblemCode::maintenance || refusal->code == ProblemCode::rate_limited);
}

void FuturesSetup::ask(Now now, Step step) {
    if (step != step_) tries_ = 0;
    step_ = step;
    const auto* account = caller_.find(wanted_.connection);
    if (account == nullptr) return fail(now, {ProblemCode::other, "no_connection", "There is no such connection to trade on."});
    auto call = account->call(Operation::position_mode, wanted_.symbol);
    switch (step) {
        case Step::read_position_mode: break;
        case Step::read_position: call.operation = Operation::positions; break;
        case Step::read_margin_mode:
        case Step::verify_margin_mode: call.operation = Operation::margin_mode; break;
        case Step::set_margin_mode: call.operation = Operation::set_margin_mode; break;
        case Step::set_leverage: call.operation = Operation::set_leverage; break;
        case Step::read_leverage:
        case Step::verify_leverage: call.operation = Operation::leverage; break;
    }
    if (call.operation == Operation::leverage) call.margin_mode = wanted_.margin_mode;
    if (step == Step::set_margin_mode || step == Step::set_leverage) {
        call.margin_mode = wanted_.margin_mode;
        call.leverage = wanted_.leverage;
        call.position_mode = position_mode_;
    }
    ticket_ = caller_.ask(now, wanted_.connection, *this, {Urgency::entry, std::move(call), 0, 0, {}});
    caller_.pump(now);
}

void FuturesSetup::on_answer(Now now, std::uint64_t, const exchange::Call& call, CallAnswer answer) {
    ticket_ = 0;
    if (const auto* response = std::get_if<wire::Response>(&answer)) {
        const auto* account = caller_.find(wanted_.connection);
        return go_on(now, {call, now.wall, account->instruments}, *response);
    }
    if (const auto* error = std::get_if<exchange::CallError>(&answer)) return go_on_without(now, *error);
    const auto& error = std::get<Error>(answer);
    const auto code = error.kind == ErrorKind::unreachable ? ProblemCode::exchange_unavailable : ProblemCode::other;
    failed(now, {.code = code, .exchange_code = error.code, .exchange_message = error.detail, .fate = error.fate});
}

void FuturesSetup::go_on(Now now, const exchange::Asked& asked, const wire::Response& response) {
    const auto& replies = *caller_.find(wanted_.connection)->replies;
    switch (step_) {
        case Step::read_position_mode: {
            const auto mode = replies.position_mode(response, asked);
            if (!mode) return failed(now, mode.error());
            position_mode_ = *mode;
            if (*mode == market::PositionMode::hedge)
                return fail(now, {ProblemCode::position_mode_mismatch, "position_mode", say(Remark::hedge_mode)});
            return ask(now, Step::read_position);
        }
        case Step::read_position: {
            const auto positions = replies.positions(response, asked);
            if (!positions) return failed(now, positions.error());
            return compare(now, *positions);
        }
        case Step::read_margin_mode:
        case Step::verify_margin_mode: {
            const auto mode = replies.margin_mode(response, asked);
            if (!mode) return failed(now, mode.error());
            return took_margin_mode(now, *mode);
        }
        case Step::set_margin_mode:
        case Step::set_leverage: {
            const auto done = replies.done(response, asked);
            if (!done) return failed(now, done.error());
            return ask(now, step_ == Step::set_margin_mode ? Step::verify_margin_mode : Step::verify_leverage);
        }
        case Step::read_leverage:
        case Step::verify_leverage: {
            const auto settings = replies.leverage(response, asked);
            if (!settings) return failed(now, settings.error());
            return took_leverage(now, *settings);
        }
    }
}

/// The exchange has no such call: the setting then stands in each order.
void FuturesSetup::go_on_without(Now now, const exchange::CallError& error) {
    if (error.kind == exchange::CallError::Kind::not_supported) {
        // MEXC sets margin mode and leverage in one call: it is made whatever the leverage is.
        if (step_ == Step::read_margin_mode) return ask(now, Step::set_leverage);
        if (step_ == Step::read_leverage || step_ == Step::verify_leverage) return be_ready(now);
    }
    fail(now, {ProblemCode::other, std::string{to_string(error.kind)}, error.detail});
}

void FuturesSetup::took_margin_mode(Now now, market::MarginMode mode) {
    if (mode == wanted_.margin_mode) {
        margin_mode_read_ = true;
        return ask(now, Step::read_leverage);
    }
    if (step_ == Step::read_margin_mode) return ask(now, Step::set_margin_mode);
    fail(now, {ProblemCode::margin_mode_mismatch, "margin_mode", say(Remark::margin_mode_stays)});
}

void FuturesSetup::took_leverage(Now now, const std::vector<std::int64_t>& settings) {
    leverage_read_ = std::all_of(settings.begin(), settings.end(), [this](std::int64_t one) { return one == wanted_.leverage; });
    if (leverage_read_) return be_ready(now);
    if (step_ == Step::read_leverage) return ask(now, Step::set_leverage);
    fail(now, {ProblemCode::other, "leverage", say(Remark::leverage_stays)});
}

/// With a position open its settings are the exchange's, and nothing may be changed under it.
void FuturesSetup::compare(Now now, const std::vector<market::Position>& positions) {
    bool any = false;
    for (const auto& position : positions) {
        if (position.symbol && *position.symbol != wanted_.symbol) continue;
        any = true;
        if (position.margin_mode && *position.margin_mode != wanted_.margin_mode)
            return fail(now, {ProblemCode::margin_mode_mismatch, "margin_mode", say(Remark::position_margin_mode)});
        if (position.leverage && *position.leverage != Decimal{wanted_.leverage})
            return fail(now, {ProblemCode::other, "leverage", say(Remark::position_leverage, {position.leverage->to_string()})});
        margin_mode_read_ = position.margin_mode.has_value();
        leverage_read_ = position.leverage.has_value();
    }
    if (!any) return ask(now, Step::read_margin_mode);
    be_ready(now);
}

void FuturesSetup::failed(Now now, const exchange::Problem& problem) {
    Refusal refusal{problem.code, problem.exchange_code, problem.exchange_message};
    if (problem.code == ProblemCode::rate_limited) caller_.pause(now, wanted_.connection, seconds{problem.retry_after_s.value_or(2)});
    if (is_passing(refusal) && ++tries_ < kTriesMax) return ask(now, step_);
    fail(now, std::move(refusal));
}

}  // namespace bf::engine

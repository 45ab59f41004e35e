#include "connection/script.hpp"

#include "base/text.hpp"
#include "exchange/remark.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace bf::connection {

ConnectionTest::ConnectionTest(TestInput input, Now now, OnStep on_step)
    : script_{std::make_unique<Script>(std::move(input), std::move(now), std::move(on_step))} {
    script_->start();
}
ConnectionTest::~ConnectionTest() = default;
const Action& ConnectionTest::action() const { return script_->action(); }
void ConnectionTest::deliver(CallOutcome outcome) { script_->take(std::move(outcome)); }
void ConnectionTest::deliver(StreamOutcome outcome) { script_->take(std::move(outcome)); }
void ConnectionTest::give_up() { script_->give_up(); }
bool ConnectionTest::finished() const { return std::holds_alternative<Finished>(script_->action()); }
const Report& ConnectionTest::report() const {
    BF_ASSERT(finished());
    return script_->report();
}

using Script = ConnectionTest::Script;

bool is_away(exchange::ProblemCode code) {
    using Code = exchange::ProblemCode;
    switch (code) {
        case Code::exchange_unavailable:
        case Code::maintenance:
        case Code::rate_limited:
        case Code::ipv4_unreachable:
        case Code::ipv6_unreachable: return true;
        default: return false;
    }
}

Script::Script(TestInput input, Now now, OnStep on_step)
    : input_{std::move(input)}, now_{std::move(now)}, on_step_{std::move(on_step)}, main_{run()} {
    report_.exchange = input_.info.id;
    report_.market = input_.market;
    report_.site = input_.site;
    report_.accepted = input_.accepted;
    report_.account_mode = input_.account_mode;
    report_.key_version = input_.key_version;
    report_.tested_at = now_();
}

Part Script::run() {
    input_shape();
    if (!stop_) co_await reach();
    if (!stop_) co_await clock();
    if (!stop_ && input_.outsider) co_await outsider();
    if (!stop_) co_await key();
    if (!stop_) permissions();
    if (!stop_) withdrawal();
    if (!stop_) co_await ip_allow_list();
    if (!stop_) co_await balance();
    stop_ = stop_ || input_.light;
    if (!stop_) co_await orders();
    if (!stop_ && is_futures()) co_await positions();
    if (!stop_) co_await trade_right();
    if (!stop_) co_await stream();
    finish();
}

void Script::take(CallOutcome outcome) {
    if (finished_) return;
    BF_ASSERT(std::holds_alternative<SendCall>(action_));
    outcome_ = std::move(outcome);
    pause_.resume();
}

void Script::take(StreamOutcome outcome) {
    if (finished_) return;
    BF_ASSERT(std::holds_alternative<WatchStream>(action_));
    stream_outcome_ = std::move(outcome);
    pause_.resume();
}

void Script::give_up() {
    if (finished_) return;
    if (running_) {
        exchange::Problem late{.code = Code::exchange_unavailable, .fate = Fate::unknown};
        fail(late, {{Saying::no_answer_in_time}});
    }
    stop_ = true;
    finish();
}

void Script::begin(StepId id) {
    running_ = id;
    begun_at_ = now_();
    on_step_(id, nullptr);
}

void Script::end(StepResult result, Facts detail) {
    BF_ASSERT(running_);
    report_.steps.push_back({*running_, result, std::max(milliseconds{0}, now_() - begun_at_), std::move(detail)});
    running_.reset();
    on_step_(report_.steps.back().id, &report_.steps.back());
}

void Script::fail(const exchange::Problem& problem, Facts detail) {
    notice_address(problem);
    if (!report_.problem) report_.problem = problem;
    // An exchange that is not there will not be there for the next step either.
    stop_ = stop_ || is_away(problem.code);
    note_answer(detail, problem);
    end(StepResult::fail, std::move(detail));
}

void Script::finish() {
    finished_ = true;
    skip_rest();
    auto& claims = report_.claims;
    for (auto* claim : {&claims.key_valid, &claims.read, &claims.spot_trade, &claims.futures_trade, &claims.withdraw, &claims.transfer, &claims.ip_bound})
        if (!claim->at) set_claim(*claim, Ternary::unknown, evidence(Evidence::untold));
    const bool can_withdraw = report_.claims.withdraw.answer == Ternary::yes;
    const bool can_transfer = report_.claims.transfer.answer == Ternary::yes && !input_.accepted.internal_transfer;
    if (can_withdraw || can_transfer) {
        report_.verdict = Verdict::refused;
        // The danger names the problem, whatever else failed first.
        report_.problem = exchange::Problem{.code = can_withdraw ? Code::withdraw_enabled : Code::transfer_enabled};
    } else {
        report_.verdict = report_.problem ? Verdict::failed : Verdict::connected;
    }
    action_ = Finished{};
}

void Script::skip_rest() {
    for (std::size_t i = 0; i < kStepCount; ++i) {
        const auto id = static_cast<StepId>(i);
        if (id == StepId::positions && !is_futures()) continue;
        const bool there = std::any_of(report_.steps.begin(), report_.steps.end(), [id](const Step& step) { return step.id == id; });
        if (there) continue;
        report_.steps.push_back({id, StepResult::skip, milliseconds{0}, {{Saying::not_reached}}});
        on_step_(id, &report_.steps.back());
    }
}

exchange::Call Script::make_call(Operation operation) const {
    exchange::Call call;
    call.operation = operation;
    call.market = input_.market;
    call.site = report_.site;
    call.account_mode = report_.account_mode;
    call.key_version = key_version_;
    return call;
}

void Script::send(exchange::Call call, std::optional<ports::PriceReference> reference) {
    asked_ = std::move(call);
    action_ = SendCall{asked_, report_.clock_offset, std::move(reference)};
}

bool Script::not_supported() const {
    const auto* error = std::get_if<exchange::CallError>(&outcome_.what);
    return error != nullptr && error->kind == exchange::CallError::Kind::not_supported;
}

exchange::Problem Script::outcome_problem() const {
    if (const auto* error = std::get_if<Error>(&outcome_.what)) {
        // What the signer says of itself, by its words for refusals: a key it does not have or can't open must be entered again.
        if (error->code == "clock") return {.code = Code::clock_skew, .exchange_message = error->detail, .fate = Fate::not_sent};
        if (error->code == "unknown_connection" || error->code == "damaged")
            return {.code = Code::malformed_credentials, .exchange_message = error->detail, .fate = Fate::not_sent};
        if (error->code == "no_ipv4") return {.code = Code::ipv4_unreachable, .exchange_message = error->detail, .fate = Fate::not_sent};
        if (error->code == "no_ipv6") return {.code = Code::ipv6_unreachable, .exchange_message = error->detail, .fate = Fate::not_sent};
        return {.code = Code::exchange_unavailable, .exchange_message = error->detail, .fate = error->fate};
    }
    if (const auto* error = std::get_if<exchange::CallError>(&outcome_.what))
        return {.code = Code::other, .exchange_message = error->detail, .fate = Fate::not_sent};
    return exchange::Problem{.code = Code::exchange_unavailable, .exchange_message = exchange::say(exchange::Remark::no_answer), .fate = Fate::unknown};
}

void Script::set_claim(exchange::Claim& claim, Ternary answer, std::string evidence) const {
    claim = {answer, std::move(evidence), now_()};
}

void note_answer(Facts& facts, const exchange::Problem& problem) {
    if (problem.exchange_code.empty()) return;
    if (problem.exchange_message.empty())
        facts.push_back({Saying::exchange_said_code, {problem.exchange_code}});
    else
        facts.push_back({Saying::exchange_said, {problem.exchange_code, problem.exchange_message}});
}

exchange::Claim& Script::trade_claim() { return is_futures() ? report_.claims.futures_trade : report_.claims.spot_trade; }

void Script::notice_address(const exchange::Problem& problem) {
    if (!problem.seen_address) return;
    const bool v6 = problem.seen_address->find(':') != std::string::npos;
    (v6 ? report_.egress_v6 : report_.egress_v4) = problem.seen_address;
}

namespace {

/// One IPv6 address has many spellings; anything else comes back as it is.
std::string canonical(std::string_view address) {
    std::string text{address};
    in6_addr bytes{};
    char shown[INET6_ADDRSTRLEN];
    if (::inet_pton(AF_INET6, text.c_str(), &bytes) == 1 && ::inet_ntop(AF_INET6, &bytes, shown, sizeof shown) != nullptr) text = shown;
    return text;
}

}  // namespace

bool allow_list_entry_matches(std::string_view entry, std::string_view address) {
    if (canonical(entry) == canonical(address)) return true;
    const bool v6 = entry.find(':') != std::string_view::npos;
    const char separator = v6 ? ':' : '.';
    const auto shown = split(entry, separator);
    const auto ours = split(address, separator);
    const auto masked = [&](std::size_t i) { return !shown[i].empty() && shown[i].find_first_not_of("*x") == std::string_view::npos; };
    const auto fit = [&](std::size_t i, std::size_t k) { return masked(i) || shown[i] == ours[k]; };
    // KuCoin writes "203.**.154": one mask may stand for several parts.
    std::size_t left = 0;
    while (left < shown.size() && !masked(left)) ++left;
    if (shown.size() > ours.size() || (shown.size() < ours.size() && left == shown.size())) return false;
    const std::size_t skipped = ours.size() - shown.size();
    for (std::size_t i = 0; i < shown.size(); ++i)
        if (!fit(i, i <= left ? i : i + skipped)) return false;
    return true;
}

}  // namespace bf::connection

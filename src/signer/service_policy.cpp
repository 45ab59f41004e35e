// The questions about what a connection may be used for.
#include "signer/passkey.hpp"
#include "signer/service.hpp"
#include "signer/service_words.hpp"

namespace bf::signer {
namespace {

Answer answer_of(Result<ports::LimitState, Refused> told) {
    if (!told) return std::move(told).error();
    return Limits{std::move(told).value()};
}

}  // namespace

bool FactorJudge::any(Instant) {
    const auto trusted = factors_.is_any_trusted();
    // What can't be read may be one.
    return !trusted || *trusted;
}

std::optional<Refused> FactorJudge::refuse(const ports::StepUp& step_up, Instant now) {
    using Kind = FactorVerdict::Kind;
    const auto verdict = factors_.check(step_up.account, step_up.code, now);
    if (!verdict) return verdict.error();
    switch (verdict->kind) {
        case Kind::ok: break;
        case Kind::wrong: return refused(Refusal::step_up, is_passkey_proof(step_up.code) ? "the passkey's answer is wrong" : "the code is wrong");
        case Kind::replayed: return refused(Refusal::step_up, "that code was used before: take the next one the app shows");
        case Kind::slow_down: return refused(Refusal::step_up, "too many wrong codes: try again in " + std::to_string(verdict->wait_s) + " seconds");
        case Kind::none: return refused(Refusal::step_up, "the account has no second factor");
        case Kind::stale: return refused(Refusal::step_up, "that passkey answer was used before or came too late: ask the passkey again");
        case Kind::copied: return refused(Refusal::step_up, "the passkey's counter went back, so somebody may have a copy of it: remove it");
    }
    if (!verdict->trusted) return refused(Refusal::step_up, "the account's second factor was set up while another one counted, and no trusted one has vouched for it");
    return std::nullopt;
}

Answer Service::handle(const LimitsRequest& question) { return answer_of(policies_.limits(question.connection, world_.clock.wall())); }
Answer Service::handle(const SetLimitsRequest& question) { return answer_of(policies_.set_limits(question, world_.clock.wall())); }
Answer Service::handle(const FreezeRequest& question) { return answer_of(policies_.freeze(question, world_.clock.wall())); }
Answer Service::handle(const SettleRequest& question) {
    policies_.settle(question.orders, world_.clock.wall());
    return Done{};
}

}  // namespace bf::signer

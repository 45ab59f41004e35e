// The questions about what a connection may be used for.
#include "base/utc.hpp"
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

bool FactorJudge::any(Instant now) {
    const auto standing = factors_.trusted(now);
    // What can't be read may be one.
    return !standing || standing->any;
}

Refused FactorJudge::no_code_that_counts(std::string why, Instant now) {
    const auto standing = factors_.trusted(now);
    if (standing && standing->any && standing->last_falls_at)
        why += ". The removal of the only second factor that counts was asked for: it falls at " + utc_text(*standing->last_falls_at) +
               " unless it is used before, and then no code is needed until an owner's counts. Narrowing and freezing need none at any time";
    return refused(Refusal::step_up, std::move(why));
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
        case Kind::none: return no_code_that_counts("the account has no second factor", now);
        case Kind::stale: return refused(Refusal::step_up, "that passkey answer was used before or came too late: ask the passkey again");
        case Kind::copied: return refused(Refusal::step_up, "the passkey's counter went back, so somebody may have a copy of it: remove it");
    }
    if (!verdict->trusted) return no_code_that_counts("the account's second factor does not count: no owner whose factor counts has vouched for it", now);
    return std::nullopt;
}

Answer Service::handle(const LimitsRequest& question) { return answer_of(policies_.limits(question.connection, world_.clock.wall())); }
Answer Service::handle(const SetLimitsRequest& question) { return answer_of(policies_.set_limits(question, world_.clock.wall())); }
Answer Service::handle(const FreezeRequest& question) { return answer_of(policies_.freeze(question, world_.clock.wall())); }
Answer Service::handle(const SettleRequest& question) {
    policies_.settle(question, world_.clock.wall());
    return Done{};
}

}  // namespace bf::signer

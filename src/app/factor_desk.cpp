#include "app/factor_desk.hpp"

#include "signer/client.hpp"
#include "signer/passkey.hpp"

namespace bf::app {
namespace {

using server::FactorAnswer;

std::optional<signer::Question> question_of(const server::FactorQuestion& asked) {
    if (asked.act == "state") return signer::FactorStateRequest{asked.account};
    if (asked.act == "begin") return signer::FactorBeginRequest{asked.account};
    if (asked.act == "confirm") return signer::FactorConfirmRequest{asked.account, asked.code, asked.may_count};
    if (asked.act == "check") return signer::FactorCheckRequest{asked.account, asked.code};
    if (asked.act == "renew") return signer::FactorRenewRequest{asked.account, asked.code};
    if (asked.act == "remove") return signer::FactorRemoveRequest{asked.account, asked.code};
    if (asked.act == "vouch") return signer::FactorVouchRequest{asked.account, asked.by, asked.code};
    if (asked.act == "passkeys") return signer::PasskeysRequest{asked.account};
    if (asked.act == "passkey-begin") return signer::PasskeyBeginRequest{asked.account, asked.code, asked.passkey.origin};
    if (asked.act == "passkey-challenge") return signer::PasskeyChallengeRequest{asked.account, asked.passkey.origin};
    if (asked.act == "passkey-remove") return signer::PasskeyRemoveRequest{asked.account, asked.passkey.id};
    if (asked.act == "passkey-add") {
        // What is no base64url is no data: the signer then says so.
        const auto bytes = [](const std::string& text) { return signer::from_base64url(text).value_or(""); };
        return signer::PasskeyAddRequest{asked.account, asked.passkey.name, bytes(asked.passkey.client_data), bytes(asked.passkey.authenticator_data)};
    }
    return std::nullopt;
}

server::ApiReply refusal(const Error& error) {
    const bool no = error.code == to_string(signer::Refusal::conflict) || error.code == to_string(signer::Refusal::policy);
    if (error.kind == ErrorKind::not_found) return server::problem_reply(404, "not_found", "Not found", "The signer says: " + error.detail + ".");
    const int status = no ? 409 : error.kind == ErrorKind::bad_input || error.kind == ErrorKind::protocol ? 422 : 503;
    auto code = error.code.empty() ? std::string{"signer_away"} : error.code;
    return server::problem_reply(status, code, status == 409 ? "Conflict" : "Not available", "The signer says: " + error.detail + ".");
}

struct ToAnswer {
    FactorAnswer operator()(const signer::Refused& refused) const {
        FactorAnswer answer;
        answer.problem = refusal(signer::to_error(refused));
        return answer;
    }
    FactorAnswer operator()(const signer::FactorVerdict& verdict) const {
        FactorAnswer answer;
        answer.verdict = to_string(verdict.kind);
        answer.wait_s = verdict.wait_s;
        answer.trusted = verdict.trusted;
        answer.by_recovery = verdict.by_recovery;
        answer.fall_cancelled = verdict.fall_cancelled;
        answer.recovery_left = verdict.recovery_left;
        return answer;
    }
    FactorAnswer operator()(const signer::FactorState& state) const {
        FactorAnswer answer;
        answer.on = state.on;
        answer.trusted = state.trusted;
        answer.recovery_left = state.recovery_left;
        if (state.falls_at) answer.falls_at = state.falls_at->ms();
        return answer;
    }
    FactorAnswer operator()(const signer::FactorBegun& begun) const {
        FactorAnswer answer;
        answer.secret = begun.secret;
        return answer;
    }
    FactorAnswer operator()(const signer::FactorCodes& codes) const {
        FactorAnswer answer;
        answer.codes = codes.codes;
        return answer;
    }
    FactorAnswer operator()(const signer::PasskeyAsked& asked) const {
        FactorAnswer answer;
        answer.asked = {asked.challenge, asked.host, asked.user, asked.credentials};
        return answer;
    }
    FactorAnswer operator()(const signer::PasskeyList& list) const {
        FactorAnswer answer;
        for (const auto& one : list.entries)
            answer.passkeys.push_back({one.handle, one.name, one.host, one.made_at.ms(), one.used_at ? std::optional{one.used_at->ms()} : std::nullopt});
        return answer;
    }
    template <class Other>
    FactorAnswer operator()(const Other&) const {
        FactorAnswer answer;
        answer.problem = server::problem_reply(502, "signer_protocol", "Failed", "The signer gave an answer that does not fit the question.");
        return answer;
    }
};

}  // namespace

void ask_factor(SignerLink& signer, const server::FactorQuestion& asked, std::function<void(server::ApiReply)> done) {
    auto question = question_of(asked);
    if (!question) return done(server::problem_reply(404, "not_found", "Not found", "There is no such question about a second factor."));
    signer.ask(std::move(*question), [done = std::move(done)](Result<signer::Answer> answer) {
        done(answer ? server::to_reply(std::visit(ToAnswer{}, *answer)) : refusal(answer.error()));
    });
}

}  // namespace bf::app

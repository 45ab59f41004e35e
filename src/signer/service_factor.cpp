// The questions about people's second factors.
#include "signer/service.hpp"

namespace bf::signer {
namespace {

template <class T>
Answer answer_of(Result<T, Refused> result) {
    if (!result) return std::move(result).error();
    return std::move(result).value();
}

}  // namespace

Answer Service::handle(const FactorStateRequest& question) { return answer_of(factor_.state(question.account, world_.clock.wall())); }
Answer Service::handle(const FactorBeginRequest& question) { return answer_of(factor_.begin(question.account, world_.clock.wall())); }
Answer Service::handle(const FactorConfirmRequest& question) { return factor_.confirm(question, world_.clock.wall()); }
Answer Service::handle(const FactorCheckRequest& question) { return answer_of(factor_.check(question.account, question.code, world_.clock.wall())); }
Answer Service::handle(const FactorRenewRequest& question) { return factor_.renew(question.account, question.code, world_.clock.wall()); }
Answer Service::handle(const FactorRemoveRequest& question) { return factor_.remove(question.account, question.code, world_.clock.wall()); }
Answer Service::handle(const FactorVouchRequest& question) {
    return factor_.vouch(question.account, question.by, question.code, world_.clock.wall());
}
Answer Service::handle(const PasskeysRequest& question) { return answer_of(factor_.passkeys(question.account, world_.clock.wall())); }
Answer Service::handle(const PasskeyBeginRequest& question) { return factor_.begin_passkey(question.account, question.code, question.origin, world_.clock.wall()); }
Answer Service::handle(const PasskeyAddRequest& question) { return answer_of(factor_.add_passkey(question, world_.clock.wall())); }
Answer Service::handle(const PasskeyChallengeRequest& question) { return answer_of(factor_.ask_passkey(question.account, question.origin, world_.clock.wall())); }
Answer Service::handle(const PasskeyRemoveRequest& question) { return answer_of(factor_.remove_passkey(question.account, question.handle, world_.clock.wall())); }

}  // namespace bf::signer

#include "signer/protocol.hpp"

namespace bf::signer {

std::string_view to_string(Slot slot) {
    switch (slot) {
        case Slot::active: return "active";
        case Slot::staged: return "staged";
        case Slot::previous: return "previous";
    }
    return "active";
}

std::string_view to_string(Refusal reason) {
    switch (reason) {
        case Refusal::bad_message: return "bad_message";
        case Refusal::unknown_exchange: return "unknown_exchange";
        case Refusal::unknown_connection: return "unknown_connection";
        case Refusal::conflict: return "conflict";
        case Refusal::bad_credentials: return "bad_credentials";
        case Refusal::damaged: return "damaged";
        case Refusal::late: return "late";
        case Refusal::clock: return "clock";
        case Refusal::arguments: return "arguments";
        case Refusal::policy: return "policy";
        case Refusal::vault_closed: return "vault_closed";
        case Refusal::vault_failed: return "vault_failed";
        case Refusal::too_large: return "too_large";
        case Refusal::ledger: return "ledger";
        case Refusal::step_up: return "step_up";
    }
    return "bad_message";
}

std::string_view to_string(FactorVerdict::Kind kind) {
    switch (kind) {
        case FactorVerdict::Kind::ok: return "ok";
        case FactorVerdict::Kind::wrong: return "wrong";
        case FactorVerdict::Kind::replayed: return "replayed";
        case FactorVerdict::Kind::slow_down: return "slow_down";
        case FactorVerdict::Kind::none: return "none";
        case FactorVerdict::Kind::stale: return "stale";
        case FactorVerdict::Kind::copied: return "copied";
    }
    return "none";
}

std::string_view to_string(LedgerState state) {
    switch (state) {
        case LedgerState::off: return "off";
        case LedgerState::sound: return "sound";
        case LedgerState::broken: return "broken";
        case LedgerState::failed: return "failed";
    }
    return "failed";
}

}  // namespace bf::signer

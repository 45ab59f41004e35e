#include "engine/pauses.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using std::chrono::microseconds;
constexpr milliseconds kAgain{1'000};
constexpr milliseconds kAgainMax{60'000};
constexpr milliseconds kLastingMax{std::chrono::minutes{15}};
/// Who stood so long was there: if it is ended then, the next one need not wait for what became of others. More than the look by which an end
/// is noticed without a stream takes.
constexpr microseconds kStood{std::chrono::minutes{5}};

/// What somebody has to change: the key, the account, its limits, the exchange's list of pairs. What is not known to be that may pass unseen.
bool is_lasting(const OrderFinished& finished) {
    using exchange::ProblemCode;
    if (!finished.refusal) return false;
    if (finished.end == End::denied) return finished.refusal->exchange_code == "policy";
    switch (finished.refusal->code) {
        case ProblemCode::malformed_credentials:
        case ProblemCode::invalid_key:
        case ProblemCode::invalid_secret:
        case ProblemCode::invalid_passphrase:
        case ProblemCode::key_expired:
        case ProblemCode::no_trade_permission:
        case ProblemCode::no_futures_permission:
        case ProblemCode::ip_not_allowed:
        case ProblemCode::region_restricted:
        case ProblemCode::identity_check_required:
        case ProblemCode::account_restricted:
        case ProblemCode::invalid_symbol:
        case ProblemCode::symbol_not_tradable: return true;
        default: return false;
    }
}

}  // namespace

void Pauses::accepted(Now now) {
    refused_ = 0;
    accepted_at_ = now.steady;
}

void Pauses::refused(Now now, const OrderFinished& finished) {
    accepted_at_.reset();
    wait(now, kAgain, refused_++, is_lasting(finished) ? kLastingMax : kAgainMax);
}

void Pauses::taken_back(Now now) {
    if (accepted_at_ && now.steady - *accepted_at_ >= kStood) taken_back_ = 0;
    accepted_at_.reset();
    wait(now, kAgain, taken_back_++, kAgainMax);
}

void Pauses::wait(Now now, milliseconds first, int times, milliseconds most) {
    until_ = now.steady + microseconds{std::min(most, first * (1 << std::clamp(times, 0, 12)))};
}

bool Pauses::holds(Now now) {
    if (until_ && *until_ <= now.steady) until_.reset();
    return until_.has_value();
}

void Pauses::again() {
    until_.reset();
    refused_ = taken_back_ = 0;
}

}  // namespace bf::engine

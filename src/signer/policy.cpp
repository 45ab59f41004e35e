#include "signer/policy.hpp"

namespace bf::signer {

std::optional<Refused> ArgumentRules::refuse(std::string_view, const exchange::Call& call, Instant) {
    auto checked = exchange::check_arguments(call);
    if (checked) return std::nullopt;
    auto detail = checked.error().detail;
    return Refused{Refusal::arguments, std::move(detail), std::move(checked).error()};
}

}  // namespace bf::signer

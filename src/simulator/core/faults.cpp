#include "simulator/core/faults.hpp"

#include <algorithm>
#include <array>

namespace bf::simulator {
namespace {

constexpr std::array<std::string_view, 12> kNames{"unavailable", "maintenance", "timeout",     "lost_reply",      "reset",      "slow",
                                                  "rate_limit",  "malformed",   "drop_stream", "duplicate_event", "late_event", "reorder_events"};
constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

std::optional<FaultKind> parse_fault(std::string_view text) {
    const auto at = std::find(kNames.begin(), kNames.end(), text);
    if (at == kNames.end()) return std::nullopt;
    return static_cast<FaultKind>(at - kNames.begin());
}

std::optional<Fault> Faults::take(FaultKind kind, std::string_view path) {
    for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
        if (fault->kind != kind || (!fault->path.empty() && path.find(fault->path) == std::string_view::npos)) continue;
        if (Decimal{random_.between(0, kMillion - 1)} >= fault->probability * Decimal{kMillion}) continue;
        const Fault taken = *fault;
        ++struck_;
        if (fault->count && --*fault->count <= 0) faults_.erase(fault);
        return taken;
    }
    return std::nullopt;
}

bool Faults::has(FaultKind kind) const {
    return std::any_of(faults_.begin(), faults_.end(), [kind](const Fault& fault) { return fault.kind == kind; });
}

}  // namespace bf::simulator

// The faults an administrator can switch on. Each may be bound to a path, a number of uses and a probability (drawn from the seed).
#pragma once
#include "simulator/core/random.hpp"
#include "base/time.hpp"
#include "money/decimal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::simulator {

enum class FaultKind : std::uint8_t {
    unavailable,      ///< 5xx, not acted on.
    maintenance,      ///< The exchange says it is closed.
    timeout,          ///< Not acted on, never answered.
    lost_reply,       ///< Acted on, never answered.
    reset,            ///< The connection is cut before anything happens.
    slow,             ///< Acted on, answered `ms` later.
    rate_limit,       ///< Refused as too many.
    malformed,        ///< Acted on, the answer is cut off in the middle.
    drop_stream,      ///< WebSockets are cut.
    duplicate_event,  ///< A pushed message comes twice.
    late_event,       ///< A pushed message comes `ms` later.
    reorder_events,   ///< A pushed message is overtaken by the next one.
};
std::optional<FaultKind> parse_fault(std::string_view text);

struct Fault {
    FaultKind kind;
    std::string path{};              ///< Part of the path (of the message, for stream faults); empty: all.
    std::optional<int> count{};      ///< Uses left; empty: until deleted.
    milliseconds delay{3000};
    Decimal probability{1};
};

class Faults {
public:
    explicit Faults(std::uint64_t seed) : random_{seed} {}
    void add(Fault fault) { faults_.push_back(std::move(fault)); }
    void clear() { faults_.clear(); }
    /// The first fault of that kind that applies to `path` now, used up by one.
    std::optional<Fault> take(FaultKind kind, std::string_view path);
    /// Whether one is switched on at all, without using it.
    [[nodiscard]] bool has(FaultKind kind) const;
    /// How often one was taken, of all kinds, since the beginning.
    [[nodiscard]] std::uint64_t struck() const { return struck_; }

private:
    Random random_;
    std::vector<Fault> faults_;
    std::uint64_t struck_{0};
};

}  // namespace bf::simulator

// Rate limits as the exchanges count them: pools of weight in fixed windows, per key of whatever the exchange counts by (account,
// address). Time is handed in.
#pragma once
#include "base/time.hpp"

#include <map>
#include <string>
#include <string_view>

namespace bf::simulator {

struct Pool {
    std::string_view name;
    int limit;
    milliseconds window;
};

class Limiter {
public:
    struct Verdict {
        bool allowed;
        int limit;
        int remaining;
        milliseconds reset;  ///< Until the window ends.
    };
    /// Takes `weight` from the subject's share of the pool if it is there. Switched off, everything is allowed and nothing counted.
    Verdict take(const Pool& pool, std::string_view subject, int weight, Instant now);
    void switch_on(bool on) { on_ = on; }
    [[nodiscard]] bool is_on() const { return on_; }

private:
    struct Window {
        Instant ends;
        int used{0};
    };
    std::map<std::string, Window, std::less<>> windows_;
    bool on_{true};
};

}  // namespace bf::simulator

#include "simulator/core/limiter.hpp"

namespace bf::simulator {

Limiter::Verdict Limiter::take(const Pool& pool, std::string_view subject, int weight, Instant now) {
    if (!on_) return {true, pool.limit, pool.limit, pool.window};
    std::string name{pool.name};
    name += '|';
    name += subject;
    Window& window = windows_[name];
    if (now >= window.ends) window = {now + pool.window, 0};
    const milliseconds reset = window.ends - now;
    if (window.used + weight > pool.limit) return {false, pool.limit, pool.limit - window.used, reset};
    window.used += weight;
    return {true, pool.limit, pool.limit - window.used, reset};
}

}  // namespace bf::simulator

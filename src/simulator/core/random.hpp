// The simulator's only dice: SplitMix64 from a seed, so that one number replays a run on every machine.
#pragma once
#include <cstdint>

namespace bf::simulator {

class Random {
public:
    explicit constexpr Random(std::uint64_t seed) : state_{seed} {}
    constexpr std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        return mix(state_);
    }
    /// Uniform in [low, high]; the tiny bias of the modulus doesn't matter here.
    constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
    }
    static constexpr std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

}  // namespace bf::simulator

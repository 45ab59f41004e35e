// Chance that falls the same in every run, so that a finding can be repeated: libsodium's, and what we hand in ourselves.
#pragma once
#include "crypto/secret_pages.hpp"
#include "input.hpp"
#include "ports/clock.hpp"

#include <sodium.h>

namespace bf::fuzz {

class Chance final : public ports::Entropy {
public:
    void begin_again() { state_ = 0x9e3779b97f4a7c15; }
    std::uint64_t next() {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return state_;
    }
    void fill(std::span<unsigned char> bytes) override {
        for (auto& byte : bytes) byte = static_cast<unsigned char>(next() >> 32U);
    }

private:
    std::uint64_t state_{0x9e3779b97f4a7c15};
};

inline Chance& chance() {
    static Chance one;
    return one;
}

/// Before anything uses libsodium: from LLVMFuzzerInitialize. Secrets lie as the signer's do, where the kernel has such pages: which also is
/// a tenth of the work of a guarded piece of memory for each.
inline void tame_sodium() {
    static randombytes_implementation tame{
        .implementation_name = [] { return "fuzz"; },
        .random = [] { return static_cast<std::uint32_t>(chance().next() >> 32U); },
        .stir = nullptr,
        .uniform = nullptr,
        .buf = [](void* to, std::size_t size) { chance().fill({static_cast<unsigned char*>(to), size}); },
        .close = nullptr,
    };
    must(randombytes_set_implementation(&tame) == 0 && sodium_init() >= 0, "libsodium starts");
    (void)crypto::open_secret_pages().has_value();
}

/// A wall clock that stands where it is put.
class SetClock final : public ports::Clock {
public:
    [[nodiscard]] Instant wall() const override { return now; }
    [[nodiscard]] std::chrono::microseconds steady() const override { return now.ms() * std::chrono::milliseconds{1}; }
    Instant now{Instant::from_ms(1'790'000'010'000)};
};

}  // namespace bf::fuzz

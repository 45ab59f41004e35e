// How often: the figure of every run, fewer under the sanitizers, and from the environment what `./dev test --long` asks for instead.
#pragma once
#include "base/sanitized.hpp"

#include <cstdint>
#include <cstdlib>

namespace bf::test {

inline std::uint64_t number_in(const char* name, std::uint64_t otherwise) {
    const char* given = std::getenv(name);
    return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

/// Under the sanitizers all takes ten times as long, and it is memory that they look at: each way has to be gone, not so often.
constexpr std::uint64_t repeats(std::uint64_t usual, std::uint64_t sanitized) {
    return kSanitized ? sanitized : usual;
}

}  // namespace bf::test

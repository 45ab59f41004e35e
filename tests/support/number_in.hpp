// How often, from the environment: what `./dev test --long` asks for instead of the figure of every run.
#pragma once
#include <cstdint>
#include <cstdlib>

namespace bf::test {

inline std::uint64_t number_in(const char* name, std::uint64_t otherwise) {
    const char* given = std::getenv(name);
    return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

}  // namespace bf::test

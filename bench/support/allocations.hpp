// Counts what a benchmark allocates. For the one source of a program: it replaces the global operators.
#pragma once
#include <atomic>
#include <cstdlib>
#include <new>

namespace bf::bench {
inline std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
    ++bf::bench::allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

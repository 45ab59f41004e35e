// Start-up and a hundred orders, again and again, with one thing failing each time: the nth effect is the last of its process, the nth write
// or sync of the disk fails, the nth write of the store is refused, the nth answer is lost, the nth allocation of the engine fails. Whatever
// it was, the process stops or goes on, and two minutes later the exchange's record and the journal tell one story.
#include "support/number_in.hpp"
#include "support/storm.hpp"

#include <cstdlib>
#include <new>

using namespace bf;
using namespace bf::test;

// The program's own allocator, so that it can fail.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // Inlined, g++ sees only one half of it.
void* operator new(std::size_t size) {
    if (AllocationFailure::armed) {
        ++AllocationFailure::counted;
        if (AllocationFailure::fails_in >= 0 && AllocationFailure::fails_in-- == 0) throw std::bad_alloc{};
    }
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc{};
}
// simdjson asks for its buffers so, keeps them for the life of the program, and does not survive that one of them is missing: real memory.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

constexpr std::uint64_t kOrders = 100;

/// What there is to fail in one run.
struct Counts {
    std::uint64_t effects, disk, store, requests, allocations;
};

/// Runs until a hundred orders have reached an exchange, then to the calm; the complaints.
template <class Prepare>
Counts run_script(Prepare&& prepare) {
    AllocationFailure::counted = 0;
    AllocationFailure::fails_in = -1;
    Storm storm{3, false};
    prepare(storm);
    for (int minute = 0; minute < 60 && storm.judge.exchange_orders < kOrders && storm.complaints.empty(); ++minute) {
        storm.run(seconds{60});
        if (!storm.life) storm.begin();
    }
    AllocationFailure::fails_in = -1;
    const Counts counts{storm.steps, storm.folder.steps, storm.store.writes_asked, storm.requests, AllocationFailure::counted};
    CHECK(storm.judge.exchange_orders >= kOrders);
    if (storm.complaints.empty()) storm.end();
    for (const auto& complaint : storm.complaints) FAIL_CHECK(complaint);
    return counts;
}

/// Every so many of `count`.
template <class Fail>
int each(const char* what, std::uint64_t count, std::uint64_t stride, Fail&& fail) {
    int runs = 0;
    for (std::uint64_t n = 1 + stride / 2; n < count; n += stride) {
        INFO(what, " number ", n, " of ", count);
        run_script([&](Storm& storm) { fail(storm, n); });
        ++runs;
    }
    return runs;
}

}  // namespace

// BF_FAIL_STRIDE: every so many of each (10). BF_FAIL_ALLOCATIONS: how many of the allocations (500).
TEST_CASE("whatever fails once on the way to a hundred orders, nothing is lost and nothing doubled") {
    const auto all = run_script([](Storm&) {});
    const auto stride = number_in("BF_FAIL_STRIDE", repeats(10, 300));
    // Allocations are many: so many of them, spread evenly.
    const auto allocation_stride = std::max<std::uint64_t>(1, all.allocations / number_in("BF_FAIL_ALLOCATIONS", repeats(500, 25)));
    const auto effects = each("effect", all.effects, stride, [](Storm& storm, std::uint64_t n) {
        storm.kill_at = static_cast<std::int64_t>(n);
        storm.kill_loses_power = n % 2 == 0;
    });
    const auto disk = each("disk write", all.disk, stride, [](Storm& storm, std::uint64_t n) { storm.folder.fail_at(static_cast<int>(n)); });
    const auto store = each("store write", all.store, stride, [](Storm& storm, std::uint64_t n) { storm.store.refused_write = storm.store.writes_asked + n; });
    const auto answers = each("answer", all.requests, stride, [](Storm& storm, std::uint64_t n) { storm.lost_request = storm.requests + n; });
    const auto allocations = each("allocation", all.allocations, allocation_stride, [](Storm&, std::uint64_t n) { AllocationFailure::fails_in = static_cast<std::int64_t>(n); });
    MESSAGE(all.effects, " effects, ", all.disk, " disk writes, ", all.store, " store writes, ", all.requests, " requests, ", all.allocations, " allocations in a run; failed one by one: ", effects, ", ", disk, ", ", store, ", ",
            answers, ", ", allocations);
}

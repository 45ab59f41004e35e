#include "store/cut_off.hpp"

#include <array>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bf;
using std::chrono::milliseconds;

namespace {
struct Pair {
    std::array<int, 2> ends{};
    Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0); }
    ~Pair() {
        for (const int end : ends) ::close(end);
    }
    /// Bytes read from the peer; 0: the connection is at its end.
    [[nodiscard]] ssize_t read() const {
        char byte = 0;
        return ::read(ends[0], &byte, 1);
    }
};
}  // namespace

TEST_CASE("who waits for a peer that says nothing is let go when its time is over, and told that it was cut off") {
    store::CutOff cut_off;
    for (int i = 0; i < 3; ++i) {
        const Pair pair;
        cut_off.begin(pair.ends[0], milliseconds{20});
        CHECK(pair.read() == 0);
        CHECK(cut_off.end());
    }
}

TEST_CASE("an answer in time leaves the connection as it is, also when the next question takes longer") {
    store::CutOff cut_off;
    const Pair pair;
    for (int i = 0; i < 100; ++i) {
        cut_off.begin(pair.ends[0], milliseconds{i % 2 == 0 ? 600'000 : 300'000});
        REQUIRE(::write(pair.ends[1], "x", 1) == 1);
        CHECK(pair.read() == 1);
        CHECK_FALSE(cut_off.end());
    }
    // A shorter one after a longer one is not waited for with the longer one's time.
    cut_off.begin(pair.ends[0], milliseconds{20});
    CHECK(pair.read() == 0);
    CHECK(cut_off.end());
}

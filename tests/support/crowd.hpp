// A thousand connections of one installation tested at once, in virtual time with the exchange's limits in force: what it took, and what the
// limits force. A test holds the book to it, a benchmark prints it.
#pragma once
#include "support/desk.hpp"

namespace bf::test {

inline constexpr int kCrowd = 1000;

/// Adds kCrowd connections, as fast as the signer keeps their keys; their ids.
std::vector<std::string> add_crowd(Desk& desk, const std::string& exchange, bool test);

/// Requests that the exchange refused for being too many.
std::size_t count_refused(const Desk& desk);

std::size_t count_connected(const Desk& desk);

struct CrowdRun {
    double seconds_taken;   ///< From the first to the last report.
    double seconds_forced;  ///< What the limits leave no way around. The last test's own duration is not in it.
    std::size_t requests;
    std::size_t refused;
    std::size_t connected;
};

/// Tests kCrowd connections on "kucoin" or "mexc", the desk's only exchange.
CrowdRun run_crowd(Desk& desk, const std::string& exchange);

}  // namespace bf::test

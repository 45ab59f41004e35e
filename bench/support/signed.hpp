// Orders of a benchmark through a signer: signed, or the benchmark says why not and ends.
#pragma once
#include "ports/use_limits.hpp"
#include "signer/client.hpp"

#include <cstdio>
#include <cstdlib>

namespace bf::bench {

/// Limits that no benchmark reaches; every check is made all the same.
inline ports::UseLimits wide_limits() {
    auto wide = ports::default_limits(market::Market::spot);
    const Decimal most{1'000'000'000'000};
    wide.values = {{"USDT", {most, most, most, most, most}}};
    wide.orders_a_minute = 1'000'000;
    return wide;
}

inline const signer::SignReply& signed_or_end(signer::Client& client, std::span<const signer::SignItem> items) {
    const auto reply = client.sign(items);
    if (!reply) {
        std::fprintf(stderr, "the signer does not answer: %s\n", reply.error().detail.c_str());
        std::abort();
    }
    for (const auto& item : (*reply)->items)
        if (item.refused) {
            std::fprintf(stderr, "the signer refuses an order of the benchmark: %s\n", item.refused->detail.c_str());
            std::abort();
        }
    return **reply;
}

}  // namespace bf::bench

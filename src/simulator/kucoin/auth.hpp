// Who is calling? The checks of a signed KuCoin request, in the order the contract names.
#pragma once
#include "simulator/core/exchange.hpp"
#include "simulator/core/face.hpp"

#include <optional>

namespace bf::simulator::kucoin {

struct Caller {
    const Key* key{nullptr};
    Account* account{nullptr};
};

/// Fills `caller` as far as it got; returns the refusal if there is one.
std::optional<wire::Response> authenticate(Exchange& exchange, const Call& call, Caller& caller);

}  // namespace bf::simulator::kucoin

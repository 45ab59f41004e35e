// Limits and the use of a connection as bytes: for the signer's socket and for its store. As strict as the rest of the protocol.
#pragma once
#include "base/bytes.hpp"
#include "signer/policy_state.hpp"

namespace bf::signer {

void write_limits(ByteWriter& out, const ports::UseLimits& limits);
void read_limits(ByteReader& in, ports::UseLimits& limits);
void write_limit_state(ByteWriter& out, const ports::LimitState& state);
void read_limit_state(ByteReader& in, ports::LimitState& state);

/// What the store holds of a connection.
struct StoredPolicy {
    std::uint64_t version{0};  ///< Rises with each write of it.
    PolicyState state;
    Cover cover;
};
std::string to_bytes(std::uint64_t version, const PolicyState& state, const Cover& cover);
Result<StoredPolicy> policy_from_bytes(std::string_view bytes);

}  // namespace bf::signer

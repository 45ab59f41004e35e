// What a connection may be used for. The signer asks it about every typed call before it writes a request.
//
// Today's one policy is the list of arguments each operation takes. Trading limits of a connection (symbols, order value, price band,
// rate) are another implementation of this interface, kept in the signer's own store; a ledger of each use belongs behind the same
// question, since it sees every call with its connection and time.
#pragma once
#include "base/time.hpp"
#include "exchange/call.hpp"
#include "signer/protocol.hpp"

#include <optional>
#include <string_view>

namespace bf::signer {

class Policy {
public:
    virtual ~Policy() = default;
    /// Why the call may not be signed; nothing if it may.
    virtual std::optional<Refused> refuse(std::string_view connection, const exchange::Call& call, Instant now) = 0;
};

/// Allows what check_arguments allows.
class ArgumentRules final : public Policy {
public:
    std::optional<Refused> refuse(std::string_view connection, const exchange::Call& call, Instant now) override;
};

}  // namespace bf::signer

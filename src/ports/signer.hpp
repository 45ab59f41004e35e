// What the inside asks of the process that holds the keys: a typed call goes in, signed requests come back. No key ever does.
#pragma once
#include "exchange/call.hpp"
#include "wire/http.hpp"

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace bf::ports {

/// Signed requests; or why the call can't be written; or why the signer refused or could not be reached (Error.code tells them apart).
using SignOutcome = std::variant<std::vector<wire::Request>, exchange::CallError, Error>;

class Signer {
public:
    using Done = std::function<void(SignOutcome)>;
    virtual ~Signer() = default;
    /// `at` is the exchange's time the signature is made for. `done` is called once, later.
    virtual void sign(std::string connection, exchange::Call call, Instant at, Done done) = 0;
};

}  // namespace bf::ports

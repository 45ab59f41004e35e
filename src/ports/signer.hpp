// What the inside asks of the process that holds the keys: a typed call goes in, signed requests come back. No key ever does.
#pragma once
#include "exchange/call.hpp"
#include "wire/http.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bf::ports {

/// Signed requests; or why the call can't be written; or why the signer refused or could not be reached (Error.code tells them apart).
using SignOutcome = std::variant<std::vector<wire::Request>, exchange::CallError, Error>;

/// What a symbol cost, and when that held: what the signer holds the price of an order against.
struct PriceReference {
    Decimal price;
    Instant at;  ///< By this machine's clock.
};

class Signer {
public:
    using Done = std::function<void(SignOutcome)>;
    virtual ~Signer() = default;
    /// `at` is the exchange's time the signature is made for. `done` is called once, later.
    virtual void sign(std::string connection, exchange::Call call, Instant at, Done done) = 0;
    /// An order, with what its symbol costs now.
    virtual void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<PriceReference> reference, Done done) = 0;
};

}  // namespace bf::ports

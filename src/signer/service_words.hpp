// What the parts of the service share: refusals said in several places, and the look at a credential's shape.
#pragma once
#include "exchange/calls.hpp"
#include "exchange/remark.hpp"
#include "signer/protocol.hpp"

namespace bf::signer {

Refused refused(Refusal reason, std::string detail);
Refused no_connection();
Refused no_calls(exchange::ExchangeId exchange);

/// `simulated_only`: a key without the mark of our simulated exchange is a fatal finding.
std::vector<exchange::ShapeFinding> shape_of(const exchange::Info& info, const exchange::CredentialFields& fields, bool simulated_only);
bool any_fatal(const std::vector<exchange::ShapeFinding>& findings);

}  // namespace bf::signer

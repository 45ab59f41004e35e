// Limits of a connection in the JSON of the REST interface: amounts as text, shares in percent.
#pragma once
#include "ports/use_limits.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace bf::server {

void write_limits(wire::JsonWriter& out, const ports::UseLimits& limits);
void write_limit_state(wire::JsonWriter& out, const ports::LimitState& state);
/// All fields must be there; Error.code names the one that is not right.
Result<ports::UseLimits> read_limits(const wire::JsonValue& json);
/// Limits that name no market are for the connection's; those of the other one are refused.
Status fit_to(market::Market market, ports::UseLimits& limits);

}  // namespace bf::server

// The code of a second factor that comes with a request, for what the signer itself judges.
#pragma once
#include "ports/use_limits.hpp"
#include "server/api.hpp"
#include "wire/json.hpp"

#include <variant>

namespace bf::server {

/// "account" and "code" of a request's body; or the refusal of what is none. Who is signed in brings his own code; the command line speaks for
/// nobody and names the account.
std::variant<ports::StepUp, ApiReply> step_up_of(const wire::Json& json, const ApiRequest& request);

/// The signer's word that a code is missing or no good.
inline bool is_step_up(const Error& error) { return error.code == "step_up"; }

}  // namespace bf::server

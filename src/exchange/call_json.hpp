// A call's arguments as the `wire` command and scripts write them: a JSON object with the contract's names.
#pragma once
#include "exchange/call.hpp"
#include "wire/json.hpp"

namespace bf::exchange {

/// Sets the arguments named in `arguments` on `call`. A name that is no argument, a wrong type or an unreadable value is bad_argument.
Result<void, CallError> read_arguments(const wire::JsonValue& arguments, Call& call);

}  // namespace bf::exchange

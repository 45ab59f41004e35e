// Reading an instrument's rules as a case has them: steps and minima, what it allows at most, its risk tiers.
#pragma once
#include "trading/fields.hpp"

namespace bf::trading {

/// The members of `fields`; what can't be used stays in its reading.
void read_instrument(Fields& fields, InstrumentFacts& instrument);
/// A document of its own: the object, or one that has it as its member "instrument".
Result<InstrumentFacts, FieldError> read_instrument(wire::JsonValue json);

}  // namespace bf::trading

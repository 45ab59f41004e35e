// A Decimal as the bytes of our own formats: 16 of the mantissa, 1 of the scale. One amount has one form (no trailing zeros behind the
// point), else two byte strings would mean the same.
#pragma once
#include "base/bytes.hpp"
#include "money/decimal.hpp"

namespace bf {

void write_decimal(ByteWriter& out, const Decimal& value);
/// Fails the reader for anything that write_decimal does not write.
void read_decimal(ByteReader& in, Decimal& value);

}  // namespace bf

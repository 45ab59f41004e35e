// A typed call as bytes: operation, market, account mode, site, a bit mask of the arguments that are there, then those in order.
#pragma once
#include "exchange/call.hpp"
#include "base/bytes.hpp"

namespace bf::signer {

void write_call(ByteWriter& out, const exchange::Call& call);
/// Fails the reader for anything that `write_call` does not write. The memory of the call's texts is used again.
void read_call(ByteReader& in, exchange::Call& call);

void write_call_error(ByteWriter& out, const exchange::CallError& error);
exchange::CallError read_call_error(ByteReader& in);

}  // namespace bf::signer

// The templates of MEXC's two products. There is none for withdrawals, transfers, sub-accounts, borrowing or keys, and none of these
// could serve such an endpoint: MEXC's signature does not cover the path, so what protects is which parameters a template can emit.
#pragma once
#include "exchange/mexc/calls/writer.hpp"

namespace bf::exchange::mexc {

/// server_time, instruments, ticker, candles.
void write_spot_public(const Call& call, RequestList& out);
void write_futures_public(const Call& call, Instant at, RequestList& out);

Result<void, CallError> write_spot(const Call& call, const SigningKey& key, Instant at, RequestList& out);
Result<void, CallError> write_futures(const Call& call, const SigningKey& key, Instant at, RequestList& out);

}  // namespace bf::exchange::mexc

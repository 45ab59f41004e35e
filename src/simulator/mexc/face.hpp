// MEXC as its clients see it: spot v3 with protobuf pushes, contract v1 with JSON pushes. Signatures are checked with OpenSSL's own HMAC,
// apart from the code that signs for us, and the pushes are written from a schema of its own.
// Sources: MEXC's API reference (github.com/mexcdevelop/apidocs, www.mexc.com/api-docs), its public protobuf schema, ccxt 4.5.84.
#pragma once
#include "simulator/core/exchange.hpp"
#include "simulator/core/face.hpp"

namespace bf::simulator::mexc {

Profile profile();
std::unique_ptr<Face> make_face(Exchange& exchange);

}  // namespace bf::simulator::mexc

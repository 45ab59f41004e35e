// What MEXC's refusals mean. Decided by the body: the HTTP status of most refusals is undocumented and some come with 200.
// Sources: error lists of the spot v3 and contract v1 references; live bodies in public issue threads (golden/mexc/errors.json).
#pragma once
#include "exchange/replies.hpp"
#include "wire/json.hpp"

namespace bf::exchange::mexc {

/// The two products number their errors apart.
enum class ErrorList : std::uint8_t { spot, futures };
/// Account facts are read from the spot interface on both markets.
ErrorList error_list_of(const Call& call);

/// The code of the stable interface for one of MEXC's, for a call of that operation and market.
ProblemCode meaning_of(ErrorList list, std::int64_t code, const Call& call);

/// The problem of an error with this code and text.
Problem make_problem(ErrorList list, std::int64_t code, std::string_view text, const Call& call);

/// The parsed body of an answer that says success, else its problem.
Answer<wire::Json> open_body(const wire::Response& response, const Asked& asked);

/// An IPv4 or IPv6 address inside a text, if there is one.
std::optional<std::string> find_address(std::string_view text);

}  // namespace bf::exchange::mexc

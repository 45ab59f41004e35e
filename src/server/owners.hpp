// What the web process tells the engine of the people it keeps: who the owners are, so that the engine can ask the signer for each one's
// second factor and say what is missing. Nothing is allowed by it.
#pragma once
#include "server/api.hpp"

#include <vector>

namespace bf::server {

/// No browser reaches such a path: what comes from outside begins with /api/v1/ or /hooks/.
inline constexpr std::string_view kOwnersPath = "/internal/owners";
/// More are not told; an installation with so many has other worries.
inline constexpr std::size_t kOwnersMax = 64;

ApiRequest owners_request(const std::vector<std::string>& owners);
/// Nothing for what is another question or can't be read.
std::optional<std::vector<std::string>> owners_told(const ApiRequest& request);

}  // namespace bf::server

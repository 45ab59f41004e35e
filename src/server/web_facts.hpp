// What the web process tells the engine of what it alone knows: who the owners are, so that the engine can ask the signer for each one's second
// factor and say what is missing; and until when the dashboard's certificate holds. Nothing is allowed by it. The answer tells which addresses
// of signals are strategies', by their hashes, so that a flood of made-up ones keeps no signal out.
#pragma once
#include "server/api.hpp"

#include <vector>

namespace bf::server {

/// No browser reaches such a path: what comes from outside begins with /api/v1/ or /hooks/.
inline constexpr std::string_view kWebFactsPath = "/internal/web-facts";
/// More are not told; an installation with so many has other worries.
inline constexpr std::size_t kOwnersMax = 64;

struct WebFacts {
    std::vector<std::string> owners{};
    std::optional<Instant> certificate_until{};  ///< Nothing: it has none of its own.
    friend bool operator==(const WebFacts&, const WebFacts&) = default;
};

ApiRequest web_facts_request(const WebFacts& facts);
/// Nothing for what is another question or can't be read.
std::optional<WebFacts> web_facts_told(const ApiRequest& request);

ApiReply web_facts_reply(const std::vector<std::string>& hook_hashes);
/// Nothing for what is no such answer.
std::optional<std::vector<std::string>> hooks_told(const ApiReply& reply);

}  // namespace bf::server

// The administrator's reads: what is really so on a simulated exchange, in the contract's own words and not in an exchange's.
#pragma once
#include "simulator/site.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bf::simulator {

/// The answer to GET /admin/<what>?exchange=&account=; nothing for an unknown `what` or exchange.
std::optional<std::string> view(const std::vector<std::unique_ptr<Site>>& sites, std::string_view what, std::string_view target);

}  // namespace bf::simulator

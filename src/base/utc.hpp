// A moment as people read it, wherever they are.
#pragma once
#include "base/time.hpp"

#include <string>

namespace bf {

/// "2026-11-29 14:02:10", in UTC.
std::string utc_text(Instant at);

}  // namespace bf

// Text that was written elsewhere (by an exchange, by whoever names a strategy) as it may stand in a line for people, on a terminal or in a log:
// it must not move the cursor, begin a line that looks like ours, or turn its direction.
#pragma once
#include <string>
#include <string_view>

namespace bf {

/// Control characters of ASCII and Unicode, line separators, marks of direction and what is no UTF-8 become a blank each.
std::string printable(std::string_view text);

}  // namespace bf

// Which connection a signal is decided on: the main one, or the PRO one while the old group recovers.
//
// Only an entry can go to PRO: an add-on request always belongs to the old group. "A separate trend" is an entry that came after the old
// group had entered Recovery.
#pragma once
#include "trading/group.hpp"
#include "trading/signal.hpp"

namespace bf::trading {

enum class Via : std::uint8_t { main, pro };
std::string_view to_string(Via via);

/// `received`: when it came in, by our clock: what its sender's says it was made at does not make an idea old or new. `old_group`: open on the main connection for the signal's pair and direction, or null. `pro_there`: a PRO connection is set and on
/// another account.
Via route(const Signal& signal, Instant received, const Group* old_group, bool pro_there);

}  // namespace bf::trading

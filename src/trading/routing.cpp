#include "trading/routing.hpp"

namespace bf::trading {

std::string_view to_string(Via via) { return via == Via::main ? "main" : "pro"; }

Via route(const Signal& signal, Instant received, const Group* old_group, bool pro_there) {
    if (old_group == nullptr || old_group->state != GroupState::recovery || !pro_there || signal.kind != SignalKind::entry) return Via::main;
    const bool came_after = !old_group->recovery_since || received >= *old_group->recovery_since;
    return came_after ? Via::pro : Via::main;
}

}  // namespace bf::trading

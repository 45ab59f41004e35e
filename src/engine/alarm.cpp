#include "engine/alarm.hpp"

#include <array>

namespace bf::engine {

void write_alarm(wire::JsonWriter& out, const Alarm& alarm) {
    constexpr std::array<std::string_view, 3> kSeverities{"info", "warning", "critical"};
    out.member("code", alarm.code).member("severity", kSeverities[static_cast<std::size_t>(alarm.severity)]);
    out.member("text_en", alarm.english).member("text_nl", alarm.dutch).member("connection", alarm.connection).member("group", alarm.group);
}

}  // namespace bf::engine

// An alarm as the store keeps it: what happened, in both languages, and where.
#pragma once
#include "engine/intent.hpp"
#include "wire/json_writer.hpp"

#include <string>
#include <string_view>

namespace bf::engine {

enum class Severity : std::uint8_t { info, warning, critical };

struct Alarm {
    Severity severity{Severity::info};
    std::string_view code;
    std::string english;
    std::string dutch;
    std::string connection;  ///< Empty: none.
    GroupNumber group{0};    ///< 0: none.
};

/// The members of its document, into an open object.
void write_alarm(wire::JsonWriter& out, const Alarm& alarm);

}  // namespace bf::engine

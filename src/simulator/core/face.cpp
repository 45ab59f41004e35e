#include "simulator/core/face.hpp"

namespace bf::simulator {

std::string_view Call::header(std::string_view name) const { return wire::find_header(headers, name).value_or(std::string_view{}); }

std::string_view Call::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (key == name) return value;
    return {};
}

}  // namespace bf::simulator

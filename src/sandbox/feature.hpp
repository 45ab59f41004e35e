// One protection of a process as it was found at start: tried, never assumed.
#pragma once
#include <string>

namespace bf::sandbox {

struct Feature {
    std::string name;
    bool on{false};
    std::string detail;  ///< What it gives; if it is off, why.
};

}  // namespace bf::sandbox

// A mistyped setting is kept by nobody, and its default holds instead: that must not pass in silence.
#pragma once
#include <cstdio>
#include <string>
#include <vector>

namespace bf::app {

/// `unknown`: as trading::read_settings gives them.
inline void tell_unknown_settings(const std::vector<std::string>& unknown) {
    for (const auto& name : unknown) std::fprintf(stderr, "There is no setting \"%s\": it was ignored, and what it was meant to change is as before.\n", name.c_str());
}

}  // namespace bf::app

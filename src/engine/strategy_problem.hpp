// Why a strategy can't be switched on: a code, the setting it is about, and the sentence with its numbers in both languages.
#pragma once
#include "trading/reason.hpp"

#include <string>

namespace bf::engine {

struct StrategyProblem {
    trading::Code code{trading::Code::settings_invalid};
    std::string field;  ///< "margin.group_limit"; empty when it is about no single one.
    std::string english, dutch;
};

}  // namespace bf::engine

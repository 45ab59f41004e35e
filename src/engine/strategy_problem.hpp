// Why a strategy can't be switched on: a code, the setting it is about, and the sentence with its numbers in both languages.
#pragma once
#include "trading/fault.hpp"
#include "trading/reason.hpp"

#include <string>

namespace bf::engine {

struct StrategyProblem {
    trading::Code code{trading::Code::settings_invalid};
    std::string field;  ///< "margin.group_limit"; empty when it is about no single one.
    std::string english, dutch;
};

/// Of a setting that is out of range.
inline StrategyProblem problem_of(const trading::FieldError& error) {
    return {trading::Code::settings_invalid, error.field, trading::sentence(error, trading::Language::en), trading::sentence(error, trading::Language::nl)};
}

}  // namespace bf::engine

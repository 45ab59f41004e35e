// Numbers inside sentences, as each language writes them.
#pragma once
#include "exchange/problem.hpp"

#include <algorithm>
#include <string>

namespace bf::exchange {

/// A plain decimal ("2900.5"): Dutch writes a comma.
inline std::string spoken(std::string number, Language language) {
    if (language == Language::nl) std::replace(number.begin(), number.end(), '.', ',');
    return number;
}

}  // namespace bf::exchange

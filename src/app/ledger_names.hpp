// What the ledger's codes are called, for people. A code that has no name yet is told by its own words.
#pragma once
#include "exchange/problem.hpp"

#include <string>
#include <string_view>

namespace bf::app {

std::string name_of_use(std::string_view what, exchange::Language language);
std::string name_of_result(std::string_view result, exchange::Language language);
std::string name_of_purpose(std::string_view purpose, exchange::Language language);

}  // namespace bf::app

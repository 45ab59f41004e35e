// What goes wrong with candles in a running server, as its users are told.
#pragma once
#include "base/error.hpp"

#include <string>

namespace bf::app {

Unexpected<Error> refuse_candles(ErrorKind kind, std::string sentence, std::string code);
/// Of what the system refused just now.
Unexpected<Error> candle_disk_error(const std::string& what);
/// What the import's process says in JSON: the sentence, or that it said none.
std::string import_problem(int status, const std::string& output);

}  // namespace bf::app

// What is wrong with a command line, told so that its user can mend it: CLI11's own sentences name neither the command nor what there is.
#pragma once
#include <CLI/App.hpp>

#include <string>

namespace bf::app {

struct UsageError {
    std::string sentence;
    std::string where;  ///< The option or command it is about.
};

/// The first option a sentence names: "--seed" of "Could not convert: --seed = abc"; empty if none.
std::string option_in(const std::string& sentence);

/// What a command prints with --json when its input can't be used: {"error","where"}, where is the option it names or standard input.
std::string usage_json(const std::string& sentence);

/// Why `app` did not accept these words (without the program's name).
UsageError explain_usage(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words);

}  // namespace bf::app

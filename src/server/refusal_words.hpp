// What this server refuses, in the reader's language.
//
// A refusal is made, kept and sent between processes as its English sentence with a code, and so scripts and the command line get it. For a page in
// another language it is found again by that sentence, with the names and numbers in it: both sentences stand in one table, refusal_words.cpp. One
// that stands in no row is told by its code, in plainer words; one that is known by neither stays English.
#pragma once
#include "exchange/problem.hpp"

#include <string>
#include <string_view>

namespace bf::server {

/// The sentence in that language; itself in English, and where it is not known.
std::string retell_refusal(std::string_view english, std::string_view code, exchange::Language language);
/// The same of a whole reply's body (a problem's JSON), whose other members stay as they are.
std::string retell_problem(std::string body, exchange::Language language);

}  // namespace bf::server

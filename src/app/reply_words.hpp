// What commands say of an answer of the running server: for people, or with --json as it came.
#pragma once
#include "app/exit_code.hpp"
#include "server/api.hpp"
#include "wire/json.hpp"

#include <cstdint>
#include <cstdio>
#include <string>

namespace bf::app {

/// A text or number as it may stand on a terminal; empty for anything else.
std::string shown_text(const wire::JsonValue& value);

enum class ProblemSays : std::uint8_t {
    sentence,
    field_and_sentence,  ///< Where the input is a file: which of its members.
};
/// Says a problem, with `json` as its object too. The exit status: kUsage for what other words or another file would mend.
int say_problem(bool json, const server::ApiReply& problem, ProblemSays says = ProblemSays::sentence);

/// With `json` the answer as it is, else what `print` makes of it; a problem is said.
template <class Print>
int say_reply(bool json, const server::ApiReply& reply, Print&& print, ProblemSays says = ProblemSays::sentence) {
    if (reply.status >= 300) return say_problem(json, reply, says);
    const std::string body = reply.body.empty() ? "{}" : reply.body;
    if (json) {
        std::puts(body.c_str());
        return kDone;
    }
    const auto read = wire::Json::parse(body);
    if (!read) return say_problem(json, reply, says);
    print(read->root());
    return kDone;
}

}  // namespace bf::app

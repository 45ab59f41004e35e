// What the sources of TradingApi share. For them only.
#pragma once
#include "server/api_replies.hpp"
#include "server/trading_api.hpp"
#include "server/trading_json.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <array>

namespace bf::server {

/// How long an answer waits for what a ladder is weighed by: prices and tiers come within a second of an exchange that answers.
inline constexpr milliseconds kEnablePatience{5000};

using engine::Now;
using wire::Method;

inline ApiReply no_such(const char* what) { return problem_reply(404, "not_found", "Not found", std::string{"There is no such "} + what + "."); }

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// The body as an object; an empty one is {}.
std::optional<wire::Json> object_of(const ApiRequest& request);
/// The settings of a request. Whether they are on paper may stand in them or beside them; where neither says it, it stays as it was: money
/// must not become real because a page left a word out.
Result<trading::Settings, trading::FieldError> settings_of(const wire::Json& json, bool paper_until_now);
inline ApiReply after(const Status& status, const std::function<ApiReply()>& then) { return status ? then() : error_reply(status.error()); }
std::string upper(std::string_view text);

}  // namespace bf::server

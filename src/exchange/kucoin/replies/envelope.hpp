// The envelope of every KuCoin answer, {"code":"200000","data":...}, and what every other code means.
#pragma once
#include "exchange/replies.hpp"
#include "wire/json.hpp"

namespace bf::exchange::kucoin {

/// An answer whose code is 200000. `data` may be absent or null: each reader says what it needs.
struct Envelope {
    wire::Json json;
    [[nodiscard]] wire::JsonValue data() const { return json["data"]; }
};

/// Decides by the code in the body; the HTTP status only speaks where there is no body of the documented shape.
Answer<Envelope> open_envelope(const wire::Response& response, const Asked& asked);

/// What a code and its text mean for what was asked. One number can mean different things on spot and futures.
Problem problem_of(std::string_view code, std::string_view message, const wire::Response& response, const Asked& asked);

/// What a text without a code of its own means: failed items inside a successful answer.
Problem problem_of_text(std::string_view message, const Asked& asked);

/// An answer of the right envelope whose data has not the documented shape.
Unexpected<Problem> bad_shape(const char* what);

}  // namespace bf::exchange::kucoin

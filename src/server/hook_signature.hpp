// The signature that a script of one's own may send with a signal (TradingView can't): with it nobody on the way can change the signal
// or send the same text as a new one without being noticed. Where the header stands, it must fit.
#pragma once
#include <string_view>

namespace bf::server {

inline constexpr std::string_view kHookSignatureHeader = "X-BF-Signature";

/// Whether `signature` is, in hexadecimal of either case, HMAC-SHA256 with the hook's token as key over the signal's `time`, as it stands
/// in the body (without quotes), followed by the whole body. Never for a body that is not one JSON object with a time.
bool hook_signature_fits(std::string_view token, std::string_view body, std::string_view signature);

}  // namespace bf::server

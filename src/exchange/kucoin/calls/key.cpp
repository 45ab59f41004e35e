#include "exchange/kucoin/calls/key.hpp"

#include "base/text.hpp"

#include <cstring>

namespace bf::exchange::kucoin {
namespace {

crypto::Secret passphrase_code(const crypto::HmacSha256& hmac, const std::optional<crypto::Secret>& passphrase) {
    const auto code = passphrase ? passphrase->reveal([&hmac](std::string_view plain) { return hmac.sign({plain}); }) : hmac.sign({});
    return crypto::Secret::take(to_base64(code));
}

}  // namespace

ApiKey::ApiKey(CredentialFields fields)
    : hmac_{fields.secret}, key_{std::move(fields.key)}, passphrase_code_{passphrase_code(hmac_, fields.passphrase)},
      has_passphrase_{fields.passphrase && fields.passphrase->reveal([](std::string_view plain) { return !plain.empty(); })} {}

void ApiKey::sign(wire::Request& request, Instant at, int version) const {
    // Put together first: the hash pays for each further piece what a copy of all of it costs.
    char whole[2048];
    char* end = write_time_ms(whole, at.ms());
    const std::string_view timestamp{whole, static_cast<std::size_t>(end - whole)};
    const auto add = [&end](std::string_view text) {
        copy_short(end, text);
        end += text.size();
    };
    add(wire::to_string(request.method));
    const bool fits = request.target.size() + request.body.size() <= sizeof whole - 32 - crypto::HmacSha256::kRoom;
    if (fits) {
        add(request.target);
        add(request.body);
    }
    const auto size = static_cast<std::size_t>(end - whole);
    const auto code = fits ? hmac_.sign_in_place(whole, size) : hmac_.sign({std::string_view{whole, size}, request.target, request.body});
    char base64[44];
    const std::string_view signature{base64, static_cast<std::size_t>(write_base64(base64, code) - base64)};

    key_.reveal([&](std::string_view key) {
        passphrase_code_.reveal([&](std::string_view passphrase) {
            using wire::HeaderView;
            request.set_headers(HeaderView{"KC-API-KEY", key}, HeaderView{"KC-API-SIGN", signature}, HeaderView{"KC-API-TIMESTAMP", timestamp},
                                HeaderView{"KC-API-PASSPHRASE", passphrase}, HeaderView{"KC-API-KEY-VERSION", version == 2 ? "2" : "3"},
                                // Without it a POST is answered 415000.
                                HeaderView{"Content-Type", "application/json"});
        });
    });
}

}  // namespace bf::exchange::kucoin

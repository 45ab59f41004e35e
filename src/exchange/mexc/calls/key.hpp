// MEXC's key material: the access key in locked memory and the secret as two hash states; the secret's text is gone after construction.
// Both products sign with HMAC-SHA256 and print lower-case hexadecimal (upper case is refused: spot v3 reference, "SIGNED").
#pragma once
#include "crypto/hmac.hpp"
#include "exchange/calls.hpp"
#include "exchange/mexc/calls/text.hpp"

namespace bf::exchange::mexc {

class SigningKey final : public Key {
public:
    explicit SigningKey(CredentialFields fields) : access_{std::move(fields.key)}, hmac_{fields.secret} {}

    void put_access(Text& out) const {
        access_.reveal([&out](std::string_view key) { out.put(key); });
    }
    /// Lends the access key, which is no secret by itself, for a header.
    template <class Use>
    void reveal_access(Use&& use) const {
        access_.reveal(std::forward<Use>(use));
    }

    /// Over the parameters as sent.
    [[nodiscard]] crypto::Digest256 sign_spot(std::string_view parameters) const { return hmac_.sign({parameters}); }
    /// Over access key, time and parameters.
    [[nodiscard]] crypto::Digest256 sign_futures(std::string_view time, std::string_view parameters) const {
        // Put together first: the hash pays for each further piece what a copy of all of it costs.
        Text whole;
        put_access(whole);
        return hmac_.sign({whole.put(time).put(parameters).view()});
    }

private:
    crypto::Secret access_;
    crypto::HmacSha256 hmac_;
};

}  // namespace bf::exchange::mexc

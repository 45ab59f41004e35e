// A KuCoin API key, ready to sign: the secret as HMAC states, the passphrase as the header it becomes, the key's own text.
#pragma once
#include "crypto/hmac.hpp"
#include "exchange/calls.hpp"

namespace bf::exchange::kucoin {

class ApiKey final : public Key {
public:
    explicit ApiKey(CredentialFields fields);

    /// Adds the KC-API headers over exactly the method, target and body that stand in `request`.
    /// Prehash: timestamp (ms) + METHOD + path with query + body; HMAC-SHA256, base64. The key version is no part of it.
    void sign(wire::Request& request, Instant at, int version) const;

    /// Without one nothing can be signed that KuCoin would take.
    [[nodiscard]] bool has_passphrase() const { return has_passphrase_; }

private:
    crypto::HmacSha256 hmac_;
    crypto::Secret key_;
    /// base64(HMAC-SHA256(secret, passphrase)): what KC-API-PASSPHRASE carries since key version 2. As good as the passphrase.
    crypto::Secret passphrase_code_;
    bool has_passphrase_;
};

}  // namespace bf::exchange::kucoin

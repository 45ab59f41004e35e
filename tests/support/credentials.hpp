// Credentials for tests: made from plain text that nobody uses anywhere.
#pragma once
#include "exchange/calls.hpp"

#include <string>

namespace bf::test {

inline exchange::CredentialFields credentials(std::string key, std::string secret, std::optional<std::string> passphrase = std::nullopt) {
    exchange::CredentialFields fields{crypto::Secret::take(std::move(key)), crypto::Secret::take(std::move(secret)), std::nullopt};
    if (passphrase) fields.passphrase = crypto::Secret::take(std::move(*passphrase));
    return fields;
}

inline std::string plain(const crypto::Secret& secret) {
    return secret.reveal([](std::string_view bytes) { return std::string{bytes}; });
}

/// "key/secret/passphrase".
inline std::string plain(const exchange::CredentialFields& fields) {
    return plain(fields.key) + '/' + plain(fields.secret) + (fields.passphrase ? '/' + plain(*fields.passphrase) : "");
}

}  // namespace bf::test

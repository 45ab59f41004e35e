// An authenticator of the tests' own and the browser around it, made of OpenSSL alone, so that what judges passkeys is not what makes them.
// Source: Web Authentication level 2, sections 5.8.1 (client data), 6.1 (authenticator data), 6.5.1 (attested credential data); RFC 8152 (COSE keys).
#pragma once
#include "base/result.hpp"
#include "signer/passkey.hpp"

#include <memory>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string>

namespace bf::test {

class PasskeyDevice {
public:
    using Algorithm = signer::PasskeyAlgorithm;
    explicit PasskeyDevice(Algorithm algorithm = Algorithm::es256, std::string host = "bot.example") : algorithm_{algorithm}, host_{std::move(host)}, id_{dice(32)} {
        key_.reset(algorithm == Algorithm::es256   ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                   : algorithm == Algorithm::eddsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                                   : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
        BF_ASSERT(key_ != nullptr);
    }

    std::uint32_t counter{0};
    std::uint8_t flags{0x05};  ///< Somebody was present, and verified.
    std::string origin{"https://bot.example"};
    std::string more{};        ///< Further members of the client data.
    std::string user{};
    [[nodiscard]] const std::string& id() const { return id_; }

    [[nodiscard]] std::string client_data(const std::string& type, const std::string& challenge) const {
        return R"({"type":")" + type + R"(","challenge":")" + challenge + R"(","origin":")" + origin + '"' + more + "}";
    }
    /// What a registration hands over.
    [[nodiscard]] std::string made_for(const std::string& host) const {
        std::string out = head(host, static_cast<std::uint8_t>(flags | 0x40));
        out.append(16, '\0');  // A model that is not told.
        out += static_cast<char>(id_.size() >> 8);
        out += static_cast<char>(id_.size() & 0xff);
        return out + id_ + cose_key();
    }
    [[nodiscard]] std::string made() const { return made_for(host_); }
    /// What signing in hands over, as one text.
    [[nodiscard]] std::string answer(const std::string& challenge, const std::string& type = "webauthn.get") const {
        const auto client = client_data(type, challenge), data = head(host_, flags);
        return text(client, data, sign(data + sha256(client)));
    }
    [[nodiscard]] std::string text(const std::string& client, const std::string& data, const std::string& signature) const {
        using signer::to_base64url;
        return "passkey." + to_base64url(id_) + "." + to_base64url(client) + "." + to_base64url(data) + "." + to_base64url(signature) + "." + to_base64url(user);
    }
    [[nodiscard]] std::string head(const std::string& host, std::uint8_t how) const {
        std::string out = sha256(host);
        out += static_cast<char>(how);
        for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((counter >> shift) & 0xff);
        return out;
    }
    [[nodiscard]] std::string sign(const std::string& bytes) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
        BF_ASSERT(EVP_DigestSignInit(context.get(), nullptr, algorithm_ == Algorithm::eddsa ? nullptr : EVP_sha256(), nullptr, key_.get()) == 1);
        std::size_t size = 0;
        BF_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, data(bytes), bytes.size()) == 1);
        std::string out(size, '\0');
        BF_ASSERT(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, data(bytes), bytes.size()) == 1);
        out.resize(size);
        return out;
    }
    static std::string sha256(const std::string& bytes) {
        std::string out(32, '\0');
        BF_ASSERT(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, EVP_sha256(), nullptr) == 1);
        return out;
    }
    static std::string dice(std::size_t size) {
        std::string out(size, '\0');
        BF_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) == 1);
        return out;
    }

private:
    static const unsigned char* data(const std::string& bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
    [[nodiscard]] std::string number(const char* name) const {
        BIGNUM* value = nullptr;
        BF_ASSERT(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
        const auto size = algorithm_ == Algorithm::es256 ? 32 : BN_num_bytes(value);
        std::string out(static_cast<std::size_t>(size), '\0');
        BF_ASSERT(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), size) == size);
        BN_free(value);
        return out;
    }
    /// CBOR by hand: a map of small numbers and byte strings.
    [[nodiscard]] std::string cose_key() const {
        const auto bytes = [](const std::string& content) {
            return content.size() < 24    ? std::string{static_cast<char>(0x40 + content.size())} + content
                   : content.size() < 256 ? std::string{'\x58', static_cast<char>(content.size())} + content
                                          : std::string{'\x59', static_cast<char>(content.size() >> 8), static_cast<char>(content.size() & 0xff)} + content;
        };
        if (algorithm_ == Algorithm::es256)
            return std::string{"\xa5\x01\x02\x03\x26\x20\x01\x21", 8} + bytes(number(OSSL_PKEY_PARAM_EC_PUB_X)) + "\x22" + bytes(number(OSSL_PKEY_PARAM_EC_PUB_Y));
        if (algorithm_ == Algorithm::eddsa) {
            std::string raw(32, '\0');
            std::size_t size = raw.size();
            BF_ASSERT(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) == 1);
            return std::string{"\xa4\x01\x01\x03\x27\x20\x06\x21", 8} + bytes(raw);
        }
        return std::string{"\xa4\x01\x03\x03\x39\x01\x00\x20", 8} + bytes(number(OSSL_PKEY_PARAM_RSA_N)) + "\x21" + bytes(number(OSSL_PKEY_PARAM_RSA_E));
    }

    Algorithm algorithm_;
    std::string host_;
    std::string id_;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, EVP_PKEY_free};
};

}  // namespace bf::test

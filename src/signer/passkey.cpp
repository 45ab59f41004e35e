#include "signer/passkey.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "crypto/secret.hpp"
#include "signer/cbor_claims.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <memory>
#include <sodium.h>

namespace bf::signer {
namespace {

constexpr std::size_t kChallengeSize = 32;
constexpr std::size_t kGivenMax = 256;
constexpr std::ptrdiff_t kGivenOfAccount = 8;  ///< Several tabs; who asks for more loses the oldest.
constexpr std::size_t kIdMax = 1023;  ///< The standard's.
constexpr std::uint8_t kPresent = 0x01, kVerified = 0x04;

struct Free {
    void operator()(fido_cred_t* it) const { fido_cred_free(&it); }
    void operator()(fido_assert_t* it) const { fido_assert_free(&it); }
    void operator()(es256_pk_t* it) const { es256_pk_free(&it); }
    void operator()(eddsa_pk_t* it) const { eddsa_pk_free(&it); }
    void operator()(rs256_pk_t* it) const { rs256_pk_free(&it); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// Authenticator data: the domain's digest, flags and counter; with a credential its model, the length of its id and its id; then CBOR.
constexpr std::size_t kHead = 37, kCredentialHead = 18;
std::string_view behind_head(std::string_view data) { return data.substr(std::min(kHead, data.size())); }
std::string_view behind_credential_id(std::string_view data) {
    const auto rest = behind_head(data);
    if (rest.size() < kCredentialHead) return {};
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(rest[kCredentialHead - 2])) << 8U | static_cast<unsigned char>(rest[kCredentialHead - 1]);
    return rest.substr(std::min(kCredentialHead + size, rest.size()));
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string sha256(std::string_view text) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), bytes_of(text), text.size());
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

int cose_of(PasskeyAlgorithm algorithm) {
    switch (algorithm) {
        case PasskeyAlgorithm::es256: return COSE_ES256;
        case PasskeyAlgorithm::eddsa: return COSE_EDDSA;
        case PasskeyAlgorithm::rs256: return COSE_RS256;
    }
    return COSE_ES256;
}

/// Calls `use` with the key; false if the bytes are none, a point off its curve for instance.
template <class T, class Use>
bool with(T* made, int (*from)(T*, const void*, std::size_t), std::string_view bytes, Use&& use) {
    const Owned<T> key{made};
    return key != nullptr && from(key.get(), bytes.data(), bytes.size()) == FIDO_OK && use(key.get());
}
template <class Use>
bool with_key(PasskeyAlgorithm algorithm, std::string_view bytes, Use&& use) {
    switch (algorithm) {
        case PasskeyAlgorithm::es256: return with<es256_pk_t>(es256_pk_new(), es256_pk_from_ptr, bytes, use);
        case PasskeyAlgorithm::eddsa: return with<eddsa_pk_t>(eddsa_pk_new(), eddsa_pk_from_ptr, bytes, use);
        case PasskeyAlgorithm::rs256: return with<rs256_pk_t>(rs256_pk_new(), rs256_pk_from_ptr, bytes, use);
    }
    return false;
}

struct Asked {
    std::string type, challenge, origin;
};
/// What the browser says it did, for a page of its own; nothing for another site's frame.
std::optional<Asked> read_client_data(std::string_view text) {
    const auto json = wire::Json::parse(text);
    if (!json || !json->root().is_object() || json->root().has_duplicate_names()) return std::nullopt;
    const auto type = (*json)["type"].text(), challenge = (*json)["challenge"].text(), origin = (*json)["origin"].text();
    if (!type || !challenge || !origin) return std::nullopt;
    if (const auto cross = (*json)["crossOrigin"]; cross.exists() && cross.boolean() != false) return std::nullopt;
    if ((*json)["topOrigin"].exists()) return std::nullopt;
    auto bytes = from_base64url(*challenge);
    if (!bytes) return std::nullopt;
    return Asked{std::string{*type}, std::move(*bytes), std::string{*origin}};
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), kVariant);
    text.pop_back();  // Its closing zero.
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    const char* end = nullptr;
    const int good = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                                       sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (good != 0 || end != text.data() + text.size()) return std::nullopt;
    bytes.resize(size);
    return bytes;
}

std::optional<std::string> passkey_host(std::string_view origin) {
    constexpr std::string_view kSecure = "https://", kPlain = "http://";
    const bool secure = origin.starts_with(kSecure);
    if (!secure && !origin.starts_with(kPlain)) return std::nullopt;
    origin.remove_prefix(secure ? kSecure.size() : kPlain.size());
    const auto colon = origin.find(':');
    const auto host = origin.substr(0, colon);
    if (colon != std::string_view::npos) {
        const auto port = origin.substr(colon + 1);
        if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    }
    if (!secure && host != "localhost") return std::nullopt;
    if (host.empty() || host.size() > 253 || host.front() == '.' || host.back() == '.' || host.find("..") != std::string_view::npos) return std::nullopt;
    if (host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") != std::string_view::npos) return std::nullopt;
    // A last part without a letter is an address's.
    const auto last = host.substr(host.rfind('.') == std::string_view::npos ? 0 : host.rfind('.') + 1);
    if (last.find_first_not_of("0123456789") == std::string_view::npos) return std::nullopt;
    return std::string{host};
}

std::string Passkey::handle() const {
    std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash(hash.data(), hash.size(), bytes_of(id), id.size(), nullptr, 0);
    return to_hex(hash);
}

std::optional<PasskeyProof> parse_proof(std::string_view text) {
    if (!is_passkey_proof(text) || text.size() > kProofMax) return std::nullopt;
    const auto parts = split(text.substr(kProofMark.size()), '.');
    if (parts.size() != 5) return std::nullopt;
    PasskeyProof proof;
    std::string* const fields[] = {&proof.id, &proof.client_data, &proof.authenticator_data, &proof.signature, &proof.user};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto bytes = from_base64url(parts[i]);
        if (!bytes) return std::nullopt;
        *fields[i] = std::move(*bytes);
    }
    return proof;
}

std::optional<Passkey> read_passkey(std::string_view authenticator_data, std::string_view host) {
    // The data begins with the digest of the domain; libfido2 looks at that only where there is an attestation to verify.
    if (!authenticator_data.starts_with(sha256(host)) || !cbor_claims_fit(behind_credential_id(authenticator_data))) return std::nullopt;
    for (const auto algorithm : {PasskeyAlgorithm::es256, PasskeyAlgorithm::eddsa, PasskeyAlgorithm::rs256}) {
        const Owned<fido_cred_t> read{fido_cred_new()};
        if (read == nullptr || fido_cred_set_type(read.get(), cose_of(algorithm)) != FIDO_OK) return std::nullopt;
        if (fido_cred_set_authdata_raw(read.get(), bytes_of(authenticator_data), authenticator_data.size()) != FIDO_OK) continue;
        const auto flags = fido_cred_flags(read.get());
        if ((flags & kPresent) == 0 || (flags & kVerified) == 0) return std::nullopt;
        if (fido_cred_id_len(read.get()) == 0 || fido_cred_id_len(read.get()) > kIdMax || fido_cred_pubkey_ptr(read.get()) == nullptr) return std::nullopt;
        Passkey made{.id = {reinterpret_cast<const char*>(fido_cred_id_ptr(read.get())), fido_cred_id_len(read.get())},
                     .algorithm = algorithm,
                     .public_key = {reinterpret_cast<const char*>(fido_cred_pubkey_ptr(read.get())), fido_cred_pubkey_len(read.get())},
                     .counter = fido_cred_sigcount(read.get()),
                     .host = std::string{host}};
        if (!with_key(algorithm, made.public_key, [](const void*) { return true; })) return std::nullopt;
        return made;
    }
    return std::nullopt;
}

ProofJudgement judge_proof(Passkey& passkey, const PasskeyProof& proof) {
    if (!cbor_claims_fit(behind_head(proof.authenticator_data))) return ProofJudgement::wrong;
    const Owned<fido_assert_t> said{fido_assert_new()};
    const auto hash = sha256(proof.client_data);
    auto* const it = said.get();
    const bool read = it != nullptr && fido_assert_set_count(it, 1) == FIDO_OK && fido_assert_set_rp(it, passkey.host.c_str()) == FIDO_OK &&
                      fido_assert_set_clientdata_hash(it, bytes_of(hash), hash.size()) == FIDO_OK && fido_assert_set_up(it, FIDO_OPT_TRUE) == FIDO_OK &&
                      fido_assert_set_uv(it, FIDO_OPT_TRUE) == FIDO_OK &&
                      fido_assert_set_authdata_raw(it, 0, bytes_of(proof.authenticator_data), proof.authenticator_data.size()) == FIDO_OK &&
                      fido_assert_set_sig(it, 0, bytes_of(proof.signature), proof.signature.size()) == FIDO_OK;
    if (!read) return ProofJudgement::wrong;
    const bool good = with_key(passkey.algorithm, passkey.public_key, [&](const void* key) { return fido_assert_verify(it, 0, cose_of(passkey.algorithm), key) == FIDO_OK; });
    if (!good) return ProofJudgement::wrong;
    // Some count nothing and always say zero.
    const auto counter = fido_assert_sigcount(it, 0);
    if ((counter != 0 || passkey.counter != 0) && counter <= passkey.counter) return ProofJudgement::copied;
    passkey.counter = counter;
    return ProofJudgement::good;
}

const PasskeyChallenges::Given& PasskeyChallenges::give(Given wanted, Instant now) {
    const auto of_account = [&](const Given& one) { return one.account == wanted.account; };
    const auto oldest = std::find_if(given_.begin(), given_.end(), of_account);
    if (std::count_if(oldest, given_.end(), of_account) >= kGivenOfAccount) given_.erase(oldest);
    if (given_.size() >= kGivenMax) given_.pop_front();
    wanted.challenge = crypto::Secret::random(kChallengeSize).reveal([](std::string_view bytes) { return std::string{bytes}; });
    wanted.at = now;
    return given_.emplace_back(std::move(wanted));
}

std::optional<PasskeyChallenges::Given> PasskeyChallenges::take(std::string_view account, PasskeyAct act, std::string_view client_data, Instant now) {
    const auto said = read_client_data(client_data);
    if (!said) return std::nullopt;
    const auto found = std::find_if(given_.begin(), given_.end(), [&](const Given& one) { return one.challenge == said->challenge; });
    if (found == given_.end() || found->account != account || found->act != act) return std::nullopt;
    auto given = std::move(*found);
    given_.erase(found);
    // A time ahead of ours is a clock that was set back.
    if (now < given.at || now - given.at > kPasskeyWait) return std::nullopt;
    return given;
}

bool PasskeyChallenges::fits(const Given& given, std::string_view client_data) {
    const auto said = read_client_data(client_data);
    return said && said->type == (given.act == PasskeyAct::make ? "webauthn.create" : "webauthn.get") && said->challenge == given.challenge && said->origin == given.origin;
}

}  // namespace bf::signer

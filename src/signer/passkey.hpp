// Passkeys (WebAuthn, level 2) as the signer looks at them: what a browser says it asked, and what an authenticator signed. libfido2 reads
// the authenticator's data and judges the signature; no device is reached from here, and the browser asks for no attestation, so none is
// believed. Pure but for the challenges, which are kept in memory until they are used or too old.
//
// A passkey's answer travels where a one-time code does, as one text: "passkey." and, in base64url, the credential's id, the client data,
// the authenticator data, the signature and the user handle (which may be empty), with points between.
#pragma once
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace bf::signer {

/// From asking for a passkey to its answer: as long as a browser waits for a person.
inline constexpr milliseconds kPasskeyWait = seconds{300};
inline constexpr std::size_t kPasskeyNameMax = 60;
inline constexpr std::size_t kPasskeysMax = 10;  ///< Of one account.
/// The longest answer as one text: an RSA signature and the longest id there may be, with room.
inline constexpr std::size_t kProofMax = 6000;
inline constexpr std::string_view kProofMark = "passkey.";

/// The domain that passkeys of a page at `origin` belong to; nothing where browsers offer none: an IP address, or no TLS (but for localhost).
std::optional<std::string> passkey_host(std::string_view origin);

std::string to_base64url(std::string_view bytes);  ///< Without padding, as browsers write it.
std::optional<std::string> from_base64url(std::string_view text);

enum class PasskeyAlgorithm : std::uint8_t { es256, eddsa, rs256 };

/// One that an account has.
struct Passkey {
    std::string id;  ///< The credential's, as the authenticator chose it.
    PasskeyAlgorithm algorithm{PasskeyAlgorithm::es256};
    std::string public_key;  ///< As libfido2 takes it.
    std::uint32_t counter{0};
    std::string host;
    std::string name{};
    Instant created_at{};
    Instant used_at{};  ///< 0: never.

    /// What people and programs call it by: of its id, short.
    [[nodiscard]] std::string handle() const;
};

struct PasskeyProof {
    std::string id, client_data, authenticator_data, signature, user;
};
inline bool is_passkey_proof(std::string_view typed) { return typed.starts_with(kProofMark); }
std::optional<PasskeyProof> parse_proof(std::string_view text);

enum class PasskeyAct : std::uint8_t { make, prove };

/// A new passkey out of an authenticator's data; nothing if it is not of that domain, nobody was present and verified, or it can't be read.
std::optional<Passkey> read_passkey(std::string_view authenticator_data, std::string_view host);

enum class ProofJudgement : std::uint8_t {
    good,
    wrong,
    copied,  ///< Signed by the key, but its counter went back: two authenticators count.
};
/// Of an answer whose client data was found right. Good moves the passkey's counter on.
ProofJudgement judge_proof(Passkey& passkey, const PasskeyProof& proof);

/// Challenges that were given out. Each is good once, for the account, act and origin it was made for.
class PasskeyChallenges {
public:
    struct Given {
        std::string account;
        PasskeyAct act{PasskeyAct::prove};
        std::string origin;
        std::string user{};  ///< With make: the user handle it was made with.
        std::string challenge{};
        Instant at{};
    };
    /// 256 random bits.
    const Given& give(Given wanted, Instant now);
    /// Takes out the one that `client_data` answers; nothing if it was never given to that account for that act, was used, or is too old.
    std::optional<Given> take(std::string_view account, PasskeyAct act, std::string_view client_data, Instant now);
    /// Whether the browser did what it was asked: that act, with that challenge, for a page of that origin and for no frame in another's.
    static bool fits(const Given& given, std::string_view client_data);

private:
    std::deque<Given> given_;  ///< Oldest first.
};

}  // namespace bf::signer

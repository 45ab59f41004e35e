// The ledger's bytes: what chains one entry to the next, and what only the holder of the vault's key can make. Pure.
//
//   segment:  a header of 512 bytes, entries one behind the other, zeros to the segment's size
//   header:   "BFLEDG1\n", version, flags, the segment's number, its first sequence, when it was begun, the public key, the last link of the
//             segment before, an Ed25519 signature of all that; zeros
//   entry:    4 length of the body; the body (ledger_entry.hpp); 32 link; 16 tag
//   link:     BLAKE2b-256 of (link before, length, body); before a segment's first entry stands the hash of its header
//   tag:      BLAKE2b-128 of the link under a key that only the vault holds
//   head:     the newest entry's place, sequence and link, signed: lies beside the segments and in the vault's database
//
// Anybody can check links and signatures, on a copy, without a secret. The tags are for the signer's own start: they make a forged end
// of the ledger, written after the last head, as impossible as a forged middle.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"
#include "crypto/secret.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bf::signer {

using LedgerLink = std::array<unsigned char, 32>;
using LedgerTag = std::array<unsigned char, 16>;
using LedgerPublicKey = std::array<unsigned char, 32>;
using LedgerSignature = std::array<unsigned char, 64>;

inline constexpr std::size_t kLedgerSeedSize = 32;
inline constexpr std::size_t kLedgerHeaderSize = 512;
inline constexpr std::size_t kLedgerFrame = 4 + 32 + 16;  ///< An entry's bytes besides its body.
inline constexpr std::size_t kLedgerHeadSize = 256;       ///< In its file each of the two slots has a block of its own.
inline constexpr std::size_t kLedgerHeadBlock = 4096;

/// The two keys made of the seed that the vault keeps.
class LedgerKeys {
public:
    explicit LedgerKeys(const crypto::Secret& seed);
    [[nodiscard]] const LedgerPublicKey& public_key() const { return public_key_; }
    [[nodiscard]] LedgerSignature sign(std::string_view bytes) const;
    [[nodiscard]] LedgerTag tag(const LedgerLink& link) const;

private:
    crypto::Secret signing_;
    crypto::Secret tagging_;
    LedgerPublicKey public_key_{};
};

/// "A1B2-C3D4-E5F6-0718", for people.
std::string ledger_fingerprint(const LedgerPublicKey& key);

struct LedgerHeader {
    bool after_break{false};  ///< Begun because what stood before was found broken: it need not fit.
    std::uint64_t segment{0};
    std::uint64_t first_sequence{0};
    Instant begun{};
    LedgerPublicKey public_key{};
    LedgerLink previous{};
};
/// kLedgerHeaderSize bytes.
std::string write_header(const LedgerHeader& header, const LedgerKeys& keys);
struct ReadHeader {
    LedgerHeader header;
    bool sound{false};  ///< Form and signature, under the key it names.
};
/// Nothing for bytes that are no header at all.
std::optional<ReadHeader> read_header(std::string_view bytes);
/// What a segment's first entry is chained to.
LedgerLink first_link(std::string_view header_bytes);

LedgerLink next_link(const LedgerLink& before, std::string_view length_and_body);

struct LedgerHead {
    std::uint64_t segment{0};
    std::uint64_t sequence{0};
    Instant at{};
    LedgerLink link{};
    LedgerPublicKey public_key{};
    friend bool operator==(const LedgerHead&, const LedgerHead&) = default;
};
/// kLedgerHeadSize bytes.
std::string write_head(const LedgerHead& head, const LedgerKeys& keys);
/// Only one whose signature is good.
std::optional<LedgerHead> read_head(std::string_view bytes);

/// A head as a line of text to keep outside: printed, mailed, copied. "backfuture-ledger-1:SEQUENCE:LINK:PUBLICKEY" in hex.
std::string anchor_text(const LedgerHead& head);
struct LedgerAnchor {
    std::uint64_t sequence{0};
    LedgerLink link{};
    LedgerPublicKey public_key{};
};
std::optional<LedgerAnchor> parse_anchor(std::string_view text);

}  // namespace bf::signer

// The file of a backup: a head, then everything else as one authenticated stream (stream.hpp) in which files follow each other (archive.hpp).
//
//   "backfuture backup 1\n" | passes (4) | memory in bytes (8) | id (16) | salt (16) | check of the passphrase (16) | hash of all before (16)
//
// The passphrase goes through Argon2id at the cost the head names. Two keys come of that, which say nothing of each other: one for the
// file's content, handed to whoever writes or reads the file, and one for the exchange keys inside it, which stays in the signer. So a process
// that makes backups, or was taken over while one was made, can't read the keys in them.
//
// Pure: bytes in, values out. The head is bound to every chunk of both streams.
#pragma once
#include "vault/root_key.hpp"

#include <string>
#include <string_view>

namespace bf::backup {

inline constexpr std::string_view kMagic = "backfuture backup 1\n";
inline constexpr std::size_t kHeaderSize = 20 + 4 + 8 + 16 + 16 + 16 + 16;
static_assert(kMagic.size() == 20);

/// What a passphrase must have at least, in bytes. A recovery code has more.
inline constexpr std::size_t kPassphraseMin = 12;

struct Header {
    vault::KdfCost cost{};
    vault::KeyId id{};     ///< Names the backup.
    vault::KeyId salt{};
    vault::KeyId check{};  ///< Tells a wrong passphrase from a damaged file; says no more of the keys than the stream itself does.
};

/// A head without its check, with fresh id and salt.
Header new_header(const vault::KdfCost& cost);
std::string write_header(const Header& header);
/// Refused with a sentence: not a backup, one of a newer program, cut, changed, or asking for a derivation outside of all reason.
Result<Header> read_header(std::string_view bytes);

struct Keys {
    crypto::Secret content;
    vault::NamedKey secrets;
    vault::KeyId check{};
};
/// Costs Argon2id's time and memory.
Result<Keys> derive_keys(const crypto::Secret& passphrase, const Header& header);
/// As derive_keys, for a file that is there: `denied` when the passphrase is not its own.
Result<Keys> open_keys(const crypto::Secret& passphrase, const Header& header);

/// A passphrase made by the machine: 26 characters of Crockford's base 32 (130 bits) in groups, to be written down.
crypto::Secret new_recovery_code();
/// What is derived from: a text that has the form of a recovery code loses its hyphens, spaces and lower case; any other stays as it is.
crypto::Secret normalised(crypto::Secret typed);

}  // namespace bf::backup

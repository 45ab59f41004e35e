// The key file: the embedded default's way to open the vault without a person at the keyboard. One line of hex that only its owner
// can read. Whoever can read both it and the vault can read the keys; what it buys is that one of the two alone is worthless.
#pragma once
#include "crypto/secret.hpp"

#include <filesystem>

namespace bf::vault {

/// 32 random bytes in a new file of mode 0600, on the disk when this returns. A file already there is a conflict.
Status make_key_file(const std::filesystem::path& path);

/// Refused with a sentence: a link, a file of another user, one that group or others may touch, one that is not a key file.
Result<crypto::Secret> read_key_file(const std::filesystem::path& path);

/// A passphrase kept in a file, as a service manager hands it over: one line, its end not part of it. Refused as a key file would be.
Result<crypto::Secret> read_passphrase_file(const std::filesystem::path& path);

/// Overwrites and removes it. No file is fine.
void wipe_key_file(const std::filesystem::path& path);

/// Refused with a sentence unless `path` is ours and nobody else's (a folder 0700, a file 0600).
Status check_private(const std::filesystem::path& path);

/// Puts the folder's entries (a rename, a new file) on the disk.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace bf::vault

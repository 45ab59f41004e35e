// Credentials as people hand them to the command line: a JSON object on standard input, or a prompt that does not echo. Read into
// locked memory; the buffers in between are wiped.
#pragma once
#include "base/error.hpp"
#include "crypto/secret.hpp"

namespace bf::app {

/// All of standard input, at most 64 KiB. From a terminal each of key, secret and passphrase is asked for without echo and the same
/// JSON object is made of them.
Result<crypto::Secret> read_credentials();

/// A password: typed unseen at a terminal, else the first line of standard input.
Result<crypto::Secret> read_password();

}  // namespace bf::app

// A passphrase from a person at a terminal, without echo, or from standard input: a line each. Read byte by byte into locked memory.
#pragma once
#include "crypto/secret.hpp"
#include "ports/use_limits.hpp"

#include <string>

namespace bf::app {

/// One line. `what` is the prompt at a terminal.
Result<crypto::Secret> read_passphrase(const char* what);
/// At a terminal twice, until both are the same (three tries).
Result<crypto::Secret> read_new_passphrase(const char* what);
/// A code of that account's app; nobody's, and nothing is read, without an account.
Result<ports::StepUp> read_step_up(const std::string& account);

}  // namespace bf::app

// What the vault holds against what the database knows: secrets that don't open any more, connections without a secret, secrets without a
// connection. Told once at every start, and in the findings for as long as it is so. Only tells; nothing is changed, so that a backup put in
// place of either side finds the other whole.
#pragma once
#include "app/log.hpp"
#include "app/signer_link.hpp"
#include "connection/findings.hpp"

namespace bf::app {

/// Asks and tells when the signer has answered; both outlive the engine's loop. A signer that is away is asked nothing again: each test of a
/// connection says the same of it.
void call_the_roll(SignerLink& signer, const connection::Book& book, Log& log);

/// The same for the findings; nothing when the signer does not answer.
void ask_the_roll(SignerLink& signer, const connection::Book& book, std::function<void(std::optional<connection::InstallationFacts::Vault>)> done);

}  // namespace bf::app

// The engine's part in second factors: hands the web process's questions to the signer and its answers back. Decides nothing.
#pragma once
#include "app/signer_link.hpp"
#include "server/factor.hpp"

namespace bf::app {

void ask_factor(SignerLink& signer, const server::FactorQuestion& question, std::function<void(server::ApiReply)> done);

}  // namespace bf::app

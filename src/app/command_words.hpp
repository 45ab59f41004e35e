// What commands say: an error as a sentence or as JSON, sizes and times for people, the signer's key of a running server.
#pragma once
#include "base/error.hpp"
#include "signer/protocol.hpp"

#include <string>

namespace bf::app {

/// The exit status. With `json` an object on standard output too.
int say_error(bool json, const Error& error);
std::string shown_size(std::uint64_t bytes);  ///< "12.4 MB"
std::string shown_time(Instant at);           ///< "2026-11-28 15:20 UTC"
/// What to seal to, from the signer itself: an engine that was taken over would name a key of its own, and read what is sealed.
Result<signer::PublicKey> signer_key_of(const std::string& data);

}  // namespace bf::app

// A certificate of our own making for a server on this machine: for the simulator and for tests, never for an exchange.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"

#include <string>
#include <vector>

namespace bf::net {

struct OwnCertificate {
    std::string ca_pem;           ///< What a client has to trust. Its key is thrown away: it can sign nothing else.
    std::string certificate_pem;  ///< The server's, signed by that CA.
    std::string key_pem;
};

/// For one name or address ("127.0.0.1", "localhost"), ECDSA P-256, valid from yesterday for 30 days.
Result<OwnCertificate> make_own_certificate(const std::string& name_or_address);

/// A certificate that vouches for itself, for people who reach their own dashboard: they compare its fingerprint once.
struct SelfSigned {
    std::string certificate_pem;
    std::string key_pem;
};
/// For all these names and addresses; ECDSA P-256, valid from yesterday for 820 days, more than which some browsers refuse.
Result<SelfSigned> make_self_signed(const std::vector<std::string>& names);

/// SHA-256 of the first certificate in a PEM text, as browsers show it: "A1:B2:...".
Result<std::string> certificate_fingerprint(const std::string& pem);

/// Until when the first certificate in a PEM text holds.
Result<Instant> certificate_until(const std::string& pem);

/// Whether the first certificate is good for every one of the names for `days` more.
bool certificate_serves(const std::string& pem, const std::vector<std::string>& names, int days);

}  // namespace bf::net

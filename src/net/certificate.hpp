// A certificate of our own making for a server on this machine: for the simulator and for tests, never for an exchange.
#pragma once
#include "base/error.hpp"

#include <string>

namespace bf::net {

struct OwnCertificate {
    std::string ca_pem;           ///< What a client has to trust. Its key is thrown away: it can sign nothing else.
    std::string certificate_pem;  ///< The server's, signed by that CA.
    std::string key_pem;
};

/// For one name or address ("127.0.0.1", "localhost"), ECDSA P-256, valid from yesterday for 30 days.
Result<OwnCertificate> make_own_certificate(const std::string& name_or_address);

}  // namespace bf::net

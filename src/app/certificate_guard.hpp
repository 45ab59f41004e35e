// Warns before the dashboard's certificate ends: browsers turn away then, and so does whoever sends signals, without a word to us.
#pragma once
#include "connection/book.hpp"

namespace bf::app {

class CertificateGuard {
public:
    /// What is left of the certificate, and what is to be told of it now: at 14, 7, 3 and 1 days and at its end, each once.
    std::optional<connection::GuardNews> look(std::optional<Instant> until, Instant now);

private:
    std::optional<Instant> until_;
    int told_{kNothing};  ///< The last step that was told, in days.
    static constexpr int kNothing = 1000;
};

}  // namespace bf::app

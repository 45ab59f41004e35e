// Warns before the dashboard's certificate ends: browsers turn away then, and so does whoever sends signals, without a word to us.
#pragma once
#include "connection/book.hpp"

namespace bf::app {

class CertificateGuard {
public:
    /// What is to be told now of a certificate that ends then: at 14, 7, 3 and 1 days before and at its end, each once.
    std::optional<connection::GuardNews> look(std::optional<Instant> until, Instant now);

private:
    std::optional<Instant> until_;
    int told_{kNothing};  ///< The last step that was told, in days.
    static constexpr int kNothing = 1000;
};

}  // namespace bf::app

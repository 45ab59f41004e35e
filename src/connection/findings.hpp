// What is not as safe as it could be on this installation, worst first: each with its cause in plain words and the way to mend it. Made
// of what is known; what is not known makes no finding, and no finding is no proof.
#pragma once
#include "connection/book.hpp"

namespace bf::connection {

struct Finding {
    enum class Severity : std::uint8_t { critical, warning, info };
    std::string code;
    Severity severity{Severity::warning};
    std::vector<const Record*> about{};  ///< Empty: the installation.
    std::string cause{};
    std::string remedy{};
    std::string link{};  ///< Where it is mended: an address of the dashboard ("#/connections/c1").
};
std::string_view to_string(Finding::Severity severity);

/// What other parts of the installation know. What is left out is not known, and makes no finding.
struct InstallationFacts {
    std::optional<bool> second_factor{};      ///< Whether every account that may change keys has one.
    std::optional<bool> ever_backed_up{};
    std::optional<Instant> backed_up_at{};
    std::optional<int> limits_pending{};      ///< Wider limits that wait for their hour.
};

std::vector<Finding> findings_of(const Book& book, const InstallationFacts& installation, Instant now, exchange::Language language);
/// `{"findings":[...],"critical":n,"warning":n,"info":n}`
std::string findings_json(const std::vector<Finding>& findings, Instant now);

}  // namespace bf::connection

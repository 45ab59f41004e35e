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
    /// Owners that sign in with a password only; those whose second factor is in force but does not count for widening limits.
    std::optional<std::vector<std::string>> owners_without_factor{};
    std::vector<std::string> factors_not_counted{};
    std::optional<Instant> certificate_until{};  ///< The dashboard's own.
    std::optional<bool> ever_backed_up{};
    std::optional<Instant> backed_up_at{};
    std::optional<bool> backup_verified{};
    bool restore_unconfirmed{false};  ///< It came out of a backup, and nothing is traded yet.
    /// What the signer says of a connection's limits; by connection.
    struct OfLimits {
        std::optional<Instant> raise_due{};  ///< Wider ones wait.
        std::vector<ports::LimitFinding> findings{};
    };
    std::map<std::string, OfLimits, std::less<>> limits{};
    /// What the vault holds against what the database knows.
    struct Vault {
        bool sealed{false};                 ///< It waits for its passphrase; then nothing else is known of it.
        std::set<std::string> missing{};    ///< Connections without a key.
        std::set<std::string> damaged{};    ///< Whose key fails its check.
        std::int64_t strangers{0};          ///< Keys of connections that the database does not know.
    };
    std::optional<Vault> vault{};
    enum class Ledger : std::uint8_t { sound, broken, failed };
    std::optional<Ledger> ledger{};
};

std::vector<Finding> findings_of(const Book& book, const InstallationFacts& installation, Instant now, exchange::Language language);
/// `{"findings":[...],"critical":n,"warning":n,"info":n}`
std::string findings_json(const std::vector<Finding>& findings, Instant now);

}  // namespace bf::connection

#include "app/certificate_guard.hpp"

#include "connection/limit_change.hpp"

namespace bf::app {

std::optional<connection::GuardNews> CertificateGuard::look(std::optional<Instant> until, Instant now) {
    if (until != until_) told_ = kNothing;
    until_ = until;
    if (!until) return std::nullopt;
    const auto left = *until - now;
    std::optional<int> due;
    for (const int days : {14, 7, 3, 1, 0})
        if (left <= std::chrono::hours{24} * days) due = days;
    if (!due || *due >= told_) return std::nullopt;
    told_ = *due;
    using Severity = connection::GuardNews::Severity;
    const auto at = connection::utc_minute(*until);
    connection::GuardNews news{*due <= 3 ? Severity::critical : Severity::warning, "CERTIFICATE_EXPIRES"};
    news.english = (*due == 0 ? "The dashboard's certificate ended at " : "The dashboard's certificate ends at ") + at + ". " +
                   "From then on browsers and whoever sends signals to this address are turned away. Put a new one in the files of --tls-cert and --tls-key; it is taken without a restart.";
    news.dutch = (*due == 0 ? "Het certificaat van het dashboard is verlopen op " : "Het certificaat van het dashboard verloopt op ") + at + ". " +
                 "Vanaf dan worden browsers en wie signalen naar dit adres stuurt geweigerd. Zet een nieuw in de bestanden van --tls-cert en --tls-key; het wordt zonder herstart gebruikt.";
    return news;
}

}  // namespace bf::app

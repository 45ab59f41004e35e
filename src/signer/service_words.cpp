#include "signer/service_words.hpp"

#include <algorithm>

namespace bf::signer {

Refused refused(Refusal reason, std::string detail) { return Refused{reason, std::move(detail), {}}; }
Refused no_calls(exchange::ExchangeId exchange) {
    return refused(Refusal::unknown_exchange, exchange::say(exchange::Remark::exchange_unknown, {to_string(exchange)}));
}
Refused no_connection() { return refused(Refusal::unknown_connection, exchange::say(exchange::Remark::no_key)); }

std::vector<exchange::ShapeFinding> shape_of(const exchange::Info& info, const exchange::CredentialFields& fields, bool simulated_only) {
    return fields.key.reveal([&](std::string_view key) -> std::vector<exchange::ShapeFinding> {
        const bool simulated = !info.simulated_key_mark.empty() && key.starts_with(info.simulated_key_mark);
        if (simulated_only && !simulated) return {{"key", true, exchange::ShapeFinding::Kind::not_simulated}};
        return fields.secret.reveal([&](std::string_view secret) {
            if (!fields.passphrase) return exchange::check_shape(info, key, secret, std::nullopt);
            return fields.passphrase->reveal([&](std::string_view passphrase) { return exchange::check_shape(info, key, secret, passphrase); });
        });
    });
}

bool any_fatal(const std::vector<exchange::ShapeFinding>& findings) {
    return std::any_of(findings.begin(), findings.end(), [](const auto& finding) { return finding.fatal; });
}

}  // namespace bf::signer

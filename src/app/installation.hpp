// What the other parts of this installation know of its safety, gathered for the findings: the owners' second factors, limits that wait or are
// damaged, keys that don't open, the ledger. Asked anew each time and one question after the other, so that no order waits behind them. What
// does not answer is not known, and is left out.
#pragma once
#include "app/signer_link.hpp"
#include "connection/findings.hpp"
#include "server/web_facts.hpp"

namespace bf::app {

class Installation {
public:
    using Done = std::function<void(connection::InstallationFacts)>;
    /// All outlive it.
    Installation(SignerLink& signer, connection::Book& book) : signer_{signer}, book_{book} {}

    /// As the web process tells; until it has, nothing is known of second factors.
    void set_web_facts(server::WebFacts facts) { web_ = std::move(facts); }
    /// Calls `done` once. What a freeze past this server left behind goes into the connections' histories on the way.
    void ask(Done done);

private:
    struct Round;
    void ask_vault(const std::shared_ptr<Round>& round);
    void ask_next(const std::shared_ptr<Round>& round);

    SignerLink& signer_;
    connection::Book& book_;
    std::optional<server::WebFacts> web_;
};

}  // namespace bf::app

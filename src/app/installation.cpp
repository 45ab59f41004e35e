#include "app/installation.hpp"

#include "app/key_roll.hpp"

#include <algorithm>
#include <memory>

namespace bf::app {

/// One gathering, which goes through what is left to ask.
struct Installation::Round {
    connection::InstallationFacts facts;
    std::vector<std::string> owners;       ///< Still to be asked about, from the back.
    std::vector<std::string> connections;  ///< Likewise.
    Done done;
};

void Installation::ask(Done done) {
    auto round = std::make_shared<Round>();
    round->done = std::move(done);
    if (web_) {
        round->owners.assign(web_->owners.rbegin(), web_->owners.rend());
        round->facts.certificate_until = web_->certificate_until;
        round->facts.owners_without_factor.emplace();
    }
    for (const auto* record : book_.all()) round->connections.push_back(record->id);
    std::reverse(round->connections.begin(), round->connections.end());
    signer_.hello([this, round](Result<signer::Hello> hello) {
        // A signer that is away is started again beside us; nothing more is asked of it meanwhile.
        if (!hello || hello->vault == signer::VaultState::failed || hello->vault == signer::VaultState::none) {
            round->facts.owners_without_factor.reset();
            return round->done(std::move(round->facts));
        }
        if (hello->vault == signer::VaultState::sealed) {
            round->facts.owners_without_factor.reset();
            round->facts.vault = connection::InstallationFacts::Vault{.sealed = true};
            return round->done(std::move(round->facts));
        }
        ask_vault(round);
    });
}

void Installation::ask_vault(const std::shared_ptr<Round>& round) {
    ask_the_roll(signer_, book_, [this, round](std::optional<connection::InstallationFacts::Vault> vault) {
        round->facts.vault = std::move(vault);
        signer_.ledger([this, round](Result<signer::LedgerStanding> standing) {
            using Ledger = connection::InstallationFacts::Ledger;
            if (standing && standing->state != signer::LedgerState::off)
                round->facts.ledger = standing->state == signer::LedgerState::broken   ? Ledger::broken
                                      : standing->state == signer::LedgerState::failed ? Ledger::failed
                                                                                       : Ledger::sound;
            ask_next(round);
        });
    });
}

void Installation::ask_next(const std::shared_ptr<Round>& round) {
    auto& facts = round->facts;
    if (!round->owners.empty()) {
        auto owner = std::move(round->owners.back());
        round->owners.pop_back();
        return signer_.ask(signer::FactorStateRequest{owner}, [this, round, owner](Result<signer::Answer> answer) {
            const auto* state = answer ? std::get_if<signer::FactorState>(&*answer) : nullptr;
            // Of one that can't be asked about nothing is known: not that it lacks anything.
            if (state != nullptr && !state->on) round->facts.owners_without_factor->push_back(owner);
            if (state != nullptr && state->on && !state->trusted) round->facts.factors_not_counted.push_back(owner);
            ask_next(round);
        });
    }
    if (round->connections.empty()) return round->done(std::move(facts));
    auto id = std::move(round->connections.back());
    round->connections.pop_back();
    signer_.limits(id, [this, round, id](Result<ports::LimitState> state) {
        if (state) {
            auto& known = round->facts.limits[id];
            if (state->raise) known.raise_due = state->raise->due;
            known.findings = state->findings;
            book_.note_freeze(id, state->freeze, {});
        }
        ask_next(round);
    });
}

}  // namespace bf::app

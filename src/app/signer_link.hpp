// The signer as the engine reaches it: typed calls over its socket, answers as callbacks. Implements both ports, Signer and Keys.
#pragma once
#include "app/ledger_source.hpp"
#include "app/signer_place.hpp"
#include "net/local.hpp"
#include "ports/clock.hpp"
#include "ports/keys.hpp"
#include "ports/signer.hpp"
#include "ports/use_limits.hpp"
#include "server/api.hpp"
#include "signer/codec.hpp"

#include <deque>

namespace bf::app {

class SignerLink final : public ports::Signer, public ports::Keys, public ports::LimitKeeper, public LedgerSource {
public:
    SignerLink(net::Loop& loop, const SignerPlace& place);
    /// Hears of answers that were not taken: by a signer of another user than was told, or of another version. It may be often.
    void on_misfit(std::function<void(const Error&)> told) { misfit_ = std::move(told); }

    void sign(std::string connection, exchange::Call call, Instant at, ports::Signer::Done done) override;
    void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference, ports::Signer::Done done) override;
    void add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override;
    void add_limited(std::string connection, exchange::ExchangeId exchange, std::string sealed, ports::UseLimits limits, Kept done) override;
    void remove(std::string connection, ports::Keys::Done done) override;
    void stage(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override;
    void promote(std::string connection, ports::Keys::Done done) override;
    void drop_staged(std::string connection, ports::Keys::Done done) override;
    void roll_back(std::string connection, ports::Keys::Done done) override;
    void drop_previous(std::string connection, ports::Keys::Done done) override;

    /// What a call is for, as the ledger will have it.
    using PurposeOf = std::function<signer::LedgerEntry::Purpose(const std::string& connection, const exchange::Call& call)>;
    void set_purposes(PurposeOf of) { purpose_of_ = std::move(of); }
    void sign_for(signer::LedgerEntry::Purpose purpose, std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference,
                  ports::Signer::Done done);

    // The ledger of uses.
    void ledger(std::function<void(Result<signer::LedgerStanding>)> done) override;
    void ledger_page(signer::LedgerQuery query, std::function<void(Result<signer::LedgerPage>)> done) override;
    void ledger_outcomes(std::vector<signer::LedgerOutcome> outcomes, ports::Keys::Done done) override;
    void accept_ledger(std::string who, ports::Keys::Done done);
    /// Hears whatever the signer tells of a connection's limits, whoever asked or changed them.
    void on_limits(std::function<void(const std::string& connection, const ports::LimitState&)> heard) { limits_heard_ = std::move(heard); }
    void limits(std::string connection, Told done) override;
    void set_limits(std::string connection, ports::UseLimits limits, ports::StepUp step_up, Told done) override;
    void freeze(std::string connection, ports::FreezeLevel level, ports::StepUp step_up, Told done) override;
    /// That an order ended, or how much is held, so that what is open is not counted too high. Told again until the signer has heard it.
    void settle(std::variant<signer::SettledOrder, signer::StillHeld> told);

    /// Asks the signer who it is and what state its vault is in; again after it was started anew.
    void hello(std::function<void(Result<signer::Hello>)> done);
    /// A page of the keys it holds, behind the connection `after`.
    void list(std::string after, std::function<void(Result<signer::Listing>)> done);

    /// Any question; for those that need no words of their own here.
    void ask(signer::Question question, std::function<void(Result<signer::Answer>)> done);
    template <class Wanted>
    void ask_for(signer::Question question, std::function<void(Result<Wanted>)> done);

private:
    void keep(signer::Question question, Kept done);
    void tell(std::string connection, signer::Question question, Told done);
    void settle_next();
    void change(signer::Question question, ports::Keys::Done done);

    net::Loop& loop_;
    net::CallClient calls_;
    std::string out_;
    PurposeOf purpose_of_;
    std::function<void(const Error&)> misfit_;
    std::function<void(const std::string&, const ports::LimitState&)> limits_heard_;
    std::deque<std::variant<signer::SettledOrder, signer::StillHeld>> settled_;
    bool settling_{false};
};

/// The signer as connection tests and streams see it: their uses are entered as what they are.
class ConnectionSigner final : public ports::Signer {
public:
    explicit ConnectionSigner(SignerLink& link) : link_{link} {}
    void sign(std::string connection, exchange::Call call, Instant at, Done done) override;
    void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference, Done done) override;

private:
    SignerLink& link_;
};

}  // namespace bf::app

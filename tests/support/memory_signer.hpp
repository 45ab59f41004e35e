// A signer in memory: keeps credentials, writes and signs by the exchanges' real calls halves. "Sealed" is the JSON itself here; the
// boxes, the vault and the process are tested elsewhere. It can be away, as a process that is started again.
#pragma once
#include "exchange/catalogue/calls/calls_of.hpp"
#include "ports/keys.hpp"
#include "ports/signer.hpp"
#include "signer/credentials.hpp"
#include "support/sim_clock.hpp"

#include <algorithm>
#include <memory>
#include <set>

namespace bf::test {

class MemorySigner final : public ports::Keys, public ports::Signer {
public:
    explicit MemorySigner(SimClock& clock) : clock_{clock} {}

    bool away{false};             ///< Does not answer; nothing is done.
    bool loses_answers{false};    ///< Does it, and the answer is lost.
    milliseconds tolerance{60000};
    std::vector<exchange::Operation> signed_operations;
    std::uint64_t asked{0};  ///< How often anything was to be signed.

    [[nodiscard]] bool has(const std::string& name) const { return held_.contains(name); }
    /// Keys that orders could be signed with: not those kept for roll-back.
    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] bool keeps_old(const std::string& connection) const { return held_.contains(previous_name(connection)); }

    void add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override;
    void stage(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override;
    void remove(std::string connection, Keys::Done done) override;
    void promote(std::string connection, Keys::Done done) override;
    void roll_back(std::string connection, Keys::Done done) override;
    void drop_previous(std::string connection, Keys::Done done) override;
    void drop_staged(std::string connection, Keys::Done done) override;

    void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> /*reference*/, ports::Signer::Done done) override;
    void sign(std::string connection, exchange::Call call, Instant at, ports::Signer::Done done) override;

private:
    struct Held {
        exchange::ExchangeId exchange;
        std::unique_ptr<exchange::Key> key;
    };
    static Unexpected<Error> none() { return Unexpected{Error{ErrorKind::not_found, "there is none", Fate::refused, "unknown_connection"}}; }
    static Error not_there() { return {ErrorKind::unreachable, "The signer does not answer.", Fate::not_sent, "timeout"}; }

    ports::SignOutcome answer(const std::string& connection, const exchange::Call& call, Instant at);
    /// As the signer does with a connection it has no key of.
    void refuse(Kept done);
    void keep(std::string name, exchange::ExchangeId exchange, std::string sealed, Kept done);
    Result<ports::KeptKey> put(const std::string& name, exchange::ExchangeId exchange, std::string sealed);
    template <class Act>
    void act(Keys::Done done, Act&& doing) {
        Status result = Unexpected{not_there()};
        if (!away) {
            result = doing();
            if (loses_answers) result = Unexpected{Error{ErrorKind::unreachable, "The signer did not answer in time.", Fate::unknown, "timeout"}};
        }
        clock_.after(milliseconds{1}, [done = std::move(done), result = std::move(result)] { done(result); });
    }

    SimClock& clock_;
    std::map<std::string, Held> held_;
};

}  // namespace bf::test

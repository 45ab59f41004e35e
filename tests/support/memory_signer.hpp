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
    [[nodiscard]] std::size_t count() const {
        return static_cast<std::size_t>(std::count_if(held_.begin(), held_.end(), [](const auto& one) { return !one.first.ends_with(kPreviousSuffix); }));
    }
    [[nodiscard]] bool keeps_old(const std::string& connection) const { return held_.contains(previous_name(connection)); }

    void add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override {
        keep(std::move(connection), exchange, std::move(sealed), std::move(done));
    }
    void stage(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override {
        if (!away && !held_.contains(connection)) return refuse(std::move(done));
        keep(staged_name(connection), exchange, std::move(sealed), std::move(done));
    }
    void remove(std::string connection, Keys::Done done) override {
        act(std::move(done), [this, connection]() -> Status {
            const bool more = held_.erase(staged_name(connection)) + held_.erase(previous_name(connection)) > 0;
            return held_.erase(connection) > 0 || more ? Status{} : none();
        });
    }
    void promote(std::string connection, Keys::Done done) override {
        act(std::move(done), [this, connection]() -> Status {
            const auto staged = held_.find(staged_name(connection));
            if (staged == held_.end()) return none();
            held_.insert_or_assign(previous_name(connection), std::move(held_.at(connection)));
            held_.insert_or_assign(connection, std::move(staged->second));
            held_.erase(staged_name(connection));
            return {};
        });
    }
    void roll_back(std::string connection, Keys::Done done) override {
        act(std::move(done), [this, connection]() -> Status {
            const auto previous = held_.find(previous_name(connection));
            if (previous == held_.end()) return none();
            if (held_.contains(staged_name(connection))) return Unexpected{Error{ErrorKind::conflict, "a new key is staged", Fate::refused, "conflict"}};
            held_.insert_or_assign(staged_name(connection), std::move(held_.at(connection)));
            held_.insert_or_assign(connection, std::move(previous->second));
            held_.erase(previous_name(connection));
            return {};
        });
    }
    void drop_previous(std::string connection, Keys::Done done) override {
        act(std::move(done), [this, connection]() -> Status { return held_.erase(previous_name(connection)) > 0 ? Status{} : none(); });
    }
    void drop_staged(std::string connection, Keys::Done done) override {
        act(std::move(done), [this, connection]() -> Status { return held_.erase(staged_name(connection)) > 0 ? Status{} : none(); });
    }

    void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> /*reference*/, ports::Signer::Done done) override {
        sign(std::move(connection), std::move(call), at, std::move(done));
    }
    void sign(std::string connection, exchange::Call call, Instant at, ports::Signer::Done done) override {
        ++asked;
        ports::SignOutcome outcome = answer(connection, call, at);
        clock_.after(milliseconds{0}, [done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
    }

private:
    struct Held {
        exchange::ExchangeId exchange;
        std::unique_ptr<exchange::Key> key;
    };
    static Unexpected<Error> none() { return Unexpected{Error{ErrorKind::not_found, "there is none", Fate::refused, "unknown_connection"}}; }
    static Error not_there() { return {ErrorKind::unreachable, "The signer does not answer.", Fate::not_sent, "timeout"}; }

    ports::SignOutcome answer(const std::string& connection, const exchange::Call& call, Instant at) {
        if (away) return not_there();
        const auto held = held_.find(connection);
        if (held == held_.end()) return none().error;
        if (connection.ends_with(kPreviousSuffix) && call.operation != exchange::Operation::key_info)
            return Error{ErrorKind::denied, "nothing is signed with a key that was replaced", Fate::not_sent, "policy"};
        if (at > clock_.wall() + tolerance || at < clock_.wall() - tolerance)
            return Error{ErrorKind::bad_input, "the time to sign for is more than a minute from this machine's clock", Fate::not_sent, "clock"};
        if (auto checked = exchange::check_arguments(call); !checked) return checked.error();
        signed_operations.push_back(call.operation);
        exchange::RequestList list;
        if (auto written = exchange::calls_of(held->second.exchange)->write(call, held->second.key.get(), at, list); !written) return written.error();
        std::vector<wire::Request> requests;
        for (std::size_t i = 0; i < list.size(); ++i) requests.push_back(list[i]);
        return requests;
    }
    /// As the signer does with a connection it has no key of.
    void refuse(Kept done) {
        clock_.after(milliseconds{1}, [done = std::move(done)] { done(none()); });
    }
    void keep(std::string name, exchange::ExchangeId exchange, std::string sealed, Kept done) {
        Result<ports::KeptKey> result = Unexpected{not_there()};
        if (!away) {
            result = put(name, exchange, std::move(sealed));
            if (loses_answers) result = Unexpected{Error{ErrorKind::unreachable, "The signer did not answer in time.", Fate::unknown, "timeout"}};
        }
        clock_.after(milliseconds{1}, [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
    }
    Result<ports::KeptKey> put(const std::string& name, exchange::ExchangeId exchange, std::string sealed) {
        BF_TRY(auto fields, signer::parse_credentials(crypto::Secret::take(std::move(sealed))));
        const auto* calls = exchange::calls_of(exchange);
        ports::KeptKey kept;
        fields.key.reveal([&](std::string_view key) {
            fields.secret.reveal([&](std::string_view secret) {
                const auto check = [&](std::optional<std::string_view> passphrase) { kept.findings = exchange::check_shape(calls->info(), key, secret, passphrase); };
                if (fields.passphrase)
                    fields.passphrase->reveal([&](std::string_view passphrase) { check(passphrase); });
                else
                    check(std::nullopt);
            });
            std::size_t hash = 1469598103934665603U;
            for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
            kept.fingerprint = "fp-" + std::to_string(hash);
        });
        for (const auto& finding : kept.findings)
            if (finding.fatal) return kept;
        held_[name] = {exchange, calls->make_key(std::move(fields))};
        return kept;
    }
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

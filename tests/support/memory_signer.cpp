#include "support/memory_signer.hpp"

namespace bf::test {

std::size_t MemorySigner::count() const {
    return static_cast<std::size_t>(std::count_if(held_.begin(), held_.end(), [](const auto& one) { return !one.first.ends_with(kPreviousSuffix); }));
}

void MemorySigner::add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) {
    keep(std::move(connection), exchange, std::move(sealed), std::move(done));
}

void MemorySigner::stage(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) {
    if (!away && !held_.contains(connection)) return refuse(std::move(done));
    keep(staged_name(connection), exchange, std::move(sealed), std::move(done));
}

void MemorySigner::remove(std::string connection, Keys::Done done) {
    act(std::move(done), [this, connection]() -> Status {
        const bool more = held_.erase(staged_name(connection)) + held_.erase(previous_name(connection)) > 0;
        return held_.erase(connection) > 0 || more ? Status{} : none();
    });
}

void MemorySigner::promote(std::string connection, Keys::Done done) {
    act(std::move(done), [this, connection]() -> Status {
        const auto staged = held_.find(staged_name(connection));
        if (staged == held_.end()) return none();
        held_.insert_or_assign(previous_name(connection), std::move(held_.at(connection)));
        held_.insert_or_assign(connection, std::move(staged->second));
        held_.erase(staged_name(connection));
        return {};
    });
}

void MemorySigner::roll_back(std::string connection, Keys::Done done) {
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

void MemorySigner::drop_previous(std::string connection, Keys::Done done) {
    act(std::move(done), [this, connection]() -> Status { return held_.erase(previous_name(connection)) > 0 ? Status{} : none(); });
}

void MemorySigner::drop_staged(std::string connection, Keys::Done done) {
    act(std::move(done), [this, connection]() -> Status { return held_.erase(staged_name(connection)) > 0 ? Status{} : none(); });
}

void MemorySigner::sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> /*reference*/, ports::Signer::Done done) {
    sign(std::move(connection), std::move(call), at, std::move(done));
}

void MemorySigner::sign(std::string connection, exchange::Call call, Instant at, ports::Signer::Done done) {
    ++asked;
    ports::SignOutcome outcome = answer(connection, call, at);
    clock_.after(milliseconds{0}, [done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
}

ports::SignOutcome MemorySigner::answer(const std::string& connection, const exchange::Call& call, Instant at) {
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

void MemorySigner::refuse(Kept done) {
    clock_.after(milliseconds{1}, [done = std::move(done)] { done(none()); });
}

void MemorySigner::keep(std::string name, exchange::ExchangeId exchange, std::string sealed, Kept done) {
    Result<ports::KeptKey> result = Unexpected{not_there()};
    if (!away) {
        result = put(name, exchange, std::move(sealed));
        if (loses_answers) result = Unexpected{Error{ErrorKind::unreachable, "The signer did not answer in time.", Fate::unknown, "timeout"}};
    }
    clock_.after(milliseconds{1}, [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
}

Result<ports::KeptKey> MemorySigner::put(const std::string& name, exchange::ExchangeId exchange, std::string sealed) {
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

}  // namespace bf::test

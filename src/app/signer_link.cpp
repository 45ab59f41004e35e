#include "app/signer_link.hpp"

#include "signer/client.hpp"

namespace bf::app {
namespace {

constexpr milliseconds kSignPatience{5000};
/// Opening the vault's data for a change can mean a flush on a slow disk.
constexpr milliseconds kKeyPatience{15000};

/// Ended orders are told together, and not in front of one that is to be signed.
constexpr milliseconds kSettlePause{200};
constexpr std::size_t kSettledMax = 10'000;

/// The message's number stands in its first 8 bytes; CallClient takes it off and puts it on.
constexpr std::size_t kNumberSize = 8;

Error wrong_answer() { return {ErrorKind::protocol, "The signer gave an answer that does not fit the question.", Fate::unknown, "signer_protocol"}; }

}  // namespace

SignerLink::SignerLink(net::Loop& loop, const SignerPlace& place) : loop_{loop}, calls_{loop, place.socket, place.user} {}

void SignerLink::ask(signer::Question question, std::function<void(Result<signer::Answer>)> done) {
    const bool signs = std::holds_alternative<signer::SignRequest>(question);
    signer::encode(out_, signer::Request{0, std::move(question)});
    calls_.call(std::string_view{out_}.substr(kNumberSize), signs ? kSignPatience : kKeyPatience, [this, done = std::move(done)](Result<std::string_view> bytes) {
        const auto fail = [this, &done](Error error) {
            if (misfit_ && (error.code == net::kOtherUser || error.code == signer::kOtherVersion)) misfit_(error);
            done(Unexpected{std::move(error)});
        };
        if (!bytes) return fail(std::move(bytes).error());
        std::string whole(kNumberSize, '\0');
        whole += *bytes;
        auto reply = signer::decode_reply(whole);
        if (!reply) return fail(std::move(reply).error());
        done(std::move(reply->answer));
    });
}

void SignerLink::sign(std::string connection, exchange::Call call, Instant at, ports::Signer::Done done) {
    sign_order(std::move(connection), std::move(call), at, std::nullopt, std::move(done));
}

void ConnectionSigner::sign(std::string connection, exchange::Call call, Instant at, Done done) {
    sign_order(std::move(connection), std::move(call), at, std::nullopt, std::move(done));
}

void ConnectionSigner::sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference, Done done) {
    using exchange::Operation;
    const auto operation = call.operation;
    const bool stream = operation == Operation::private_stream || operation == Operation::public_stream || operation == Operation::renew_stream ||
                        operation == Operation::stream_login;
    link_.sign_for({stream ? "stream" : "connection_test", 0, {}}, std::move(connection), std::move(call), at, std::move(reference), std::move(done));
}

void SignerLink::sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference, ports::Signer::Done done) {
    auto purpose = purpose_of_ ? purpose_of_(connection, call) : signer::LedgerEntry::Purpose{};
    sign_for(std::move(purpose), std::move(connection), std::move(call), at, reference, std::move(done));
}

void SignerLink::sign_for(signer::LedgerEntry::Purpose purpose, std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference,
                          ports::Signer::Done done) {
    signer::SignItem item;
    item.purpose = std::move(purpose);
    for (const auto& [suffix, slot] : {std::pair{ports::Keys::kStagedSuffix, signer::Slot::staged}, {ports::Keys::kPreviousSuffix, signer::Slot::previous}}) {
        if (!connection.ends_with(suffix)) continue;
        item.slot = slot;
        connection.resize(connection.size() - suffix.size());
    }
    item.connection = std::move(connection);
    item.at = at;
    item.deadline = loop_.wall() + kSignPatience;
    item.call = std::move(call);
    item.reference = std::move(reference);
    signer::SignRequest request;
    request.items.push_back(std::move(item));
    ask(std::move(request), [done = std::move(done)](Result<signer::Answer> answer) {
        if (!answer) return done(std::move(answer).error());
        if (const auto* refused = std::get_if<signer::Refused>(&*answer)) return done(signer::to_error(*refused));
        auto* reply = std::get_if<signer::SignReply>(&*answer);
        if (reply == nullptr || reply->items.size() != 1) return done(wrong_answer());
        auto& signed_item = reply->items.front();
        if (signed_item.refused) {
            if (signed_item.refused->call) return done(*signed_item.refused->call);
            return done(signer::to_error(*signed_item.refused));
        }
        std::vector<wire::Request> requests;
        for (std::size_t i = 0; i < signed_item.requests.size(); ++i) requests.push_back(signed_item.requests[i]);
        done(std::move(requests));
    });
}

void SignerLink::keep(signer::Question question, Kept done) {
    ask(std::move(question), [done = std::move(done)](Result<signer::Answer> answer) {
        if (!answer) return done(Unexpected{std::move(answer).error()});
        if (const auto* refused = std::get_if<signer::Refused>(&*answer)) return done(Unexpected{signer::to_error(*refused)});
        auto* added = std::get_if<signer::Added>(&*answer);
        if (added == nullptr) return done(Unexpected{wrong_answer()});
        done(ports::KeptKey{std::move(added->key_fingerprint), std::move(added->findings)});
    });
}

void SignerLink::change(signer::Question question, ports::Keys::Done done) {
    ask(std::move(question), [done = std::move(done)](Result<signer::Answer> answer) {
        if (!answer) return done(Unexpected{std::move(answer).error()});
        if (const auto* refused = std::get_if<signer::Refused>(&*answer)) return done(Unexpected{signer::to_error(*refused)});
        if (!std::holds_alternative<signer::Done>(*answer)) return done(Unexpected{wrong_answer()});
        done({});
    });
}

void SignerLink::add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) {
    keep(signer::AddRequest{std::move(connection), exchange, signer::Keep::vault, std::move(sealed)}, std::move(done));
}

void SignerLink::add_limited(std::string connection, exchange::ExchangeId exchange, std::string sealed, ports::UseLimits limits, Kept done) {
    keep(signer::AddRequest{std::move(connection), exchange, signer::Keep::vault, std::move(sealed), std::move(limits)}, std::move(done));
}

void SignerLink::tell(std::string connection, signer::Question question, Told done) {
    ask(std::move(question), [this, connection = std::move(connection), done = std::move(done)](Result<signer::Answer> answer) {
        if (!answer) return done(Unexpected{std::move(answer).error()});
        if (const auto* refused = std::get_if<signer::Refused>(&*answer)) return done(Unexpected{signer::to_error(*refused)});
        auto* limits = std::get_if<signer::Limits>(&*answer);
        if (limits == nullptr) return done(Unexpected{wrong_answer()});
        if (limits_heard_) limits_heard_(connection, limits->state);
        done(std::move(limits->state));
    });
}

void SignerLink::limits(std::string connection, Told done) { tell(connection, signer::LimitsRequest{connection}, std::move(done)); }
void SignerLink::set_limits(std::string connection, ports::UseLimits limits, ports::StepUp step_up, Told done) {
    tell(connection, signer::SetLimitsRequest{connection, std::move(limits), std::move(step_up)}, std::move(done));
}
void SignerLink::freeze(std::string connection, ports::FreezeLevel level, ports::StepUp step_up, Told done) {
    tell(connection, signer::FreezeRequest{connection, level, std::move(step_up)}, std::move(done));
}

void SignerLink::settle(std::variant<signer::SettledOrder, signer::StillHeld> told) {
    // A signer that stays away counts too much, never too little; what is told late is of the newest orders.
    if (settled_.size() >= kSettledMax) settled_.pop_front();
    settled_.push_back(std::move(told));
    settle_next();
}

void SignerLink::settle_next() {
    if (settling_ || settled_.empty()) return;
    settling_ = true;
    // Behind whatever is on its way: it is in no hurry, and orders are.
    loop_.after(kSettlePause, [this] {
        signer::SettleRequest request;
        const auto count = std::min(settled_.size(), signer::kBatchMax);
        request.told.assign(settled_.begin(), settled_.begin() + static_cast<std::ptrdiff_t>(count));
        settled_.erase(settled_.begin(), settled_.begin() + static_cast<std::ptrdiff_t>(count));
        auto again = request.told;
        ask(std::move(request), [this, again = std::move(again)](Result<signer::Answer> answer) mutable {
            settling_ = false;
            // Told twice is as told once.
            if (!answer) settled_.insert(settled_.begin(), std::make_move_iterator(again.begin()), std::make_move_iterator(again.end()));
            settle_next();
        });
    });
}

void SignerLink::remove(std::string connection, ports::Keys::Done done) {
    change(signer::RemoveRequest{std::move(connection)}, [done = std::move(done)](Status removed) {
        // What is gone already is as wiped as it can be.
        if (!removed && removed.error().code == signer::to_string(signer::Refusal::unknown_connection)) return done({});
        done(std::move(removed));
    });
}

void SignerLink::stage(std::string connection, exchange::ExchangeId, std::string sealed, Kept done) {
    keep(signer::StageRequest{std::move(connection), std::move(sealed)}, std::move(done));
}

void SignerLink::promote(std::string connection, ports::Keys::Done done) {
    change(signer::PromoteRequest{std::move(connection)}, std::move(done));
}

void SignerLink::roll_back(std::string connection, ports::Keys::Done done) {
    change(signer::RollBackRequest{std::move(connection)}, std::move(done));
}

void SignerLink::drop_previous(std::string connection, ports::Keys::Done done) {
    change(signer::DropRequest{std::move(connection), signer::Slot::previous}, std::move(done));
}

void SignerLink::drop_staged(std::string connection, ports::Keys::Done done) {
    change(signer::DropRequest{std::move(connection), signer::Slot::staged}, std::move(done));
}

template <class Wanted>
void SignerLink::ask_for(signer::Question question, std::function<void(Result<Wanted>)> done) {
    ask(std::move(question), [done = std::move(done)](Result<signer::Answer> answer) {
        if (!answer) return done(Unexpected{std::move(answer).error()});
        if (const auto* refused = std::get_if<signer::Refused>(&*answer)) return done(Unexpected{signer::to_error(*refused)});
        auto* wanted = std::get_if<Wanted>(&*answer);
        if (wanted == nullptr) return done(Unexpected{wrong_answer()});
        done(std::move(*wanted));
    });
}

void SignerLink::ledger(std::function<void(Result<signer::LedgerStanding>)> done) { ask_for<signer::LedgerStanding>(signer::LedgerStateRequest{}, std::move(done)); }
void SignerLink::ledger_page(signer::LedgerQuery query, std::function<void(Result<signer::LedgerPage>)> done) {
    ask_for<signer::LedgerPage>(signer::LedgerPageRequest{std::move(query)}, std::move(done));
}
void SignerLink::ledger_outcomes(std::vector<signer::LedgerOutcome> outcomes, ports::Keys::Done done) {
    change(signer::LedgerOutcomesRequest{std::move(outcomes)}, std::move(done));
}
void SignerLink::accept_ledger(std::string who, ports::Keys::Done done) { change(signer::LedgerAcceptRequest{std::move(who)}, std::move(done)); }

void SignerLink::hello(std::function<void(Result<signer::Hello>)> done) {
    ask(signer::HelloRequest{}, [done = std::move(done)](Result<signer::Answer> answer) {
        if (!answer) return done(Unexpected{std::move(answer).error()});
        auto* hello = std::get_if<signer::Hello>(&*answer);
        if (hello == nullptr) return done(Unexpected{wrong_answer()});
        done(std::move(*hello));
    });
}

void SignerLink::list(std::string after, std::function<void(Result<signer::Listing>)> done) {
    ask(signer::ListRequest{std::move(after)}, [done = std::move(done)](Result<signer::Answer> answer) {
        if (!answer) return done(Unexpected{std::move(answer).error()});
        auto* listing = std::get_if<signer::Listing>(&*answer);
        if (listing == nullptr) return done(Unexpected{wrong_answer()});
        done(std::move(*listing));
    });
}

}  // namespace bf::app

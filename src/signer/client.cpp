#include "signer/client.hpp"

namespace bf::signer {
namespace {

ErrorKind kind_of(Refusal reason) {
    switch (reason) {
        case Refusal::unknown_exchange:
        case Refusal::unknown_connection: return ErrorKind::not_found;
        case Refusal::conflict: return ErrorKind::conflict;
        case Refusal::damaged: return ErrorKind::damaged;
        case Refusal::late:
        case Refusal::clock:
        case Refusal::policy:
        case Refusal::step_up:
        case Refusal::vault_closed: return ErrorKind::denied;
        case Refusal::ledger:
        case Refusal::vault_failed: return ErrorKind::io;
        case Refusal::bad_message:
        case Refusal::too_large: return ErrorKind::protocol;
        case Refusal::bad_credentials:
        case Refusal::arguments: return ErrorKind::bad_input;
    }
    return ErrorKind::protocol;
}

}  // namespace

Error to_error(const Refused& refused) {
    return Error{kind_of(refused.reason), refused.detail, Fate::not_sent, std::string{to_string(refused.reason)}};
}

Client::Client(net::Seqpacket link, milliseconds patience) : link_{std::move(link)}, patience_{patience} {}

Result<std::string_view> Client::exchange_messages(std::uint64_t id) {
    BF_TRY_VOID(link_.send(out_, patience_));
    while (true) {
        BF_TRY(const auto message, link_.receive(patience_));
        // The answer to an earlier question that we gave up on is passed over.
        if (peek_id(message) == id) return message;
    }
}

template <class Wanted>
Result<Wanted> Client::ask(Question question) {
    const auto id = next_id_++;
    encode(out_, Request{id, std::move(question)});
    BF_TRY(const auto message, exchange_messages(id));
    BF_TRY(auto reply, decode_reply(message));
    if (auto* wanted = std::get_if<Wanted>(&reply.answer); wanted != nullptr) return std::move(*wanted);
    if (const auto* refused = std::get_if<Refused>(&reply.answer); refused != nullptr) return Unexpected{to_error(*refused)};
    if (const auto* verdict = std::get_if<FactorVerdict>(&reply.answer); verdict != nullptr)
        return Unexpected{Error{ErrorKind::denied, "the code was not accepted", Fate::not_sent, std::string{to_string(verdict->kind)}}};
    return Unexpected{Error{ErrorKind::protocol, "the signer answered another question"}};
}

Status Client::do_it(Question question) {
    BF_TRY_VOID(ask<Done>(std::move(question)));
    return {};
}

Result<Hello> Client::hello() { return ask<Hello>(HelloRequest{}); }
Result<Findings> Client::check_shape(exchange::ExchangeId exchange, std::string sealed) {
    return ask<Findings>(CheckShapeRequest{exchange, std::move(sealed)});
}
Result<Added> Client::add(std::string connection, exchange::ExchangeId exchange, Keep keep, std::string sealed, std::optional<ports::UseLimits> limits) {
    return ask<Added>(AddRequest{std::move(connection), exchange, keep, std::move(sealed), std::move(limits)});
}
Result<Added> Client::stage(std::string connection, std::string sealed) {
    return ask<Added>(StageRequest{std::move(connection), std::move(sealed)});
}
Status Client::promote(std::string connection) { return do_it(PromoteRequest{std::move(connection)}); }
Status Client::roll_back(std::string connection) { return do_it(RollBackRequest{std::move(connection)}); }
Status Client::drop(std::string connection, Slot slot) { return do_it(DropRequest{std::move(connection), slot}); }
Status Client::remove(std::string connection) { return do_it(RemoveRequest{std::move(connection)}); }
Status Client::unlock(std::string sealed) { return do_it(UnlockRequest{std::move(sealed)}); }
Status Client::rewrap(Rewrap change, std::string sealed, ports::StepUp step_up) {
    return do_it(RewrapRequest{change, std::move(sealed), std::move(step_up)});
}

Result<ports::LimitState> Client::limits(std::string connection) {
    BF_TRY(auto told, ask<Limits>(LimitsRequest{std::move(connection)}));
    return std::move(told.state);
}
Result<ports::LimitState> Client::set_limits(std::string connection, ports::UseLimits limits, ports::StepUp step_up) {
    BF_TRY(auto told, ask<Limits>(SetLimitsRequest{std::move(connection), std::move(limits), std::move(step_up)}));
    return std::move(told.state);
}
Result<ports::LimitState> Client::freeze(std::string connection, ports::FreezeLevel level, ports::StepUp step_up) {
    BF_TRY(auto told, ask<Limits>(FreezeRequest{std::move(connection), level, std::move(step_up)}));
    return std::move(told.state);
}
Status Client::settle(SettleRequest question) { return do_it(std::move(question)); }
Result<BackupBegun> Client::begin_backup(bool keys, std::string sealed, const PublicKey& recipient, ports::StepUp step_up) {
    return ask<BackupBegun>(BackupBeginRequest{keys, std::move(sealed), recipient, std::move(step_up)});
}
Result<BackupPiece> Client::next_of_backup(const std::string& backup) { return ask<BackupPiece>(BackupNextRequest{backup}); }
Result<BackupBegun> Client::begin_restore(std::string header, std::string sealed, const PublicKey& recipient) {
    return ask<BackupBegun>(RestoreBeginRequest{std::move(header), std::move(sealed), recipient});
}
Status Client::restore_next(std::string bytes) { return do_it(RestoreNextRequest{std::move(bytes)}); }
Result<Restored> Client::end_restore(RestoreAs as) { return ask<Restored>(RestoreEndRequest{as}); }

Result<std::vector<Entry>> Client::list() {
    std::vector<Entry> all;
    ListRequest question;
    while (true) {
        BF_TRY(auto page, ask<Listing>(question));
        if (!page.entries.empty()) question.after = page.entries.back().connection;
        all.insert(all.end(), std::make_move_iterator(page.entries.begin()), std::make_move_iterator(page.entries.end()));
        if (!page.more || all.empty()) return all;
    }
}

Result<LedgerStanding> Client::ledger() { return ask<LedgerStanding>(LedgerStateRequest{}); }
Result<LedgerPage> Client::ledger_page(LedgerQuery query) { return ask<LedgerPage>(LedgerPageRequest{std::move(query)}); }
Status Client::ledger_outcomes(std::vector<LedgerOutcome> outcomes) { return do_it(LedgerOutcomesRequest{std::move(outcomes)}); }
Status Client::accept_ledger(std::string who) { return do_it(LedgerAcceptRequest{std::move(who)}); }

Result<const SignReply*> Client::sign(std::span<const SignItem> items) {
    const auto id = next_id_++;
    encode_sign(out_, id, items);
    BF_TRY(const auto message, exchange_messages(id));
    BF_TRY_VOID(decode_sign_reply(message, signed_));
    return &signed_;
}

}  // namespace bf::signer

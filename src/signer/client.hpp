// The signer as a blocking caller sees it: the command line, `check`, tests. One question at a time over one connected socket; the
// engine, which must not wait, uses codec.hpp on its own socket instead.
#pragma once
#include "crypto/secret.hpp"
#include "net/seqpacket.hpp"
#include "signer/codec.hpp"

#include <span>

namespace bf::signer {

/// A refusal as an Error: its reason is the code ("unknown_connection"), its sentence the detail.
Error to_error(const Refused& refused);

class Client {
public:
    /// A question that is not answered within `patience` fails; its fate is unknown.
    explicit Client(net::Seqpacket link, milliseconds patience = seconds{15});

    Result<Hello> hello();
    Result<Findings> check_shape(exchange::ExchangeId exchange, std::string sealed);
    Result<Added> add(std::string connection, exchange::ExchangeId exchange, Keep keep, std::string sealed,
                      std::optional<ports::UseLimits> limits = {});
    Result<Added> stage(std::string connection, std::string sealed);
    Status promote(std::string connection);
    Status roll_back(std::string connection);
    Status drop(std::string connection, Slot slot);
    Status remove(std::string connection);
    Result<std::vector<Entry>> list();
    Status unlock(std::string sealed);
    Status rewrap(Rewrap change, std::string sealed = {}, ports::StepUp step_up = {});
    Result<LedgerStanding> ledger();
    Result<LedgerPage> ledger_page(LedgerQuery query);
    Status ledger_outcomes(std::vector<LedgerOutcome> outcomes);
    Status accept_ledger(std::string who);
    Result<ports::LimitState> limits(std::string connection);
    Result<ports::LimitState> set_limits(std::string connection, ports::UseLimits limits, ports::StepUp step_up = {});
    Result<ports::LimitState> freeze(std::string connection, ports::FreezeLevel level, ports::StepUp step_up = {});
    Status settle(SettleRequest question);
    Result<BackupBegun> begin_backup(bool keys, std::string sealed, const PublicKey& recipient, ports::StepUp step_up = {});
    Result<BackupPiece> next_of_backup(const std::string& backup);
    Result<BackupBegun> begin_restore(std::string header, std::string sealed, const PublicKey& recipient);
    Status restore_next(std::string bytes);
    Result<Restored> end_restore(RestoreAs as);
    /// The reply stays valid until the next question.
    Result<const SignReply*> sign(std::span<const SignItem> items);

private:
    /// Sends what stands in `out_` and waits for the message that carries `id`. The view lives until the next one.
    Result<std::string_view> exchange_messages(std::uint64_t id);
    template <class Wanted>
    Result<Wanted> ask(Question question);
    Status do_it(Question question);

    net::Seqpacket link_;
    milliseconds patience_;
    std::uint64_t next_id_{1};
    std::string out_;
    SignReply signed_;
};

}  // namespace bf::signer

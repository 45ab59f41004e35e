// What happened on an exchange, written down so that it can be made again after a restart: accounts, orders, fills. What a face keeps for
// itself (stream tokens, listen keys) and keys are not: whoever comes back makes new ones.
//
// A record is a JSON object that holds all that one event changed, in whole; of funding what was paid since the record before, since an account
// that was away for long has hundreds of payments. Taking the same record twice changes nothing.
#pragma once
#include "simulator/core/exchange.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <set>

namespace bf::simulator {

class Recorder final : public Listener {
public:
    /// Both live as long as each other.
    explicit Recorder(Exchange& exchange) : exchange_{exchange} { exchange.listen(*this); }

    /// Its settings or wallets may have changed without an event.
    void touch(const Account& account) { accounts_.insert(&account); }
    [[nodiscard]] bool any() const { return !accounts_.empty() || !orders_.empty() || !fills_.empty(); }
    /// What changed since it was last asked, as members of an object.
    void take(wire::JsonWriter& out);
    /// One account with everything that is kept of it: what is open, and what ended later than `since`.
    void write(wire::JsonWriter& out, const Account& account, Instant since) const;

    /// Takes a record's members back. Nothing may have happened on the exchange but earlier ones; after the last one: finish_restoring.
    Status restore(const wire::JsonValue& record);
    void finish_restoring();

private:
    void on_event(const Event& event) override;
    /// Of each account's funding what comes after the first `skipped` payments.
    using Skipped = std::map<const Account*, std::size_t>;
    void write(wire::JsonWriter& out, const std::set<const Account*>& accounts, const std::map<std::uint64_t, const Order*>& orders,
               const std::map<std::uint64_t, const Fill*>& fills, const Skipped& skipped) const;
    [[nodiscard]] bool restore_instrument(const wire::JsonValue& json);
    [[nodiscard]] bool restore_account(const wire::JsonValue& json);
    [[nodiscard]] bool restore_order(const wire::JsonValue& json);
    [[nodiscard]] bool restore_fill(const wire::JsonValue& json);

    Exchange& exchange_;
    std::set<const Account*> accounts_;
    std::map<std::uint64_t, const Order*> orders_;  ///< By number.
    std::map<std::uint64_t, const Fill*> fills_;
    Skipped written_;  ///< So many payments of each account.
    std::map<std::uint64_t, Order*> restored_orders_;
    std::set<std::uint64_t> restored_fills_;
    std::set<std::pair<const Account*, std::uint64_t>> restored_funding_;
    bool restoring_{false};
};

}  // namespace bf::simulator

// What the journal keeps of groups beside their orders: that one was opened, with everything it was opened under, and what was decided
// about it later. Its books are not kept: they are the fills of its orders, which stand in the journal too.
//
// Payloads are JSON, few and small. Reading is strict: a record that can't be read stops the start with a sentence, since a group would be
// managed on less than was known.
#pragma once
#include "engine/brakes.hpp"
#include "engine/intent.hpp"
#include "engine/records.hpp"
#include "trading/group.hpp"
#include "trading/routing.hpp"
#include "trading/settings.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bf::engine {

inline constexpr RecordKind kGroupOpened{16};
inline constexpr RecordKind kGroupChanged{17};
/// All that is still needed, written down once more between these two: what the journal told before may be forgotten then.
inline constexpr RecordKind kCheckpoint{18};
inline constexpr RecordKind kCheckpointEnd{19};
inline constexpr RecordKind kEquity{20};
/// Which signal made the order that follows: what was decided on a signal counts from the journal on, not from the LIVE list.
inline constexpr RecordKind kSignalActed{21};
inline constexpr RecordKind kEquityForgotten{30};
inline constexpr RecordKind kForeignTold{31};
inline constexpr RecordKind kOrderEvidence{32};
inline constexpr RecordKind kEquityMoved{33};

/// What is settled when a group opens and stays so.
struct GroupTerms {
    GroupNumber number{0};
    std::string strategy;    ///< Its id.
    std::string connection;  ///< Its id.
    market::Symbol symbol;
    trading::Direction direction{trading::Direction::long_side};
    trading::Via via{trading::Via::main};
    Instant opened_at;
    std::int64_t signal{0};       ///< The store's number of the signal that opened it.
    trading::Settings settings;   ///< As they were: zones, sizes and targets stay the group's (product rule U-41).
    Decimal base_order;           ///< Quote units without fee, on futures margin.
    Decimal equity;               ///< Of the connection when it opened.
    trading::FeeRates fees;
    InstrumentLimits limits{};
    std::optional<std::int64_t> leverage{};  ///< Futures.
    std::optional<market::PositionMode> position_mode{};
};

struct GroupChange {
    enum class What : std::uint8_t {
        recovery,   ///< It entered Recovery Mode: "trigger", "actual", "limit".
        released,   ///< Back to normal: "by" user or itself.
        closing,    ///< To be closed at market: "reason".
        closed,     ///< Nothing of it is left: "reason".
        desync,     ///< The exchange has less or more than its books: "expected", "found", "as_of" (the exchange's time, ms).
        agreed,     ///< They agree again.
        ignored,    ///< The user accepts the difference: "difference", or "worth" where it is one of the average.
        adopted,    ///< The user makes the difference the group's own: "quantity", "price"; below zero it left the group. Or "worth": the books take over the exchange's average.
        funding,    ///< "id": the exchange's; "amount": received, or paid if negative; "settled": when, in milliseconds. Each id counts once.
        fee_value,  ///< "trade", "value": what a fee in a third asset was worth in quote units.
        fee_rates,  ///< "maker", "taker": what is reckoned with from now on for what is still to be paid.
        funding_missed,  ///< On paper: what was due after "from" up to "to" (ms) was not charged, and "why": see MissedFunding. Each "from" once.
        forced,     ///< The exchange took of it by itself: "kind" (market::Forced), "trade" (each once), "order", "price", "quantity", "fee", "asset", "traded" (ms).
        too_small,  ///< The exchange takes no order as small as it any more: "quantity", "min_quantity", "min_notional". Each minimum is told once.
        orphaned,   ///< Its connection was removed, and with it the key: nothing is asked or done for it any more. "name", "exchange", "market", "site", "account" (the exchange's): the connection's.
        taken_up,   ///< That connection is here again, of the same account: it is followed as after a start.
        average,    ///< The position was entered at another average than the books', by the exchange: "expected", "found", "worth" (what the books' notional lacks), "as_of" (ms).
    };
    GroupNumber group{0};
    What what{What::recovery};
    Instant at;
    std::vector<std::pair<std::string, std::string>> facts{};
    std::uint64_t ordinal{0};  ///< Of the group's changes, from 1: after a checkpoint a journal may tell the same one twice.

    [[nodiscard]] std::string_view fact(std::string_view name) const;
    [[nodiscard]] Decimal amount(std::string_view name) const;  ///< Zero if it is not there.
};
std::string_view to_string(GroupChange::What what);

/// What is needed beyond groups and orders.
struct Checkpoint {
    GroupNumber last_group{0};
    OrderNumber last_order{0};
    struct Closed {
        std::string connection;
        market::Symbol symbol;
        Instant at;
    };
    std::vector<Closed> closed{};  ///< When a pair's last group ended, for the pause after it.
    std::vector<std::pair<std::string, std::string>> past{};  ///< Connection and exchange's id of ended groups' orders, the latest.
};

/// Orders that are not ours and that a person was told of.
struct ForeignTold {
    std::string connection;
    std::vector<std::string> orders;  ///< The exchange's ids.
};
std::string to_record(const ForeignTold& told);
Result<ForeignTold> read_foreign(std::string_view payload);

struct SignalActed {
    std::int64_t signal{0};  ///< The store's number.
    OrderNumber order{0};
};
std::string to_record(const SignalActed& acted);
Result<SignalActed> read_acted(std::string_view payload);
std::string to_record(const AccountKey& account, const EquitySample& sample);
/// That the account's money was set anew.
std::string to_record(const AccountKey& account);
std::string to_record(const AccountKey& account, const Brakes::Moved& money);
Result<AccountKey> read_account(std::string_view payload);
Result<std::pair<AccountKey, Brakes::Moved>> read_moved(std::string_view payload);
Result<std::pair<AccountKey, EquitySample>> read_equity(std::string_view payload);
std::string to_record(const Checkpoint& checkpoint);
Result<Checkpoint> read_checkpoint(std::string_view payload);
std::string to_record(const GroupTerms& terms);
std::string to_record(const GroupChange& change);
Result<GroupTerms> read_terms(std::string_view payload);
Result<GroupChange> read_change(std::string_view payload);

}  // namespace bf::engine

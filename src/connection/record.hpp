// A connection as it is kept: what the user named, what was proven, what went wrong. No secret in it.
#pragma once
#include "connection/report.hpp"
#include "connection/status.hpp"
#include "ports/family.hpp"
#include "ports/use_limits.hpp"
#include "wire/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bf::connection {

/// A key that was replaced, until it is known to be of no use to anybody.
struct OldKey {
    std::string fingerprint;
    Instant replaced_at{};
    std::optional<int> key_version{};   ///< As the exchange counts it (KuCoin).
    std::optional<Instant> kept_until{};  ///< Sealed at the signer until then, to go back to. Nothing: wiped.
    exchange::Ternary works{exchange::Ternary::unknown};  ///< At the exchange, since it was replaced.
    std::optional<Instant> asked_at{};                    ///< When that was found out.
};

/// What an exchange reports of a key that differs from what it reported at the test before; stands until its user has tested it anew.
struct KeyChange {
    Instant at;
    Facts facts;
};

struct Record {
    std::string id;
    std::string name;
    exchange::ExchangeId exchange{};
    market::Market market{};
    exchange::Site site{exchange::Site::global};
    ports::Family family{ports::Family::v4};  ///< All that goes out for it goes over this. A column of its own, not in the document.
    ConnectionStatus status{ConnectionStatus::draft};
    Instant status_since;
    std::optional<exchange::Problem> problem;
    std::string key_fingerprint;
    Facts shape;                             ///< What looked unusual when the key was pasted; the secret itself is seen only then.
    Instant created_at;
    std::optional<Instant> tested_at;        ///< Last full test that ended.
    std::optional<Instant> checked_at;       ///< Last test, full or light.
    std::optional<Instant> proven_at;        ///< Last full test that ended as connected.
    int failures_in_row{0};                  ///< Of one kind.
    bool failures_are_passing{false};        ///< The kind: the exchange was away, else the key was refused.
    Accepted accepted;
    std::optional<Report> report;            ///< The last full one.
    std::optional<std::string> account_id;   ///< What the exchange calls the account its key was last told to be of; a test that fails does not forget it.
    /// The account it must prove to be of before anything else counts: it was connected before, removed, and groups were left on it. Nothing since
    /// it did.
    std::optional<std::string> owed_account;
    std::optional<OldKey> old_key;
    std::optional<KeyChange> key_change;
    std::optional<std::string> proven_from;  ///< Our address when it was proven, where it was known.
    std::optional<Instant> life_warned_for;  ///< The end of life that its user was warned of,
    int life_warned_days{0};                 ///< and how many days before it, the last time.
    ports::FreezeLevel freeze_told{};        ///< The signer's freeze, as far as the history has it.
};

struct HistoryEntry {
    std::int64_t id{0};  ///< Given by the store, rising.
    Instant at;
    std::string kind;    ///< "created", "tested", "status", "renamed", "accepted", "rotated", "old_key", "guard", "limits", "site", "family", "disabled", "enabled", "removed"
    std::string text;    ///< A sentence.
    std::string detail{"{}"};  ///< JSON object.
};

/// An address of this server, for the exchanges' allow-lists. Unverified until an exchange confirmed it.
struct OwnAddress {
    std::string address;
    std::string source;                          ///< "typed", "exchange" or "resolver"
    std::optional<exchange::ExchangeId> exchange;
    std::optional<Instant> confirmed_at;
};
struct OwnAddresses {
    std::optional<OwnAddress> v4, v6;
};

/// The report's JSON as to_json writes it, back to a Report; nothing for another shape. For what was kept on disk.
std::optional<Report> read_report(const wire::JsonValue& json);
/// A problem's JSON as problem_json writes it.
std::optional<exchange::Problem> read_problem(const wire::JsonValue& json);

}  // namespace bf::connection

#include "store/schema.hpp"

namespace bf::store {

Result<std::unique_ptr<Database>> open_engine_database(const std::string& url) {
    const bool postgresql = url.starts_with("postgres");
    // Both rise by themselves; SQLite's autoincrement never gives a removed id again.
    const std::string serial = postgresql ? "bigserial primary key" : "integer primary key autoincrement";
    // Steps are added at the end and never changed: databases of every age are on their way from one to the next.
    const std::vector<std::string> migrations{
        "create table connections (id text primary key, name text not null, document text not null)",
        "create unique index connections_name on connections (lower(name))",
        "create table connection_history (id " + serial + ", connection text not null, at_ms bigint not null, kind text not null, text text not null, detail text not null)",
        "create index connection_history_of on connection_history (connection, id)",
        "create table settings (name text primary key, value text not null)",
        "create table strategies (id text primary key, name text not null, hook_hash text not null, document text not null)",
        "create unique index strategies_name on strategies (lower(name))",
        "create table signals (id " + serial + ", strategy text not null, at_ms bigint not null, key text not null, settled integer not null, document text not null)",
        "create index signals_key on signals (strategy, key)",
        "create index signals_unsettled on signals (id) where settled = 0",
        "create table decisions (id " + serial + ", at_ms bigint not null, signal bigint not null, strategy text not null, pair text not null, outcome text not null, "
        "group_number bigint not null, document text not null)",
        "create index decisions_of_strategy on decisions (strategy, id)",
        "create index decisions_of_group on decisions (group_number, id)",
        "create index decisions_of_signal on decisions (signal, id)",
        "create table trade_groups (number bigint primary key, strategy text not null, connection text not null, opened_ms bigint not null, closed_ms bigint, document text not null)",
        "create index trade_groups_closed on trade_groups (number) where closed_ms is not null",
        "create table alarms (id " + serial + ", at_ms bigint not null, acknowledged integer not null, document text not null)",
        // A step, so that an older program, which knows IPv4 only, does not send the keys of an IPv6 connection over it.
        "alter table connections add column family text not null default 'ipv4'",
        "create index decisions_blocked on decisions (at_ms) where outcome = 'BLOCKED'",
        "create index alarms_in_order on alarms (acknowledged, id)",
        // What a page filters by, beside the number it goes down by: the rows themselves are a hundred times as large, and a million of them take minutes.
        "drop index decisions_of_strategy",
        "create index decisions_sought_in_strategy on decisions (strategy, id, outcome, pair)",
        "create index decisions_sought on decisions (id, outcome, pair)",
        "drop index trade_groups_closed",
        "create index trade_groups_sought on trade_groups (number, strategy, connection, closed_ms) where closed_ms is not null",
        "drop index signals_key",
        "create index signals_sent on signals (strategy, key, id)",
        "drop index alarms_in_order",
        "create index alarms_listed on alarms (acknowledged, id desc)",
    };
    BF_TRY(auto database, Database::open(url, migrations, {"signals", "decisions"}));
    return std::make_unique<Database>(std::move(database));
}

}  // namespace bf::store

#include "store/trading_store.hpp"

#include <limits>
#include <soci/soci.h>

namespace bf::store {
namespace {

using soci::into;
using soci::use;

constexpr long long kEnd = std::numeric_limits<long long>::max();

/// Bound to variables, not read from rows: SOCI takes SQLite's INTEGER for 32 bits there.
struct DecisionRow {
    long long id{0}, at{0}, signal{0}, group{0};
    ports::StoredDecision decision;
    static constexpr const char* kColumns = "select id, at_ms, signal, group_number, strategy, pair, outcome, document from decisions ";
    template <class Prepared>
    void bind(Prepared& prepared) {
        prepared, into(id), into(at), into(signal), into(group), into(decision.strategy), into(decision.pair), into(decision.outcome), into(decision.document);
    }
    const ports::StoredDecision& read() {
        decision.id = id;
        decision.at = Instant::from_ms(at);
        decision.signal = signal;
        decision.group = static_cast<std::uint64_t>(group);
        return decision;
    }
};

struct GroupRow {
    long long number{0}, opened{0}, closed{0};
    soci::indicator is_closed{soci::i_null};
    ports::StoredGroup group;
    static constexpr const char* kColumns = "select number, opened_ms, closed_ms, strategy, connection, document from trade_groups ";
    template <class Prepared>
    void bind(Prepared& prepared) {
        prepared, into(number), into(opened), into(closed, is_closed), into(group.strategy), into(group.connection), into(group.document);
    }
    const ports::StoredGroup& read() {
        group.number = static_cast<std::uint64_t>(number);
        group.opened = Instant::from_ms(opened);
        group.closed = is_closed == soci::i_ok ? std::optional{Instant::from_ms(closed)} : std::nullopt;
        return group;
    }
};

/// Every row that `prepared` finds.
template <class Row, class Prepared, class Found>
void fetch(Prepared& prepared, Row& row, std::vector<Found>& found) {
    soci::statement statement{prepared};
    statement.execute();
    while (statement.fetch()) found.push_back(row.read());
}

}  // namespace

Result<std::vector<ports::StoredStrategy>> TradingStore::strategies() {
    std::vector<ports::StoredStrategy> found;
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        const soci::rowset<soci::row> rows = (sql.prepare << "select id, name, hook_hash, document from strategies order by id");
        for (const auto& row : rows) found.push_back({row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2), row.get<std::string>(3)});
    }));
    return found;
}

Status TradingStore::save(const ports::StoredStrategy& strategy) {
    return database_.transaction([&](soci::session& sql) {
        sql << "insert into strategies (id, name, hook_hash, document) values (:id, :name, :hook, :document) "
               "on conflict (id) do update set name = excluded.name, hook_hash = excluded.hook_hash, document = excluded.document",
            use(strategy.id), use(strategy.name), use(strategy.hook_hash), use(strategy.document);
    });
}

Status TradingStore::remove_strategy(const std::string& id) {
    return database_.transaction([&](soci::session& sql) { sql << "delete from strategies where id = :id", use(id); });
}

Result<std::int64_t> TradingStore::add_signal(const ports::StoredSignal& signal) {
    long long id = 0;
    const long long at = signal.at.ms();
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "insert into signals (strategy, at_ms, key, settled, document) values (:strategy, :at, :key, 0, :document) returning id",
            use(signal.strategy), use(at), use(signal.key), use(signal.document), into(id);
    }));
    return id;
}

Result<bool> TradingStore::has_signal(const std::string& strategy, const std::string& key, Instant since, std::int64_t before) {
    // The last one tells, however many there were: an alert whose key is always the same has as many as it was sent.
    long long at = 0;
    soci::indicator found = soci::i_null;
    const long long end = before;
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        sql << "select max(at_ms) from (select at_ms from signals where strategy = :strategy and key = :key and id < :before order by id desc limit 1) as last",
            use(strategy), use(key), use(end), into(at, found);
    }));
    return found == soci::i_ok && Instant::from_ms(at) > since;
}

Result<std::vector<ports::StoredSignal>> TradingStore::unsettled_signals() {
    std::vector<ports::StoredSignal> found;
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        long long id = 0, at = 0, decision = 0;
        ports::StoredSignal signal;
        soci::statement statement = (sql.prepare << "select s.id, s.at_ms, s.strategy, s.key, s.document, coalesce((select max(d.id) from decisions d where d.signal = s.id), 0) "
                                                    "from signals s where s.settled = 0 order by s.id",
                                     into(id), into(at), into(signal.strategy), into(signal.key), into(signal.document), into(decision));
        statement.execute();
        while (statement.fetch()) {
            signal.id = id;
            signal.at = Instant::from_ms(at);
            signal.decision = decision;
            found.push_back(signal);
        }
    }));
    return found;
}

Status TradingStore::settle(std::int64_t signal) {
    const long long id = signal;
    return database_.transaction([&](soci::session& sql) { sql << "update signals set settled = 1 where id = :id", use(id); });
}

Result<std::int64_t> TradingStore::save(const ports::StoredDecision& decision, bool final) {
    long long id = decision.id;
    const long long at = decision.at.ms(), signal = decision.signal, group = static_cast<long long>(decision.group);
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        if (id == 0)
            sql << "insert into decisions (at_ms, signal, strategy, pair, outcome, group_number, document) "
                   "values (:at, :signal, :strategy, :pair, :outcome, :group, :document) returning id",
                use(at), use(signal), use(decision.strategy), use(decision.pair), use(decision.outcome), use(group), use(decision.document), into(id);
        else
            sql << "update decisions set at_ms = :at, outcome = :outcome, group_number = :group, document = :document where id = :id",
                use(at), use(decision.outcome), use(group), use(decision.document), use(id);
        if (final && signal != 0) sql << "update signals set settled = 1 where id = :id", use(signal);
    }));
    return id;
}

Result<std::vector<ports::StoredDecision>> TradingStore::decisions(const ports::DecisionQuery& query) {
    std::vector<ports::StoredDecision> found;
    const long long before = query.before > 0 ? query.before : kEnd, group = static_cast<long long>(query.group);
    // The numbers first, from an index alone: rows that a filter leaves out are not read.
    std::string text = std::string{DecisionRow::kColumns} + "where id in (select id from decisions where id < :before";
    if (!query.strategy.empty()) text += " and strategy = :strategy";
    if (!query.outcome.empty()) text += " and outcome = :outcome";
    if (!query.pair.empty()) text += " and pair = :pair";
    if (query.group != 0) text += " and group_number = :group";
    text += " order by id desc limit :limit) order by id desc";
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        DecisionRow row;
        auto prepared = (sql.prepare << text);
        row.bind(prepared);
        prepared, use(before);
        if (!query.strategy.empty()) prepared, use(query.strategy);
        if (!query.outcome.empty()) prepared, use(query.outcome);
        if (!query.pair.empty()) prepared, use(query.pair);
        if (query.group != 0) prepared, use(group);
        prepared, use(query.limit);
        fetch(prepared, row, found);
    }));
    return found;
}

Result<std::optional<ports::StoredDecision>> TradingStore::decision(std::int64_t id) {
    std::vector<ports::StoredDecision> found;
    const long long wanted = id;
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        DecisionRow row;
        auto prepared = (sql.prepare << std::string{DecisionRow::kColumns} + "where id = :id", use(wanted));
        row.bind(prepared);
        fetch(prepared, row, found);
    }));
    return found.empty() ? std::optional<ports::StoredDecision>{} : std::optional{std::move(found.front())};
}

Result<int> TradingStore::forget_blocked(const ports::BlockedKept& kept, int limit) {
    int forgotten = 0;
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        long long newest = 0, id = 0, at = 0, signal = 0;
        sql << "select coalesce(max(id), 0) from decisions", into(newest);
        std::string ids, signals;
        soci::statement statement = (sql.prepare << "select id, at_ms, signal from decisions where outcome = 'BLOCKED' order by at_ms limit :limit", into(id), into(at), into(signal), use(limit));
        statement.execute();
        while (statement.fetch()) {
            const auto decided = Instant::from_ms(at);
            if (decided >= kept.since && (id > newest - kept.newest || decided >= kept.spared_since)) continue;
            ids += (forgotten++ == 0 ? "" : ",") + std::to_string(id);
            signals += (signals.empty() ? "" : ",") + std::to_string(signal);
        }
        if (forgotten == 0) return;
        sql << "delete from decisions where id in (" + ids + ")";
        sql << "delete from signals where settled = 1 and id in (" + signals + ")";
    }));
    return forgotten;
}

Status TradingStore::save(const ports::StoredGroup& group) {
    const long long number = static_cast<long long>(group.number), opened = group.opened.ms();
    long long closed = group.closed ? group.closed->ms() : 0;
    soci::indicator is_closed = group.closed ? soci::i_ok : soci::i_null;
    return database_.transaction([&](soci::session& sql) {
        sql << "insert into trade_groups (number, strategy, connection, opened_ms, closed_ms, document) values (:number, :strategy, :connection, :opened, :closed, :document) "
               "on conflict (number) do update set closed_ms = excluded.closed_ms, document = excluded.document",
            use(number), use(group.strategy), use(group.connection), use(opened), use(closed, is_closed), use(group.document);
    });
}

Result<std::optional<ports::StoredGroup>> TradingStore::group(std::uint64_t number) {
    std::vector<ports::StoredGroup> found;
    const long long wanted = static_cast<long long>(number);
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        GroupRow row;
        auto prepared = (sql.prepare << std::string{GroupRow::kColumns} + "where number = :number", use(wanted));
        row.bind(prepared);
        fetch(prepared, row, found);
    }));
    return found.empty() ? std::optional<ports::StoredGroup>{} : std::optional{std::move(found.front())};
}

Result<std::vector<ports::StoredGroup>> TradingStore::closed_groups(const std::string& strategy, const std::string& connection, std::uint64_t before, int limit) {
    std::vector<ports::StoredGroup> found;
    const long long end = before > 0 ? static_cast<long long>(before) : kEnd;
    const std::string text = std::string{GroupRow::kColumns} + "where number in (select number from trade_groups where closed_ms is not null and number < :before" +
                             (strategy.empty() ? "" : " and strategy = :strategy") + (connection.empty() ? "" : " and connection = :connection") + " order by number desc limit :limit) order by number desc";
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        GroupRow row;
        auto prepared = (sql.prepare << text);
        row.bind(prepared);
        prepared, use(end);
        if (!strategy.empty()) prepared, use(strategy);
        if (!connection.empty()) prepared, use(connection);
        prepared, use(limit);
        fetch(prepared, row, found);
    }));
    return found;
}

Result<std::vector<ports::GroupEnd>> TradingStore::group_ends() {
    std::vector<ports::GroupEnd> found;
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        long long number = 0, closed = 0;
        soci::statement statement = (sql.prepare << "select number, closed_ms from trade_groups where closed_ms is not null order by number", into(number), into(closed));
        statement.execute();
        while (statement.fetch()) found.push_back({static_cast<std::uint64_t>(number), Instant::from_ms(closed)});
    }));
    return found;
}

Result<std::int64_t> TradingStore::add(const ports::StoredAlarm& alarm) {
    long long id = 0;
    const long long at = alarm.at.ms();
    const int acknowledged = alarm.acknowledged ? 1 : 0;
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "insert into alarms (at_ms, acknowledged, document) values (:at, :acknowledged, :document) returning id", use(at), use(acknowledged), use(alarm.document), into(id);
    }));
    return id;
}

Status TradingStore::amend_alarm(std::int64_t id, const std::string& document) {
    const long long wanted = id;
    long long there = 0;
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "select count(*) from alarms where id = :id and acknowledged = 0", use(wanted), into(there);
        sql << "update alarms set document = :document where id = :id and acknowledged = 0", use(document), use(wanted);
    }));
    if (there == 0) return Unexpected{Error{ErrorKind::not_found, "There is no such alarm that nobody has seen yet.", Fate::not_sent, "not_found"}};
    return {};
}

Status TradingStore::acknowledge_alarm(std::int64_t id) {
    const long long wanted = id;
    long long there = 0;
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "select count(*) from alarms where id = :id", use(wanted), into(there);
        sql << "update alarms set acknowledged = 1 where id = :id", use(wanted);
    }));
    if (there == 0) return Unexpected{Error{ErrorKind::not_found, "There is no such alarm.", Fate::not_sent, "not_found"}};
    return {};
}

Result<std::vector<ports::StoredAlarm>> TradingStore::alarms(int limit) {
    std::vector<ports::StoredAlarm> found;
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        long long id = 0, at = 0;
        int acknowledged = 0;
        ports::StoredAlarm alarm;
        soci::statement statement = (sql.prepare << "select id, at_ms, acknowledged, document from alarms order by acknowledged, id desc limit :limit",
                                     into(id), into(at), into(acknowledged), into(alarm.document), use(limit));
        statement.execute();
        while (statement.fetch()) {
            alarm.id = id;
            alarm.at = Instant::from_ms(at);
            alarm.acknowledged = acknowledged != 0;
            found.push_back(alarm);
        }
    }));
    return found;
}

Result<int> TradingStore::forget_alarms(Instant before, int limit) {
    const long long end = before.ms();
    long long forgotten = 0;
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        // The lowest numbers are the oldest: an index finds them, and a look that finds nothing to do reads no more than that.
        const std::string oldest = "from (select id, at_ms from alarms where acknowledged = 1 order by id limit :limit) as oldest where at_ms < :before";
        sql << "select count(*) " + oldest, use(limit), use(end), into(forgotten);
        if (forgotten > 0) sql << "delete from alarms where id in (select id " + oldest + ")", use(limit), use(end);
    }));
    return static_cast<int>(forgotten);
}

}  // namespace bf::store

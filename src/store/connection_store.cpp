#include "store/connection_store.hpp"

#include <limits>
#include <soci/soci.h>

namespace bf::store {
namespace {

using soci::into;
using soci::use;

void insert_history(soci::session& sql, const ports::StoredHistory& entry) {
    const long long at = entry.at.ms();
    sql << "insert into connection_history (connection, at_ms, kind, text, detail) values (:connection, :at, :kind, :text, :detail)",
        use(entry.connection), use(at), use(entry.kind), use(entry.text), use(entry.detail);
}

}  // namespace

Result<std::vector<ports::StoredConnection>> ConnectionStore::connections() {
    std::vector<ports::StoredConnection> found;
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        const soci::rowset<soci::row> rows = (sql.prepare << "select id, name, document, family from connections order by id");
        for (const auto& row : rows) found.push_back({row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2), row.get<std::string>(3)});
    }));
    return found;
}

Status ConnectionStore::save(const ports::StoredConnection& connection, const std::vector<ports::StoredHistory>& history) {
    return database_.transaction([&](soci::session& sql) {
        sql << "insert into connections (id, name, document, family) values (:id, :name, :document, :family) "
               "on conflict (id) do update set name = excluded.name, document = excluded.document, family = excluded.family",
            use(connection.id), use(connection.name), use(connection.document), use(connection.family);
        for (const auto& entry : history) insert_history(sql, entry);
    });
}

Status ConnectionStore::remove(const std::string& id, const ports::StoredHistory& last) {
    return database_.transaction([&](soci::session& sql) {
        sql << "delete from connections where id = :id", use(id);
        insert_history(sql, last);
    });
}

Result<std::vector<ports::StoredHistory>> ConnectionStore::history(const std::string& connection, std::int64_t before, int limit) {
    std::vector<ports::StoredHistory> found;
    const long long end = before > 0 ? before : std::numeric_limits<long long>::max();
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        long long id = 0, at = 0;
        ports::StoredHistory entry;
        soci::statement statement = (sql.prepare << "select id, at_ms, kind, text, detail from connection_history where connection = :connection and id < :before order by id desc limit :limit",
                                     into(id), into(at), into(entry.kind), into(entry.text), into(entry.detail), use(connection), use(end), use(limit));
        statement.execute();
        while (statement.fetch()) {
            entry.id = id;
            entry.at = Instant::from_ms(at);
            entry.connection = connection;
            found.push_back(entry);
        }
    }));
    return found;
}

Result<std::optional<std::string>> ConnectionStore::setting(const std::string& name) {
    std::optional<std::string> found;
    BF_TRY_VOID(database_.read([&](soci::session& sql) {
        std::string value;
        sql << "select value from settings where name = :name", use(name), into(value);
        if (sql.got_data()) found = value;
    }));
    return found;
}

Status ConnectionStore::put_setting(const std::string& name, const std::string& value) {
    return database_.transaction([&](soci::session& sql) {
        sql << "insert into settings (name, value) values (:name, :value) on conflict (name) do update set value = excluded.value", use(name), use(value);
    });
}

}  // namespace bf::store

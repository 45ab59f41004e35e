#include "store/connection_store.hpp"
#include "store/postgresql.hpp"
#include "store/schema.hpp"
#include "store/trading_store.hpp"

#include <cstdio>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace bf;

namespace {
struct Folder {
    std::filesystem::path path{std::filesystem::temp_directory_path() / ("bf-store-" + std::to_string(::getpid()))};
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::string file(const char* name) const { return (path / name).string(); }
};
/// A store over a database of its own.
struct Opened {
    explicit Opened(const std::string& file) : database{store::open_engine_database(file).value()} {}
    std::unique_ptr<store::Database> database;
    store::ConnectionStore connections{*database};
    store::TradingStore trading{*database};
};
ports::StoredHistory note(const char* kind, std::int64_t at) { return {0, "c1", Instant::from_ms(at), kind, "A sentence.", "{}"}; }
}  // namespace

TEST_CASE("what is saved is there after reopening, history newest first") {
    const Folder folder;
    {
        Opened opened{folder.file("e.db")};
        auto* const owned = &opened.connections;
        REQUIRE(owned->save({"c1", "MEXC Spot Main", "{}"}, {note("created", 1), note("tested", 2)}).has_value());
        REQUIRE(owned->save({"c1", "Renamed", "{\"a\":1}"}, {note("renamed", 3)}).has_value());
        REQUIRE(owned->put_setting("x", "1").has_value());
        REQUIRE(owned->put_setting("x", "2").has_value());
    }
    Opened opened{folder.file("e.db")};
    auto* const store = &opened.connections;
    const auto rows = store->connections().value();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].name == "Renamed");
    CHECK(store->setting("x").value() == "2");
    CHECK_FALSE(store->setting("y").value().has_value());
    const auto newest = store->history("c1", 0, 2).value();
    REQUIRE(newest.size() == 2);
    CHECK(newest[0].kind == "renamed");
    CHECK(store->history("c1", newest[1].id, 10).value().at(0).kind == "created");
    REQUIRE(store->remove("c1", note("removed", 4)).has_value());
    CHECK(store->connections().value().empty());
    CHECK(store->history("c1", 0, 1).value().at(0).kind == "removed");
}

TEST_CASE("two names that differ only in case can't both be kept, and the refusal leaves nothing half written") {
    const Folder folder;
    Opened opened{folder.file("e.db")};
    auto* const store = &opened.connections;
    REQUIRE(store->save({"c1", "Main", "{}"}, {}).has_value());
    CHECK_FALSE(store->save({"c2", "MAIN", "{}"}, {note("created", 1)}).has_value());
    CHECK(store->connections().value().size() == 1);
    CHECK(store->history("c1", 0, 9).value().empty());
}

TEST_CASE("a damaged file, a folder that is not there and a newer schema are told in a sentence") {
    const Folder folder;
    std::ofstream{folder.file("bad.db")} << "this is not a database at all, but long enough to be looked at as one by SQLite, which checks its header";
    const auto bad = store::open_engine_database(folder.file("bad.db"));
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().code == "database_damaged");
    CHECK(store::open_engine_database(folder.file("none/e.db")).error().code == "database_unwritable");
    { auto newer = store::Database::open(folder.file("n.db"), {"create table a (x integer)", "create table b (x integer)"}); REQUIRE(newer.has_value()); }
    CHECK(store::Database::open(folder.file("n.db"), {"create table a (x integer)"}).error().code == "database_newer");
    struct stat info{};
    REQUIRE(::stat(folder.file("n.db").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a database that another program is writing is in use, not damaged") {
    const Folder folder;
    Opened opened{folder.file("e.db")};
    soci::session other{soci::sqlite3, "db=" + folder.file("e.db")};
    other << "begin immediate";
    const auto refused = opened.trading.save({0, Instant::from_ms(1), 0, "s1", "BTC/USDT", "BLOCKED", 0, "{\"code\":\"malformed\"}"}, true);
    REQUIRE_FALSE(refused.has_value());
    CAPTURE(refused.error().detail);
    CHECK(refused.error().code == "database_locked");
    other << "rollback";
    CHECK(opened.trading.save({0, Instant::from_ms(1), 0, "s1", "BTC/USDT", "OPENED", 0, "{}"}, true).has_value());
}

TEST_CASE("a file that another program holds is waited for once and shortly, then not at all until something could be written; that is told once, and that it is over") {
    using std::chrono::milliseconds;
    const Folder folder;
    Opened opened{folder.file("e.db")};
    std::vector<std::pair<bool, std::string>> told;
    opened.database->watched_by([&](bool there, const std::string& sentence) { told.emplace_back(there, sentence); });
    opened.database->be_impatient();
    const auto timed = [](const auto& work) {
        const auto began = std::chrono::steady_clock::now();
        const bool done = work().has_value();
        return std::pair{done, std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began)};
    };
    const auto write = [&] { return opened.trading.save({0, Instant::from_ms(1), 0, "s1", "BTC/USDT", "OPENED", 0, "{}"}, true); };
    REQUIRE(write().has_value());
    CHECK(told.empty());
    soci::session other{soci::sqlite3, "db=" + folder.file("e.db")};
    for (int round = 1; round <= 2; ++round) {
        other << "begin immediate";
        const auto [done, took] = timed(write);
        CHECK_FALSE(done);
        CHECK(took >= milliseconds{200});
        CHECK(took < milliseconds{1'500});
        // An exit may stand behind many of them. Waiting for each would be seconds.
        const auto [all, together] = timed([&] {
            Status last;
            for (int i = 0; i < 20; ++i)
                if (auto one = write(); !one) last = Unexpected{one.error()};
            return last;
        });
        CHECK_FALSE(all);
        CHECK(together < milliseconds{1'500});
        // What only reads shows nothing of it, whether in a transaction or not.
        CHECK(opened.trading.decisions({}).value().size() == static_cast<std::size_t>(round));
        CHECK(opened.trading.forget_blocked({Instant::from_ms(0), 9, Instant::from_ms(0)}, 9).value() == 0);
        CHECK(told.size() == static_cast<std::size_t>(2 * round - 1));
        other << "rollback";
        CHECK(write().has_value());
        REQUIRE(told.size() == static_cast<std::size_t>(2 * round));
        CHECK_FALSE(told[told.size() - 2].first);
        CHECK(told.back() == std::pair{true, std::string{"The database file can be written again. Meanwhile 21 reads and writes of it failed."}});
    }
}

TEST_CASE("a start waits for a program that is about to let go of the file") {
    const Folder folder;
    const auto path = folder.file("e.db");
    std::string mode;
    soci::session other{soci::sqlite3, "db=" + path};
    other << "pragma journal_mode = wal", soci::into(mode);
    other << "begin immediate";
    std::thread letting_go{[&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{600});
        other << "rollback";
    }};
    const auto opened = store::open_engine_database(path);
    letting_go.join();
    CHECK(opened.has_value());
}

TEST_CASE("a start does not read through a large history; what trading needs is checked, and what is damaged in the history is told when it is asked for and hides nothing else") {
    const Folder folder;
    const auto path = folder.file("e.db");
    // Rows that have pages of their own: of the history short and long ones, and of what trading needs.
    const std::string row(2'900, 'r'), large(2'000'000, 'h'), needed(2'000'000, 'n');
    {
        Opened opened{path};
        for (int i = 0; i < 20; ++i) REQUIRE(opened.trading.save({0, Instant::from_ms(i), 0, "s2", "BTC/USDT", "OPENED", 0, row}, true).has_value());
        for (int i = 0; i < 40; ++i) REQUIRE(opened.trading.save({0, Instant::from_ms(i), 0, "s1", "BTC/USDT", "OPENED", 0, large}, true).has_value());
        REQUIRE(opened.trading.save({"s1", "Ladder", "h1", needed}).has_value());
    }
    /// Breaks the last page that has nothing but that letter.
    const auto damage = [&](char letter) {
        std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
        const auto at = bytes.rfind(std::string(2'900, letter)) / 4'096 * 4'096;
        REQUIRE(at > 0);
        file.seekp(static_cast<std::streamoff>(at));
        file << "\xff\xff\xff\xff";
    };
    damage('r');
    {
        Opened opened{path};
        CHECK(opened.trading.strategies().value().at(0).document == needed);
        const auto later = opened.trading.save({0, Instant::from_ms(50), 0, "s1", "BTC/USDT", "BLOCKED", 0, "{}"}, true);
        REQUIRE(later.has_value());
        for (const auto& query : {ports::DecisionQuery{.outcome = "BLOCKED"}, ports::DecisionQuery{.strategy = "s1", .outcome = "BLOCKED"}}) {
            const auto found = opened.trading.decisions(query);
            REQUIRE(found.has_value());
            CHECK(found->at(0).id == *later);
        }
        const auto all = opened.trading.decisions({.strategy = "s2"});
        REQUIRE_FALSE(all.has_value());
        CHECK(all.error().code == "database_damaged");
    }
    damage('n');
    const auto refused = store::open_engine_database(path);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "database_damaged");
}

TEST_CASE("a signal is unsettled until its final decision, which is found by strategy, outcome, pair and group, newest first") {
    const Folder folder;
    Opened opened{folder.file("e.db")};
    auto& store = opened.trading;
    const auto first = store.add_signal({0, "s1", Instant::from_ms(1000), "k1", "{}"}).value();
    const auto second = store.add_signal({0, "s1", Instant::from_ms(2000), "k1", "{}"}).value();
    CHECK(store.has_signal("s1", "k1", Instant::from_ms(0), second).value());
    CHECK_FALSE(store.has_signal("s1", "k1", Instant::from_ms(1000), second).value());
    CHECK_FALSE(store.has_signal("s2", "k1", Instant::from_ms(0), second).value());
    const auto waiting = store.save({0, Instant::from_ms(1500), first, "s1", "BTC/USDT", "WAITING", 0, "{}"}, false).value();
    CHECK(store.unsettled_signals().value().size() == 2);
    CHECK(store.save({waiting, Instant::from_ms(1600), first, "s1", "BTC/USDT", "OPENED", 7, "{\"a\":1}"}, true).value() == waiting);
    REQUIRE(store.unsettled_signals().value().size() == 1);
    CHECK(store.unsettled_signals().value()[0].id == second);
    const auto blocked = store.save({0, Instant::from_ms(2100), second, "s1", "BTC/USDT", "BLOCKED", 0, "{}"}, true).value();
    const auto all = store.decisions({}).value();
    REQUIRE(all.size() == 2);
    CHECK(all[0].id == blocked);
    CHECK(all[1].outcome == "OPENED");
    CHECK(store.decisions({.strategy = "s1", .outcome = "OPENED", .pair = "BTC/USDT", .group = 7}).value().size() == 1);
    CHECK(store.decisions({.before = blocked, .limit = 9, .pair = "ETH/USDT"}).value().empty());
    CHECK(store.decision(waiting).value()->document == "{\"a\":1}");
    CHECK_FALSE(store.decision(99).value().has_value());
}

TEST_CASE("blocked signals are forgotten when they are old or many; what led to an order and what waits is not") {
    const Folder folder;
    Opened opened{folder.file("e.db")};
    auto& store = opened.trading;
    const auto decided = [&](std::int64_t at, const char* outcome) {
        const auto signal = store.add_signal({0, "s1", Instant::from_ms(at), "k" + std::to_string(at), "{}"}).value();
        return store.save({0, Instant::from_ms(at), signal, "s1", "BTC/USDT", outcome, 0, "{}"}, std::string_view{outcome} != "WAITING").value();
    };
    const auto left = [&] {
        std::vector<std::int64_t> ids;
        const auto all = store.decisions({}).value();
        for (const auto& one : all) ids.insert(ids.begin(), one.id);
        return ids;
    };
    const auto opened_one = decided(100, "OPENED"), waits = decided(101, "WAITING");
    std::vector<std::int64_t> blocked;
    for (int i = 0; i < 6; ++i) blocked.push_back(decided(200 + i, "BLOCKED"));
    const auto at = [](std::int64_t ms) { return Instant::from_ms(ms); };
    // By age, oldest first and no more at once than asked for.
    CHECK(store.forget_blocked({at(203), 1'000, at(0)}, 2).value() == 2);
    CHECK(left() == std::vector{opened_one, waits, blocked[2], blocked[3], blocked[4], blocked[5]});
    CHECK(store.forget_blocked({at(203), 1'000, at(0)}, 2).value() == 1);
    CHECK(store.forget_blocked({at(203), 1'000, at(0)}, 2).value() == 0);
    // Their signals go with them; of a younger one a repeated delivery is still known.
    CHECK_FALSE(store.has_signal("s1", "k202", at(0), 99).value());
    CHECK(store.has_signal("s1", "k203", at(0), 99).value());
    CHECK(store.unsettled_signals().value().size() == 1);
    // By number: all but the newest two, if they are not of late.
    CHECK(store.forget_blocked({at(0), 2, at(203)}, 9).value() == 0);
    CHECK(store.forget_blocked({at(0), 2, at(999)}, 9).value() == 1);
    CHECK(left() == std::vector{opened_one, waits, blocked[4], blocked[5]});
}

TEST_CASE("groups, alarms and strategies are kept and replaced") {
    const Folder folder;
    Opened opened{folder.file("e.db")};
    auto& store = opened.trading;
    REQUIRE(store.save({"s1", "Ladder", "h1", "{}"}).has_value());
    CHECK_FALSE(store.save({"s2", "LADDER", "h2", "{}"}).has_value());
    REQUIRE(store.save({"s1", "Ladder", "h3", "{}"}).has_value());
    CHECK(store.strategies().value().at(0).hook_hash == "h3");
    REQUIRE(store.save({1, "s1", "c1", Instant::from_ms(5), std::nullopt, "{}"}).has_value());
    REQUIRE(store.save({2, "s1", "c1", Instant::from_ms(6), Instant::from_ms(9), "{}"}).has_value());
    CHECK(store.closed_groups("s1", "", 0, 9).value().size() == 1);
    CHECK_FALSE(store.group(1).value()->closed.has_value());
    REQUIRE(store.save({1, "s1", "c1", Instant::from_ms(5), Instant::from_ms(10), "{\"b\":1}"}).has_value());
    CHECK(store.closed_groups("", "c1", 2, 9).value().at(0).document == "{\"b\":1}");
    const auto alarm = store.add(ports::StoredAlarm{0, Instant::from_ms(1), false, "{}"}).value();
    REQUIRE(store.acknowledge_alarm(alarm).has_value());
    CHECK(store.acknowledge_alarm(alarm + 1).error().kind == ErrorKind::not_found);
    CHECK(store.alarms(5).value().at(0).acknowledged);
    REQUIRE(store.remove_strategy("s1").has_value());
    CHECK(store.strategies().value().empty());
}

TEST_CASE("alarms that were seen are forgotten when they are old, those that wait for somebody never") {
    const Folder folder;
    Opened opened{folder.file("e.db")};
    auto& store = opened.trading;
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 6; ++i) ids.push_back(store.add(ports::StoredAlarm{0, Instant::from_ms(100 + i), false, "{}"}).value());
    for (int i = 1; i < 6; ++i) REQUIRE(store.acknowledge_alarm(ids[static_cast<std::size_t>(i)]).has_value());
    const auto left = [&] {
        std::vector<std::int64_t> found;
        const auto all = store.alarms(9).value();
        for (const auto& one : all) found.push_back(one.id);
        return found;
    };
    CHECK(store.forget_alarms(Instant::from_ms(104), 2).value() == 2);
    CHECK(left() == std::vector{ids[0], ids[5], ids[4], ids[3]});
    CHECK(store.forget_alarms(Instant::from_ms(104), 2).value() == 1);
    CHECK(store.forget_alarms(Instant::from_ms(104), 2).value() == 0);
    CHECK(left() == std::vector{ids[0], ids[5], ids[4]});
}

TEST_CASE("an address of PostgreSQL becomes one of parameters only, patient for seconds unless it says otherwise") {
    struct Row { const char* why; const char* url; std::vector<const char*> has; std::vector<const char*> has_not; };
    const Row rows[] = {
        {"plain", "postgresql://bf@db.example/trade", {"?connect_timeout=3&dbname=trade&", "&host=db.example&", "&keepalives_idle=5&", "&tcp_user_timeout=5000&user=bf"}, {"password", "@"}},
        {"its own patience", "postgres://bf@[::1]:5433/trade?connect_timeout=9&tcp_user_timeout=0", {"connect_timeout=9&", "host=%3A%3A1&", "port=5433&", "tcp_user_timeout=0&"}, {"=3&", "5000"}},
        {"a password", "postgresql://bf:a%20b%3D%26%40@h/t", {"&password=a%20b%3D%26%40&", "&host=h&"}, {" "}},
        {"raw characters that are no address's", "postgresql://bf:a=b?c&d@h/t?sslmode=disable", {"&password=a%3Db%3Fc%26d&", "&sslmode=disable&"}, {}},
        {"several hosts", "postgresql://bf@a:1,b:2/t", {"host=a%2Cb&", "port=1%2C2&"}, {}},
        {"a socket", "postgresql:///t?host=/run/postgresql", {"host=%2Frun%2Fpostgresql&", "dbname=t&"}, {}},
        {"an abstract socket", "postgresql:///t?host=@bf", {"host=%40bf&"}, {}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto address = store::postgresql_address(row.url).value();
        CAPTURE(address);
        CHECK(address.starts_with("postgresql://?"));
        for (const char* part : row.has) CHECK(address.find(part) != std::string::npos);
        for (const char* part : row.has_not) CHECK(address.find(part) == std::string::npos);
    }
}

TEST_CASE("an address that can't be read is refused without a word of it") {
    for (const char* url : {"postgresql://bf:hunter2@more@h/t", "postgresql://bf:hunter2/more@h/t", "postgresql://bf:12/hunter2@h/t", "postgresql://bf:%zzhunter2@h/t", "postgresql://bf:p?hunter2@x@h/t",
                            "postgresql://[hunter2/t", "postgresql://h/t?hunter2", "postgresql://h:hunter2/t"}) {
        CAPTURE(url);
        const auto refused = store::postgresql_address(url);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().kind == ErrorKind::bad_input);
        CHECK(refused.error().detail.find("hunter2") == std::string::npos);
    }
}

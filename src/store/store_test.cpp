#include "store/connection_store.hpp"

#include <cstdio>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace bf;

namespace {
struct Folder {
    std::filesystem::path path{std::filesystem::temp_directory_path() / ("bf-store-" + std::to_string(::getpid()))};
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::string file(const char* name) const { return (path / name).string(); }
};
ports::StoredHistory note(const char* kind, std::int64_t at) { return {0, "c1", Instant::from_ms(at), kind, "A sentence.", "{}"}; }
}  // namespace

TEST_CASE("what is saved is there after reopening, history newest first") {
    const Folder folder;
    {
        const auto store = store::ConnectionStore::open(folder.file("e.db")).value().release();
        const std::unique_ptr<store::ConnectionStore> owned{store};
        REQUIRE(owned->save({"c1", "MEXC Spot Main", "{}"}, {note("created", 1), note("tested", 2)}).has_value());
        REQUIRE(owned->save({"c1", "Renamed", "{\"a\":1}"}, {note("renamed", 3)}).has_value());
        REQUIRE(owned->put_setting("x", "1").has_value());
        REQUIRE(owned->put_setting("x", "2").has_value());
    }
    auto store = store::ConnectionStore::open(folder.file("e.db")).value();
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
    auto store = store::ConnectionStore::open(folder.file("e.db")).value();
    REQUIRE(store->save({"c1", "Main", "{}"}, {}).has_value());
    CHECK_FALSE(store->save({"c2", "MAIN", "{}"}, {note("created", 1)}).has_value());
    CHECK(store->connections().value().size() == 1);
    CHECK(store->history("c1", 0, 9).value().empty());
}

TEST_CASE("a damaged file, a folder that is not there and a newer schema are told in a sentence") {
    const Folder folder;
    std::ofstream{folder.file("bad.db")} << "this is not a database at all, but long enough to be looked at as one by SQLite, which checks its header";
    const auto bad = store::ConnectionStore::open(folder.file("bad.db"));
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().code == "database_damaged");
    CHECK(store::ConnectionStore::open(folder.file("none/e.db")).error().code == "database_unwritable");
    { auto newer = store::Database::open(folder.file("n.db"), {"create table a (x integer)", "create table b (x integer)"}); REQUIRE(newer.has_value()); }
    CHECK(store::Database::open(folder.file("n.db"), {"create table a (x integer)"}).error().code == "database_newer");
    struct stat info{};
    REQUIRE(::stat(folder.file("n.db").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
}

// The store of limits on a disk that fails and is tampered with: nothing half written, every change noticed, an old copy noticed.
#include "signer/policy_store.hpp"

#include "support/fault_disk.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sys/wait.h>

using namespace bf;
using namespace bf::signer;
using test::FaultDisk;

namespace {

struct Place {
    test::Scratch scratch;
    std::filesystem::path path{scratch.path()};
};

crypto::Secret key(char fill = 'k') { return crypto::Secret::take(std::string(32, fill)); }
PolicyStore::Row row(std::string connection, std::uint64_t version, std::string bytes) { return {std::move(connection), version, std::move(bytes)}; }
Status write(PolicyStore& store, PolicyStore::Row one) { return store.write({&one, 1}); }

void prepare(const Place& place) {
    auto store = PolicyStore::create(place.path, key()).value();
    const PolicyStore::Row rows[] = {row("a", 1, "limits of a"), row("b", 1, "limits of b")};
    REQUIRE(store.write(rows));
}
/// "a=limits of a;b=?;lost;rolled back;"
std::string content(const Place& place, char fill = 'k') {
    PolicyStore::Found found;
    auto store = PolicyStore::open(place.path, key(fill), found);
    if (!store) return "error: " + store.error().detail;
    std::string text;
    for (const auto& [connection, bytes] : found.rows) text += connection + '=' + bytes.value_or("?") + ';';
    if (found.lost) text += "lost;";
    if (found.rolled_back) text += "rolled back;";
    return text;
}

constexpr const char* kSound = "a=limits of a;b=limits of b;";

}  // namespace

TEST_CASE("what was written is there; an older version does not take a newer one's place") {
    const Place place;
    prepare(place);
    CHECK(content(place) == kSound);
    {
        PolicyStore::Found found;
        auto store = PolicyStore::open(place.path, key(), found).value();
        REQUIRE(write(store, row("a", 7, "newer")));
        REQUIRE(write(store, row("a", 6, "older")));
        REQUIRE(store.remove("b"));
        REQUIRE(store.remove("nobody"));
    }
    CHECK(content(place) == "a=newer;");
}

TEST_CASE("another key opens nothing") {
    const Place place;
    prepare(place);
    CHECK(content(place, 'x') == "a=?;b=?;rolled back;");
}

TEST_CASE("an old copy of the whole store, of one row, and a row that is gone are noticed") {
    const Place place;
    prepare(place);
    const auto file = place.path / "policy.db", old = place.path / "old.db", mark = place.path / "policy.mark";
    std::filesystem::copy_file(file, old);
    {
        PolicyStore::Found found;
        auto store = PolicyStore::open(place.path, key(), found).value();
        REQUIRE(write(store, row("a", 2, "lowered")));
    }
    const auto sql = [&](const char* text) {
        sqlite3* database = nullptr;
        REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
        REQUIRE(sqlite3_exec(database, text, nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(database);
    };
    std::filesystem::copy_file(file, place.path / "new.db");
    SUBCASE("the file") {
        std::filesystem::copy_file(old, file, std::filesystem::copy_options::overwrite_existing);
        CHECK(content(place) == std::string{kSound} + "rolled back;");
    }
    SUBCASE("one row") {
        sql(("ATTACH '" + old.native() + "' AS old; DELETE FROM policy WHERE connection='a'; INSERT INTO policy SELECT * FROM old.policy WHERE connection='a'").c_str());
        CHECK(content(place) == std::string{kSound} + "rolled back;");
    }
    SUBCASE("a row taken away") {
        sql("DELETE FROM policy WHERE connection='a'");
        CHECK(content(place) == "b=limits of b;rolled back;");
    }
    SUBCASE("a row in another's place") {
        sql("UPDATE policy SET sealed=(SELECT sealed FROM policy WHERE connection='b') WHERE connection='a'");
        CHECK(content(place) == "a=?;b=limits of b;");
    }
    SUBCASE("a digest that is gone") {
        sql("DELETE FROM meta");
        CHECK(content(place) == "a=lowered;b=limits of b;rolled back;");
    }
    SUBCASE("a mark that is gone") {
        std::filesystem::remove(mark);
        CHECK(content(place) == "a=lowered;b=limits of b;rolled back;");
    }
    SUBCASE("a mark that was made up") {
        std::fstream marks{mark, std::ios::in | std::ios::out | std::ios::binary};
        const std::string zeros(1024, '\0');
        marks.write(zeros.data(), 1024);
        marks.close();
        CHECK(content(place) == "a=lowered;b=limits of b;rolled back;");
    }
    SUBCASE("the file is gone") {
        std::filesystem::remove(file);
        CHECK(content(place) == "lost;");
        CHECK(content(place).empty());
    }
    SUBCASE("the file is no database") {
        std::ofstream{file} << std::string(5000, 'x');
        std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        CHECK(content(place) == "lost;");
        CHECK(std::filesystem::exists(place.path / "policy.db.damaged"));
    }
    SUBCASE("nothing of it") { CHECK(content(place) == "a=lowered;b=limits of b;"); }
}

TEST_CASE("every byte of the store that is changed is noticed or changes nothing") {
    const Place place;
    prepare(place);
    const auto file = place.path / "policy.db";
    std::ifstream in{file, std::ios::binary};
    const std::string whole{std::istreambuf_iterator<char>{in}, {}};
    std::ifstream marks{place.path / "policy.mark", std::ios::binary};
    const std::string mark{std::istreambuf_iterator<char>{marks}, {}};
    int noticed = 0;
    for (std::size_t at = 0; at < whole.size(); at += 3) {
        auto changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x41);
        std::ofstream{file, std::ios::binary | std::ios::trunc} << changed;
        std::ofstream{place.path / "policy.mark", std::ios::binary | std::ios::trunc} << mark;
        for (const auto* other : {"policy.db-journal", "policy.db.damaged"}) std::filesystem::remove(place.path / other);
        // What may not happen is other limits than were written, taken for good.
        PolicyStore::Found found;
        auto store = PolicyStore::open(place.path, key(), found);
        CAPTURE(at);
        if (!store || found.lost || found.rolled_back) {
            ++noticed;
            continue;
        }
        for (const auto& [connection, bytes] : found.rows) {
            CHECK((connection == "a" || connection == "b"));
            if (bytes) CHECK(*bytes == "limits of " + connection);
        }
        CHECK(found.rows.size() == 2);
    }
    CHECK(noticed > 100);
}

TEST_CASE("a disk that fails at any operation leaves the old limits or the new ones, and says which way it went") {
    const auto change = [](PolicyStore& store) -> Status {
        BF_TRY_VOID(write(store, row("a", 2, "changed")));
        return store.remove("b");
    };
    for (const auto fault : {FaultDisk::Fault::error, FaultDisk::Fault::full, FaultDisk::Fault::end_of_process}) {
        for (int nth = 0;; ++nth) {
            const Place place;
            prepare(place);
            bool struck = false;
            Status done;
            if (fault == FaultDisk::Fault::end_of_process) {
                const pid_t child = ::fork();
                if (child == 0) {
                    FaultDisk disk;
                    PolicyStore::Found found;
                    auto store = PolicyStore::open(place.path, key(), found).value();
                    disk.fail_at(nth, fault);
                    ::_exit(change(store) ? 0 : 1);
                }
                int status = 0;
                ::waitpid(child, &status, 0);
                REQUIRE(WIFEXITED(status));
                struck = WEXITSTATUS(status) == 99;
                if (struck) done = Unexpected{Error{}};
            } else {
                FaultDisk disk;
                PolicyStore::Found found;
                auto store = PolicyStore::open(place.path, key(), found).value();
                disk.fail_at(nth, fault);
                done = change(store);
                struck = disk.happened();
                disk.heal();
            }
            const auto now = content(place);
            CAPTURE(nth);
            CAPTURE(now);
            if (done)
                CHECK(now == "a=changed;");
            else
                CHECK((now == kSound || now == "a=changed;b=limits of b;" || now == "a=changed;"));
            if (!struck) {
                CHECK(done);
                break;
            }
        }
    }
}

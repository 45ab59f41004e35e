#include "vault/vault.hpp"

#include "support/credentials.hpp"
#include "support/scratch.hpp"
#include "vault/key_file.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fstream>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace bf;
using namespace bf::vault;
using exchange::ExchangeId;
using test::credentials;
using test::plain;

namespace {

constexpr KdfCost kCheap{1, 8192};  ///< The least libsodium takes: the tests are not about Argon2id's strength.

struct Folder {
    test::Scratch scratch;
    std::filesystem::path path{scratch.path() / "vault"};
    std::filesystem::path key_file{path / "root.key"};
    Protection by_file{ByKeyFile{key_file}};

    [[nodiscard]] Vault create() const { return Vault::create(path, by_file).value(); }
    [[nodiscard]] Result<Vault> open() const { return Vault::open(path, by_file); }
    [[nodiscard]] std::filesystem::path database() const { return path / "vault.db"; }
};

/// Somebody with write access to the file but without the root key.
void tamper(const Folder& folder, const char* sql) {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(folder.database().c_str(), &database) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
}

std::string read(Vault& vault, std::string_view connection, Slot slot = Slot::active) {
    const auto fields = vault.read(connection, slot);
    return fields ? plain(*fields) : std::string{};
}

unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("a vault gives back what was put into it, after a restart too") {
    const Folder folder;
    {
        auto vault = folder.create();
        REQUIRE(vault.put("a", Slot::active, ExchangeId::kucoin, credentials("ka", "sa", "pa")));
        REQUIRE(vault.put("b", Slot::active, ExchangeId::mexc, credentials("kb", "sb")));
        CHECK(vault.put("b", Slot::active, ExchangeId::mexc, credentials("kc", "sc")).error().kind == ErrorKind::conflict);
    }
    auto vault = folder.open().value();
    CHECK(read(vault, "a") == "ka/sa/pa");
    CHECK(read(vault, "b") == "kb/sb");
    CHECK(vault.rows()->size() == 2);
    CHECK(vault.canary()->empty());
    CHECK(vault.read("c", Slot::active).error().kind == ErrorKind::not_found);
    CHECK(mode_of(folder.path) == 0700);
    CHECK(mode_of(folder.database()) == 0600);
    CHECK(mode_of(folder.key_file) == 0600);
}

TEST_CASE("a passphrase opens its vault, another or none does not") {
    const Folder folder;
    const auto right = crypto::Secret::take("correct horse");
    { REQUIRE(Vault::create(folder.path, ByPassphrase{right, kCheap})->put("a", Slot::active, ExchangeId::mexc, credentials("k", "s"))); }
    CHECK(**Vault::look(folder.path) == ProtectionKind::passphrase);
    CHECK(Vault::open(folder.path, ByPassphrase{crypto::Secret::take("battery staple")}).error().detail == "the passphrase is wrong");
    CHECK(Vault::open(folder.path, ByPassphrase{crypto::Secret::take("")}).error().kind == ErrorKind::bad_input);
    CHECK(folder.open().error().detail == "the vault is opened by a passphrase, not by a key file");
    auto vault = Vault::open(folder.path, ByPassphrase{right}).value();
    CHECK(read(vault, "a") == "k/s");
}

TEST_CASE("what can't be opened says why") {
    const Folder folder;
    CHECK(folder.open().error().detail == "there is no vault in " + folder.path.native());
    CHECK_FALSE(Vault::look(folder.path)->has_value());
    { auto made = folder.create(); }
    CHECK(Vault::create(folder.path, folder.by_file).error().kind == ErrorKind::conflict);

    SUBCASE("a key file others may read") {
        ::chmod(folder.key_file.c_str(), 0640);
        CHECK(folder.open().error().detail == folder.key_file.native() + " can be reached by other users; close it with: chmod 600");
    }
    SUBCASE("a key file that is a link") {
        std::filesystem::rename(folder.key_file, folder.path / "elsewhere");
        std::filesystem::create_symlink(folder.path / "elsewhere", folder.key_file);
        CHECK(folder.open().error().kind == ErrorKind::io);
    }
    SUBCASE("a missing key file") {
        std::filesystem::remove(folder.key_file);
        CHECK(folder.open().error().detail == "the vault's key file " + folder.key_file.native() + " is missing; without it the stored keys can't be read");
    }
    SUBCASE("another vault's key file") {
        std::filesystem::remove(folder.key_file);
        REQUIRE(make_key_file(folder.key_file));
        CHECK(folder.open().error().detail == "the key file is not the one this vault was sealed with");
    }
    SUBCASE("something that is no key file") {
        std::ofstream{folder.key_file} << "hello";
        CHECK(folder.open().error().detail == folder.key_file.native() + " is not a key file of a vault");
    }
    SUBCASE("a folder others may enter") {
        ::chmod(folder.path.c_str(), 0755);
        CHECK(folder.open().error().detail == folder.path.native() + " can be reached by other users; close it with: chmod 700");
    }
    SUBCASE("a file that is no database") {
        std::ofstream{folder.database()} << std::string(5000, 'x');
        CHECK(folder.open().error().kind == ErrorKind::damaged);
    }
    SUBCASE("an emptied file") {
        std::ofstream{folder.database()} << "";
        CHECK(folder.open().error().detail == "the vault's file is not a vault");
    }
    SUBCASE("a vault that another process holds") {
        const auto holder = folder.open();
        CHECK(folder.open().error().detail == "the vault is in use by another process");
    }
}

TEST_CASE("sealed values open only where they were put") {
    const Folder folder;
    {
        auto vault = folder.create();
        REQUIRE(vault.put("a", Slot::active, ExchangeId::kucoin, credentials("ka", "sa", "pa")));
        REQUIRE(vault.put("a", Slot::staged, ExchangeId::kucoin, credentials("kn", "sn", "pn")));
        REQUIRE(vault.put("b", Slot::active, ExchangeId::mexc, credentials("kb", "sb")));
    }
    struct Case { std::string why; const char* sql; std::size_t damaged; };
    const Case cases[] = {
        {"a row given to another connection", "UPDATE credential SET connection='c' WHERE connection='b'", 1},
        {"a row given to another exchange", "UPDATE credential SET exchange='kucoin' WHERE connection='b'", 1},
        {"an exchange nobody knows", "UPDATE credential SET exchange='nyse' WHERE connection='b'", 1},
        {"the staged set made the active one", "DELETE FROM credential WHERE connection='a' AND slot=0; UPDATE credential SET slot=0 WHERE connection='a'", 1},
        {"a slot that is none", "UPDATE credential SET slot=77 WHERE connection='b'", 1},
        {"two fields swapped", "UPDATE field SET name='x' WHERE name='key'; UPDATE field SET name='key' WHERE name='secret'; UPDATE field SET name='secret' WHERE name='x'", 3},
        {"a passphrase taken away", "DELETE FROM field WHERE name='passphrase'", 2},
        {"a passphrase hidden", "UPDATE credential SET fields='key,secret' WHERE connection='a'", 2},
        {"one bit of a secret", "UPDATE field SET sealed=CAST(substr(sealed,1,60)||x'00'||substr(sealed,62) AS BLOB) WHERE name='secret'", 3},
        {"a shortened secret", "UPDATE field SET sealed=substr(sealed,1,20) WHERE name='secret'", 3},
        {"data keys swapped", "UPDATE credential SET data_key=(SELECT data_key FROM credential WHERE connection='b') WHERE connection='a'", 2},
        {"an older format", "UPDATE field SET sealed=CAST(x'00'||substr(sealed,2) AS BLOB)", 3},
    };
    const auto sound = test::file_bytes(folder.database());
    for (const Case& row : cases) {
        CAPTURE(row.why);
        std::ofstream{folder.database(), std::ios::binary} << sound;
        tamper(folder, row.sql);
        auto vault = folder.open();
        REQUIRE(vault.has_value());
        CHECK(vault->canary()->size() == row.damaged);
    }
}

TEST_CASE("a changed root row opens nothing") {
    const Folder folder;
    { auto made = folder.create(); }
    const auto sound = test::file_bytes(folder.database());
    for (const std::string sql : {"UPDATE root SET sealed=CAST(substr(sealed,1,60)||x'00'||substr(sealed,62) AS BLOB)", "UPDATE root SET key=randomblob(16)",
                            "UPDATE root SET salt=randomblob(16)", "UPDATE root SET passes=1", "UPDATE root SET kind=1", "DELETE FROM root",
                            "UPDATE root SET kind=1, passes=3, memory=1<<50", "PRAGMA user_version=3", "PRAGMA application_id=7"}) {
        CAPTURE(sql);
        std::ofstream{folder.database(), std::ios::binary} << sound;
        tamper(folder, sql.c_str());
        CHECK_FALSE(folder.open().has_value());
        const auto any = crypto::Secret::take("any");
        CHECK_FALSE(Vault::open(folder.path, ByPassphrase{any}).has_value());
    }
}

TEST_CASE("rotation: stage, promote, roll back, drop") {
    const Folder folder;
    auto vault = folder.create();
    REQUIRE(vault.put("a", Slot::active, ExchangeId::mexc, credentials("k1", "s1")));
    CHECK(vault.promote("a").error().kind == ErrorKind::not_found);
    CHECK(vault.roll_back("a").error().kind == ErrorKind::not_found);
    REQUIRE(vault.put("a", Slot::staged, ExchangeId::mexc, credentials("k2", "s2")));
    REQUIRE(vault.put("a", Slot::staged, ExchangeId::mexc, credentials("k3", "s3")));
    CHECK(read(vault, "a") == "k1/s1");
    CHECK(read(vault, "a", Slot::staged) == "k3/s3");
    REQUIRE(vault.promote("a"));
    CHECK(read(vault, "a") == "k3/s3");
    CHECK(read(vault, "a", Slot::previous) == "k1/s1");
    REQUIRE(vault.roll_back("a"));
    CHECK(read(vault, "a") == "k1/s1");
    CHECK(read(vault, "a", Slot::staged) == "k3/s3");
    REQUIRE(vault.promote("a"));
    REQUIRE(vault.put("a", Slot::staged, ExchangeId::mexc, credentials("k4", "s4")));
    CHECK(vault.roll_back("a").error().kind == ErrorKind::conflict);
    REQUIRE(vault.promote("a"));
    CHECK(read(vault, "a", Slot::previous) == "k3/s3");
    REQUIRE(vault.drop("a", Slot::previous));
    CHECK(vault.drop("a", Slot::previous).error().kind == ErrorKind::not_found);
    CHECK(vault.rows()->size() == 1);
}

TEST_CASE("a damaged connection is mended by entering its key again") {
    const Folder folder;
    { REQUIRE(folder.create().put("a", Slot::active, ExchangeId::mexc, credentials("k1", "s1"))); }
    tamper(folder, "UPDATE credential SET data_key=zeroblob(90)");
    auto vault = folder.open().value();
    CHECK(vault.read("a", Slot::active).error().kind == ErrorKind::damaged);
    CHECK(vault.rotate_root_key().error().kind == ErrorKind::damaged);
    REQUIRE(vault.put("a", Slot::staged, ExchangeId::mexc, credentials("k2", "s2")));
    REQUIRE(vault.promote("a"));
    CHECK(read(vault, "a") == "k2/s2");
    CHECK(vault.canary()->empty());
    CHECK_FALSE(*vault.has("a", Slot::previous));
}

TEST_CASE("the root key can be sealed anew and replaced") {
    const Folder folder;
    const auto first = crypto::Secret::take("first passphrase");
    const auto second = crypto::Secret::take("second passphrase");
    {
        auto vault = folder.create();
        REQUIRE(vault.put("a", Slot::active, ExchangeId::mexc, credentials("k1", "s1")));
        REQUIRE(vault.put("a", Slot::staged, ExchangeId::mexc, credentials("k2", "s2")));
        REQUIRE(vault.protect_by(ByPassphrase{first, kCheap}));
        REQUIRE(vault.rotate_root_key());
        CHECK(read(vault, "a") == "k1/s1");
    }
    CHECK_FALSE(folder.open().has_value());
    {
        auto vault = Vault::open(folder.path, ByPassphrase{first}).value();
        REQUIRE(vault.protect_by(ByPassphrase{second, kCheap}));
    }
    CHECK_FALSE(Vault::open(folder.path, ByPassphrase{first}).has_value());
    const auto old_file = test::file_bytes(folder.key_file);
    {
        auto vault = Vault::open(folder.path, ByPassphrase{second}).value();
        REQUIRE(vault.protect_by(folder.by_file));
        REQUIRE(vault.rotate_root_key());
        REQUIRE(vault.rotate_root_key());
    }
    CHECK(test::file_bytes(folder.key_file) != old_file);
    auto vault = folder.open().value();
    CHECK(read(vault, "a") == "k1/s1");
    CHECK(read(vault, "a", Slot::staged) == "k2/s2");
}

TEST_CASE("a change of the key file that could not be finished is finished by the next one, whatever becomes of that") {
    const Folder folder;
    {
        auto vault = folder.create();
        REQUIRE(vault.put("a", Slot::active, ExchangeId::mexc, credentials("k", "s")));
        // The new file is in force and can't get its name.
        std::filesystem::remove(folder.key_file);
        std::filesystem::create_directory(folder.key_file);
        CHECK_FALSE(vault.protect_by(folder.by_file).has_value());
        std::filesystem::remove(folder.key_file);
        // The next change can't even begin: no file can be written.
        rlimit before{};
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
        const auto signal_before = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit full{0, before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
        const auto changed = vault.protect_by(folder.by_file);
        ::setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, signal_before);
        CHECK_FALSE(changed.has_value());
    }
    auto vault = folder.open();
    REQUIRE(vault.has_value());
    CHECK(read(*vault, "a") == "k/s");
}

TEST_CASE("a removed key leaves no page of it behind") {
    const Folder folder;
    std::string sealed;
    {
        auto vault = folder.create();
        REQUIRE(vault.put("a", Slot::active, ExchangeId::mexc, credentials("k1", "s1")));
        REQUIRE(vault.put("b", Slot::active, ExchangeId::mexc, credentials("k2", "s2")));
    }
    {
        sqlite3* database = nullptr;
        sqlite3_stmt* select = nullptr;
        REQUIRE(sqlite3_open(folder.database().c_str(), &database) == SQLITE_OK);
        REQUIRE(sqlite3_prepare_v2(database, "SELECT data_key FROM credential WHERE connection='a'", -1, &select, nullptr) == SQLITE_OK);
        REQUIRE(sqlite3_step(select) == SQLITE_ROW);
        sealed.assign(static_cast<const char*>(sqlite3_column_blob(select, 0)), static_cast<std::size_t>(sqlite3_column_bytes(select, 0)));
        sqlite3_finalize(select);
        sqlite3_close(database);
    }
    CHECK(test::file_bytes(folder.database()).find(sealed) != std::string::npos);
    auto vault = folder.open().value();
    REQUIRE(vault.remove("a"));
    CHECK(vault.remove("a").error().kind == ErrorKind::not_found);
    for (const auto& entry : std::filesystem::directory_iterator{folder.path})
        CHECK(test::file_bytes(entry.path()).find(sealed.substr(41)) == std::string::npos);
    CHECK(read(vault, "b") == "k2/s2");
}

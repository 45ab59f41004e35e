// The vault on a disk that fails, fills up and loses its process, at every single operation; and with every byte of its file changed.
#include "support/credentials.hpp"
#include "support/fault_disk.hpp"
#include "support/scratch.hpp"
#include "vault/vault.hpp"

#include <csignal>
#include <cstdio>
#include <doctest/doctest.h>
#include <fstream>
#include <functional>
#include <random>
#include <sys/wait.h>

using namespace bf;
using namespace bf::vault;
using exchange::ExchangeId;
using test::credentials;
using test::FaultDisk;

namespace {

struct Place {
    test::Scratch scratch;
    std::filesystem::path path{scratch.path() / "vault"};
    Protection by_file{ByKeyFile{path / "root.key"}};
};

/// Everything that can be read: "a0=k/s;". What two vaults must agree on.
std::string content(Vault& vault) {
    std::string text;
    const auto rows = vault.rows().value();
    for (const auto& row : rows) {
        const auto fields = vault.read(row.connection, row.slot);
        text += row.connection + std::to_string(static_cast<int>(row.slot)) + '=' + (fields ? test::plain(*fields) : "?") + ';';
    }
    return text;
}

using Change = std::function<Status(Vault&, const Place&)>;
struct Named {
    const char* name;
    Change change;
};

const std::vector<Named>& changes() {
    static const std::vector<Named> all{
        {"put", [](Vault& vault, const Place&) { return vault.put("c", Slot::active, ExchangeId::mexc, credentials("k5", "s5")); }},
        {"stage", [](Vault& vault, const Place&) { return vault.put("b", Slot::staged, ExchangeId::kucoin, credentials("k6", "s6", "p6")); }},
        {"promote", [](Vault& vault, const Place&) { return vault.promote("a"); }},
        {"roll back", [](Vault& vault, const Place&) { return vault.roll_back("b"); }},
        {"drop", [](Vault& vault, const Place&) { return vault.drop("a", Slot::staged); }},
        {"remove", [](Vault& vault, const Place&) { return vault.remove("a"); }},
        {"new key file", [](Vault& vault, const Place& place) { return vault.protect_by(place.by_file); }},
        {"new root key", [](Vault& vault, const Place&) { return vault.rotate_root_key(); }},
    };
    return all;
}

void prepare(const Place& place) {
    auto vault = Vault::create(place.path, place.by_file).value();
    REQUIRE(vault.put("a", Slot::active, ExchangeId::mexc, credentials("k1", "s1")));
    REQUIRE(vault.put("a", Slot::staged, ExchangeId::mexc, credentials("k2", "s2")));
    REQUIRE(vault.put("b", Slot::active, ExchangeId::kucoin, credentials("k3", "s3", "p3")));
    REQUIRE(vault.put("b", Slot::staged, ExchangeId::kucoin, credentials("k4", "s4", "p4")));
    REQUIRE(vault.promote("b"));
}

struct States {
    std::string before, after;
};
States states_of(const Named& named) {
    const Place place;
    prepare(place);
    auto vault = Vault::open(place.path, place.by_file).value();
    States states;
    states.before = content(vault);
    REQUIRE(named.change(vault, place));
    states.after = content(vault);
    return states;
}

}  // namespace

TEST_CASE("a disk that fails at any operation loses nothing and leaves nothing half done") {
    for (const auto fault : {FaultDisk::Fault::error, FaultDisk::Fault::full}) {
        for (const auto& named : changes()) {
            CAPTURE(named.name);
            const auto states = states_of(named);
            int strikes = 0;
            for (int nth = 0;; ++nth) {
                const Place place;
                prepare(place);
                FaultDisk disk;
                Status done;
                {
                    auto vault = Vault::open(place.path, place.by_file).value();
                    disk.fail_at(nth, fault);
                    done = named.change(vault, place);
                    const bool struck = disk.happened();
                    disk.heal();
                    if (!struck) {
                        REQUIRE(done);
                        break;
                    }
                    ++strikes;
                    if (!done && fault == FaultDisk::Fault::full) CHECK(done.error().detail == "the disk is full; nothing in the vault was changed");
                }
                auto vault = Vault::open(place.path, place.by_file);
                REQUIRE(vault.has_value());
                CHECK(vault->canary()->empty());
                const auto now = content(*vault);
                // What was reported done is done; what was reported failed may only be whole or not at all.
                if (done)
                    CHECK(now == states.after);
                else
                    CHECK((now == states.before || now == states.after));
            }
            CHECK(strikes > 3);
        }
    }
}

TEST_CASE("a process that ends in the middle of any operation leaves a whole vault") {
    for (const auto& named : changes()) {
        CAPTURE(named.name);
        const auto states = states_of(named);
        for (int nth = 0;; ++nth) {
            const Place place;
            prepare(place);
            const pid_t child = ::fork();
            if (child == 0) {
                FaultDisk disk;
                auto vault = Vault::open(place.path, place.by_file).value();
                disk.fail_at(nth, FaultDisk::Fault::end_of_process);
                ::_exit(named.change(vault, place) ? 0 : 1);
            }
            int status = 0;
            ::waitpid(child, &status, 0);
            REQUIRE(WIFEXITED(status));
            auto vault = Vault::open(place.path, place.by_file);
            REQUIRE(vault.has_value());
            CHECK(vault->canary()->empty());
            const auto now = content(*vault);
            CHECK((now == states.before || now == states.after));
            if (WEXITSTATUS(status) != 99) {
                CHECK(WEXITSTATUS(status) == 0);
                break;
            }
        }
    }
}

TEST_CASE("a writer killed at random moments leaves a whole vault, its key file in step") {
    const Place place;
    prepare(place);
    const auto before = [&] {
        auto vault = Vault::open(place.path, place.by_file).value();
        return content(vault);
    }();
    std::mt19937 dice{20250115};
    for (int round = 0; round < 60; ++round) {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            auto vault = Vault::open(place.path, place.by_file).value();
            (void)!::write(ready[1], "x", 1);
            while (true) {
                if (!vault.protect_by(place.by_file) || !vault.rotate_root_key()) ::_exit(1);
                if (!vault.put("z", Slot::active, ExchangeId::mexc, credentials("k9", "s9")) || !vault.remove("z")) ::_exit(1);
            }
        }
        char byte = 0;
        REQUIRE(::read(ready[0], &byte, 1) == 1);
        ::usleep(static_cast<useconds_t>(dice() % 20'000));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ::close(ready[0]);
        ::close(ready[1]);
        REQUIRE(WIFSIGNALED(status));
        auto vault = Vault::open(place.path, place.by_file);
        REQUIRE(vault.has_value());
        CHECK(vault->canary()->empty());
        if (*vault->has("z", Slot::active)) REQUIRE(vault->remove("z"));
        CHECK(content(*vault) == before);
    }
}

TEST_CASE("a creation cut short at any operation is no vault; the next one makes a whole one") {
    for (int nth = 0;; ++nth) {
        const Place place;
        const pid_t child = ::fork();
        if (child == 0) {
            FaultDisk disk;
            disk.fail_at(nth, FaultDisk::Fault::end_of_process);
            ::_exit(Vault::create(place.path, place.by_file) ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        const auto there = Vault::look(place.path);
        REQUIRE(there.has_value());
        REQUIRE((*there ? Vault::open(place.path, place.by_file) : Vault::create(place.path, place.by_file)).has_value());
        if (WEXITSTATUS(status) != 99) break;
    }
}

TEST_CASE("no changed byte of the file yields a wrong key") {
    const Place place;
    prepare(place);
    const auto file = place.path / "vault.db";
    const auto sound = test::file_bytes(file);
    auto good = Vault::open(place.path, place.by_file);
    const auto before = content(*good);
    good = Vault::open(place.scratch.path() / "none", place.by_file);  // Lets go of the file.
    std::mt19937 dice{7};
    std::size_t refused = 0, reported = 0, unharmed = 0;
    for (std::size_t at = 0; at < sound.size(); at += 1 + dice() % 23) {
        auto bytes = sound;
        bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << dice() % 8));
        std::ofstream{file, std::ios::binary} << bytes;
        auto vault = Vault::open(place.path, place.by_file);
        if (!vault) {
            CHECK_FALSE(vault.error().detail.empty());
            ++refused;
            continue;
        }
        const auto damages = vault->canary();
        if (!damages || !damages->empty()) {
            ++reported;
            for (const char* connection : {"a", "b"}) {
                const auto fields = vault->read(connection, Slot::active);
                if (fields) CHECK(before.find('=' + test::plain(*fields) + ';') != std::string::npos);
            }
            continue;
        }
        ++unharmed;  // Space that nothing uses.
        CHECK(content(*vault) == before);
    }
    std::printf("changed bytes: %zu refused at start, %zu reported per connection, %zu without effect\n", refused, reported, unharmed);
    CHECK(reported > 0);
}

// The ledger of a real signer: killed while it signs, and on a disk that is full.
#include "signer/ledger_folder.hpp"
#include "signer/sealing.hpp"
#include "support/scratch.hpp"
#include "support/signer_process.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <sstream>
#include <sys/resource.h>
#include <thread>

using namespace bf;
using namespace bf::signer;

namespace {

struct Place {
    test::Scratch scratch;
    std::string path{(scratch.path() / "signer.sock").native()};

    [[nodiscard]] std::unique_ptr<test::SignerProcess> start(rlim_t file_size_max = RLIM_INFINITY, rlim_t files_max = 0) const {
        std::filesystem::remove(path);
        return std::make_unique<test::SignerProcess>([&](Options& options) {
            const rlimit limit{file_size_max, RLIM_INFINITY};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            std::signal(SIGXFSZ, SIG_IGN);
            if (files_max > 0) {
                rlimit files{};
                ::getrlimit(RLIMIT_NOFILE, &files);
                files.rlim_cur = files_max;
                ::setrlimit(RLIMIT_NOFILE, &files);
            }
            options.listen_at = path;
            options.socket = -1;
            options.vault = VaultPlace{.folder = scratch.path() / "vault", .key_file = {}, .cost = {1, 8192}};
            options.limits = false;  // What the ledger has to do alone.
        });
    }
    [[nodiscard]] std::filesystem::path ledger() const { return scratch.path() / "vault" / "ledger"; }
};

void add(Client& client) {
    const auto box = seal(client.hello().value().public_key, crypto::Secret::take(R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
    REQUIRE(client.add("c", test::kToyExchange, Keep::vault, box).value().kept);
}

SignItem order(const std::string& id, market::Side side = market::Side::buy) {
    const auto now = test::SystemClock{}.wall();
    SignItem item{"c", Slot::active, now, now + seconds{5}, {}};
    item.call.operation = exchange::Operation::place_order;
    item.call.symbol = market::Symbol::parse("BTC/USDT");
    item.call.side = side;
    item.call.type = market::OrderType::limit;
    item.call.quantity = "0.25"_d;
    item.call.price = "60000"_d;
    item.call.client_order_id = id;
    return item;
}

}  // namespace

TEST_CASE("a signer killed while it signs: what it signed is in the ledger, which is whole") {
    const std::uint64_t seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 dice{seed};
    const Place place;
    std::set<std::string> signed_for;
    int number = 0;
    for (int life = 0; life < 60; ++life) {
        CAPTURE(life);
        auto process = place.start();
        auto client = test::connect_signer(place.path);
        if (life == 0) add(client);
        const auto standing = client.ledger();
        REQUIRE(standing.has_value());
        REQUIRE(standing->state == LedgerState::sound);
        const auto pid = process->pid();
        std::thread killer{[pid, wait = std::chrono::microseconds{dice() % 60'000}] {
            ::usleep(static_cast<useconds_t>(wait.count()));
            ::kill(pid, SIGKILL);
        }};
        while (true) {
            const auto item = order("bf-" + std::to_string(++number));
            const auto reply = client.sign({&item, 1});
            if (!reply) break;
            REQUIRE_FALSE((*reply)->items[0].refused.has_value());
            signed_for.insert(*item.call.client_order_id);
        }
        killer.join();
        process->wait();
    }
    // One more start says what the last life left.
    auto process = place.start();
    auto client = test::connect_signer(place.path);
    CHECK(client.ledger().value().state == LedgerState::sound);
    std::set<std::string> entered;
    const auto report = check_folder(place.ledger(), {}, [&](const LedgerEntry& entry, LedgerEntry::Place) {
        if (entry.use == UseClass::order) entered.insert(entry.call->client_order_id);
    });
    REQUIRE(report.has_value());
    CHECK(report->breaches.empty());
    CHECK(signed_for.size() > 1000);
    std::size_t missing = 0;
    for (const auto& id : signed_for)
        if (!entered.contains(id)) ++missing;
    CHECK(missing == 0);
}

TEST_CASE("on a full disk nothing opens, exits go on, and room makes it whole again") {
    const Place place;
    {
        auto process = place.start();
        auto client = test::connect_signer(place.path);
        add(client);
        ::kill(process->pid(), SIGKILL);
        process->wait();
    }
    // No file may be written beyond that: the write fails in the middle of a segment, in the middle of an entry.
    auto process = place.start(kLedgerSegmentSize / 2);
    auto client = test::connect_signer(place.path);
    int signed_orders = 0;
    std::string refusal;
    for (int i = 0; i < 20'000 && refusal.empty(); ++i) {
        const auto item = order("bf-" + std::to_string(i));
        const auto reply = client.sign({&item, 1});
        REQUIRE(reply.has_value());
        const auto& first = (*reply)->items[0];
        if (first.refused) refusal = to_string(first.refused->reason);
        else ++signed_orders;
    }
    CHECK(refusal == "ledger");
    CHECK(signed_orders > 1000);
    const auto exit = order("bf-exit", market::Side::sell);
    CHECK_FALSE(client.sign({&exit, 1}).value()->items[0].refused.has_value());
    const auto entry = order("bf-more");
    CHECK(client.sign({&entry, 1}).value()->items[0].refused.has_value());
    CHECK(client.ledger().value().state == LedgerState::failed);
    ::kill(process->pid(), SIGKILL);
    process->wait();

    auto again = place.start();
    auto with_room = test::connect_signer(place.path);
    CHECK(with_room.ledger().value().state == LedgerState::sound);
    CHECK_FALSE(with_room.sign({&entry, 1}).value()->items[0].refused.has_value());
    int entered = 0;
    const auto report = check_folder(place.ledger(), {}, [&](const LedgerEntry& one, LedgerEntry::Place) {
        if (one.use == UseClass::order) ++entered;
    });
    REQUIRE(report.has_value());
    CHECK(report->breaches.empty());
    CHECK(entered == signed_orders + 1);
}

TEST_CASE("a signer that has sealed itself off reads old segments of its ledger, for a page and for a backup; its limit of open files is raised before") {
    const Place place;
    rlimit own{};
    ::getrlimit(RLIMIT_NOFILE, &own);
    const auto process = place.start(RLIM_INFINITY, 64);
    auto client = test::connect_signer(place.path);
    add(client);
    {
        std::ifstream limits{"/proc/" + std::to_string(process->pid()) + "/limits"};
        std::string line;
        while (std::getline(limits, line) && !line.starts_with("Max open files")) {}
        std::istringstream words{line.substr(std::strlen("Max open files"))};
        rlim_t soft = 0;
        words >> soft;
        CHECK(soft == std::min<rlim_t>(own.rlim_max, 16384));
    }
    int number = 0;
    std::uint64_t segment = 0;
    while (segment < 4) {
        const auto item = order("bf-" + std::to_string(++number));
        REQUIRE_FALSE(client.sign({&item, 1}).value()->items[0].refused.has_value());
        if (number % 500 == 0) segment = client.ledger().value().head->segment;
    }
    const auto page = client.ledger_page({.before = 50, .limit = 100});
    REQUIRE(page.has_value());
    CHECK(page->entries.size() == 49);
    const SealingKey ours;
    const auto box = seal(client.hello().value().public_key, crypto::Secret::take("a passphrase that somebody made up"));
    const auto begun = client.begin_backup(true, box, ours.public_key()).value();
    std::uint64_t bytes = 0;
    for (bool last = false; !last;) {
        auto piece = client.next_of_backup(begun.backup);
        REQUIRE(piece.has_value());
        bytes += piece->bytes.size();
        last = piece->last;
    }
    CHECK(bytes > 3 * kLedgerSegmentSize);
    CHECK(client.ledger().value().state == LedgerState::sound);
}

TEST_CASE("a ledger that somebody cuts, takes away or puts back while the signer runs is found at the next start; nothing opens, exits go on") {
    namespace fs = std::filesystem;
    struct Attack {
        const char* what;
        std::function<void(const fs::path& ledger, const fs::path& older)> does;
    };
    const auto first = ledger_segment_name(1);
    const Attack attacks[] = {
        {"the end is cut off", [&](const fs::path& ledger, const fs::path&) { fs::resize_file(ledger / first, kLedgerHeaderSize + 300); }},
        {"the last entries are zeros", [&](const fs::path& ledger, const fs::path&) {
             auto bytes = test::file_bytes(ledger / first);
             const auto end = bytes.find_last_not_of('\0');
             std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(end - 500), bytes.end(), '\0');
             std::ofstream{ledger / first, std::ios::binary} << bytes;
         }},
        {"the segment is taken away", [&](const fs::path& ledger, const fs::path&) { fs::remove(ledger / first); }},
        {"all of it is taken away", [](const fs::path& ledger, const fs::path&) { fs::remove_all(ledger); }},
        {"an older copy of the segment is put back", [&](const fs::path& ledger, const fs::path& older) { fs::copy_file(older / first, ledger / first, fs::copy_options::overwrite_existing); }},
        {"an older copy of all of it is put back", [](const fs::path& ledger, const fs::path& older) {
             fs::remove_all(ledger);
             fs::copy(older, ledger, fs::copy_options::recursive);
         }},
        {"one letter is changed", [&](const fs::path& ledger, const fs::path&) {
             std::fstream file{ledger / first, std::ios::binary | std::ios::in | std::ios::out};
             file.seekp(static_cast<std::streamoff>(kLedgerHeaderSize + 60));
             file.put('!');
         }},
    };
    for (const auto& attack : attacks) {
        CAPTURE(attack.what);
        const Place place;
        auto process = place.start();
        {
            auto client = test::connect_signer(place.path);
            add(client);
            const auto sign = [&](const std::string& id) {
                const auto item = order(id);
                REQUIRE_FALSE(client.sign({&item, 1}).value()->items[0].refused.has_value());
            };
            // An act whose head is signed, and goes into the vault, before it is answered.
            const auto stage = [&](const std::string& key) {
                const auto box = seal(client.hello().value().public_key, crypto::Secret::take(R"({"key":")" + key + R"(","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
                REQUIRE(client.stage("c", box).value().kept);
            };
            for (int i = 0; i < 3; ++i) sign("before-" + std::to_string(i));
            stage("toy-key-0002");
            const auto older = place.scratch.path() / "older";
            fs::copy(place.ledger(), older, fs::copy_options::recursive);
            for (int i = 0; i < 20; ++i) sign("after-" + std::to_string(i));
            stage("toy-key-0003");
            attack.does(place.ledger(), older);
        }
        ::kill(process->pid(), SIGKILL);
        process->wait();
        auto again = place.start();
        auto client = test::connect_signer(place.path);
        const auto standing = client.ledger();
        REQUIRE(standing.has_value());
        CHECK(standing->state == LedgerState::broken);
        CHECK_FALSE(standing->detail.empty());
        const auto entry = order("more"), exit = order("exit", market::Side::sell);
        const auto refused = client.sign({&entry, 1}).value()->items[0].refused;
        REQUIRE(refused.has_value());
        CHECK(refused->reason == Refusal::ledger);
        CHECK_FALSE(client.sign({&exit, 1}).value()->items[0].refused.has_value());
    }
}

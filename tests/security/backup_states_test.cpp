// R19: a folder that is written all the time, backed up at a hundred random moments and restored into empty folders: what comes out is what stood
// there at the moment the backup was pinned, database, journal and keys alike, however much was written while it was copied.
#include "app/backup_maker.hpp"
#include "app/backup_reader.hpp"
#include "journal/committer.hpp"
#include "journal/disk.hpp"
#include "net/loop.hpp"
#include "signer/sealing.hpp"
#include "store/connection_store.hpp"
#include "store/schema.hpp"
#include "support/number_in.hpp"
#include "support/scratch.hpp"
#include "support/signer_process.hpp"

#include <doctest/doctest.h>
#include <random>
#include <thread>

using namespace bf;
using namespace bf::app;

namespace {

constexpr vault::KdfCost kCheap{1, 8192};
constexpr std::uint64_t kSegment = 64 * 1024;
constexpr const char* kPassphrase = "a passphrase of some length";

/// A signer with its vault in `data`, or one that takes a backup in there.
struct SignerAt {
    explicit SignerAt(const std::string& data, bool restoring)
        : process{[&](signer::Options& options) { options.vault = signer::VaultPlace{.folder = data + "/vault", .key_file = {}, .cost = kCheap, .restoring = restoring}; }},
          client{process.take_link(), seconds{60}} {}
    test::SignerProcess process;
    signer::Client client;
};

/// What stands in a folder, as far as this test writes it.
struct State {
    std::string counter;
    std::vector<std::string> entries;
    std::map<std::pair<std::string, signer::Slot>, std::string> keys;
};

/// Writes on a thread of its own: each step is one journal record and one transaction that names it, as the engine's are.
class Writer {
public:
    Writer(const std::string& data, unsigned seed) : folder_{data + "/journal"}, dice_{seed} {
        database_ = store::open_engine_database(data + "/engine.db").value();
        settings_ = std::make_unique<store::ConnectionStore>(*database_);
        journal_ = journal::Journal::open(folder_, loop_, [](const journal::Entry&) {}, kSegment).value();
        committer_ = std::make_unique<journal::Committer>(*journal_);
        thread_ = std::thread{[this] { run(); }};
    }
    ~Writer() {
        stopped_ = true;
        thread_.join();
        committer_.reset();
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// As the engine's loop pins: between two steps.
    Result<std::map<std::string, std::uint64_t>> pin(BackupSources& sources) {
        std::uint64_t last = 0;
        {
            // A mutex alone is no queue: who writes all the time would take it again and again.
            waiting_ = true;
            const std::lock_guard lock{between_};
            waiting_ = false;
            for (auto& [name, database] : sources.databases) BF_TRY_VOID(database.pin());
            for (auto& [folder, journal] : sources.journals) BF_TRY_VOID(journal.hold());
            last = last_;
            pinned = {std::to_string(step_), kept_, {}};
        }
        if (!committer_->wait(last)) return Unexpected{Error{ErrorKind::io, "not durable"}};
        return std::map<std::string, std::uint64_t>{{"journal", last}};
    }
    /// While nothing is written: a process forked in the middle of a write would find SQLite's locks held by nobody.
    template <class Work>
    auto between(Work work) {
        waiting_ = true;
        const std::lock_guard lock{between_};
        waiting_ = false;
        return work();
    }
    State pinned;

private:
    void run() {
        while (!stopped_) {
            while (waiting_ && !stopped_) std::this_thread::yield();
            const std::lock_guard lock{between_};
            ++step_;
            std::string payload = "step " + std::to_string(step_) + ' ' + std::string(dice_() % 3000, static_cast<char>('a' + step_ % 26));
            last_ = committer_->append(7, payload);
            kept_.push_back(payload);
            sequences_.push_back(last_);
            (void)settings_->put_setting("step", std::to_string(step_)).has_value();
            // As after a checkpoint: what is old goes.
            if (step_ % 400 == 0) forget();
        }
    }
    /// Keeps the segments that hold the newest thousand entries: none of them is forgotten in the moment between a record's way to the disk and the look at
    /// its folder, as in the product, which forgets after each two hundred thousand.
    void forget() {
        if (sequences_.size() < 1000 || !committer_->wait(last_)) return;
        committer_->forget_before(sequences_[sequences_.size() - 1000]);
        // More than any restore finds.
        constexpr std::size_t kMost = 4000;
        if (kept_.size() <= kMost) return;
        kept_.erase(kept_.begin(), kept_.end() - kMost);
        sequences_.erase(sequences_.begin(), sequences_.end() - kMost);
    }

    net::Loop loop_;
    journal::DiskFolder folder_;
    std::unique_ptr<store::Database> database_;
    std::unique_ptr<store::ConnectionStore> settings_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<journal::Committer> committer_;
    std::mt19937 dice_;
    std::mutex between_;
    std::uint64_t step_{0}, last_{0};
    std::vector<std::string> kept_;
    std::vector<std::uint64_t> sequences_;
    std::atomic<bool> stopped_{false}, waiting_{false};
    std::thread thread_;
};

std::map<std::pair<std::string, signer::Slot>, std::string> keys_of(signer::Client& client) {
    std::map<std::pair<std::string, signer::Slot>, std::string> keys;
    const auto entries = client.list();
    REQUIRE(entries.has_value());
    for (const auto& entry : *entries) keys[{entry.connection, entry.slot}] = entry.key_fingerprint;
    return keys;
}

State restored_state(const std::string& data) {
    State state;
    {
        const auto database = store::open_engine_database(data + "/engine.db");
        REQUIRE(database.has_value());
        store::ConnectionStore settings{**database};
        state.counter = settings.setting("step").value().value_or("0");
        CHECK(settings.setting("restored_from").value().has_value());
    }
    net::Loop loop;
    journal::DiskFolder folder{data + "/journal"};
    const auto journal = journal::Journal::open(folder, loop, [&](const journal::Entry& entry) { state.entries.emplace_back(entry.payload); }, kSegment);
    REQUIRE(journal.has_value());
    SignerAt signer{data, false};
    state.keys = keys_of(signer.client);
    return state;
}

}  // namespace

TEST_CASE("R19: a hundred moments, each restored as it was") {
    const char* given = std::getenv("BF_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937 dice{seed};
    const test::Scratch scratch;
    const auto data = (scratch.path() / "data").native();
    for (const char* part : {"", "/journal", "/run", "/vault"}) {
        std::filesystem::create_directory(data + part);
        std::filesystem::permissions(data + part, std::filesystem::perms::owner_all);
    }
    SignerAt signer{data, false};
    const auto hello = signer.client.hello().value();
    Writer writer{data, seed};
    std::size_t bytes = 0;
    // BF_MOMENTS for more.
    const auto moments = static_cast<int>(test::number_in("BF_MOMENTS", 100));
    for (int moment = 0; moment < moments; ++moment) {
        const auto connection = "c" + std::to_string(dice() % 20);
        const auto box = signer::seal(hello.public_key, crypto::Secret::take(R"({"key":"toy-key-)" + std::to_string(10000 + moment) + R"(","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
        // Any of these may be refused, there being one already or none: the vault has another state each time all the same.
        if (!signer.client.add(connection, test::kToyExchange, signer::Keep::vault, box)) (void)signer.client.stage(connection, box).has_value();
        if (dice() % 3 == 0) (void)signer.client.promote(connection).has_value();
        if (dice() % 10 == 0) (void)signer.client.rewrap(signer::Rewrap::new_root_key).has_value();

        const auto file = (scratch.path() / ("backup-" + std::to_string(moment))).native();
        BackupPlan plan{.data = data, .to = file, .scratch = data + "/run", .keys = true, .sealed = signer::seal(hello.public_key, crypto::Secret::take(kPassphrase)), .now = Instant::from_ms(moment + 1)};
        plan.pin = [&writer](BackupSources& sources) { return writer.pin(sources); };
        const auto made = make_backup(plan, signer.client);
        REQUIRE_MESSAGE(made.has_value(), made.error().detail);
        auto expected = writer.pinned;
        expected.keys = keys_of(signer.client);
        bytes += made->bytes;

        const auto elsewhere = (scratch.path() / "elsewhere").native();
        const StartSigner start = [&writer](const std::string& folder) -> Result<TakingIn> {
            const auto held = writer.between([&folder] { return std::make_shared<SignerAt>(folder, true); });
            return TakingIn{held, &held->client};
        };
        const auto restored = restore_backup(file, crypto::Secret::take(kPassphrase), elsewhere, Instant::from_ms(1), start);
        REQUIRE_MESSAGE(restored.has_value(), restored.error().detail);
        auto found = writer.between([&elsewhere] { return restored_state(elsewhere); });
        CAPTURE(moment);
        // What a checkpoint made superfluous may be gone; what is there ends exactly where the database stands.
        REQUIRE(found.entries.size() <= expected.entries.size());
        expected.entries.erase(expected.entries.begin(), expected.entries.end() - static_cast<std::ptrdiff_t>(found.entries.size()));
        CHECK(found.counter == expected.counter);
        CHECK((expected.counter == "0" || (!found.entries.empty() && found.entries.back().starts_with("step " + expected.counter + ' '))));
        CHECK(found.entries == expected.entries);
        CHECK(found.keys == expected.keys);
        std::filesystem::remove_all(elsewhere);
        std::filesystem::remove(file);
    }
    std::printf("%zu bytes in %d backups\n", bytes, moments);
}

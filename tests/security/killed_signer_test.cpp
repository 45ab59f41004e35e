// The signer killed at random moments while it seals, rotates, re-wraps and hands out backups: at the next start every secret opens, none is
// doubled, none is lost, and what is there is what was acknowledged, or that and the one change that was under way.
#include "signer/backing.hpp"
#include "signer/fingerprint.hpp"
#include "signer/ledger_folder.hpp"
#include "signer/sealing.hpp"
#include "support/scratch.hpp"
#include "support/signer_process.hpp"

#include <doctest/doctest.h>
#include <map>
#include <random>
#include <set>
#include <thread>

using namespace bf;
using namespace bf::signer;

namespace {

constexpr vault::KdfCost kCheap{1, 8192};

/// What lies in the vault: a fingerprint for each key of each connection.
using Content = std::map<std::pair<std::string, Slot>, std::string>;

/// What may be true after a kill: what was acknowledged, and what it would be with the change that was under way.
struct Model {
    Content content, perhaps;
    std::set<std::string> passphrases;  ///< One of them opens it, if it waits for one.
};

class House {
public:
    explicit House(unsigned seed) : dice_{seed} {}

    /// Starts a signer, looks at everything, has it work, and kills it in the middle.
    void life(int number) {
        start();
        look(number);
        const auto pid = process_->pid();
        const auto after = std::chrono::microseconds{dice_() % 9000};
        std::thread killer{[pid, after] {
            std::this_thread::sleep_for(after);
            ::kill(pid, SIGKILL);
        }};
        while (work()) {}
        killer.join();
        process_->wait();
        client_.reset();
        process_.reset();
    }
    void last_look() {
        start();
        look(-1);
        full_backup();
    }
    [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::size_t half_done() const { return half_done_; }

private:
    void start() {
        process_.emplace([this](Options& options) { options.vault = VaultPlace{.folder = scratch_.path() / "vault", .key_file = {}, .cost = kCheap}; });
        client_.emplace(process_->client());
        auto hello = client_->hello();
        REQUIRE(hello.has_value());
        if (hello->vault == VaultState::sealed) {
            bool opened = false;
            for (const auto& one : model_.passphrases) opened = opened || client_->unlock(box(*hello, one)).has_value();
            REQUIRE_MESSAGE(opened, "none of the passphrases opens the vault");
            hello = client_->hello();
        }
        REQUIRE_MESSAGE(hello->vault == VaultState::open, hello->vault_detail);
        hello_ = *hello;
    }

    Content found() {
        const auto entries = client_->list();
        REQUIRE(entries.has_value());
        Content content;
        for (const auto& entry : *entries) {
            CHECK_FALSE(entry.damaged);
            CHECK_MESSAGE(content.emplace(std::pair{entry.connection, entry.slot}, entry.key_fingerprint).second, "a key stands twice");
        }
        return content;
    }

    void look(int number) {
        const auto content = found();
        CAPTURE(number);
        const bool as_known = content == model_.content, with_change = content == model_.perhaps;
        CHECK((as_known || with_change));
        if (!as_known) ++half_done_;
        model_.content = model_.perhaps = content;
        // And each key in use signs.
        const auto now = test::SystemClock{}.wall();
        for (const auto& [where, fingerprint] : content) {
            if (where.second == Slot::previous) continue;
            SignItem item{where.first, where.second, now, now + seconds{5}, {}};
            item.call.operation = exchange::Operation::balances;
            const auto reply = client_->sign({&item, 1});
            REQUIRE(reply.has_value());
            REQUIRE_FALSE((*reply)->items[0].refused.has_value());
            const auto key = std::string{wire::find_header((*reply)->items[0].requests[0].headers, "TOY-KEY").value_or("")};
            CHECK(fingerprint_of_key_id(crypto::Secret::take(std::string{key})) == fingerprint);
        }
        if (number % 25 == 0) full_backup();
    }

    /// One acknowledged change, or the end.
    bool work() {
        const std::string connection = "c" + std::to_string(dice_() % 5);
        const auto key = "toy-key-" + std::to_string(100000 + ++keys_);
        const auto print = fingerprint_of_key_id(crypto::Secret::take(std::string{key}));
        const auto at = [&](Slot slot) { return model_.content.find({connection, slot}); };
        const auto none = model_.content.end();
        auto& perhaps = model_.perhaps = model_.content;
        const bool active = at(Slot::active) != none, staged = at(Slot::staged) != none;
        switch (dice_() % 9) {
            case 0:
            case 1:
                if (!active) {
                    perhaps[{connection, Slot::active}] = print;
                    return done(client_->add(connection, test::kToyExchange, Keep::vault, credentials(key)));
                }
                perhaps[{connection, Slot::staged}] = print;
                return done(client_->stage(connection, credentials(key)));
            case 2:
                if (!staged) return true;
                if (active) perhaps[{connection, Slot::previous}] = at(Slot::active)->second;
                perhaps[{connection, Slot::active}] = at(Slot::staged)->second;
                perhaps.erase({connection, Slot::staged});
                return done(client_->promote(connection));
            case 3:
                if (at(Slot::previous) == none) return true;
                perhaps.erase({connection, Slot::previous});
                return done(client_->drop(connection, Slot::previous));
            case 4:
                if (!active || dice_() % 4 != 0) return true;
                for (const auto slot : {Slot::active, Slot::staged, Slot::previous}) perhaps.erase({connection, slot});
                return done(client_->remove(connection));
            case 5: return done(client_->rewrap(Rewrap::new_root_key));
            case 6: return done(client_->rewrap(Rewrap::to_key_file));
            case 7: {
                const auto passphrase = "passphrase number " + std::to_string(keys_);
                model_.passphrases.insert(passphrase);
                return done(client_->rewrap(Rewrap::to_passphrase, box(hello_, passphrase)));
            }
            default: return backup().has_value();
        }
    }
    template <class T>
    bool done(const Result<T>& outcome) {
        if (!outcome) {
            CHECK(outcome.error().kind == ErrorKind::unreachable);
            return false;
        }
        model_.content = model_.perhaps;
        ++acknowledged_;
        return true;
    }

    /// The pieces of a whole backup, or nothing when the signer went meanwhile.
    std::optional<std::pair<std::string, std::vector<std::string>>> backup() {
        const SealingKey ours;
        const auto begun = client_->begin_backup(true, box(hello_, kPassphrase), ours.public_key());
        if (!begun) return std::nullopt;
        std::vector<std::string> pieces;
        while (true) {
            auto piece = client_->next_of_backup(begun->backup);
            if (!piece) return std::nullopt;
            pieces.push_back(std::move(piece->bytes));
            if (piece->last) return std::pair{begun->header, std::move(pieces)};
        }
    }
    /// What a backup holds is what the vault holds, and one that lacks its end is none.
    void full_backup() {
        const auto whole = backup();
        REQUIRE(whole.has_value());
        const auto header = backup::read_header(whole->first);
        REQUIRE(header.has_value());
        const auto take_in = [&](const std::filesystem::path& folder, std::size_t pieces) {
            std::filesystem::create_directory(folder);
            std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
            BackupIn in{folder, *header, backup::open_keys(crypto::Secret::take(kPassphrase), *header).value()};
            Status taken;
            for (std::size_t i = 0; i < pieces && taken; ++i) taken = in.take(whole->second[i]);
            return taken ? in.finish(std::nullopt) : Result<Recovered>{Unexpected{taken.error()}};
        };
        const test::Scratch place;
        const auto recovered = take_in(place.path() / "vault", whole->second.size());
        REQUIRE(recovered.has_value());
        CHECK(recovered->secrets == model_.content.size());
        CHECK(recovered->damaged == 0);
        const auto ledger = check_folder(place.path() / "vault" / "ledger", {});
        REQUIRE(ledger.has_value());
        CHECK(ledger->breaches.empty());
        CHECK_FALSE(ledger->torn.has_value());
        CHECK_FALSE(std::filesystem::exists(place.path() / "vault" / "root.key"));
        const auto keys = backup::open_keys(crypto::Secret::take(kPassphrase), *header).value();
        auto vault = vault::Vault::open(place.path() / "vault", vault::ByBackup{keys.secrets}).value();
        for (const auto& [where, fingerprint] : model_.content)
            CHECK(fingerprint_of_key_id(vault.read(where.first, static_cast<vault::Slot>(where.second)).value().key) == fingerprint);
        CHECK_FALSE(take_in(place.path() / "cut", whole->second.size() - 1).has_value());
    }

    static std::string box(const Hello& hello, std::string text) { return seal(hello.public_key, crypto::Secret::take(std::move(text))); }
    std::string credentials(const std::string& key) { return box(hello_, R"({"key":")" + key + R"(","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"); }

    static constexpr const char* kPassphrase = "a passphrase of some length";
    test::Scratch scratch_;
    std::mt19937 dice_;
    Model model_;
    Hello hello_;
    int keys_{0};
    std::size_t acknowledged_{0}, half_done_{0};
    std::optional<test::SignerProcess> process_;
    std::optional<Client> client_;
};

}  // namespace

TEST_CASE("killed at 500 random moments of sealing, rotating, re-wrapping and backing up") {
    const char* given = std::getenv("BF_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
    std::printf("seed %u\n", seed);
    House house{seed};
    for (int life = 0; life < 500; ++life) house.life(life);
    house.last_look();
    std::printf("%zu changes acknowledged, %zu found done that were not\n", house.acknowledged(), house.half_done());
    CHECK(house.acknowledged() > 500);
    CHECK(house.half_done() > 0);
}

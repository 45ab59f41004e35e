// The signer killed at random moments while it starts, seals, rotates, re-wraps and hands out backups: at the next start every secret opens, none is doubled,
// none is lost, and what is there is what was acknowledged, or that and the one change that was under way.
#include "signer/backing.hpp"
#include "signer/fingerprint.hpp"
#include "signer/ledger_folder.hpp"
#include "signer/sealing.hpp"
#include "support/number_in.hpp"
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

    /// Starts a signer, looks at everything, has it work, and kills it in the middle; or kills it before it can be asked anything.
    void life(int number) {
        start();
        if (dice_() % 8 == 0) {
            std::this_thread::sleep_for(std::chrono::microseconds{dice_() % 5000});
            under_way_ = "starting";
            ::kill(process_->pid(), SIGKILL);
            return end();
        }
        greet();
        look(number);
        const auto pid = process_->pid();
        const auto after = std::chrono::microseconds{dice_() % 12'000};
        std::thread killer{[pid, after] {
            std::this_thread::sleep_for(after);
            ::kill(pid, SIGKILL);
        }};
        while (work()) {}
        killer.join();
        end();
    }
    void last_look() {
        start();
        greet();
        look(-1);
        keys_are_their_own();
        full_backup();
    }
    /// What was acknowledged, and how often.
    [[nodiscard]] const std::map<std::string, int>& all_done() const { return done_; }
    [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::size_t half_done() const { return half_done_; }
    /// What the signer was at when it was killed, and how often.
    [[nodiscard]] const std::map<std::string, int>& moments() const { return moments_; }

private:
    void start() {
        process_.emplace([this](Options& options) { options.vault = VaultPlace{.folder = scratch_.path() / "vault", .key_file = {}, .cost = kCheap}; });
        client_.emplace(process_->client());
    }
    void greet() {
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
    void end() {
        ++moments_[under_way_];
        process_->wait();
        client_.reset();
        process_.reset();
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

    /// The key that a request is signed with.
    std::string key_in(const std::string& connection, Slot slot, exchange::Operation operation) {
        const auto now = test::SystemClock{}.wall();
        SignItem item{connection, slot, now, now + seconds{5}, {}};
        item.call.operation = operation;
        const auto reply = client_->sign({&item, 1});
        REQUIRE(reply.has_value());
        REQUIRE_FALSE((*reply)->items[0].refused.has_value());
        return std::string{wire::find_header((*reply)->items[0].requests[0].headers, "TOY-KEY").value_or("")};
    }

    void look(int number) {
        const auto content = found();
        CAPTURE(number);
        CAPTURE(under_way_);
        const bool as_known = content == model_.content, with_change = content == model_.perhaps;
        CHECK((as_known || with_change));
        if (!as_known) ++half_done_;
        model_.content = model_.perhaps = content;
        // Each key in use signs, with itself; an old one stays what it was.
        for (const auto& [where, fingerprint] : content)
            if (where.second != Slot::previous) CHECK(fingerprint_of_key_id(crypto::Secret::take(key_in(where.first, where.second, exchange::Operation::balances))) == fingerprint);
        // What is not there is not signed for, whatever it was once.
        for (int i = 0; i < kConnections; ++i) CHECK(client_->limits("c" + std::to_string(i)).has_value() == content.contains({"c" + std::to_string(i), Slot::active}));
        const auto ledger = client_->ledger();
        REQUIRE(ledger.has_value());
        CHECK_MESSAGE(ledger->state == LedgerState::sound, ledger->detail);
        if (number % 25 == 0) full_backup();
    }
    void keys_are_their_own() {
        std::set<std::string> prints;
        for (const auto& [where, fingerprint] : model_.content) CHECK(prints.insert(fingerprint).second);
    }

    /// One acknowledged change, or the end.
    bool work() {
        const std::string connection = "c" + std::to_string(dice_() % kConnections);
        const auto key = "toy-key-" + std::to_string(100000 + ++keys_);
        const auto print = fingerprint_of_key_id(crypto::Secret::take(std::string{key}));
        const auto at = [&](Slot slot) { return model_.content.find({connection, slot}); };
        const auto none = model_.content.end();
        auto& perhaps = model_.perhaps = model_.content;
        const bool active = at(Slot::active) != none, staged = at(Slot::staged) != none, previous = at(Slot::previous) != none;
        switch (dice_() % 11) {
            case 0:
            case 1:
                if (!active) {
                    perhaps[{connection, Slot::active}] = print;
                    return done("sealing", client_->add(connection, test::kToyExchange, Keep::vault, credentials(key)));
                }
                perhaps[{connection, Slot::staged}] = print;
                return done("staging", client_->stage(connection, credentials(key)));
            case 2:
                if (!staged) return true;
                if (active) perhaps[{connection, Slot::previous}] = at(Slot::active)->second;
                perhaps[{connection, Slot::active}] = at(Slot::staged)->second;
                perhaps.erase({connection, Slot::staged});
                return done("switching", client_->promote(connection));
            case 3:
                if (!previous || staged) return true;
                perhaps[{connection, Slot::staged}] = at(Slot::active)->second;
                perhaps[{connection, Slot::active}] = at(Slot::previous)->second;
                perhaps.erase({connection, Slot::previous});
                return done("rolling back", client_->roll_back(connection));
            case 4:
                if (!previous) return true;
                perhaps.erase({connection, Slot::previous});
                return done("forgetting", client_->drop(connection, Slot::previous));
            case 5:
                if (!staged) return true;
                perhaps.erase({connection, Slot::staged});
                return done("dropping", client_->drop(connection, Slot::staged));
            case 6:
                if (!active || dice_() % 3 != 0) return true;
                for (const auto slot : {Slot::active, Slot::staged, Slot::previous}) perhaps.erase({connection, slot});
                return done("removing", client_->remove(connection));
            case 7: return done("a new root key", client_->rewrap(Rewrap::new_root_key));
            case 8: return done("to a key file", client_->rewrap(Rewrap::to_key_file));
            case 9: {
                const auto passphrase = "passphrase number " + std::to_string(keys_);
                model_.passphrases.insert(passphrase);
                return done("to a passphrase", client_->rewrap(Rewrap::to_passphrase, box(hello_, passphrase)));
            }
            default: under_way_ = "backing up"; return backup().has_value();
        }
    }
    template <class T>
    bool done(const char* what, const Result<T>& outcome) {
        under_way_ = what;
        if (!outcome) {
            CHECK_MESSAGE(outcome.error().kind == ErrorKind::unreachable, what << ": " << outcome.error().detail);
            return false;
        }
        model_.content = model_.perhaps;
        ++acknowledged_;
        ++done_[what];
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
    static constexpr int kConnections = 5;
    test::Scratch scratch_;
    std::mt19937 dice_;
    Model model_;
    Hello hello_;
    int keys_{0};
    std::string under_way_;
    std::size_t acknowledged_{0}, half_done_{0};
    std::map<std::string, int> moments_, done_;
    std::optional<test::SignerProcess> process_;
    std::optional<Client> client_;
};

}  // namespace

TEST_CASE("killed at 500 random moments of starting, sealing, rotating and re-wrapping") {
    const auto seed = static_cast<unsigned>(test::number_in("BF_SEED", std::random_device{}())), lives = static_cast<unsigned>(test::number_in("BF_KILLS", test::repeats(500, 40)));
    std::printf("seed %u, %u kills\n", seed, lives);
    House house{seed};
    for (unsigned life = 0; life < lives; ++life) house.life(static_cast<int>(life));
    house.last_look();
    std::printf("%zu changes acknowledged, %zu found done that were not; killed at:", house.acknowledged(), house.half_done());
    for (const auto& [what, times] : house.moments()) std::printf(" %s %d", what.c_str(), times);
    std::printf("\n");
    CHECK(house.acknowledged() > lives);
    if (lives < 500) return;
    CHECK(house.half_done() > 0);
    for (const auto* what : {"sealing", "staging", "switching", "rolling back", "forgetting", "dropping", "removing", "a new root key", "to a key file", "to a passphrase"}) {
        CAPTURE(what);
        CHECK(house.all_done().contains(what));
    }
    // Each kind of moment; of the quickest acts a run may by chance hit one not at all.
    const auto hit = [&](std::initializer_list<const char*> any) {
        int times = 0;
        for (const auto* what : any) times += house.moments().contains(what) ? house.moments().at(what) : 0;
        return times;
    };
    CHECK(hit({"starting"}) > 10);
    CHECK(hit({"sealing", "staging"}) > 10);
    CHECK(hit({"switching", "rolling back", "forgetting", "dropping", "removing"}) > 10);
    CHECK(hit({"a new root key", "to a key file", "to a passphrase"}) > 10);
    CHECK(hit({"backing up"}) > 10);
}

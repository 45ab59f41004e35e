// A signer under a user of its own and the processes of others around it, as the kernel has it. Only root can become somebody else, so these
// are skipped for anybody else; no account is needed, numbers do.
#include "base/text.hpp"
#include "signer/sealing.hpp"
#include "support/scratch.hpp"
#include "support/signer_process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/ptrace.h>
#include <sys/stat.h>

using namespace bf;
using namespace bf::signer;

namespace {

constexpr uid_t kSigner = 61001, kEngine = 61002, kStranger = 61003;
constexpr vault::KdfCost kCheap{1, 8192};

bool become(uid_t user, const std::vector<gid_t>& groups) {
    const bool done = ::setgroups(groups.size(), groups.data()) == 0 && ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0;
    // A change of user makes a process unreadable by itself; undone, so that it is the users and the signer's own doing that are seen.
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return done;
}

/// The number that `work` returns in a process of that user, 0 being right. Its own numbers begin above 200.
int as(uid_t user, const std::vector<gid_t>& groups, const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(become(user, groups) ? work() : 201);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 202;
}

bool is_root() {
    if (::geteuid() == 0) return true;
    std::printf("skipped: only root can start processes under other users\n");
    return false;
}

/// A signer of the user kSigner with a vault, that the user kEngine may ask.
struct Apart {
    Apart() {
        ::chmod(scratch.path().c_str(), 0755);
        for (const auto& [name, mode] : {std::pair{"own", 0700}, {"run", 0750}, {"elsewhere", 0750}}) {
            const auto folder = scratch.path() / name;
            ::mkdir(folder.c_str(), 0700);
            const uid_t owner = std::string_view{name} == "elsewhere" ? kStranger : kSigner;
            REQUIRE(::chown(folder.c_str(), owner, owner) == 0);
            ::chmod(folder.c_str(), static_cast<mode_t>(mode));
        }
        process.emplace([this](signer::Options& options) {
            const int said = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            ::dup2(said, STDERR_FILENO);
            if (!become(kSigner, {})) ::_exit(201);
            ::mkdir((scratch.path() / "own/vault").c_str(), 0700);
            options.listen_at = socket;
            options.guest = kEngine;
            options.vault = VaultPlace{.folder = scratch.path() / "own/vault", .key_file = {}, .cost = kCheap};
        });
        for (int i = 0; i < 500 && ::access(socket.c_str(), F_OK) != 0; ++i) ::usleep(10'000);
    }
    [[nodiscard]] std::string said() const { return test::file_bytes(log); }

    test::Scratch scratch;
    std::string socket = (scratch.path() / "run/signer.sock").native();
    std::string log = (scratch.path() / "said").native();
    std::optional<test::SignerProcess> process;
};

/// A socket that is there and not yet listened at refuses; it is tried again.
Result<net::Seqpacket> reach(const std::string& path, std::optional<uid_t> owner) {
    for (int i = 0;; ++i) {
        auto link = net::Seqpacket::connect(path, owner);
        if (link || i == 500 || link.error().kind != ErrorKind::not_found) return link;
        ::usleep(10'000);
    }
}

SignItem order(std::string connection) {
    const auto now = test::SystemClock{}.wall();
    SignItem item{std::move(connection), Slot::active, now, now + seconds{5}, {}};
    item.call.operation = exchange::Operation::place_order;
    item.call.symbol = market::Symbol::parse("BTC/USDT");
    item.call.side = market::Side::buy;
    item.call.type = market::OrderType::limit;
    item.call.quantity = "0.001"_d;
    item.call.price = "60000"_d;
    item.call.client_order_id = "bf-1-abc";
    item.reference = ports::PriceReference{"60010"_d, now};
    return item;
}

}  // namespace

TEST_CASE("the engine's user has calls signed by the signer's user, and changes nothing of what opens the vault") {
    if (!is_root()) return;
    Apart apart;
    CHECK(as(kEngine, {kSigner}, [&] {
        auto link = reach(apart.socket, kSigner);
        if (!link) return 1;
        Client client{std::move(*link)};
        const auto hello = client.hello();
        if (!hello || hello->vault != VaultState::open) return 2;
        const auto own = std::find_if(hello->features.begin(), hello->features.end(), [](const Feature& one) { return one.name == "own_user"; });
        if (own == hello->features.end() || !own->on) return 3;
        const auto box = seal(hello->public_key, crypto::Secret::take(R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
        if (const auto added = client.add("c1", test::kToyExchange, Keep::vault, box); !added || !added->kept) return 4;
        const SignItem items[] = {order("c1")};
        const auto reply = client.sign(items);
        if (!reply || (*reply)->items.front().refused) return 5;
        // What opens the vault: refused before anything is derived, and said so.
        for (const auto change : {Rewrap::new_root_key, Rewrap::to_key_file, Rewrap::to_passphrase}) {
            const auto changed = client.rewrap(change, seal(hello->public_key, crypto::Secret::take("a passphrase of the thief")));
            if (changed || changed.error().code != "policy" || changed.error().detail.find("own user") == std::string::npos) return 6;
        }
        if (client.unlock(seal(hello->public_key, crypto::Secret::take("anything"))).error().code != "policy") return 7;
        return 0;
    }) == 0);
    CHECK(as(kSigner, {}, [&] {
        auto link = reach(apart.socket, {});
        if (!link) return 1;
        Client client{std::move(*link)};
        if (!client.rewrap(Rewrap::new_root_key)) return 2;
        const SignItem items[] = {order("c1")};
        const auto reply = client.sign(items);
        return !reply || (*reply)->items.front().refused ? 3 : 0;
    }) == 0);
}

TEST_CASE("the engine's user reads nothing of the signer's: not its files, not its memory, and can't end it") {
    if (!is_root()) return;
    Apart apart;
    const pid_t signer = apart.process->pid();
    // Both in its group, as the service manager has it, and not.
    for (const auto& groups : {std::vector<gid_t>{kSigner}, std::vector<gid_t>{}})
        CHECK(as(kEngine, groups, [&] {
            const auto own = (apart.scratch.path() / "own").native();
            for (const auto* name : {"", "/vault", "/vault/vault.db", "/vault/root.key", "/vault/ledger"})
                if (::open((own + name).c_str(), O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES) return 1;
            if (::open((own + "/new").c_str(), O_WRONLY | O_CREAT, 0600) >= 0) return 2;
            for (const auto* name : {"mem", "maps", "environ", "fd/0"})
                if (::open(("/proc/" + std::to_string(signer) + "/" + name).c_str(), O_RDONLY | O_CLOEXEC) >= 0) return 3;
            if (::ptrace(PTRACE_SEIZE, signer, nullptr, nullptr) == 0) return 4;
            if (::kill(signer, SIGKILL) == 0 || errno != EPERM) return 5;
            // Nor does it put another socket in the place of the signer's.
            if (::unlink(apart.socket.c_str()) == 0 || ::rename(apart.socket.c_str(), (apart.socket + ".old").c_str()) == 0) return 6;
            return 0;
        }) == 0);
    CHECK(::kill(signer, 0) == 0);
    CHECK(as(kSigner, {}, [&] { return ::open((apart.scratch.path() / "own/vault/vault.db").c_str(), O_RDONLY | O_CLOEXEC) >= 0 ? 0 : 1; }) == 0);
}

TEST_CASE("a third user is refused at the socket: by its file, by the signer, and by the engine when it serves one itself") {
    if (!is_root()) return;
    Apart apart;
    REQUIRE(as(kEngine, {kSigner}, [&] { return reach(apart.socket, kSigner) ? 0 : 1; }) == 0);
    // Not of the group: the socket's folder is closed.
    CHECK(as(kStranger, {}, [&] {
        const auto link = net::Seqpacket::connect(apart.socket, kSigner);
        return !link && link.error().kind == ErrorKind::denied ? 0 : 1;
    }) == 0);
    // Of the group: the signer asks the kernel who it is. So often that a log told each time would be full of it.
    CHECK(as(kStranger, {kSigner}, [&] {
        for (int i = 0; i < 50; ++i) {
            auto link = net::Seqpacket::connect(apart.socket, kSigner);
            if (!link) return 1;
            Client client{std::move(*link)};
            const auto hello = client.hello();
            if (hello || hello.error().kind != ErrorKind::unreachable) return 2;
        }
        return 0;
    }) == 0);
    const auto said = apart.said();
    const auto sentence = "signer: A process of another user (" + std::to_string(kStranger) + ") was refused.\n";
    // Behind the line of its start.
    CHECK(said.substr(said.find('\n') + 1) == sentence);
    // The others are served as before.
    CHECK(as(kEngine, {kSigner}, [&] {
        auto link = reach(apart.socket, kSigner);
        return link && Client{std::move(*link)}.hello() ? 0 : 1;
    }) == 0);

    // A stranger's socket where the signer's is expected. Who listens is known from listen() on.
    const auto forged = (apart.scratch.path() / "elsewhere/signer.sock").native();
    REQUIRE((::setegid(kStranger) == 0 && ::seteuid(kStranger) == 0));
    const auto listener = net::listen_local(forged, net::LocalKind::seqpacket, net::Reach::own_group);
    REQUIRE((::seteuid(0) == 0 && ::setegid(0) == 0));
    REQUIRE(listener.has_value());
    CHECK(as(kEngine, {kStranger}, [&] {
        const auto told = net::Seqpacket::connect(forged, kSigner);
        if (told || told.error().code != net::kOtherUser) return 1;
        if (told.error().detail != forged + " is served by the user 61003, not by 61001: nothing is asked of it.") return 2;
        // Nor where nobody was told of: then it must be one's own.
        const auto untold = net::Seqpacket::connect(forged);
        return !untold && untold.error().code == net::kOtherUser ? 0 : 3;
    }) == 0);
}

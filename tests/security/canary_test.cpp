// A secret that nobody else has is driven through every way a signer can be asked, right and wrong; then it is looked for everywhere
// but in the signer: answers, standard error, vault and journal, environment, command line, and the memory of the process that asked.
//
// Three processes: this one knows the secret and searches; the driver, forked before the secret exists, reads it from a pipe as the
// command line reads standard input, seals it and asks; the signer answers.
#include "base/text.hpp"
#include "signer/codec.hpp"
#include "signer/sealing.hpp"
#include "support/search.hpp"
#include "support/signer_process.hpp"

#include <array>
#include <doctest/doctest.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

using namespace bf;
using namespace bf::signer;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;  ///< Its shadow memory is too large to search, and it keeps freed memory.
#else
constexpr bool kSanitized = false;
#endif

/// What the driver is given to seal: sound, of a bad shape, not the agreed JSON.
constexpr std::size_t kInputs = 4;
std::array<std::string, kInputs> inputs_with(const std::string& secret) {
    return {R"({"key":"toy-key-0001","secret":")" + secret + R"("})", R"({"key":"toy-key-0001","secret":" )" + secret + R"("})",
            R"({"key":"toy-key-0001","secret":")" + secret + R"(","extra":1})", R"({"key":"toy-key-0002","secret":")" + secret + R"("})"};
}

struct Pipe {
    net::Fd read, write;
};
Pipe make_pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    return {net::Fd{ends[0]}, net::Fd{ends[1]}};
}

/// Asks and keeps every answer's bytes.
class Driver {
public:
    explicit Driver(net::Seqpacket link) : link_{std::move(link)} {}

    std::string_view ask_bytes(std::string_view bytes) {
        if (!link_.send(bytes, seconds{10})) std::abort();
        const auto answer = link_.receive(seconds{10}).value();
        answers_ += answer;
        return answer;
    }
    Reply ask(Question question) {
        encode(out_, Request{++id_, std::move(question)});
        return decode_reply(ask_bytes(out_)).value();
    }
    [[nodiscard]] const std::string& answers() const { return answers_; }

private:
    net::Seqpacket link_;
    std::uint64_t id_{0};
    std::string out_, answers_;
};

SignItem call_for(std::string connection, Instant at) {
    SignItem item{std::move(connection), Slot::active, at, at + seconds{5}, {}};
    item.call.operation = exchange::Operation::balances;
    return item;
}

/// Every success and every refusal there is.
void drive(Driver& driver, std::array<crypto::Secret, kInputs> secrets) {
    const auto hello = std::get<Hello>(driver.ask(HelloRequest{}).answer);
    if (hello.vault != VaultState::open) std::abort();
    std::array<std::string, kInputs> boxes;
    for (std::size_t i = 0; i < kInputs; ++i) {
        boxes[i] = seal(hello.public_key, secrets[i]);
        const auto wiped = std::move(secrets[i]);
    }
    PublicKey another = hello.public_key;
    another[3] ^= 1;
    for (const auto& box : boxes) {
        driver.ask(CheckShapeRequest{test::kToyExchange, box});
        driver.ask(CheckShapeRequest{exchange::ExchangeId::okx, box});
        driver.ask(AddRequest{"bad id!", test::kToyExchange, Keep::vault, box});
        driver.ask(AddRequest{"c", test::kToyExchange, Keep::vault, box});
        driver.ask(AddRequest{"t", test::kToyExchange, Keep::memory, box});  // Used already, where "c" took it.
        driver.ask(AddRequest{"u", test::kToyExchange, Keep::memory, box.substr(1)});
        driver.ask(StageRequest{"c", box});
        driver.ask(StageRequest{"nobody", box});
        driver.ask(UnlockRequest{box});
    }
    const auto now = test::SystemClock{}.wall();
    auto late = call_for("c", now);
    late.deadline = now - seconds{1};
    auto unsupported = call_for("c", now);
    unsupported.call.operation = exchange::Operation::key_info;
    auto arguments = call_for("c", now);
    arguments.call.limit = 5;
    auto staged = call_for("c", now);
    staged.slot = Slot::staged;
    auto previous = call_for("c", now);
    previous.slot = Slot::previous;
    driver.ask(SignRequest{{call_for("c", now), call_for("t", now), call_for("nobody", now), call_for("c", now + seconds{3600}), late, unsupported,
                            arguments, staged, previous}});
    for (const auto change : {0, 1, 2, 0, 1, 2}) {
        if (change == 0) driver.ask(PromoteRequest{"c"});
        if (change == 1) driver.ask(RollBackRequest{"c"});
        if (change == 2) driver.ask(ListRequest{});
    }
    driver.ask(RewrapRequest{Rewrap::new_root_key, {}});
    driver.ask(RewrapRequest{Rewrap::to_key_file, {}});
    driver.ask(DropRequest{"c", Slot::active});
    driver.ask(DropRequest{"c", Slot::staged});
    driver.ask(RemoveRequest{"t"});
    driver.ask(RemoveRequest{"t"});
    driver.ask_bytes("no message of ours");
    driver.ask_bytes(std::string(5000, '\xff'));
    driver.ask(SignRequest{{call_for("c", now)}});
}

struct Places {
    std::filesystem::path vault, answers, errors;
};

[[noreturn]] void be_driver(const Places& places, std::array<Pipe, kInputs>& inputs, const Pipe& ready, Pipe& release) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    release.write = net::Fd{};
    test::SignerProcess signer{[&](Options& options) {
        ::dup2(::open(places.errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
        options.vault = VaultPlace{places.vault, {}, vault::KdfCost{1, 8192}};
    }};
    Driver driver{signer.take_link()};
    std::array<crypto::Secret, kInputs> secrets{crypto::Secret::zeros(0), crypto::Secret::zeros(0), crypto::Secret::zeros(0), crypto::Secret::zeros(0)};
    for (std::size_t i = 0; i < kInputs; ++i) {
        inputs[i].write = net::Fd{};
        secrets[i] = read_secret(inputs[i].read.get(), kSealedMax).value();
    }
    drive(driver, std::move(secrets));
    std::ofstream{places.answers, std::ios::binary} << driver.answers();
    const auto pid = signer.pid();
    if (::write(ready.write.get(), &pid, sizeof pid) != sizeof pid) ::_exit(1);
    char byte = 0;
    (void)!::read(release.read.get(), &byte, 1);
    ::_exit(0);
}

}  // namespace

TEST_CASE("a canary secret is nowhere but in the signer") {
    if (kSanitized) {
        std::printf("skipped: a sanitizer's memory can't be searched\n");
        return;
    }
    const test::Scratch scratch;
    const Places places{scratch.path() / "vault", scratch.path() / "answers", scratch.path() / "errors"};
    std::array<Pipe, kInputs> inputs{make_pipe(), make_pipe(), make_pipe(), make_pipe()};
    auto ready = make_pipe();
    auto release = make_pipe();
    const pid_t driver = ::fork();
    if (driver == 0) be_driver(places, inputs, ready, release);
    ready.write = net::Fd{};  // Should the driver die, reading ends.

    // Only now does the secret come into being.
    std::array<unsigned char, 24> dice{};
    crypto::Secret::random(dice.size()).reveal([&dice](std::string_view bytes) { std::copy(bytes.begin(), bytes.end(), dice.begin()); });
    const auto secret = to_base64(dice);
    const auto texts = inputs_with(secret);
    for (std::size_t i = 0; i < kInputs; ++i) {
        REQUIRE(::write(inputs[i].write.get(), texts[i].data(), texts[i].size()) == static_cast<ssize_t>(texts[i].size()));
        inputs[i].write = net::Fd{};
    }
    pid_t signer = 0;
    REQUIRE(::read(ready.read.get(), &signer, sizeof signer) == sizeof signer);

    const test::Needles needles{secret};
    const auto answers = test::file_bytes(places.answers);
    CHECK(answers.find("TOY-SIGN") != std::string::npos);
    CHECK(needles.count(answers) == 0);
    CHECK(needles.count(test::file_bytes(places.errors)) == 0);
    CHECK(std::filesystem::exists(places.vault / "vault.db"));
    CHECK(test::count_in_folder(needles, scratch.path()) == 0);
    // The search does find it where it is.
    CHECK(test::count_in_memory(needles, ::getpid()) > 0);
    // Who typed it is clean once it is sealed: locked memory, wiped.
    CHECK(test::count_in_memory(needles, driver) == 0);
    for (const auto pid : {driver, signer})
        for (const char* file : {"/environ", "/cmdline"}) CHECK(needles.count(test::file_bytes("/proc/" + std::to_string(pid) + file)) == 0);
    // More than is asked for: even the signer holds no text of it, only the states of its HMAC. Only root can look.
    const auto in_signer = test::count_in_memory(needles, signer);
    if (::geteuid() == 0) CHECK(in_signer == 0);
    release.write = net::Fd{};
    ::waitpid(driver, nullptr, 0);
}

namespace {

/// What the ordinary user's process finds; 0 is right.
int look_from_outside() {
    constexpr uid_t kOrdinary = 65534;
    const rlimit large{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_CORE, &large);
    if (::geteuid() == 0 && ::setresuid(kOrdinary, kOrdinary, kOrdinary) != 0) return 10;
    // A change of user makes a process unreadable by itself; undone, so that it is the signer's own doing that is seen.
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    test::SignerProcess process;
    auto client = process.client();
    const auto hello = client.hello();
    if (!hello) return 11;
    for (const auto& feature : hello->features)
        std::printf("  %s: %s (%s)\n", feature.name.c_str(), feature.on ? "on" : "off", feature.detail.c_str());
    std::fflush(stdout);
    const auto memory_of = [](pid_t pid) { return ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC); };
    if (memory_of(process.pid()) >= 0) return 12;
    if (::ptrace(PTRACE_SEIZE, process.pid(), nullptr, nullptr) == 0) return 13;
    // The same attempt succeeds on a process that did not protect itself.
    const pid_t unprotected = ::fork();
    if (unprotected == 0) {
        ::pause();
        ::_exit(0);
    }
    const bool readable = memory_of(unprotected) >= 0;
    ::kill(unprotected, SIGKILL);
    ::waitpid(unprotected, nullptr, 0);
    if (!readable) return 14;
    ::kill(process.pid(), SIGABRT);  // Ends with a core where one is allowed; a sanitizer catches the others.
    const int status = process.wait();
    if (!WIFSIGNALED(status)) return 15;
    return WCOREDUMP(status) ? 16 : 0;
}

}  // namespace

TEST_CASE("another process of the same user can't read the signer, and its death leaves no core") {
    const pid_t outside = ::fork();
    if (outside == 0) ::_exit(look_from_outside());
    int status = 0;
    ::waitpid(outside, &status, 0);
    REQUIRE(WIFEXITED(status));
    // A sandbox that lets nobody look into anybody proves nothing about us.
    if (WEXITSTATUS(status) == 14) {
        std::printf("skipped: this system lets no process read another, protected or not\n");
        return;
    }
    CHECK(WEXITSTATUS(status) == 0);
}

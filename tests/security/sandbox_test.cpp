// The three sandboxes from inside: a child shuts itself in as the process does, then does what somebody would who has taken it over. Every
// number of a system call is tried, and only what is on the process's list may pass.
//
// The lists are the product's own; what stands here besides is what no list may ever hold, written down independently.
#include "app/confine.hpp"
#include "sandbox/process.hpp"
#include "signer/hardening.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <netinet/in.h>
#include <seccomp.h>
#include <set>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace bf;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;  ///< Its own calls would be in the way: the filter is off there.
#else
constexpr bool kSanitized = false;
#endif

/// How a child ended: what it returned, or the signal that ended it (negative).
int in_child(const std::function<int()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        // The test framework's own handlers would tell of a crash that is none of the test's.
        for (const int number : {SIGILL, SIGSEGV, SIGABRT, SIGFPE, SIGTERM, SIGBUS}) std::signal(number, SIG_DFL);
        ::alarm(10);
        ::_exit(act());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

// What an attempt ends with.
constexpr int kWent = 0;
constexpr int kRefused = 1;  ///< EACCES or EPERM: the file rules.
constexpr int kNoSuchCall = 2;
constexpr int kOtherError = 3;
constexpr int kNotShutIn = 99;
constexpr int kKilled = -SIGSYS;

int outcome(long result) {
    if (result >= 0) return kWent;
    return errno == ENOSYS ? kNoSuchCall : errno == EACCES || errno == EPERM ? kRefused : kOtherError;
}

bool all_on(const std::vector<sandbox::Feature>& features) {
    return std::all_of(features.begin(), features.end(), [](const sandbox::Feature& feature) { return feature.on; });
}

struct Sandbox {
    const char* name;
    std::function<sandbox::CallRules()> calls;
    std::function<bool(const std::string& data)> shut_in;
};

app::ProcessOptions options_for(const std::string& data) {
    app::ProcessOptions options;
    options.data = data;
    return options;
}

bool shut_in_signer(const std::string& data) {
    std::vector<signer::Feature> features;
    sandbox::no_new_privileges();
    return signer::seal_off(features, {data + "/vault"}).has_value();
}
bool shut_in_engine(const std::string& data) {
    return all_on(app::lose_privileges()) && all_on(app::fence_in_engine(options_for(data), {"http://127.0.0.1:18999"}, {})) && sandbox::only_listed_calls(app::engine_calls()).on;
}
bool shut_in_web(const std::string& data) {
    return all_on(app::lose_privileges()) && all_on(app::fence_in_web(options_for(data), {data + "/tls/certificate.pem"}, 0)) && sandbox::only_listed_calls(app::web_calls()).on;
}

const Sandbox kSandboxes[] = {{"signer", signer::signer_calls, shut_in_signer}, {"engine", app::engine_calls, shut_in_engine}, {"web", app::web_calls, shut_in_web}};

std::set<std::string> names_of(const sandbox::CallRules& rules) {
    std::set<std::string> names;
    for (const auto& call : rules.allowed)
        if (seccomp_syscall_resolve_name(std::string{call.name}.c_str()) >= 0) names.emplace(call.name);
    return names;
}

std::string name_of(int number) {
    char* const found = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    const std::string name = found == nullptr ? std::string{} : std::string{found};
    std::free(found);
    return name;
}

/// A data folder as a server leaves it.
void furnish(const std::string& data) {
    for (const auto* folder : {"", "/vault", "/tls", "/run", "/journal", "/paper"}) std::filesystem::create_directories(data + folder);
    for (const auto* file : {"/vault/vault.db", "/vault/root.key", "/tls/certificate.pem", "/tls/key.pem", "/engine.db", "/engine.db-wal", "/engine.db-shm", "/web.db", "/web.db-wal",
                             "/web.db-shm", "/journal/journal-000000000001", "/lock"})
        std::ofstream{data + file} << "content";
}

struct Attempt {
    const char* what;
    std::function<int(const std::string& data)> act;
    int signer, engine, web;  ///< What becomes of it in each.
};

int open_for(const std::string& path, int flags) { return outcome(::open(path.c_str(), flags | O_CLOEXEC, 0600)); }

int connect_to(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (socket < 0) return outcome(socket);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return outcome(::connect(socket, reinterpret_cast<const sockaddr*>(&place), sizeof place));
}

int anybody() { return static_cast<int>(::syscall(SYS_getppid)); }

/// Sockets that were there before, as the web process has them. Their use must not turn into a connection of its own.
struct Sockets {
    int listener, pair[2];
};
Sockets open_sockets() {
    Sockets sockets{::socket(AF_INET, SOCK_STREAM, 0), {}};
    sockaddr_in place{};
    place.sin_family = AF_INET;
    ::bind(sockets.listener, reinterpret_cast<const sockaddr*>(&place), sizeof place);
    ::listen(sockets.listener, 4);
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.pair) != 0) std::abort();
    return sockets;
}

}  // namespace

TEST_CASE("every system call number: only what is listed passes") {
    if (kSanitized) return;
    // Beyond the last there is: new calls of a newer kernel, and x32's.
    constexpr int kNumbers = 600;
    constexpr int kX32 = 0x40000000;
#if defined(__x86_64__)
    constexpr int kReturnProbe = 335, kProbe = 336;
#else
    constexpr int kReturnProbe = -1, kProbe = -1;
#endif
    for (const auto& box : kSandboxes) {
        CAPTURE(box.name);
        const auto rules = box.calls();
        const auto listed = names_of(rules);
        const std::set<std::string> absent(rules.absent.begin(), rules.absent.end());
        const std::set<std::string> fatal(rules.fatal.begin(), rules.fatal.end());
        const bool kills = rules.otherwise == sandbox::CallRules::Otherwise::kill;
        int tried = 0;
        for (int i = 0; i < kNumbers + 40; ++i) {
            const int number = i < kNumbers ? i : kX32 + (i - kNumbers) * 15;
            const auto name = i < kNumbers ? name_of(number) : std::string{};
            CAPTURE(number);
            CAPTURE(name);
            // What ends, replaces or blocks the one who asks can't say afterwards that it was let through.
            static const std::set<std::string> kSilent{"exit", "exit_group", "rt_sigreturn", "restart_syscall"};
            if (listed.contains(name) && kSilent.contains(name)) continue;
            const int ended = in_child([&] {
                sandbox::no_new_privileges();
                if (!sandbox::only_listed_calls(box.calls()).on) return kNotShutIn;
                errno = 0;
                // The kernel itself knows no futex operation of that number.
                const long argument = name == "futex" ? 1 : -1;
                return outcome(::syscall(number, argument, argument, argument, argument, argument, argument));
            });
            ++tried;
            const bool is_listed = !name.empty() && listed.contains(name);
            if (number == kReturnProbe || number == kProbe) {
                // The kernel lets its own probes' calls by any filter; from anywhere but its own code they do nothing.
                CHECK((ended == -SIGILL || ended == kOtherError || ended == kNoSuchCall || ended == kKilled));
            } else if (i >= kNumbers) {
                CHECK(ended == kKilled);
            } else if (fatal.contains(name)) {
                CHECK(ended == kKilled);
            } else if (!is_listed) {
                CHECK(ended == (kills && !absent.contains(name) ? kKilled : kNoSuchCall));
            } else {
                // Listed: let through, unless its arguments, all -1 here, are not the ones allowed.
                const auto conditional = std::any_of(rules.allowed.begin(), rules.allowed.end(), [&](const sandbox::Call& call) { return call.name == name && call.argument != sandbox::Call::kAnyway; });
                const bool let_through = ended != kKilled && ended != kNotShutIn && ended != kNoSuchCall;
                if (conditional)
                    CHECK(ended != kNotShutIn);
                else
                    CHECK(let_through);
            }
        }
        CHECK(tried > 600);
        MESSAGE(std::string{box.name} << ": " << listed.size() << " calls listed, " << tried << " numbers tried");
    }
}

TEST_CASE("the signer's list has 45 calls at the most, and none that no list may hold") {
    CHECK(names_of(signer::signer_calls()).size() <= 45);
    const std::set<std::string> never{"execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill", "pidfd_send_signal", "io_uring_setup", "mount", "unshare",
                                      "setns", "bpf", "keyctl", "perf_event_open", "userfaultfd", "memfd_create", "listen", "socketpair", "name_to_handle_at", "open_by_handle_at", "symlink", "link", "mknod",
                                      "chmod", "chown", "setuid", "capset", "personality", "modify_ldt", "iopl", "init_module"};
    for (const auto& box : kSandboxes) {
        CAPTURE(box.name);
        for (const auto& name : names_of(box.calls())) {
            CAPTURE(name);
            CHECK_FALSE(never.contains(name));
        }
    }
    for (const auto* name : {"socket", "connect", "bind", "sendmmsg", "sendmsg", "sendfile", "getdents64"}) {
        CAPTURE(name);
        CHECK_FALSE(names_of(signer::signer_calls()).contains(name));
    }
    for (const auto* name : {"socket", "connect", "bind", "sendmmsg"}) {
        CAPTURE(name);
        CHECK_FALSE(names_of(app::web_calls()).contains(name));
    }
}

TEST_CASE("files, sockets, programs, other processes: each sandbox lets through its own and nothing else") {
    std::filesystem::remove("/tmp/bf-sandbox-test");  // Of a sandbox that had a hole.
    if (kSanitized) return;
    const test::Scratch scratch;
    const std::string data = scratch.path().string() + "/data";
    furnish(data);
    const auto own = [&data](const char* name) { return data + name; };
    const Sockets sockets = open_sockets();
    const auto in = [](const char* file, int flags) { return [file, flags](const std::string& folder) { return open_for(folder + file, flags); }; };
    const auto at = [](const char* path, int flags) { return [path, flags](const std::string&) { return open_for(path, flags); }; };
    const Attempt attempts[] = {
        // Files: signer, engine, web.
        {"the vault, reading", in("/vault/vault.db", O_RDWR), kWent, kRefused, kRefused},
        {"the vault's key", in("/vault/root.key", O_RDONLY), kWent, kRefused, kRefused},
        {"the vault's key by a detour", in("/journal/../vault/root.key", O_RDONLY), kWent, kRefused, kRefused},
        {"a new file in the vault", in("/vault/new", O_RDWR | O_CREAT), kWent, kRefused, kRefused},
        {"the engine's database", in("/engine.db", O_RDWR), kRefused, kWent, kRefused},
        {"its log", in("/engine.db-wal", O_RDWR), kRefused, kWent, kRefused},
        {"the journal", in("/journal/journal-000000000001", O_RDWR), kRefused, kWent, kRefused},
        {"a new file in the journal", in("/journal/new", O_RDWR | O_CREAT), kRefused, kWent, kRefused},
        {"a new file in the data folder", in("/new", O_RDWR | O_CREAT), kRefused, kRefused, kRefused},
        {"the accounts", in("/web.db", O_RDWR), kRefused, kRefused, kWent},
        {"the certificate's key", in("/tls/key.pem", O_RDONLY), kRefused, kRefused, kWent},
        {"the certificate's key, writing", in("/tls/key.pem", O_RDWR), kRefused, kRefused, kRefused},
        {"who owns this machine's users", at("/etc/shadow", O_RDWR), kRefused, kRefused, kRefused},
        {"this machine's users", at("/etc/passwd", O_RDONLY), kRefused, kWent, kRefused},
        {"a program", at("/bin/true", O_RDWR), kRefused, kRefused, kRefused},
        {"a neighbour's memory", at("/proc/1/mem", O_RDWR), kRefused, kRefused, kRefused},
        {"its own memory", at("/proc/self/mem", O_RDWR), kRefused, kRefused, kRefused},
        {"its environment", at("/proc/self/environ", O_RDONLY), kRefused, kRefused, kRefused},
        {"a file for everybody", at("/tmp/bf-sandbox-test", O_RDWR | O_CREAT), kRefused, kRefused, kRefused},
        {"the folder of root", at("/root", O_RDONLY | O_DIRECTORY), kRefused, kRefused, kRefused},
        {"a device", at("/dev/kmsg", O_RDWR), kRefused, kRefused, kRefused},
        {"removing the vault", [](const std::string& folder) { return outcome(::unlink((folder + "/vault/root.key").c_str())); }, kWent, kRefused, kRefused},
        {"a link to the vault's key", [](const std::string& folder) { return outcome(::link((folder + "/vault/root.key").c_str(), (folder + "/journal/key").c_str())); }, kKilled, kNoSuchCall, kNoSuchCall},
        {"moving the vault's key", [](const std::string& folder) { return outcome(::rename((folder + "/vault/root.key").c_str(), (folder + "/journal/key").c_str())); }, kRefused, kRefused, kNoSuchCall},
        {"a link to follow", [](const std::string& folder) { return outcome(::symlink("/etc/shadow", (folder + "/journal/link").c_str())); }, kKilled, kNoSuchCall, kNoSuchCall},
        {"making the vault public", [](const std::string& folder) { return outcome(::chmod((folder + "/vault/root.key").c_str(), 0644)); }, kKilled, kNoSuchCall, kNoSuchCall},
        // Sockets.
        {"a local socket", [](const std::string&) { return outcome(::socket(AF_UNIX, SOCK_STREAM, 0)); }, kKilled, kWent, kNoSuchCall},
        {"a TCP socket", [](const std::string&) { return outcome(::socket(AF_INET, SOCK_STREAM, 0)); }, kKilled, kWent, kNoSuchCall},
        {"a UDP socket", [](const std::string&) { return outcome(::socket(AF_INET6, SOCK_DGRAM, 0)); }, kKilled, kWent, kNoSuchCall},
        {"a packet socket", [](const std::string&) { return outcome(::socket(AF_PACKET, SOCK_RAW, 0)); }, kKilled, kNoSuchCall, kNoSuchCall},
        {"a socket to a virtual machine's host", [](const std::string&) { return outcome(::socket(AF_VSOCK, SOCK_STREAM, 0)); }, kKilled, kNoSuchCall, kNoSuchCall},
        {"TCP to a port of its own", [](const std::string&) { return connect_to(18999); }, kKilled, kOtherError, kNoSuchCall},
        {"TCP to another port", [](const std::string&) { return connect_to(22); }, kKilled, kRefused, kNoSuchCall},
        {"TCP to mail", [](const std::string&) { return connect_to(25); }, kKilled, kRefused, kNoSuchCall},
        {"connecting a socket that was there", [&sockets](const std::string&) {
             sockaddr nothing{};
             nothing.sa_family = AF_UNSPEC;
             return outcome(::connect(sockets.listener, &nothing, sizeof nothing));
         }, kKilled, kWent, kNoSuchCall},
        {"a message to an address", [&sockets](const std::string&) {
             sockaddr_un place{};
             place.sun_family = AF_UNIX;
             return outcome(::sendto(sockets.pair[0], "x", 1, MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&place), sizeof place));
         }, kOtherError, kOtherError, kNoSuchCall},
        {"a message on a socket that was there", [&sockets](const std::string&) { return outcome(::send(sockets.pair[0], "x", 1, MSG_NOSIGNAL)); }, kWent, kWent, kWent},
        {"listening", [&sockets](const std::string&) { return outcome(::listen(sockets.listener, 1)); }, kKilled, kNoSuchCall, kNoSuchCall},
        // Programs and processes.
        {"another program", [](const std::string&) { return outcome(::execl("/bin/true", "true", nullptr)); }, kKilled, kKilled, kKilled},
        {"itself again", [](const std::string&) { return outcome(::execl("/proc/self/exe", "again", nullptr)); }, kKilled, kKilled, kKilled},
        {"another process", [](const std::string&) { return outcome(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }, kKilled, kNoSuchCall, kNoSuchCall},
        {"another process by the older way", [](const std::string&) { return outcome(::syscall(SYS_vfork)); }, kKilled, kNoSuchCall, kNoSuchCall},
        {"looking into a process", [](const std::string&) { return outcome(::ptrace(PTRACE_ATTACH, anybody(), nullptr, nullptr)); }, kKilled, kKilled, kKilled},
        {"being looked into", [](const std::string&) { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }, kKilled, kKilled, kKilled},
        {"a signal to another", [](const std::string&) { return outcome(::kill(1, 0)); }, kKilled, kNoSuchCall, kNoSuchCall},
        {"a signal to a thread of another", [](const std::string&) { return outcome(::syscall(SYS_tgkill, 1, 1, 0)); }, kKilled, kNoSuchCall, kNoSuchCall},
        {"a new user", [](const std::string&) { return outcome(static_cast<long>(::syscall(SYS_setuid, 0))); }, kKilled, kKilled, kKilled},
        {"a namespace of its own", [](const std::string&) { return outcome(::syscall(SYS_unshare, 0x10000000)); }, kKilled, kKilled, kKilled},
        {"a mount", [](const std::string&) { return outcome(::syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, nullptr)); }, kKilled, kKilled, kKilled},
        {"memory that is code", [](const std::string&) { return outcome(::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0); }, kKilled, kWent, kNoSuchCall},
        {"memory that becomes code", [](const std::string&) {
             void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
             return outcome(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
         }, kKilled, kWent, kNoSuchCall},
        {"the limits of others", [](const std::string&) {
             const std::uint64_t none[2]{0, 0};
             return outcome(::syscall(SYS_prlimit64, 1, 7, none, nullptr));
         }, kNoSuchCall, kNoSuchCall, kNoSuchCall},
        // And what must go on working.
        {"a thread", [](const std::string&) {
             int done = 0;
             std::thread{[&done] { done = 1; }}.join();
             return done == 1 ? kWent : kOtherError;
         }, kWent, kWent, kWent},
        {"memory", [](const std::string&) { return std::vector<char>(32 * 1024 * 1024, 'x').back() == 'x' ? kWent : kOtherError; }, kWent, kWent, kWent},
    };
    for (const auto& attempt : attempts) {
        const std::string what = attempt.what;
        CAPTURE(what);
        const int wanted[] = {attempt.signer, attempt.engine, attempt.web};
        for (std::size_t i = 0; i < std::size(kSandboxes); ++i) {
            const std::string box = kSandboxes[i].name;
            CAPTURE(box);
            std::ofstream{own("/vault/root.key")} << "content";
            std::filesystem::remove(own("/vault/new"));
            std::filesystem::remove(own("/journal/new"));
            const int ended = in_child([&] { return kSandboxes[i].shut_in(data) ? attempt.act(data) : kNotShutIn; });
            CHECK(ended == wanted[i]);
        }
    }
    CHECK_FALSE(std::filesystem::exists("/tmp/bf-sandbox-test"));
    CHECK_FALSE(std::filesystem::exists(own("/journal/key")));
}

TEST_CASE("secrets are in no child's memory") {
    auto secret = crypto::Secret::take("a secret that stays with its process");
    const int found = in_child([&] { return secret.reveal([](std::string_view text) { return std::all_of(text.begin(), text.end(), [](char c) { return c == 0; }); }) ? kWent : kOtherError; });
    CHECK(found == kWent);
    CHECK(secret.reveal([](std::string_view text) { return text == "a secret that stays with its process"; }));
}

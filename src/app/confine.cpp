#include "app/confine.hpp"

#include "sandbox/process.hpp"
#include "wire/http.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bf::app {
namespace {

using sandbox::Call;
using sandbox::CallRules;
using sandbox::FileRule;
using sandbox::FileUse;

namespace fs = std::filesystem;

/// Beneath the data folder, and never the engine's.
constexpr std::string_view kOfOthers[] = {"vault", "tls"};

/// A file that is replaced by renaming is another file afterwards: what is granted is its folder. Links are followed to where they end.
void add_folder_of(std::vector<FileRule>& files, const std::string& path) {
    if (path.empty()) return;
    std::error_code ignored;
    files.push_back({fs::path{path}.parent_path().native(), FileUse::read});
    const auto real = fs::canonical(path, ignored);
    if (!real.empty()) files.push_back({real.parent_path().native(), FileUse::read});
}

/// SQLite's three files, which are there from the opening of the database to the process's end.
void add_database(std::vector<FileRule>& files, const std::string& path) {
    for (const auto* end : {"", "-wal", "-shm"}) files.push_back({path + end, FileUse::read_write});
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

/// What both do: memory, files already open or granted, sockets already open, threads, time.
void add_common(std::vector<Call>& calls) {
    const auto own = static_cast<std::uint64_t>(::getpid());
    for (const auto name : {"read", "write", "readv", "writev", "pread64", "pwrite64", "close", "lseek", "openat", "newfstatat", "fstat", "statx", "fcntl", "fsync", "fdatasync",
                            "ftruncate", "fallocate", "faccessat", "faccessat2", "getcwd", "readlinkat", "getdents64", "unlinkat",
                            "recvfrom", "recvmsg", "sendmsg", "accept4", "shutdown", "getsockopt", "setsockopt", "getsockname", "getpeername",
                            "epoll_wait", "epoll_pwait", "epoll_ctl", "ppoll", "timerfd_settime",
                            "munmap", "mremap", "madvise", "mlock", "munlock", "brk", "futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "membarrier",
                            "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group",
                            "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "getrandom",
                            "sysinfo", "uname", "getrusage",
                            // The names that only x86-64 has for some of the above.
                            "open", "stat", "lstat", "access", "readlink", "unlink", "poll", "time", "accept"})
        calls.push_back({name});
    calls.push_back({"clone", 0, CLONE_THREAD, CLONE_THREAD});
    calls.push_back({"tgkill", 0, own});
    for (const auto request : {FIONBIO, FIONREAD}) calls.push_back({"ioctl", 1, static_cast<std::uint64_t>(request)});
    // Its own limits may be read, not changed: the new ones, in the third argument, are none.
    calls.push_back({"prlimit64", 2, 0});
}

CallRules rules_of(std::vector<Call> calls) {
    CallRules rules;
    rules.allowed = std::move(calls);
    const auto hostile = sandbox::hostile_calls();
    rules.fatal.assign(hostile.begin(), hostile.end());
    // An unforeseen call of a library must not end what watches over open positions: it is refused, and the library has another way.
    rules.otherwise = CallRules::Otherwise::refuse;
    return rules;
}

}  // namespace

std::vector<sandbox::Feature> lose_privileges() { return {sandbox::no_new_privileges(), sandbox::not_dumpable(), sandbox::no_core()}; }

std::vector<sandbox::Feature> fence_in_engine(const ProcessOptions& options, const std::vector<std::string>& urls, const store::ConnectionNeeds& database) {
    sandbox::Fence fence;
    add_database(fence.files, options.data + "/engine.db");
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator{options.data, ignored}) {
        const auto name = entry.path().filename().native();
        if (entry.is_directory(ignored) && std::find(std::begin(kOfOthers), std::end(kOfOthers), name) == std::end(kOfOthers))
            fence.files.push_back({entry.path().native(), FileUse::read_write});
    }
    // Names, certificates, time zones and the libraries that look names up. Whole folders, since such files are replaced while we run.
    for (const auto* path : {"/etc", "/usr/lib", "/usr/lib64", "/usr/share", "/lib", "/lib64", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/sys/devices/system/cpu"})
        fence.files.push_back({path, FileUse::read});
    for (const auto* path : {"/dev/null", "/dev/urandom"}) fence.files.push_back({path, FileUse::read_write});
    if (const auto folder = environment("SSL_CERT_DIR"); !folder.empty()) fence.files.push_back({folder, FileUse::read});
    add_folder_of(fence.files, environment("SSL_CERT_FILE"));
    add_folder_of(fence.files, options.extra_ca_file);
    if (!options.store_url.empty()) {
        const auto home = environment("HOME");
        fence.files.push_back({home + "/.pgpass", FileUse::read});
        fence.files.push_back({home + "/.pg_service.conf", FileUse::read});
        fence.files.push_back({home + "/.postgresql", FileUse::read});
        for (const auto& file : database.files) fence.files.push_back({file, FileUse::read});
        for (const auto& file : database.certificates) add_folder_of(fence.files, file);
        fence.tcp_ports = database.ports;
    }
    fence.tcp_ports.insert(fence.tcp_ports.end(), {53, 443});
    for (const auto& text : urls)
        if (const auto url = wire::Url::parse(text)) fence.tcp_ports.push_back(url->port);
    std::sort(fence.tcp_ports.begin(), fence.tcp_ports.end());
    fence.tcp_ports.erase(std::unique(fence.tcp_ports.begin(), fence.tcp_ports.end()), fence.tcp_ports.end());
    return sandbox::fence_in(fence);
}

CallRules engine_calls() {
    std::vector<Call> calls;
    add_common(calls);
    // Looking names up asks the kernel for our addresses by netlink and the servers by UDP.
    for (const auto domain : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) calls.push_back({"socket", 0, static_cast<std::uint64_t>(domain)});
    for (const auto name : {"connect", "bind", "sendto", "sendmmsg", "mmap", "mprotect", "mkdirat", "mkdir", "renameat", "renameat2", "rename", "fchmod", "statfs", "fstatfs", "fadvise64",
                            "sync_file_range", "copy_file_range", "utimensat", "flock", "pipe2", "eventfd2"})
        calls.push_back({name});
    return rules_of(std::move(calls));
}

std::vector<sandbox::Feature> fence_in_web(const ProcessOptions& options, const std::vector<std::string>& tls_files, std::uint16_t port) {
    sandbox::Fence fence;
    fence.listen_ports = {port};
    add_database(fence.files, options.data + "/web.db");
    for (const auto& file : tls_files) add_folder_of(fence.files, file);
    for (const auto* path : {"/etc/localtime", "/usr/share/zoneinfo", "/dev/null", "/dev/urandom"}) fence.files.push_back({path, FileUse::read});
    return sandbox::fence_in(fence);
}

CallRules web_calls() {
    std::vector<Call> calls;
    add_common(calls);
    // Neither socket nor connect nor listen: it has the sockets it listens on and what comes in there. An address in sendto would be a
    // connection, too. No memory becomes code.
    calls.push_back({"sendto", 4, 0});
    calls.push_back({"mmap", 2, 0, PROT_EXEC});
    calls.push_back({"mprotect", 2, 0, PROT_EXEC});
    return rules_of(std::move(calls));
}

void tell_features(Log& log, const std::vector<sandbox::Feature>& features) {
    std::string on, off;
    for (const auto& feature : features) (feature.on ? on : off) += ((feature.on ? on : off).empty() ? "" : ", ") + feature.name;
    log.note("protections", "Protections of this process: " + on + ".", {{"on", on}, {"off", off}});
    for (const auto& feature : features)
        if (!feature.on) log.note("protection_missing", "This system does not give \"" + feature.name + "\": " + feature.detail + ".", {{"name", feature.name}});
}

}  // namespace bf::app

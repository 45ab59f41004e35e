#include "sandbox/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bf::sandbox {
namespace {

// Debian 12's header ends with the first version; the kernel says which of the later ones it knows.
constexpr std::uint64_t kRefer = 1ULL << 13;     // Version 2.
constexpr std::uint64_t kTruncate = 1ULL << 14;  // Version 3.
constexpr std::uint64_t kIoctlDevice = 1ULL << 15;  // Version 5.
constexpr std::uint64_t kBindTcp = 1ULL << 0;       // Version 4, as the next.
constexpr std::uint64_t kConnectTcp = 1ULL << 1;
constexpr std::uint64_t kScopeAbstractSockets = 1ULL << 0;  // Version 6, as the next.
constexpr std::uint64_t kScopeSignals = 1ULL << 1;
constexpr int kRuleNetPort = 2;

struct Attributes {
    std::uint64_t files;
    std::uint64_t net;
    std::uint64_t scoped;
};
struct PathRule {
    std::uint64_t allowed;
    std::int32_t parent;
} __attribute__((packed));
struct PortRule {
    std::uint64_t allowed;
    std::uint64_t port;
};

constexpr std::uint64_t kAllOfVersion1 = (1ULL << 13) - 1;
constexpr std::uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWriting = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                   LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | kRefer | kTruncate;
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;

Attributes known_to(int version) {
    Attributes known{kAllOfVersion1, 0, 0};
    if (version >= 2) known.files |= kRefer;
    if (version >= 3) known.files |= kTruncate;
    if (version >= 4) known.net = kBindTcp | kConnectTcp;
    if (version >= 5) known.files |= kIoctlDevice;
    if (version >= 6) known.scoped = kScopeAbstractSockets | kScopeSignals;
    return known;
}

bool allow_path(int ruleset, const FileRule& rule, std::uint64_t handled) {
    const int at = ::open(rule.path.c_str(), O_PATH | O_CLOEXEC);
    if (at < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    struct stat found {};
    std::uint64_t wanted = kReading | (rule.use == FileUse::read_write ? kWriting : 0);
    if (::fstat(at, &found) != 0 || !S_ISDIR(found.st_mode)) wanted &= kOfFiles;
    const PathRule path{wanted & handled, at};
    const bool added = ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &path, 0U) == 0;
    ::close(at);
    return added;
}

}  // namespace

int landlock_version() {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0U, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : static_cast<int>(version);
}

std::vector<Feature> fence_in(const Fence& fence) {
    const int version = landlock_version();
    const auto none = [](const std::string& why) {
        return std::vector<Feature>{{"own_files_only", false, why}, {"tcp_fenced", false, why}, {"signals_fenced", false, why}};
    };
    if (version == 0) return none("this kernel has no Landlock");
    const auto known = known_to(version);
    // A kernel takes a larger structure than it knows as long as the rest is zero.
    const long made = ::syscall(SYS_landlock_create_ruleset, &known, sizeof known, 0U);
    if (made < 0) return none(std::string{"Landlock: "} + std::strerror(errno));
    const int ruleset = static_cast<int>(made);
    bool good = std::all_of(fence.files.begin(), fence.files.end(), [&](const FileRule& rule) { return allow_path(ruleset, rule, known.files); });
    const auto allow_port = [&](std::uint64_t right, std::uint16_t port) {
        const PortRule rule{right, port};
        return known.net == 0 || ::syscall(SYS_landlock_add_rule, ruleset, kRuleNetPort, &rule, 0U) == 0;
    };
    for (const auto port : fence.tcp_ports) good = good && allow_port(kConnectTcp, port);
    for (const auto port : fence.listen_ports) good = good && allow_port(kBindTcp, port);
    good = good && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::syscall(SYS_landlock_restrict_self, ruleset, 0U) == 0;
    const std::string why = good ? std::string{} : std::string{"Landlock: "} + std::strerror(errno);
    ::close(ruleset);
    if (!good) return none(why);
    const std::string old = "this kernel's Landlock (version " + std::to_string(version) + ") does not know it";
    std::string ports;
    for (const auto port : fence.tcp_ports) ports += (ports.empty() ? "" : ", ") + std::to_string(port);
    return {{"own_files_only", true, "it reaches its own files and starts no program"},
            {"tcp_fenced", known.net != 0, known.net == 0 ? old : ports.empty() ? "it can't open a TCP connection" : "it can connect to TCP ports " + ports + " only"},
            {"signals_fenced", known.scoped != 0, known.scoped == 0 ? old : "it can't signal other processes"}};
}

}  // namespace bf::sandbox

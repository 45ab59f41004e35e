// The signer: opens the vault, signs typed calls, and links of every exchange the calls half only.
#include "app/child.hpp"
#include "app/log.hpp"
#include "app/processes.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "signer/policy.hpp"
#include "signer/run.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace bf::app {
namespace {

class SystemClock final : public ports::Clock {
public:
    [[nodiscard]] Instant wall() const override {
        return Instant::from_ms(std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    }
    [[nodiscard]] std::chrono::microseconds steady() const override {
        return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
    }
};

/// What the service manager hands to this service alone (systemd's LoadCredential=), if it does.
std::filesystem::path credential(const char* name) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder != '/') return {};
    const auto file = std::filesystem::path{folder} / name;
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? file : std::filesystem::path{};
}

}  // namespace

int signer_process(const ProcessOptions& options) {
    name_process("bf-signer");
    SystemClock clock;
    signer::ArgumentRules policy;
    signer::Options run{.calls_of = [](exchange::ExchangeId id) { return exchange::calls_of(id); },
                        .policy = policy,
                        .clock = clock,
                        .simulated_only = !options.demo_admin.empty()};
    // A pointer, since the signer takes nothing that could hold more than words.
    if (options.json_log) run.complain = [](const std::string& sentence) { Log{"signer", Log::Form::json}.say(Log::Level::error, "stopped", sentence); };
    if (options.data.empty() || options.one_peer)
        run.socket = kSignerFd;
    else
        run.listen_at = signer_socket(options.data);
    if (!options.data.empty())
        run.vault = signer::VaultPlace{.folder = options.data + "/vault", .key_file = credential("backfuture.root-key"), .passphrase_file = credential("backfuture.passphrase"),
                                       .restoring = options.restoring};
    return signer::run(run);
}

}  // namespace bf::app

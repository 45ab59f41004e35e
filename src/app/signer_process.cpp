// The signer: opens the vault, signs typed calls, and links of every exchange the calls half only.
#include "app/child.hpp"
#include "app/processes.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "signer/policy.hpp"
#include "signer/run.hpp"

#include <chrono>

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

}  // namespace

int signer_process(const std::string& vault_folder) {
    name_process("bf-signer");
    SystemClock clock;
    signer::ArgumentRules policy;
    signer::Options options{.socket = kSignerFd, .calls_of = [](exchange::ExchangeId id) { return exchange::calls_of(id); }, .policy = policy, .clock = clock};
    if (!vault_folder.empty()) {
        options.kind = signer::Options::Socket::listening;
        options.vault = signer::VaultPlace{.folder = vault_folder, .key_file = {}};
    }
    return signer::run(options);
}

}  // namespace bf::app

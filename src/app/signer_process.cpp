// The signer: opens the vault, signs typed calls, and links of every exchange the calls half only.
#include "app/backup_reader.hpp"
#include "app/child.hpp"
#include "app/exit_code.hpp"
#include "app/log.hpp"
#include "app/processes.hpp"
#include "app/signer_command.hpp"
#include "app/signer_place.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "signer/policy.hpp"
#include "signer/run.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

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

/// Written here and not by Log: what its library asks of the kernel is not on the signer's list of calls.
void say_in_json(signer::Saying what, const char* event, const std::string& sentence) {
    const auto line = json_line(SystemClock{}.wall().ms(), what == signer::Saying::news ? Log::Level::info : Log::Level::error, "signer", event, sentence, {}) + '\n';
    static_cast<void>(::write(STDERR_FILENO, line.data(), line.size()) < 0);
}

/// One that has a user of its own.
struct Alone {
    std::string socket;
    uid_t guest;
    int lock;
};

int run_signer(const ProcessOptions& options, const std::optional<Alone>& alone) {
    SystemClock clock;
    signer::ArgumentRules policy;
    signer::Options run{.calls_of = [](exchange::ExchangeId id) { return exchange::calls_of(id); },
                        .policy = policy,
                        .clock = clock,
                        .simulated_only = !options.demo_admin.empty()};
    if (options.json_log) run.say = say_in_json;
    if (alone) {
        run.listen_at = alone->socket;
        run.guest = alone->guest;
        run.lock = alone->lock;
    } else if (options.data.empty() || options.one_peer)
        run.socket = kSignerFd;
    else
        run.listen_at = signer_socket(options.data);
    if (!options.data.empty())
        run.vault = signer::VaultPlace{.folder = options.data + "/vault", .key_file = credential("backfuture.root-key"), .passphrase_file = credential("backfuture.passphrase"),
                                       .restoring = options.restoring};
    return signer::run(run);
}

Result<Alone> stand_alone(const SignerOptions& options) {
    if (options.socket.empty() || options.socket.front() != '/') return bad_input("--socket must be a whole path.");
    BF_TRY(const auto guest, read_user(options.engine_user));
    if (guest == ::geteuid()) return bad_input("--engine-user is the user that this signer runs as: a signer without a user of its own is started by `backfuture serve`.");
    BF_TRY_VOID(prepare_folder(options.data));
    BF_TRY(const int lock, lock_folder(options.data));
    if (::access((options.data + "/" + kUnfinishedRestore).c_str(), F_OK) == 0)
        return Unexpected{Error{ErrorKind::conflict, "A restore into " + options.data + " was not finished: empty the folder and restore the backup again.", Fate::not_sent, "restore_unfinished"}};
    BF_TRY_VOID(prepare_folder(options.data + "/vault"));
    BF_TRY_VOID((SignerPlace{options.socket, ::geteuid()}.keep(options.data)));
    return Alone{options.socket, guest, lock};
}

}  // namespace

int signer_process(const ProcessOptions& options) {
    name_process("bf-signer");
    return run_signer(options, std::nullopt);
}

int signer(const SignerOptions& options) {
    name_process("bf-signer");
    auto alone = stand_alone(options);
    if (!alone) {
        Log{"signer", options.json_log ? Log::Form::json : Log::Form::people}.say(Log::Level::error, "stopped", alone.error().detail);
        return alone.error().kind == ErrorKind::bad_input ? kUsage : kFailed;
    }
    ProcessOptions process;
    process.data = options.data;
    process.json_log = options.json_log;
    return run_signer(process, *alone);
}

}  // namespace bf::app

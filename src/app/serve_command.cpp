#include "app/serve_command.hpp"

#include "app/alarm_command.hpp"
#include "app/backup_reader.hpp"
#include "app/child.hpp"
#include "app/exit_code.hpp"
#include "app/listen_option.hpp"
#include "app/log.hpp"
#include "app/pulse.hpp"
#include "app/routes_option.hpp"
#include "app/signer_place.hpp"
#include "app/usage_error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "net/local_socket.hpp"
#include "signer/backing.hpp"
#include "store/postgresql.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bf::app {
namespace {

using Steady = std::chrono::steady_clock;
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5000};
/// One that lived this long starts again without a pause.
constexpr milliseconds kStable{10000};

struct Pipe {
    net::Fd read;
    net::Fd write;
};
Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Unexpected{Error{ErrorKind::io, "A pipe could not be made."}};
    return Pipe{net::Fd{ends[0]}, net::Fd{ends[1]}};
}

struct Child {
    const char* name;
    std::vector<std::string> arguments;
    enum class Reports : std::uint8_t { never, on_ready_fd, on_stdout } reports{Reports::on_ready_fd};
    pid_t pid{0};
    net::Fd report;  ///< Our end of its pipe.
    std::string said;
    std::optional<std::string> ready;
    std::optional<std::string> failure;  ///< Why it could not start, in its own words.
    bool up{false};  ///< In this life: it is heard of regularly from then on.
    int unheard{0};  ///< So many looks in a row found nothing of it.
    Steady::time_point started{};
    Steady::time_point start_at{};
    milliseconds pause{0};
};

class Supervisor {
public:
    explicit Supervisor(const ServeOptions& options)
        : options_{options}, log_{"serve", options.process.json_log ? Log::Form::json : Log::Form::people}, alarms_{options.alarm_command, log_} {
        options_.process.tls_self_signed = options.tls == "self-signed";
    }
    int run();

private:
    Status check() const;
    Status prepare();
    Status settle_use() const;
    /// Whose signer it is: started here, or another user's. The folder and the words must agree, so that nobody makes an empty vault beside the
    /// full one.
    Status settle_signer();
    /// Says why it can't go on; with --json on standard output too.
    int give_up(int status, const std::string& sentence);
    void plan();
    Status start(Child& child);
    /// Waits for what a child reports.
    void read_report(Child& child);
    void hear_alarms(Child& child);
    /// Reads what it has reported, without waiting.
    void drain(Child& child);
    /// Ends those that have not been heard of for too long; reap() starts them again.
    void end_hung();
    /// The exit status to end with, if the death of this child means that.
    std::optional<int> reap();
    void start_due();
    int wait_for_ready(Child& child);
    int watch();
    void announce();
    void end_all();
    void remove_empty_logs() const;
    [[nodiscard]] Child* named(std::string_view name);

    ServeOptions options_;
    Log log_;
    AlarmCommand alarms_;
    net::Fd signals_;
    std::vector<Child> children_;
    std::string simulator_admin_;
    bool announced_{false};
    Steady::time_point look_at_{};  ///< For those that hang.
};

Status Supervisor::check() const {
    BF_TRY(const auto listen, read_listen(options_.process.listen));
    const auto& process = options_.process;
    if (process.tls_certificate.empty() != process.tls_key.empty()) return bad_input("--tls-cert and --tls-key go together: one is missing.");
    if (process.tls_self_signed && !process.tls_certificate.empty()) return bad_input("Either --tls self-signed or a certificate of your own with --tls-cert, not both.");
    BF_TRY_VOID(check_protected(listen, {process.tls_self_signed || !process.tls_certificate.empty(), process.behind_tls_proxy}));
    BF_TRY_VOID(read_exchange_urls(options_.process.exchange_urls));
    // Whatever it is, it is not repeated: a password may stand in it.
    const std::string_view address{process.store_url};
    if (!address.empty() && !address.starts_with("postgresql://") && !address.starts_with("postgres://"))
        return bad_input("--store takes postgresql://USER@HOST/NAME; without it the database is a file in the data folder.");
    if (!address.empty()) BF_TRY_VOID(store::postgresql_address(process.store_url));
    const auto& command = options_.alarm_command;
    if (!command.empty() && (command.front() != '/' || ::access(command.c_str(), X_OK) != 0))
        return bad_input("--alarm-command must be the whole path of a program that may be run, not '" + command + "'. It is given no arguments: put what it needs into a script.");
    if (process.signer_at.empty() != process.signer_user.empty()) return bad_input("--signer-socket and --signer-user go together: one is missing.");
    if (process.signer_at.empty()) return {};
    if (options_.demo) return bad_input("--demo starts a signer of its own, which takes no real keys: leave --signer-socket away.");
    if (process.signer_at.front() != '/') return bad_input("--signer-socket must be a whole path.");
    BF_TRY(const auto user, read_user(process.signer_user));
    if (user == ::geteuid()) return bad_input("--signer-user is the user that this server runs as: leave it and --signer-socket away, then it starts a signer itself.");
    return {};
}

Status Supervisor::settle_signer() {
    const auto& process = options_.process;
    const auto vault = process.data + "/vault";
    if (process.signer_at.empty()) {
        if (SignerPlace::is_kept(process.data))
            return Unexpected{Error{ErrorKind::conflict, "The keys of " + process.data + " are held by a signer under another user: start it with the --signer-socket and --signer-user it had before. "
                                    "If the vault was moved back to " + vault + ", remove " + process.data + "/signer.json first.", Fate::not_sent, "signers_user"}};
        return prepare_folder(vault);
    }
    if (::access((vault + "/" + signer::kVaultFile).c_str(), F_OK) == 0)
        return Unexpected{Error{ErrorKind::conflict, "There is a vault in " + vault + ", and --signer-socket says that the keys are held elsewhere: move the folder vault to the data folder of " +
                                process.signer_user + " first, and make it that user's (docs/guide/server.md).", Fate::not_sent, "vault_here"}};
    BF_TRY(const auto user, read_user(process.signer_user));
    return SignerPlace{process.signer_at, user}.keep(process.data);
}

int Supervisor::give_up(int status, const std::string& sentence) {
    log_.say(Log::Level::error, "stopped", sentence);
    if (options_.json) {
        std::string json;
        wire::JsonWriter{json}.begin_object().member("error", sentence).end_object();
        std::puts(status == kUsage ? usage_json(sentence).c_str() : json.c_str());
    }
    return status;
}

/// Real connections would be tried at simulated exchanges and told to have failed there, a demo's at the real ones: which of the two a
/// folder is, its first start decides.
Status Supervisor::settle_use() const {
    const auto& data = options_.process.data;
    const auto mark = [&data](bool demo) { return data + (demo ? "/demo" : "/not-a-demo"); };
    if (::access(mark(!options_.demo).c_str(), F_OK) == 0)
        return Unexpected{Error{ErrorKind::conflict,
                                options_.demo ? "The folder " + data + " is not a demo's, it was used without --demo: leave --data away, then the demo has a folder of its own, or name an empty one."
                                              : "The folder " + data + " is a demo's: start it with --demo, or choose another --data.",
                                Fate::not_sent, "demo_folder"}};
    // A disk that is full has other things to say.
    if (const int file = ::open(mark(options_.demo).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); file >= 0) ::close(file);
    return {};
}

Status Supervisor::prepare() {
    BF_TRY_VOID(prepare_folder(options_.process.data));
    BF_TRY_VOID(lock_folder(options_.process.data));
    if (::access((options_.process.data + "/" + kUnfinishedRestore).c_str(), F_OK) == 0)
        return Unexpected{Error{ErrorKind::conflict, "A restore into " + options_.process.data + " was not finished: empty the folder and restore the backup again.", Fate::not_sent, "restore_unfinished"}};
    BF_TRY_VOID(settle_use());
    BF_TRY_VOID(prepare_folder(options_.process.data + "/run"));
    BF_TRY_VOID(settle_signer());
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&signals, number);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    signals_ = net::Fd{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
    return {};
}

Child* Supervisor::named(std::string_view name) {
    for (auto& child : children_)
        if (child.name == name) return &child;
    return nullptr;
}

void Supervisor::plan() {
    const auto& process = options_.process;
    std::vector<std::string> shared{"--data", process.data};
    if (!process.store_url.empty()) shared.insert(shared.end(), {"--store", process.store_url});
    for (const auto& url : process.exchange_urls) shared.insert(shared.end(), {"--exchange-url", url});
    for (const auto& host : process.hosts) shared.insert(shared.end(), {"--host", host});
    if (!process.address_echo.empty()) shared.insert(shared.end(), {"--address-echo", process.address_echo});
    if (!process.extra_ca_file.empty()) shared.insert(shared.end(), {"--exchange-ca", process.extra_ca_file});
    shared.insert(shared.end(), {"--listen", process.listen});
    if (process.json_log) shared.emplace_back("--json-log");
    if (!simulator_admin_.empty()) shared.insert(shared.end(), {"--demo-admin", simulator_admin_});
    const auto with = [&shared](const char* command) {
        std::vector<std::string> arguments{command};
        arguments.insert(arguments.end(), shared.begin(), shared.end());
        return arguments;
    };
    auto engine = with("engine-process");
    if (process.signer_at.empty())
        children_.push_back({.name = "signer", .arguments = with("signer-process"), .reports = Child::Reports::never});
    else
        engine.insert(engine.end(), {"--signer-socket", process.signer_at, "--signer-user", process.signer_user});
    engine.insert(engine.end(), {"--keep-blocked", std::to_string(process.keep_blocked)});
    children_.push_back({.name = "engine", .arguments = std::move(engine)});
    auto web = with("web-process");
    if (!process.tls_certificate.empty()) web.insert(web.end(), {"--tls-cert", process.tls_certificate, "--tls-key", process.tls_key});
    if (process.tls_self_signed) web.emplace_back("--tls-self-signed");
    if (process.behind_tls_proxy) web.emplace_back("--behind-tls-proxy");
    if (!process.breached_passwords.empty()) web.insert(web.end(), {"--breached-passwords", process.breached_passwords});
    children_.push_back({.name = "web", .arguments = std::move(web)});
}

Status Supervisor::start(Child& child) {
    ChildPlan plan{.arguments = child.arguments};
    Pipe pipe;
    if (child.reports != Child::Reports::never) {
        BF_TRY(pipe, make_pipe());
        plan.fds.push_back({pipe.write.get(), child.reports == Child::Reports::on_stdout ? STDOUT_FILENO : kReadyFd});
    }
    // Our own standard output belongs to the one ready line.
    if (child.reports != Child::Reports::on_stdout) plan.fds.push_back({STDERR_FILENO, STDOUT_FILENO});
    BF_TRY(child.pid, start_child(plan));
    child.started = Steady::now();
    child.said.clear();
    child.failure.reset();
    child.up = false;
    child.report = std::move(pipe.read);
    return {};
}

void Supervisor::read_report(Child& child) {
    char buffer[4096];
    const auto got = ::read(child.report.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) child.report = net::Fd{};
    child.unheard = 0;
    if (got <= 0) return;
    child.said.append(buffer, static_cast<std::size_t>(got));
    if (child.up) return hear_alarms(child);
    const auto line = child.said.find('\n');
    if (line == std::string::npos) return;
    const bool failed = child.said.starts_with(kFailureMark);
    (failed ? child.failure : child.ready) = child.said.substr(failed ? kFailureMark.size() : 0, line - (failed ? kFailureMark.size() : 0));
    child.up = !failed && child.reports == Child::Reports::on_ready_fd;
    if (!child.up) child.report = net::Fd{};
    child.said.erase(0, line + 1);
    hear_alarms(child);
}

void Supervisor::hear_alarms(Child& child) {
    auto& said = child.said;
    while (true) {
        said.erase(0, said.find_first_not_of(kAlive));
        const auto end = said.find('\n');
        if (end == std::string::npos) break;
        if (said.front() == kAlarmMark && std::string_view{child.name} == "engine") alarms_.tell(said.substr(1, end - 1));
        said.erase(0, end + 1);
    }
    if (said.size() > kReportMax) said.clear();
}

void Supervisor::drain(Child& child) {
    pollfd polled{child.report.get(), POLLIN, 0};
    while (child.report.is_open() && ::poll(&polled, 1, 0) > 0) read_report(child);
}

// Counted in looks, not by the clock: a machine that slept, or held us up, says nothing about the others.
void Supervisor::end_hung() {
    if (options_.hung_after == 0 || Steady::now() < look_at_) return;
    look_at_ = Steady::now() + Pulse::kEvery;
    for (auto& child : children_) {
        if (!child.up || child.pid == 0 || ++child.unheard * Pulse::kEvery <= seconds{options_.hung_after}) continue;
        log_.say(Log::Level::error, "process_hangs", "The " + std::string{child.name} + " process has not been heard of for " + std::to_string(options_.hung_after) + " s: it is ended.",
                 {{"child", child.name}});
        ::kill(child.pid, SIGKILL);
        child.up = false;
    }
}

std::optional<int> Supervisor::reap() {
    while (true) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid <= 0) return std::nullopt;
        if (alarms_.ended(pid, status)) continue;
        for (auto& child : children_) {
            if (child.pid != pid) continue;
            child.pid = 0;
            drain(child);
            child.report = net::Fd{};
            const bool exited = WIFEXITED(status);
            // What can't even start once would only repeat its sentence if it were started over and over.
            if (!child.ready && !announced_) {
                const std::string unsaid = "The " + std::string{child.name} + " process could not start.";
                return give_up(exited && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : kFailed, child.failure.value_or(unsaid));
            }
            if (child.failure) log_.say(Log::Level::error, "not_started", *child.failure, {{"child", child.name}});
            const auto lived = std::chrono::duration_cast<milliseconds>(Steady::now() - child.started);
            child.pause = lived > kStable ? milliseconds{0} : std::clamp(child.pause * 2, kFirstPause, kLongestPause);
            child.start_at = Steady::now() + child.pause;
            const int number = exited ? WEXITSTATUS(status) : WTERMSIG(status);
            const std::string how = exited ? "status" : "signal";
            log_.say(Log::Level::warning, "process_ended", "The " + std::string{child.name} + " process ended (" + how + " " + std::to_string(number) + "); it is started again.",
                     {{"child", child.name}, {how, number}});
            const std::string name{child.name};
            alarms_.tell("PROCESS_ENDED", "warning", "The " + name + " process ended; it is started again.", "Het proces " + name + " is gestopt; het wordt opnieuw gestart.");
        }
    }
}

void Supervisor::start_due() {
    for (auto& child : children_) {
        if (child.pid != 0 || Steady::now() < child.start_at) continue;
        if (auto started = start(child); !started) {
            log_.say(Log::Level::error, "not_started", started.error().detail, {{"child", child.name}});
            child.start_at = Steady::now() + kLongestPause;
        }
    }
}

void Supervisor::announce() {
    const Child* web = named("web");
    const Child* engine = named("engine");
    if (announced_ || !web->ready || !engine->ready) return;
    announced_ = true;
    alarms_.tell("STARTED", "info", "BackFuture is started, and tells this command of its alarms.", "BackFuture is gestart, en meldt dit programma zijn alarmen.");
    const auto words = split(*web->ready, ' ');
    if (words.size() != 4) return;
    const auto fingerprint = words[3] == "-" ? std::nullopt : std::optional{std::string{words[3]}};
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("ready", true).member("url", words[1]);
    out.member("set_up_code", words[2] == "-" ? std::nullopt : std::optional{std::string{words[2]}});
    if (fingerprint) out.member("tls_fingerprint", *fingerprint);
    if (options_.demo) out.member("simulator_admin", simulator_admin_);
    out.end_object();
    std::puts(json.c_str());
    std::fflush(stdout);
    const std::string url{words[1]};
    log_.say(Log::Level::info, "ready", std::string{"BackFuture"} + (options_.demo ? " (demo: simulated exchanges)" : "") + " is at " + url, {{"url", url}});
    if (fingerprint && options_.process.tls_self_signed)
        log_.say(Log::Level::info, "certificate", "Your browser will warn once. The certificate it shows must have this SHA-256 fingerprint: " + *fingerprint, {{"fingerprint", *fingerprint}});
    // It opens the door: a log that is collected elsewhere must not hold it. Programs find it on standard output.
    if (words[2] != "-" && log_.form() == Log::Form::people) log_.say(Log::Level::info, "set_up", "One-time set-up code: " + std::string{words[2]});
}

int Supervisor::watch() {
    while (true) {
        start_due();
        std::vector<pollfd> polled{{signals_.get(), POLLIN, 0}};
        std::vector<Child*> reporting;
        for (auto& child : children_)
            if (child.report.is_open()) {
                polled.push_back({child.report.get(), POLLIN, 0});
                reporting.push_back(&child);
            }
        const bool waiting = std::any_of(children_.begin(), children_.end(), [](const Child& child) { return child.pid == 0; });
        ::poll(polled.data(), polled.size(), waiting ? 50 : alarms_.is_busy() ? 500 : static_cast<int>(Pulse::kEvery.count()));
        for (std::size_t i = 0; i < reporting.size(); ++i)
            if (polled[i + 1].revents != 0) read_report(*reporting[i]);
        end_hung();
        alarms_.tick(Steady::now());
        signalfd_siginfo info{};
        bool ended = false;
        while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) ended = ended || info.ssi_signo != SIGCHLD;
        if (ended) return kDone;
        if (const auto status = reap()) return *status;
        announce();
    }
}

void Supervisor::end_all() {
    for (auto& child : children_)
        if (child.pid != 0) ::kill(child.pid, SIGTERM);
    const auto patience = Steady::now() + seconds{2};
    for (auto& child : children_) {
        while (child.pid != 0 && Steady::now() < patience && ::waitpid(child.pid, nullptr, WNOHANG) == 0) ::poll(nullptr, 0, 5);
        if (child.pid == 0) continue;
        ::kill(child.pid, SIGKILL);
        ::waitpid(child.pid, nullptr, 0);
    }
}

/// What the processes could not remove themselves. A log with content belongs to a process that was killed: the next start reads it.
void Supervisor::remove_empty_logs() const {
    for (const auto* name : {"/engine.db", "/web.db"}) {
        const auto file = options_.process.data + name;
        struct stat log {};
        if (::stat((file + "-wal").c_str(), &log) != 0 || log.st_size != 0) continue;
        ::unlink((file + "-wal").c_str());
        ::unlink((file + "-shm").c_str());
    }
}

/// Starts the simulated exchanges and waits for their addresses.
int Supervisor::wait_for_ready(Child& child) {
    if (auto started = start(child); !started) {
        log_.say(Log::Level::error, "not_started", started.error().detail, {{"child", child.name}});
        return kFailed;
    }
    while (!child.ready) {
        if (!child.report.is_open()) return kFailed;
        read_report(child);
    }
    const auto json = wire::Json::parse(*child.ready);
    if (!json) return kFailed;
    simulator_admin_ = (*json)["admin"].text().value_or("");
    const auto exchanges = (*json)["exchanges"];
    for (std::size_t i = 0; i < exchanges.size(); ++i)
        options_.process.exchange_urls.push_back(std::string{exchanges.name_at(i)} + "=" + std::string{exchanges.at(i).text().value_or("")});
    return kDone;
}

int Supervisor::run() {
    if (auto checked = check(); !checked) return give_up(kUsage, checked.error().detail);
    if (auto prepared = prepare(); !prepared) return give_up(kFailed, prepared.error().detail);
    if (options_.demo) {
        children_.push_back({.name = "simulator", .arguments = {"simulate", "--listen", "127.0.0.1:0"}, .reports = Child::Reports::on_stdout});
        if (options_.process.json_log) children_.front().arguments.emplace_back("--json-log");
        if (const int status = wait_for_ready(children_.front()); status != kDone) {
            end_all();
            return give_up(status, "The simulated exchanges did not start.");
        }
        // Its addresses are in the other processes' arguments: started again it must listen where it did.
        const auto port = simulator_admin_.substr(7, simulator_admin_.find('/', 7) - 7);
        children_.front().arguments[2] = port;
    }
    plan();
    const int status = watch();
    end_all();
    remove_empty_logs();
    return status;
}

}  // namespace

int serve(const ServeOptions& options) {
    name_process("backfuture");
    return Supervisor{options}.run();
}

}  // namespace bf::app

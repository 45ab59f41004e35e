// The web process: the dashboard, sessions and the public face of the API. No secrets, no network but its own listening socket.
#include "app/child.hpp"
#include "app/confine.hpp"
#include "app/exit_code.hpp"
#include "app/listen_option.hpp"
#include "app/log.hpp"
#include "app/processes.hpp"
#include "app/pulse.hpp"
#include "app/tls_files.hpp"
#include "base/text.hpp"
#include "net/local.hpp"
#include "net/server.hpp"
#include "sandbox/process.hpp"
#include "server/headers.hpp"
#include "server/web.hpp"
#include "server/web_facts.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace bf::app {
namespace {

constexpr milliseconds kEnginePatience{30000};

server::ApiReply engine_away() { return server::problem_reply(503, "engine_away", "Not reachable", "The engine process is starting; try again in a moment."); }

/// The questions to the engine that wait for their answers. The engine comes to us: this process can open no connection.
class EngineLink final : private net::LinkServer::Events {
public:
    using Done = std::function<void(server::ApiReply)>;
    explicit EngineLink(net::Loop& loop) : loop_{loop} {}
    Status open(const std::string& path) {
        BF_TRY(links_, net::LinkServer::open(loop_, path, *this));
        return {};
    }

    void ask(server::ApiRequest request, Done done) {
        if (engine_ == kNobody) return done(engine_away());
        const auto id = ++last_;
        const auto timer = loop_.after(kEnginePatience, [this, id] { answer(id, engine_away()); });
        waiting_[id] = {std::move(done), timer};
        links_->send(engine_, server::encode(server::LinkQuestion{id, std::move(request)}));
    }
    std::function<void(const server::LinkEvent&)> on_event;
    std::function<void(bool)> on_reachable;

private:
    static constexpr net::LinkServer::Id kNobody = 0;
    struct Waiting {
        Done done;
        ports::Timers::Id timer;
    };
    void on_joined(net::LinkServer::Id id) override {
        // An engine that was started again: the link of the one before is dead or will be.
        if (engine_ != kNobody) {
            links_->drop(engine_);
            lose();
        }
        engine_ = id;
        links_->send(id, server::wants_events());
        on_reachable(true);
    }
    void on_message(net::LinkServer::Id id, std::string_view message) override {
        if (id != engine_) return;
        auto decoded = server::decode_from_engine(message);
        if (!decoded) return;
        if (const auto* event = std::get_if<server::LinkEvent>(&*decoded)) return on_event(*event);
        auto& reply = std::get<server::LinkAnswer>(*decoded);
        answer(reply.id, std::move(reply.reply));
    }
    void on_left(net::LinkServer::Id id) override {
        if (id == engine_) lose();
    }
    void lose() {
        engine_ = kNobody;
        for (auto& [id, waiting] : std::exchange(waiting_, {})) {
            loop_.cancel(waiting.timer);
            waiting.done(engine_away());
        }
        on_reachable(false);
    }
    void answer(std::uint64_t id, server::ApiReply reply) {
        const auto found = waiting_.find(id);
        if (found == waiting_.end()) return;
        auto waiting = std::move(found->second);
        waiting_.erase(found);
        loop_.cancel(waiting.timer);
        waiting.done(std::move(reply));
    }

    net::Loop& loop_;
    std::uint64_t last_{0};
    net::LinkServer::Id engine_{kNobody};
    std::map<std::uint64_t, Waiting> waiting_;
    std::unique_ptr<net::LinkServer> links_;
};

/// Not with a self-signed certificate: browsers that were told so let nobody pass once it changes.
bool setup_hsts(const ProcessOptions& options) { return !options.tls_certificate.empty() || options.behind_tls_proxy; }

/// Under which names the certificate must be good, without ports.
std::vector<std::string> names_of(const ProcessOptions& options, const Listen& listen) {
    std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
    const bool anywhere = listen.address == "0.0.0.0" || listen.address == "::";
    if (!anywhere && std::find(names.begin(), names.end(), listen.address) == names.end()) names.push_back(listen.address);
    for (const auto& host : options.hosts) names.push_back(to_lower(host.substr(0, host.rfind(':') == std::string::npos || host.ends_with(']') ? host.size() : host.rfind(':'))));
    return names;
}

std::string in_url(const std::string& name) { return name.find(':') == std::string::npos ? name : "[" + name + "]"; }

/// The command line of the user who owns the data folder: needs no password, so nobody is locked out of the own machine.
class Console final : public net::LinkServer::Events {
public:
    std::function<void()> on_done{[] {}};  ///< After each answer.
    Status open(net::Loop& loop, const std::string& path) {
        BF_TRY(links_, net::LinkServer::open(loop, path, *this));
        return {};
    }
    /// The socket is there first, since it can't be made any more once the process has shut itself in.
    void serve(server::AccountApi& api) { api_ = &api; }

private:
    void on_message(net::LinkServer::Id id, std::string_view message) override {
        auto decoded = server::decode_to_engine(message);
        const auto* question = decoded ? std::get_if<server::LinkQuestion>(&*decoded) : nullptr;
        constexpr std::string_view kApi = "/api/v1/";
        if (question == nullptr || api_ == nullptr) return links_->drop(id);
        const auto answer = [this, id, number = question->id](server::AccountApi::Outcome outcome) {
            links_->send(id, server::encode(server::LinkAnswer{number, std::move(outcome.reply)}));
            on_done();
        };
        const auto& path = question->request.path;
        const bool ours = path.starts_with(kApi) && server::AccountApi::serves(std::string_view{path}.substr(kApi.size(), path.find('/', kApi.size()) - kApi.size()));
        if (!ours) return answer({server::problem_reply(404, "not_found", "Not found", "There is no such path.")});
        auto request = question->request;
        request.actor = server::Actor::at_the_console();
        api_->handle(request, {request.actor, {}, {}}, {}, answer);
    }

    server::AccountApi* api_{nullptr};
    std::unique_ptr<net::LinkServer> links_;
};

/// What only this process knows, for the findings: told to each engine that comes, and again when it changes.
class WebNews {
public:
    WebNews(const server::Accounts& accounts, EngineLink& engine) : accounts_{accounts}, engine_{engine} {}
    void tell() {
        server::WebFacts facts;
        for (const auto& [name, person] : accounts_.people())
            if (person.role == server::Role::owner) facts.owners.push_back(name);
        if (certificate_until) facts.certificate_until = certificate_until();
        if (facts == told_) return;
        told_ = facts;
        engine_.ask(server::web_facts_request(facts), [this](const server::ApiReply& reply) {
            if (const auto hooks = server::hooks_told(reply)) on_hooks(*hooks);
        });
    }
    void tell_anew() {
        told_.reset();
        tell();
    }
    std::function<void(const std::vector<std::string>&)> on_hooks{[](const std::vector<std::string>&) {}};  ///< The addresses of signals, as the engine answers.
    std::function<Instant()> certificate_until{};  ///< Empty: there is none of our own.

private:
    const server::Accounts& accounts_;
    EngineLink& engine_;
    std::optional<server::WebFacts> told_;
};

/// Sign-ins and changes of accounts, for whoever reads the log.
void log_line(Log& log, const server::AuditLine& line) {
    const bool refused = line.event == "sign_in_refused" || line.event == "code_refused" || line.event == "breached_list";
    log.say(refused ? Log::Level::warning : Log::Level::info, line.event, line.sentence, {{"account", line.account}, {"by", line.by}, {"address", line.address}});
}

Status serve(const ProcessOptions& options) {
    net::Loop loop;
    Log log{"web", options.json_log ? Log::Form::json : Log::Form::people};
    sandbox::raise_descriptor_limit();  // Many sockets are open at once.
    BF_TRY(const auto listen, read_listen(options.listen));
    const bool own_tls = options.tls_self_signed || !options.tls_certificate.empty();
    BF_TRY_VOID(check_protected(listen, {own_tls, options.behind_tls_proxy}));
    BF_TRY(const auto tls, prepare_tls(options, names_of(options, listen)));
    BF_TRY(auto accounts, server::Accounts::open(options.data + "/web.db", loop, loop));
    std::optional<server::BreachedPasswords> breached;
    if (!options.breached_passwords.empty()) {
        BF_TRY(breached, server::BreachedPasswords::open(options.breached_passwords));
    }
    EngineLink engine{loop};
    BF_TRY_VOID(engine.open(dashboard_socket(options.data)));
    Console console;
    BF_TRY_VOID(console.open(loop, web_socket(options.data)));
    // Before there is a second thread, which would stay outside.
    auto features = lose_privileges();
    for (auto& feature : fence_in_web(options, tls ? std::vector{tls->certificate, tls->key} : std::vector<std::string>{}, listen.port)) features.push_back(std::move(feature));
    const auto desk = server::make_password_desk(loop, std::move(breached));
    server::AccountApi::Setup account_setup;
    account_setup.demo = !options.demo_admin.empty();
    account_setup.factor = [&engine](const server::FactorQuestion& question, std::function<void(server::FactorAnswer)> done) {
        engine.ask(server::to_request(question), [done = std::move(done)](const server::ApiReply& reply) { done(server::factor_answer(reply)); });
    };
    WebNews news{*accounts, engine};
    account_setup.audit = [&log, &news](const server::AuditLine& line) {
        log_line(log, line);
        news.tell();
    };
    server::AccountApi account_api{*accounts, *desk, loop, std::move(account_setup)};
    console.serve(account_api);
    server::Web::Setup setup;
    setup.secure = own_tls || options.behind_tls_proxy;
    setup.engine = [&engine](server::ApiRequest request, std::function<void(server::ApiReply)> done) { engine.ask(std::move(request), std::move(done)); };
    server::Web web{*accounts, account_api, loop, std::move(setup)};
    console.on_done = [&web] { web.close_ended(); };
    news.on_hooks = [&web](const std::vector<std::string>& hashes) { web.know_hooks(hashes); };
    engine.on_event = [&web](const server::LinkEvent& event) { web.on_event(event); };
    net::ServerOptions server_options;
    server_options.address = listen.address;
    server_options.port = listen.port;
    if (tls) {
        server_options.certificate_file = tls->certificate;
        server_options.key_file = tls->key;
    }
    if (setup_hsts(options)) server_options.always.push_back(server::strict_transport());
    BF_TRY(const auto server, net::Server::open(loop, std::move(server_options), web));
    const std::string port = std::to_string(server->port());
    for (const auto& name : names_of(options, listen)) web.add_host(in_url(name) + ":" + port);
    for (const auto& host : options.hosts) web.add_host(to_lower(host));
    std::optional<TlsWatch> watch;
    if (tls) {
        watch.emplace(loop, *server, log, *tls);
        watch->on_renewed = [&news] { news.tell(); };
        news.certificate_until = [&watch] { return watch->until(); };
    }
    loop.on_signal([&loop](int) { loop.stop(); });
    const std::string url = std::string{own_tls ? "https://" : "http://"} + in_url(listen.address) + ":" + port;
    const std::string line = "ready " + url + " " + (accounts->needs_set_up() ? accounts->set_up_code() : "-") + " " + (tls ? tls->fingerprint : "-");
    // Ready is who can answer: the engine may take a moment longer, at its first start above all.
    Pulse pulse{loop};
    engine.on_reachable = [&web, &line, &news, &pulse, told = false](bool reachable) mutable {
        web.on_engine(reachable);
        if (reachable) news.tell_anew();
        if (reachable && !std::exchange(told, true)) pulse.begin(line);
    };
    // Everything is open: from here on it makes no socket and reaches nothing more.
    features.push_back(sandbox::only_listed_calls(web_calls()));
    tell_features(log, features);
    loop.run();
    return {};
}

}  // namespace

int web_process(const ProcessOptions& options) {
    name_process("bf-web");
    if (auto served = serve(options); !served) {
        report_failure(served.error().detail);
        return served.error().kind == ErrorKind::bad_input ? kUsage : kFailed;
    }
    return kDone;
}

}  // namespace bf::app

// The web process: the dashboard, sessions and the public face of the API. No secrets, no network but its own listening socket.
#include "app/child.hpp"
#include "app/exit_code.hpp"
#include "app/listen_option.hpp"
#include "app/log.hpp"
#include "app/processes.hpp"
#include "base/text.hpp"
#include "net/local.hpp"
#include "net/server.hpp"
#include "server/web.hpp"

#include <map>
#include <utility>

namespace bf::app {
namespace {

constexpr milliseconds kEnginePatience{30000};

server::ApiReply engine_away() { return server::problem_reply(503, "engine_away", "Not reachable", "The engine process is starting; try again in a moment."); }

/// The questions to the engine that wait for their answers.
class EngineLink final : private net::LinkClient::Events {
public:
    using Done = std::function<void(server::ApiReply)>;
    EngineLink(net::Loop& loop, const std::string& path) : loop_{loop}, link_{loop, path, net::LinkClient::Reconnect::always, *this} {}

    void ask(server::ApiRequest request, Done done) {
        const auto id = ++last_;
        if (!link_.send(server::encode(server::LinkQuestion{id, std::move(request)}))) return done(engine_away());
        const auto timer = loop_.after(kEnginePatience, [this, id] { answer(id, engine_away()); });
        waiting_[id] = {std::move(done), timer};
    }
    std::function<void(const server::LinkEvent&)> on_event;
    std::function<void(bool)> on_reachable;

private:
    struct Waiting {
        Done done;
        ports::Timers::Id timer;
    };
    void on_connected() override {
        link_.send(server::wants_events());
        on_reachable(true);
    }
    void on_message(std::string_view message) override {
        auto decoded = server::decode_from_engine(message);
        if (!decoded) return;
        if (const auto* event = std::get_if<server::LinkEvent>(&*decoded)) return on_event(*event);
        auto& reply = std::get<server::LinkAnswer>(*decoded);
        answer(reply.id, std::move(reply.reply));
    }
    void on_lost(const Error&) override {
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
    std::map<std::uint64_t, Waiting> waiting_;
    net::LinkClient link_;
};

/// The command line of the user who owns the data folder: needs no password, so nobody is locked out of the own machine.
class Console final : public net::LinkServer::Events {
public:
    explicit Console(server::AccountApi& api) : api_{api} {}
    std::function<void()> on_done{[] {}};  ///< After each answer.
    Status open(net::Loop& loop, const std::string& path) {
        BF_TRY(links_, net::LinkServer::open(loop, path, *this));
        return {};
    }

private:
    void on_message(net::LinkServer::Id id, std::string_view message) override {
        auto decoded = server::decode_to_engine(message);
        const auto* question = decoded ? std::get_if<server::LinkQuestion>(&*decoded) : nullptr;
        constexpr std::string_view kApi = "/api/v1/";
        if (question == nullptr) return links_->drop(id);
        const auto answer = [this, id, number = question->id](server::AccountApi::Outcome outcome) {
            links_->send(id, server::encode(server::LinkAnswer{number, std::move(outcome.reply)}));
            on_done();
        };
        const auto& path = question->request.path;
        const bool ours = path.starts_with(kApi) && server::AccountApi::serves(std::string_view{path}.substr(kApi.size(), path.find('/', kApi.size()) - kApi.size()));
        if (!ours) return answer({server::problem_reply(404, "not_found", "Not found", "There is no such path.")});
        auto request = question->request;
        request.actor = server::Actor::at_the_console();
        api_.handle(request, {request.actor, {}, {}}, {}, answer);
    }

    server::AccountApi& api_;
    std::unique_ptr<net::LinkServer> links_;
};

/// Sign-ins and changes of accounts, for whoever reads the log.
void log_line(Log& log, const server::AuditLine& line) {
    const bool refused = line.event == "sign_in_refused" || line.event == "code_refused";
    log.say(refused ? Log::Level::warning : Log::Level::info, line.event, line.sentence, {{"account", line.account}, {"by", line.by}, {"address", line.address}});
}

Status serve(const ProcessOptions& options) {
    net::Loop loop;
    Log log{"web", options.json_log ? Log::Form::json : Log::Form::people};
    BF_TRY(const auto listen, read_listen(options.listen));
    BF_TRY_VOID(check_loopback(listen));
    BF_TRY(auto accounts, server::Accounts::open(options.data + "/web.db", loop, loop));
    EngineLink engine{loop, engine_socket(options.data)};
    const auto desk = server::make_password_desk(loop);
    server::AccountApi::Setup account_setup;
    account_setup.demo = !options.demo_admin.empty();
    account_setup.factor = [&engine](const server::FactorQuestion& question, std::function<void(server::FactorAnswer)> done) {
        engine.ask(server::to_request(question), [done = std::move(done)](const server::ApiReply& reply) { done(server::factor_answer(reply)); });
    };
    account_setup.audit = [&log](const server::AuditLine& line) { log_line(log, line); };
    server::AccountApi account_api{*accounts, *desk, loop, std::move(account_setup)};
    Console console{account_api};
    BF_TRY_VOID(console.open(loop, web_socket(options.data)));
    server::Web::Setup setup;
    setup.engine = [&engine](server::ApiRequest request, std::function<void(server::ApiReply)> done) { engine.ask(std::move(request), std::move(done)); };
    server::Web web{*accounts, account_api, loop, std::move(setup)};
    console.on_done = [&web] { web.close_ended(); };
    engine.on_event = [&web](const server::LinkEvent& event) { web.on_event(event); };
    net::ServerOptions server_options;
    server_options.address = listen.address;
    server_options.port = listen.port;
    BF_TRY(const auto server, net::Server::open(loop, std::move(server_options), web));
    const std::string port = std::to_string(server->port());
    for (const std::string host : {"127.0.0.1", "localhost", "[::1]"}) web.add_host(host + ":" + port);
    for (const auto& host : options.hosts) web.add_host(to_lower(host));
    loop.on_signal([&loop](int) { loop.stop(); });
    const std::string host = listen.address.find(':') == std::string::npos ? listen.address : "[" + listen.address + "]";
    const std::string line = "ready http://" + host + ":" + port + " " + (accounts->needs_set_up() ? accounts->set_up_code() : "-");
    // Ready is who can answer: the engine may take a moment longer, at its first start above all.
    engine.on_reachable = [&web, &line, told = false](bool reachable) mutable {
        web.on_engine(reachable);
        if (reachable && !std::exchange(told, true)) report_ready(line);
    };
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

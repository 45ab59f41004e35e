// The web process: the dashboard, sessions and the public face of the API. No secrets, no network but its own listening socket.
#include "app/child.hpp"
#include "app/confine.hpp"
#include "app/exit_code.hpp"
#include "app/listen_option.hpp"
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

Status serve(const ProcessOptions& options) {
    net::Loop loop;
    BF_TRY(const auto listen, read_listen(options.listen));
    BF_TRY_VOID(check_loopback(listen));
    BF_TRY(auto accounts, server::Accounts::open(options.data + "/web.db", loop, loop));
    EngineLink engine{loop};
    server::Web::Setup setup;
    setup.demo = !options.demo_admin.empty();
    setup.engine = [&engine](server::ApiRequest request, std::function<void(server::ApiReply)> done) { engine.ask(std::move(request), std::move(done)); };
    server::Web web{*accounts, loop, std::move(setup)};
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
    BF_TRY_VOID(engine.open(web_socket(options.data)));
    // Everything is open: from here on it makes and reaches nothing more.
    auto features = lose_privileges();
    for (auto& feature : fence_in_web(options)) features.push_back(std::move(feature));
    features.push_back(sandbox::only_listed_calls(web_calls()));
    Log log{"web", options.json_log ? Log::Form::json : Log::Form::people};
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

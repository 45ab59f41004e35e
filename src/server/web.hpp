// The web process's face: static dashboard, set-up and sign-in, and everything else handed to the engine once a session is proven.
// Holds no secret and reaches no network but its own listening socket.
#pragma once
#include "net/server.hpp"
#include "server/account_api.hpp"
#include "server/hook_gate.hpp"
#include "server/link_codec.hpp"

#include <functional>
#include <optional>
#include <set>

namespace bf::server {

class Web final : public net::ServerHandler {
public:
    struct Setup {
        bool secure{false};                    ///< TLS: cookies get their __Host- prefix.
        std::vector<std::string> hosts;        ///< Host headers that are ours ("127.0.0.1:8420"); others are DNS rebinding.
        /// Asks the engine; calls back once, with 503 when it is away.
        std::function<void(ApiRequest, std::function<void(ApiReply)>)> engine;
    };
    Web(Accounts& accounts, AccountApi& account_api, const ports::Clock& clock, Setup setup);
    ~Web() override;

    void on_request(net::ServerRequest request, net::Responder responder) override;
    void on_upgrade(net::ServerRequest request, net::Upgrade upgrade) override;
    /// An event of the engine, for every open live stream in its language.
    void on_event(const LinkEvent& event);
    /// Told to the open live streams as well: they must not show a stale picture as a live one.
    void on_engine(bool reachable);
    /// Closes the live streams of whoever may no longer be here.
    void close_ended();
    void add_host(std::string host) { setup_.hosts.push_back(std::move(host)); }

private:
    class LiveSocket;
    struct Checked {
        wire::Method method;
        std::string path;
        exchange::Language language;
        Caller caller;  ///< Once session or token is found; until then nobody.
    };
    [[nodiscard]] bool is_our_host(const net::ServerRequest& request) const;
    [[nodiscard]] bool is_our_origin(const net::ServerRequest& request) const;
    [[nodiscard]] std::string session_token(const net::ServerRequest& request) const;
    /// By the header `Authorization: Bearer` if there is one, and then by it alone; else by the cookie.
    std::optional<Caller> caller_of(const net::ServerRequest& request) const;
    AccountApi::Done answer_to(const net::Responder& responder, std::string path, exchange::Language language);
    [[nodiscard]] std::string cookie(const std::string& token) const;
    wire::Response serve(const net::ServerRequest& request, const net::Responder& responder, bool& deferred);
    wire::Response asset(std::string_view path, const net::ServerRequest& request) const;
    wire::Response request_token(const net::ServerRequest& request) const;
    void metrics(const net::Responder& responder) const;
    void forward(const net::ServerRequest& request, const Checked& checked, const net::Responder& responder);

    Accounts& accounts_;
    AccountApi& account_api_;
    const ports::Clock& clock_;
    Setup setup_;
    std::set<LiveSocket*> live_;
    HookGate hook_gate_;
    std::uint64_t requests_{0};
    bool engine_reachable_{false};
};

}  // namespace bf::server

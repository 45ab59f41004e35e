// The web process's face: static dashboard, set-up and sign-in, and everything else handed to the engine once a session is proven.
// Holds no secret and reaches no network but its own listening socket.
#pragma once
#include "net/server.hpp"
#include "server/account_api.hpp"
#include "server/hook_gate.hpp"
#include "server/link_codec.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

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
    /// Which addresses of signals are strategies', by hash.
    void know_hooks(const std::vector<std::string>& token_hashes) { hook_gate_.know_all(token_hashes); }
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
    void metrics(const net::Responder& responder);
    void forward(const net::ServerRequest& request, const Checked& checked, const net::Responder& responder);
    void forward_signal(const net::ServerRequest& request, const Checked& checked, std::string token_hash, const net::Responder& responder);
    [[nodiscard]] bool has_room_for_stream(const Caller& caller) const;
    /// Whether one more question of that account may be under way; `leave` when it was answered.
    bool enter(const std::string& account);
    void leave(const std::string& account);

    Accounts& accounts_;
    AccountApi& account_api_;
    const ports::Clock& clock_;
    Setup setup_;
    std::set<LiveSocket*> live_;
    HookGate hook_gate_;
    HookGate watch_gate_;                         ///< What pages watch: apart, so that they keep no signal out.
    std::map<std::string, int> under_way_;        ///< Questions to the engine, by account.
    std::vector<net::Responder> metrics_wanted_;  ///< One question to the engine answers all who ask meanwhile.
    std::uint64_t requests_{0};
    bool engine_reachable_{false};
};

}  // namespace bf::server

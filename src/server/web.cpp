#include "server/web.hpp"

#include "base/text.hpp"
#include "server/assets.hpp"
#include "server/headers.hpp"
#include "server/hook_signature.hpp"
#include "server/openapi.hpp"
#include "server/origin.hpp"
#include "server/refusal_words.hpp"
#include "server/secret_token.hpp"
#include "server/throttle.hpp"
#include "trading/signal.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <utility>

namespace bf::server {
namespace {

using wire::Method;
using wire::Response;

constexpr std::string_view kApi = "/api/v1/";
/// Of one account, so that nobody with an account keeps the others out: half of the connections are for requests whoever has streams, and what
/// waits for one account's answers stays far below what the engine's link holds. Several people with many tabs each need fewer.
constexpr std::size_t kStreamsOfAccount = 64, kStreamsMax = 512;
constexpr int kUnderWayMax = 64;

Response to_response(const ApiReply& reply) {
    auto response = with_headers({reply.status, {}, reply.body}, reply.status >= 400 ? "application/problem+json" : "application/json");
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

Response problem(int status, std::string_view code, std::string_view title, std::string_view detail, std::string_view field = {}) {
    return to_response(problem_reply(status, code, title, detail, field));
}

/// Turned away for the moment.
Response slow_down(std::string_view sentence) {
    auto response = problem(429, "slow_down", "Slow down", sentence);
    response.headers.push_back({"Retry-After", "1"});
    return response;
}

Response wrong_method() { return problem(405, "method_not_allowed", "Method not allowed", "This path does not take that method."); }

Response text(int status, std::string body) { return with_headers({status, {}, std::move(body)}, "text/plain; charset=utf-8"); }

/// The live stream asked for as if it were a page.
Response upgrade_required() {
    auto response = problem(426, "upgrade_required", "Upgrade required", "The live stream is a WebSocket: open it as one.");
    response.headers.push_back({"Upgrade", "websocket"});
    return response;
}

bool is_safe(Method method) { return method == Method::get; }

Place place_of(const net::ServerRequest& request, bool secure) {
    return {request.peer_address, std::string{wire::find_header(request.headers, "User-Agent").value_or("")}, our_origin(request, secure)};
}

exchange::Language language_of(const net::ServerRequest& request) {
    if (const auto pairs = wire::parse_query(request.query()))
        for (const auto& [name, value] : *pairs)
            if (name == "lang") return value == "nl" ? exchange::Language::nl : exchange::Language::en;
    const auto accepted = wire::find_header(request.headers, "Accept-Language").value_or("");
    return accepted.starts_with("nl") ? exchange::Language::nl : exchange::Language::en;
}

}  // namespace

/// One browser page's live stream.
class Web::LiveSocket final : public net::SocketEvents {
public:
    LiveSocket(Web& web, exchange::Language language, Caller caller) : web_{web}, language_{language}, caller_{std::move(caller)} {
        web_.live_.insert(this);  // It counts from here: many that are being opened are many.
    }
    ~LiveSocket() override { web_.live_.erase(this); }

    void on_open(net::Socket socket) override {
        socket_ = std::move(socket);
        if (close_if_ended()) return;
        socket_.send_text("{\"type\":\"hello\",\"now\":" + std::to_string(web_.clock_.wall().ms()) + ",\"engine\":" + (web_.engine_reachable_ ? "true" : "false") + "}");
    }
    /// {"type":"watch","connection","pair"}: what the page shows the price of. As often as a page with many charts asks and no more.
    void on_text(std::string_view message) override {
        if (message.size() > 512 || !web_.watch_gate_.admits(caller_.session + caller_.token, {}, web_.clock_.wall())) return;
        const auto json = wire::Json::parse(message);
        if (!json || (*json)["type"].text() != "watch" || !web_.accounts_.is_good(caller_)) return;
        web_.setup_.engine({Method::post, "/api/v1/watch", {}, std::string{message}, language_, caller_.actor}, [](const ApiReply&) {});
    }
    void on_binary(std::string_view) override {}
    void on_closed() override { web_.live_.erase(this); }

    [[nodiscard]] const std::string& account() const { return caller_.actor.account; }
    bool close_if_ended() {
        if (web_.accounts_.is_good(caller_)) return false;
        socket_.close(4401, "signed out");
        return true;
    }
    void tell(const LinkEvent& event) {
        // A session that ended takes its stream with it.
        if (close_if_ended()) return;
        socket_.send_text(language_ == exchange::Language::nl ? event.nl : event.en);
    }

private:
    Web& web_;
    exchange::Language language_;
    Caller caller_;
    net::Socket socket_;
};

Web::Web(Accounts& accounts, AccountApi& account_api, const ports::Clock& clock, Setup setup)
    : accounts_{accounts}, account_api_{account_api}, clock_{clock}, setup_{std::move(setup)} {}
Web::~Web() = default;

bool Web::is_our_host(const net::ServerRequest& request) const { return server::is_our_host(request, setup_.hosts); }
bool Web::is_our_origin(const net::ServerRequest& request) const { return server::is_our_origin(request, setup_.secure); }

std::string Web::session_token(const net::ServerRequest& request) const {
    const std::string name = setup_.secure ? "__Host-bf_session" : "bf_session";
    const auto header = wire::find_header(request.headers, "Cookie").value_or("");
    for (const auto part : split(header, ';')) {
        const auto pair = trim(part);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) return std::string{pair.substr(equals + 1)};
    }
    return {};
}

std::string Web::cookie(const std::string& token) const {
    const std::string attributes = std::string{"; HttpOnly; SameSite=Strict; Path=/"} + (setup_.secure ? "; Secure" : "") + (token.empty() ? "; Max-Age=0" : "; Max-Age=604800");
    return (setup_.secure ? "__Host-bf_session=" : "bf_session=") + token + attributes;
}

namespace {

/// Paths that need no right, so that they stand in no row of the access table.
constexpr std::pair<std::string_view, std::string_view> kOpenPaths[] = {
    {"/api/v1/openapi.json", "GET, HEAD"}, {"/api/v1/set-up", "GET, HEAD, POST"}, {"/api/v1/sign-in", "POST"}};

/// A refusal is told in the reader's language, and a refused method comes with those that the path takes (RFC 9110, 15.5.6).
Response finished(Response response, std::string_view path, exchange::Language language) {
    if (response.status >= 400 && path.starts_with(kApi)) response.body = retell_problem(std::move(response.body), language);
    if (response.status != 405) return response;
    std::string methods = path.starts_with("/hooks/") ? "POST" : path.starts_with(kApi) ? allowed_methods(path) : "GET, HEAD";
    for (const auto& [open, taken] : kOpenPaths)
        if (path == open) methods = taken;
    response.headers.push_back({"Allow", std::move(methods)});
    return response;
}

}  // namespace

void Web::on_request(net::ServerRequest request, net::Responder responder) {
    ++requests_;
    bool deferred = false;
    auto response = serve(request, responder, deferred);
    if (!deferred) responder.answer(finished(std::move(response), request.path(), language_of(request)));
}

Response Web::serve(const net::ServerRequest& request, const net::Responder& responder, bool& deferred) {
    std::string path{request.path()};
    // The folder of the interface without its slash is the interface, too.
    if (path + '/' == kApi) path += '/';
    if (path == "/healthz") return text(200, "ok\n");
    if (!is_our_host(request)) return text(421, "This server is not reached under that name. Start it with --host NAME to allow one.\n");
    const auto method = wire::parse_method(request.method == "HEAD" ? "GET" : request.method);
    const bool is_api = path.starts_with(kApi);
    const auto what = is_api ? std::string_view{path}.substr(kApi.size()) : std::string_view{};
    const bool is_open = what == "openapi.json" || what == "set-up" || what == "sign-in";
    // Before anything else is looked at: whoever has no session learns nothing of what there is and what it takes.
    const auto caller = is_api && !is_open ? caller_of(request) : std::nullopt;
    if (is_api && !is_open && !caller) return problem(401, "not_signed_in", "Not signed in", "Sign in first.");
    if (!method) return problem(405, "method_not_allowed", "Method not allowed", "This server does not know that method.");
    if (path == "/metrics") {
        deferred = true;
        metrics(responder);
        return {};
    }
    if (path.starts_with("/hooks/")) {
        if (*method != Method::post) return problem(405, "method_not_allowed", "Method not allowed", "Signals are sent with POST.");
        if (request.body.size() > trading::kSignalBytesMax) return problem(413, "too_large", "Too large", "A signal has at most 8192 bytes.");
        const auto token = std::string_view{path}.substr(std::string_view{"/hooks/"}.size());
        auto token_hash = hash_token(token);
        if (!hook_gate_.admits(place_of(request.peer_address), token_hash, clock_.wall())) return slow_down("Too many signals at once: try again in a second.");
        const auto signature = wire::find_header(request.headers, kHookSignatureHeader);
        if (signature && !hook_signature_fits(token, request.body, *signature))
            return problem(401, "SIGNAL_UNAUTHENTIC", "Wrong signature", "X-BF-Signature does not fit: it is HMAC-SHA256 in hexadecimal, with the token as key, over the signal's time and the body as sent.");
        deferred = true;
        forward_signal(request, Checked{*method, path, language_of(request), {}}, std::move(token_hash), responder);
        return {};
    }
    if (!is_api) return is_safe(*method) ? asset(path, request) : problem(405, "method_not_allowed", "Method not allowed", "Pages are only read.");
    if (what == "openapi.json") return is_safe(*method) ? to_response({200, std::string{openapi_document()}}) : wrong_method();
    if (!is_safe(*method)) {
        const auto type = wire::find_header(request.headers, "Content-Type").value_or("");
        const auto by_cookie = accounts_.by_cookie(session_token(request));
        const auto refuse = [&](std::string_view code, std::string_view sentence) {
            const auto who = by_cookie.value_or(Caller{});
            account_api_.note_refusal(who, place_of(request, setup_.secure), {*method, path, {}, {}, language_of(request), {}}, code);
            return problem(403, code, "Refused", sentence);
        };
        if (!is_our_origin(request)) return refuse("foreign_origin", "The request comes from another site.");
        // A session that has ended can't be misused: who signs in anew with its cookie still in the browser needs no token of it.
        if (by_cookie && !has_csrf_token(request, session_token(request))) return refuse("no_request_token", "The request lacks this session's token: load the page again.");
        if (!type.starts_with("application/json")) return problem(415, "not_json", "Refused", "Requests that change something must be application/json.");
    }
    if (what == "request-token") return is_safe(*method) ? request_token(request) : wrong_method();
    if (what == "set-up" && is_safe(*method)) return to_response(account_api_.is_set_up());
    if (what == "set-up" || what == "sign-in") {
        if (*method != Method::post) return wrong_method();
        deferred = true;
        const auto former = accounts_.by_cookie(session_token(request));
        if (what == "set-up") account_api_.set_up(request.body, place_of(request, setup_.secure), answer_to(responder, path, language_of(request)));
        else account_api_.sign_in(request.body, place_of(request, setup_.secure), former ? former->session : std::string{}, answer_to(responder, path, language_of(request)));
        return {};
    }
    Checked checked{*method, path, language_of(request), *caller};
    ApiRequest asked{checked.method, path, std::string{request.query()}, request.body, checked.language, caller->actor};
    if (const auto refused = refuse_access(asked, clock_.wall())) {
        // To be asked for the password again is no attempt at anything.
        const auto why = check_access(asked.actor, asked.method, asked.path, clock_.wall());
        if (why != Access::step_up_needed) account_api_.note_refusal(*caller, place_of(request, setup_.secure), asked, why == Access::not_for_role ? "not_for_role" : "not_for_tokens");
        return to_response(*refused);
    }
    if (what == "live") return is_safe(*method) ? upgrade_required() : wrong_method();
    const bool of_accounts = AccountApi::serves(what.substr(0, what.find('/')));
    if (!enter(caller->actor.account)) return slow_down("Too many questions of this account are under way at once: try again in a second.");
    deferred = true;
    if (!of_accounts) {
        forward(request, checked, responder);
        return {};
    }
    account_api_.handle(asked, *caller, place_of(request, setup_.secure),
                        [this, account = caller->actor.account, answer = answer_to(responder, path, language_of(request))](const AccountApi::Outcome& outcome) {
                            leave(account);
                            answer(outcome);
                        });
    return {};
}

/// For our own page, which other sites can't read: what it must send with every change. Empty for a caller without a cookie, who needs none.
Response Web::request_token(const net::ServerRequest& request) const {
    const auto session = session_token(request);
    std::string body;
    wire::JsonWriter{body}.begin_object().member("token", session.empty() ? std::string{} : csrf_token(session)).end_object();
    return to_response({200, std::move(body)});
}

std::optional<Caller> Web::caller_of(const net::ServerRequest& request) const {
    constexpr std::string_view kBearer = "Bearer ";
    const auto authorization = wire::find_header(request.headers, "Authorization");
    if (!authorization) return accounts_.by_cookie(session_token(request));
    if (!authorization->starts_with(kBearer)) return std::nullopt;
    return accounts_.by_bearer(std::string{trim(authorization->substr(kBearer.size()))});
}

AccountApi::Done Web::answer_to(const net::Responder& responder, std::string path, exchange::Language language) {
    return [this, responder, path = std::move(path), language](const AccountApi::Outcome& outcome) {
        auto response = finished(to_response(outcome.reply), path, language);
        if (outcome.cookie) response.headers.push_back({"Set-Cookie", cookie(*outcome.cookie)});
        if (outcome.retry_after > 0) response.headers.push_back({"Retry-After", std::to_string(outcome.retry_after)});
        responder.answer(std::move(response));
        close_ended();
    };
}

void Web::close_ended() {
    const auto sockets = live_;
    for (auto* socket : sockets)
        if (live_.contains(socket)) socket->close_if_ended();
}

Response Web::asset(std::string_view path, const net::ServerRequest& request) const {
    const auto found = find_asset(path);
    if (!found && path == "/") return text(503, "This program was built without its dashboard: build it with ./dev.\n");
    if (!found) return text(404, "There is no such page.\n");
    // Nothing of a session is in these bytes, so compressing them tells nothing.
    const bool zipped = !found->gzip.empty() && wire::find_header(request.headers, "Accept-Encoding").value_or("").find("gzip") != std::string_view::npos;
    auto response = with_headers({200, {}, std::string{zipped ? found->gzip : found->bytes}}, found->content_type);
    if (zipped) response.headers.push_back({"Content-Encoding", "gzip"});
    if (!found->gzip.empty()) response.headers.push_back({"Vary", "Accept-Encoding"});
    response.headers.push_back({"Cache-Control", found->immutable ? "public, max-age=31536000, immutable" : "no-cache"});
    return response;
}

bool Web::enter(const std::string& account) {
    auto& count = under_way_[account];
    if (count >= kUnderWayMax) return false;
    ++count;
    return true;
}

void Web::leave(const std::string& account) {
    const auto found = under_way_.find(account);
    if (found != under_way_.end() && --found->second == 0) under_way_.erase(found);
}

bool Web::has_room_for_stream(const Caller& caller) const {
    const auto own = std::count_if(live_.begin(), live_.end(), [&caller](const LiveSocket* one) { return one->account() == caller.actor.account; });
    return live_.size() < kStreamsMax && static_cast<std::size_t>(own) < kStreamsOfAccount;
}

void Web::metrics(const net::Responder& responder) {
    std::string own;
    const auto metric = [&own](std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
        own.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type);
        own.append("\n").append(name).append(" ").append(std::to_string(value)).append("\n");
    };
    metric("backfuture_engine_reachable", "gauge", "Whether the engine process answers.", engine_reachable_ ? 1 : 0);
    metric("backfuture_live_streams", "gauge", "Open live streams of dashboards.", live_.size());
    metric("backfuture_http_requests_total", "counter", "HTTP requests since the web process started.", requests_);
    const auto answer = [](const net::Responder& to, std::string body) { to.answer(with_headers({200, {}, std::move(body)}, "text/plain; version=0.0.4; charset=utf-8")); };
    if (!engine_reachable_) return answer(responder, std::move(own));
    // Anybody may ask, so the engine is asked once however many do.
    metrics_wanted_.push_back(responder);
    if (metrics_wanted_.size() > 1) return;
    ApiRequest asked{Method::get, "/metrics", {}, {}, exchange::Language::en, {}};
    setup_.engine(std::move(asked), [this, answer, own](const ApiReply& reply) {
        const auto body = own + (reply.status == 200 ? reply.body : std::string{});
        for (const auto& one : std::exchange(metrics_wanted_, {})) answer(one, body);
    });
}

void Web::forward_signal(const net::ServerRequest& request, const Checked& checked, std::string token_hash, const net::Responder& responder) {
    ApiRequest asked{checked.method, checked.path, std::string{request.query()}, request.body, checked.language, {}};
    setup_.engine(std::move(asked), [this, responder, token_hash = std::move(token_hash), path = checked.path, language = checked.language](const ApiReply& reply) {
        // What made a signal, or would have with another body, is a strategy's address.
        if (reply.status == 202 || reply.status == 400) hook_gate_.know(token_hash);
        responder.answer(finished(to_response(reply), path, language));
    });
}

void Web::forward(const net::ServerRequest& request, const Checked& checked, const net::Responder& responder) {
    ApiRequest asked{checked.method, checked.path, std::string{request.query()}, request.body, checked.language, checked.caller.actor};
    setup_.engine(std::move(asked), [this, account = checked.caller.actor.account, responder, path = checked.path, language = checked.language](const ApiReply& reply) {
        leave(account);
        responder.answer(finished(to_response(reply), path, language));
    });
}

void Web::on_upgrade(net::ServerRequest request, net::Upgrade upgrade) {
    if (!is_our_host(request)) return upgrade.refuse(text(421, "This server is not reached under that name.\n"));
    const auto caller = caller_of(request);
    if (!caller) return upgrade.refuse(problem(401, "not_signed_in", "Not signed in", "Sign in first."));
    if (!is_our_origin(request)) return upgrade.refuse(problem(403, "foreign_origin", "Refused", "The request comes from another site."));
    if (request.path() != "/api/v1/live") return upgrade.refuse(problem(404, "not_found", "Not found", "There is no such stream."));
    if (check_access(caller->actor, Method::get, "/api/v1/live", clock_.wall()) != Access::allowed) return upgrade.refuse(problem(403, "not_for_role", "Not allowed", "Your account may not do that."));
    if (!has_room_for_stream(*caller)) return upgrade.refuse(slow_down("Too many live streams are open: close some of this account's pages."));
    upgrade.accept(std::make_unique<LiveSocket>(*this, language_of(request), *caller));
}

void Web::on_event(const LinkEvent& event) {
    // A copy: telling may close a socket, which takes itself out of the set.
    const auto sockets = live_;
    for (auto* socket : sockets)
        if (live_.contains(socket)) socket->tell(event);
}

void Web::on_engine(bool reachable) {
    engine_reachable_ = reachable;
    const std::string message = std::string{R"({"type":"engine","reachable":)"} + (reachable ? "true}" : "false}");
    on_event({message, message});
}

}  // namespace bf::server

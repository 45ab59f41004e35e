#include "app/simulator_server.hpp"

#include "net/certificate.hpp"
#include "simulator/demo.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace bf::app {
namespace {

constexpr std::size_t kBodyMax = 4 * 1024 * 1024;  ///< A path of candles for the administrator is the largest.
constexpr std::size_t kConnectionsMax = 8192;

std::optional<simulator::Inbound> to_inbound(net::ServerRequest&& request) {
    const auto method = wire::parse_method(request.method);
    if (!method) return std::nullopt;
    return simulator::Inbound{.method = *method,
                              .target = std::move(request.target),
                              .headers = std::move(request.headers),
                              .body = std::move(request.body),
                              .peer = std::move(request.peer_address),
                              .secure = request.secure};
}

wire::Response unknown_method() {
    return {.status = 405, .headers = {{"Content-Type", "text/plain"}}, .body = "Method not allowed"};
}

/// Hands a reply to whoever can answer, reset or wait: a request's responder or an upgrade's refusal.
void deliver(simulator::Reply reply, const net::Responder& responder) {
    switch (reply.delivery) {
        case simulator::Reply::Delivery::send: return responder.answer(std::move(reply.response));
        case simulator::Reply::Delivery::never: return responder.never();
        case simulator::Reply::Delivery::reset: return responder.reset();
    }
}

void deliver(simulator::Reply reply, const net::Upgrade& upgrade) {
    switch (reply.delivery) {
        case simulator::Reply::Delivery::send: return upgrade.refuse(std::move(reply.response));
        case simulator::Reply::Delivery::never: return upgrade.never();
        case simulator::Reply::Delivery::reset: return upgrade.reset();
    }
}

template <class Answering>
void deliver_in_time(net::Loop& loop, simulator::Reply reply, const Answering& answering) {
    if (reply.delay <= milliseconds{0}) return deliver(std::move(reply), answering);
    const auto delay = reply.delay;
    loop.after(delay, [reply = std::move(reply), answering] { deliver(reply, answering); });
}

/// One of the demo's ready-made keys: {"exchange","market","kind"} -> {"key","secret","passphrase"?}.
wire::Response make_demo_key(simulator::World& world, const std::string& body) {
    const auto refuse = [](const char* words) {
        return wire::Response{.status = 400, .headers = {{"Content-Type", "text/plain"}}, .body = words};
    };
    const auto json = wire::Json::parse(body);
    if (!json) return refuse("not JSON");
    const auto kind = simulator::parse_demo_key((*json)["kind"].text().value_or(""));
    const auto market = (*json)["market"].text();
    auto* exchange = world.exchange((*json)["exchange"].text().value_or(""));
    if (!kind || exchange == nullptr || (market != "spot" && market != "futures")) return refuse("no such exchange, market or kind");
    const auto made = create_demo_key(*exchange, market == "spot" ? market::Market::spot : market::Market::futures, *kind);
    wire::Response response{.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = {}};
    wire::JsonWriter out{response.body};
    out.begin_object().member("key", made.key).member("secret", made.secret);
    if (!made.passphrase.empty()) out.member("passphrase", made.passphrase);
    out.end_object();
    return response;
}

/// A folder that only we can write to: elsewhere another user could put his own CA in the file's place.
Result<std::filesystem::path> write_ca(const std::string& pem) {
    std::error_code ec;
    auto pattern = (std::filesystem::temp_directory_path(ec) / "backfuture-simulate-XXXXXX").string();
    if (ec || ::mkdtemp(pattern.data()) == nullptr)
        return Unexpected{Error{ErrorKind::io, "No temporary folder could be made for the CA."}};
    auto file = std::filesystem::path{pattern} / "ca.pem";
    std::ofstream out{file};
    out << pem << std::flush;
    if (!out) return Unexpected{Error{ErrorKind::io, "The CA could not be written to " + file.string() + "."}};
    return file;
}

}  // namespace

/// One WebSocket, both ways. What the exchange says before the upgrade is through waits here.
class SimulatorServer::Session final : public net::SocketEvents, public simulator::Outbox {
public:
    explicit Session(SimulatorServer& owner) : owner_{owner} {}

    void attach(std::unique_ptr<simulator::Socket> exchange_side) { exchange_side_ = std::move(exchange_side); }

    void send_text(std::string message) override { say(std::move(message), false); }
    void send_binary(std::string message) override { say(std::move(message), true); }
    void close(std::uint16_t code, std::string_view reason) override {
        if (closed_) return;
        closed_ = true;
        code_ = code;
        reason_ = reason;
        if (open_) leave();
    }

    void on_open(net::Socket socket) override {
        socket_ = std::move(socket);
        open_ = true;
        for (auto& [message, binary] : early_) transmit(std::move(message), binary);
        early_.clear();
        if (closed_) leave();
    }
    void on_text(std::string_view message) override {
        if (closed_) return;
        owner_.let_time_pass();
        exchange_side_->on_text(message);
        owner_.watch();
    }
    void on_binary(std::string_view message) override {
        if (closed_) return;
        owner_.let_time_pass();
        exchange_side_->on_binary(message);
        owner_.watch();
    }
    void on_closed() override {
        closed_ = true;
        exchange_side_.reset();
    }

private:
    void say(std::string message, bool binary) {
        if (closed_) return;
        if (open_) return transmit(std::move(message), binary);
        early_.emplace_back(std::move(message), binary);
    }
    void transmit(std::string message, bool binary) {
        binary ? socket_.send_binary(std::move(message)) : socket_.send_text(std::move(message));
    }
    void leave() { code_ == simulator::Outbox::kCut ? socket_.reset() : socket_.close(code_, reason_); }

    SimulatorServer& owner_;
    net::Socket socket_{};
    std::vector<std::pair<std::string, bool>> early_{};
    bool open_{false};
    bool closed_{false};
    std::uint16_t code_{0};
    std::string reason_{};
    std::unique_ptr<simulator::Socket> exchange_side_{};  ///< Last: it may use us until it is gone.
};

SimulatorServer::SimulatorServer(net::Loop& loop, SimulatorOptions options, std::unique_ptr<simulator::World> world)
    : loop_{loop}, options_{std::move(options)}, world_{std::move(world)} {}

SimulatorServer::~SimulatorServer() {
    loop_.cancel(timer_);
    server_.reset();
    second_.reset();
    std::error_code ignored;
    if (!ca_file_.empty()) std::filesystem::remove_all(ca_file_.parent_path(), ignored);
}

Result<std::unique_ptr<SimulatorServer>> SimulatorServer::open(net::Loop& loop, const SimulatorOptions& options) {
    const simulator::Options wanted{.exchanges = options.exchanges, .seed = options.seed, .limits = options.limits, .start = loop.wall()};
    BF_TRY(auto world, simulator::World::create(wanted));
    std::unique_ptr<SimulatorServer> server{new SimulatorServer{loop, options, std::move(world)}};
    BF_TRY_VOID(server->listen());
    server->watch();
    return server;
}

Status SimulatorServer::listen() {
    BF_TRY(auto options, server_options());
    const bool both = options_.address == "localhost";
    if (both) options.address = "127.0.0.1";
    auto other = options;
    BF_TRY(server_, net::Server::open(loop_, std::move(options), *this));
    if (!both) return {};
    other.address = "::1";
    other.port = server_->port();
    BF_TRY(second_, net::Server::open(loop_, std::move(other), *this));
    return {};
}

Result<net::ServerOptions> SimulatorServer::server_options() {
    net::ServerOptions server;
    server.address = options_.address;
    server.port = options_.port;
    server.body_bytes_max = kBodyMax;
    server.connections_max = kConnectionsMax;
    server.socket_idle_timeout = milliseconds{0};  // Each exchange has its own rule of silence, and its face keeps it.
    if (options_.tls) {
        BF_TRY(auto own, net::make_own_certificate(options_.address));
        BF_TRY(ca_file_, write_ca(own.ca_pem));
        server.certificate_pem = std::move(own.certificate_pem);
        server.key_pem = std::move(own.key_pem);
    }
    return server;
}

std::string SimulatorServer::base_url() const {
    const bool v6 = options_.address.find(':') != std::string::npos;
    const auto host = v6 ? '[' + options_.address + ']' : options_.address;
    return (options_.tls ? "https://" : "http://") + host + ':' + std::to_string(server_->port());
}

void SimulatorServer::on_request(net::ServerRequest request, net::Responder responder) {
    const auto inbound = to_inbound(std::move(request));
    if (!inbound) return responder.answer(unknown_method());
    let_time_pass();
    if (inbound->method == wire::Method::post && inbound->target == "/admin/demo-keys")
        return responder.answer(make_demo_key(*world_, inbound->body));
    deliver_in_time(loop_, world_->handle(*inbound), responder);
    watch();
}

void SimulatorServer::on_upgrade(net::ServerRequest request, net::Upgrade upgrade) {
    const auto inbound = to_inbound(std::move(request));
    if (!inbound) return upgrade.refuse(unknown_method());
    let_time_pass();
    auto session = std::make_unique<Session>(*this);
    auto opened = world_->open_socket(*inbound, *session);
    if (opened.socket) {
        session->attach(std::move(opened.socket));
        upgrade.accept(std::move(session));
    } else {
        deliver_in_time(loop_, std::move(opened.refusal), upgrade);
    }
    watch();
}

void SimulatorServer::let_time_pass() {
    world_->advance(loop_.wall());
}

/// Wakes up when the world next has something to do. A timer that turns out to be early is harmless, so a later wake-up leaves it alone.
void SimulatorServer::watch() {
    const auto next = world_->next_wake();
    if (!next || (timer_ != 0 && wake_ <= *next)) return;
    loop_.cancel(timer_);
    wake_ = *next;
    const auto wait = std::max(*next - loop_.wall(), milliseconds{0});
    timer_ = loop_.after(wait, [this] {
        timer_ = 0;
        let_time_pass();
        watch();
    });
}

}  // namespace bf::app

#include "net/server.hpp"

#include "net/server_session.hpp"
#include "net/server_socket.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace bf::net {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

Unexpected<Error> listen_error(const ServerOptions& options, const error_code& ec) {
    const std::string place = options.address + ":" + std::to_string(options.port);
    if (ec == asio::error::address_in_use)
        return Unexpected{
            Error{ErrorKind::conflict, "The port " + place + " is in use by another program.", Fate::not_sent, "port_in_use"}};
    const auto kind = ec == asio::error::access_denied ? ErrorKind::denied : ErrorKind::io;
    return Unexpected{Error{kind, "Listening on " + place + " failed: " + explain(ec) + ".", Fate::not_sent, "listen"}};
}

Result<std::optional<TlsServer>> make_tls(const ServerOptions& options) {
    if (!options.certificate_file.empty()) {
        BF_TRY(auto tls, TlsServer::from_files(options.certificate_file, options.key_file));
        return std::optional{std::move(tls)};
    }
    if (!options.certificate_pem.empty()) {
        BF_TRY(auto tls, TlsServer::from_pem(options.certificate_pem, options.key_pem));
        return std::optional{std::move(tls)};
    }
    return std::optional<TlsServer>{};
}

}  // namespace

struct Server::Inside : std::enable_shared_from_this<Inside> {
    Inside(asio::io_context& context, ServerCommonPtr shared) : common{std::move(shared)}, acceptor{context}, retry{context} {}

    ServerCommonPtr common;
    Acceptor acceptor;
    asio::steady_timer retry;

    Status listen() {
        const auto& options = common->options;
        error_code ec;
        const auto address = asio::ip::make_address(options.address, ec);
        if (ec) return bad_input("\"" + options.address + "\" is not an address to listen on.");
        const asio::ip::tcp::endpoint place{address, options.port};
        acceptor.open(place.protocol(), ec);
        if (!ec) acceptor.set_option(asio::socket_base::reuse_address{true}, ec);
        if (!ec) acceptor.bind(place, ec);
        if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
        if (ec) return listen_error(options, ec);
        return {};
    }

    void accept() {
        acceptor.async_accept([self = shared_from_this()](const error_code& ec, SocketStream::Socket socket) {
            if (!self->acceptor.is_open()) return;
            if (!ec) self->welcome(std::move(socket));
            if (!ec || ec == asio::error::connection_aborted) return self->accept();
            // Out of file descriptors: trying again at once would only burn the processor.
            self->retry.expires_after(std::chrono::milliseconds{50});
            self->retry.async_wait([self](const error_code&) {
                if (self->acceptor.is_open()) self->accept();
            });
        });
    }

    /// Whoever only holds sockets open keeps nobody out. False if every connection is at work.
    bool make_room() {
        std::shared_ptr<ServerSession> longest;
        for (const auto& session : common->sessions)
            if (session->waiting_since() && (!longest || *session->waiting_since() < *longest->waiting_since())) longest = session;
        if (!longest) return false;
        longest->cut();
        common->sessions.erase(longest);
        return true;
    }

    void welcome(SocketStream::Socket socket) {
        if (common->sessions.size() + common->sockets.size() >= common->options.connections_max && !make_room()) return;  // Closes it.
        auto session = std::make_shared<ServerSession>(common, std::move(socket));
        common->sessions.insert(session);
        session->start();
    }
};

Server::Server(std::shared_ptr<Inside> inside) : inside_{std::move(inside)} {}

Server::~Server() {
    error_code ignored;
    inside_->acceptor.close(ignored);
    inside_->retry.cancel();
    auto& common = *inside_->common;
    common.handler = nullptr;
    for (const auto& session : common.sessions) session->cut();
    common.sessions.clear();
    const auto sockets = std::move(common.sockets);
    common.sockets.clear();
    for (const auto& socket : sockets) socket->cut();
}

Result<std::unique_ptr<Server>> Server::open(Loop& loop, ServerOptions options, ServerHandler& handler) {
    BF_TRY(auto tls, make_tls(options));
    auto common = std::make_shared<ServerCommon>(ServerCommon{loop.context(), std::move(options), &handler, std::move(tls)});
    auto inside = std::make_shared<Inside>(loop.context(), std::move(common));
    BF_TRY_VOID(inside->listen());
    inside->accept();
    return std::unique_ptr<Server>{new Server{std::move(inside)}};
}

std::uint16_t Server::port() const {
    error_code ignored;
    return inside_->acceptor.local_endpoint(ignored).port();
}

std::size_t Server::connections() const {
    return inside_->common->sessions.size() + inside_->common->sockets.size();
}

Status Server::renew_tls(const std::string& certificate_file, const std::string& key_file) {
    BF_TRY(auto tls, TlsServer::from_files(certificate_file, key_file));
    inside_->common->tls.emplace(std::move(tls));
    return {};
}

}  // namespace bf::net

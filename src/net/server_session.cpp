#include "net/server_session.hpp"

#include "net/server_reading.hpp"
#include "net/server_socket.hpp"
#include "wire/json_writer.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>

namespace bf::net {

namespace http = boost::beast::http;

namespace detail {

/// The shared end of a Responder. Its death without an answer is our bug and the client's 500.
class PendingAnswer {
public:
    PendingAnswer(std::weak_ptr<ServerSession> session, std::uint64_t number) : session_{std::move(session)}, number_{number} {}
    ~PendingAnswer() {
        if (const auto session = session_.lock()) session->answer(number_, {.status = 500, .headers = {}, .body = {}});
    }
    PendingAnswer(const PendingAnswer&) = delete;
    PendingAnswer& operator=(const PendingAnswer&) = delete;

    template <class Use>
    void once(Use use) {
        if (const auto session = std::exchange(session_, {}).lock()) use(*session, number_);
    }

private:
    std::weak_ptr<ServerSession> session_;
    std::uint64_t number_;
};

class PendingUpgrade : public PendingAnswer {
public:
    using PendingAnswer::PendingAnswer;
};

}  // namespace detail

void Responder::answer(wire::Response response) const {
    pending_->once([&](ServerSession& session, std::uint64_t number) { session.answer(number, std::move(response)); });
}
void Responder::never() const {
    pending_->once([](ServerSession& session, std::uint64_t number) { session.never(number); });
}
void Responder::reset() const {
    pending_->once([](ServerSession& session, std::uint64_t number) { session.reset(number); });
}
void Upgrade::accept(std::unique_ptr<SocketEvents> events) const {
    pending_->once([&](ServerSession& session, std::uint64_t number) { session.accept(number, std::move(events)); });
}
void Upgrade::refuse(wire::Response response) const {
    pending_->once([&](ServerSession& session, std::uint64_t number) { session.answer(number, std::move(response)); });
}
void Upgrade::never() const {
    pending_->once([](ServerSession& session, std::uint64_t number) { session.never(number); });
}
void Upgrade::reset() const {
    pending_->once([](ServerSession& session, std::uint64_t number) { session.reset(number); });
}

std::string_view ServerRequest::query() const {
    const auto at = target.find('?');
    return at == std::string::npos ? std::string_view{} : std::string_view{target}.substr(at + 1);
}

ServerSession::ServerSession(ServerCommonPtr common, SocketStream::Socket socket)
    : common_{std::move(common)}, stream_{std::move(socket)}, timer_{common_->context}, reading_{std::make_unique<Reading>()} {}

ServerSession::~ServerSession() = default;

void ServerSession::start() {
    error_code ec;
    const auto place = stream_.socket().remote_endpoint(ec);
    peer_ = ec ? std::string{} : place.address().to_string();
    stream_.tune();
    waiting_since_ = std::chrono::steady_clock::now();
    if (!common_->tls) return next_request();
    auto ssl = common_->tls->connection();
    if (!ssl || !stream_.start_tls(std::move(*ssl))) return end();
    limit(common_->options.head_timeout);
    stream_.async_handshake([self = shared_from_this()](const error_code& failed) { failed ? self->end() : self->next_request(); });
}

/// Waits for the first byte with patience and for the rest of the headers with little: one byte a minute keeps nobody's place.
void ServerSession::next_request() {
    const bool first = number_++ == 0;
    waiting_since_ = std::chrono::steady_clock::now();
    reading_->start(common_->options);
    if (reading_->buffer.size() > 0) return read_head();
    limit(first ? common_->options.head_timeout : common_->options.idle_timeout);
    stream_.async_read_some(reading_->buffer.prepare(4096), [self = shared_from_this()](const error_code& ec, std::size_t size) {
        if (ec) return self->end();
        self->reading_->buffer.commit(size);
        self->read_head();
    });
}

void ServerSession::read_head() {
    limit(common_->options.head_timeout);
    http::async_read_header(stream_, reading_->buffer, *reading_->parser,
                            [self = shared_from_this()](const error_code& ec, std::size_t) { self->have_head(ec); });
}

/// An error in what was sent deserves an answer; an end or a fault of the connection has nobody to answer to.
void ServerSession::refuse_or_end(const error_code& ec) {
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return refuse(431, "The headers are too large.");
    if (ec == http::error::body_limit) return refuse(413, "The body is too large.");
    const bool ended = ec == http::error::end_of_stream || ec == http::error::partial_message;
    if (ended || ec.category() != http::make_error_code(http::error::bad_value).category()) return end();
    refuse(400, "This is not a well-formed HTTP request.");
}

void ServerSession::have_head(const error_code& ec) {
    if (ec) return refuse_or_end(ec);
    const auto& message = reading_->parser->get();
    if (message.version() == 11 && message.count(http::field::host) != 1) return refuse(400, "A request needs one Host header.");
    if (!boost::beast::iequals(message[http::field::expect], "100-continue")) return read_body();
    outgoing_ = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(outgoing_),
                      [self = shared_from_this()](const error_code& failed, std::size_t) { failed ? self->end() : self->read_body(); });
}

void ServerSession::read_body() {
    if (reading_->parser->is_done()) return dispatch();
    limit(common_->options.body_timeout);
    http::async_read(stream_, reading_->buffer, *reading_->parser,
                     [self = shared_from_this()](const error_code& ec, std::size_t) { self->have_body(ec); });
}

void ServerSession::have_body(const error_code& ec) {
    if (ec) return refuse_or_end(ec);
    dispatch();
}

void ServerSession::dispatch() {
    timer_.cancel();
    waiting_since_.reset();
    if (common_->handler == nullptr) return end();
    const auto& message = reading_->parser->get();
    keep_alive_ = message.keep_alive();
    head_only_ = message.method() == http::verb::head;
    answering_ = true;
    const bool upgrade = boost::beast::websocket::is_upgrade(message);
    if (upgrade) {
        Upgrade decision{std::make_shared<detail::PendingUpgrade>(weak_from_this(), number_)};
        common_->handler->on_upgrade(take_request(), std::move(decision));
    } else {
        Responder responder{std::make_shared<detail::PendingAnswer>(weak_from_this(), number_)};
        common_->handler->on_request(take_request(), std::move(responder));
    }
}

ServerRequest ServerSession::take_request() {
    auto& message = reading_->parser->get();
    ServerRequest request{.method = std::string{message.method_string()},
                          .target = std::string{message.target()},
                          .headers = {},
                          .body = std::move(message.body()),
                          .peer_address = peer_,
                          .secure = stream_.is_secure()};
    for (const auto& field : message) request.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
    return request;
}

void ServerSession::answer(std::uint64_t number, wire::Response response) {
    if (!answering_ || number != number_) return;
    answering_ = false;
    write(std::move(response), keep_alive_);
}

void ServerSession::never(std::uint64_t number) {
    if (!answering_ || number != number_) return;
    answering_ = false;
    // Whatever comes next, more bytes or the end: the client has given up.
    stream_.socket().async_wait(asio::socket_base::wait_read, [self = shared_from_this()](const error_code&) { self->end(); });
}

void ServerSession::reset(std::uint64_t number) {
    if (!answering_ || number != number_) return;
    answering_ = false;
    stream_.reset();
    end();
}

void ServerSession::accept(std::uint64_t number, std::unique_ptr<SocketEvents> events) {
    if (!answering_ || number != number_) return;
    answering_ = false;
    const auto self = shared_from_this();
    auto request = reading_->parser->release();
    auto socket = std::make_shared<detail::ServerSocket>(common_, std::move(stream_), std::move(events));
    common_->sockets.insert(socket);
    common_->sessions.erase(self);
    socket->start(std::move(request));
}

void ServerSession::refuse(int status, const char* words) {
    head_only_ = false;
    // RFC 9457, as every other refusal.
    const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
    std::string body;
    wire::JsonWriter{body}.begin_object().member("type", "about:blank").member("status", status).member("title", std::string_view{reason.data(), reason.size()})
        .member("detail", words).member("code", status == 413 || status == 431 ? "too_large" : "malformed").member("field", nullptr).end_object();
    write({.status = status, .headers = {{"Content-Type", "application/problem+json"}}, .body = std::move(body)}, false);
}

void ServerSession::write(wire::Response response, bool keep_alive) {
    keep_alive_ = keep_alive;
    const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
    const bool bodyless = response.status == 204 || response.status == 304;
    outgoing_.clear();
    outgoing_.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    outgoing_.append(reason.data(), reason.size()).append("\r\n");
    for (const auto& header : response.headers) {
        // A value that holds a line break would become headers of its own.
        const bool forged = (header.name + header.value).find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos;
        if (!forged) outgoing_.append(header.name).append(": ").append(header.value).append("\r\n");
    }
    for (const auto& header : common_->options.always) outgoing_.append(header.name).append(": ").append(header.value).append("\r\n");
    if (!bodyless) outgoing_.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
    if (!keep_alive) outgoing_.append("Connection: close\r\n");
    outgoing_.append("\r\n");
    if (!head_only_ && !bodyless) outgoing_.append(response.body);
    limit(common_->options.write_timeout);
    asio::async_write(stream_, asio::buffer(outgoing_),
                      [self = shared_from_this()](const error_code& ec, std::size_t) { self->written(ec); });
}

void ServerSession::written(const error_code& ec) {
    if (outgoing_.capacity() > 64 * 1024) outgoing_ = {};
    if (ec || common_->handler == nullptr) return end();
    keep_alive_ ? next_request() : linger();
}

/// The last answer may be to a request that is still coming. Closing on unread bytes is a reset, which would destroy the answer unread.
void ServerSession::linger() {
    limit(milliseconds{2'000});
    async_teardown(boost::beast::role_type::server, stream_, [self = shared_from_this()](const error_code&) { self->end(); });
}

void ServerSession::limit(milliseconds span) {
    timer_.expires_after(span);
    timer_.async_wait([self = shared_from_this()](const error_code& ec) {
        if (!ec && self->timer_.expiry() <= std::chrono::steady_clock::now()) self->stream_.close();  // The pending operation ends it.
    });
}

void ServerSession::cut() {
    answering_ = false;
    timer_.cancel();
    stream_.close();
}

void ServerSession::end() {
    cut();
    common_->sessions.erase(shared_from_this());
}

}  // namespace bf::net

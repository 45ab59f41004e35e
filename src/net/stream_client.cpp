#include "net/stream_client.hpp"

#include "exchange/remark.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <cstring>
#include <list>
#include <optional>

namespace bf::net {
namespace {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

/// simdjson reads up to this many bytes past the end of what it parses.
constexpr std::size_t kPadding = 64;
constexpr std::size_t kKeptBuffer = 64 * 1024;
/// Kept by every stream. What we say is a subscription or a ping; longer messages are masked and written in pieces.
constexpr std::size_t kWriteBuffer = 512;
constexpr std::chrono::seconds kGoodbye{1};

Error stream_error(const std::string& host, const std::string& what, const char* code) {
    return {ErrorKind::unreachable, exchange::say(exchange::Remark::stream_ended, {host, what}), Fate::unknown, code};
}

/// Keeps itself alive through its pending operations; `handler_` is forgotten when the owner lets go.
class StreamConnection : public std::enable_shared_from_this<StreamConnection> {
public:
    StreamConnection(Outbound& outbound, StreamLimits limits, ports::StreamHandler& handler)
        : outbound_{outbound}, limits_{limits}, handler_{&handler}, timer_{outbound.context} {}

    void open(Result<Destination> destination, milliseconds timeout);
    void send(std::string message);
    void let_go();

private:
    using WebSocket = websocket::stream<SocketStream, false>;

    void connected(Result<SocketStream> stream);
    void shaken(const error_code& ec);
    void read();
    void have_read(const error_code& ec);
    void deliver();
    void write_next();
    void written(const error_code& ec);
    void limit(Deadline until);
    void close_at_once();
    void report(Error error);
    [[nodiscard]] Error describe(const error_code& ec) const;

    Outbound& outbound_;
    StreamLimits limits_;
    ports::StreamHandler* handler_;
    asio::steady_timer timer_;
    Destination destination_{};
    std::shared_ptr<Connector> connector_{};
    std::optional<WebSocket> socket_{};
    websocket::response_type answer_{};
    beast::flat_buffer buffer_{};
    std::list<std::string> outbox_{};
    std::size_t outbox_bytes_{0};
    bool open_{false};
    bool writing_{false};
    bool timed_out_{false};
};

void StreamConnection::open(Result<Destination> destination, milliseconds timeout) {
    if (!destination) {
        asio::post(outbound_.context, [self = shared_from_this(), error = std::move(destination).error()] { self->report(error); });
        return;
    }
    destination_ = std::move(*destination);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    limit(deadline);
    connector_ = Connector::start(outbound_, destination_.endpoint, deadline,
                                  [self = shared_from_this()](Result<SocketStream> stream) { self->connected(std::move(stream)); });
}

void StreamConnection::connected(Result<SocketStream> stream) {
    connector_ = nullptr;
    if (handler_ == nullptr) return;
    if (!stream) return report(std::move(stream).error());
    socket_.emplace(std::move(*stream));
    // Our own timer limits opening and closing; what an idle stream means, its owner knows better.
    socket_->set_option(websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
    socket_->set_option(websocket::stream_base::decorator(
        [](websocket::request_type& request) { request.set(beast::http::field::user_agent, "backfuture"); }));
    socket_->read_message_max(limits_.message_bytes_max);
    socket_->auto_fragment(false);
    socket_->write_buffer_bytes(kWriteBuffer);
    socket_->async_handshake(answer_, destination_.endpoint.authority(), destination_.target,
                             [self = shared_from_this()](const error_code& ec) { self->shaken(ec); });
}

void StreamConnection::shaken(const error_code& ec) {
    if (handler_ == nullptr) return close_at_once();
    if (ec) {
        if (ec != websocket::error::upgrade_declined) return report(describe(ec));
        const auto status = std::to_string(answer_.result_int());
        return report({ErrorKind::protocol, exchange::say(exchange::Remark::no_stream, {destination_.endpoint.host, status}),
                       Fate::refused, "http_" + status});
    }
    answer_ = {};
    timer_.cancel();
    open_ = true;
    const auto self = shared_from_this();
    handler_->on_open();
    if (handler_ == nullptr) return;
    write_next();
    read();
}

void StreamConnection::read() {
    socket_->async_read(buffer_, [self = shared_from_this()](const error_code& ec, std::size_t) { self->have_read(ec); });
}

void StreamConnection::have_read(const error_code& ec) {
    if (handler_ == nullptr) return;
    if (ec) {
        open_ = false;
        return report(describe(ec));
    }
    deliver();
    if (handler_ == nullptr || !open_) return;
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > kKeptBuffer) buffer_ = {};
    read();
}

void StreamConnection::deliver() {
    const auto padding = buffer_.prepare(kPadding);
    std::memset(padding.data(), 0, kPadding);
    const auto data = buffer_.data();
    const std::string_view message{static_cast<const char*>(data.data()), data.size()};
    if (socket_->got_text())
        handler_->on_text(message);
    else
        handler_->on_binary(message);
}

void StreamConnection::send(std::string message) {
    outbox_bytes_ += message.size();
    outbox_.push_back(std::move(message));
    if (outbox_bytes_ > limits_.outbox_bytes_max) {
        open_ = false;
        outbox_.resize(1);
        asio::post(outbound_.context, [self = shared_from_this()] {
            self->report(stream_error(self->destination_.endpoint.host, "it does not read what we send", "slow"));
        });
        return;
    }
    write_next();
}

void StreamConnection::write_next() {
    if (!open_ || writing_ || outbox_.empty()) return;
    writing_ = true;
    socket_->text(true);
    socket_->async_write(asio::buffer(outbox_.front()),
                         [self = shared_from_this()](const error_code& ec, std::size_t) { self->written(ec); });
}

void StreamConnection::written(const error_code& ec) {
    writing_ = false;
    if (ec || handler_ == nullptr || !open_) return;  // A failure shows in the read too, and that one reports it.
    outbox_bytes_ -= outbox_.front().size();
    outbox_.pop_front();
    write_next();
}

/// The owner is gone: say goodbye if we can, but never for long.
void StreamConnection::let_go() {
    handler_ = nullptr;
    if (connector_) connector_->cancel();
    if (!socket_ || !open_) return close_at_once();
    open_ = false;
    limit(std::chrono::steady_clock::now() + kGoodbye);
    socket_->async_close(websocket::close_code::normal, [self = shared_from_this()](const error_code&) { self->close_at_once(); });
}

void StreamConnection::limit(Deadline until) {
    timer_.expires_at(until);
    timer_.async_wait([self = shared_from_this()](const error_code& ec) {
        if (ec || self->open_) return;
        self->timed_out_ = true;
        if (self->socket_) self->socket_->next_layer().close();  // The pending handshake ends and reports.
    });
}

void StreamConnection::close_at_once() {
    timer_.cancel();
    if (socket_) socket_->next_layer().close();
}

void StreamConnection::report(Error error) {
    close_at_once();
    if (handler_ == nullptr) return;
    open_ = false;
    auto* handler = std::exchange(handler_, nullptr);
    handler->on_closed(error);
}

Error StreamConnection::describe(const error_code& ec) const {
    const auto& host = destination_.endpoint.host;
    if (timed_out_) return {ErrorKind::unreachable, exchange::say(exchange::Remark::no_stream_in_time, {host}), Fate::not_sent, "timeout"};
    if (ec == websocket::error::closed) {
        const auto& reason = socket_->reason();
        std::string words = "the other side closed it with code " + std::to_string(reason.code);
        if (!reason.reason.empty()) words += " (" + std::string{reason.reason.data(), reason.reason.size()} + ")";
        for (char& c : words) c = c < ' ' || c == 0x7f ? ' ' : c;
        return stream_error(host, words, "closed");
    }
    if (ec == websocket::error::message_too_big) {
        auto error = stream_error(host, "a message was larger than the limit", "too_large");
        error.kind = ErrorKind::protocol;
        return error;
    }
    auto error = stream_error(host, explain(ec), "closed");
    if (ec.category() == websocket::make_error_code(websocket::error::closed).category()) error.kind = ErrorKind::protocol;
    return error;
}

class OpenStream final : public ports::Stream {
public:
    explicit OpenStream(std::shared_ptr<StreamConnection> connection) : connection_{std::move(connection)} {}
    ~OpenStream() override { connection_->let_go(); }
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;
    void send_text(std::string message) override { connection_->send(std::move(message)); }

private:
    std::shared_ptr<StreamConnection> connection_;
};

}  // namespace

std::unique_ptr<ports::Stream> open_stream(Outbound& outbound, Result<Destination> destination, StreamLimits limits, milliseconds timeout,
                                           ports::StreamHandler& handler) {
    auto connection = std::make_shared<StreamConnection>(outbound, limits, handler);
    connection->open(std::move(destination), timeout);
    return std::make_unique<OpenStream>(std::move(connection));
}

}  // namespace bf::net

#include "net/server_socket.hpp"

#include <cstring>

namespace bf::net {

namespace websocket = boost::beast::websocket;

namespace detail {
namespace {
constexpr std::size_t kPadding = 64;  ///< simdjson reads up to this many bytes past the end of what it parses.
constexpr std::size_t kKeptBuffer = 64 * 1024;
constexpr std::chrono::seconds kHandshake{10};
}  // namespace

ServerSocket::ServerSocket(ServerCommonPtr common, SocketStream stream, std::unique_ptr<SocketEvents> events)
    : common_{std::move(common)}, socket_{std::move(stream)}, close_timer_{socket_.get_executor()}, events_{std::move(events)} {}

void ServerSocket::start(UpgradeRequest request) {
    const auto idle = common_->options.socket_idle_timeout;
    socket_.set_option(websocket::stream_base::timeout{
        kHandshake, idle.count() == 0 ? websocket::stream_base::none() : std::chrono::steady_clock::duration{idle}, idle.count() != 0});
    socket_.read_message_max(common_->options.message_bytes_max);
    socket_.auto_fragment(false);
    // Beast answers by itself here, also with refusals of its own, and would name itself and its version.
    socket_.set_option(websocket::stream_base::decorator([common = common_](websocket::response_type& response) {
        response.set(boost::beast::http::field::server, "BackFuture");
        for (const auto& header : common->options.always) response.set(header.name, header.value);
    }));
    // Beast reads the request only while it starts the operation.
    socket_.async_accept(request, [self = shared_from_this()](const error_code& ec) {
        if (ec || !self->events_) return self->end();
        self->open_ = true;
        const auto events = self->events_;
        events->on_open(Socket{self->weak_from_this()});
        self->write_next();
        self->read();
    });
}

void ServerSocket::read() {
    if (!open_) return end();  // It was reset inside a callback, when no read was pending.
    socket_.async_read(buffer_, [self = shared_from_this()](const error_code& ec, std::size_t) { self->have_read(ec); });
}

void ServerSocket::have_read(const error_code& ec) {
    if (ec || !events_) return end();
    const auto padding = buffer_.prepare(kPadding);
    std::memset(padding.data(), 0, kPadding);
    const std::string_view message{static_cast<const char*>(buffer_.data().data()), buffer_.size()};
    const auto events = events_;
    if (!closing_) socket_.got_text() ? events->on_text(message) : events->on_binary(message);
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > kKeptBuffer) buffer_ = {};
    read();
}

void ServerSocket::send(std::string message, bool text) {
    if (!open_ || closing_) return;
    outbox_bytes_ += message.size();
    if (outbox_bytes_ > common_->options.outbox_bytes_max) return reset();
    outbox_.push_back({std::move(message), text});
    write_next();
}

void ServerSocket::write_next() {
    if (!open_ || writing_) return;
    if (outbox_.empty()) {
        if (closing_) say_close();
        return;
    }
    writing_ = true;
    socket_.text(outbox_.front().text);
    socket_.async_write(asio::buffer(outbox_.front().message),
                        [self = shared_from_this()](const error_code& ec, std::size_t) { self->written(ec); });
}

void ServerSocket::written(const error_code& ec) {
    writing_ = false;
    if (ec) return;  // The pending read fails too and ends us.
    outbox_bytes_ -= outbox_.front().message.size();
    outbox_.pop_front();
    write_next();
}

void ServerSocket::ping(std::string payload) {
    if (!open_ || closing_ || pinging_) return;
    pinging_ = true;
    payload.resize(std::min<std::size_t>(payload.size(), 125));
    websocket::ping_data data{payload.c_str(), payload.size()};
    socket_.async_ping(data, [self = shared_from_this()](const error_code&) { self->pinging_ = false; });
}

void ServerSocket::close(std::uint16_t code, std::string reason) {
    if (!open_ || closing_) return;
    closing_ = true;
    reason.resize(std::min<std::size_t>(reason.size(), 123));
    close_reason_ = websocket::close_reason{websocket::close_code{code}, reason};
    write_next();
}

void ServerSocket::say_close() {
    writing_ = true;
    close_timer_.expires_after(common_->options.socket_close_timeout);
    close_timer_.async_wait([weak = weak_from_this()](const error_code& ec) {
        const auto self = weak.lock();
        if (self && !ec) self->end();
    });
    socket_.async_close(close_reason_, [self = shared_from_this()](const error_code&) { self->end(); });
}

void ServerSocket::reset() {
    if (!open_) return;
    open_ = false;
    socket_.next_layer().reset();
}

void ServerSocket::cut() {
    open_ = false;
    close_timer_.cancel();
    socket_.next_layer().close();
    if (const auto events = std::move(events_)) events->on_closed();
}

void ServerSocket::end() {
    const auto self = shared_from_this();
    cut();
    common_->sockets.erase(self);
}

}  // namespace detail

void Socket::send_text(std::string message) const {
    if (const auto socket = socket_.lock()) socket->send(std::move(message), true);
}
void Socket::send_binary(std::string message) const {
    if (const auto socket = socket_.lock()) socket->send(std::move(message), false);
}
void Socket::ping(std::string payload) const {
    if (const auto socket = socket_.lock()) socket->ping(std::move(payload));
}
void Socket::close(std::uint16_t code, std::string reason) const {
    if (const auto socket = socket_.lock()) socket->close(code, std::move(reason));
}
void Socket::reset() const {
    if (const auto socket = socket_.lock()) socket->reset();
}
bool Socket::is_open() const {
    const auto socket = socket_.lock();
    return socket && socket->is_open();
}

}  // namespace bf::net

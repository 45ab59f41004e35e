#include "net/http_connection.hpp"

#include "exchange/remark.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace bf::net {

namespace beast = boost::beast;
namespace http = boost::beast::http;

struct HttpConnection::Reading {
    beast::flat_buffer buffer;
    std::optional<http::response_parser<http::string_body>> parser;
};

namespace {

wire::Response to_response(http::response<http::string_body>&& message) {
    wire::Response response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) response.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
    response.body = std::move(message.body());
    return response;
}

Error read_error(const error_code& ec, const std::string& host) {
    Error error{ErrorKind::unreachable, {}, Fate::unknown, "closed"};
    if (ec == http::error::body_limit || ec == http::error::header_limit) {
        error = {ErrorKind::protocol, exchange::say(exchange::Remark::too_large, {host}), Fate::unknown, "too_large"};
    } else if (ec == http::error::end_of_stream || ec == http::error::partial_message || ec == asio::error::eof) {
        error.detail = exchange::say(exchange::Remark::closed_early, {host});
    } else if (ec.category() == http::make_error_code(http::error::bad_version).category()) {
        error = {ErrorKind::protocol, exchange::say(exchange::Remark::not_http, {host, explain(ec)}), Fate::unknown, "bad_http"};
    } else {
        error.detail = exchange::say(exchange::Remark::connection_failed, {host, explain(ec)});
    }
    return error;
}

}  // namespace

HttpConnection::HttpConnection(HttpPool& pool, Outbound& outbound, Endpoint endpoint, PoolLimits limits)
    : pool_{&pool},
      outbound_{outbound},
      endpoint_{std::move(endpoint)},
      limits_{limits},
      stream_{outbound.context},
      timer_{outbound.context},
      reading_{std::make_unique<Reading>()} {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::run(Job job) {
    job_ = std::move(job);
    busy_ = true;
    timed_out_ = false;
    watch();
    reused_ = connected_;
    if (connected_) return write();
    connector_ = Connector::start(outbound_, endpoint_, job_.deadline,
                                  [self = shared_from_this()](Result<SocketStream> stream) { self->connected(std::move(stream)); });
}

void HttpConnection::abandon() {
    pool_ = nullptr;
    job_.done = nullptr;
    if (connector_) connector_->cancel();
    timer_.cancel();
    stream_.close();
}

bool HttpConnection::is_quiet() {
    return reading_->buffer.size() == 0 && stream_.is_quiet();
}

void HttpConnection::connected(Result<SocketStream> stream) {
    connector_ = nullptr;
    if (pool_ == nullptr) return;
    if (!stream) return finish(Unexpected{std::move(stream).error()}, false);
    stream_ = std::move(*stream);
    connected_ = true;
    write();
}

void HttpConnection::write() {
    stream_.forget_sent();
    asio::async_write(stream_, asio::buffer(job_.bytes),
                      [self = shared_from_this()](const error_code& ec, std::size_t) { self->written(ec); });
}

void HttpConnection::written(const error_code& ec) {
    if (pool_ == nullptr) return;
    // A server that refuses a large body may answer and close before it has read it all: the answer, if any, counts.
    if (timed_out_ || (ec && !stream_.has_sent())) return fail(ec);
    read();
}

void HttpConnection::read() {
    reading_->parser.emplace();
    reading_->parser->header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    reading_->parser->body_limit(limits_.body_bytes_max);
    http::async_read(stream_, reading_->buffer, *reading_->parser,
                     [self = shared_from_this()](const error_code& ec, std::size_t) { self->have_read(ec); });
}

void HttpConnection::have_read(const error_code& ec) {
    if (pool_ == nullptr) return;
    if (ec) return fail(ec);
    auto& parser = *reading_->parser;
    const auto status = parser.get().result_int();
    if (status >= 100 && status < 200 && status != 101) return read();  // An interim answer; the real one follows.
    const bool reusable = parser.get().keep_alive() && !parser.need_eof() && reading_->buffer.size() == 0 && status != 101;
    auto response = to_response(parser.release());
    reading_->parser.reset();
    if (reading_->buffer.capacity() > 64 * 1024) reading_->buffer = {};
    finish(std::move(response), reusable);
}

void HttpConnection::watch() {
    timer_.expires_at(job_.deadline);
    timer_.async_wait([self = shared_from_this()](const error_code& ec) {
        if (!ec && self->busy_ && self->job_.deadline <= std::chrono::steady_clock::now()) self->timed_out();
    });
}

void HttpConnection::timed_out() {
    if (connector_) return;  // It has the same deadline and says more exactly what took so long.
    // The pending operation ends now, and only its handler knows whether something was sent.
    timed_out_ = true;
    stream_.close();
}

void HttpConnection::fail(const error_code& ec) {
    if (try_again(ec)) return;
    const Fate fate = stream_.has_sent() ? Fate::unknown : Fate::not_sent;
    Error error = read_error(ec, endpoint_.host);
    if (timed_out_) error = {ErrorKind::unreachable, exchange::say(exchange::Remark::no_answer_in_time, {endpoint_.host}), fate, "timeout"};
    error.fate = fate;
    finish(Unexpected{std::move(error)}, false);
}

/// A kept connection that turns out to have been closed at the other end is nobody's fault. What never left may go again, and so may a
/// question. An order whose bytes were handed over may not: that nothing came back does not prove that nobody read it.
bool HttpConnection::try_again(const error_code& ec) {
    const bool answered = reading_->parser && (reading_->parser->got_some() || reading_->buffer.size() > 0);
    const bool closed =
        ec == http::error::end_of_stream || ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::error::broken_pipe;
    if (!reused_ || timed_out_ || answered || !closed || !(job_.is_get || !stream_.has_sent())) return false;
    auto* pool = pool_;
    Job job = std::move(job_);
    job.fresh_only = true;
    busy_ = false;
    timer_.cancel();
    stream_.close();
    const auto self = shared_from_this();
    pool->finished(self, false);
    pool->submit(std::move(job));
    return true;
}

void HttpConnection::finish(Result<wire::Response> result, bool reusable) {
    const auto self = shared_from_this();
    const auto done = std::move(job_.done);
    job_ = {};
    busy_ = false;
    timer_.cancel();
    idle_since_ = std::chrono::steady_clock::now();
    if (!reusable) {
        connected_ = false;
        stream_.close();
    }
    // The callback comes last: it may destroy the client, and us with it.
    pool_->finished(self, reusable);
    done(std::move(result));
}

}  // namespace bf::net

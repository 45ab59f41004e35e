#include "net/socket_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cerrno>

namespace bf::net {

std::string explain(const error_code& ec) {
    std::string text = ec.message();
    for (char& c : text) c = c < ' ' || c == 0x7f ? ' ' : c;
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    while (!text.empty() && text.back() == '.') text.pop_back();
    return text;
}

void SocketStream::tune() {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
    socket_.set_option(asio::socket_base::keep_alive{true}, ignored);
    const auto set = [this](int name, int value) { ::setsockopt(socket_.native_handle(), IPPROTO_TCP, name, &value, sizeof value); };
    set(TCP_KEEPIDLE, 30);
    set(TCP_KEEPINTVL, 10);
    set(TCP_KEEPCNT, 3);
    set(TCP_USER_TIMEOUT, 60'000);
}

Status SocketStream::start_tls(SslPtr ssl) {
    error_code ec;
    socket_.non_blocking(true, ec);
    if (ec || SSL_set_fd(ssl.get(), socket_.native_handle()) != 1)
        return Unexpected{Error{ErrorKind::io, "TLS could not take over the connection.", Fate::not_sent, "tls"}};
    ssl_ = std::move(ssl);
    return {};
}

bool SocketStream::is_quiet() {
    char byte = 0;
    if (!ssl_) {
        const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }
    // Session tickets may be waiting; OpenSSL digests them on the way.
    ERR_clear_error();
    const int got = SSL_peek(ssl_.get(), &byte, 1);
    const bool quiet = got <= 0 && SSL_get_error(ssl_.get(), got) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return quiet;
}

bool SocketStream::drain() {
    std::array<char, 16 * 1024> dropped;
    for (int rounds = 0; rounds < 64; ++rounds) {
        const auto got = ::recv(socket_.native_handle(), dropped.data(), dropped.size(), MSG_DONTWAIT);
        if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        if (got == 0) return false;
    }
    return false;  // A megabyte at once is somebody who will not listen.
}

void SocketStream::shutdown_send() {
    if (!socket_.is_open()) return;
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1 && tls_failure_.empty()) {
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void SocketStream::close() {
    error_code ignored;
    socket_.close(ignored);
}

void SocketStream::reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
    socket_.close(ignored);
}

SocketStream::Step SocketStream::handshake_step() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Step{} : failed_step(result);
}

SocketStream::Step SocketStream::read_step(void* data, std::size_t size) {
    if (!socket_.is_open()) return {Want::nothing, asio::error::operation_aborted, 0};
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), data, size, &got);
    return result == 1 ? Step{Want::nothing, {}, got} : failed_step(result);
}

SocketStream::Step SocketStream::write_step(const void* data, std::size_t size) {
    if (!socket_.is_open()) return {Want::nothing, asio::error::operation_aborted, 0};
    ERR_clear_error();
    std::size_t put = 0;
    const int result = SSL_write_ex(ssl_.get(), data, size, &put);
    if (result == 1) {
        sent_ = true;
        return {Want::nothing, {}, put};
    }
    const Step step = failed_step(result);
    // A record that the socket took in part can still be completed by what OpenSSL sends later.
    if (step.want == Want::write) sent_ = true;
    return step;
}

SocketStream::Step SocketStream::failed_step(int result) {
    const int system = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return {Want::read, {}, 0};
        case SSL_ERROR_WANT_WRITE: return {Want::write, {}, 0};
        case SSL_ERROR_ZERO_RETURN: return {Want::nothing, asio::error::eof, 0};
        case SSL_ERROR_SYSCALL:
            ERR_clear_error();
            if (system == 0) return {Want::nothing, asio::error::connection_reset, 0};
            return {Want::nothing, error_code{system, boost::system::system_category()}, 0};
        default: break;
    }
    const auto reason = ERR_GET_REASON(ERR_peek_error());
    tls_failure_ = take_tls_error();
    // An end without TLS's own goodbye could be an attacker cutting an answer short: never an ordinary end of file.
    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return {Want::nothing, asio::error::connection_reset, 0};
    if (const long verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK)
        tls_failure_ = std::string{"the certificate was refused, "} + X509_verify_cert_error_string(verdict);
    return {Want::nothing, asio::error::no_permission, 0};
}

void teardown(boost::beast::role_type, SocketStream& stream, error_code& ec) {
    stream.shutdown_send();
    stream.close();
    ec = {};
}

void beast_close_socket(SocketStream& stream) {
    stream.close();
}

}  // namespace bf::net

// Internal to net/: a TCP socket with or without TLS as one type that models Asio's AsyncReadStream and AsyncWriteStream, so that
// Beast's HTTP and WebSocket run on it and are compiled once.
//
// TLS is OpenSSL working straight on the non-blocking socket. Asio's own ssl::stream keeps two 17 KiB buffers and a pair of BIOs for
// each connection and never gives them back: about 100 KiB an idle connection where this takes about 25.
//
// At most one read and one write at a time. Not movable while one is under way.
#pragma once
#include "net/asio.hpp"
#include "net/tls.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <array>

namespace boost::beast {
enum class role_type;
}

namespace bf::net {

class SocketStream {
public:
    using executor_type = asio::io_context::executor_type;
    using Socket = asio::basic_stream_socket<asio::ip::tcp, executor_type>;

    explicit SocketStream(asio::io_context& context) : socket_{context} {}
    explicit SocketStream(Socket socket) : socket_{std::move(socket)} {}
    SocketStream(SocketStream&&) = default;
    SocketStream& operator=(SocketStream&&) = default;
    ~SocketStream() = default;

    executor_type get_executor() { return socket_.get_executor(); }
    Socket& socket() { return socket_; }
    /// No delay, and a peer that is gone is noticed within about a minute: by keep-alive probes when idle, by a limit when sending.
    void tune();
    /// From here on everything is TLS. The socket must be connected.
    Status start_tls(SslPtr ssl);
    [[nodiscard]] bool is_secure() const { return ssl_ != nullptr; }

    /// Whether a byte of the application has been handed to the socket since the last call of forget_sent().
    [[nodiscard]] bool has_sent() const { return sent_; }
    void forget_sent() { sent_ = false; }
    /// An idle connection that the other side has closed, or on which it said something unasked, is of no more use.
    bool is_quiet();
    /// Why TLS failed, if it did: a sentence's end.
    [[nodiscard]] const std::string& tls_failure() const { return tls_failure_; }

    /// Reads and drops what is there. False when nothing more can come.
    bool drain();
    /// Tells the other side that nothing more comes.
    void shutdown_send();
    void close();
    /// Ends with a TCP reset.
    void reset();

    template <class Token>
    auto async_handshake(Token&& token) {
        return asio::async_compose<Token, void(error_code)>(HandshakeOp{*this}, token, socket_);
    }
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_compose<Token, void(error_code, std::size_t)>(ReadOp<Buffers>{*this, buffers, {}, 0}, token, socket_);
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_compose<Token, void(error_code, std::size_t)>(WriteOp<Buffers>{*this, buffers, {}, 0}, token, socket_);
    }

private:
    enum class Want { nothing, read, write };
    struct Step {
        Want want{Want::nothing};
        error_code ec{};
        std::size_t size{0};
    };
    Step handshake_step();
    Step read_step(void* data, std::size_t size);
    Step write_step(const void* data, std::size_t size);
    Step failed_step(int result);

    /// Waits until the socket is ready for what OpenSSL wants, or, if it wants nothing, comes back through the executor: a handler must
    /// not run inside the call that started its operation.
    template <class Self>
    void again(Want want, Self self) {
        if (want == Want::read)
            socket_.async_wait(asio::socket_base::wait_read, std::move(self));
        else if (want == Want::write)
            socket_.async_wait(asio::socket_base::wait_write, std::move(self));
        else
            asio::post(get_executor(), std::move(self));
    }

    struct HandshakeOp {
        SocketStream& stream;
        Step last{};
        bool started{false};

        template <class Self>
        void operator()(Self& self, error_code ec = {}) {
            if (started && last.want == Want::nothing) return self.complete(last.ec);
            if (ec) return self.complete(ec);
            last = stream.handshake_step();
            if (started && last.want == Want::nothing) return self.complete(last.ec);
            started = true;
            stream.again(last.want, std::move(self));
        }
    };

    template <class Buffers>
    struct ReadOp {
        SocketStream& stream;
        Buffers buffers;
        Step last{};
        int round{0};

        template <class Self>
        void operator()(Self& self, error_code ec = {}, std::size_t size = 0) {
            if (!stream.ssl_) {
                if (round++ == 0) return stream.socket_.async_read_some(buffers, std::move(self));
                return self.complete(ec, size);
            }
            if (round > 0 && last.want == Want::nothing) return self.complete(last.ec, last.size);
            if (ec) return self.complete(ec, 0);
            const asio::mutable_buffer first = first_filled<asio::mutable_buffer>(buffers);
            last = first.size() == 0 ? Step{} : stream.read_step(first.data(), first.size());
            if (round++ > 0 && last.want == Want::nothing) return self.complete(last.ec, last.size);
            stream.again(last.want, std::move(self));
        }
    };

    template <class Buffers>
    struct WriteOp {
        SocketStream& stream;
        Buffers buffers;
        Step last{};
        int round{0};

        template <class Self>
        void operator()(Self& self, error_code ec = {}, std::size_t size = 0) {
            if (!stream.ssl_) {
                if (round++ == 0) return stream.socket_.async_write_some(buffers, std::move(self));
                stream.sent_ = stream.sent_ || size > 0;
                return self.complete(ec, size);
            }
            if (round > 0 && last.want == Want::nothing) return self.complete(last.ec, last.size);
            if (ec) return self.complete(ec, 0);
            last = stream.write_all_in_one(buffers);
            if (round++ > 0 && last.want == Want::nothing) return self.complete(last.ec, last.size);
            stream.again(last.want, std::move(self));
        }
    };

    template <class Buffer, class Buffers>
    static Buffer first_filled(const Buffers& buffers) {
        for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers); ++at)
            if (const Buffer buffer{*at}; buffer.size() > 0) return buffer;
        return {};
    }

    /// Several buffers (a frame's head and its payload) become one record. The same bytes are gathered again if OpenSSL asks to repeat.
    template <class Buffers>
    Step write_all_in_one(const Buffers& buffers) {
        constexpr std::size_t kRecord = 16 * 1024;
        const auto first = first_filled<asio::const_buffer>(buffers);
        const auto total = asio::buffer_size(buffers);
        if (first.size() == 0) return {};
        if (first.size() == total || first.size() >= kRecord) return write_step(first.data(), first.size());
        std::array<char, kRecord> record;
        const auto size = asio::buffer_copy(asio::buffer(record), buffers);
        return write_step(record.data(), size);
    }

    Socket socket_;
    SslPtr ssl_{};
    bool sent_{false};
    std::string tls_failure_{};
};

// What Beast's WebSocket calls at the end of a connection. What the other side still sends is read and dropped: closing on unread data
// would be a reset, and that could destroy our last words before they are read.
void teardown(boost::beast::role_type role, SocketStream& stream, error_code& ec);
void beast_close_socket(SocketStream& stream);

struct TeardownOp {
    SocketStream& stream;
    bool said{false};

    template <class Self>
    void operator()(Self& self, error_code ec = {}) {
        if (!said) stream.shutdown_send();
        said = true;
        if (ec || !stream.drain()) {
            stream.close();
            return self.complete({});
        }
        stream.socket().async_wait(asio::socket_base::wait_read, std::move(self));
    }
};
template <class Handler>
void async_teardown(boost::beast::role_type, SocketStream& stream, Handler&& handler) {
    asio::async_compose<Handler, void(error_code)>(TeardownOp{stream}, handler, stream.socket());
}

}  // namespace bf::net

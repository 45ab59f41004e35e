// Internal to net/: one HTTP/1.1 client connection, one request at a time. What it reports about a failure answers the trader's question
// exactly: `not_sent` while no byte of the request was handed to the socket, `unknown` from then on.
#pragma once
#include "net/http_pool.hpp"

namespace bf::net {

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
    HttpConnection(HttpPool& pool, Outbound& outbound, Endpoint endpoint, PoolLimits limits);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    void run(Job job);
    /// The pool is going: no callback any more.
    void abandon();
    [[nodiscard]] bool is_quiet();
    [[nodiscard]] Deadline idle_since() const { return idle_since_; }
    /// Where the pool keeps it while it works.
    std::list<std::shared_ptr<HttpConnection>>::iterator place;

private:
    struct Reading;  ///< Beast's parser and buffer, kept out of this header.
    void connected(Result<SocketStream> stream);
    void write();
    void written(const error_code& ec);
    void read();
    void have_read(const error_code& ec);
    void watch();
    void timed_out();
    void fail(const error_code& ec);
    bool try_again(const error_code& ec);
    void finish(Result<wire::Response> result, bool reusable);

    HttpPool* pool_;  ///< Nobody once it is going.
    Outbound& outbound_;
    Endpoint endpoint_;
    PoolLimits limits_;
    Job job_{};
    SocketStream stream_;
    asio::steady_timer timer_;
    std::shared_ptr<Connector> connector_{};
    std::unique_ptr<Reading> reading_;
    Deadline idle_since_{};
    bool busy_{false};
    bool connected_{false};
    bool reused_{false};
    bool timed_out_{false};
};

}  // namespace bf::net

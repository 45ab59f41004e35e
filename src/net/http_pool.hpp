// Internal to net/: the kept-alive HTTP/1.1 connections to one endpoint and the requests that wait for one.
#pragma once
#include "net/connector.hpp"
#include "ports/transport.hpp"

#include <deque>
#include <list>

namespace bf::net {

struct PoolLimits {
    std::size_t connections_max{64};
    std::size_t idle_max{16};
    milliseconds idle_for_max{20'000};
    std::size_t header_bytes_max{64 * 1024};
    std::size_t body_bytes_max{16 * 1024 * 1024};
};

/// A request ready for the wire and who waits for its answer.
struct Job {
    std::string bytes;
    bool is_get{false};
    bool fresh_only{false};  ///< A second attempt takes no kept connection: the next one may be dead too.
    Deadline deadline;
    ports::Transport::Done done;
};

class HttpConnection;

class HttpPool {
public:
    HttpPool(Outbound& outbound, Endpoint endpoint, PoolLimits limits);
    /// Drops what is open without a callback.
    ~HttpPool();
    HttpPool(const HttpPool&) = delete;
    HttpPool& operator=(const HttpPool&) = delete;

    void submit(Job job);

    // For the connections.
    /// `reusable`: the connection is at rest and may serve again. Otherwise it is gone.
    void finished(const std::shared_ptr<HttpConnection>& connection, bool reusable);
    void close_stale();

private:
    void start(Job job);
    std::shared_ptr<HttpConnection> take_idle();
    void watch_waiting();
    void expire_waiting();
    void watch_idle();

    Outbound& outbound_;
    Endpoint endpoint_;
    PoolLimits limits_;
    std::list<std::shared_ptr<HttpConnection>> busy_;
    std::deque<std::shared_ptr<HttpConnection>> idle_;  ///< Last used at the back.
    std::deque<Job> waiting_;
    // The loop's timers, because a cancelled one never calls: an Asio timer that has just fired would find us gone.
    ports::Timers::Id waiting_timer_{0};
    ports::Timers::Id idle_timer_{0};
};

}  // namespace bf::net

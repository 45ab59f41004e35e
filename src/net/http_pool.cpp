#include "net/http_pool.hpp"

#include "exchange/remark.hpp"
#include "net/http_connection.hpp"

#include <algorithm>

namespace bf::net {

HttpPool::HttpPool(Outbound& outbound, Endpoint endpoint, PoolLimits limits)
    : outbound_{outbound}, endpoint_{std::move(endpoint)}, limits_{limits} {}

HttpPool::~HttpPool() {
    outbound_.timers.cancel(waiting_timer_);
    outbound_.timers.cancel(idle_timer_);
    for (const auto& connection : busy_) connection->abandon();
    for (const auto& connection : idle_) connection->abandon();
}

void HttpPool::submit(Job job) {
    if (busy_.size() < limits_.connections_max) return start(std::move(job));
    waiting_.push_back(std::move(job));
    watch_waiting();
}

void HttpPool::start(Job job) {
    auto connection = job.fresh_only ? nullptr : take_idle();
    if (!connection) connection = std::make_shared<HttpConnection>(*this, outbound_, endpoint_, limits_);
    connection->place = busy_.insert(busy_.end(), connection);
    connection->run(std::move(job));
}

std::shared_ptr<HttpConnection> HttpPool::take_idle() {
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->is_quiet()) return connection;
        connection->abandon();
    }
    return nullptr;
}

void HttpPool::finished(const std::shared_ptr<HttpConnection>& connection, bool reusable) {
    busy_.erase(connection->place);
    if (reusable) {
        idle_.push_back(connection);
        if (idle_.size() > limits_.idle_max) {
            idle_.front()->abandon();
            idle_.pop_front();
        }
        watch_idle();
    }
    if (waiting_.empty()) return;
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    start(std::move(job));
}

void HttpPool::watch_waiting() {
    outbound_.timers.cancel(waiting_timer_);
    const auto next =
        std::min_element(waiting_.begin(), waiting_.end(), [](const Job& a, const Job& b) { return a.deadline < b.deadline; });
    if (next == waiting_.end()) return;
    const auto left = std::chrono::ceil<milliseconds>(next->deadline - std::chrono::steady_clock::now());
    waiting_timer_ = outbound_.timers.after(std::max(left, milliseconds{0}), [this] { expire_waiting(); });
}

void HttpPool::expire_waiting() {
    const auto now = std::chrono::steady_clock::now();
    const auto late = std::stable_partition(waiting_.begin(), waiting_.end(), [now](const Job& job) { return job.deadline > now; });
    std::vector<Job> expired{std::make_move_iterator(late), std::make_move_iterator(waiting_.end())};
    waiting_.erase(late, waiting_.end());
    watch_waiting();
    Error error{ErrorKind::unreachable, exchange::say(exchange::Remark::too_many_waiting, {endpoint_.host}), Fate::not_sent, "timeout"};
    for (const auto& job : expired) job.done(Unexpected{error});
}

void HttpPool::watch_idle() {
    if (idle_timer_ != 0 || idle_.empty()) return;
    idle_timer_ = outbound_.timers.after(limits_.idle_for_max / 2, [this] {
        idle_timer_ = 0;
        close_stale();
        watch_idle();
    });
}

void HttpPool::close_stale() {
    const auto oldest = std::chrono::steady_clock::now() - limits_.idle_for_max;
    std::erase_if(idle_, [oldest](const auto& connection) {
        if (connection->idle_since() > oldest && connection->is_quiet()) return false;
        connection->abandon();
        return true;
    });
}

}  // namespace bf::net

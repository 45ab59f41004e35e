#include "net/loop.hpp"

#include "base/result.hpp"
#include "net/asio.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/random.h>

#include <cerrno>
#include <csignal>
#include <unordered_map>

namespace bf::net {

struct Loop::Inside {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    asio::signal_set signals{context};
    std::function<void(int)> on_signal;

    struct Timer {
        explicit Timer(asio::io_context& io) : timer{io} {}
        asio::steady_timer timer;
        std::function<void()> callback;
    };
    std::unordered_map<Id, std::unique_ptr<Timer>> timers;
    Id last_timer{0};

    void wait_signal() {
        signals.async_wait([this](const error_code& ec, int number) {
            if (ec) return;
            if (on_signal) on_signal(number);
            wait_signal();
        });
    }

    /// An exception out of a callback means that what it was doing is half done: end here, the supervisor starts us again.
    template <class Work>
    void guarded(Work work_to_do) {
        try {
            work_to_do();
        } catch (const std::exception& exception) {
            broken_invariant(exception.what(), __FILE__, __LINE__);
        }
    }
};

Loop::Loop() : inside_{std::make_unique<Inside>()} {
    std::signal(SIGPIPE, SIG_IGN);
}
Loop::~Loop() = default;

Instant Loop::wall() const {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return Instant::from_ms(std::chrono::duration_cast<milliseconds>(since).count());
}

std::chrono::microseconds Loop::steady() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

ports::Timers::Id Loop::after(milliseconds delay, std::function<void()> callback) {
    const Id id = ++inside_->last_timer;
    auto timer = std::make_unique<Inside::Timer>(inside_->context);
    timer->callback = std::move(callback);
    timer->timer.expires_after(delay);
    timer->timer.async_wait([inside = inside_.get(), id](const error_code& ec) {
        if (ec) return;
        const auto found = inside->timers.find(id);
        if (found == inside->timers.end()) return;  // Cancelled after it had expired.
        const auto call = std::move(found->second->callback);
        inside->timers.erase(found);
        call();
    });
    inside_->timers.emplace(id, std::move(timer));
    return id;
}

void Loop::cancel(Id id) {
    inside_->timers.erase(id);
}

void Loop::fill(std::span<unsigned char> bytes) {
    while (!bytes.empty()) {
        const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        BF_ASSERT(got > 0);
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

void Loop::post(std::function<void()> task) {
    asio::post(inside_->context, std::move(task));
}

void Loop::on_signal(std::function<void(int)> handler) {
    const bool first = !inside_->on_signal;
    inside_->on_signal = std::move(handler);
    if (!first) return;
    error_code ignored;
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) inside_->signals.add(number, ignored);
    inside_->wait_signal();
}

void Loop::run() {
    inside_->context.restart();
    inside_->guarded([this] { inside_->context.run(); });
}

void Loop::stop() {
    inside_->context.stop();
}

bool Loop::run_until(const std::function<bool()>& done, milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    inside_->context.restart();
    while (!done() && std::chrono::steady_clock::now() < until) inside_->guarded([this, until] { inside_->context.run_one_until(until); });
    return done();
}

asio::io_context& Loop::context() {
    return inside_->context;
}

}  // namespace bf::net

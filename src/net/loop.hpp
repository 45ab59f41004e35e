// The one thread that sockets and timers run on, and the real world's clock, timers and dice. Everything in net/ belongs to one Loop and
// is called on its thread; only post() and stop() may be called from another. Must outlive all that was built on it.
#pragma once
#include "ports/clock.hpp"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace bf::net {

class Loop final : public ports::Clock, public ports::Timers, public ports::Entropy {
public:
    /// Ignores SIGPIPE for the whole process: OpenSSL writes to sockets with write(2), and a peer that went away must be an error value.
    Loop();
    ~Loop() override;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] Instant wall() const override;
    [[nodiscard]] std::chrono::microseconds steady() const override;
    Id after(milliseconds delay, std::function<void()> callback) override;
    void cancel(Id id) override;
    void fill(std::span<unsigned char> bytes) override;

    /// Runs `task` on the loop's thread, later. From any thread.
    void post(std::function<void()> task);
    /// Calls `handler(number)` on the loop's thread each time one of SIGINT, SIGTERM, SIGHUP arrives.
    void on_signal(std::function<void(int)> handler);

    /// Works until stop(). An exception that reaches it is a broken invariant: it says so and ends the process.
    void run();
    /// From any thread.
    void stop();
    /// Works until `done()` holds or `limit` has passed; whether it held. For tests and for commands with one question.
    bool run_until(const std::function<bool()>& done, milliseconds limit);

    /// For net/ itself.
    boost::asio::io_context& context();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace bf::net

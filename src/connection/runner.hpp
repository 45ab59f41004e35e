// Runs a ConnectionTest against the world it is handed: signs, sends, watches the stream, keeps the 15 seconds.
#pragma once
#include "connection/pace.hpp"
#include "connection/stream_link.hpp"
#include "connection/test.hpp"

namespace bf::connection {

/// What the exchange's limits leave to a test: null without limits. The pace outlives the runner.
struct TestRoom {
    Pace* pace{nullptr};
    Pace::Booking booking{};
};

class TestRunner {
public:
    using OnDone = std::function<void(const Report&)>;

    /// `connection` names the key at the signer. The runner may be destroyed in `on_done`, which comes later, once.
    TestRunner(World world, Adapter adapter, std::string connection, TestInput input, ConnectionTest::OnStep on_step, OnDone on_done, TestRoom room = {});
    ~TestRunner();
    TestRunner(const TestRunner&) = delete;
    TestRunner& operator=(const TestRunner&) = delete;

    /// Starts; separate from the constructor so that its owner is complete before the first callback.
    void start();

private:
    void advance();
    void perform(const SendCall& action);
    void sign(const SendCall& action, int tries);
    void perform(const WatchStream& action);
    void send_next(std::shared_ptr<std::vector<wire::Request>> requests, std::size_t index, Instant started);
    void deliver(std::variant<wire::Response, Error, exchange::CallError> what, Instant sent_at);
    void finish();
    [[nodiscard]] milliseconds time_left() const;

    World world_;
    Adapter adapter_;
    std::string connection_;
    OnDone on_done_;
    TestRoom room_;
    ConnectionTest test_;
    exchange::StreamSink ignored_events_;
    std::unique_ptr<StreamLink> stream_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
    std::optional<ports::Timers::Id> deadline_;
    std::chrono::microseconds started_at_{0};
    bool done_{false};
};

}  // namespace bf::connection

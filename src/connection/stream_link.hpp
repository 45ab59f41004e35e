// One WebSocket's life, private or public: opened, signed in where the exchange wants it, kept alive by pings, ended. Reopening is its
// owner's.
#pragma once
#include "connection/world.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace bf::connection {

struct StreamTarget {
    std::string connection;  ///< Whose key signs the login. Empty on a public stream.
    exchange::Site site{exchange::Site::global};
    exchange::StreamAddress address;
    exchange::StreamPlan plan;
    milliseconds clock_offset{0};
};

class StreamLink final : private ports::StreamHandler {
public:
    struct Events {
        std::function<void()> on_live;                         ///< Every topic is acknowledged. Once.
        std::function<void(const exchange::Problem&)> on_down;  ///< Could not be opened, was refused, or ended. Once, and the last call.
        // While it is live; any may be empty. The link may not be destroyed in them, nor in the sink's calls.
        std::function<void()> on_heard{};  ///< A frame came, a heartbeat too; its events follow.
        std::function<void(const exchange::Problem&)> on_unreadable{};
        std::function<void()> on_done{};   ///< All events of the frame have been told.
    };
    /// `sink` hears the events; it and the adapter outlive the link. Instruments may be null.
    StreamLink(World world, const Adapter& adapter, StreamTarget target, exchange::StreamSink& sink, const exchange::Instruments* instruments,
               Events events);
    ~StreamLink() override;
    StreamLink(const StreamLink&) = delete;
    StreamLink& operator=(const StreamLink&) = delete;

    [[nodiscard]] bool is_live() const { return live_; }
    /// When the other side was last heard; steady.
    [[nodiscard]] std::chrono::microseconds last_heard() const { return last_heard_; }
    /// Asks for a sign of life now, beside the regular ones.
    void ping();

private:
    void on_open() override;
    void on_text(std::string_view message) override;
    void on_binary(std::string_view message) override;
    void on_closed(const Error& reason) override;

    void on_frame(std::string_view message, bool binary);
    void follow_session();
    void login();
    void schedule_ping();
    void schedule_deadline();
    void go_down(exchange::Problem problem);

    World world_;
    StreamTarget target_;
    exchange::StreamSink& sink_;
    Events events_;
    std::unique_ptr<exchange::StreamSession> session_;
    std::unique_ptr<ports::Stream> stream_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
    std::optional<ports::Timers::Id> ping_timer_;
    std::optional<ports::Timers::Id> deadline_timer_;
    std::chrono::microseconds last_heard_;
    bool login_asked_{false};
    bool live_{false};
    bool down_{false};
};

}  // namespace bf::connection

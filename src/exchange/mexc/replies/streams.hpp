// MEXC's WebSocket sessions. Spot pushes protobuf and acknowledges in JSON (spot v3 reference, "Websocket Market Streams" and "User Data
// Streams"); futures speak JSON, public and private on one socket (futures reference, "WebSocket").
#pragma once
#include "exchange/replies.hpp"

#include <utility>

namespace bf::exchange::mexc {

std::unique_ptr<StreamSession> open_spot_session(const StreamPlan& plan, const Instruments* instruments);
std::unique_ptr<StreamSession> open_futures_session(const StreamPlan& plan, const Instruments* instruments);

/// What both sessions keep: their plan, frames to send, how far they are.
class SessionBase : public StreamSession {
public:
    SessionBase(const StreamPlan& plan, const Instruments* instruments) : plan_{plan}, instruments_{instruments} {}
    [[nodiscard]] std::vector<std::string> take_frames() override { return std::exchange(frames_, {}); }
    [[nodiscard]] State state() const override { return state_; }
    [[nodiscard]] const std::optional<Problem>& problem() const override { return problem_; }

protected:
    Answer<void> refuse(Problem problem) {
        state_ = State::refused;
        problem_ = problem;
        return Unexpected{std::move(problem)};
    }
    StreamPlan plan_;
    const Instruments* instruments_;
    std::vector<std::string> frames_{};
    State state_{State::opening};
    std::optional<Problem> problem_{};
};

/// The streams' spelling of an interval: "Min60" for the hour.
std::string_view stream_interval(market::Interval interval);

}  // namespace bf::exchange::mexc

// The life of a session that both of KuCoin's socket interfaces share: welcome, subscriptions, their acknowledgements, refusals, pings.
#pragma once
#include "exchange/stream.hpp"

namespace bf::exchange::kucoin {

class Control : public StreamSession {
public:
    void on_open() override {}
    Answer<void> on_binary(std::string_view, StreamSink&) override { return Unexpected{unreadable("KuCoin sends no binary frames")}; }
    [[nodiscard]] std::vector<std::string> take_frames() override { return std::exchange(frames_, {}); }
    [[nodiscard]] State state() const override { return state_; }
    [[nodiscard]] const std::optional<Problem>& problem() const override { return problem_; }
    /// Frame-level pings do not count: the exchange closes after a minute without this one.
    [[nodiscard]] std::string ping() override;

protected:
    /// The exchange is ready: each text is sent under an id of ours, which its acknowledgement repeats.
    void welcome(const std::vector<std::string>& subscriptions);
    void acknowledged(std::string_view id);
    /// An error frame. One that answers a subscription, or comes before any, ends the session's hopes. `by_symbol`: topics name symbols.
    Answer<void> refused(std::string_view id, std::string_view code, std::string_view message, bool by_symbol = false);
    [[nodiscard]] std::string next_id() { return std::to_string(++last_id_); }

private:
    State state_{State::opening};
    std::optional<Problem> problem_;
    std::vector<std::string> frames_;
    std::vector<std::string> pending_;
    std::int64_t last_id_{0};
};

}  // namespace bf::exchange::kucoin

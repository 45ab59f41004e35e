// Keeps one connection's private stream up: opens it, renews its listen key, reopens it after a loss with growing, spread-out pauses, which
// are short again once a stream has lived for half a minute: one that dies at its first breath is no reason to hurry.
// No listen key that is in use is ever deleted.
#pragma once
#include "connection/pace.hpp"
#include "connection/stream_link.hpp"
#include "connection/stream_tap.hpp"

namespace bf::connection {

class StreamKeeper {
public:
    enum class State : std::uint8_t { opening, live, down };
    struct Setup {
        std::string connection;
        market::Market market{};
        exchange::Site site{exchange::Site::global};
        exchange::AccountMode account_mode{exchange::AccountMode::classic};
        std::optional<int> key_version;
        milliseconds clock_offset{0};
        bool repointed{false};
        Pace* pace{nullptr};      ///< Null without limits; outlives the keeper.
        std::uint32_t spread{0};  ///< Any number; connections with different ones reopen at different moments.
        StreamTap* tap{nullptr};  ///< Hears the account's events. Null: nobody; the stream is kept as a proof only.
    };
    using OnState = std::function<void(State, const std::optional<exchange::Problem>&)>;

    StreamKeeper(World world, Adapter adapter, Setup setup, OnState on_state);
    ~StreamKeeper();
    StreamKeeper(const StreamKeeper&) = delete;
    StreamKeeper& operator=(const StreamKeeper&) = delete;

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] exchange::AccountMode account_mode() const { return setup_.account_mode; }
    /// The key it was opened with is replaced: it is heard until its owner lets it go, but renews nothing, and is not opened again once lost.
    void retire();
    /// From now on its end concerns nobody: another stream of the same account is live.
    void silence() { setup_.tap = nullptr; }
    /// As the last test measured it: clocks drift, and a stream may be reopened weeks after it was opened.
    void set_clock_offset(milliseconds offset) { setup_.clock_offset = offset; }

private:
    void open();
    void connect(exchange::StreamAddress address);
    void schedule_renewal(milliseconds in);
    void not_renewed(const exchange::Problem& problem);
    void lose(const exchange::Problem& problem);
    void open_again_later();
    void set_state(State state, const std::optional<exchange::Problem>& problem);
    using OnResponse = std::function<void(const wire::Response&, const exchange::Call&)>;
    using OnFailure = std::function<void(const exchange::Problem&)>;
    /// Signs `call`, sends it, hands over the response or why there is none. Neither comes once the stream it was for is lost.
    void ask(exchange::Call call, OnResponse on_response, OnFailure on_failure);
    [[nodiscard]] exchange::Call make_call(exchange::Operation operation) const;
    [[nodiscard]] StreamTap& tap() { return setup_.tap != nullptr ? *setup_.tap : nobody_; }

    World world_;
    Adapter adapter_;
    Setup setup_;
    OnState on_state_;
    State state_{State::opening};
    StreamTap nobody_;
    std::unique_ptr<StreamLink> link_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
    std::optional<ports::Timers::Id> retry_timer_;
    std::optional<ports::Timers::Id> renew_timer_;
    struct Renewal {
        std::string listen_key{};
        milliseconds every{0};
        std::chrono::microseconds renewed{0};
    };
    Renewal renewal_{};
    std::chrono::microseconds live_since_{0};
    bool retired_{false};
    int losses_in_row_{0};
    std::uint64_t era_{0};  ///< Rises with each loss.
};

}  // namespace bf::connection

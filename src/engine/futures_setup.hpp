// Before a futures group's first entry: the account's position mode, the symbol's margin mode and its leverage are read, set where they
// differ, and read again. Nothing is placed before they are what the group was planned with. The position mode is the account's own:
// it is read and never changed, because it can't be while anything is open and would change the user's other trading; in hedge mode nothing is
// opened. A symbol with a position keeps its settings: they are compared and nothing is set.
//
// Where an exchange keeps no such setting or none that can be read (MEXC's margin mode, KuCoin's leverage with isolated margin), each
// order carries it: margin_mode_read and leverage_read say so, and the position is to be compared after the first fill.
#pragma once
#include "engine/caller.hpp"

namespace bf::engine {

class FuturesSetup final : private Asker {
public:
    struct Wanted {
        std::string connection;
        market::Symbol symbol;
        market::MarginMode margin_mode{market::MarginMode::isolated};
        std::int64_t leverage{1};
    };
    enum class State : std::uint8_t { idle, running, ready, failed };

    FuturesSetup(Caller& caller, Wanted wanted) : caller_{caller}, wanted_{std::move(wanted)} {}
    ~FuturesSetup() override { stop(); }
    FuturesSetup(const FuturesSetup&) = delete;
    FuturesSetup& operator=(const FuturesSetup&) = delete;

    /// Begins, or begins again after it failed.
    void start(Now now);
    void stop();
    [[nodiscard]] State state() const { return state_; }
    /// When it became ready or failed; steady. What was read then says nothing for good.
    [[nodiscard]] std::chrono::microseconds ended_at() const { return ended_at_; }
    /// It failed because nobody could be asked, which says nothing of the account.
    [[nodiscard]] bool was_unanswered() const { return is_passing(refusal_); }
    [[nodiscard]] const Wanted& wanted() const { return wanted_; }
    /// Once ready: what the orders must name.
    [[nodiscard]] std::optional<market::PositionMode> position_mode() const { return position_mode_; }
    /// Whether the exchange itself confirmed it; else each order carries it.
    [[nodiscard]] bool margin_mode_read() const { return margin_mode_read_; }
    [[nodiscard]] bool leverage_read() const { return leverage_read_; }
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

private:
    enum class Step : std::uint8_t { read_position_mode, read_position, read_margin_mode, set_margin_mode, verify_margin_mode, read_leverage, set_leverage, verify_leverage };
    void on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) override;
    void ask(Now now, Step step);
    void go_on(Now now, const exchange::Asked& asked, const wire::Response& response);
    void go_on_without(Now now, const exchange::CallError& error);
    void took_margin_mode(Now now, market::MarginMode mode);
    void took_leverage(Now now, const std::vector<std::int64_t>& settings);
    void compare(Now now, const std::vector<market::Position>& positions);
    void failed(Now now, const exchange::Problem& problem);
    void fail(Now now, Refusal refusal);
    void be_ready(Now now);
    static bool is_passing(const std::optional<Refusal>& refusal);

    Caller& caller_;
    Wanted wanted_;
    State state_{State::idle};
    Step step_{Step::read_position_mode};
    std::uint64_t ticket_{0};
    int tries_{0};
    std::chrono::microseconds ended_at_{0};
    std::optional<market::PositionMode> position_mode_;
    bool margin_mode_read_{false};
    bool leverage_read_{false};
    std::optional<Refusal> refusal_;
};

}  // namespace bf::engine

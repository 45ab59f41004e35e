// The inside of a ConnectionTest: its steps as coroutine parts over one set of members. Included by the test's own sources only.
#pragma once
#include "connection/part.hpp"
#include "connection/test.hpp"
#include "exchange/evidence.hpp"

namespace bf::connection {

class ConnectionTest::Script {
public:
    Script(TestInput input, Now now, OnStep on_step);

    void start() { main_.start(); }
    void take(CallOutcome outcome);
    void take(StreamOutcome outcome);
    void give_up();
    [[nodiscard]] const Action& action() const { return action_; }
    [[nodiscard]] const Report& report() const { return report_; }

private:
    using Code = exchange::ProblemCode;
    using Operation = exchange::Operation;
    using Ternary = exchange::Ternary;
    using Evidence = exchange::Evidence;

    // The script, in the order of the steps.
    Part run();
    void input_shape();
    Part reach();
    Part clock();
    Part key();
    /// Which kind of account the key is of, and what it may do in that kind.
    Part account_mode();
    Part outsider();
    void judge_outsider();
    /// Into the report. False for a key that the exchange says is dead: the step has failed then.
    bool take_key_info(const exchange::KeyInfo& info);
    /// As the exchange told it in this test.
    [[nodiscard]] std::optional<std::string> own_address() const;
    void permissions();
    void withdrawal();
    Part ip_allow_list();
    Part balance();
    /// A read was refused for its right. Where the exchange told nothing of the rights, the step on them has failed after all.
    void miss_read_right(const exchange::Problem& problem, Evidence what);
    Part orders();
    Part choose_symbol();
    Part positions();
    Part trade_right();
    Part identity();
    Part test_order();
    Part stream();

    // Steps: begun, ended once, reported as they happen.
    void begin(StepId id);
    void end(StepResult result, Facts detail);
    void fail(const exchange::Problem& problem, Facts detail);
    void skip_rest();
    void finish();

    // Asking.
    [[nodiscard]] exchange::Call make_call(Operation operation) const;
    /// Makes it the next action; the part then awaits pause_ and finds the answer in outcome_.
    void send(exchange::Call call, std::optional<ports::PriceReference> reference = {});
    [[nodiscard]] const wire::Response* response() const { return std::get_if<wire::Response>(&outcome_.what); }
    [[nodiscard]] bool not_supported() const;
    [[nodiscard]] exchange::Asked asked() const { return {.call = asked_, .now = now_(), .instruments = &instruments_}; }
    /// The problem of an outcome that holds no response.
    [[nodiscard]] exchange::Problem outcome_problem() const;
    /// Reads the response by `read`; a transport error or refusal becomes the Answer's problem.
    template <class Read>
    auto read_answer(Read&& read) -> decltype(read(std::declval<const wire::Response&>(), std::declval<const exchange::Asked&>())) {
        if (const auto* got = response()) return read(*got, asked());
        return Unexpected{outcome_problem()};
    }
    void set_claim(exchange::Claim& claim, Ternary answer, std::string evidence) const;
    [[nodiscard]] exchange::Claim& trade_claim();
    void notice_address(const exchange::Problem& problem);
    [[nodiscard]] bool is_futures() const { return input_.market == market::Market::futures; }

    TestInput input_;
    Now now_;
    OnStep on_step_;
    Action action_{Finished{}};
    Report report_;
    Pause pause_;
    CallOutcome outcome_;
    StreamOutcome stream_outcome_;
    exchange::Call asked_;

    std::optional<StepId> running_;
    Instant begun_at_;
    bool stop_{false};      ///< Nothing further makes sense.
    bool finished_{false};
    bool inspected_{false};  ///< The exchange told about the key.
    std::optional<int> key_version_;
    exchange::Instruments instruments_;
    std::optional<market::Symbol> symbol_;   ///< To probe with, once chosen.
    std::optional<Fact> symbol_trouble_;
    std::optional<market::MarginMode> margin_mode_;
    std::optional<market::PositionMode> position_mode_;
    Part main_;
};

/// The exchange's own code and words, where it sent any.
void note_answer(Facts& facts, const exchange::Problem& problem);

}  // namespace bf::connection

// The checks behind decision.hpp, one object a decision: collects verdicts, knows the route and plans the order once for all checks.
#pragma once
#include "trading/decision.hpp"

#include <memory>
#include <type_traits>

namespace bf::trading {

/// Of an age that may be at most so much: what is over a limit by a millisecond is not told as the limit.
inline std::int64_t seconds_begun(milliseconds age) { return (age.count() + (age.count() < 0 ? -999 : 999)) / 1000; }
inline std::int64_t whole_seconds(milliseconds span) { return span.count() / 1000; }

class Checks {
public:
    Checks(const DecisionInput& input, Decision& decision) : in_{input}, out_{decision} {}

    /// Stage 1. False: something failed, and nothing else is looked at.
    bool signal();
    /// Whether nothing is traded at all; then that is the only thing said.
    bool held();
    void enter(const Route& route, Via via);
    void connection();
    void market();
    void risk();
    /// Verdicts into an outcome; an order if nothing stands against it.
    void conclude_entry();
    /// All of an exit after stage 1, for the group of a route.
    void exit(const Route& route, Via via);

private:
    void result_of_exit();
    /// The order the signal would lead to, and the group after it.
    struct Plan {
        bool there{false};  ///< There is something to size: not for an add without a group, nor with settings or prices that can't be used.
        bool recovery{false};
        Decimal leverage{1};
        Decimal equity{};  ///< What shares of equity are taken of.
        Number size, quantity, limit_price, notional, margin;
        std::optional<Number> group_limit{};
        Number fee;            ///< Of the fill that is planned: all of the quantity at the best price.
        Books::Sums after{};  ///< The group's, with that fill.
        bool after_known{false};
    };

    struct Nothing {};
    // What is compared is written where it stays: a figure made first and copied then costs more than most checks, since what was written in
    // parts can't be read as a whole at once.
    template <class Actual = Nothing, class Limit = Nothing>
    void check(Code code, bool passed, const Actual& actual = {}, const Limit& limit = {}) {
        if (!passed || told()) check_at(stage_of(code), code, passed, actual, limit);
    }
    template <class Actual = Nothing, class Limit = Nothing>
    void check_at(int stage, Code code, bool passed, const Actual& actual = {}, const Limit& limit = {}) {
        if (passed && !told()) return;
        Verdict& verdict = push(code, stage, passed);
        put(verdict.actual, actual);
        put(verdict.limit, limit);
    }
    template <class Value>
    void put(Figure& place, const Value& value) const {
        if constexpr (!std::is_same_v<Value, Nothing>)
            if (told()) {
                std::construct_at(&place, value);
                return;
            }
        place.kind = Figure::Kind::none;
    }
    /// Its figures are the caller's to set.
    Verdict& push(Code code, int stage, bool passed);
    /// Not known: stops as told.
    void unknown(Code code, Stop stop, const Figure& actual = {}, const Figure& limit = {});
    [[nodiscard]] bool told() const { return in_.detail == Detail::told; }
    [[nodiscard]] bool spot() const { return in_.rules.market == market::Market::spot; }
    [[nodiscard]] bool adds() const { return group_ != nullptr; }
    [[nodiscard]] const Shape& shape() const { return group_ != nullptr ? group_->shape : in_.rules.shape; }
    [[nodiscard]] const Protection& protection() const { return in_.rules.protection; }
    [[nodiscard]] bool failed_with(Stop stop, std::size_t from = 0) const;

    void rights();
    void quote(bool priced);
    void other_groups();
    void zones();
    void gate();
    void improvement(const Decimal& least);
    void cooldown(seconds least);
    void opening();
    void order_limits();
    void margins();
    void capital();
    void futures();
    void use();
    void make_plan();
    void plan_size();
    void plan_recovery_size();
    void shrink_to_balance();
    [[nodiscard]] Books empty_books() const;
    /// The group's, with the plan's fill: for what its sums alone don't tell.
    [[nodiscard]] Books books_after() const;
    [[nodiscard]] Number lowest_exit() const;
    void close(const Group& group);
    [[nodiscard]] bool conclude_failure();
    void fill_order();

    const DecisionInput& in_;
    Decision& out_;
    const Route* route_{nullptr};
    const Group* group_{nullptr};
    const Group* opposite_{nullptr};
    bool failed_{false};  ///< Some verdict stops.
    bool usable_{false};  ///< Settings and prices can be calculated with.
    bool closes_opposite_{false};
    std::optional<std::size_t> gate_at_{};  ///< Where GROUP_IN_RECOVERY stands among the verdicts.
    Plan plan_{};
};

}  // namespace bf::trading

// What an exchange tells of a pair only to an account's own key: what its fills cost, and a futures symbol's risk tiers where the list of
// instruments has none. Known anew every few hours, since exchanges change them. Within the account's budget, through the Caller, and only a few
// questions at once, so that what trading asks of the same budget never stands in line behind a thousand pairs.
//
// What can't be had stays what was told last, or nothing: an entry without tiers waits, one without fee rates counts with the settings' fees.
#pragma once
#include "engine/caller.hpp"

#include <functional>

namespace bf::engine {

class PairFacts final : private Asker {
public:
    enum class Kind : std::uint8_t { risk_tiers, fee_rates };
    /// Told after each answer.
    using Told = std::function<void(Now, Kind, const std::string& connection, const market::Symbol&)>;
    PairFacts(Caller& caller, Told told) : caller_{caller}, told_{std::move(told)} {}
    ~PairFacts() override;
    PairFacts(const PairFacts&) = delete;
    PairFacts& operator=(const PairFacts&) = delete;

    /// Asks, unless it is known or being asked. The caller knows the connection.
    void want(Now now, Kind kind, const std::string& connection, const market::Symbol& symbol);
    void forget(const std::string& connection);
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const { return wake_; }

    /// Null while they were not told: not yet, or because the exchange has no such call for this kind of account.
    [[nodiscard]] const std::vector<market::RiskTier>* tiers(std::string_view connection, const market::Symbol& symbol) const;
    [[nodiscard]] const market::FeeRates* fees(std::string_view connection, const market::Symbol& symbol) const;

    static constexpr std::chrono::hours kKnownFor{6};
    static constexpr int kAtOnce = 2;  ///< Of a connection.
    static constexpr seconds kRetryFirst{5}, kRetryLast{300};

private:
    struct Wanted {
        Kind kind;
        std::string connection;
        market::Symbol symbol;
    };
    /// Every decision looks for its pair: without copies.
    struct Sought {
        Kind kind;
        std::string_view connection;
        const market::Symbol& symbol;
    };
    struct Before {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            if (a.kind != b.kind) return a.kind < b.kind;
            const auto names = std::string_view{a.connection}.compare(b.connection);
            return names != 0 ? names < 0 : a.symbol < b.symbol;
        }
    };
    struct State {
        std::uint64_t tag{0}, ticket{0};
        std::chrono::microseconds due{0};
        seconds pause{kRetryFirst};
        bool no_such_call{false};
        std::optional<std::vector<market::RiskTier>> tiers{};
        std::optional<market::FeeRates> fees{};
    };
    void on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) override;
    /// Those that are due, as far as their connections have room.
    void ask_due(Now now);
    void ask(Now now, const Wanted& wanted, State& state);
    [[nodiscard]] bool has_room(const std::string& connection) const;
    void take(Now now, const Wanted& wanted, State& state, const exchange::Call& call, const CallAnswer& answer);
    void plan();

    Caller& caller_;
    Told told_;
    std::map<Wanted, State, Before> states_;
    std::map<std::string, int, std::less<>> out_;  ///< Questions without an answer, by connection.
    std::uint64_t last_tag_{0};
    std::optional<std::chrono::microseconds> wake_{};  ///< The earliest of those that are due, of connections that have room.
};

}  // namespace bf::engine

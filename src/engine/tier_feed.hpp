// The risk tiers of futures symbols, where the exchange does not tell them in its list of instruments: asked for with an account's own key,
// known anew every few hours, since exchanges change them. Within the account's budget, through the Caller.
//
// A symbol whose tiers can't be had keeps those that were told last; one whose tiers never came has none, and an entry on it waits.
#pragma once
#include "engine/caller.hpp"

#include <functional>

namespace bf::engine {

class TierFeed final : private Asker {
public:
    /// Told after each answer that changed what is known.
    using Told = std::function<void(Now, const std::string& connection, const market::Symbol&)>;
    TierFeed(Caller& caller, Told told) : caller_{caller}, told_{std::move(told)} {}
    ~TierFeed() override;
    TierFeed(const TierFeed&) = delete;
    TierFeed& operator=(const TierFeed&) = delete;

    /// Asks, unless it is known or being asked. The caller knows the connection.
    void want(Now now, const std::string& connection, const market::Symbol& symbol);
    void forget(const std::string& connection);
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const { return wake_; }

    /// Null while they were not told: not yet, or because the exchange has no such call for this kind of account.
    [[nodiscard]] const std::vector<market::RiskTier>* find(const std::string& connection, const market::Symbol& symbol) const;

    static constexpr std::chrono::hours kKnownFor{6};
    static constexpr seconds kRetryFirst{5}, kRetryLast{300};

private:
    struct Wanted {
        std::string connection;
        market::Symbol symbol;
        friend auto operator<=>(const Wanted&, const Wanted&) = default;
    };
    struct State {
        std::uint64_t tag{0}, ticket{0};
        std::chrono::microseconds due{0};
        seconds pause{kRetryFirst};
        bool no_such_call{false};
        std::optional<std::vector<market::RiskTier>> tiers{};
    };
    void on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) override;
    void ask(Now now, const Wanted& wanted, State& state);
    void take(Now now, const Wanted& wanted, State& state, const exchange::Call& call, const CallAnswer& answer);
    void plan();

    Caller& caller_;
    Told told_;
    std::map<Wanted, State> states_;
    std::uint64_t last_tag_{0};
    std::optional<std::chrono::microseconds> wake_{};  ///< The earliest of those that are due without being asked.
};

}  // namespace bf::engine

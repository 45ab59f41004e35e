// What the parts of Trader share and nobody else needs.
#pragma once
#include "engine/trader.hpp"

namespace bf::engine {

inline constexpr std::chrono::microseconds kEvaluateEvery{seconds{10}};  ///< Groups, beside every price tick.
inline constexpr std::chrono::microseconds kRetryEvery{seconds{1}};      ///< Signals that wait.
inline constexpr std::chrono::microseconds kSampleEvery{seconds{30}};    ///< Equity, for the brake.
/// A difference between books and exchange counts when it lasted that long: events of one trade arrive one after the other.
inline constexpr std::chrono::microseconds kDisagreeFor{seconds{10}};

/// So long a group's end waits for the funding of its last hours; an exchange that can't be asked must not keep it open.
inline constexpr milliseconds kFundingPatience{std::chrono::minutes{10}};

/// A quote that was not confirmed for so long triggers nothing.
inline constexpr milliseconds kPriceTrusted{seconds{5}};

/// A signal on its way to a decision.
struct Trader::Pending {
    std::int64_t number{0};  ///< The store's.
    std::string strategy;
    trading::Signal signal;
    std::string malformed;  ///< Why it is no signal; empty if it is one.
    bool seen_before{false};
    std::int64_t decision{0};  ///< The LIVE entry that says it waits; 0: none yet.
    std::string told;          ///< What that entry says, so that it is written again only when something changed.
    std::set<GroupNumber> closed{};  ///< Exits: the groups it has closed so far.
};

/// One connection as a decision sees it, with what the references in its route point to.
struct Trader::Place {
    const ConnectionState* connection{nullptr};
    const MarketState* market{nullptr};
    const trading::InstrumentFacts* instrument{nullptr};
    LiveGroup* group{nullptr};
    LiveGroup* opposite{nullptr};
    std::optional<trading::Group> group_facts{}, opposite_facts{};
    trading::Quote quote{};
    trading::FeeRates fees{};
    trading::AccountFacts account{};
    std::optional<Instant> closed_at{};
    std::optional<trading::LeverageFacts> leverage{};

    [[nodiscard]] trading::Route route() const;
};

/// The store's row and a signal, one way and back.
ports::StoredSignal to_stored(const trading::Signal& signal, const std::string& strategy, const std::string& malformed, Instant at);

}  // namespace bf::engine

// The signer's limits of each connection as it last told them: what a decision holds an entry against before a group is made of it.
//
// The signer judges each order by itself and by what it knows then; this only foresees what it would refuse whatever came before the order. How much of
// an hour's, a day's or a minute's amount is used up, and how much is open, changes with each order and with time: only an order that is larger than all
// of it is foreseen.
#pragma once
#include "engine/caller.hpp"
#include "ports/use_limits.hpp"
#include "trading/facts.hpp"

#include <map>
#include <string>

namespace bf::engine {

/// Limits that were told longer ago are not known any more: somebody may have changed them past this process.
inline constexpr std::chrono::microseconds kLimitsKnownFor{std::chrono::minutes{2}};

class KnownLimits {
public:
    void told(Now now, const std::string& connection, const ports::LimitState& state);
    void forget(const std::string& connection);
    /// What an entry of the pair is held against now.
    [[nodiscard]] trading::UseBounds of(Now now, const std::string& connection, const market::Symbol& symbol) const;
    /// Frozen at the signer, whoever did that.
    [[nodiscard]] bool frozen(Now now, const std::string& connection) const;
    /// Another number each time that something else was told.
    [[nodiscard]] std::uint64_t version(const std::string& connection) const;

private:
    struct Told {
        ports::LimitState state;
        std::chrono::microseconds at{0};  ///< Steady.
        std::uint64_t version{1};
    };
    /// Null when nothing was told of late.
    [[nodiscard]] const Told* find(Now now, const std::string& connection) const;

    std::map<std::string, Told, std::less<>> told_;
};

}  // namespace bf::engine

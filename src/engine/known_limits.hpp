// The signer's limits of each connection as it last told them: what a decision holds an entry against before a group is made of it.
//
// The signer judges each order by itself and by what it knows then; this only foresees what it would refuse. How much of an hour's or a day's amount is
// used up, and how much is open, changes with each order and with time: it stands against an order when it was told just now, and what was told before is
// reason enough to ask anew. An order for which there is room by the last word, less what was ordered since, asks nobody.
#pragma once
#include "engine/caller.hpp"
#include "ports/use_limits.hpp"
#include "trading/facts.hpp"

#include <map>
#include <string>

namespace bf::engine {

/// Limits that were told longer ago are not known any more: somebody may have changed them past this process.
inline constexpr std::chrono::microseconds kLimitsKnownFor{std::chrono::minutes{2}};

/// What is used up holds for so long as it was told.
inline constexpr std::chrono::microseconds kUseHoldsFor{seconds{2}};
/// A signer that has not told it by then judges unasked.
inline constexpr std::chrono::microseconds kUseAskedFor{seconds{1}};

class KnownLimits {
public:
    void told(Now now, const std::string& connection, const ports::LimitState& state);
    void forget(const std::string& connection);
    /// What an entry of the pair is held against now.
    [[nodiscard]] trading::UseBounds of(Now now, const std::string& connection, const market::Symbol& symbol) const;
    /// An entry worth so much of the quote asset goes to the signer.
    void ordered(const std::string& connection, const std::string& asset, const Decimal& value);
    /// False where an entry worth so much may find no room in what is left.
    [[nodiscard]] bool has_room(Now now, const std::string& connection, const market::Symbol& symbol, const Decimal& value) const;
    /// Whether anything was told since.
    [[nodiscard]] bool told_since(const std::string& connection, std::chrono::microseconds steady) const;
    /// Frozen at the signer, whoever did that.
    [[nodiscard]] bool frozen(Now now, const std::string& connection) const;
    /// Another number each time that something else was told.
    [[nodiscard]] std::uint64_t version(const std::string& connection) const;

private:
    struct Told {
        ports::LimitState state;
        std::chrono::microseconds at{0};  ///< Steady.
        std::uint64_t version{1};
        std::map<std::string, Decimal, std::less<>> ordered{};  ///< Since then, by quote asset.
    };
    static trading::UseBounds::Left left(const ports::LimitState& state, const std::string& asset);
    /// Null when nothing was told of late.
    [[nodiscard]] const Told* find(Now now, const std::string& connection) const;

    std::map<std::string, Told, std::less<>> told_;
};

}  // namespace bf::engine

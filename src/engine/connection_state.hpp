// What trading knows of a connection, told anew whenever it changes: how it is reached, what its key was proven to be able to do, and the
// money on it as the exchange last told.
#pragma once
#include "engine/caller.hpp"
#include "ports/family.hpp"
#include "trading/facts.hpp"

#include <map>
#include <optional>
#include <string>

namespace bf::engine {

struct ConnectionState {
    Account account;
    std::string name;
    trading::ConnectionFacts facts;
    std::optional<std::string> account_id;  ///< The exchange's, where it tells.
    milliseconds clock_offset{0};  ///< The exchange's clock less ours, as the connection's test measured it.
    ports::Family family{ports::Family::v4};  ///< Of the addresses its calls go over.
    bool simulated{false};
    bool paper{false};  ///< The paper twin of a connection (paper_name.hpp): never found by a name.
};

/// One asset, as the account's feed last told.
struct AssetMoney {
    Decimal free;
    Decimal locked;
    /// Futures: all of it with open profit, as the exchange's last list of balances told it in one figure. Streams tell parts only, each at a
    /// moment of its own: a profit that was just taken would be counted twice, or not at all.
    std::optional<Decimal> equity{};
    std::chrono::microseconds told{0};  ///< Steady.
};

/// The money of one connection.
struct Wallet {
    std::map<std::string, AssetMoney, std::less<>> assets;
    std::map<market::Symbol, market::Position> positions;  ///< Futures: open ones.
    std::optional<Instant> balances_at;
    std::optional<Instant> positions_at;
    std::chrono::microseconds heard{0};  ///< Steady: when anything of it was last told.
    std::chrono::microseconds whole{0};  ///< Steady: when all assets were.
    std::optional<std::chrono::microseconds> reconciled{};  ///< When its orders were last asked for because of a difference.
};

}  // namespace bf::engine

// What paper trading asks of a real market beside its prices: how much the book holds, and the next funding rate. Public, unsigned and never
// on the way of a real order, so these are no operations of a typed call. Pure: paths out, answers in.
#pragma once
#include "exchange/replies.hpp"
#include "wire/json.hpp"

namespace bf::exchange {

/// Best first on either side; quantities in base units.
struct Depth {
    std::vector<BookLevel> bids, asks;
};

/// What longs pay to shorts at the next settlement, as it stands now.
struct FundingRate {
    Decimal rate;  ///< A factor of the position's worth; below zero: shorts pay.
    Instant due;
};

class PublicFacts {
public:
    static constexpr int kLevels = 20;
    virtual ~PublicFacts() = default;

    /// Path and query of the book of an instrument; on the host that its ticker is asked of.
    [[nodiscard]] virtual std::string depth_target(const market::Instrument& instrument) const = 0;
    virtual Answer<Depth> depth(const wire::Response& response, const Asked& asked, const market::Instrument& instrument) const = 0;
    [[nodiscard]] virtual std::string funding_target(const market::Instrument& contract) const = 0;
    virtual Answer<FundingRate> funding_rate(const wire::Response& response, const Asked& asked) const = 0;
    /// The operation of at least that weight in the exchange's public budget.
    [[nodiscard]] virtual Operation weighs_as(market::Market market) const = 0;
};

/// Reads rows of [price, size, ...]; sizes are contracts where the instrument has a contract size. Nothing when a row can't be read, or
/// the rows don't go one way from the best on.
std::optional<std::vector<BookLevel>> read_levels(const wire::JsonValue& rows, const market::Instrument& instrument, bool bids);

}  // namespace bf::exchange

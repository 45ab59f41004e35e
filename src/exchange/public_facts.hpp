// What paper trading and back-tests ask of a real market beside its prices: how much the book holds, the next funding rate, those that were
// settled. Public, unsigned and never on the way of a real order, so these are no operations of a typed call. Pure: paths out, answers in.
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

/// Which settled rates are asked for. An exchange lists them by time or by page, and looks at the one that is its own.
struct FundingAsk {
    Instant from, to;  ///< Settled from `from` to before `to`.
    int page{1};       ///< From the newest back, kFundingPage each.
};
struct SettledRates {
    std::vector<FundingRate> rates;  ///< `due` is when it was settled. In any order.
    bool more{false};                ///< By page: there are older ones.
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
    static constexpr int kFundingPage = 100;
    [[nodiscard]] virtual bool lists_funding_by_page() const = 0;
    [[nodiscard]] virtual std::string settled_target(const market::Instrument& contract, const FundingAsk& ask) const = 0;
    virtual Answer<SettledRates> settled_rates(const wire::Response& response, const Asked& asked, const market::Instrument& contract) const = 0;
    /// The operation of at least that weight in the exchange's public budget.
    [[nodiscard]] virtual Operation weighs_as(market::Market market) const = 0;
};

/// Whether it can be one: no more than all that is held.
bool is_funding_rate(const Decimal& rate);

/// Reads rows of [price, size, ...]; sizes are contracts where the instrument has a contract size. Nothing when a row can't be read, or
/// the rows don't go one way from the best on, or a figure is beyond any market's.
std::optional<std::vector<BookLevel>> read_levels(const wire::JsonValue& rows, const market::Instrument& instrument, bool bids);

}  // namespace bf::exchange

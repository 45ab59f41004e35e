#include "exchange/public_facts.hpp"

namespace bf::exchange {
namespace {

/// What is beyond these is of no market: sums with it could leave the range of numbers.
constexpr std::int64_t kPriceMax = 1'000'000'000'000, kQuantityMax = 1'000'000'000'000'000'000;

}  // namespace

bool is_funding_rate(const Decimal& rate) { return abs(rate) <= Decimal{1}; }

std::optional<std::vector<BookLevel>> read_levels(const wire::JsonValue& rows, const market::Instrument& instrument, bool bids) {
    const bool contracts = instrument.market == market::Market::futures;
    if (!rows.is_array() || (contracts && !instrument.contract_size)) return std::nullopt;
    std::vector<BookLevel> levels;
    for (std::size_t i = 0; i < rows.size() && levels.size() < PublicFacts::kLevels; ++i) {
        const auto price = rows.at(i).at(0).decimal(), size = rows.at(i).at(1).decimal();
        if (!price || !size || !price->is_positive() || size->is_negative()) return std::nullopt;
        if (!levels.empty() && (bids ? *price >= levels.back().price : *price <= levels.back().price)) return std::nullopt;
        const auto quantity = contracts ? Decimal::product(*size, *instrument.contract_size, Rounding::down) : size;
        if (*price > Decimal{kPriceMax} || !quantity || *quantity > Decimal{kQuantityMax}) return std::nullopt;
        levels.push_back({*price, *quantity});
    }
    return levels;
}

}  // namespace bf::exchange

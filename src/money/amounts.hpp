// Prices, quantities and sums of money as different types, so that only meaningful arithmetic compiles.
//
//   Price * Quantity = Money        Money / Quantity -> Price (rounded by name)      Money * Ratio = Money
//   Quantity +- Quantity, Money +- Money; Price - Price = Decimal;  Price + Price does not compile.
//
// Units: Price in quote per base unit, Quantity in base units (also on futures), Money in units of one asset that its owner knows.
#pragma once
#include "money/decimal.hpp"

namespace bf {

template <class Tag>
class Amount {
public:
    constexpr Amount() = default;
    explicit constexpr Amount(Decimal value) : value_{value} {}
    static Result<Amount> parse(std::string_view text) {
        BF_TRY(const auto value, Decimal::parse(text));
        return Amount{value};
    }

    [[nodiscard]] constexpr const Decimal& decimal() const { return value_; }
    [[nodiscard]] std::string to_string() const { return value_.to_string(); }
    [[nodiscard]] constexpr bool is_zero() const { return value_.is_zero(); }
    [[nodiscard]] constexpr bool is_negative() const { return value_.is_negative(); }
    [[nodiscard]] constexpr bool is_positive() const { return value_.is_positive(); }

    friend constexpr bool operator==(const Amount&, const Amount&) = default;
    friend auto operator<=>(const Amount& a, const Amount& b) { return a.value_ <=> b.value_; }

private:
    Decimal value_{};
};

using Price = Amount<struct PriceTag>;
using Quantity = Amount<struct QuantityTag>;
using Money = Amount<struct MoneyTag>;
using Ratio = Amount<struct RatioTag>;  ///< A plain factor: 0.001 is a fee of 0.1 %.

inline Quantity operator+(const Quantity& a, const Quantity& b) { return Quantity{a.decimal() + b.decimal()}; }
inline Quantity operator-(const Quantity& a, const Quantity& b) { return Quantity{a.decimal() - b.decimal()}; }
inline Money operator+(const Money& a, const Money& b) { return Money{a.decimal() + b.decimal()}; }
inline Money operator-(const Money& a, const Money& b) { return Money{a.decimal() - b.decimal()}; }
inline Money operator*(const Price& price, const Quantity& quantity) { return Money{price.decimal() * quantity.decimal()}; }
inline Money operator*(const Money& money, const Ratio& ratio) { return Money{money.decimal() * ratio.decimal()}; }
inline Decimal operator-(const Price& a, const Price& b) { return a.decimal() - b.decimal(); }

/// Fails for a quantity of zero.
inline Result<Price> average_price(const Money& money, const Quantity& quantity, int digits, Rounding rounding) {
    BF_TRY(const auto value, Decimal::divide(money.decimal(), quantity.decimal(), digits, rounding));
    return Price{value};
}

}  // namespace bf

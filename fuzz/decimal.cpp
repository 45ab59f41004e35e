// Amounts as text: what is read is said back exactly, and reads as itself again. Sums and products are exact or refused, never wrong.
#include "input.hpp"
#include "money/decimal.hpp"

using namespace bf;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const auto first = input.piece(' ');
    const auto a = Decimal::parse(first);
    const auto scientific = Decimal::parse_scientific(first);
    fuzz::must(!a || (scientific && *scientific == *a), "a plain number is a scientific one too");
    if (scientific) {
        const auto again = Decimal::parse(scientific->to_string());
        fuzz::must(again && *again == *scientific, "what is printed reads as itself");
    }
    const auto b = Decimal::parse(input.rest());
    if (!a || !b) return 0;
    const auto sum = Decimal::add(*a, *b);
    if (sum) {
        const auto back = Decimal::subtract(*sum, *b);
        fuzz::must(back && *back == *a, "a + b - b is a");
    }
    fuzz::must((*a < *b) + (*a == *b) + (*a > *b) == 1, "exactly one order");
    const auto low = Decimal::multiply(*a, *b, Rounding::down);
    const auto high = Decimal::multiply(*a, *b, Rounding::up);
    fuzz::must(low.has_value() == high.has_value() || !high, "rounding up leaves the range first");
    // Both ways the same: the product is exact.
    if (low && high && *low == *high && !b->is_zero()) {
        const auto back = Decimal::divide(*low, *b, Decimal::kScaleMax, Rounding::down);
        fuzz::must(!back || *back == *a, "a * b / b is a");
    }
    return 0;
}

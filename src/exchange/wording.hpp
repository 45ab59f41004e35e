// A sentence in every language of the product with places for values, kept as its English one: made of values, and found again with them.
//
// {0} is a value as it is, {0:number} one that the language writes its way; any other word behind the colon is the caller's own.
#pragma once
#include "exchange/problem.hpp"

#include <array>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace bf::exchange {

struct Wording {
    std::string_view en;
    std::string_view nl;
};

inline constexpr std::size_t kValuesMax = 3;
using Values = std::array<std::string_view, kValuesMax>;

/// The English sentence, as it is kept.
std::string keep(const Wording& words, std::initializer_list<std::string_view> values);
/// The values of a sentence that was made of these words; nothing when it was not.
std::optional<Values> values_in(std::string_view kept, const Wording& words);
/// In the reader's language. `say` tells a value by the word behind its colon.
using SayValue = std::function<std::string(std::string_view value, std::string_view kind)>;
std::string tell(const Wording& words, const Values& values, Language language, const SayValue& say = {});

/// Of the rows that a sentence can be made of, the one that leaves least to the values; null when it is none's.
template <class Rows>
auto find_wording(std::string_view kept, const Rows& rows, Values& values) -> decltype(&*std::begin(rows)) {
    decltype(&*std::begin(rows)) found = nullptr;
    std::size_t fewest = 0;
    for (const auto& row : rows) {
        const auto here = values_in(kept, row.words);
        if (!here) continue;
        std::size_t size = 0;
        for (const auto& value : *here) size += value.size();
        if (found != nullptr && size >= fewest) continue;
        found = &row;
        values = *here;
        fewest = size;
    }
    return found;
}

}  // namespace bf::exchange

#include "exchange/wording.hpp"

#include "exchange/spoken.hpp"

#include <algorithm>

namespace bf::exchange {
namespace {

struct Place {
    std::string_view before;  ///< Up to the value.
    std::size_t index;
    std::string_view kind;
};

/// Takes the text up to the next value off; nothing when there is no further one.
std::optional<Place> next_place(std::string_view& words) {
    const auto open = words.find('{');
    if (open == std::string_view::npos) return std::nullopt;
    const auto close = words.find('}', open);
    auto kind = words.substr(open + 2, close - open - 2);
    if (!kind.empty()) kind.remove_prefix(1);
    const Place place{words.substr(0, open), static_cast<std::size_t>(words[open + 1] - '0'), kind};
    words.remove_prefix(close + 1);
    return place;
}

}  // namespace

std::string keep(const Wording& words, std::initializer_list<std::string_view> values) {
    BF_ASSERT(values.size() <= kValuesMax);
    Values all{};
    std::copy(values.begin(), values.end(), all.begin());
    std::string out;
    auto rest = words.en;
    while (const auto place = next_place(rest)) out.append(place->before).append(all[place->index]);
    return out += rest;
}

std::optional<Values> values_in(std::string_view kept, const Wording& words) {
    Values values{};
    auto rest = words.en;
    auto place = next_place(rest);
    if (!place) return kept == rest ? std::optional{values} : std::nullopt;
    if (!kept.starts_with(place->before)) return std::nullopt;
    kept.remove_prefix(place->before.size());
    while (true) {
        auto behind = rest;
        const auto next = next_place(behind);
        // The last value reaches as far as it can: it may hold anything.
        const auto end = next ? kept.find(next->before) : kept.ends_with(rest) ? kept.size() - rest.size() : std::string_view::npos;
        if (end == std::string_view::npos || end == 0) return std::nullopt;
        values[place->index] = kept.substr(0, end);
        if (!next) return values;
        kept.remove_prefix(end + next->before.size());
        rest = behind;
        place = next;
    }
}

std::string tell(const Wording& words, const Values& values, Language language, const SayValue& say) {
    std::string out;
    auto rest = language == Language::nl ? words.nl : words.en;
    while (const auto place = next_place(rest)) {
        const auto value = values[place->index];
        out += place->before;
        if (place->kind.empty())
            out += value;
        else if (place->kind == "number")
            out += spoken(std::string{value}, language);
        else
            out += say(value, place->kind);
    }
    return out += rest;
}

}  // namespace bf::exchange

#include "engine/name_table.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace bf::engine {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::uint64_t NameTable::hash(std::string_view name) {
    constexpr std::hash<std::string_view> of;
    std::array<char, 64> short_one;
    if (name.size() > short_one.size()) return of(to_lower(name));
    std::transform(name.begin(), name.end(), short_one.begin(), lower);
    return of({short_one.data(), name.size()});
}

NameIndex::NameIndex(const std::vector<Entry>& entries) : entries_(entries.size()) {
    const int bits = std::max(1, static_cast<int>(std::bit_width(entries.size())));
    shift_ = 64 - bits;
    begins_.resize((std::size_t{1} << bits) + 1);
    for (const auto& entry : entries) ++begins_[bucket_of(entry.hash) + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    auto next = begins_;
    for (const auto& entry : entries) entries_[next[bucket_of(entry.hash)]++] = entry;
}

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace bf::engine

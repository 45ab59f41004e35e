#include "engine/worth.hpp"

namespace bf::engine {

void Worth::set(std::uint64_t group, const std::string& connection, const std::string& asset, const std::optional<Decimal>& value) {
    auto [found, fresh] = groups_.try_emplace(group, Entry{nullptr, std::nullopt});
    auto& entry = found->second;
    if (fresh) {
        entry.sum = &sums_[{connection, asset}];
        ++entry.sum->unknown;
    }
    if (entry.value)
        entry.sum->value -= *entry.value;
    else
        --entry.sum->unknown;
    entry.value = value;
    if (value)
        entry.sum->value += *value;
    else
        ++entry.sum->unknown;
}

void Worth::remove(std::uint64_t group) {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return;
    const auto& entry = found->second;
    if (entry.value)
        entry.sum->value -= *entry.value;
    else
        --entry.sum->unknown;
    groups_.erase(found);
}

std::optional<Decimal> Worth::of(const std::string& connection, const std::string& asset) const {
    const auto found = sums_.find({connection, asset});
    if (found == sums_.end()) return Decimal{};
    if (found->second.unknown > 0) return std::nullopt;
    return found->second.value;
}

}  // namespace bf::engine

#include "engine/capital.hpp"

namespace bf::engine {
namespace {

void give(Capital::Sums& sums, const Capital::Share& share) {
    sums.used += share.used;
    sums.reserved += share.reserved;
    ++sums.groups;
}

}  // namespace

Capital::Sums Capital::sums_of(const Table& table, std::string_view name, std::string_view asset) {
    Sums sums;
    for (auto at = table.lower_bound(View{name, {}}); at != table.end() && at->first.first == name; ++at) {
        sums.groups += at->second.groups;
        if (at->first.second != asset) continue;
        sums.used = at->second.used;
        sums.reserved = at->second.reserved;
    }
    return sums;
}

void Capital::take(Table& table, const std::string& name, const std::string& asset, const Share& share) {
    const auto found = table.find(View{name, asset});
    found->second.used -= share.used;
    found->second.reserved -= share.reserved;
    if (--found->second.groups == 0) table.erase(found);
}

void Capital::set(std::uint64_t group, const Owner& owner, const Share& share) {
    remove(group);
    give(by_connection_[{owner.connection, owner.asset}], share);
    give(by_strategy_[{owner.strategy, owner.asset}], share);
    groups_[group] = {owner, share};
}

void Capital::remove(std::uint64_t group) {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return;
    const auto& owner = found->second.owner;
    take(by_connection_, owner.connection, owner.asset, found->second.share);
    take(by_strategy_, owner.strategy, owner.asset, found->second.share);
    groups_.erase(found);
}

Capital::Share Capital::of_group(std::uint64_t group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? Share{} : found->second.share;
}

}  // namespace bf::engine

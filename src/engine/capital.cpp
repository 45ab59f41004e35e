#include "engine/capital.hpp"

namespace bf::engine {
namespace {

void give(Capital::Sums& sums, const Capital::Share& share) {
    sums.used += share.used;
    sums.reserved += share.reserved;
    ++sums.groups;
}

}  // namespace

void Capital::take(Table& table, const std::string& name, const Share& share) {
    const auto found = table.find(name);
    found->second.used -= share.used;
    found->second.reserved -= share.reserved;
    if (--found->second.groups == 0) table.erase(found);
}

void Capital::set(std::uint64_t group, const std::string& connection, const std::string& strategy, const Share& share) {
    remove(group);
    give(by_connection_[connection], share);
    give(by_strategy_[strategy], share);
    groups_[group] = {connection, strategy, share};
}

void Capital::remove(std::uint64_t group) {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return;
    take(by_connection_, found->second.connection, found->second.share);
    take(by_strategy_, found->second.strategy, found->second.share);
    groups_.erase(found);
}

Capital::Share Capital::of_group(std::uint64_t group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? Share{} : found->second.share;
}

}  // namespace bf::engine

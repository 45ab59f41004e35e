#include "engine/foreign_orders.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace bf::engine {

ForeignOrders::One& ForeignOrders::touch(const std::string& connection, std::string_view exchange_id) {
    auto& [seen, by_id] = accounts_[connection];
    if (const auto known = by_id.find(exchange_id); known != by_id.end()) {
        seen.splice(seen.end(), seen, known->second);
        return seen.back();
    }
    if (seen.size() >= kKept) {
        by_id.erase(seen.front().id);
        seen.pop_front();
    }
    seen.push_back({std::string{exchange_id}});
    by_id.emplace(seen.back().id, std::prev(seen.end()));
    return seen.back();
}

bool ForeignOrders::tell(const std::string& connection, std::string_view exchange_id) { return !std::exchange(touch(connection, exchange_id).told, true); }

bool ForeignOrders::contains(std::string_view connection, std::string_view exchange_id) const {
    const auto account = accounts_.find(connection);
    return account != accounts_.end() && account->second.by_id.contains(exchange_id);
}

void ForeignOrders::forget(std::string_view connection) {
    if (const auto account = accounts_.find(connection); account != accounts_.end()) accounts_.erase(account);
}

void ForeignOrders::each_told(std::size_t most, const std::function<void(const std::string&, std::string_view)>& visit) const {
    for (const auto& [connection, account] : accounts_) {
        std::vector<std::string_view> latest;
        for (auto one = account.seen.rbegin(); one != account.seen.rend() && latest.size() < most; ++one)
            if (one->told) latest.push_back(one->id);
        for (auto id = latest.rbegin(); id != latest.rend(); ++id) visit(connection, *id);
    }
}

std::size_t ForeignOrders::count(std::string_view connection) const {
    const auto account = accounts_.find(connection);
    return account == accounts_.end() ? 0 : account->second.seen.size();
}

}  // namespace bf::engine

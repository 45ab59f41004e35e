#include "engine/brakes.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

constexpr milliseconds kDay{std::chrono::hours{24}};
constexpr milliseconds kHour{std::chrono::hours{1}};

}  // namespace

void Brakes::want(const AccountKey& account, const trading::Protection& protection) {
    if (find(account, protection) != nullptr) return;
    auto& purse = purses_[account];
    auto& armed = purse.brakes.emplace_back(Armed{protection.brake_drawdown, protection.brake_window, trading::DrawdownBrake{protection.brake_drawdown, protection.brake_window}});
    for (const auto& sample : purse.kept) armed.brake.note(sample.equity, sample.at);
}

const trading::DrawdownBrake* Brakes::find(const AccountKey& account, const trading::Protection& protection) const {
    const auto purse = purses_.find(account);
    if (purse == purses_.end()) return nullptr;
    for (const auto& armed : purse->second.brakes)
        if (armed.limit == protection.brake_drawdown && armed.window == protection.brake_window) return &armed.brake;
    return nullptr;
}

void Brakes::clear() {
    for (auto& [account, purse] : purses_) purse.brakes.clear();
}

Brakes::Noted Brakes::note(const AccountKey& account, const EquitySample& sample) {
    Noted noted;
    auto& purse = purses_[account];
    for (auto& armed : purse.brakes) {
        const bool was = armed.brake.active();
        armed.brake.note(sample.equity, sample.at);
        if (!was && armed.brake.active()) noted.went_on.push_back(&armed.brake);
    }
    noted.worth_keeping = purse.kept.empty() || sample.at - purse.kept.back().at >= kKeepEvery;
    if (noted.worth_keeping) {
        purse.kept.push_back(sample);
        trim(purse);
    }
    return noted;
}

void Brakes::restore(const AccountKey& account, const EquitySample& sample) {
    auto& purse = purses_[account];
    // A journal may tell the same one twice, after a checkpoint.
    if (!purse.kept.empty() && sample.at <= purse.kept.back().at) return;
    purse.kept.push_back(sample);
    trim(purse);
}

void Brakes::moved(const AccountKey& account, const Moved& money) {
    const auto purse = purses_.find(account);
    if (purse == purses_.end()) return;
    // Which side of the move a sample in between is on nobody can tell: none of them is made a peak that never was.
    const auto until = money.amount.is_negative() ? money.seen : money.before;
    for (auto& sample : purse->second.kept)
        if (const auto equity = Decimal::sum(sample.equity, money.amount); equity && sample.at <= until) sample.equity = *equity;
    for (auto& armed : purse->second.brakes) {
        armed.brake = trading::DrawdownBrake{armed.limit, armed.window};
        for (const auto& sample : purse->second.kept) armed.brake.note(sample.equity, sample.at);
    }
}

void Brakes::forget(const AccountKey& account) {
    const auto purse = purses_.find(account);
    if (purse == purses_.end()) return;
    purse->second.kept.clear();
    for (auto& armed : purse->second.brakes) armed.brake = trading::DrawdownBrake{armed.limit, armed.window};
}

void Brakes::trim(Purse& purse) {
    auto& kept = purse.kept;
    const auto newest = kept.back().at;
    while (newest - kept.front().at > kMemory) kept.pop_front();
    // Of an hour that is more than a day ago the highest is enough. They leave the last day one by one, so only its edge is looked at.
    const auto edge = std::partition_point(kept.begin(), kept.end(), [&](const auto& one) { return newest - one.at > kDay; });
    if (edge - kept.begin() < 2) return;
    auto& last = *(edge - 1);
    auto& before = *(edge - 2);
    if (last.at.ms() / kHour.count() != before.at.ms() / kHour.count()) return;
    before = {last.at, std::max(last.equity, before.equity)};
    kept.erase(edge - 1);
}

std::vector<AccountKey> Brakes::accounts() const {
    std::vector<AccountKey> all;
    for (const auto& [account, purse] : purses_)
        if (!purse.brakes.empty()) all.push_back(account);
    return all;
}

const std::deque<EquitySample>& Brakes::history(const AccountKey& account) const {
    static const std::deque<EquitySample> kNone;
    const auto purse = purses_.find(account);
    return purse == purses_.end() ? kNone : purse->second.kept;
}

void Brakes::each_kept(const std::function<void(const AccountKey&, const EquitySample&)>& visit) const {
    for (const auto& [account, purse] : purses_)
        for (const auto& sample : purse.kept) visit(account, sample);
}

}  // namespace bf::engine

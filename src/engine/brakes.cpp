#include "engine/brakes.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

constexpr milliseconds kDay{std::chrono::hours{24}};
constexpr milliseconds kHour{std::chrono::hours{1}};
/// So many samples a time must have been followed by before anything is let go for being old at it: a clock that is ahead for a moment lets nothing go.
constexpr std::size_t kProving = 12;

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
    std::vector<bool> were_on;
    for (const auto& armed : purse.brakes) were_on.push_back(armed.brake.active());
    if (heed_clock(purse, sample)) arm_anew(purse);
    for (std::size_t i = 0; i < purse.brakes.size(); ++i) {
        auto& brake = purse.brakes[i].brake;
        brake.note(sample.equity, sample.at);
        if (!were_on[i] && brake.active()) noted.went_on.push_back(&brake);
    }
    noted.worth_keeping = purse.kept.empty() || sample.at - purse.kept.back().at >= kKeepEvery;
    if (noted.worth_keeping) {
        purse.kept.push_back(sample);
        trim(purse);
    }
    return noted;
}

void Brakes::restore(const AccountKey& account, const EquitySample& sample, bool repeated) {
    auto& purse = purses_[account];
    if (!repeated) (void)heed_clock(purse, sample);
    if (!purse.kept.empty() && sample.at <= purse.kept.back().at) return;
    purse.kept.push_back(sample);
    trim(purse);
}

bool Brakes::heed_clock(Purse& purse, const EquitySample& sample) {
    auto& [kept, ahead, ahead_since, brakes] = purse;
    const auto now = sample.at;
    const auto is_by = [](Instant at) { return [at](const EquitySample& one) { return one.at <= at; }; };
    // The clock that set them aside was back, and is right again; or they are of a while ago by now.
    const auto come = std::partition_point(ahead.begin(), ahead.end(), is_by(now));
    const bool right_again = come != ahead.begin();
    for (auto one = ahead.begin(); one != come; ++one) kept.insert(std::partition_point(kept.begin(), kept.end(), is_by(one->at)), *one);
    ahead.erase(ahead.begin(), come);
    if (now - ahead_since >= kDay) ahead.clear();

    const auto first = std::partition_point(kept.begin(), kept.end(), is_by(now + kKeepEvery));
    if (first == kept.end()) return right_again;
    auto peak = sample.equity;
    for (auto one = first; one != kept.end(); ++one) peak = std::max(peak, one->equity);
    ahead.insert(ahead.begin(), first, kept.end());
    ahead_since = now;
    kept.erase(first, kept.end());
    kept.push_back({kept.empty() ? now : std::max(now, kept.back().at), peak});
    return true;
}

void Brakes::arm_anew(Purse& purse) {
    for (auto& armed : purse.brakes) {
        armed.brake = trading::DrawdownBrake{armed.limit, armed.window};
        for (const auto& sample : purse.kept) armed.brake.note(sample.equity, sample.at);
    }
}

void Brakes::moved(const AccountKey& account, const Moved& money) {
    const auto purse = purses_.find(account);
    if (purse == purses_.end()) return;
    const auto move = [&money](EquitySample& sample) { sample.equity = Decimal::sum(sample.equity, money.amount).value_or(sample.equity); };
    // Which side of the move a sample in between is on nobody can tell: none of them is made a peak that never was.
    const auto until = money.amount.is_negative() ? money.seen : money.before;
    for (auto& sample : purse->second.kept)
        if (sample.at <= until) move(sample);
    // Whatever their date, they are of before.
    for (auto& sample : purse->second.ahead) move(sample);
    arm_anew(purse->second);
}

void Brakes::forget(const AccountKey& account) {
    const auto purse = purses_.find(account);
    if (purse == purses_.end()) return;
    purse->second.kept.clear();
    purse->second.ahead.clear();
    arm_anew(purse->second);
}

void Brakes::trim(Purse& purse) {
    auto& kept = purse.kept;
    if (kept.size() <= kProving) return;
    const auto newest = kept[kept.size() - 1 - kProving].at;
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

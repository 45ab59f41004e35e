#include "engine/money_watch.hpp"

#include "engine/countable.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

/// Fees and values are rounded at some digit, which no exchange documents: eight digits are what they show at least.
constexpr int kDigits = 8;
constexpr std::size_t kFundingMax = 2'000;

}  // namespace

MoneyWatch::Asset& MoneyWatch::asset(const std::string& name) {
    auto [at, fresh] = assets_.try_emplace(name);
    if (fresh) at->second.agreed = agreed_;
    return at->second;
}

void MoneyWatch::add(const std::string& name, const std::optional<Decimal>& amount) {
    ++flows_;
    auto& one = asset(name);
    const auto sum = amount ? Decimal::sum(one.expected, *amount) : std::nullopt;
    if (!sum || !can_be_counted(*sum)) {
        lost_ = true;
        return;
    }
    one.expected = *sum;
    one.rounding += Decimal::from_parts(1, kDigits);
}

void MoneyWatch::on_fill(const market::Fill& fill) {
    if (!begun_) return;
    if (fill.at && *fill.at < first_.at - kClocksDiffer) return;
    // In the first reading already, or not: there is no telling. And what has no figures can't be added.
    if ((fill.at && *fill.at < first_.at) || !fill.symbol || !fill.side || !fill.price || !fill.quantity) {
        lost_ = true;
        return;
    }
    const bool buys = *fill.side == market::Side::buy;
    const auto value = Decimal::product(*fill.price, *fill.quantity, Rounding::down);
    const auto signed_value = value && buys ? std::optional{-*value} : value;
    const auto& symbol = *fill.symbol;
    if (!symbol.is_futures()) add(symbol.base, buys ? *fill.quantity : -*fill.quantity);
    add(symbol.is_futures() ? symbol.settle : symbol.quote, signed_value);
    if (fill.fee) add(fill.fee->asset, -fill.fee->amount);
}

void MoneyWatch::on_funding(const market::FundingPayment& payment) {
    if (!begun_ || payment.at < first_.at - kClocksDiffer) return;
    if (!funding_.emplace(payment.id, payment.at).second) return;
    // Of fills all that the first reading holds has been told before the sums count; of funding nothing says so, and its time is another clock's.
    if (payment.at < first_.at + kClocksDiffer || !can_be_counted(payment.amount) || (payment.asset.empty() && !payment.symbol)) {
        lost_ = true;
        return;
    }
    const auto& name = payment.asset.empty() ? payment.symbol->settle : payment.asset;
    auto& one = asset(name);
    // What rounding hid when the sums last agreed is in them since.
    const bool is_in = payment.at < one.agreed - kClocksDiffer;
    if (!is_in && payment.at < one.agreed + kClocksDiffer) one.rounding += abs(payment.amount);
    if (!is_in) add(name, payment.amount);
    if (funding_.size() <= kFundingMax) return;
    const auto oldest = std::min_element(funding_.begin(), funding_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    funding_.erase(oldest);
}

void MoneyWatch::begin(const Reading& reading) {
    begun_ = true;
    sure_ = lost_ = false;
    wants_lists_ = reading.answered + lists_late_;
    first_ = reading;
    first_flows_ = flows_;
    agreed_ = reading.at;
    assets_.clear();
    for (const auto& [name, amount] : reading.held) assets_[name] = {amount, reading.slack, {}, reading.at, std::nullopt, std::nullopt};
}

std::vector<MoneyWatch::Unexplained> MoneyWatch::on_reading(const Reading& reading) {
    std::vector<Unexplained> told;
    if (!begun_ || lost_) {
        begin(reading);
        return told;
    }
    for (const auto& [name, amount] : reading.held) asset(name);
    const auto held = [&reading](const std::string& name) {
        const auto found = reading.held.find(name);
        return found == reading.held.end() ? Decimal{} : found->second;
    };
    const auto same = [&reading](const Asset& one, const Decimal& a, const Decimal& b) { return abs(a - b) <= reading.slack + one.slack + one.rounding; };
    const bool agrees = std::all_of(assets_.begin(), assets_.end(), [&](const auto& one) { return same(one.second, held(one.first), one.second.expected); });
    if (!sure_) {
        if (!agrees || flows_ != first_flows_) begin(reading);
        // What was traded before the first reading is told by now: nothing of it will be added to the sums any more.
        else sure_ = reading.lists_told >= first_.answered + lists_late_;
        if (!sure_) return told;
    }
    wants_lists_.reset();
    for (auto& [name, one] : assets_) {
        const auto there = held(name);
        const auto amount = there - one.expected;
        if (same(one, there, one.expected)) {
            // What nothing but the last agreement's rounding explains may as well be a part of a trade that is not told yet, such as its fee: it is
            // taken for granted when it stays.
            const bool hidden = abs(amount) > reading.slack + one.rounding;
            const bool stayed = one.hidden && one.hidden->amount == amount && one.hidden->flows == flows_;
            if (!hidden || (stayed && reading.asked >= one.hidden->answered + kLasts)) {
                one = {there, reading.slack, {}, reading.at, std::nullopt, std::nullopt};
                continue;
            }
            one.agreed = reading.at;
            one.doubt.reset();
            if (!stayed) one.hidden = Doubt{amount, reading.at, reading.answered, flows_};
            continue;
        }
        one.hidden.reset();
        if (!one.doubt || !same(one, one.doubt->amount, amount)) {
            one.doubt = Doubt{amount, reading.at, reading.answered, flows_};
            continue;
        }
        if (one.doubt->flows != flows_) {
            one.doubt = Doubt{amount, one.doubt->seen, reading.answered, flows_};
            continue;
        }
        if (reading.asked < one.doubt->answered + kLasts) continue;
        const auto lists = one.doubt->answered + lists_late_;
        if (reading.lists_told < lists) wants_lists_ = std::max(lists, wants_lists_.value_or(lists));
        if (reading.lists_told < lists || !reading.funding_told) continue;
        told.push_back({name, amount, one.agreed, one.doubt->seen});
        one = {there, reading.slack, {}, reading.at, std::nullopt, std::nullopt};
    }
    if (!doubted_since()) agreed_ = reading.at;
    std::erase_if(assets_, [](const auto& one) { return one.second.expected.is_zero() && one.second.rounding.is_zero() && !one.second.doubt; });
    return told;
}

std::optional<Instant> MoneyWatch::doubted_since() const {
    std::optional<Instant> since;
    for (const auto& [name, one] : assets_)
        if (one.doubt) since = since ? std::min(*since, one.doubt->seen) : one.doubt->seen;
    return since;
}

}  // namespace bf::engine

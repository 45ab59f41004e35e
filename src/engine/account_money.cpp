// An account's money against its trades: what a poll of the balances is, as a reading for money_watch, and what is asked when it doubts.
#include "engine/account_feed.hpp"
#include "engine/countable.hpp"
#include "engine/paper_name.hpp"
#include "exchange/wallet.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using std::chrono::microseconds;

constexpr milliseconds kHour{std::chrono::hours{1}};
/// Between readings of money in doubt, doubling; then the regular polls will do.
constexpr milliseconds kReadAgain{MoneyWatch::kLasts + milliseconds{1'000}};
constexpr int kReadAgainTimes = 4;
constexpr milliseconds kListsTake{3'000};

/// Nothing of a reading counts when one of its sums is beyond all that is ever held.
bool add_to(Decimal& sum, const std::optional<Decimal>& amount) {
    const auto more = amount && can_be_counted(*amount) ? Decimal::sum(sum, *amount) : std::nullopt;
    if (!more || !can_be_counted(*more)) return false;
    sum = *more;
    return true;
}

Instant hour_of(Instant at) { return Instant::from_ms(at.ms() / kHour.count() * kHour.count()); }

}  // namespace

/// A paper account's money is set by its user; what a unified account's figures count is not documented well enough.
bool AccountFeed::is_watched() const { return !is_paper(connection_) && account().account_mode == exchange::AccountMode::classic; }

void AccountFeed::weigh_money(Now now, const Topic& topic, const exchange::Asked& asked, const CallAnswer& answer, const std::vector<market::Balance>& list) {
    if (!is_watched()) return;
    MoneyWatch::Reading reading;
    reading.at = now.wall;
    reading.asked = topic.asked_at;
    reading.answered = now.steady;
    reading.lists_told = lists_told(now);
    if (account().market == market::Market::futures) {
        if (!take_wallets(asked, answer, reading)) return;
        if (const auto since = money_.doubted_since()) reading.funding_told = funding_told(*since);
    } else {
        for (const auto& balance : list) {
            const auto total = balance.free && balance.locked ? Decimal::sum(*balance.free, *balance.locked) : balance.total;
            if (!add_to(reading.held[balance.asset], total)) return;
        }
    }
    for (const auto& unexplained : money_.on_reading(reading)) listener_.on_unexplained(now, connection_, unexplained);
    look_into(now);
}

bool AccountFeed::take_wallets(const exchange::Asked& asked, const CallAnswer& answer, MoneyWatch::Reading& reading) {
    const auto* tells = dynamic_cast<const exchange::WalletReplies*>(account().replies);
    const auto* response = std::get_if<wire::Response>(&answer);
    if (tells == nullptr || response == nullptr || account().instruments == nullptr) return false;
    const auto wallets = tells->wallets(*response, asked);
    if (!wallets) return false;
    for (const auto& wallet : *wallets)
        if (!add_to(reading.held[wallet.asset], wallet.amount)) return false;
    for (const auto& position : merge_.positions()) {
        const auto instrument = account().instruments->find(position.native_symbol);
        if (!position.symbol || !position.side || !position.quantity || !position.entry_price) return false;
        if (instrument == account().instruments->end() || !instrument->second.price_step) return false;
        const auto cost = Decimal::product(*position.quantity, *position.entry_price, Rounding::down);
        const auto slack = Decimal::product(*position.quantity, *instrument->second.price_step, Rounding::up);
        if (!cost || !add_to(reading.slack, slack)) return false;
        held_.insert(*position.symbol);
        if (!add_to(reading.held[position.symbol->settle], *position.side == market::PositionSide::long_side ? -*cost : *cost)) return false;
    }
    return true;
}

microseconds AccountFeed::lists_told(Now now) const {
    auto told = now.steady;
    for (const auto& [tag, topic] : topics_)
        if (topic.kind == Kind::fills || topic.kind == Kind::positions) told = std::min(told, topic.known.value_or(microseconds{0}));
    return told;
}

/// A doubt of shortly before the hour, by our clock, may be of what was settled at it by the exchange's.
bool AccountFeed::funding_told(Instant until) const {
    return std::all_of(held_.begin(), held_.end(), [&](const market::Symbol& symbol) {
        const auto known = funding_.known_to(connection_, symbol);
        return known && *known >= hour_of(until + MoneyWatch::kClocksDiffer);
    });
}

/// Trades and funding are the likeliest reasons of a difference. The lists of fills are asked for when a second reading shows it, too: a reading
/// that crossed a trade is nothing rare.
void AccountFeed::look_into(Now now) {
    if (!money_.doubted_since()) {
        if (!held_.empty()) funding_.forget(connection_);
        held_.clear();
        for (const auto& position : merge_.positions())
            if (position.symbol) held_.insert(*position.symbol);
        doubted_ = 0;
        return;
    }
    for (const auto& symbol : held_) funding_.follow(now, connection_, symbol, money_.agreed() - kHour * 2);
    auto again = microseconds{kReadAgain} * (1 << std::min(doubted_, kReadAgainTimes));
    if (const auto& lists = money_.wants_lists()) {
        const auto wait = std::max(microseconds{0}, *lists - now.steady);
        expect(now, Kind::fills, wait);
        expect(now, Kind::positions, wait);
        again = wait + kListsTake;
    }
    if (doubted_ < kReadAgainTimes) expect(now, Kind::balances, again);
    ++doubted_;
}

}  // namespace bf::engine

// What futures know besides orders and prices: the risk tiers an account's positions are under, and what is paid for holding them.
#include "base/utc.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/trader_parts.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using What = GroupChange::What;
/// Fills carry the exchange's clock, groups ours.
constexpr milliseconds kClocksDiffer{std::chrono::minutes{5}};

}  // namespace

void Trader::merge_tiers(Venue venue, const market::Symbol& symbol, Market& market) {
    // Told before the instrument was: its arrival merges them.
    if (!market.instrument || !symbol.is_futures()) return;
    for (const auto& [id, connection] : connections_) {
        const auto* tiers = connection.account.venue() == venue ? pair_facts_.tiers(id, symbol) : nullptr;
        if (tiers == nullptr) continue;
        market.instrument->risk_tiers = tiers_of(*tiers);
        return;
    }
}

/// Accounts in unified mode have tiers of their own, which are not read.
bool Trader::tiers_hold_for(const ConnectionState& connection) { return connection.account.account_mode == exchange::AccountMode::classic; }

void Trader::follow_funding(Now now, LiveGroup& group) {
    auto& care = group.care();
    if (care.funding_followed || !group.is_futures() || group.is_over() || care.connection == nullptr) return;
    care.funding_followed = true;
    const auto& terms = group.terms();
    funding_.follow(now, terms.connection, terms.symbol, group.last_funding_at().value_or(terms.opened_at) - kClocksDiffer);
}

void Trader::unfollow_funding(const LiveGroup& group) {
    awaiting_funding_.erase(group.number());
    if (!group.is_futures()) return;
    const auto& terms = group.terms();
    const auto on = of_connection_.find(terms.connection);
    const bool others = on != of_connection_.end() && std::any_of(on->second.begin(), on->second.end(), [&](const LiveGroup* one) {
        return one != &group && one->terms().symbol == terms.symbol;
    });
    if (!others) funding_.unfollow(terms.connection, terms.symbol);
}

void Trader::on_funding_read(Now now, const std::string& connection, const market::Symbol& symbol) {
    if (awaiting_funding_.empty()) return;
    each_on(connection, [&](LiveGroup& group) {
        if (group.terms().symbol == symbol && awaiting_funding_.contains(group.number())) refresh(now, group);
    });
}

bool Trader::funding_told(const LiveGroup& group) const {
    const auto& fills = group.fills();
    if (!group.is_futures() || fills.empty()) return true;
    constexpr auto kHour = milliseconds{std::chrono::hours{1}}.count();
    const auto hour = Instant::from_ms(fills.back().at.ms() / kHour * kHour);
    if (hour < fills.front().at) return true;
    const auto known = funding_.known_to(group.terms().connection, group.terms().symbol);
    return known && *known >= hour;
}

bool Trader::funding_overdue(Now now, const LiveGroup& group) { return now.wall - group.fills().back().at > kFundingPatience; }

void Trader::on_funding(Now now, const std::string& connection, const market::FundingPayment& payment) {
    if (!payment.symbol || (!payment.asset.empty() && payment.asset != payment.symbol->settle)) return;
    // One group at most held the symbol's position then; what nobody held is the user's own.
    each_on(connection, [&](LiveGroup& group) {
        const auto& terms = group.terms();
        if (terms.symbol != *payment.symbol || group.has_funding(payment.id)) return;
        if (payment.side && *payment.side != terms.direction) return;
        const auto held = group.held_at(payment.at);
        if (!held.is_positive()) return;
        auto amount = payment.amount;
        // The user's own position in the same symbol shares the exchange's one; so does what is paid for it.
        if (payment.quantity && *payment.quantity > held) {
            const auto share = trading::Number::divide(trading::Number{amount} * held, *payment.quantity, Rounding::down).decimal();
            if (share) amount = *share;
        }
        change(now, group, What::funding, {{"id", payment.id}, {"amount", amount.to_string()}, {"settled", std::to_string(payment.at.ms())}});
        refresh(now, group);
    });
}

std::string_view to_string(MissedFunding::Why why) { return why == MissedFunding::Why::no_rates ? "no_rates" : "no_price"; }

void Trader::on_late_funding(Now now, const std::string& connection) {
    funding_.read_anew(now, connection);
    work_off(now);
}

void Trader::on_missed_funding(Now now, const std::string& connection, const MissedFunding& missed) {
    const auto from = std::to_string(missed.from.ms());
    each_on(connection, [&](LiveGroup& group) {
        if (group.terms().symbol != missed.symbol || !group.held_at(missed.to).is_positive()) return;
        const auto& changes = group.changes();
        if (std::any_of(changes.begin(), changes.end(), [&](const auto& one) { return one.what == What::funding_missed && one.fact("from") == from; })) return;
        change(now, group, What::funding_missed, {{"from", from}, {"to", std::to_string(missed.to.ms())}, {"why", std::string{to_string(missed.why)}}});
        const auto pair = missed.symbol.to_string(), between = utc_text(missed.from), end = utc_text(missed.to);
        const bool rates = missed.why == MissedFunding::Why::no_rates;
        alarm(now, Severity::warning, "FUNDING_UNKNOWN",
              pair + ": funding that was due between " + between + " and " + end + " (UTC), while BackFuture was off, was not charged on paper: the exchange " +
                  (rates ? "does not tell the rates it settled then." : "tells no price of that moment.") + " The group's result lacks it.",
              pair + ": funding tussen " + between + " en " + end + " (UTC), toen BackFuture uit stond, is op papier niet verrekend: de exchange " +
                  (rates ? "vertelt niet welke tarieven toen golden." : "vertelt geen koers van dat moment.") + " Die ontbreekt in het resultaat van de groep.",
              connection, group.number());
        setup_.listener.on_group(group);
    });
    work_off(now);
}

}  // namespace bf::engine

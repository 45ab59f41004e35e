// What futures know besides orders and prices: the risk tiers an account's positions are under, and what is paid for holding them.
#include "engine/instrument_facts.hpp"
#include "engine/trader_parts.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using What = GroupChange::What;
/// Fills carry the exchange's clock, groups ours.
constexpr milliseconds kClocksDiffer{std::chrono::minutes{5}};

}  // namespace

void Trader::want_tiers(Now now) {
    for (const auto& [id, strategy] : strategies_) {
        if (strategy.settings.market != market::Market::futures) continue;
        const auto& pro = strategy.settings.recovery.pro_connection;
        for (const auto* connection : {connection_named(strategy.settings.connection), pro ? connection_named(*pro) : nullptr}) {
            if (connection == nullptr || connection->account.market != market::Market::futures) continue;
            for (const auto& pair : strategy.settings.pairs)
                if (const auto symbol = market::Symbol::parse(pair); symbol && symbol->is_futures()) tiers_.want(now, connection->account.connection, *symbol);
        }
    }
}

void Trader::merge_tiers(const std::string& connection, const market::Symbol& symbol) {
    const auto* state = find_connection(connection);
    const auto* tiers = tiers_.find(connection, symbol);
    const auto* market = state == nullptr ? nullptr : market_of(state->account.exchange, symbol);
    // Whichever comes later merges them.
    if (tiers == nullptr || market == nullptr || !market->instrument) return;
    auto facts = *market->instrument;
    facts.risk_tiers = tiers_of(*tiers);
    own_instruments_.insert_or_assign({connection, symbol}, std::move(facts));
}

void Trader::follow_funding(Now now, const LiveGroup& group) {
    const auto& terms = group.terms();
    if (!group.is_futures() || group.is_over() || find_connection(terms.connection) == nullptr) return;
    funding_.follow(now, terms.connection, terms.symbol, group.last_funding_at().value_or(terms.opened_at) - kClocksDiffer);
}

void Trader::on_funding_read(Now now, const std::string& connection, const market::Symbol& symbol) {
    each_group([&](LiveGroup& group) {
        const bool waits = awaiting_funding_.contains(group.number());
        if (waits && group.terms().connection == connection && group.terms().symbol == symbol) refresh(now, group);
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
    each_group([&](LiveGroup& group) {
        const auto& terms = group.terms();
        if (terms.connection != connection || terms.symbol != *payment.symbol || group.is_over() || group.has_funding(payment.id)) return;
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

}  // namespace bf::engine

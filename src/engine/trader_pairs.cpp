// What an exchange tells of a strategy's pairs to the account's own key: what is charged there, and the risk tiers that no list has. A strategy on
// paper knows its real connection's: nobody else has any.
#include "engine/paper_name.hpp"
#include "engine/trader_parts.hpp"

#include <optional>
#include <vector>

namespace bf::engine {
namespace {

/// A fee that is so much more than its rate says was not just rounded.
const auto kNoRounding = "1.05"_d;

/// What was charged for them together, as a factor; nothing while none of their fees is known in the pair's own assets.
std::optional<Decimal> charged_for_entries(const std::vector<trading::BookedFill>& fills) {
    Decimal paid, traded;
    for (const auto& fill : fills) {
        const bool in_base = fill.fee.asset == trading::FeeAsset::base;
        if (fill.exit || fill.fee.asset == trading::FeeAsset::third || !fill.fee.amount.is_positive()) continue;
        paid += in_base ? fill.fee.amount * fill.price : fill.fee.amount;
        traded += fill.price * fill.quantity;
    }
    if (!traded.is_positive()) return std::nullopt;
    const auto rate = Decimal::divide(paid, traded, 6, Rounding::up);
    return rate ? std::optional{*rate} : std::nullopt;
}

}  // namespace

void Trader::want_pair_facts(Now now, const Strategy& strategy) {
    const auto& pro = strategy.settings.recovery.pro_connection;
    for (const auto* connection : {connection_named(strategy.settings.connection), pro ? connection_named(*pro) : nullptr}) {
        if (connection == nullptr || connection->account.market != strategy.settings.market) continue;
        const bool futures = strategy.settings.market == market::Market::futures;
        for (const auto& pair : strategy.settings.pairs) {
            const auto symbol = market::Symbol::parse(pair);
            if (!symbol || symbol->is_futures() != futures) continue;
            pair_facts_.want(now, PairFacts::Kind::fee_rates, connection->account.connection, *symbol);
            if (futures) pair_facts_.want(now, PairFacts::Kind::risk_tiers, connection->account.connection, *symbol);
        }
    }
}

void Trader::on_pair_fact(Now now, PairFacts::Kind kind, const std::string& connection, const market::Symbol& symbol) {
    if (kind == PairFacts::Kind::risk_tiers) {
        const auto venue = connections_.at(connection).account.venue();
        return merge_tiers(venue, symbol, markets_[{venue, symbol}]);
    }
    for (const auto& account : {connection, paper_twin_of(connection)})
        each_on(account, [&](LiveGroup& group) {
            if (group.terms().symbol == symbol) tell_fees(now, group);
        });
    setup_.listener.on_fee_rates();
    work_off(now);
}

void Trader::tell_fees(Now now, LiveGroup& group) {
    const auto& terms = group.terms();
    auto rates = fees_of(terms.connection, terms.symbol, group.fees());
    if (const auto charged = charged_for_entries(group.fills()); charged && *charged > rates.taker * kNoRounding) rates.taker = *charged;
    if (group.is_over() || rates == group.fees()) return;
    change(now, group, GroupChange::What::fee_rates, {{"maker", rates.maker.to_string()}, {"taker", rates.taker.to_string()}});
    refresh(now, group);
    setup_.listener.on_group(group);
}

const trading::FeeRates* Trader::reported_fees(std::string_view connection, const market::Symbol& symbol) const {
    return pair_facts_.fees(without_paper(connection), symbol);
}

trading::FeeRates Trader::fees_of(std::string_view connection, const market::Symbol& symbol, const trading::FeeRates& otherwise) const {
    const auto* reported = reported_fees(connection, symbol);
    return reported == nullptr ? otherwise : *reported;
}

}  // namespace bf::engine

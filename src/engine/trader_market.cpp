#include "engine/trader_parts.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using What = GroupChange::What;

Decimal held_of(const LiveGroup& group) { return group.facts().books.held() + group.tolerated(); }

}  // namespace

void Trader::on_instrument(Now now, exchange::ExchangeId exchange, const market::Instrument& instrument, const trading::InstrumentFacts& facts) {
    if (!instrument.symbol) return;
    auto& market = markets_[{exchange, *instrument.symbol}];
    market.instrument = facts;
    market.limits = InstrumentLimits::of(instrument);
    for (const auto& [id, connection] : connections_)
        if (connection.account.exchange == exchange) merge_tiers(id, *instrument.symbol);
    work_off(now);
}

void Trader::on_quote(Now now, exchange::ExchangeId exchange, const market::Symbol& symbol, const trading::Quote& quote) {
    auto& market = markets_[{exchange, symbol}];
    const bool moved = !market.quote || market.quote->bid != quote.bid || market.quote->ask != quote.ask || market.quote->mark != quote.mark;
    market.quote = quote;
    if (moved)
        each_group([&](LiveGroup& group) {
            if (group.terms().symbol != symbol) return;
            const auto* connection = find_connection(group.terms().connection);
            if (connection == nullptr || connection->account.exchange != exchange) return;
            // A close goes through the price of now; what rests does not move with it.
            if (!group.closing_why().empty()) refresh(now, group);
            evaluate(now, group);
        });
    if (!pending_.empty()) consider_all(now);
    work_off(now);
}

void Trader::on_candle(Now now, exchange::ExchangeId exchange, const market::Symbol& symbol, const market::Candle& closed) {
    markets_[{exchange, symbol}].last_candle = closed;
    work_off(now);
}

void Trader::on_balances(Now now, const std::string& connection, const std::vector<market::Balance>& balances, bool whole) {
    auto& wallet = wallets_[connection];
    if (whole) wallet.assets.clear();
    for (const auto& balance : balances) {
        const auto total = balance.total.value_or(balance.free.value_or(Decimal{}) + balance.locked.value_or(Decimal{}));
        const auto free = balance.free.value_or(total);
        wallet.assets[balance.asset] = {free, balance.locked.value_or(total - free)};
    }
    wallet.balances_at = now.wall;
    wallet.heard = now.steady;
    check_agreement(now, connection);
    work_off(now);
}

void Trader::on_positions(Now now, const std::string& connection, const std::vector<market::Position>& positions, bool whole) {
    auto& wallet = wallets_[connection];
    if (whole) wallet.positions.clear();
    for (const auto& position : positions) {
        if (!position.symbol) continue;
        if (position.quantity && position.quantity->is_zero())
            wallet.positions.erase(*position.symbol);
        else
            wallet.positions[*position.symbol] = position;
    }
    wallet.positions_at = now.wall;
    wallet.heard = now.steady;
    each_group([&](LiveGroup& group) {
        if (group.terms().connection != connection || !group.is_futures()) return;
        const auto found = wallet.positions.find(group.terms().symbol);
        group.set_exchange_figures(found == wallet.positions.end() ? std::nullopt : found->second.liquidation_price);
    });
    check_agreement(now, connection);
    work_off(now);
}

std::optional<Decimal> Trader::equity_of(const ConnectionState& connection, const std::string& quote_asset) const {
    const auto* wallet = wallet_of(connection.account.connection);
    if (wallet == nullptr || !wallet->balances_at) return std::nullopt;
    const auto money = wallet->assets.find(quote_asset);
    auto equity = money == wallet->assets.end() ? Decimal{} : money->second.free + money->second.locked;
    if (connection.account.market == market::Market::futures) {
        for (const auto& [symbol, position] : wallet->positions)
            if (symbol.settle == quote_asset) equity += position.unrealized_pnl.value_or(Decimal{});
        return equity;
    }
    for (const auto& [number, group] : groups_) {
        if (group->terms().connection != connection.account.connection || group->terms().symbol.quote != quote_asset || group->facts().books.empty()) continue;
        const auto* market = market_of(*group);
        if (market == nullptr || !market->quote) return std::nullopt;
        equity += group->facts().books.sellable() * market->quote->mark;
    }
    return equity;
}

void Trader::check_agreement(Now now, const std::string& connection) {
    const auto* wallet = wallet_of(connection);
    const auto* state = find_connection(connection);
    if (wallet == nullptr || state == nullptr) return;
    const bool futures = state->account.market == market::Market::futures;
    if (futures ? !wallet->positions_at : !wallet->balances_at) return;
    // On spot all groups of a coin share what the account has of it; the user's own coins may lie there too.
    std::map<std::string, Decimal> held;
    each_group([&](LiveGroup& group) {
        if (group.terms().connection == connection && !group.is_futures()) held[group.terms().symbol.base] += held_of(group);
    });
    each_group([&](LiveGroup& group) {
        if (group.terms().connection != connection || group.is_over()) return;
        const auto& symbol = group.terms().symbol;
        if (futures) {
            const auto found = wallet->positions.find(symbol);
            const auto position = found == wallet->positions.end() ? Decimal{} : found->second.quantity.value_or(Decimal{});
            const auto expected = held_of(group);
            judge(now, group, expected, position, abs(expected - position) < std::max(group.terms().limits.quantity_step, Decimal::from_parts(1, 18)));
        } else {
            const auto money = wallet->assets.find(symbol.base);
            const auto there = money == wallet->assets.end() ? Decimal{} : money->second.free + money->second.locked;
            const auto missing = held[symbol.base] - there;
            judge(now, group, held_of(group), held_of(group) - std::max(missing, Decimal{}), missing < std::max(group.terms().limits.quantity_step, Decimal::from_parts(1, 18)));
        }
    });
}

void Trader::judge(Now now, LiveGroup& group, const Decimal& expected, const Decimal& found, bool agrees) {
    const auto number = group.number();
    if (agrees) {
        disagree_since_.erase(number);
        if (!group.difference()) return;
        change(now, group, What::agreed, {});
        return refresh(now, group);
    }
    // While an order of it is on its way the two are told at different moments.
    if (group.facts().order_in_flight || group.difference()) return;
    const auto [since, fresh] = disagree_since_.try_emplace(number, now.steady);
    if (fresh || now.steady - since->second < kDisagreeFor) return;
    change(now, group, What::desync, {{"expected", expected.to_string()}, {"found", found.to_string()}});
    alarm(now, Severity::critical, "GROUP_DESYNC", group.terms().symbol.to_string() + ": the exchange holds " + found.to_string() + ", the group's books say " + expected.to_string() + ". Nothing is added until you adopt or ignore the difference.",
          group.terms().symbol.to_string() + ": de exchange heeft " + found.to_string() + ", volgens de groep is het " + expected.to_string() + ". Er wordt niets bijgekocht tot je het verschil overneemt of negeert.", group.terms().connection, number);
    refresh(now, group);
}

void Trader::sample_equity(Now now) {
    for (const auto& [id, strategy] : strategies_) {
        const auto* connection = connection_named(strategy.settings.connection);
        const auto brake = brakes_.find(id);
        if (connection == nullptr || brake == brakes_.end() || strategy.settings.pairs.empty()) continue;
        const auto symbol = market::Symbol::parse(strategy.settings.pairs.front());
        if (!symbol) continue;
        const bool was = brake->second.active();
        if (const auto equity = equity_of(*connection, symbol->is_futures() ? symbol->settle : symbol->quote)) brake->second.note(*equity, now.wall);
        if (!was && brake->second.active())
            alarm(now, Severity::critical, "BRAKE_ACTIVE", "\"" + strategy.name() + "\" pauses new entries: its connection lost more than its brake allows.",
                  "\"" + strategy.name() + "\" opent niets nieuws meer: de koppeling verloor meer dan de rem toestaat.", connection->account.connection, 0);
    }
}

void Trader::alarm(Now now, Severity severity, std::string_view code, std::string english, std::string dutch, const std::string& connection, GroupNumber group) {
    constexpr std::array<std::string_view, 3> kSeverities{"info", "warning", "critical"};
    ports::StoredAlarm stored{0, now.wall, false, {}};
    wire::JsonWriter out{stored.document};
    out.begin_object().member("code", code).member("severity", kSeverities[static_cast<std::size_t>(severity)]).member("text_en", english).member("text_nl", dutch);
    out.member("connection", connection).member("group", group).end_object();
    auto kept = setup_.store.add(stored);
    if (!kept) return setup_.listener.on_trouble(kept.error());
    stored.id = *kept;
    setup_.listener.on_alarm(stored);
}

}  // namespace bf::engine

// What TradingHost follows: the pairs that strategies, open groups and pages need, on the markets and on the accounts, and no more.
#include "app/trading_host.hpp"

#include <algorithm>

namespace bf::app {
namespace {

/// How long a pair is followed after a page looked at it.
constexpr std::chrono::microseconds kWatchFor{std::chrono::minutes{5}};
/// Candles known from the start: what a chart shows first.
constexpr int kCandlesBack = 200;
/// Each costs the exchange two questions a day.
constexpr std::size_t kPairsCompared = 60;

}  // namespace

using engine::Now;

void TradingHost::watch(const engine::ConnectionState& connection, const market::Symbol& symbol) {
    watched_[{MarketKey{connection.account.exchange, connection.account.market, connection.account.site}, symbol}] = setup_.loop.steady() + kWatchFor;
    follow_soon();
}

void TradingHost::follow_soon() {
    if (follow_timer_) return;
    follow_timer_ = setup_.loop.after(milliseconds{0}, [this] {
        follow_timer_.reset();
        follow_what_is_needed();
    });
}

void TradingHost::follow_what_is_needed() {
    std::map<MarketKey, std::set<market::Symbol>> wanted;
    std::map<std::string, std::set<market::Symbol>> of_account;
    const auto want = [&](const engine::ConnectionState* connection, const market::Symbol& symbol) {
        if (connection == nullptr) return;
        const MarketKey key{connection->account.exchange, connection->account.market, connection->account.site};
        wanted[key].insert(symbol);
        if (connection->paper) list_on_paper(key, symbol);
        of_account[connection->account.connection].insert(symbol);
    };
    for (const auto& [id, strategy] : trader_->strategies())
        for (const auto& pair : strategy.settings.pairs)
            if (const auto symbol = market::Symbol::parse(pair)) {
                want(trader_->account_of(strategy.settings), *symbol);
                want(trader_->account_of(strategy.settings, true), *symbol);
            }
    for (const auto& [number, group] : trader_->groups()) want(trader_->find_connection(group->terms().connection), group->terms().symbol);
    const auto now = setup_.loop.steady();
    std::erase_if(watched_, [now](const auto& entry) { return entry.second < now; });
    for (const auto& [where, until] : watched_) wanted[where.first].insert(where.second);
    for (auto& [key, ears] : markets_) {
        const auto& symbols = wanted[key];
        for (const auto& symbol : symbols)
            if (!ears->followed.contains(symbol) && ears->feed->instrument(symbol) != nullptr) ears->followed[symbol] = ears->feed->follow(symbol, kCandlesBack);
        std::erase_if(ears->followed, [&](const auto& entry) {
            if (symbols.contains(entry.first)) return false;
            ears->feed->unfollow(entry.second);
            return true;
        });
    }
    for (auto& [key, ears] : markets_) ears->trends->want(trader_->trends_wanted(key.venue(), key.market));
    const Now at = performer_->now();
    for (auto& [id, account] : accounts_) {
        const auto& symbols = of_account[id];
        for (const auto& symbol : symbols)
            if (account.followed.insert(symbol).second) performer_->event([&, feed = account.feed.get()](Now) { feed->follow(at, symbol, fills_since(id, symbol)); });
        std::erase_if(account.followed, [&](const market::Symbol& symbol) {
            if (symbols.contains(symbol)) return false;
            account.feed->unfollow(symbol);
            return true;
        });
    }
    wake_accounts();
    // Watching ends by itself. By a timer of its own: what is to be followed soon must not wait for it.
    if (!watched_.empty() && !watch_timer_)
        watch_timer_ = setup_.loop.after(std::chrono::duration_cast<milliseconds>(kWatchFor), [this] {
            watch_timer_.reset();
            follow_what_is_needed();
        });
}

Instant TradingHost::fills_since(const std::string& connection, const market::Symbol& symbol) const {
    auto since = setup_.loop.wall();
    trader_->orders().each([&](const engine::Order& order) {
        if (order.plan().connection == connection && order.plan().symbol == symbol && !order.finished()) since = std::min(since, order.intent().at);
    });
    return since;
}

std::set<market::Symbol> TradingHost::pairs_of(const std::string& connection) const {
    std::set<market::Symbol> pairs;
    const auto account = accounts_.find(connection);
    const auto* state = trader_->find_connection(connection);
    if (account == accounts_.end() || state == nullptr) return pairs;
    pairs = account->second.followed;
    // What is held may have been bought by somebody. On futures a position shows itself by its symbol, on spot by its coin.
    for (const auto& position : account->second.feed->state().positions())
        if (position.symbol) pairs.insert(*position.symbol);
    if (account->second.market.market != market::Market::spot || state->account.instruments == nullptr) return pairs;
    std::set<std::string> held;
    for (const auto& balance : account->second.feed->state().balances())
        if (balance.total && balance.total->is_positive()) held.insert(balance.asset);
    for (const auto& [native, instrument] : *state->account.instruments)
        if (instrument.symbol && instrument.symbol->quote == "USDT" && held.contains(instrument.symbol->base) && pairs.size() < kPairsCompared) pairs.insert(*instrument.symbol);
    return pairs;
}

void TradingHost::wake_accounts() {
    std::optional<std::chrono::microseconds> wake;
    for (const auto& [id, account] : accounts_)
        if (const auto at = account.feed->next_wake(); at && (!wake || *at < *wake)) wake = at;
    if (account_timer_) setup_.loop.cancel(*account_timer_);
    account_timer_.reset();
    if (!wake) return;
    const auto delay = std::chrono::ceil<milliseconds>(std::max(std::chrono::microseconds{0}, *wake - setup_.loop.steady()));
    account_timer_ = setup_.loop.after(delay, [this] {
        account_timer_.reset();
        for (auto& [id, account] : accounts_) performer_->event([feed = account.feed.get()](Now now) { feed->tick(now); });
        const auto changed = std::exchange(accounts_changed_, {});
        for (const auto& id : changed) news_->account(id);
        wake_accounts();
    });
}

}  // namespace bf::app

// The paper half of TradingHost: twins of connections, their money, what the paper exchanges list.
#include "app/trading_host.hpp"
#include "engine/paper_name.hpp"
#include "paper/instrument.hpp"

#include <algorithm>

namespace bf::app {

using engine::Now;

namespace {

constexpr milliseconds kListAgain{1000};

}  // namespace

Status TradingHost::want_paper(const trading::Settings& settings) {
    for (const auto& name : {std::optional{settings.connection}, settings.recovery.pro_connection}) {
        const auto* record = name ? setup_.book.find(*name) : nullptr;
        if (record != nullptr) BF_TRY_VOID(make_twin(*record));
    }
    return {};
}

bool TradingHost::paper_wanted(const connection::Record& record) const {
    const auto twin = engine::paper_twin_of(record.id);
    if (paper_->exchanges().find(twin) != nullptr) return true;
    return std::any_of(trader_->strategies().begin(), trader_->strategies().end(), [&](const auto& entry) {
        const auto& settings = entry.second.settings;
        return settings.paper && (settings.connection == record.name || settings.connection == record.id || settings.recovery.pro_connection == record.name);
    });
}

Status TradingHost::make_twin(const connection::Record& record) {
    BF_TRY_VOID(paper_->open_twin(record));
    adopt_twin(*paper_->exchanges().find(engine::paper_twin_of(record.id)));
    return {};
}

void TradingHost::adopt_twin(const paper::Account& twin) {
    const auto* known = trader_->find_connection(twin.connection);
    if (known != nullptr && known->name == twin.name) return;
    const auto adapter = setup_.adapter_of(twin.venue.exchange);
    if (!adapter) return;
    engine::ConnectionState state;
    state.name = twin.name;
    state.paper = true;
    state.simulated = setup_.is_repointed(twin.venue.exchange);
    state.account_id = twin.exchange_account;
    auto& account = state.account;
    account.connection = twin.connection;
    account.exchange = twin.venue.exchange;
    account.market = twin.venue.market;
    account.site = twin.venue.site;
    account.replies = &adapter->replies;
    const MarketKey key{account.exchange, account.market, account.site};
    account.instruments = &feed_of(key).instruments();
    // What the connection's test proves of a real key is so by construction here, and no budget of an exchange is spent.
    auto& facts = state.facts;
    facts.status = trading::ConnectionStatus::connected;
    facts.read = facts.spot_trade = facts.futures_trade = exchange::Ternary::yes;
    facts.withdraw = facts.transfer = exchange::Ternary::no;
    facts.tested_at = setup_.loop.wall();
    performer_->event([&](Now now) { trader_->on_connection(now, std::move(state)); });
    auto& kept = accounts_[twin.connection];
    kept.market = key;
    if (!kept.feed) kept.feed = std::make_unique<engine::AccountFeed>(twin.connection, trader_->caller(), setup_.loop, *this);
    paper_->open_stream(twin, *adapter, *kept.feed);
    tell_paper_money(twin.connection);
    follow_soon();
    wake_accounts();
}

void TradingHost::tell_paper_money(const std::string& twin) {
    performer_->event([&](Now now) { trader_->on_balances(now, twin, paper_->exchanges().balances(twin), true); });
    accounts_changed_.insert(twin);
}

Status TradingHost::grant_paper(const std::string& connection, const std::string& asset, const Decimal& amount) {
    const auto* record = setup_.book.find(connection);
    if (record == nullptr) return Unexpected{Error{ErrorKind::not_found, "There is no such connection.", Fate::not_sent, "not_found"}};
    BF_TRY_VOID(make_twin(*record));
    const auto twin = engine::paper_twin_of(record->id);
    for (const auto& [number, group] : trader_->groups())
        if (group->terms().connection == twin)
            return Unexpected{Error{ErrorKind::conflict, "Groups on this paper account are open: close them first.", Fate::not_sent, "groups_open"}};
    BF_TRY_VOID(paper_->exchanges().grant(twin, asset, amount));
    performer_->event([&](Now) { trader_->on_money_set(twin, asset); });
    tell_paper_money(twin);
    return {};
}

void TradingHost::drop_twin(const std::string& connection) {
    const auto twin = engine::paper_twin_of(connection);
    if (paper_->exchanges().find(twin) == nullptr) return;
    // What is open on paper goes on to its end: it needs no key.
    for (const auto& [number, group] : trader_->groups())
        if (group->terms().connection == twin) return;
    paper_->close_twin(twin);
    accounts_.erase(twin);
    performer_->event([&](Now now) { trader_->on_connection_removed(now, twin); });
}

void TradingHost::follow_late_funding(PaperDesk::Setup& desk) {
    desk.candles = [this](const paper::Venue& venue, const market::Symbol& symbol, market::Interval interval, Instant since, int limit, PaperPast::CandlesDone done) {
        ask_candles({venue.exchange, venue.market, venue.site}, symbol, interval, since, limit, std::move(done));
    };
    desk.paid_late = [this](const std::string& twin) { performer_->event([&](Now now) { trader_->on_late_funding(now, twin); }); };
    desk.unpaid = [this](const paper::Unpaid& unpaid) { tell_unpaid(unpaid); };
}

void TradingHost::tell_unpaid(const paper::Unpaid& unpaid) {
    using Why = engine::MissedFunding::Why;
    const auto why = unpaid.why == paper::Unpaid::Why::no_price ? Why::no_price : Why::no_rates;
    performer_->event([&](Now now) { trader_->on_missed_funding(now, unpaid.connection, {unpaid.symbol, unpaid.from, unpaid.to, why}); });
}

void TradingHost::list_on_paper(const MarketKey& key, const market::Symbol& symbol) {
    const auto* real = feed_of(key).instrument(symbol);
    const auto* market = trader_->market_of(key.venue(), symbol);
    if (real == nullptr || market == nullptr || !market->instrument) return;
    // The paper exchange charges what its strategies reckon with, the real one's rates where it reports them; of several the most.
    std::optional<trading::FeeRates> fees;
    const auto pair = symbol.to_string();
    const auto take = [&](const trading::FeeRates& rates) {
        if (!fees) fees = rates;
        fees = trading::FeeRates{std::max(fees->maker, rates.maker), std::max(fees->taker, rates.taker)};
    };
    for (const auto& [id, strategy] : trader_->strategies())
        if (strategy.settings.paper && std::find(strategy.settings.pairs.begin(), strategy.settings.pairs.end(), pair) != strategy.settings.pairs.end())
            if (const auto* account = trader_->account_of(strategy.settings)) take(trader_->fees_of(account->account.connection, symbol, strategy.rules.fees));
    for (const auto& [number, group] : trader_->groups())
        if (engine::is_paper(group->terms().connection) && group->terms().symbol == symbol) take(group->fees());
    if (!fees) return;
    // A contract's tiers may come later than all else of it.
    if (symbol.is_futures() && market->instrument->risk_tiers.empty())
        setup_.loop.after(kListAgain, [this, alive = std::weak_ptr<bool>{alive_}] {
            if (!alive.expired()) follow_soon();
        });
    if (const auto listed = paper::instrument_of(*real, *market->instrument, *fees)) paper_->exchanges().list({key.exchange, key.market, key.site}, *listed);
}

}  // namespace bf::app

#include "app/trading_host.hpp"

#include "app/market_road.hpp"
#include "connection/warnings.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/paper_name.hpp"
#include "exchange/catalogue/replies/limits_of.hpp"
#include "server/trading_json.hpp"
#include "wire/json.hpp"

#include <algorithm>

namespace bf::app {
namespace {

using engine::Now;
using exchange::Language;

/// How long a pair is followed after a page looked at it.
constexpr std::chrono::microseconds kWatchFor{std::chrono::minutes{5}};
/// Candles known from the start: what a chart shows first.
constexpr int kCandlesBack = 200;
/// Nothing is opened on a key that dies sooner: its exits need it.
constexpr milliseconds kKeyLivesAtLeast{std::chrono::hours{24}};
/// So many records since the last checkpoint are worth a new one; looked at so often. A million are read back in about a second.
constexpr std::uint64_t kRecordsKept = 200'000;
/// Each costs the exchange two questions a day.
constexpr std::size_t kPairsCompared = 60;
constexpr milliseconds kJournalLook{std::chrono::minutes{10}};


}  // namespace

/// One market's feed and the way of its news to the trader.
class TradingHost::MarketEars final : public engine::MarketListener {
public:
    MarketEars(TradingHost& host, MarketKey key) : host_{host}, key_{key}, road_{host.setup_.world.transport, host.setup_.book, key.exchange} {
        const auto adapter = host.setup_.adapter_of(key.exchange);
        const engine::MarketFeed::Setup setup{key.exchange, key.market, key.site, host.setup_.is_repointed(key.exchange), host.setup_.book.pace_of(key.exchange),
                                              exchange::stream_limits_of(key.exchange, key.market)};
        const connection::World world{host.setup_.world.clock, host.setup_.world.timers, road_, host.setup_.world.signer};
        feed = std::make_unique<engine::MarketFeed>(world, *adapter, setup, host.setup_.loop, *this);
        trends = std::make_unique<engine::TrendFeed>(*feed, world, [this](const engine::TrendNews& news) {
            host_.performer_->event([&](Now now) { host_.trader_->on_trend(now, key_.venue(), news); });
        });
    }

    void on_quote(engine::SymbolIndex index, const engine::Quote& quote) override {
        if (!quote.bid || !quote.ask) return;
        // On futures nothing is decided on another price than the mark.
        if (key_.market == market::Market::futures && !quote.mark) return;
        const auto confirmed = key_.market == market::Market::futures ? std::min(quote.confirmed, quote.mark_confirmed) : quote.confirmed;
        const trading::Quote told{*quote.bid, *quote.ask, quote.mark.value_or(*quote.bid), feed->wall_of(confirmed), std::nullopt};
        const auto& symbol = feed->symbol_of(index);
        host_.paper_->exchanges().quote({key_.exchange, key_.market, key_.site}, symbol, {told.bid, told.ask, told.mark, confirmed});
        host_.performer_->event([&](Now now) { host_.trader_->on_quote(now, key_.venue(), symbol, told); });
        host_.tell_price(key_, symbol, quote);
    }
    void on_candle(engine::SymbolIndex index, const market::Candle& candle, engine::CandleNews) override {
        const auto& symbol = feed->symbol_of(index);
        host_.performer_->event([&](Now now) { host_.trader_->on_candle(now, key_.venue(), symbol, candle); });
        host_.tell_candle(key_, symbol, candle);
    }
    void on_instrument(const market::Instrument& instrument, const market::Instrument*) override {
        host_.performer_->event([&](Now now) { host_.trader_->on_instrument(now, key_.venue(), instrument, engine::facts_of(instrument)); });
        // Connections read contracts with these; the first list is when they can.
        host_.follow_soon();
    }

private:
    TradingHost& host_;
    MarketKey key_;
    MarketRoad road_;  ///< Before the feed, which uses it.

public:
    std::unique_ptr<engine::MarketFeed> feed;
    std::unique_ptr<engine::TrendFeed> trends;
    std::map<market::Symbol, engine::SymbolIndex> followed;
};

TradingHost::TradingHost(Setup setup) : setup_{std::move(setup)}, gate_{setup_.world.signer, setup_.world.timers, setup_.held} {
    trader_ = std::make_unique<engine::Trader>(engine::Trader::Setup{setup_.installation, setup_.store, setup_.loop, *this, setup_.generation});
    if (setup_.held) trader_->hold();
}

TradingHost::~TradingHost() {
    alive_.reset();
    for (const auto& timer : {account_timer_, follow_timer_, watch_timer_, journal_timer_})
        if (timer) setup_.loop.cancel(*timer);
    // Their questions go through the trader's caller.
    ledger_.reset();
    if (paper_) paper_->close_streams();
    accounts_.clear();
    markets_.clear();
}

Result<std::unique_ptr<TradingHost>> TradingHost::open(Setup setup) {
    std::unique_ptr<TradingHost> host{new TradingHost{std::move(setup)}};
    BF_TRY_VOID(host->start());
    return host;
}

Status TradingHost::start() {
    Status replayed;
    std::uint64_t entries = 0;
    LedgerWatch::Intents intents;
    BF_TRY(journal_, JournalFile::open(setup_.loop, setup_.journal_folder, [this, &replayed, &entries, &intents](const journal::Entry& entry) {
        intents.replayed(entry.kind, entry.payload);
        if (++entries == 1 && !entry.from_the_beginning) trader_->begins_late();
        if (replayed) replayed = trader_->replay(entry.kind, entry.payload);
    }));
    BF_TRY_VOID(replayed);
    connection::World gated{setup_.world.clock, setup_.world.timers, setup_.world.transport, gate_};
    PaperDesk::Setup paper{setup_.loop, gated, setup_.paper_folder, setup_.adapter_of, {}, {}, {}, {}};
    paper.family_of = [this](exchange::ExchangeId id) { return market_family(setup_.book, id); };
    paper.pace_of = [this](exchange::ExchangeId id) { return setup_.book.pace_of(id); };
    paper.instrument = [this](const paper::Venue& venue, const market::Symbol& symbol) { return feed_of({venue.exchange, venue.market, venue.site}).instrument(symbol); };
    paper.instruments = [this](const paper::Venue& venue) { return &feed_of({venue.exchange, venue.market, venue.site}).instruments(); };
    BF_TRY(paper_, PaperDesk::open(std::move(paper)));
    performer_ = std::make_unique<engine::Performer>(paper_->world(), *journal_, *trader_);
    BF_TRY_VOID(restore_modes());
    BF_TRY_VOID(performer_->event([this](Now now) { return trader_->load(now); }));
    performer_->count_earlier(entries);
    LedgerWatch::Setup ledger{.loop = setup_.loop, .signer = setup_.signer, .trader = *trader_, .performer = *performer_, .settings = setup_.settings};
    ledger.connections = [this] {
        std::vector<std::string> real;
        for (const auto& [id, account] : accounts_)
            if (const auto* state = trader_->find_connection(id); state != nullptr && !state->paper && trader_->caller().find(id) != nullptr) real.push_back(id);
        return real;
    };
    ledger.symbols_of = [this](const std::string& connection) { return pairs_of(connection); };
    ledger_ = std::make_unique<LedgerWatch>(std::move(ledger), std::move(intents));
    keep_journal_short();
    for (const auto& [twin, account] : paper_->exchanges().accounts()) adopt_twin(account);
    server::TradingApi::Setup api;
    api.want_paper = [this](const trading::Settings& settings) { return want_paper(settings); };
    api.grant_paper = [this](const std::string& connection, const std::string& asset, const Decimal& amount) { return grant_paper(connection, asset, amount); };
    api.instruments = [](const engine::ConnectionState& connection) -> const exchange::Instruments* { return connection.account.instruments; };
    api.keep_modes = [this] { return keep_modes(); };
    api.watch = [this](const engine::ConnectionState& connection, const market::Symbol& symbol) {
        watched_[{MarketKey{connection.account.exchange, connection.account.market, connection.account.site}, symbol}] = setup_.loop.steady() + kWatchFor;
        follow_soon();
    };
    api.candles = [this](const engine::ConnectionState& connection, const market::Symbol& symbol, market::Interval interval, std::optional<Instant> since, int limit, auto done) {
        ask_candles(connection, symbol, interval, since, limit, std::move(done));
    };
    api_ = std::make_unique<server::TradingApi>(*performer_, *trader_, setup_.store, setup_.loop, std::move(api));
    return {};
}

void TradingHost::release_hold() {
    gate_.open();
    performer_->event([this](Now now) { trader_->release_hold(now); });
}

std::map<std::string, const JournalFile*> TradingHost::journals() const {
    std::map<std::string, const JournalFile*> all{{"journal", journal_.get()}};
    if (const auto* paper = paper_->journal(); paper != nullptr) all.emplace("paper", paper);
    return all;
}

void TradingHost::keep_journal_short() {
    if (performer_->records() > kRecordsKept) performer_->checkpoint();
    journal_timer_ = setup_.loop.after(kJournalLook, [this] { keep_journal_short(); });
}

constexpr const char* kModes = "trading_modes";

Status TradingHost::keep_modes() {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("all", trading::to_string(trader_->mode())).key("connections").begin_object();
    for (const auto& [connection, mode] : trader_->connection_modes()) out.member(connection, trading::to_string(mode));
    out.end_object().key("frozen").begin_array();
    for (const auto& connection : trader_->frozen()) out.text(connection);
    out.end_array().end_object();
    setup_.tell([this](wire::JsonWriter& news, Language) {
        news.begin_object().member("type", "mode");
        server::write_modes(news, *trader_);
        news.end_object();
    });
    return setup_.settings.put_setting(kModes, json);
}

Status TradingHost::restore_modes() {
    BF_TRY(const auto kept, setup_.settings.setting(kModes));
    if (!kept) return {};
    const auto json = wire::Json::parse(*kept);
    // A mode that can't be read is taken for the one that opens nothing.
    const auto read = [](const wire::JsonValue& value) { return trading::parse_mode(value.text().value_or("")).value_or(trading::Mode::exit_only); };
    if (!json) {
        trader_->restore_modes(trading::Mode::exit_only, {}, {});
        return {};
    }
    std::map<std::string, trading::Mode> of_connections;
    const auto list = (*json)["connections"];
    for (std::size_t i = 0; i < list.size(); ++i) of_connections[std::string{list.name_at(i)}] = read(list.at(i));
    std::set<std::string, std::less<>> frozen;
    for (std::size_t i = 0; i < (*json)["frozen"].size(); ++i) frozen.emplace((*json)["frozen"].at(i).text().value_or(""));
    trader_->restore_modes(read((*json)["all"]), std::move(of_connections), std::move(frozen));
    return {};
}

// --- connections

TradingHost::MarketEars& TradingHost::market_of(const MarketKey& key) {
    auto& ears = markets_[key];
    if (!ears) ears = std::make_unique<MarketEars>(*this, key);
    return *ears;
}

engine::MarketFeed& TradingHost::feed_of(const MarketKey& key) { return *market_of(key).feed; }

engine::MarketFeed& TradingHost::feed_for(const connection::Record& record) { return feed_of({record.exchange, record.market, record.site}); }

engine::ConnectionState TradingHost::state_of(const connection::Record& record) {
    engine::ConnectionState state;
    state.name = record.name;
    state.simulated = setup_.is_repointed(record.exchange);
    state.family = record.family;
    auto& account = state.account;
    account.connection = record.id;
    account.exchange = record.exchange;
    account.market = record.market;
    account.site = record.site;
    account.replies = &setup_.adapter_of(record.exchange)->replies;
    account.instruments = &market_of({record.exchange, record.market, record.site}).feed->instruments();
    account.address_pace = setup_.book.pace_of(record.exchange);
    auto& facts = state.facts;
    facts.status = record.status;
    facts.withdraw_confirmed = record.accepted.unknown_withdrawal;
    facts.transfer_waived = record.accepted.internal_transfer;
    if (!record.report) return state;
    const auto& report = *record.report;
    account.account_mode = report.account_mode;
    account.key_version = report.key_version;
    state.account_id = report.account_id;
    state.clock_offset = report.clock_offset;
    facts.read = report.claims.read.answer;
    facts.spot_trade = report.claims.spot_trade.answer;
    facts.futures_trade = report.claims.futures_trade.answer;
    facts.withdraw = report.claims.withdraw.answer;
    facts.transfer = report.claims.transfer.answer;
    facts.tested_at = record.tested_at;
    // A date that the exchange itself names; an inferred one moves with each use of the key.
    const auto expiry = connection::expiry_of(record);
    facts.egress_as_proven = setup_.book.egress_as_proven(record);
    facts.key_lives_long_enough = !expiry.at || expiry.basis != "exchange" || *expiry.at - setup_.loop.wall() > kKeyLivesAtLeast;
    if (const auto limits = account.address_pace != nullptr ? exchange::account_limits_of(record.exchange) : std::nullopt) {
        auto& pace = account_paces_[std::string{exchange::to_string(record.exchange)} + "/" + report.account_id.value_or(record.id)];
        if (!pace) pace = std::make_unique<connection::Pace>(*limits);
        account.account_pace = pace.get();
    }
    return state;
}

connection::StreamTap* TradingHost::tap_of(const connection::Record& record) {
    using Status = connection::ConnectionStatus;
    if (record.status == Status::draft || record.status == Status::disabled || record.status == Status::refused) return nullptr;
    on_connection(record);
    return accounts_.at(record.id).feed.get();
}

void TradingHost::on_connection(const connection::Record& record) {
    performer_->event([&](Now now) { trader_->on_connection(now, state_of(record)); });
    auto& account = accounts_[record.id];
    account.market = {record.exchange, record.market, record.site};
    if (!account.feed) account.feed = std::make_unique<engine::AccountFeed>(record.id, trader_->caller(), setup_.loop, *this);
    if (paper_wanted(record))
        if (auto made = make_twin(record); !made) setup_.complain(made.error().detail);
    follow_soon();
    wake_accounts();
}

void TradingHost::on_connection_removed(const std::string& id) {
    accounts_.erase(id);
    performer_->event([&](Now now) { trader_->on_connection_removed(now, id); });
    drop_twin(id);
}

void TradingHost::raise(const connection::GuardNews& news) {
    using Found = connection::GuardNews::Severity;
    const auto severity = news.severity == Found::critical ? engine::Severity::critical : news.severity == Found::warning ? engine::Severity::warning : engine::Severity::info;
    performer_->event([&](Now now) { trader_->alarm(now, severity, news.code, news.english, news.dutch, news.connection, 0); });
}

bool TradingHost::is_used(const connection::Record& record) const {
    for (const auto& [number, group] : trader_->groups())
        if (group->terms().connection == record.id) return true;
    const auto names = [&](const std::optional<std::string>& named) { return named == record.id || named == record.name; };
    return std::any_of(trader_->strategies().begin(), trader_->strategies().end(), [&](const auto& one) {
        const auto& settings = one.second.settings;
        return one.second.enabled && !settings.paper && (names(settings.connection) || names(settings.recovery.pro_connection));
    });
}

// --- what is followed

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
        for (const auto& id : changed) tell_account(id);
        wake_accounts();
    });
}

// --- what the accounts tell

void TradingHost::on_order(Now now, const std::string& connection, const market::Order& order) { trader_->on_order(now, connection, order); }
void TradingHost::on_fill(Now now, const std::string& connection, const market::Fill& fill, engine::FillNews) { trader_->on_fill(now, connection, fill); }
void TradingHost::on_balances(Now now, const std::string& connection, const std::vector<market::Balance>& balances, bool whole) {
    trader_->on_balances(now, connection, balances, whole);
    accounts_changed_.insert(connection);
}
void TradingHost::on_positions(Now now, const std::string& connection, const std::vector<market::Position>& positions, bool whole) {
    trader_->on_positions(now, connection, positions, whole);
    accounts_changed_.insert(connection);
}
void TradingHost::on_stream(Now now, const std::string& connection, bool live) { trader_->on_stream(now, connection, live); }
void TradingHost::on_trouble(Now, const std::string& connection, const exchange::Problem& problem) {
    // An exchange that refuses us for our address names it: the book learns of a change before the next test.
    if (problem.seen_address)
        if (const auto* record = setup_.book.find(connection))
            setup_.loop.after(milliseconds{0}, [this, alive = std::weak_ptr<bool>{alive_}, exchange = record->exchange, address = *problem.seen_address] {
                if (!alive.expired()) setup_.book.saw_address(address, exchange);
            });
    const auto* state = trader_->find_connection(connection);
    setup_.complain("The account of \"" + (state == nullptr ? connection : state->name) + "\" could not be asked: " + std::string{exchange::to_string(problem.code)} + ".");
}
void TradingHost::on_unexplained(Now now, const std::string& connection, const engine::MoneyWatch::Unexplained& money) { trader_->on_unexplained(now, connection, money); }
void TradingHost::on_activity(Now) {
    // An event of the stream is over: what the trader wants of it is carried out from here, since nobody else saw the event.
    performer_->event([](Now) {});
    wake_accounts();
}

// --- what the trader tells

void TradingHost::on_strategy(const engine::Strategy& strategy) {
    setup_.tell([&](wire::JsonWriter& out, Language language) {
        out.begin_object().member("type", "strategy").key("strategy");
        server::write_strategy(out, *trader_, strategy, language);
        out.end_object();
    });
    follow_soon();
}
void TradingHost::on_strategy_removed(const std::string& id) {
    setup_.tell([&](wire::JsonWriter& out, Language) { out.begin_object().member("type", "strategy_removed").member("id", id).end_object(); });
    follow_soon();
}
void TradingHost::on_group(const engine::LiveGroup& group) {
    accounts_changed_.insert(group.terms().connection);
    setup_.tell([&](wire::JsonWriter& out, Language) {
        out.begin_object().member("type", "group").key("group");
        server::write_live_group(out, *trader_, group, false);
        out.end_object();
    });
    // What is followed changes with a group that opens or ends, not with each of its fills.
    const bool changes = group.is_over() ? groups_followed_.erase(group.number()) > 0 : groups_followed_.insert(group.number()).second;
    if (changes) follow_soon();
}
void TradingHost::on_decision(const ports::StoredDecision& decision) {
    setup_.tell([&](wire::JsonWriter& out, Language language) {
        out.begin_object().member("type", "decision").key("decision");
        server::write_decision(out, *trader_, decision, language, false);
        out.end_object();
    });
}
void TradingHost::on_alarm(const ports::StoredAlarm& alarm) {
    setup_.tell([&](wire::JsonWriter& out, Language language) {
        out.begin_object().member("type", "alarm").key("alarm");
        server::write_alarm(out, alarm, language);
        out.end_object();
    });
}
void TradingHost::on_order_ended(const engine::Order& order, const Decimal& filled) {
    if (setup_.order_ended && !engine::is_paper(order.plan().connection)) setup_.order_ended(order, filled);
}
void TradingHost::on_doubt(Now now, const std::string& connection, const market::Symbol* symbol, milliseconds within) {
    const auto account = accounts_.find(connection);
    if (account == accounts_.end() || !account->second.feed) return;
    account->second.feed->look_again(now, within, symbol);
    setup_.loop.after(milliseconds{0}, [this, alive = std::weak_ptr<bool>{alive_}] {
        if (!alive.expired()) wake_accounts();
    });
}
void TradingHost::on_trouble(const Error& error) { setup_.complain(error.detail); }

void TradingHost::tell_account(const std::string& connection) {
    const auto* state = trader_->find_connection(connection);
    if (state == nullptr) return;
    setup_.tell([&](wire::JsonWriter& out, Language) {
        out.begin_object().member("type", "account").key("account");
        server::write_account(out, *trader_, *state, setup_.loop.wall());
        out.end_object();
    });
}

void TradingHost::tell_price(const MarketKey& key, const market::Symbol& symbol, const engine::Quote& quote) {
    auto& told = prices_told_[{key, symbol}];
    const auto now = setup_.loop.steady();
    if (told.count() != 0 && now - told < kPriceEvery) return;
    told = now;
    for (const auto& [id, account] : accounts_) {
        if (account.market != key) continue;
        setup_.tell([&](wire::JsonWriter& out, Language) {
            out.begin_object().member("type", "price").member("connection", id).member("pair", symbol.to_string()).member("bid", quote.bid).member("ask", quote.ask);
            out.member("last", quote.last).member("mark", quote.mark).member("at", setup_.loop.wall().ms()).end_object();
        });
    }
}

void TradingHost::tell_candle(const MarketKey& key, const market::Symbol& symbol, const market::Candle& candle) {
    for (const auto& [id, account] : accounts_) {
        if (account.market != key) continue;
        setup_.tell([&](wire::JsonWriter& out, Language) {
            out.begin_object().member("type", "candle").member("connection", id).member("pair", symbol.to_string()).member("interval", "1m").key("candle");
            server::write_candle(out, candle);
            out.end_object();
        });
    }
}

void TradingHost::ask_candles(const engine::ConnectionState& connection, const market::Symbol& symbol, market::Interval interval, std::optional<Instant> since, int limit,
                              std::function<void(Result<std::vector<market::Candle>>)> done) {
    auto& feed = *market_of({connection.account.exchange, connection.account.market, connection.account.site}).feed;
    feed.list_candles(symbol, interval, since, limit, [done = std::move(done)](const std::vector<market::Candle>* list, Instant) {
        if (list == nullptr) return done(Unexpected{Error{ErrorKind::unreachable, "The exchange gave no candles.", Fate::not_sent, "no_candles"}});
        done(*list);
    });
}

std::optional<trading::InstrumentFacts> TradingHost::instrument_of(std::string_view exchange, std::string_view pair) const {
    const auto id = exchange::parse_exchange(exchange);
    const auto symbol = market::Symbol::parse(pair);
    if (!id || !symbol) return std::nullopt;
    for (const auto site : {exchange::Site::global, exchange::Site::eu})
        if (const auto* market = trader_->market_of({*id, site}, *symbol); market != nullptr && market->instrument) return market->instrument;
    return std::nullopt;
}

}  // namespace bf::app

#include "app/trading_host.hpp"

#include "app/trading_modes.hpp"
#include "base/text.hpp"
#include "connection/warnings.hpp"
#include "engine/instrument_facts.hpp"
#include "engine/paper_name.hpp"
#include "exchange/catalogue/replies/limits_of.hpp"
#include "store/file_wait.hpp"
#include "store/postgresql.hpp"

#include <algorithm>
#include <filesystem>
#include <future>

namespace bf::app {
namespace {

using engine::Now;

/// Nothing is opened on a key that dies sooner: its exits need it.
constexpr milliseconds kKeyLivesAtLeast{std::chrono::hours{24}};
constexpr milliseconds kJournalLook{std::chrono::minutes{10}}, kDiskLook{seconds{20}};
/// So many of the newest decisions are kept whatever they were, some kilobytes each. Older blocked ones go a few at a time, between which
/// trading has its turn; what a signal that is sent again is known by stays twice as long as it is asked for.
constexpr std::int64_t kDecisionsKept = 1'000'000;
constexpr int kForgottenAtOnce = 50;
constexpr const char* kForgotAt = "history_clock";  ///< The time that was believed when history was last forgotten.
constexpr std::int64_t kHourMs = 3'600'000;
constexpr milliseconds kForgetMore{seconds{5}}, kForgetLook{std::chrono::minutes{10}};
/// Each connection's limits are asked for once within so long: what is changed here is told at once, but not what was frozen past this server, or a raise that came due.
constexpr milliseconds kLimitsRound{seconds{20}};
static_assert(2 * kLimitsRound < engine::kLimitsKnownFor);

}  // namespace

TradingHost::TradingHost(Setup setup) : setup_{std::move(setup)}, gate_{setup_.world.signer, setup_.world.timers, setup_.held} {
    trader_ = std::make_unique<engine::Trader>(engine::Trader::Setup{setup_.installation, setup_.store, setup_.loop, *this, setup_.generation});
    news_ = std::make_unique<TradingNews>(setup_.tell, setup_.loop, *trader_);
    if (setup_.held) trader_->hold();
}

TradingHost::~TradingHost() {
    alive_.reset();
    for (const auto& timer : {account_timer_, follow_timer_, watch_timer_, journal_timer_, disk_timer_, forget_timer_, limits_timer_})
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
    BF_TRY(auto ends, setup_.store.group_ends());
    trader_->know_ends(std::move(ends));
    // Beside the journal, which may be long. Nothing else asks the store until they are there.
    auto reading = std::async(std::launch::async, [this] { return engine::read_strategies(setup_.store); });
    Status replayed;
    std::uint64_t entries = 0;
    LedgerWatch::Intents intents;
    BF_TRY(journal_, JournalFile::open(setup_.loop, setup_.journal_folder, [this, &replayed, &entries, &intents](const journal::Entry& entry) {
        intents.replayed(entry.kind, entry.payload);
        if (++entries == 1 && !entry.from_the_beginning) trader_->begins_late();
        if (replayed) replayed = trader_->replay(entry.kind, entry.payload);
    }));
    BF_TRY(auto strategies, reading.get());
    BF_TRY_VOID(replayed);
    connection::World gated{setup_.world.clock, setup_.world.timers, setup_.world.transport, gate_};
    PaperDesk::Setup paper{setup_.loop, gated, setup_.paper_folder, setup_.adapter_of, {}, {}, {}, {}, {}, {}, {}};
    paper.family_of = [this](exchange::ExchangeId id) { return market_family(setup_.book, id); };
    paper.pace_of = [this](exchange::ExchangeId id) { return setup_.book.pace_of(id); };
    paper.instrument = [this](const paper::Venue& venue, const market::Symbol& symbol) { return feed_of({venue.exchange, venue.market, venue.site}).instrument(symbol); };
    paper.instruments = [this](const paper::Venue& venue) { return &feed_of({venue.exchange, venue.market, venue.site}).instruments(); };
    follow_late_funding(paper);
    BF_TRY(paper_, PaperDesk::open(std::move(paper)));
    performer_ = std::make_unique<engine::Performer>(paper_->world(), *journal_, *trader_);
    BF_TRY_VOID(restore_modes(setup_.settings, *trader_));
    BF_TRY_VOID(performer_->event([this, &strategies](Now now) { return trader_->load(now, std::move(strategies)); }));
    performer_->count_earlier(entries);
    LedgerWatch::Setup ledger{.clock = setup_.loop, .timers = setup_.loop, .signer = setup_.signer, .trader = *trader_, .performer = *performer_, .settings = setup_.settings};
    ledger.connections = [this] {
        std::vector<std::string> real;
        for (const auto& [id, account] : accounts_)
            if (const auto* state = trader_->find_connection(id); state != nullptr && !state->paper && trader_->caller().find(id) != nullptr) real.push_back(id);
        return real;
    };
    ledger.symbols_of = [this](const std::string& connection) { return pairs_of(connection); };
    ledger_ = std::make_unique<LedgerWatch>(std::move(ledger), std::move(intents));
    setup_.signer.on_limits([this, alive = std::weak_ptr<bool>{alive_}](const std::string& connection, const ports::LimitState& state) {
        if (!alive.expired()) performer_->event([&](Now now) { trader_->on_limits(now, connection, state); });
    });
    ask_limits();
    keep_journal_short();
    look_at_disk();
    if (setup_.keep_blocked.count() > 0) {
        const auto kept = setup_.settings.setting(kForgotAt);
        const auto at = kept && *kept ? parse_int(**kept) : std::nullopt;
        forget_clock_ = ForgetClock{at ? std::optional{Instant::from_ms(*at)} : std::nullopt};
        forget_old();
    }
    for (const auto& [twin, account] : paper_->exchanges().accounts()) adopt_twin(account);
    for (const auto& one : paper_->exchanges().unpaid()) tell_unpaid(one);
    server::TradingApi::Setup api;
    api.want_paper = [this](const trading::Settings& settings) { return want_paper(settings); };
    api.grant_paper = [this](const std::string& connection, const std::string& asset, const Decimal& amount) { return grant_paper(connection, asset, amount); };
    api.instruments = [](const engine::ConnectionState& connection) -> const exchange::Instruments* { return connection.account.instruments; };
    api.keep_modes = [this] { return keep_modes(); };
    api.watch = [this](const engine::ConnectionState& connection, const market::Symbol& symbol) { watch(connection, symbol); };
    api.candles = [this](const engine::ConnectionState& connection, const market::Symbol& symbol, market::Interval interval, std::optional<Instant> since, int limit, auto done) {
        ask_candles({connection.account.exchange, connection.account.market, connection.account.site}, symbol, interval, since, limit, std::move(done));
    };
    api.later = [this](milliseconds in, std::function<void()> then) { setup_.loop.after(in, std::move(then)); };
    api_ = std::make_unique<server::TradingApi>(*performer_, *trader_, setup_.loop, std::move(api));
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
    if (trader_->checkpoint_due(performer_->records())) performer_->checkpoint();
    journal_timer_ = setup_.loop.after(kJournalLook, [this] { keep_journal_short(); });
}

void TradingHost::ask_limits() {
    // What does not answer is not known, and stands against nothing.
    if (auto next = accounts_.upper_bound(limits_asked_); !accounts_.empty()) {
        if (next == accounts_.end()) next = accounts_.begin();
        limits_asked_ = next->first;
        if (!engine::is_paper(limits_asked_)) setup_.signer.limits(limits_asked_, [](const auto&) {});
    }
    limits_timer_ = setup_.loop.after(kLimitsRound / std::max<std::int64_t>(1, std::ssize(accounts_)), [this] { ask_limits(); });
}

void TradingHost::look_at_disk() {
    std::error_code failed;
    const auto room = std::filesystem::space(setup_.journal_folder, failed);
    // Where it can't be told nothing is concluded from it.
    if (!failed) performer_->event([this, &room](Now now) { trader_->on_disk(now, room.available); });
    disk_timer_ = setup_.loop.after(kDiskLook, [this] { look_at_disk(); });
}

void TradingHost::forget_old() {
    const auto now = setup_.loop.wall();
    if (!forget_clock_.believes(now, setup_.loop.steady())) {
        forget_timer_ = setup_.loop.after(kForgetLook, [this] { forget_old(); });
        return;
    }
    // By the hour: written often for nothing else.
    const auto hour = std::to_string(now.ms() / kHourMs * kHourMs);
    if (const auto kept = setup_.settings.setting(kForgotAt); kept && *kept != hour) (void)setup_.settings.put_setting(kForgotAt, hour).has_value();
    const auto forgotten = setup_.store.forget_blocked({now - setup_.keep_blocked, kDecisionsKept, now - 2 * trading::kDuplicateMemory}, kForgottenAtOnce);
    const auto seen = setup_.store.forget_alarms(now - setup_.keep_blocked, kForgottenAtOnce);
    // A disk that takes nothing now is told by what trading itself can't keep.
    const bool more = (forgotten && *forgotten == kForgottenAtOnce) || (seen && *seen == kForgottenAtOnce);
    forget_timer_ = setup_.loop.after(more ? kForgetMore : kForgetLook, [this] { forget_old(); });
}

Status TradingHost::keep_modes() {
    news_->modes();
    return app::keep_modes(setup_.settings, *trader_);
}

// --- connections

MarketEars& TradingHost::market_of(const MarketKey& key) {
    auto& ears = markets_[key];
    if (ears) return *ears;
    MarketEars::Heard heard;
    heard.quote = [this, key](const market::Symbol& symbol, const trading::Quote& quote, const engine::Quote& whole, std::chrono::microseconds confirmed) {
        paper_->exchanges().quote({key.exchange, key.market, key.site}, symbol, {quote.bid, quote.ask, quote.mark, confirmed});
        performer_->event([&](Now now) { trader_->on_quote(now, key.venue(), symbol, quote); });
        tell_price(key, symbol, whole);
    };
    heard.candle = [this, key](const market::Symbol& symbol, const market::Candle& candle) {
        performer_->event([&](Now now) { trader_->on_candle(now, key.venue(), symbol, candle); });
        for (const auto& [id, account] : accounts_)
            if (account.market == key) news_->candle(id, symbol, candle);
    };
    heard.instrument = [this, key](const market::Instrument& instrument) {
        performer_->event([&](Now now) { trader_->on_instrument(now, key.venue(), instrument, engine::facts_of(instrument)); });
        // Connections read contracts with these; the first list is when they can.
        follow_soon();
    };
    heard.trend = [this, key](const engine::TrendNews& news) { performer_->event([&](Now now) { trader_->on_trend(now, key.venue(), news); }); };
    const MarketEars::Setup setup{setup_.loop, setup_.world, setup_.book, *setup_.adapter_of(key.exchange), setup_.is_repointed(key.exchange)};
    ears = std::make_unique<MarketEars>(key, setup, std::move(heard));
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
    account.id = state.account_id = record.account_id;
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
        auto& pace = account_paces_[std::string{exchange::to_string(record.exchange)} + "/" + record.account_id.value_or(record.id)];
        if (!pace) pace = std::make_unique<connection::Pace>(*limits);
        account.account_pace = pace.get();
    }
    return state;
}

connection::StreamTap* TradingHost::tap_of(const connection::Record& record) {
    using Status = connection::ConnectionStatus;
    if (record.status == Status::draft || record.status == Status::disabled || record.status == Status::refused) return nullptr;
    on_connection(record);
    const auto account = accounts_.find(record.id);
    return account == accounts_.end() ? nullptr : account->second.feed.get();
}

void TradingHost::on_connection(const connection::Record& record) {
    performer_->event([&](Now now) { trader_->on_connection(now, state_of(record)); });
    // Groups are left on it from before, and it is not proven to be of their account: nothing is asked for it.
    if (trader_->find_connection(record.id) == nullptr) return;
    auto& account = accounts_[record.id];
    account.market = {record.exchange, record.market, record.site};
    if (!account.feed) {
        account.feed = std::make_unique<engine::AccountFeed>(record.id, trader_->caller(), setup_.loop, *this);
        setup_.signer.limits(record.id, [](const auto&) {});
    }
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

void TradingHost::on_book_read() {
    std::set<std::string> gone;
    for (const auto& [number, group] : trader_->groups()) {
        const auto& id = group->terms().connection;
        if (!engine::is_paper(id) && !setup_.book.knows(id)) gone.insert(id);
    }
    for (const auto& id : gone) performer_->event([&](Now now) { trader_->on_connection_removed(now, id); });
    for (const auto& [id, name] : setup_.book.damaged()) performer_->event([&](Now now) { trader_->on_connection_unreadable(now, id, name); });
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

std::vector<connection::Warning> TradingHost::warn_of(const connection::Record& record, exchange::Language language) const {
    std::vector<connection::Warning> warnings;
    for (const auto& left : trader_->left_behind()) {
        const bool same = left.id != record.id && record.account_id == left.account && record.exchange == left.exchange && record.market == left.market && record.site == left.site;
        if (!same) continue;
        const bool one = left.groups == 1;
        const auto count = std::to_string(left.groups), name = "\"" + left.name + "\"";
        warnings.push_back({"groups_left", language == exchange::Language::nl
                                               ? count + (one ? " groep van de verwijderde verbinding " : " groepen van de verwijderde verbinding ") + name + (one ? " hoort" : " horen") +
                                                     " bij deze rekening. Ze verdergaan laten? Verbind " + name + " opnieuw, op de pagina van zo'n groep."
                                               : count + (one ? " group of the removed connection " : " groups of the removed connection ") + name + (one ? " belongs" : " belong") +
                                                     " to this account. To let " + (one ? "it" : "them") + " go on, connect " + name + " again, on the page of such a group or with `backfuture connections again`."});
    }
    return warnings;
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
void TradingHost::on_due() {
    if (std::exchange(wake_wanted_, true)) return;
    setup_.loop.after(milliseconds{0}, [this, alive = std::weak_ptr<bool>{alive_}] {
        if (alive.expired()) return;
        wake_wanted_ = false;
        wake_accounts();
    });
}
void TradingHost::on_activity(Now) {
    // An event of the stream is over: what the trader wants of it is carried out from here, since nobody else saw the event.
    performer_->event([](Now) {});
    wake_accounts();
}

// --- what the trader tells

void TradingHost::on_strategy(const engine::Strategy& strategy) {
    news_->strategy(strategy);
    follow_soon();
}
void TradingHost::on_strategy_removed(const std::string& id) {
    news_->strategy_removed(id);
    follow_soon();
}
void TradingHost::on_group(const engine::LiveGroup& group) {
    accounts_changed_.insert(group.terms().connection);
    news_->group(group);
    // What is followed changes with a group that opens or ends, not with each of its fills.
    const bool changes = group.is_over() ? groups_followed_.erase(group.number()) > 0 : groups_followed_.insert(group.number()).second;
    if (changes) follow_soon();
}
void TradingHost::on_decision(const ports::StoredDecision& decision) { news_->decision(decision); }
void TradingHost::on_alarm(const ports::StoredAlarm& alarm) {
    news_->alarm(alarm);
    setup_.alarm(alarm);
}
void TradingHost::on_history_stored() { news_->history_stored(); }
void TradingHost::on_alarms_stored(const ports::StoredAlarm& last) { news_->alarms_stored(last); }
void TradingHost::on_order_ended(const engine::Order& order, const Decimal& filled) {
    const auto& plan = order.plan();
    if (engine::is_paper(plan.connection)) return;
    setup_.signer.settle(signer::SettledOrder{plan.connection, order.intent().client_id, plan.symbol, engine::lessens(plan.purpose), filled});
}
void TradingHost::on_held(const std::string& connection, const market::Symbol& symbol, const Decimal& quantity) {
    if (!engine::is_paper(connection)) setup_.signer.settle(signer::StillHeld{connection, symbol, quantity});
}
void TradingHost::on_doubt(Now now, const std::string& connection, const market::Symbol* symbol, milliseconds within) {
    const auto account = accounts_.find(connection);
    if (account == accounts_.end() || !account->second.feed) return;
    account->second.feed->look_again(now, within, symbol);
}
void TradingHost::on_limits_wanted(const std::string& connection) { setup_.signer.limits(connection, [](const auto&) {}); }
void TradingHost::on_trouble(const Error& error) {
    // Of a database that is away or held its own watch tells, once.
    if (error.code != store::kAway && error.code != store::kHeld) setup_.complain(error.detail);
}

void TradingHost::tell_price(const MarketKey& key, const market::Symbol& symbol, const engine::Quote& quote) {
    auto& told = prices_told_[{key, symbol}];
    const auto now = setup_.loop.steady();
    if (told.count() != 0 && now - told < kPriceEvery) return;
    told = now;
    for (const auto& [id, account] : accounts_)
        if (account.market == key) news_->price(id, symbol, quote);
}

void TradingHost::ask_candles(const MarketKey& key, const market::Symbol& symbol, market::Interval interval, std::optional<Instant> since, int limit,
                              std::function<void(Result<std::vector<market::Candle>>)> done) {
    feed_of(key).list_candles(symbol, interval, since, limit, [done = std::move(done)](const std::vector<market::Candle>* list, Instant) {
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

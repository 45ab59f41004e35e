#include "simulator/core/exchange.hpp"

#include "simulator/core/resting.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

constexpr milliseconds kTick{1000};
constexpr Instant kNever = Instant::from_ms(std::int64_t{1} << 50);

Instant next_multiple(Instant at, milliseconds width) { return Instant::from_ms((at.ms() / width.count() + 1) * width.count()); }

/// So much funding was settled before an exchange began.
constexpr milliseconds kFundingPast{std::chrono::hours{24 * 365}};

}  // namespace

Exchange::Exchange(Profile profile, std::uint64_t seed, Instant start)
    : profile_{std::move(profile)}, random_{seed}, faults_{Random::mix(seed + 1)}, now_{start}, tick_{kTick}, next_tick_{next_multiple(start, kTick)},
      next_funding_{next_multiple(start, profile_.funding_interval)}, first_funding_{start - kFundingPast} {
    for (std::size_t i = 0; i < profile_.instruments.size(); ++i) {
        profile_.instruments[i].index = i;
        if (profile_.follows)
            markets_.push_back(std::make_unique<InstrumentMarket>(profile_.instruments[i], start));
        else
            markets_.push_back(std::make_unique<InstrumentMarket>(profile_.instruments[i], Random::mix(seed * 1000 + i), start));
        resting_.push_back(std::make_unique<Resting>());
    }
    if (profile_.follows) next_tick_ = next_funding_ = kNever;
    // Ids that look grown, and never start at one: clients must not mistake them for indices.
    next_order_ = static_cast<std::uint64_t>(start.ms()) << 8;
    next_fill_ = static_cast<std::uint64_t>(start.ms()) << 4;
}

Exchange::~Exchange() = default;

void Exchange::set_tick(milliseconds tick) {
    tick_ = tick;
    next_tick_ = next_multiple(now_, tick);
}

Instant Exchange::next_wake() const {
    Instant next = std::min(next_tick_, next_funding_);
    for (const auto& path : paths_) next = std::min(next, path.steps.front().at);
    return next;
}

void Exchange::advance(Instant now) {
    for (Instant at = next_wake(); at <= now; at = next_wake()) {
        now_ = std::max(now_, at);
        for (auto& path : paths_) {
            while (!path.steps.empty() && path.steps.front().at <= at) {
                const Decimal price = path.steps.front().price;
                path.steps.pop_front();
                set_price(*path.instrument, price);
            }
        }
        std::erase_if(paths_, [](const Path& path) { return path.steps.empty(); });
        if (next_funding_ <= at) {
            pay_funding();
            next_funding_ = next_multiple(at, profile_.funding_interval);
        }
        if (next_tick_ <= at) {
            tick(at);
            next_tick_ = next_tick_ + tick_;
        }
    }
    now_ = std::max(now_, now);
}

void Exchange::tick(Instant at) {
    for (const auto& instrument : profile_.instruments) {
        auto& market = *markets_[instrument.index];
        market.step(at);
        emit(TradeEvent{&instrument, &market.trades().back()});
        sweep(instrument, false);
        if (!resting_[instrument.index]->stops.empty()) fire_due(instrument);
        emit(TickEvent{&instrument});
    }
    liquidate_due();
    for (const auto& instrument : profile_.instruments) publish_book(instrument);
}

void Exchange::set_price(const Instrument& instrument, const Decimal& price) {
    markets_[instrument.index]->set_price(price, now_);
    sweep(instrument, true);
    // A gap over both a stop and the liquidation price: the exchange takes the position before the stop finds anything to close.
    liquidate_due();
    if (!resting_[instrument.index]->stops.empty()) fire_due(instrument);
    emit(TickEvent{&instrument});
    publish_book(instrument);
}

void Exchange::play(const Instrument& instrument, std::vector<PathStep> steps) {
    std::erase_if(paths_, [&](const Path& path) { return path.instrument == &instrument; });
    if (!steps.empty()) paths_.push_back({&instrument, {steps.begin(), steps.end()}});
}

bool Exchange::can_count(const std::string& asset, const Decimal& amount) const {
    const auto granted = granted_.find(asset);
    // The last summand takes a sum in the smallest unit, which fees come to.
    std::optional<Decimal> total = granted == granted_.end() ? Decimal{} : granted->second;
    for (const Decimal& more : {amount, amount, "0.000000000000000001"_d})
        if (total) total = Decimal::sum(*total, more);
    return total.has_value();
}

Account& Exchange::create_account(const NewKey& request) {
    auto account = std::make_unique<Account>();
    account->id = std::to_string(165'000'000 + random_.between(0, 999) * 1000 + static_cast<std::int64_t>(accounts_.size()));
    account->mode = request.mode;
    account->created_at = now_;
    for (const auto& [asset, amount] : request.balances) {
        account->spot[asset].free = amount;
        granted_[asset] += amount;
        if (request.mode == AccountMode::unified) continue;
        account->futures[asset].free = amount;
        granted_[asset] += amount;
    }
    accounts_by_id_[account->id] = account.get();
    accounts_.push_back(std::move(account));
    return *accounts_.back();
}

const Key& Exchange::create_key(const NewKey& request) {
    Account* existing = request.account ? find_account(*request.account) : nullptr;
    const Account& account = existing != nullptr ? *existing : create_account(request);
    auto key = std::make_unique<Key>();
    profile_.make_key(*key, random_);
    key->account = account.id;
    key->permissions = request.permissions;
    key->ip_allow_list = request.ip_allow_list;
    key->expires_at = request.expires_at;
    key->source_ip = request.source_ip;
    key->inspectable = request.inspectable;
    key->created_at = now();
    key_order_.push_back(key.get());
    return *(keys_[key->key] = std::move(key));
}

Key* Exchange::find_key(std::string_view key) {
    const auto at = keys_.find(std::string{key});
    return at == keys_.end() ? nullptr : at->second.get();
}

Account* Exchange::find_account(std::string_view id) {
    const auto at = accounts_by_id_.find(std::string{id});
    return at == accounts_by_id_.end() ? nullptr : at->second;
}

std::string Exchange::caller_ip(std::string_view peer, const Key* key) {
    if (key != nullptr) return believed_ip_[std::string{peer}] = key->source_ip.value_or(std::string{peer});
    if (const auto at = believed_ip_.find(std::string{peer}); at != believed_ip_.end()) return at->second;
    // Nobody signed from there yet: an administrator who gave the newest key an address means the client that will use it.
    if (!key_order_.empty() && key_order_.back()->source_ip) return *key_order_.back()->source_ip;
    return std::string{peer};
}

const Instrument* Exchange::find(const Symbol& symbol) const {
    for (const auto& instrument : profile_.instruments)
        if (instrument.symbol == symbol) return &instrument;
    return nullptr;
}

const Instrument* Exchange::find_native(std::string_view native) const {
    for (const auto& instrument : profile_.instruments)
        if (instrument.native == native) return &instrument;
    return nullptr;
}

Decimal Exchange::funding_rate(const Instrument& instrument) const { return funding_rate_at(instrument, next_funding_); }

Decimal Exchange::funding_rate_at(const Instrument& instrument, Instant at) {
    // Drawn from the payment's hour, so that asking doesn't change it: -0.005 % to 0.015 %.
    const auto period = static_cast<std::uint64_t>(at.ms()) + instrument.index;
    return Decimal::from_parts(static_cast<int>(Random::mix(period) % 200) - 50, 6);
}

std::vector<Exchange::Settled> Exchange::settled_funding(const Instrument& instrument, Instant from, Instant to, std::size_t most) const {
    const auto every = profile_.funding_interval.count();
    std::vector<Settled> out;
    // The market it follows settles elsewhere.
    if (profile_.follows) return out;
    const Instant last = std::min(to, next_funding_ - profile_.funding_interval);
    for (Instant at = Instant::from_ms(last.ms() / every * every); at >= std::max(from, first_funding_) && out.size() < most; at = at - profile_.funding_interval)
        out.push_back({at, funding_rate_at(instrument, at)});
    return out;
}

std::map<Decimal, Decimal> Exchange::visible(const Instrument& instrument, Side side) const {
    const auto& market = *markets_[instrument.index];
    const auto& resting = *resting_[instrument.index];
    std::map<Decimal, Decimal> levels;
    for (int i = 0; i < InstrumentMarket::kDepth; ++i)
        if (const Decimal quantity = market.level_quantity(side, i); quantity.is_positive()) levels[market.level_price(side, i)] += quantity;
    if (side == Side::buy)
        for (const auto& [price, order] : resting.bids) levels[price] += order->remaining();
    else
        for (const auto& [price, order] : resting.asks) levels[price] += order->remaining();
    return levels;
}

Exchange::Book Exchange::book(const Instrument& instrument, std::size_t levels) {
    publish_book(instrument);
    Book book;
    book.sequence = resting_[instrument.index]->sequence;
    const auto bids = visible(instrument, Side::buy);
    for (auto at = bids.rbegin(); at != bids.rend() && book.bids.size() < levels; ++at) book.bids.push_back({at->first, at->second});
    const auto asks = visible(instrument, Side::sell);
    for (auto at = asks.begin(); at != asks.end() && book.asks.size() < levels; ++at) book.asks.push_back({at->first, at->second});
    return book;
}

void Exchange::publish_book(const Instrument& instrument) {
    auto& resting = *resting_[instrument.index];
    const bool wanted = std::any_of(listeners_.begin(), listeners_.end(), [&](const Listener* l) { return l->wants_book(instrument); });
    if (!wanted) {
        ++resting.sequence;
        resting.shown = false;
        return;
    }
    std::vector<BookChange> changes;
    const auto difference = [&](Side side, std::map<Decimal, Decimal>& shown) {
        auto current = visible(instrument, side);
        for (const auto& [price, quantity] : shown)
            if (!current.contains(price)) changes.push_back({side, price, {}});
        for (const auto& [price, quantity] : current) {
            const auto before = shown.find(price);
            if (before == shown.end() || before->second != quantity) changes.push_back({side, price, quantity});
        }
        shown = std::move(current);
    };
    difference(Side::buy, resting.shown_bids);
    difference(Side::sell, resting.shown_asks);
    if (!resting.shown) {  // Nobody held a book yet: whoever subscribed takes the snapshot with this sequence.
        resting.shown = true;
        ++resting.sequence;
        return;
    }
    if (changes.empty()) return;
    const std::uint64_t first = resting.sequence + 1;
    resting.sequence += changes.size();
    emit(BookEvent{&instrument, first, changes});
}

void Exchange::emit(const Event& event) {
    for (auto* listener : listeners_) listener->on_event(event);
}

Exchange::Ledger Exchange::ledger() const {
    Ledger ledger{granted_, {}, fees_, house_};
    for (const auto& account : accounts_) {
        for (const auto* wallets : {&account->spot, &account->futures})
            for (const auto& [asset, wallet] : *wallets) ledger.accounts[asset] += wallet.total();
        for (const auto& position : account->positions) ledger.accounts[position.instrument->symbol.settle] += position.margin;
    }
    return ledger;
}

}  // namespace bf::simulator

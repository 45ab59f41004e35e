#include "signer/policy_rules.hpp"

#include "signer/service_words.hpp"

#include <algorithm>

namespace bf::signer {
namespace {

using exchange::Call;
using exchange::Operation;
using exchange::Remark;
using market::OrderType;
using market::Side;
using ports::FreezeLevel;

/// 2 % a minute. In small steps that add up, a little less, so that no minute moves it further: e^0.0198 < 1.02.
constexpr std::int64_t kMoveMs = 33;  ///< Times 10^-8 of the price, a millisecond.
/// Beyond this the reference may have moved anywhere.
constexpr std::int64_t kMoveMsMax = 30LL * 24 * 3'600'000;
/// The engine reads the same clock; this much is rounding.
constexpr milliseconds kAhead = seconds{2};
/// Symbols with something to remember. More is a caller that makes names up.
constexpr std::size_t kSymbolsMax = 2000;
/// The next so many orders like the last one need no write of their own.
constexpr std::int64_t kCoverOrders = 8;
/// More only where the limits allow so many orders a minute that a hundredth of them is more; and never more than these.
constexpr std::int64_t kCoverShare = 100, kCoverOrdersMax = 256;
constexpr std::size_t kCoverSymbols = 64;

Refused no(Remark why, std::initializer_list<std::string_view> about = {}) { return refused(Refusal::policy, exchange::say(why, about)); }

/// Nor is more than some of the largest orders (kQuantityMax) written down ahead.
const Decimal kAheadMax{9'000'000'000'000'000'000};

Refused out_of_range() { return no(Remark::figures_out_of_range); }

/// By which share the reference can have moved since.
Decimal reach_share(const KeptReference& kept, Instant now) {
    const auto elapsed = std::clamp<std::int64_t>((now - kept.moved).count(), 0, kMoveMsMax);
    return Decimal::from_parts(__int128{elapsed} * kMoveMs, 8);
}
/// How far that is.
Decimal reach(const KeptReference& kept, Instant now) { return Decimal::product(kept.price, reach_share(kept, now), Rounding::down).value_or(kept.price); }

/// For people: eight fraction digits, as money has; what is far below one keeps six figures. A part of a move or of an order leaves a division's
/// digits behind, and what is counted keeps them.
Decimal shown(const Decimal& amount, Rounding rounding) {
    int digits = 8;
    while (digits < Decimal::kScaleMax && amount < Decimal::from_parts(1, digits - 5)) ++digits;
    return Decimal::parse(amount.to_fixed(digits, rounding)).value_or(amount);
}

/// As a refusal tells it: never so that the refused price would lie within the band.
std::string shown_reference(const Decimal& price, Side side) { return shown(price, side == Side::buy ? Rounding::down : Rounding::up).to_string(); }

std::string percent(const Decimal& share) { return (share * Decimal{100}).to_string(); }

bool is_order(Operation operation) {
    return operation == Operation::place_order || operation == Operation::test_order || operation == Operation::place_stop;
}

}  // namespace

// MEXC has the word for positions held one way only: from an order that does not say how they are held it is left out, and what was to close may open.
bool only_reduces(const Call& call) { return call.reduce_only.value_or(false) && call.position_mode.has_value(); }

struct ConnectionPolicy::Weight {
    const market::Symbol* symbol{nullptr};
    Decimal quantity{};
    Decimal value{};
    bool opens{true};  ///< Adds to what is open: not a sale on spot, not a test order.
};

Instant ConnectionPolicy::latest_date(const PolicyState& state) {
    auto latest = std::max(state.orders.newest(), state.exits.newest());
    for (const auto& [asset, use] : state.assets) latest = std::max({latest, use.hour.newest(), use.day.newest()});
    for (const auto& [symbol, use] : state.symbols)
        if (use.reference) latest = std::max({latest, use.reference->told_for, use.reference->moved});
    return latest;
}

Instant ConnectionPolicy::time_at(Instant clock) {
    const auto now = clock_.heed(clock);
    if (!clock_.is_settled(clock)) return now;
    const auto by = clock_.settle();
    const auto date_back = [by](auto&... at) { ((at = std::max(Instant{}, at - by)), ...); };
    for (auto* window : {&state_.orders, &state_.exits}) window->date_back(by);
    for (auto& [asset, use] : state_.assets) {
        use.hour.date_back(by);
        use.day.date_back(by);
        date_back(use.unnamed_until);
    }
    for (auto& [symbol, use] : state_.symbols) {
        date_back(use.unnamed_until);
        if (use.reference) date_back(use.reference->told_for, use.reference->moved);
    }
    if (state_.raise) date_back(state_.raise->due);
    dirty_ = true;
    return now - by;
}

std::optional<Refused> ConnectionPolicy::judge(const SignItem& item, Instant clock, const Keep& keep) {
    if (state_.raise) bring_up_to_date(clock);
    if (state_.freeze == FreezeLevel::everything) return no(Remark::frozen_wholly);
    const auto& call = item.call;
    if (is_order(call.operation)) return judge_order(item, clock, keep);
    if (call.operation == Operation::set_leverage || call.operation == Operation::set_margin_mode) return judge_setting(call);
    // Reading and cancelling.
    return std::nullopt;
}

std::optional<Refused> ConnectionPolicy::judge_setting(const Call& call) const {
    if (state_.freeze != FreezeLevel::none) return no(Remark::frozen_settings);
    if (state_.doubt != Doubt::none) return no(Remark::in_doubt_settings);
    const auto& allowed = state_.limits.operations;
    const bool leverage = call.operation == Operation::set_leverage;
    if (leverage ? !allowed.set_leverage : !allowed.set_margin_mode) return no(Remark::operation_not_allowed, {to_string(call.operation)});
    if (auto why = foreign(call)) return why;
    if (call.leverage.value_or(1) > state_.limits.leverage)
        return no(Remark::leverage_over, {std::to_string(*call.leverage), std::to_string(state_.limits.leverage)});
    return std::nullopt;
}

std::optional<Refused> ConnectionPolicy::foreign(const Call& call) const {
    const auto& limits = state_.limits;
    if (limits.market && call.market != *limits.market) return no(Remark::other_market);
    if (limits.symbols && !std::binary_search(limits.symbols->begin(), limits.symbols->end(), *call.symbol))
        return no(Remark::symbol_not_listed, {call.symbol->to_string()});
    return std::nullopt;
}

std::optional<Refused> ConnectionPolicy::judge_order(const SignItem& item, Instant clock, const Keep& keep) {
    const auto& call = item.call;
    const auto now = time_at(clock);
    const bool fresh = follow(*call.symbol, item.reference, clock, now);
    if (is_exit(call, now)) return judge_exit(call, now, fresh);
    auto why = judge_entry(call, now, fresh, keep);
    // A connection test goes on without its test order, as where an exchange has none.
    if (why && call.operation == Operation::test_order) why->call = exchange::CallError{exchange::CallError::Kind::not_supported, "operation", why->detail};
    return why;
}

bool ConnectionPolicy::follow(const market::Symbol& symbol, std::optional<ports::PriceReference> told, Instant clock, Instant now) {
    if (!told || !told->price.is_positive() || told->at > clock + kAhead || told->at < clock - kReferenceAge) return false;
    told->at = told->at + clock_.lead();
    auto found = state_.symbols.find(symbol);
    if (found == state_.symbols.end()) {
        if (state_.symbols.size() >= kSymbolsMax) return false;
        found = state_.symbols.try_emplace(symbol).first;
    }
    auto& kept = found->second.reference;
    dirty_ = true;
    if (!kept) {
        kept = KeptReference{told->price, told->at, now};
        return true;
    }
    // One told late says nothing about now.
    if (told->at < kept->told_for) return true;
    // Down by the same factor as up: by the same difference an hour of silence would let it fall to nothing, and what is bought for nothing is as much as
    // the caller likes, to be sold as an exit.
    const auto high = Decimal::sum(kept->price, reach(*kept, now));
    const auto low = Decimal::quotient(kept->price, Decimal{1} + reach_share(*kept, now), 18, Rounding::up);
    if (!low || !high) return false;
    kept->price = told->price > *high ? *high : told->price < *low ? *low : told->price;
    kept->told_for = told->at;
    kept->moved = std::max(kept->moved, now);
    return true;
}

bool ConnectionPolicy::is_exit(const Call& call, Instant now) const {
    if (call.operation == Operation::test_order) return false;
    if (call.market == market::Market::futures) return only_reduces(call);
    // On spot "reduce only" is a word that no exchange hears.
    if (call.operation != Operation::place_order || call.side != Side::sell || !call.quantity) return false;
    return state_.unknown_holdings || *call.quantity <= held(*call.symbol, now);
}

std::optional<Refused> ConnectionPolicy::judge_exit(const Call& call, Instant now, bool fresh) {
    if (state_.exits.total(now) >= state_.limits.exits_a_minute) return no(Remark::exits_often);
    if (call.price) {
        const auto found = state_.symbols.find(*call.symbol);
        if (found == state_.symbols.end() || !found->second.reference)
            return no(Remark::exit_price_unknown, {call.symbol->to_string()});
        const auto& kept = *found->second.reference;
        // Without news the price can have moved as far as it may. Selling dear and buying cheap harms nobody.
        const auto slack = fresh ? Decimal{} : reach(kept, now);
        const bool sells = call.side == Side::sell;
        const auto from = Decimal::sum(kept.price, sells ? -slack : slack);
        const auto bound = from ? Decimal::product(*from, sells ? Decimal{1} - state_.limits.exit_band : Decimal{1} + state_.limits.exit_band, Rounding::up) : std::nullopt;
        if (bound && (sells ? *call.price < *bound : *call.price > *bound))
            return no(Remark::exit_price_off, {call.price->to_string(), percent(state_.limits.exit_band), shown_reference(kept.price, *call.side)});
    }
    state_.exits.add(now, 1);
    remember(call, true, {});
    return std::nullopt;
}

/// What the order counts as, at the dearer of its own price and the reference.
std::optional<Refused> ConnectionPolicy::weigh(const Call& call, const Decimal& reference, Weight& weight) {
    weight.symbol = &*call.symbol;
    const auto& priced = call.price ? call.price : call.stop_price;
    const auto price = priced ? std::max(*priced, reference) : reference;
    if (call.quote_quantity) {
        weight.value = *call.quote_quantity;
        // However cheap it fills: it is what may be sold later.
        const auto twice = Decimal::product(*call.quote_quantity, Decimal{2}, Rounding::up);
        const auto quantity = twice ? Decimal::quotient(*twice, reference, 18, Rounding::up) : std::nullopt;
        if (!quantity) return out_of_range();
        weight.quantity = *quantity;
    } else {
        weight.quantity = *call.quantity;
        // Contracts are quantity / contract size: a caller that names a smaller size than before gets as many more contracts.
        if (call.market == market::Market::futures && call.contract_size) {
            auto& contract = state_.symbols[*call.symbol].contract;
            if (*call.contract_size > contract) contract = *call.contract_size;
            if (*call.contract_size < contract) {
                const auto larger = Decimal::product(weight.quantity, contract, Rounding::up);
                const auto quantity = larger ? Decimal::quotient(*larger, *call.contract_size, 18, Rounding::up) : std::nullopt;
                if (!quantity) return out_of_range();
                weight.quantity = *quantity;
            }
        }
        const auto value = Decimal::product(weight.quantity, price, Rounding::up);
        if (!value) return out_of_range();
        weight.value = *value;
    }
    if (weight.quantity > kQuantityMax) return out_of_range();
    weight.opens = call.operation != Operation::test_order && (call.market == market::Market::futures || call.side == Side::buy);
    return std::nullopt;
}

std::optional<Refused> ConnectionPolicy::judge_entry(const Call& call, Instant now, bool fresh, const Keep& keep) {
    const auto& limits = state_.limits;
    if (state_.freeze != FreezeLevel::none) return no(Remark::frozen_entries);
    if (state_.doubt != Doubt::none) return no(Remark::in_doubt);
    const bool stop = call.operation == Operation::place_stop;
    if (stop ? !limits.operations.place_stop : !limits.operations.place_order) return no(Remark::entries_not_allowed);
    if (auto why = foreign(call)) return why;
    const auto caps = limits.values.find(call.symbol->quote);
    if (caps == limits.values.end()) return no(Remark::no_amounts, {call.symbol->quote});
    if (call.leverage.value_or(1) > limits.leverage)
        return no(Remark::leverage_over, {std::to_string(*call.leverage), std::to_string(limits.leverage)});
    if (!fresh) return no(Remark::price_unknown, {call.symbol->to_string()});
    const auto reference = state_.symbols.find(*call.symbol)->second.reference->price;
    Weight weight;
    if (auto why = weigh(call, reference, weight)) return why;
    if (call.price) {
        const bool buys = call.side == Side::buy;
        const auto bound = Decimal::product(reference, buys ? Decimal{1} + limits.price_band : Decimal{1} - limits.price_band, buys ? Rounding::down : Rounding::up);
        if (!bound) return out_of_range();
        if (buys ? *call.price > *bound : *call.price < *bound)
            return no(Remark::price_off, {call.price->to_string(), percent(limits.price_band), shown_reference(reference, *call.side)});
    }
    const auto over = [&](Remark what, const Decimal& cap) { return no(what, {cap.to_string(), caps->first}); };
    const auto& most = caps->second;
    if (weight.value > most.order) return over(Remark::order_over, most.order);
    // The type decides whether a price is heard at all: one that a market order names is not sent.
    const bool any_price = !call.price || call.type == OrderType::market;
    if (any_price && weight.value > most.market_order) return over(Remark::market_order_over, most.market_order);
    if (state_.orders.total(now) >= limits.orders_a_minute) return no(Remark::orders_often, {std::to_string(limits.orders_a_minute)});
    auto& use = state_.assets[caps->first];
    if (use.hour.total(now) + weight.value > most.hour) return over(Remark::hour_over, most.hour);
    if (use.day.total(now) + weight.value > most.day) return over(Remark::day_over, most.day);
    if (weight.opens) {
        auto open = use.exposure + weight.value;
        if (now < use.unnamed_until) open += use.unnamed;
        if (open > most.exposure) return over(Remark::exposure_over, most.exposure);
    }
    if (!covered(weight))
        if (auto why = cover(weight, keep)) return why;
    count(call, weight, now);
    return std::nullopt;
}

bool ConnectionPolicy::covered(const Weight& weight) const {
    const auto within = [&](const Cover& cover) {
        const auto value = cover.values.find(weight.symbol->quote);
        if (cover.orders < 1 || value == cover.values.end() || value->second < weight.value) return false;
        if (!weight.opens) return true;
        const auto quantity = cover.quantities.find(*weight.symbol);
        return quantity != cover.quantities.end() && quantity->second >= weight.quantity;
    };
    return within(cover_) && (!writing_ || within(*writing_));
}

std::optional<Refused> ConnectionPolicy::cover(const Weight& weight, const Keep& keep) {
    values_[weight.symbol->quote].last = weight.value;
    if (weight.opens) {
        if (quantities_.size() >= kCoverSymbols) quantities_.clear();
        quantities_[*weight.symbol].last = weight.quantity;
    }
    if (const auto kept = keep(); !kept) return refused(Refusal::vault_failed, exchange::say(Remark::cover_not_written_because, {kept.error().detail}));
    if (!covered(weight)) return refused(Refusal::vault_failed, exchange::say(Remark::cover_not_written));
    return std::nullopt;
}

void ConnectionPolicy::count(const Call& call, const Weight& weight, Instant now) {
    auto& use = state_.assets[weight.symbol->quote];
    use.hour.add(now, weight.value);
    use.day.add(now, weight.value);
    state_.orders.add(now, 1);
    const auto measure = [](Measure& kept, const Decimal& amount) {
        kept.last = amount;
        kept.since = Decimal::sum(kept.since, amount).value_or(amount);
    };
    measure(values_[weight.symbol->quote], weight.value);
    if (weight.opens) measure(quantities_[*weight.symbol], weight.quantity);
    const auto take = [&](Cover& cover) {
        cover.orders -= 1;
        cover.values[weight.symbol->quote] -= weight.value;
        if (weight.opens) cover.quantities[*weight.symbol] -= weight.quantity;
    };
    take(cover_);
    if (writing_) take(*writing_);
    dirty_ = true;
    if (!weight.opens) return;
    open_more(*weight.symbol, weight.quantity, weight.value);
    remember(call, false, weight.value);
    if (call.client_order_id) state_.signed_orders[*call.client_order_id].quantity = weight.quantity;
}

void ConnectionPolicy::set_limits(const ports::UseLimits& limits, Instant clock) {
    bring_up_to_date(clock);
    const auto narrower = meet(state_.limits, limits);
    const auto delay = state_.limits.raise_delay;
    state_.raise.reset();
    if (narrower != limits) state_.raise = ports::LimitState::Raise{limits, time_at(clock) + delay};
    state_.limits = narrower;
    state_.defaults = false;
    if (state_.doubt == Doubt::none) state_.unknown_holdings = false;
    dirty_ = true;
}

void ConnectionPolicy::narrow(const ports::UseLimits& limits) {
    state_.limits = meet(state_.limits, limits);
    state_.raise.reset();
    dirty_ = true;
}

void ConnectionPolicy::doubt_age() {
    if (state_.doubt == Doubt::none) state_.doubt = Doubt::rolled_back;
    state_.unknown_holdings = true;
    dirty_ = true;
}

void ConnectionPolicy::trust() {
    if (state_.doubt == Doubt::rolled_back) state_.doubt = Doubt::none;
    dirty_ = true;
}

void ConnectionPolicy::freeze(FreezeLevel level) {
    state_.freeze = level;
    if (level != FreezeLevel::none) state_.raise.reset();
    dirty_ = true;
}

void ConnectionPolicy::bring_up_to_date(Instant clock) {
    if (const auto now = time_at(clock); !state_.raise || now < state_.raise->due) return;
    state_.limits = std::move(state_.raise->limits);
    state_.raise.reset();
    // Limits that were lost have been set anew, by a person who gave a code and waited.
    state_.doubt = Doubt::none;
    dirty_ = true;
}

ports::LimitState ConnectionPolicy::tell(Instant clock) {
    bring_up_to_date(clock);
    const auto now = time_at(clock);
    ports::LimitState told{state_.limits, state_.freeze, state_.raise, {}, {}};
    if (told.raise) told.raise->due = told.raise->due - clock_.lead();
    for (auto& [asset, use] : state_.assets) {
        const auto unnamed = now < use.unnamed_until ? use.unnamed : Decimal{};
        const auto up = [](const Decimal& used) { return shown(used, Rounding::up); };
        told.used.push_back({asset, up(use.hour.total(now)), up(use.day.total(now)), up(use.exposure + unnamed)});
    }
    if (state_.defaults) told.findings.push_back(ports::LimitFinding::defaults);
    if (state_.doubt == Doubt::damaged) told.findings.push_back(ports::LimitFinding::damaged);
    if (state_.doubt == Doubt::rolled_back) told.findings.push_back(ports::LimitFinding::rolled_back);
    return told;
}

const Cover& ConnectionPolicy::begin_write(std::uint64_t number) {
    auto& cover = writing_.emplace();
    writing_number_ = number;
    // Few: each crash costs them, and a process that is started again and again must still be able to trade.
    const std::int64_t minute = state_.limits.orders_a_minute;
    cover.orders = std::clamp<std::int64_t>(minute / kCoverOrders, 4, std::clamp<std::int64_t>(minute / kCoverShare, kCoverOrders, kCoverOrdersMax));
    // As many again as were signed since the last write, and some: who signs often waits seldom.
    const auto ahead = [](Measure& kept) {
        const auto since = std::exchange(kept.since, Decimal{});
        const auto by_last = Decimal::product(kept.last, Decimal{kCoverOrders}, Rounding::up), by_since = Decimal::product(since, Decimal{4}, Rounding::up);
        return std::max(kept.last, std::min(kAheadMax, std::max(by_last.value_or(Decimal{}), by_since.value_or(Decimal{}))));
    };
    for (auto& [asset, kept] : values_) {
        const auto more = ahead(kept);
        const auto caps = state_.limits.values.find(asset);
        if (caps == state_.limits.values.end()) continue;
        const auto share = Decimal::divide(caps->second.day, Decimal{kCoverOrders}, 18, Rounding::down).value();
        cover.values.emplace(asset, std::max(kept.last, std::min(more, share)));
    }
    for (auto& [symbol, kept] : quantities_) cover.quantities.emplace(symbol, ahead(kept));
    dirty_ = false;
    return cover;
}

void ConnectionPolicy::end_write(std::uint64_t number, bool written) {
    // A later one has been written since, or is under way.
    if (!writing_ || number != writing_number_) return;
    if (written)
        cover_ = std::move(*writing_);
    else
        dirty_ = true;
    writing_.reset();
}

void ConnectionPolicy::count_cover(const Cover& cover, Instant clock) {
    const auto now = time_at(clock);
    if (cover.orders > 0) state_.orders.add(now, std::min(cover.orders, state_.limits.orders_a_minute));
    for (const auto& [asset, value] : cover.values) {
        if (!value.is_positive()) continue;
        auto& use = state_.assets[asset];
        use.hour.add(now, value);
        use.day.add(now, value);
        use.unnamed = now < use.unnamed_until ? use.unnamed + value : value;
        use.unnamed_until = now + kUnnamedFor;
    }
    for (const auto& [symbol, quantity] : cover.quantities) {
        if (!quantity.is_positive()) continue;
        auto& use = state_.symbols[symbol];
        use.unnamed = now < use.unnamed_until ? Decimal::sum(use.unnamed, quantity).value_or(std::max(use.unnamed, quantity)) : quantity;
        use.unnamed_until = now + kUnnamedFor;
    }
    dirty_ = true;
}

}  // namespace bf::signer

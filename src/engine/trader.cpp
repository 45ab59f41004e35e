#include "engine/trader.hpp"

#include "engine/trader_parts.hpp"

#include <algorithm>

namespace bf::engine {

Trader::Trader(Setup setup) : setup_{setup}, orders_{setup.installation} {}
Trader::~Trader() = default;

// --- start

Status Trader::replay(std::uint16_t kind, std::string_view payload) {
    const RecordKind record{kind};
    if (record == kGroupOpened) {
        BF_TRY(auto terms, read_terms(payload));
        adopt(std::move(terms));
        return {};
    }
    if (record == kGroupChanged) {
        BF_TRY(const auto change, read_change(payload));
        const auto group = groups_.find(change.group);
        // Of a group that ended its later records may still stand here; it is in the store.
        if (group == groups_.end()) return {};
        if (change.what != GroupChange::What::closed) {
            group->second->apply(change);
            return {};
        }
        const auto& terms = group->second->terms();
        closed_at_[{terms.connection, terms.symbol}] = change.at;
        open_.erase({terms.connection, terms.symbol, terms.direction});
        orders_.forget(change.group);
        groups_.erase(group);
        return {};
    }
    return orders_.replay(record, payload);
}

LiveGroup& Trader::adopt(GroupTerms terms) {
    last_group_ = std::max(last_group_, terms.number);
    open_[{terms.connection, terms.symbol, terms.direction}] = terms.number;
    const auto number = terms.number;
    return *(groups_[number] = std::make_unique<LiveGroup>(orders_, std::move(terms)));
}

Status Trader::load(Now now) {
    BF_TRY(const auto stored, setup_.store.strategies());
    for (const auto& row : stored) {
        auto strategy = read_stored(row);
        if (!strategy) return Unexpected{Error{ErrorKind::damaged, "The stored strategy \"" + row.name + "\" can't be read.", Fate::not_sent, "strategy_damaged"}};
        hooks_[strategy->hook_hash] = strategy->id;
        brakes_.emplace(strategy->id, trading::DrawdownBrake{strategy->rules.protection.brake_drawdown, strategy->rules.protection.brake_window});
        strategies_.emplace(strategy->id, std::move(*strategy));
    }
    orders_.each([this](const Order& order) {
        const auto group = groups_.find(order.plan().group);
        if (group == groups_.end()) return;
        group->second->add_order(order.intent().number);
        const auto kind = Leg::of(order.plan().leg).kind;
        if (!order.finished() && (kind == Leg::Kind::exit || kind == Leg::Kind::close)) group->second->adopt_exit(order.intent().number);
    });
    for (const auto& [number, group] : groups_) group->rebuild();
    BF_TRY(const auto signals, setup_.store.unsettled_signals());
    for (const auto& signal : signals) pending_.push_back(std::make_unique<Pending>(pending_of(signal)));
    loaded_ = true;
    orders_.reconcile(now);
    work_off(now);
    return {};
}

// --- the world

void Trader::on_connection(Now now, ConnectionState state) {
    const std::string id = state.account.connection;
    const bool fresh = !connections_.contains(id);
    orders_.add_account(now, state.account);
    connections_[id] = std::move(state);
    // Its orders from the journal could not be asked for before; its stream may take long to come up.
    if (fresh && loaded_) orders_.reconcile(now, id);
    each_group([&](LiveGroup& group) {
        if (group.terms().connection == id) refresh(now, group);
    });
    work_off(now);
}

void Trader::on_connection_removed(Now now, const std::string& id) {
    connections_.erase(id);
    wallets_.erase(id);
    for (const auto& [number, group] : groups_) {
        if (group->terms().connection != id) continue;
        alarm(now, Severity::critical, "CONNECTION_REMOVED", "A connection was removed while a group of " + group->terms().symbol.to_string() + " is open on it: BackFuture can't manage that group any more.",
              "Een koppeling is verwijderd terwijl er nog een groep van " + group->terms().symbol.to_string() + " op openstaat: BackFuture kan die groep niet meer beheren.", id, number);
    }
    work_off(now);
}

void Trader::on_stream(Now now, const std::string& connection, bool live) {
    orders_.on_stream(now, connection, live);
    work_off(now);
}
void Trader::on_order(Now now, const std::string& connection, const market::Order& report) {
    orders_.on_order(now, connection, report);
    work_off(now);
}
void Trader::on_fill(Now now, const std::string& connection, const market::Fill& fill) {
    orders_.on_fill(now, connection, fill);
    work_off(now);
}
void Trader::on_durable(Now now, std::uint64_t append) {
    orders_.on_durable(now, append);
    work_off(now);
}
void Trader::on_sent(Now now, std::uint64_t ticket) {
    orders_.on_sent(now, ticket);
    work_off(now);
}
void Trader::on_answer(Now now, std::uint64_t ticket, CallAnswer answer) {
    orders_.on_answer(now, ticket, std::move(answer));
    work_off(now);
}

void Trader::tick(Now now) {
    over_.clear();
    orders_.tick(now);
    work_off(now);
    if (now.steady - evaluated_ >= kEvaluateEvery) {
        evaluated_ = now.steady;
        each_group([&](LiveGroup& group) { evaluate(now, group); });
    }
    each_group([&](LiveGroup& group) {
        if (const auto wake = group.next_wake(); wake && *wake <= now.steady) refresh(now, group);
    });
    if (now.steady - sampled_ >= kSampleEvery) {
        sampled_ = now.steady;
        sample_equity(now);
    }
    if (!pending_.empty() && now.steady - retried_ >= kRetryEvery) {
        retried_ = now.steady;
        consider_all(now);
    }
    work_off(now);
}

std::optional<std::chrono::microseconds> Trader::next_wake() const {
    auto wake = evaluated_ + kEvaluateEvery;
    if (const auto orders = orders_.next_wake()) wake = std::min(wake, *orders);
    if (!pending_.empty()) wake = std::min(wake, retried_ + kRetryEvery);
    for (const auto& [number, group] : groups_)
        if (const auto at = group->next_wake()) wake = std::min(wake, *at);
    return wake;
}

// --- views

const LiveGroup* Trader::find_group(GroupNumber number) const {
    const auto found = groups_.find(number);
    return found == groups_.end() ? nullptr : found->second.get();
}
const ConnectionState* Trader::find_connection(std::string_view id) const {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : &found->second;
}
const ConnectionState* Trader::connection_named(std::string_view name) const {
    for (const auto& [id, state] : connections_)
        if (state.name == name || id == name) return &state;
    return nullptr;
}
const Wallet* Trader::wallet_of(std::string_view connection) const {
    const auto found = wallets_.find(connection);
    return found == wallets_.end() ? nullptr : &found->second;
}
const MarketState* Trader::market_of(exchange::ExchangeId exchange, const market::Symbol& symbol) const {
    const auto found = markets_.find({exchange, symbol});
    return found == markets_.end() ? nullptr : &found->second;
}
const MarketState* Trader::market_of(const LiveGroup& group) const {
    const auto* connection = find_connection(group.terms().connection);
    return connection == nullptr ? nullptr : market_of(connection->account.exchange, group.terms().symbol);
}
const trading::DrawdownBrake* Trader::brake_of(const std::string& strategy) const {
    const auto found = brakes_.find(strategy);
    return found == brakes_.end() ? nullptr : &found->second;
}

}  // namespace bf::engine

#include "engine/trader.hpp"

#include "engine/paper_name.hpp"
#include "engine/trader_parts.hpp"
#include "exchange/sites.hpp"

#include <algorithm>

namespace bf::engine {

Trader::Trader(Setup setup)
    : setup_{setup}, orders_{setup.installation, setup.generation},
      pair_facts_{orders_.caller(),
                  [this](Now now, PairFacts::Kind kind, const std::string& connection, const market::Symbol& symbol) { on_pair_fact(now, kind, connection, symbol); }},
      funding_{orders_.caller(), {[this](Now now, const std::string& connection, const market::FundingPayment& payment) { on_funding(now, connection, payment); },
                                  [this](Now now, const std::string& connection, const market::Symbol& symbol) { on_funding_read(now, connection, symbol); }}},
      history_{setup_.store, setup_.listener}, alarms_{setup_.store, setup_.listener}, foreign_{alarms_, orders_} {
    alarms_.on_stored([this](std::int64_t told, std::int64_t id) { foreign_.on_stored(told, id); });
    // Whoever speaks of it again, and settles its signal, does so under its own number.
    history_.on_stored([this](std::int64_t told, std::int64_t id) {
        for (auto& [order, entry] : entries_)
            if (entry.id == told) entry.id = id;
        const auto know = [&](auto& signals) {
            for (auto& pending : signals)
                if (pending->decision == told) pending->decision = id;
        };
        know(pending_);
        know(decided_);
    });
}
Trader::~Trader() = default;

// --- the world

void Trader::on_connection(Now now, ConnectionState state) {
    const std::string id = state.account.connection;
    if (!may_follow(state)) return;
    const bool fresh = !connections_.contains(id);
    orders_.add_account(now, state.account);
    state.facts.frozen = frozen_.contains(id);
    const auto& known = connections_[id] = std::move(state);
    know_siblings(id);
    for (const auto& [strategy_id, strategy] : strategies_)
        if (strategy.settings.connection == known.name || strategy.settings.recovery.pro_connection == known.name) want_pair_facts(now, strategy);
    // Its orders from the journal could not be asked for before; its stream may take long to come up.
    if (fresh && loaded_) orders_.reconcile(now, id);
    take_up(now, connections_.at(id));
    each_on(id, [&](LiveGroup& group) {
        link(group);
        group.try_again();
        refresh(now, group);
        if (held_ || group.is_over() || !is_to_close(group)) return;
        if (auto closing = close(now, group.number(), "close_now"); !closing) setup_.listener.on_trouble(closing.error());
    });
    arm_brakes();
    work_off(now);
}

void Trader::on_connection_unreadable(Now now, const std::string& id, const std::string& name) {
    unreadable_[id] = name;
    std::string english, dutch;
    each_on(id, [&](const LiveGroup& group) {
        const auto& terms = group.terms();
        const auto before = std::string{english.empty() ? "" : ", "} + terms.symbol.to_string() + " (", after = " " + terms.symbol.base + ")";
        const auto held = group.facts().books.held().to_string();
        english += before + held + after;
        dutch += before + in_dutch(held) + after;
    });
    if (english.empty()) return;
    alarm(now, Severity::critical, "CONNECTION_UNREADABLE",
          "What is stored of the connection \"" + name + "\" can't be read: nothing can be asked or done for its open groups: " + english +
              ". What they hold, and the exits and stops that rest for them, is at the exchange. Put a backup in its place. Or remove the connection (backfuture connections remove \"" + name + "\") and let the groups go.",
          "Wat er van de verbinding \"" + name + "\" is bewaard is niet te lezen: voor haar open groepen kan niets worden gevraagd of gedaan: " + dutch +
              ". Wat ze hebben, en de uitstappen en stops die voor hen openstaan, staat op de exchange. Zet een back-up terug. Of verwijder de verbinding (backfuture connections remove \"" + name + "\") en laat de groepen los.",
          id, 0);
}

const std::string* Trader::unreadable(const std::string& id) const {
    const auto found = unreadable_.find(id);
    return found == unreadable_.end() ? nullptr : &found->second;
}

void Trader::on_connection_removed(Now now, const std::string& id) {
    const auto* state = find_connection(id);
    each_on(id, [&](LiveGroup& group) {
        unlink(group);
        if (!group.orphaned()) orphan(now, group, state);
    });
    unreadable_.erase(id);
    connections_.erase(id);
    know_siblings(id);
    wallets_.erase(id);
    filled_.erase(id);
    pair_facts_.forget(id);
    funding_.forget(id);
    limits_.forget(id);
    foreign_.forget(id);
    std::erase_if(prepared_, [&](const auto& one) { return one.first.first == id; });
    orders_.foreign().forget(id);
    orders_.remove_account(now, id);
    arm_brakes();
    work_off(now);
    each_on(id, [&](LiveGroup& group) { refresh(now, group); });
}

void Trader::orphan(Now now, LiveGroup& group, const ConnectionState* state) {
    const auto& terms = group.terms();
    std::vector<std::pair<std::string, std::string>> facts;
    if (const auto* name = unreadable(terms.connection)) facts = {{"name", *name}};
    if (state != nullptr)
        facts = {{"name", state->name}, {"exchange", std::string{exchange::to_string(state->account.exchange)}}, {"market", std::string{market::to_string(state->account.market)}},
                 {"site", std::string{exchange::to_string(state->account.site)}}, {"account", state->account_id.value_or("")}};
    change(now, group, GroupChange::What::orphaned, std::move(facts));
    const auto pair = terms.symbol.to_string(), held = group.facts().books.held().to_string();
    alarm(now, Severity::critical, "CONNECTION_REMOVED",
          "A connection was removed while a group of " + pair + " is open on it: BackFuture can't manage that group any more. By its books it holds " + held + " " + terms.symbol.base +
              ": that, and the orders that rest for it, stay at the exchange. Look there, then let the group go.",
          "Een verbinding is verwijderd terwijl er nog een groep van " + pair + " op openstaat: BackFuture kan die groep niet meer beheren. Volgens haar boeken heeft ze " + in_dutch(held) + " " + terms.symbol.base +
              ": dat, en de orders die voor haar openstaan, blijft op de exchange. Kijk daar, en laat de groep dan los.",
          terms.connection, group.number());
}

bool Trader::may_follow(const ConnectionState& state) {
    bool same = true;
    each_on(state.account.connection, [&](const LiveGroup& group) {
        if (!group.orphaned()) return;
        const auto account = group.orphaned()->fact("account");
        same = same && !account.empty() && state.account_id == account;
    });
    return same;
}

void Trader::take_up(Now now, const ConnectionState& state) {
    std::string pairs;
    int count = 0;
    bool spot = false;
    each_on(state.account.connection, [&](LiveGroup& group) {
        if (!group.orphaned()) return;
        change(now, group, GroupChange::What::taken_up, {{"name", state.name}});
        pairs += (count++ == 0 ? "" : ", ") + group.terms().symbol.to_string();
        spot = spot || !group.is_futures();
    });
    if (count == 0) return;
    // What the signer knew of this connection's buys it wiped with the key: it has no way to tell these coins from the user's own.
    alarm(now, Severity::warning, "GROUPS_TAKEN_UP",
          "\"" + state.name + "\" is connected again: its groups are followed as before (" + pairs + "). What happened to them meanwhile is asked of the exchange now." +
              (spot ? " To the signer their coins are not bought by this key: selling them counts against the connection's limits, and a freeze holds it back." : ""),
          "\"" + state.name + "\" is opnieuw verbonden: de groepen worden weer gevolgd (" + pairs + "). Wat er intussen mee gebeurde wordt nu aan de exchange gevraagd." +
              (spot ? " Voor de ondertekenaar zijn hun munten niet met deze sleutel gekocht: ze verkopen telt mee voor de limieten van de verbinding, en een bevriezing houdt het tegen." : ""),
          state.account.connection, 0);
}

void Trader::know_siblings(const std::string& connection) {
    siblings_.erase(connection);
    for (auto& [id, others] : siblings_) others.erase(connection);
    std::erase_if(siblings_, [](const auto& entry) { return entry.second.empty(); });
    const auto* known = find_connection(connection);
    if (known == nullptr) return;
    for (const auto& [id, other] : connections_) {
        if (id == connection || !known->account.is_same_wallet(other.account)) continue;
        siblings_[connection].insert(id);
        siblings_[id].insert(connection);
    }
}

void Trader::on_stream(Now now, const std::string& connection, bool live) {
    orders_.on_stream(now, connection, live);
    if (live) funding_.want_fresh(now, connection);
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
    durable_ = append;
    settle_durable();
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
    ticked_at_ = now.wall;
    orders_.tick(now);
    work_off(now);
    pair_facts_.tick(now);
    funding_.tick(now);
    foreign_.tick(now);
    alarms_.tick(now);
    keep_history(now);
    evaluate_next(now);
    while (!wakes_.empty() && wakes_.begin()->first <= now.steady) {
        auto& group = *groups_.at(wakes_.begin()->second);
        wakes_.erase(wakes_.begin());
        group.care().wake.reset();
        refresh(now, group);
        look_at_crossed(now, group);
    }
    if (now.steady - sampled_ >= kSampleEvery) {
        sampled_ = now.steady;
        sample_equity(now);
        reopen_pairs(now);
        for (const auto& [number, group] : groups_) group->shelve_orders(now);
    }
    if (!pending_.empty() && now.steady - retried_ >= kRetryEvery) {
        retried_ = now.steady;
        consider_all(now);
    }
    work_off(now);
}

std::optional<std::chrono::microseconds> Trader::next_wake() const {
    auto wake = sampled_ + kSampleEvery;
    if (!groups_.empty()) wake = std::min(wake, evaluated_ + evaluation_pause(groups_.size()));
    for (const auto& at : {orders_.next_wake(), pair_facts_.next_wake(), funding_.next_wake(), foreign_.next_wake(), alarms_.next_wake(), history_.next_wake()})
        if (at) wake = std::min(wake, *at);
    if (!pending_.empty()) wake = std::min(wake, retried_ + kRetryEvery);
    if (!wakes_.empty()) wake = std::min(wake, wakes_.begin()->first);
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
        if (!state.paper && (state.name == name || id == name)) return &state;
    return nullptr;
}
const ConnectionState* Trader::account_of(const trading::Settings& settings, bool pro) const {
    if (pro && !settings.recovery.pro_connection) return nullptr;
    const auto* connection = connection_named(pro ? *settings.recovery.pro_connection : settings.connection);
    if (connection == nullptr || !settings.paper) return connection;
    // Without its twin a strategy on paper has no account: the real one is never its stand-in.
    return find_connection(paper_twin_of(connection->account.connection));
}
const Wallet* Trader::wallet_of(std::string_view connection) const {
    const auto found = wallets_.find(connection);
    return found == wallets_.end() ? nullptr : &found->second;
}
const MarketState* Trader::market_of(Venue venue, const market::Symbol& symbol) const {
    const auto found = markets_.find({venue, symbol});
    return found == markets_.end() ? nullptr : &found->second;
}
}  // namespace bf::engine

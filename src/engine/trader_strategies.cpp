#include "engine/trader_parts.hpp"
#include "trading/sentence.hpp"

#include "base/text.hpp"

namespace bf::engine {
namespace {

using trading::Code;

std::string fresh_id(ports::Entropy& entropy) {
    std::array<unsigned char, 8> bytes{};
    entropy.fill(bytes);
    return "s" + to_hex(bytes);
}

Unexpected<Error> no_such_strategy() { return Unexpected{Error{ErrorKind::not_found, "There is no such strategy.", Fate::not_sent, "not_found"}}; }

StrategyProblem problem(Code code, std::string field, std::string english, std::string dutch) { return {code, std::move(field), std::move(english), std::move(dutch)}; }

void check_connection(std::vector<StrategyProblem>& found, const ConnectionState* connection, const std::string& name, const char* field, market::Market market) {
    if (connection == nullptr)
        return found.push_back(problem(Code::connection_not_ready, field, "There is no connection \"" + name + "\".", "Er is geen verbinding \"" + name + "\"."));
    if (connection->account.market != market)
        return found.push_back(problem(Code::settings_invalid, field, "\"" + name + "\" is a connection of another market than the strategy's.", "\"" + name + "\" is een verbinding van een andere markt dan die van de strategie."));
    if (connection->facts.status != trading::ConnectionStatus::connected)
        found.push_back(problem(Code::connection_not_ready, field, "\"" + name + "\" is not Online: run its test until it passes.", "\"" + name + "\" is niet Online: voer de test uit tot die slaagt."));
}

}  // namespace

const Strategy* Trader::find_strategy(std::string_view id_or_name) const {
    if (const auto found = strategies_.find(std::string{id_or_name}); found != strategies_.end()) return &found->second;
    for (const auto& [id, strategy] : strategies_)
        if (strategy.name() == id_or_name) return &strategy;
    return nullptr;
}

const Strategy* Trader::strategy_of_hook(std::string_view hook_hash) const {
    const auto found = hooks_.find(std::string{hook_hash});
    return found == hooks_.end() ? nullptr : find_strategy(found->second);
}

Status Trader::keep(Now now, Strategy strategy) {
    strategy.changed_at = now.wall;
    BF_TRY_VOID(setup_.store.save(to_stored(strategy)));
    auto& kept = strategies_[strategy.id];
    if (kept.hook_hash != strategy.hook_hash) hooks_.erase(kept.hook_hash);
    hooks_[strategy.hook_hash] = strategy.id;
    kept = std::move(strategy);
    if (loaded_) arm_brakes();
    want_pair_facts(now, kept);
    each_group([&](LiveGroup& group) {
        if (group.terms().strategy == kept.id) refresh(now, group);
    });
    setup_.listener.on_strategy(kept);
    work_off(now);
    return {};
}

Result<const Strategy*> Trader::add_strategy(Now now, trading::Settings settings, std::string hook_hash) {
    Strategy strategy;
    strategy.id = fresh_id(setup_.entropy);
    strategy.rules = trading::make_rules(settings);
    strategy.settings = std::move(settings);
    strategy.hook_hash = std::move(hook_hash);
    strategy.created_at = now.wall;
    const auto id = strategy.id;
    BF_TRY_VOID(keep(now, std::move(strategy)));
    return &strategies_.at(id);
}

/// From play money to real money or back only while nothing of the strategy is under way, and by two steps: the second one is to enable it.
Status Trader::may_change_money(const Strategy& strategy) const {
    const auto refused = [](const char* code, const char* sentence) { return Unexpected{Error{ErrorKind::conflict, sentence, Fate::not_sent, code}}; };
    if (strategy.enabled) return refused("enabled", "Switch the strategy off first: what is on paper becomes real, or the other way round, only while it is off.");
    if (has_groups(strategy.id)) return refused("groups_open", "Groups of this strategy are open: they stay what they are, on paper or real. Close them first, then change it.");
    for (const auto& pending : pending_)
        if (pending->strategy == strategy.id) return refused("signals_waiting", "A signal of this strategy is not decided yet: try again in a moment.");
    return {};
}

bool Trader::has_groups(const std::string& strategy) const {
    return std::any_of(groups_.begin(), groups_.end(), [&](const auto& entry) { return entry.second->terms().strategy == strategy; });
}

Status Trader::stays_fit(const Strategy& before, const Strategy& after) const {
    const auto found = problems(after);
    if (found.empty()) return {};
    const auto known = problems(before);
    const auto fresh = std::find_if(found.begin(), found.end(), [&](const auto& one) {
        return std::none_of(known.begin(), known.end(), [&](const auto& other) { return other.code == one.code && other.field == one.field; });
    });
    if (fresh == found.end()) return {};
    return Unexpected{Error{ErrorKind::denied, fresh->english, Fate::not_sent, std::string{trading::to_string(fresh->code)}}};
}

Result<const Strategy*> Trader::change_strategy(Now now, const std::string& id, trading::Settings settings) {
    const auto found = strategies_.find(id);
    if (found == strategies_.end()) return no_such_strategy();
    if (settings.paper != found->second.settings.paper) BF_TRY_VOID(may_change_money(found->second));
    if (settings.market != found->second.settings.market && has_groups(id))
        return Unexpected{Error{ErrorKind::conflict, "Groups of this strategy are open on the other market: close them first, then change it.", Fate::not_sent, "groups_open"}};
    Strategy changed = found->second;
    changed.rules = trading::make_rules(settings);
    changed.settings = std::move(settings);
    if (changed.enabled) BF_TRY_VOID(stays_fit(found->second, changed));
    BF_TRY_VOID(keep(now, std::move(changed)));
    return &strategies_.at(id);
}

Status Trader::remove_strategy(const std::string& id) {
    const auto found = strategies_.find(id);
    if (found == strategies_.end()) return no_such_strategy();
    if (has_groups(id))
        return Unexpected{Error{ErrorKind::conflict, "Groups of this strategy are open: close them first, or disable it and let them end.", Fate::not_sent, "groups_open"}};
    BF_TRY_VOID(setup_.store.remove_strategy(id));
    hooks_.erase(found->second.hook_hash);
    strategies_.erase(found);
    arm_brakes();
    setup_.listener.on_strategy_removed(id);
    return {};
}

Status Trader::enable(Now now, const std::string& id) {
    const auto found = strategies_.find(id);
    if (found == strategies_.end()) return no_such_strategy();
    if (const auto why = problems(found->second); !why.empty())
        return Unexpected{Error{ErrorKind::denied, why.front().english, Fate::not_sent, std::string{trading::to_string(why.front().code)}}};
    Strategy changed = found->second;
    changed.enabled = true;
    return keep(now, std::move(changed));
}

Status Trader::disable(Now now, const std::string& id) {
    const auto found = strategies_.find(id);
    if (found == strategies_.end()) return no_such_strategy();
    Strategy changed = found->second;
    changed.enabled = false;
    return keep(now, std::move(changed));
}

Status Trader::set_mode(Now now, const std::string& id, trading::Mode mode) {
    const auto found = strategies_.find(id);
    if (found == strategies_.end()) return no_such_strategy();
    Strategy changed = found->second;
    changed.mode = mode;
    BF_TRY_VOID(keep(now, std::move(changed)));
    if (mode == trading::Mode::close_now) close_all(now, [&](const LiveGroup& group) { return group.terms().strategy == id; });
    return {};
}

Status Trader::set_hook(Now now, const std::string& id, std::string hook_hash) {
    const auto found = strategies_.find(id);
    if (found == strategies_.end()) return no_such_strategy();
    Strategy changed = found->second;
    changed.hook_hash = std::move(hook_hash);
    return keep(now, std::move(changed));
}

bool Trader::is_weighable(const Strategy& strategy, bool need_tiers) const {
    const auto& settings = strategy.settings;
    const auto* connection = account_of(settings);
    if (connection == nullptr) return true;
    const auto* list = connection->account.instruments;
    if (list == nullptr || list->empty()) return false;
    return std::all_of(settings.pairs.begin(), settings.pairs.end(), [&](const std::string& pair) {
        const auto symbol = market::Symbol::parse(pair);
        if (!symbol || std::none_of(list->begin(), list->end(), [&](const auto& one) { return one.second.symbol == *symbol; })) return true;
        const auto* market = market_of(connection->account.venue(), *symbol);
        if (market == nullptr || !market->instrument || !market->quote || !equity_of(*connection, money_of(*symbol))) return false;
        return !need_tiers || !symbol->is_futures() || !tiers_hold_for(*connection) || !market->instrument->risk_tiers.empty();
    });
}

std::vector<StrategyProblem> Trader::problems(const Strategy& strategy) const { return problems(strategy.settings, strategy.rules); }

std::vector<StrategyProblem> Trader::problems(const trading::Settings& settings, const trading::Rules& rules) const {
    std::vector<StrategyProblem> found;
    for (const auto& error : trading::check(settings)) found.push_back(problem_of(error));
    const auto* connection = account_of(settings);
    check_connection(found, connection, settings.connection, "connection", settings.market);
    if (const auto& name = settings.recovery.pro_connection) {
        const auto* pro = account_of(settings, true);
        check_connection(found, pro, *name, "recovery.pro_connection", settings.market);
        if (connection != nullptr && pro != nullptr &&
            (pro == connection || (pro->account.exchange == connection->account.exchange &&
                                   trading::compare_accounts(connection->account_id, pro->account_id) == trading::ProAccount::same)))
            found.push_back(problem(Code::pro_same_account, "recovery.pro_connection", "The PRO connection is the same exchange account as the main one: its groups could not be kept apart.",
                                    "De PRO-verbinding is dezelfde exchange-rekening als de hoofdverbinding: de groepen zijn dan niet uit elkaar te houden."));
    }
    if (connection == nullptr || !found.empty()) return found;
    for (const auto& pair : settings.pairs) {
        const auto symbol = market::Symbol::parse(pair);
        const auto* market = symbol ? market_of(connection->account.venue(), *symbol) : nullptr;
        if (market == nullptr || !market->instrument) {
            found.push_back(problem(Code::instrument_halted, "pairs", pair + " is not known on this exchange (yet).", pair + " is op deze exchange (nog) niet bekend."));
            continue;
        }
        if (!market->instrument->tradable) {
            const auto why = [&](exchange::Language language) { return market->refused ? " (" + words_of(market->refused->why, language) + ")" : std::string{}; };
            found.push_back(problem(Code::instrument_halted, "pairs", pair + " can't be traded with an API key on this exchange now" + why(exchange::Language::en) + ".",
                                    pair + " is nu niet met een API-sleutel te verhandelen op deze exchange" + why(exchange::Language::nl) + "."));
            continue;
        }
        tell_evidence(found, connection->account.venue(), *symbol, true);
        const auto equity = equity_of(*connection, money_of(*symbol));
        if (!market->quote || !equity) continue;
        for (const auto direction : {trading::Direction::long_side, trading::Direction::short_side}) {
            if (!(direction == trading::Direction::long_side ? settings.allow_long : settings.allow_short)) continue;
            const auto fees = fees_of(connection->account.connection, *symbol, rules.fees);
            const trading::LadderInput input{rules, *market->instrument, fees, direction, trading::entry_price(*market->quote, direction), *equity, std::nullopt};
            for (const auto& refused : trading::make_ladder(input).problems)
                found.push_back(problem(refused.code, "pairs", pair + ": " + trading::sentence(refused, trading::Language::en),
                                        pair + ": " + trading::sentence(refused, trading::Language::nl)));
        }
    }
    return found;
}

}  // namespace bf::engine

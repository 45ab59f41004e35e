// The user's hand on a group, on a connection and on everything.
#include "engine/paper_name.hpp"
#include "engine/trader_parts.hpp"
#include "exchange/sites.hpp"

namespace bf::engine {
namespace {

using What = GroupChange::What;
using trading::GroupState;

Unexpected<Error> no_such_group() { return Unexpected{Error{ErrorKind::not_found, "There is no open group of that number.", Fate::not_sent, "not_found"}}; }

}  // namespace

Result<LiveGroup*> Trader::open_one(GroupNumber number) {
    const auto found = groups_.find(number);
    if (found == groups_.end()) return no_such_group();
    return found->second.get();
}

Result<LiveGroup*> Trader::managed_one(GroupNumber number) {
    BF_TRY(auto* const group, open_one(number));
    if (const auto* name = unreadable(group->terms().connection))
        return Unexpected{Error{ErrorKind::conflict, "What is stored of the connection \"" + *name + "\" can't be read: nothing can be asked or done for this group. Put a backup in its place, or remove the connection and let the group go.",
                                Fate::not_sent, "connection_unreadable"}};
    if (!group->orphaned()) return group;
    return Unexpected{Error{ErrorKind::conflict, "The connection of this group was removed: nothing can be asked or done for it any more. Look at it at the exchange, then let it go.", Fate::not_sent, "connection_removed"}};
}

Status Trader::release(Now now, GroupNumber number) {
    BF_TRY(auto* const group, managed_one(number));
    if (!group->recovery()) return Unexpected{Error{ErrorKind::conflict, "The group is not in Recovery Mode.", Fate::not_sent, "not_in_recovery"}};
    const auto* market = group->care().market;
    const auto figures = market != nullptr && market->quote ? std::optional{trading::look(recovery_input(now, *group, *market->quote))} : std::nullopt;
    change(now, *group, What::released, release_facts("user", figures));
    refresh(now, *group);
    work_off(now);
    return {};
}

Status Trader::put_in_recovery(Now now, GroupNumber number) {
    BF_TRY(auto* const group, managed_one(number));
    if (group->facts().state != GroupState::active) return Unexpected{Error{ErrorKind::conflict, "Only an active group can be put into Recovery Mode.", Fate::not_sent, "not_active"}};
    change(now, *group, What::recovery, {{"trigger", std::string{trading::to_string(trading::Trigger::user)}}, {"actual", ""}, {"limit", ""}});
    refresh(now, *group);
    work_off(now);
    return {};
}

Status Trader::close(Now now, GroupNumber number, std::string reason) {
    BF_TRY(auto* const group, managed_one(number));
    if (held_) return Unexpected{Error{ErrorKind::conflict, "This installation was restored from a backup: confirm the restored state first.", Fate::not_sent, "trading_held"}};
    if (!group->closing_why().empty()) {
        // Whoever asks once more does not want to wait for a pause. Signals come by themselves.
        if (reason != "user" && reason != "close_now") return {};
        group->try_again();
        refresh(now, *group);
        work_off(now);
        return {};
    }
    change(now, *group, What::closing, {{"reason", std::move(reason)}});
    for (const auto order_number : group->orders())
        if (const auto* order = orders_.find(order_number); order != nullptr && !order->finished() && !lessens(order->plan().purpose)) orders_.cancel(now, order_number);
    refresh(now, *group);
    work_off(now);
    return {};
}

Status Trader::let_go(Now now, GroupNumber number) {
    BF_TRY(auto* const group, open_one(number));
    if (const auto managed = managed_one(number); !managed && !group->orphaned()) return Unexpected{managed.error()};
    const auto* market = group->care().market;
    const bool too_small = group->left(market != nullptr && market->instrument ? &*market->instrument : nullptr) == LiveGroup::Left::too_small && group->stop().live().empty();
    if (!group->orphaned() && !too_small && !is_market_gone(*group))
        return Unexpected{Error{ErrorKind::conflict, "The group can be closed: close it instead of letting it go.", Fate::not_sent, "can_be_closed"}};
    for (const auto order_number : group->orders()) {
        entering_.erase(order_number);
        amend_entry(order_number, "BLOCKED", "ORDER_UNKNOWN", "It never became known whether the exchange had the order: its group was let go.",
                    "Het is nooit bekend geworden of de exchange de order had: de groep is losgelaten.", true);
        // On paper there is somebody to ask still.
        if (!group->orphaned()) orders_.cancel(now, order_number);
    }
    end(now, *group, "let_go");
    return {};
}

bool Trader::is_market_gone(const LiveGroup& group) const {
    const auto* market = group.care().market;
    if (market == nullptr || group.is_over() || !is_paper(group.terms().connection)) return false;
    if (market->instrument && !market->listed_tradable) return true;
    const auto last = market->quote ? market->quote->confirmed_at : loaded_at_;
    if (ticked_at_ - last > kMarketGone) return true;
    // After a start the exchange's list tells of others only.
    const auto venue = group.care().connection->account.venue();
    const bool futures = group.is_futures();
    return !market->instrument && std::any_of(markets_.begin(), markets_.end(), [&](const auto& other) {
        return other.second.instrument && other.first.venue == venue && other.first.symbol.is_futures() == futures;
    });
}

std::vector<Trader::LeftBehind> Trader::left_behind() const {
    std::map<std::string, LeftBehind> found;
    for (const auto& [number, group] : groups_) {
        if (!group->orphaned()) continue;
        const auto& change = *group->orphaned();
        const auto exchange = exchange::parse_exchange(change.fact("exchange"));
        const auto market = market::parse<market::Market>(change.fact("market"));
        const auto account = change.fact("account");
        if (!exchange || !market || account.empty()) continue;
        const auto& id = group->terms().connection;
        auto& one = found.try_emplace(id, LeftBehind{id, std::string{change.fact("name")}, *exchange, *market, exchange::site_of(change.fact("site")), std::string{account}}).first->second;
        ++one.groups;
    }
    std::vector<LeftBehind> list;
    for (auto& [id, one] : found) list.push_back(std::move(one));
    return list;
}

bool Trader::settle_average(Now now, LiveGroup& group, GroupChange::What how) {
    const auto difference = group.average_difference();
    if (!difference) return false;
    change(now, group, how, {{"worth", difference->worth.to_string()}});
    refresh(now, group);
    work_off(now);
    return true;
}

Status Trader::adopt_difference(Now now, GroupNumber number) {
    BF_TRY(auto* const group, managed_one(number));
    if (settle_average(now, *group, What::adopted)) return {};
    const auto difference = group->difference();
    if (!difference) return Unexpected{Error{ErrorKind::conflict, "The group agrees with the exchange.", Fate::not_sent, "no_difference"}};
    const auto average = group->facts().books.average();
    if (!average.known()) return Unexpected{Error{ErrorKind::conflict, "The group holds nothing that a difference could be added to: ignore it instead.", Fate::not_sent, "empty_group"}};
    // What the exchange has less than the books leaves the group, at most all of it.
    const auto quantity = difference->found - difference->expected;
    change(now, *group, What::adopted, {{"quantity", quantity.to_string()}, {"price", average.value().to_string()}});
    refresh(now, *group);
    if (!group->is_over()) tell_held(group->terms());
    judge_sharers(now, *group);
    work_off(now);
    return {};
}

Status Trader::ignore_difference(Now now, GroupNumber number) {
    BF_TRY(auto* const group, managed_one(number));
    if (settle_average(now, *group, What::ignored)) return {};
    const auto difference = group->difference();
    if (!difference) return Unexpected{Error{ErrorKind::conflict, "The group agrees with the exchange.", Fate::not_sent, "no_difference"}};
    change(now, *group, What::ignored, {{"difference", (difference->found - difference->expected).to_string()}});
    refresh(now, *group);
    judge_sharers(now, *group);
    work_off(now);
    return {};
}

void Trader::set_mode(Now now, trading::Mode mode) {
    mode_ = mode;
    if (mode == trading::Mode::close_now) close_all(now, [](const LiveGroup&) { return true; });
}

void Trader::set_connection_mode(Now now, const std::string& connection, trading::Mode mode) {
    connection_modes_[connection] = mode;
    if (mode == trading::Mode::close_now) close_all(now, [&](const LiveGroup& group) { return group.terms().connection == connection; });
}

trading::Mode Trader::mode_of(const std::string& connection) const {
    const auto found = connection_modes_.find(connection);
    return found == connection_modes_.end() ? trading::Mode::normal : found->second;
}

Status Trader::set_frozen(Now now, const std::string& connection, bool frozen) {
    const auto found = connections_.find(connection);
    if (found == connections_.end()) return Unexpected{Error{ErrorKind::not_found, "There is no connection of that id.", Fate::not_sent, "not_found"}};
    if (frozen)
        frozen_.insert(connection);
    else
        frozen_.erase(connection);
    found->second.facts.frozen = frozen;
    each_on(connection, [&](LiveGroup& group) {
        group.try_again();
        refresh(now, group);
    });
    work_off(now);
    return {};
}

Status Trader::acknowledge_alarm(Now now, std::int64_t id) {
    BF_TRY_VOID(alarms_.acknowledge(id));
    foreign_.on_acknowledged(now, id);
    return {};
}

void Trader::restore_modes(trading::Mode mode, std::map<std::string, trading::Mode> of_connections, std::set<std::string, std::less<>> frozen) {
    mode_ = mode;
    connection_modes_ = std::move(of_connections);
    frozen_ = std::move(frozen);
}

void Trader::release_hold(Now now) {
    if (!std::exchange(held_, false)) return;
    // Each group does now what it would have done at the start.
    each_group([&](LiveGroup& group) { refresh(now, group); });
    close_all(now, [this](const LiveGroup& group) { return is_to_close(group); });
    work_off(now);
    consider_all(now);
    work_off(now);
}

bool Trader::is_to_close(const LiveGroup& group) const {
    const auto* strategy = group.care().strategy;
    const bool by_strategy = strategy != nullptr && strategy->mode == trading::Mode::close_now;
    return by_strategy || mode_ == trading::Mode::close_now || mode_of(group.terms().connection) == trading::Mode::close_now;
}

void Trader::close_all(Now now, const std::function<bool(const LiveGroup&)>& which) {
    each_group([&](LiveGroup& group) {
        if (!which(group) || group.orphaned() || unreadable(group.terms().connection) != nullptr) return;
        if (auto closing = close(now, group.number(), "close_now"); !closing) setup_.listener.on_trouble(closing.error());
    });
}

}  // namespace bf::engine

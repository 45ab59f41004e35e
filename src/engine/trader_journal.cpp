// The trader and its journal: what an earlier life wrote is read back, and from time to time all that is still needed is written down anew, so
// that the rest can be forgotten. A journal that begins late begins with such a checkpoint; in one that does not, the checkpoint repeats what
// is known, and everything here takes a repeated record for what it is.
#include "engine/group_json.hpp"
#include "engine/paper_name.hpp"
#include "engine/trader_parts.hpp"

namespace bf::engine {
namespace {

/// Of a journal whose beginning is gone, records before its first whole checkpoint may speak of what stood in the part that is gone.
bool speaks_of_the_unknown(const Status& replayed) { return !replayed && replayed.error().code == "unknown_order"; }

/// Of each connection, those seen last: what can still be open at the exchange at the next start.
constexpr std::size_t kForeignKept = 1'000;

/// The order a record tells of; 0: none.
OrderNumber order_in(RecordKind kind, std::string_view payload) {
    const auto record = read_record(kind, payload);
    if (!record) return 0;
    return std::visit([](const auto& one) -> OrderNumber { if constexpr (requires { one.order; }) return one.order; else return 0; }, *record);
}

}  // namespace

Status Trader::replay(std::uint16_t kind, std::string_view payload) {
    const RecordKind record{kind};
    const auto acting = std::exchange(acting_, std::nullopt);
    if (record == kGroupOpened) {
        BF_TRY(auto terms, read_terms(payload));
        if (!groups_.contains(terms.number)) adopt(std::move(terms));
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
        if (!never_began(change.fact("reason"))) closed_at_[{terms.connection, terms.symbol}] = change.at;
        owe(*group->second, change);
        orders_.forget(change.group);
        forget(*group->second);
        groups_.erase(group);
        return {};
    }
    if (record == kCheckpoint) {
        BF_TRY(const auto checkpoint, read_checkpoint(payload));
        last_group_ = std::max(last_group_, checkpoint.last_group);
        orders_.restore_last_number(checkpoint.last_order);
        checkpointed_order_ = checkpoint.last_order;
        for (const auto& one : checkpoint.closed) {
            auto& at = closed_at_[{one.connection, one.symbol}];
            at = std::max(at, one.at);
        }
        for (const auto& [connection, order] : checkpoint.past) orders_.restore_past(connection, order);
        checkpoint_begun_ = in_checkpoint_ = true;
        return {};
    }
    if (record == kEquity) {
        BF_TRY(const auto noted, read_equity(payload));
        brakes_.restore(noted.first, noted.second, in_checkpoint_);
        return {};
    }
    if (record == kEquityForgotten) {
        BF_TRY(const auto account, read_account(payload));
        brakes_.forget(account);
        return {};
    }
    if (record == kEquityMoved) {
        BF_TRY(const auto moved, read_moved(payload));
        brakes_.moved(moved.first, moved.second);
        return {};
    }
    if (record == kSignalActed) {
        BF_TRY(const auto acted, read_acted(payload));
        // One from before a checkpoint was written down, even if the checkpoint does not repeat it, its group being over.
        if (acted.order <= checkpointed_order_)
            acted_[acted.signal] = acted_by(acted.order);
        else
            acting_ = acted;
        return {};
    }
    if (record == kForeignTold) {
        BF_TRY(const auto told, read_foreign(payload));
        for (const auto& order : told.orders) static_cast<void>(orders_.foreign().tell(told.connection, order));
        return {};
    }
    if (record == kOrderEvidence) return evidence_.restore(payload);
    if (record == kCheckpointEnd) {
        if (checkpoint_begun_) begins_late_ = false;
        in_checkpoint_ = false;
        return {};
    }
    auto replayed = orders_.replay(record, payload);
    // Its order's intent is the next record, or a crash came in between and the number was given to another order since.
    if (replayed && record == RecordKind::intent && acting && acting->order == orders_.last_number() && !lessens(orders_.find(acting->order)->plan().purpose))
        acted_[acting->signal] = acted_by(acting->order);
    if (!speaks_of_the_unknown(replayed)) return replayed;
    // A checkpoint leaves out orders that ended with nothing. A fill of one that came after it is in the exchange's balance and in no group's
    // books: a difference, which is told to a person as every other is, and no reason to refuse a start.
    const auto order = order_in(record, payload);
    if (begins_late_ || (order != 0 && order <= checkpointed_order_)) return {};
    return replayed;
}

void Trader::owe(LiveGroup& group, const GroupChange& closed) {
    if (!ends_) return;
    const auto known = std::lower_bound(ends_->begin(), ends_->end(), closed.group, [](const auto& end, GroupNumber number) { return end.number < number; });
    // A row of another end: the record of that one was lost with what the disk had not synced, and the group ended once more.
    if (known != ends_->end() && known->number == closed.group && known->closed == closed.at) return;
    orders_.each(closed.group, [&](const Order& order) {
        if (orders_.find_whole(order.intent().number) != nullptr) group.add_order(order.intent().number);
    });
    group.apply(closed);
    group.rebuild();
    history_.owe(closed_row(*this, group));
}

bool Trader::checkpoint_due(std::uint64_t records) const {
    const auto unkept = history_.unkept();
    return records > kCheckpointAfter * (unkept.groups + unkept.lost_groups > 0 ? kCheckpointPatience : 1);
}

Trader::Acted Trader::acted_by(OrderNumber number) const {
    const auto* order = orders_.find(number);
    if (order == nullptr) return {number};
    const auto& plan = order->plan();
    return {number, plan.group, Leg::of(plan.leg).kind != Leg::Kind::entry, is_paper(plan.connection)};
}

void Trader::keep_late_entry(Now now, const Pending& pending, Acted acted) {
    if (acted.group == 0) acted = acted_by(acted.order);
    LiveEntry entry;
    entry.at = now.wall;
    entry.signal = pending.signal;
    entry.signal_number = pending.number;
    entry.strategy = pending.strategy;
    if (const auto* strategy = find_strategy(pending.strategy)) entry.strategy_name = strategy->name();
    entry.group = acted.group;
    entry.paper = acted.paper;
    entry.report = "{}";
    entry.verdicts_en = entry.verdicts_nl = "[]";
    set_outcome(entry, acted.adds ? "ADDED" : "OPENED", "", "The order was sent just before BackFuture stopped; its checks were not kept.",
                "De order is verstuurd vlak voordat BackFuture stopte; de controles zijn niet bewaard.");
    keep_entry(entry, true);
    if (entering_.contains(acted.order)) entries_.emplace(acted.order, std::move(entry));
}

void Trader::write_checkpoint(Now now) {
    Checkpoint checkpoint{last_group_, orders_.last_number(), {}, {orders_.past().begin(), orders_.past().end()}};
    for (const auto& [where, at] : closed_at_)
        if (now.wall - at < kClosedMemory) checkpoint.closed.push_back({where.first, where.second, at});
    orders_.append(kCheckpoint, to_record(checkpoint));
    for (const auto& [number, group] : groups_) {
        orders_.append(kGroupOpened, to_record(group->terms()));
        for (const auto& change : group->changes()) orders_.append(kGroupChanged, to_record(change));
    }
    // Before their intents, as they stood.
    for (const auto& one : settling_)
        if (one.order != 0) orders_.append(kSignalActed, to_record(SignalActed{one.signal, one.order}));
    orders_.each_record([this](RecordKind kind, std::string_view payload) { orders_.append(kind, std::string{payload}); });
    brakes_.each_kept([this](const AccountKey& account, const EquitySample& sample) { orders_.append(kEquity, to_record(account, sample)); });
    std::map<std::string, ForeignTold> foreign;
    orders_.foreign().each_told(kForeignKept, [&](const std::string& connection, std::string_view order) {
        auto& told = foreign[connection];
        told.connection = connection;
        told.orders.emplace_back(order);
    });
    for (const auto& [connection, told] : foreign) orders_.append(kForeignTold, to_record(told));
    evidence_.each([this](const OrderEvidence::Key& key, OrderForm form) { orders_.append(kOrderEvidence, evidence_.to_record(key, form)); });
    orders_.append(kCheckpointEnd, "{}");
}

LiveGroup& Trader::adopt(GroupTerms terms) {
    last_group_ = std::max(last_group_, terms.number);
    open_[{terms.connection, terms.symbol, terms.direction}] = terms.number;
    const auto number = terms.number;
    auto& group = *(groups_[number] = std::make_unique<LiveGroup>(orders_, std::move(terms)));
    of_connection_[group.terms().connection].push_back(&group);
    if (!group.is_futures()) group.care().worth = worth_.open(group.terms().connection, group.terms().symbol.quote);
    // At a start connections and strategies come later.
    link(group);
    return group;
}

Status Trader::load(Now now) {
    BF_TRY(auto strategies, read_strategies(setup_.store));
    return load(now, std::move(strategies));
}

Status Trader::load(Now now, std::vector<Strategy> strategies) {
    if (begins_late_) return Unexpected{Error{ErrorKind::damaged, "The journal's beginning is missing and it holds no whole checkpoint.", Fate::not_sent, "journal_damaged"}};
    BF_TRY_VOID(orders_.end_replay());
    orders_.keep_only([this](GroupNumber group) { return groups_.contains(group); });
    for (auto& strategy : strategies) {
        hooks_[strategy.hook_hash] = strategy.id;
        strategies_.emplace(strategy.id, std::move(strategy));
    }
    auto of = groups_.end();
    orders_.each_whole([this, &of](const Order& order) {
        if (of == groups_.end() || of->first != order.plan().group) of = groups_.find(order.plan().group);
        if (of == groups_.end()) return;
        of->second->add_order(order.intent().number);
        if (!order.finished() && !lessens(order.plan().purpose)) entering_.insert(order.intent().number);
        const auto kind = Leg::of(order.plan().leg).kind;
        if (!order.finished() && (kind == Leg::Kind::exit || kind == Leg::Kind::close)) of->second->adopt_exit(order.intent().number);
        if (!order.finished() && kind == Leg::Kind::stop) of->second->adopt_stop(order.intent().number);
    });
    for (const auto& [number, group] : groups_) {
        group->rebuild();
        link(*group);
    }
    BF_TRY(const auto signals, setup_.store.unsettled_signals());
    for (const auto& signal : signals) {
        auto pending = std::make_unique<Pending>(pending_of(signal));
        // Its order was made before the last life ended; its entry may not have been.
        const auto acted = acted_.find(signal.id);
        if (acted == acted_.end()) {
            // The first delivery of it may have been decided already.
            if (!signal.key.empty()) {
                BF_TRY(pending->seen_before, setup_.store.has_signal(signal.strategy, signal.key, signal.at - trading::kDuplicateMemory, signal.id));
            }
            pending_.push_back(std::move(pending));
            continue;
        }
        if (signal.decision == 0) keep_late_entry(now, *pending, acted->second);
        if (!settle(signal.id)) settling_.push_back({0, signal.id, acted->second.order});
    }
    acting_.reset();
    acted_.clear();
    ends_.reset();
    BF_TRY_VOID(foreign_.load(now));
    evidence_.age(now.wall);
    loaded_ = true;
    loaded_at_ = now.wall;
    keep_history(now);
    orders_.reconcile(now);
    work_off(now);
    return {};
}

}  // namespace bf::engine

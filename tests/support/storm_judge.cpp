#include "support/storm_judge.hpp"

namespace bf::test {

StormJudge::StormJudge(StormHouse& house) : house_{house} {
    house_.watched = [this] { look(); };
    // What is on the disk now, synced or not, the next process takes for written; and it repeats nothing that the last one began to.
    house_.restarted = [this] {
        read_disk(true);
        repeats_ = false;
    };
}

void StormJudge::look() {
    for (const auto& line : house_.lines) watch_exchange(line);
    read_disk(false);
}

void StormJudge::note(std::string_view bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
}

Decimal StormJudge::Known::booked() const {
    Decimal sum;
    for (const auto& [id, fill] : fills) sum += fill.quantity;
    return sum;
}

void StormJudge::watch_exchange(const StormLine& line) {
    auto& seen = seen_[line.id];
    const auto& truth = house_.truth(line);
    for (; seen.orders < truth.orders.size(); ++seen.orders) {
        const auto* order = truth.orders[seen.orders];
        if (order->liquidation || by_hand.contains(order)) continue;
        ++exchange_orders;
        const auto& name = order->request.client_order_id;
        note(name);
        const auto intent = names_.find(name);
        if (intent == names_.end()) {
            house_.complain("the exchange has order " + order->id + " (" + name + ") that the disk knows nothing of");
            continue;
        }
        if (!seen.by_name.emplace(name, order).second) house_.complain("two orders at the exchange for the intent " + name);
        const auto& plan = orders_.at(intent->second).intent.plan;
        const bool in_force = plan.purpose == engine::Purpose::stop || order->request.time_in_force == plan.time_in_force;
        const bool same = order->request.side == plan.side && order->quantity == plan.quantity && order->request.price == plan.price && order->request.reduce_only == plan.reduce_only && in_force && order->instrument->symbol == plan.symbol && plan.connection == line.id;
        if (!same) house_.complain("the order " + name + " is not what was written down");
        if (const auto& end = orders_.at(intent->second).end) house_.complain("the order " + name + " came to the exchange after it was called " + std::string{to_string(end->end)});
    }
    for (; seen.fills < truth.fills.size(); ++seen.fills) {
        const auto* fill = truth.fills[seen.fills];
        note(fill->id);
        seen.fills_by_id[fill->instrument->native + ' ' + fill->id] = fill;
    }
}

std::string StormJudge::segment_name(std::uint64_t number) {
    const auto digits = std::to_string(number);
    return "journal-" + std::string(12 - digits.size(), '0') + digits;
}

std::string_view StormJudge::segment(std::uint64_t number, bool unsynced) {
    const auto file = house_.folder.files.find(segment_name(number));
    if (file == house_.folder.files.end()) return {};
    return unsynced ? file->second.now : file->second.durable;
}

void StormJudge::read_disk(bool unsynced) {
    for (;;) {
        const auto bytes = segment(segment_, unsynced);
        if (bytes.empty()) return;
        if (offset_ == 0) {
            const auto header = journal::read_header(bytes.substr(0, journal::kBlock));
            if (!header) return;
            seed_ = header->journal;
            offset_ = journal::kBlock;
        }
        while (const auto record = journal::read_record(bytes.substr(offset_), seed_)) {
            if (record->sequence != sequence_ + 1) break;
            ++sequence_;
            offset_ += journal::record_size(record->payload.size());
            ++records_read;
            note(record->payload);
            take(engine::RecordKind{record->kind}, record->payload);
        }
        const auto next = segment(segment_ + 1, unsynced);
        if (next.empty()) return;
        const auto header = journal::read_header(next.substr(0, journal::kBlock));
        if (!header || header->first_sequence != sequence_ + 1) return;
        ++segment_;
        offset_ = 0;
    }
}

void StormJudge::take(engine::RecordKind kind, std::string_view payload) {
    if (kind == engine::kGroupOpened) {
        auto terms = engine::read_terms(payload);
        return terms ? take(std::move(*terms)) : house_.complain("a group's record can't be read");
    }
    if (kind == engine::kGroupChanged) {
        const auto change = engine::read_change(payload);
        return change ? take(*change) : house_.complain("a group's change can't be read");
    }
    if (kind == engine::kCheckpoint) return begin_to_repeat(payload);
    if (kind == engine::kCheckpointEnd) {
        repeats_ = false;
        return;
    }
    if (kind == engine::kEquity || kind == engine::kEquityMoved || kind == engine::kForeignTold || kind == engine::kOrderEvidence) return;
    if (kind == engine::kSignalActed) return act(payload);
    auto record = engine::read_record(kind, payload);
    if (!record) return house_.complain("an order's record can't be read");
    std::visit([this](auto& one) { take(std::move(one)); }, *record);
}

void StormJudge::begin_to_repeat(std::string_view payload) {
    ++checkpoints_read;
    repeats_ = true;
    const auto checkpoint = engine::read_checkpoint(payload);
    if (!checkpoint || checkpoint->last_group != last_group_ || (!orders_.empty() && checkpoint->last_order < orders_.rbegin()->first)) house_.complain("a checkpoint forgets which numbers were given");
}

void StormJudge::act(std::string_view payload) {
    const auto acted = engine::read_acted(payload);
    if (!acted) return house_.complain("which signal made an order can't be read");
    if (repeats_) return;
    // It counts with the intent that follows; a crash between the two leaves none, and the number is given again.
    acting_[acted->order] = acted->signal;
}

void StormJudge::check_signal(const engine::Intent& intent) {
    const auto acting = acting_.extract(intent.number);
    if (!acting || engine::lessens(intent.plan.purpose)) return;
    const auto signal = acting.mapped();
    if (!acted_.insert(signal).second) house_.complain("two orders were made on the signal " + std::to_string(signal));
    const auto key = house_.store.key_of(signal);
    if (!key.empty() && !keys_.insert(key).second) house_.complain("two orders were made on one signal that came twice: " + key);
}

void StormJudge::take(engine::GroupTerms terms) {
    const auto number = terms.number;
    if (repeats_) {
        const auto found = groups_.find(number);
        if (found == groups_.end() || engine::to_record(found->second.terms) != engine::to_record(terms)) house_.complain("a checkpoint tells otherwise of group " + std::to_string(number));
        return;
    }
    ++groups_read;
    if (number <= last_group_) house_.complain("the group's number " + std::to_string(number) + " was given before");
    last_group_ = std::max(last_group_, number);
    // One that a crash left without its order never was: its signal is decided again.
    const auto earlier = signals_.find(terms.signal);
    if (earlier != signals_.end() && !groups_.at(earlier->second).orders.empty()) house_.complain("two groups were opened on the signal " + std::to_string(terms.signal));
    signals_[terms.signal] = number;
    for (const auto& [other, group] : groups_)
        if (!group.closed && group.terms.connection == terms.connection && group.terms.symbol == terms.symbol && (group.terms.direction == terms.direction || terms.symbol.is_futures()))
            house_.complain("group " + std::to_string(number) + " was opened beside group " + std::to_string(other) + " of the same pair");
    Group group{terms, trading::with_level(terms.settings), terms.fees};
    if (const auto why = house_.barred(group.terms); !why.empty()) house_.complain(named(group) + " was opened while " + why);
    groups_.emplace(number, std::move(group));
    check_capital(groups_.at(number));
}

void StormJudge::take(engine::Intent intent) {
    const auto number = intent.number;
    const auto there = orders_.find(number);
    if (repeats_) return compare(there == orders_.end() ? nullptr : &there->second.intent, intent, "order " + std::to_string(number));
    ++intents_read;
    check_signal(intent);
    if (orders_.contains(number)) house_.complain("two intents of the number " + std::to_string(number));
    if (!names_.emplace(intent.client_id, number).second) house_.complain("the client order id " + intent.client_id + " was given to two orders");
    const auto found = groups_.find(intent.plan.group);
    Known known{std::move(intent)};
    known.read_at = house_.clock.true_time();
    if (found == groups_.end() || found->second.closed) {
        house_.complain("an order of a group that is not open: " + known.intent.client_id);
        orders_.emplace(number, std::move(known));
        return;
    }
    auto& group = found->second;
    if (group.orphaned) house_.complain(named(group) + " is orphaned and orders something");
    const auto purpose = known.intent.plan.purpose;
    engine::lessens(purpose) ? check_exit(group, known) : check_entry(group, known);
    group.orders.push_back(number);
    orders_.emplace(number, std::move(known));
}

void StormJudge::take(engine::AcceptedRecord accepted) {
    const auto& order = orders_.at(accepted.order);
    const auto* truth = at_exchange(order);
    if (truth == nullptr || truth->id != accepted.exchange_id) house_.complain("the order " + order.intent.client_id + " has another id at the exchange");
}

void StormJudge::take(engine::FillRecord record) {
    auto& order = orders_.at(record.order);
    if (repeats_) {
        const auto there = order.fills.find(record.fill.trade_id);
        return compare(there == order.fills.end() ? nullptr : &there->second, record.fill, "a fill of " + order.intent.client_id);
    }
    ++fills_read;
    const auto& plan = order.intent.plan;
    if (groups_.at(plan.group).orphaned) house_.complain("a fill of an orphaned group was booked: " + order.intent.client_id);
    const auto name = order.intent.client_id + " / " + record.fill.trade_id;
    if (!order.fills.emplace(record.fill.trade_id, record.fill).second) return house_.complain("the fill " + name + " was booked twice");
    const auto* line = house_.line(plan.connection);
    const auto* instrument = house_.exchange(line->product).find(plan.symbol);
    const auto& fills = seen_[plan.connection].fills_by_id;
    const auto truth = fills.find(instrument->native + ' ' + record.fill.trade_id);
    if (truth == fills.end()) return house_.complain("the exchange knows nothing of the fill " + name);
    const auto& fill = *truth->second;
    if (fill.order->request.client_order_id != order.intent.client_id) return house_.complain("the fill " + name + " belongs to another order");
    const bool exact = record.fill.price == fill.price && record.fill.quantity == fill.quantity && record.fill.fee && record.fill.fee->amount == fill.fee && record.fill.fee->asset == fill.fee_asset;
    if (!exact) house_.complain("the fill " + name + " is not booked as the exchange made it");
}

void StormJudge::take(engine::FinishedRecord end) {
    auto& order = orders_.at(end.order);
    if (repeats_) return compare(order.end ? &*order.end : nullptr, end, "the end of " + order.intent.client_id);
    const auto* truth = at_exchange(order);
    const auto said = order.intent.client_id + " was called " + std::string{to_string(end.end)};
    const bool without = end.end == engine::End::absent || end.end == engine::End::denied || end.end == engine::End::refused;
    if (without != (truth == nullptr)) house_.complain(said + (without ? ", and the exchange has it" : ", and the exchange has no such order"));
    if (truth != nullptr && truth->is_open()) house_.complain(said + ", and it is open");
    if (truth != nullptr && !truth->is_open() && truth->filled != end.filled) house_.complain(said + " with another quantity than the exchange's");
    if (order.booked() != end.filled) house_.complain(said + " with other fills than the journal holds");
    order.end = end;
}

void StormJudge::take(const engine::GroupChange& change) {
    using What = engine::GroupChange::What;
    if (repeats_) return;
    const auto found = groups_.find(change.group);
    if (found == groups_.end()) return house_.complain("a change of a group that never was");
    auto& group = found->second;
    if (group.orphaned && change.what != What::closed && change.what != What::taken_up) house_.complain(named(group) + " is orphaned and changes: " + std::string{to_string(change.what)});
    switch (change.what) {
        case What::recovery: return enter_recovery(group, change);
        case What::released: group.in_recovery = false; return;
        case What::closing: group.closing = change.fact("reason"); return;
        case What::closed: return close(group, change.fact("reason"));
        case What::desync:
            ++desyncs_read;
            group.differs = true;
            group.average_differs = false;
            group.difference = Group::Difference{Instant::from_ms(static_cast<std::int64_t>(change.amount("as_of").mantissa())), change.amount("found")};
            return;
        case What::average: return take_average(group);
        case What::agreed: group.differs = group.average_differs = false; return;
        case What::ignored:
            if (std::exchange(group.average_differs, false)) return;
            group.differs = false;
            group.tolerated += change.amount("difference");
            return;
        case What::adopted:
            group.adjusted = true;
            if (std::exchange(group.average_differs, false)) return;
            group.differs = false;
            if (!group.difference) return house_.complain(named(group) + " takes over a difference that was never told");
            group.tolerated = std::min(group.tolerated, group.difference->found);
            group.adopted.emplace_back(group.difference->as_of, group.difference->found - group.tolerated);
            return;
        case What::funding: group.funding += change.amount("amount"); return;
        case What::fee_rates: {
            group.fees = {change.amount("maker"), change.amount("taker")};
            const auto* line = house_.line(group.terms.connection);
            const auto* instrument = line == nullptr ? nullptr : house_.exchange(line->product).find(group.terms.symbol);
            if (instrument == nullptr || group.fees != trading::FeeRates{instrument->maker_fee, instrument->taker_fee}) house_.complain(named(group) + " counts with fees that nobody charges");
            return;
        }
        case What::forced: return take_forced(group, change);
        case What::fee_value: return;
        case What::taken_up:
            if (!group.orphaned) house_.complain(named(group) + " is taken up and was not left");
            group.orphaned = false;
            return;
        case What::too_small: {
            ++too_small_read;
            group.too_small = true;
            const auto worth = change.amount("quantity") * house_.price(house_.line(group.terms.connection)->product, group.terms.symbol.base) * Decimal::from_parts(8, 1);
            if (change.amount("quantity") >= change.amount("min_quantity") && worth >= change.amount("min_notional")) house_.complain(named(group) + " is called too small with " + std::string{change.fact("quantity")});
            return;
        }
        case What::orphaned:
            ++orphans_read;
            if (group.orphaned) house_.complain(named(group) + " is orphaned twice");
            if (!house_.line(group.terms.connection)->gone) house_.complain(named(group) + " is orphaned and its connection is there");
            group.orphaned = true;
            return;
        case What::funding_missed: return;
    }
}

void StormJudge::take_average(Group& group) {
    ++averages_read;
    group.average_differs = true;
    const auto& orders = house_.truth(*house_.line(group.terms.connection)).orders;
    const bool traded = std::any_of(orders.begin(), orders.end(), [&](const auto* order) { return by_hand.contains(order) && order->instrument->symbol == group.terms.symbol; });
    if (!traded) house_.complain(named(group) + " says that its average differs, and nobody traded beside it");
}

void StormJudge::take_forced(Group& group, const engine::GroupChange& change) {
    ++forced_read;
    const auto* line = house_.line(group.terms.connection);
    const auto* instrument = house_.exchange(line->product).find(group.terms.symbol);
    const auto& fills = seen_[line->id].fills_by_id;
    const auto truth = fills.find(instrument->native + ' ' + std::string{change.fact("trade")});
    if (truth == fills.end() || !truth->second->liquidation) return house_.complain(named(group) + " books as forced what the exchange did not do by itself");
    const auto& fill = *truth->second;
    const bool exact = change.amount("price") == fill.price && change.amount("quantity") == fill.quantity && change.amount("fee") == fill.fee && change.fact("asset") == fill.fee_asset;
    if (!exact || (fill.side == market::Side::sell) != is_long(group)) house_.complain(named(group) + " does not book its liquidation as the exchange made it");
    if (!forced_.insert(&fill).second) house_.complain(named(group) + " books a liquidation that was booked before");
    group.forced.push_back(&fill);
}

const simulator::Order* StormJudge::at_exchange(const Known& order) {
    const auto& names = seen_[order.intent.plan.connection].by_name;
    const auto found = names.find(order.intent.client_id);
    return found == names.end() ? nullptr : found->second;
}

StormJudge::Sums StormJudge::sums_of(const Group& group) {
    Sums sums;
    const auto& symbol = group.terms.symbol;
    for (const auto number : group.orders) {
        const auto& order = orders_.at(number);
        for (const auto& [id, fill] : order.fills) {
            const auto quote = fill.price * fill.quantity;
            const auto quote_fee = fill.fee && fill.fee->asset == symbol.quote ? fill.fee->amount : Decimal{};
            if (is_entry(order)) {
                sums.bought += fill.quantity;
                sums.notional += quote;
                sums.cost += is_long(group) ? quote + quote_fee : quote - quote_fee;
                if (fill.fee && fill.fee->asset == symbol.base) sums.base_fees += fill.fee->amount;
            } else {
                sums.sold += fill.quantity;
                sums.proceeds += is_long(group) ? quote - quote_fee : quote + quote_fee;
            }
        }
    }
    for (const auto* fill : group.forced) sums.sold += fill->quantity;
    return sums;
}

Decimal StormJudge::held(const Group& group) {
    auto sum = group.adopted.empty() ? Decimal{} : group.adopted.back().second;
    for (const auto number : group.orders) {
        const auto& order = orders_.at(number);
        for (const auto& [id, fill] : order.fills) {
            if (!group.adopted.empty() && fill.at <= group.adopted.back().first) continue;
            sum += is_entry(order) ? fill.quantity : -fill.quantity;
            if (is_entry(order) && fill.fee && fill.fee->asset == group.terms.symbol.base) sum += -fill.fee->amount;
        }
    }
    for (const auto* fill : group.forced)
        if (group.adopted.empty() || fill->at > group.adopted.back().first) sum -= fill->quantity;
    return group.adopted.empty() && group.forced.empty() ? sum : std::max(sum, Decimal{});
}

Decimal StormJudge::sellable(const Group& group) {
    const auto of_terms = round_to_step(held(group), group.terms.limits.quantity_step, Rounding::down);
    return round_to_step(of_terms, limits_of(group).quantity_step, Rounding::down);
}

void StormJudge::check_entry(const Group& group, const Known& fresh) {
    const auto& plan = fresh.intent.plan;
    const auto leg = plan.leg;
    const auto kind = leg >> 16U, ordinal = leg >> 8U & 0xffU, zone = leg & 0xffU;
    if (group.differs || group.average_differs) house_.complain(named(group) + " buys while it differs from the exchange");
    if (!group.closing.empty()) house_.complain(named(group) + " buys while it is being closed");
    if (plan.side != (is_long(group) ? market::Side::buy : market::Side::sell)) house_.complain(named(group) + " enters on the wrong side");
    std::int64_t add_ons = 0, recovery_add_ons = 0;
    for (const auto number : group.orders) {
        const auto& other = orders_.at(number);
        if (!is_entry(other)) continue;
        if (!other.end) house_.complain(named(group) + " sends an entry while another of it has not ended");
        if (!other.counts()) continue;
        const auto other_kind = other.intent.plan.leg >> 16U;
        add_ons += other_kind == 1 ? 1 : 0;
        recovery_add_ons += other_kind == 2 ? 1 : 0;
        if (kind == 0) house_.complain(named(group) + " enters twice");
        if (kind == 1 && other_kind == 1 && (other.intent.plan.leg & 0xffU) >= zone) house_.complain(named(group) + " adds in a zone that is used up");
    }
    if (kind == 1) {
        ++add_ons_read;
        if (group.in_recovery) house_.complain(named(group) + " adds as if it were not in Recovery Mode");
        if (++add_ons > *group.settings.add_on.max || static_cast<std::int64_t>(ordinal) != add_ons) house_.complain(named(group) + " adds once too often: " + std::to_string(add_ons));
    }
    if (kind == 2 && (++recovery_add_ons > group.settings.recovery.add_on_budget || !group.in_recovery)) house_.complain(named(group) + " adds in Recovery Mode beyond its budget");
    check_limit(group, fresh, kind == 2);
}

void StormJudge::check_limit(const Group& group, const Known& fresh, bool recovery) {
    const auto sums = sums_of(group);
    if (!sums.sold.is_zero() || group.adjusted) return;
    const auto fee = group.fees.taker;
    const auto order = fresh.intent.plan.quantity * fresh.intent.plan.price.value();
    const bool futures = group.terms.symbol.is_futures();
    const Decimal leverage{group.terms.leverage.value_or(1)};
    const auto over = [&](const Decimal& notional) { return Decimal::divide(notional, leverage, 12, Rounding::down).value(); };
    const auto used = futures ? over(sums.notional + order) + (sums.notional + order + order) * fee : sums.cost + order * (Decimal{1} + fee);
    auto limit = part(*group.settings.margin.group_limit_pct) * group.terms.equity;
    if (group.settings.margin.group_limit) limit = std::min(limit, *group.settings.margin.group_limit);
    if (!recovery) limit = limit * (Decimal{1} - part(group.settings.margin.recovery_reserve_pct));
    if (used > limit + Decimal::from_parts(1, 6)) house_.complain(named(group) + " would use " + used.to_string() + " of at most " + limit.to_string());
}

void StormJudge::check_capital(const Group& fresh) {
    Decimal committed;
    for (const auto& [number, group] : groups_) {
        if (group.closed || group.terms.connection != fresh.terms.connection) continue;
        const auto sums = sums_of(group);
        // What was partly sold or taken over is left out: rather too little than a false alarm.
        if (!sums.sold.is_zero() || group.adjusted || group.in_recovery || !group.closing.empty()) continue;
        const auto shape = trading::make_rules(group.terms.settings).shape;
        const auto fee = group.fees.taker;
        const auto one = group.terms.symbol.is_futures() ? Decimal{1} + fee * shape.leverage : Decimal{1} + fee;
        Decimal rungs;
        int used = 0;
        for (const auto order_number : group.orders)
            if (const auto& order = orders_.at(order_number); is_entry(order) && order.counts()) used = std::max({used, static_cast<int>(order.intent.plan.leg & 0xffU), static_cast<int>(order.intent.plan.leg >> 8U & 0xffU)});
        // The rungs that are not used up yet; of what was bought its cost.
        for (int k = group.orders.empty() ? 0 : used + 1; k <= shape.add_ons; ++k) rungs += group.terms.base_order * shape.size[static_cast<std::size_t>(k)];
        committed += rungs * one + (group.terms.symbol.is_futures() ? Decimal::divide(sums.notional, shape.leverage, 12, Rounding::down).value() : sums.cost);
    }
    const auto limit = part(*fresh.settings.margin.connection_limit_pct) * fresh.terms.equity;
    if (committed > limit + Decimal::from_parts(1, 2)) house_.complain(named(fresh) + " is opened with " + committed.to_string() + " committed of at most " + limit.to_string());
}

void StormJudge::check_exit(const Group& group, const Known& fresh) {
    const auto& plan = fresh.intent.plan;
    if (plan.side != (is_long(group) ? market::Side::sell : market::Side::buy)) house_.complain(named(group) + " leaves on the wrong side");
    if (plan.reduce_only != group.terms.symbol.is_futures()) house_.complain(named(group) + " leaves with an order that could open a position");
    // A stop waits beside the exit, and beside the one that takes its place; it can only reduce.
    if (plan.purpose == engine::Purpose::stop) return;
    for (const auto number : group.orders)
        if (const auto& other = orders_.at(number); !is_entry(other) && other.intent.plan.purpose != engine::Purpose::stop && !other.end) house_.complain(named(group) + " places an exit beside another");
    if (plan.quantity > held(group)) house_.complain(named(group) + " leaves with " + plan.quantity.to_string() + " of " + held(group).to_string());
    if (plan.purpose != engine::Purpose::exit) return;
    if (!group.closing.empty()) house_.complain(named(group) + " rests an exit while it is being closed");
    const auto sums = sums_of(group);
    if (!sums.sold.is_zero() || group.adjusted) return;
    // At that price, after the fee of the way out, the target is left of everything that was paid.
    const auto target = part(group.in_recovery ? group.settings.recovery.target_pct : group.settings.exit.take_profit_pct) * sums.notional;
    const auto fee = group.fees.taker;
    const auto gross = plan.price.value() * (sums.bought - sums.base_fees);
    const auto left = group.funding + (is_long(group) ? gross * (Decimal{1} - fee) - sums.cost : sums.cost - gross * (Decimal{1} + fee));
    if (left < target - Decimal::from_parts(1, 6)) house_.complain(named(group) + " rests an exit at " + plan.price->to_string() + " that leaves " + left.to_string() + " for a target of " + target.to_string());
}

void StormJudge::enter_recovery(Group& group, const engine::GroupChange& change) {
    ++recoveries_read;
    if (group.in_recovery) house_.complain(named(group) + " enters Recovery Mode twice");
    group.in_recovery = true;
    const auto trigger = change.fact("trigger");
    if (trigger == "user") return;
    // It must have held for a minute: not before there was anything, and for "all add-ons used" not before so many were.
    // No more than it has zones, whatever is allowed by now.
    const auto most = std::min<std::int64_t>(*group.settings.add_on.max, trading::make_rules(group.terms.settings).shape.add_ons);
    const auto enough = trigger != "add_ons_used" ? 0 : group.settings.recovery.cautious ? (most * 3 + 4) / 5 : most;
    Instant since = house_.clock.true_time();
    std::int64_t add_ons = 0, used = 0;
    for (const auto number : group.orders) {
        const auto& order = orders_.at(number);
        // One that came to nothing meanwhile held its place as long as it was under way.
        if (!is_entry(order)) continue;
        add_ons += order.intent.plan.leg >> 16U == 1 ? 1 : 0;
        used = std::max({used, order.counts() ? add_ons : add_ons--, static_cast<std::int64_t>(order.intent.plan.leg & 0xffU)});
        if (used < enough) continue;
        since = order.read_at;
        break;
    }
    if (house_.clock.true_time() - since >= seconds{55}) return;
    std::string entries;
    for (const auto number : group.orders)
        if (const auto& order = orders_.at(number); is_entry(order)) entries += " leg " + std::to_string(order.intent.plan.leg >> 16U) + '/' + std::to_string(order.intent.plan.leg >> 8U & 0xffU) + '/' + std::to_string(order.intent.plan.leg & 0xffU) + " since " + std::to_string((house_.clock.true_time() - order.read_at).count()) + " ms" + (order.counts() ? "" : " ended with nothing");
    house_.complain(named(group) + " enters Recovery Mode (" + std::string{trigger} + ", " + std::string{change.fact("actual")} + " of " + std::string{change.fact("limit")} + ") without waiting for a minute:" + entries);
}

void StormJudge::close(Group& group, std::string_view reason) {
    if (group.closed) house_.complain(named(group) + " is closed twice");
    if (reason == "let_go") {
        ++let_go_read;
        if (!group.orphaned && !group.too_small) house_.complain(named(group) + " is let go and could be closed");
        if (group.orphaned) {
            group.closed = true;
            return;
        }
    }
    for (const auto number : group.orders)
        if (!orders_.at(number).end) house_.complain(named(group) + " is closed while an order of it has not ended");
    const auto* line = house_.line(group.terms.connection);
    const auto limits = limits_of(group);
    // What the user let be missing is not there to be sold.
    const auto left = sellable(group) + std::min(group.tolerated, Decimal{});
    const auto worth = left * house_.price(line->product, group.terms.symbol.base) * Decimal::from_parts(8, 1);
    if (reason != "let_go" && left.is_positive() && left >= limits.min_quantity && worth >= limits.min_notional) house_.complain(named(group) + " is closed and holds " + left.to_string());
    // A rule that changed ends no group: of this one nothing was sold, and when it was opened the exchange took orders as small.
    const auto sums = sums_of(group);
    const auto& then = group.terms.limits;
    const auto whole = round_to_step(held(group), then.quantity_step, Rounding::down);
    if (reason != "let_go" && sums.sold.is_zero() && !group.adjusted && group.tolerated.is_zero() && whole.is_positive() && whole >= then.min_quantity &&
        whole * sums.notional >= then.min_notional * sums.bought)
        house_.complain(named(group) + " is closed (" + std::string{reason} + ") and nothing of its " + whole.to_string() + " was sold");
    group.closed = true;
}

void StormJudge::settle() {
    look();
    settle_orders();
    settle_forced();
    settle_groups();
    for (const auto& line : house_.lines) {
        if (line.gone) continue;
        settle_holdings(line);
        settle_money(line);
    }
}

void StormJudge::settle_orders() {
    for (const auto& [number, order] : orders_) {
        const auto* truth = at_exchange(order);
        const auto& name = order.intent.client_id;
        // Nobody is told any more.
        if (house_.line(order.intent.plan.connection)->gone) continue;
        if (truth == nullptr) {
            if (!order.end) house_.complain("the order " + name + " never arrived and is still waited for");
            continue;
        }
        if (truth->is_open() == order.end.has_value()) house_.complain("the order " + name + (order.end ? " is open and was called ended" : " has ended and is still waited for"));
        if (order.booked() != truth->filled) house_.complain("of the order " + name + ' ' + order.booked().to_string() + " is booked and " + truth->filled.to_string() + " was filled");
    }
}

void StormJudge::settle_forced() {
    for (const auto& line : house_.lines) {
        for (const auto* fill : house_.truth(line).fills) {
            if (!fill->liquidation || forced_.contains(fill)) continue;
            for (const auto& [number, group] : groups_) {
                const bool held_it = group.terms.connection == line.id && group.terms.symbol == fill->instrument->symbol && (fill->side == market::Side::sell) == is_long(group);
                if (held_it && !group.closed && group.terms.opened_at < fill->at) house_.complain(named(group) + " does not know that it was liquidated");
            }
        }
    }
}

void StormJudge::settle_groups() {
    for (const auto& [number, group] : groups_) {
        if (group.closed || group.differs || !group.closing.empty() || !group.tolerated.is_zero()) continue;
        if (house_.line(group.terms.connection)->gone) {
            if (!group.orphaned) house_.complain(named(group) + " is on a connection that was removed, and not orphaned");
            continue;
        }
        const auto whole = sellable(group);
        Decimal resting;
        for (const auto order_number : group.orders)
            if (const auto* truth = at_exchange(orders_.at(order_number)); truth != nullptr && truth->is_open() && !truth->waiting && !is_entry(orders_.at(order_number))) resting += truth->remaining();
        // Too small for what the exchange takes now: no exit can rest, and the group waits.
        const auto sums = sums_of(group);
        const auto limits = limits_of(group);
        if (resting.is_zero() && (whole < limits.min_quantity || whole * sums.notional * Decimal::from_parts(95, 2) < limits.min_notional * sums.bought)) {
            ++too_small_at_the_end;
            continue;
        }
        if (resting != whole) house_.complain(named(group) + " holds " + whole.to_string() + " and an exit for " + resting.to_string() + " rests");
    }
}

void StormJudge::settle_holdings(const StormLine& line) {
    const auto& truth = house_.truth(line);
    for (const char* base : StormHouse::kBases) {
        const auto symbol = StormHouse::symbol(line.product, base);
        const auto* instrument = house_.exchange(line.product).find(symbol);
        Decimal said;
        bool differs = false, any = false;
        for (const auto& [number, group] : groups_) {
            if (group.terms.connection != line.id || group.terms.symbol != symbol || group.closed) continue;
            said += (is_long(group) || !symbol.is_futures() ? held(group) : -held(group)) + (is_long(group) ? group.tolerated : -group.tolerated);
            differs = differs || group.differs;
            any = true;
        }
        Decimal there;
        if (symbol.is_futures()) {
            for (const auto& position : truth.positions)
                if (position.instrument == instrument) there += position.side == market::PositionSide::long_side ? position.quantity : -position.quantity;
        } else {
            there = truth.wallet(market::Market::spot, base).total();
        }
        const auto missing = said - there;
        const bool agrees = symbol.is_futures() ? abs(missing) < instrument->quantity_step || !any : missing < instrument->quantity_step;
        if (agrees == differs) house_.complain(line.id + ' ' + symbol.to_string() + ": groups say " + said.to_string() + ", there is " + there.to_string() + (differs ? ", and a difference is claimed" : ", and no group says that it differs"));
    }
}

void StormJudge::settle_money(const StormLine& line) {
    if (line.product.market != market::Market::spot) return;
    std::map<std::string, Decimal> expected{{"USDT", line.money}};
    const auto book = [&](market::Side side, const std::string& base, const Decimal& price, const Decimal& quantity, const std::string& fee_asset, const Decimal& fee) {
        const auto quote = price * quantity;
        expected["USDT"] += side == market::Side::buy ? -quote : quote;
        expected[base] += side == market::Side::buy ? quantity : -quantity;
        expected[fee_asset] += -fee;
    };
    for (const auto& [number, order] : orders_) {
        if (order.intent.plan.connection != line.id) continue;
        for (const auto& [id, fill] : order.fills) book(order.intent.plan.side, order.intent.plan.symbol.base, fill.price, fill.quantity, fill.fee ? fill.fee->asset : "USDT", fill.fee ? fill.fee->amount : Decimal{});
    }
    for (const auto* fill : house_.truth(line).fills)
        if (by_hand.contains(fill->order)) book(fill->side, fill->instrument->symbol.base, fill->price, fill->quantity, fill->fee_asset, fill->fee);
    for (const auto& [asset, amount] : expected) {
        const auto there = house_.truth(line).wallet(market::Market::spot, asset).total();
        if (there != amount) house_.complain(line.id + ": by the journal there are " + amount.to_string() + ' ' + asset + ", the wallet holds " + there.to_string());
    }
}

}  // namespace bf::test

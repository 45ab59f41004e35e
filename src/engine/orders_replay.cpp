// The journal of an earlier life, read back. Orders stand on the shelf as their records' bytes; one becomes whole when something was filled of it,
// when it is not finished at the end of the journal, or when somebody asks for it: its name shows up at the exchange after all.
#include "engine/orders_inside.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

constexpr const char* kTwice = "the journal holds two intents of one number or one client order id";

Unexpected<Error> damaged(const char* sentence) { return Unexpected{Error{ErrorKind::damaged, sentence}}; }

/// Ended without ever having been an exchange's order.
bool ended_without(End end) { return end == End::absent || end == End::refused || end == End::denied; }

// What a record changes of an order on the shelf; false when only the whole order knows.
bool changes(OrderShelf& shelf, OrderShelf::Row& row, const AcceptedRecord& accepted) {
    if (row.end && ended_without(*row.end)) return false;
    if (row.exchange_id() != accepted.exchange_id) {
        if (row.end || !row.exchange_id().empty()) return false;
        shelf.set_exchange_id(row, accepted.exchange_id);
    }
    return true;
}
bool changes(OrderShelf&, OrderShelf::Row&, const FillRecord&) { return false; }
bool changes(OrderShelf&, OrderShelf::Row& row, const FinishedRecord& finished) {
    if (!finished.filled.is_zero()) return false;
    row.end = finished.end;
    return true;
}

Status restore(Order& order, const AcceptedRecord& accepted) {
    order.restore_accepted(accepted.exchange_id);
    return {};
}
Status restore(Order& order, const FillRecord& fill) {
    order.restore_fill(fill.fill);
    return {};
}
Status restore(Order& order, const FinishedRecord& finished) {
    if (finished.filled != order.booked()) return damaged("the journal ends an order with other fills than it holds");
    order.restore_finished(finished.end);
    return {};
}

}  // namespace

Status Orders::Inside::replay(RecordKind kind, std::string_view payload) {
    switch (kind) {
        case RecordKind::intent: return replay_intent(payload);
        case RecordKind::accepted: return replay_told(accepted_read, payload);
        case RecordKind::fill: return replay_told(fill_read, payload);
        case RecordKind::finished: return replay_told(finished_read, payload);
    }
    // Says what is wrong with it.
    return Unexpected{read_record(kind, payload).error()};
}

Status Orders::Inside::replay_intent(std::string_view payload) {
    auto& intent = intent_read;
    BF_TRY_VOID(read_into(intent, payload));
    const auto number = intent.number;
    if (number <= highest_replayed) {
        // The same again is what a journal that was written anew at a checkpoint holds.
        const auto* row = shelf.find(number);
        if (row != nullptr && (row->intent() == payload || OrderShelf::read(*row).intent() == intent)) return {};
        const auto there = orders.find(number);
        if (there != orders.end() && there->second.order.intent() == intent) return {};
        if (row != nullptr || there != orders.end()) return damaged(kTwice);
    }
    highest_replayed = std::max(highest_replayed, number);
    last_number = std::max(last_number, number);
    auto& made = attempts_of(intent.plan);
    if (intent.attempt >= made.last) made = {intent.attempt, number};
    by_group[intent.plan.group].push_back(number);
    shelf.put(intent, payload);
    ++unfinished;
    return {};
}

template <class R>
Status Orders::Inside::replay_told(R& record, std::string_view payload) {
    BF_TRY_VOID(read_into(record, payload));
    const auto number = record.order;
    if (auto* row = shelf.find(number)) {
        const bool was_finished = row->end.has_value();
        if (changes(shelf, *row, record)) {
            if (!was_finished && row->end) --unfinished;
            return {};
        }
        take_off_shelf(number);
    }
    const auto found = orders.find(number);
    if (found == orders.end()) return Unexpected{Error{ErrorKind::damaged, "the journal tells of an order whose intent it does not hold", Fate::not_sent, "unknown_order"}};
    auto& order = found->second.order;
    const bool was_finished = order.finished();
    BF_TRY_VOID(restore(order, record));
    if (order.exchange_id()) note_exchange_id(number, order.plan().connection, *order.exchange_id());
    if (was_finished && !order.finished()) ++unfinished;
    if (!was_finished && order.finished()) --unfinished;
    return {};
}

Status Orders::Inside::end_replay() {
    if (!shelf.make_index()) return damaged(kTwice);
    for (const auto& [number, one] : orders) {
        const auto& name = one.order.intent().client_id;
        const auto is_other = [&, own = number](OrderNumber other) { return other != own && same_name(orders.at(other).order.intent().client_id, name); };
        if (by_client_id.find(NameTable::hash(name), is_other) || shelf.find_client_id(name)) return damaged(kTwice);
    }
    auto wanted = shelf.unfinished();
    for (const auto& [key, made] : attempts) wanted.push_back(made.order);
    std::sort(wanted.begin(), wanted.end());
    for (const auto number : wanted) take_off_shelf(number);
    return {};
}

Tracked* Orders::Inside::take_off_shelf(OrderNumber number) {
    const auto* row = shelf.find(number);
    if (row == nullptr) return nullptr;
    auto order = OrderShelf::read(*row);
    shelf.erase(number);
    auto& one = orders.emplace_hint(orders.end(), number, std::move(order))->second;
    by_client_id.add(NameTable::hash(one.order.intent().client_id), number);
    if (one.order.exchange_id()) note_exchange_id(number, one.order.plan().connection, *one.order.exchange_id());
    return &one;
}

bool Orders::Inside::may_be_shelved(const Tracked& one) {
    const auto& order = one.order;
    const bool asked = one.place_ticket != 0 || one.cancel_ticket != 0 || one.ask_ticket != 0 || one.due || one.polled;
    return order.finished() && order.fills().empty() && !asked && attempts_of(order.plan()).order != order.intent().number;
}

void Orders::Inside::put_on_shelf(const Tracked& one) {
    const auto number = one.order.intent().number;
    std::string record;
    write_record(record, one.order.intent());
    shelf.put(one.order.intent(), record);
    auto& row = *shelf.find(number);
    if (one.order.exchange_id()) shelf.set_exchange_id(row, *one.order.exchange_id());
    row.end = one.order.end().value_or(End::canceled);
    orders.erase(number);
}

std::string_view Orders::Inside::client_id_of(OrderNumber number) const {
    if (const auto found = orders.find(number); found != orders.end()) return found->second.order.intent().client_id;
    const auto* row = shelf.find(number);
    return row == nullptr ? std::string_view{} : row->client_id();
}

std::pair<std::string_view, std::string_view> Orders::Inside::exchange_id_of(OrderNumber number) const {
    if (const auto found = orders.find(number); found != orders.end()) {
        const auto& order = found->second.order;
        return {order.plan().connection, order.exchange_id() ? std::string_view{*order.exchange_id()} : std::string_view{}};
    }
    const auto* row = shelf.find(number);
    return row == nullptr ? std::pair<std::string_view, std::string_view>{} : std::pair{row->connection(), row->exchange_id()};
}

std::optional<OrderNumber> Orders::Inside::find_client_id(std::string_view client_id) const {
    const auto whole = by_client_id.find(NameTable::hash(client_id), [&](OrderNumber number) { return same_name(client_id_of(number), client_id); });
    return whole ? whole : shelf.find_client_id(client_id);
}

std::optional<OrderNumber> Orders::Inside::find_whole(std::string_view connection, std::string_view exchange_id) const {
    return by_exchange_id.find(NameTable::hash_of_id(exchange_id), [&](OrderNumber number) { return exchange_id_of(number) == std::pair{connection, exchange_id}; });
}

std::optional<OrderNumber> Orders::Inside::find_exchange_id(std::string_view connection, std::string_view exchange_id) const {
    const auto whole = find_whole(connection, exchange_id);
    return whole ? whole : shelf.find_exchange_id(connection, exchange_id);
}

bool Orders::Inside::is_finished(OrderNumber number) const {
    if (const auto* row = shelf.find(number)) return row->end.has_value();
    const auto found = orders.find(number);
    return found != orders.end() && found->second.order.finished();
}

void Orders::Inside::note_exchange_id(OrderNumber number, std::string_view connection, std::string_view exchange_id) {
    const auto there = find_whole(connection, exchange_id);
    if (there == number) return;
    if (there) by_exchange_id.erase(NameTable::hash_of_id(exchange_id), *there);
    by_exchange_id.add(NameTable::hash_of_id(exchange_id), number);
}

void Orders::Inside::drop(OrderNumber number) {
    if (const auto* row = shelf.find(number)) {
        by_client_id.erase(NameTable::hash(row->client_id()), number);
        if (!row->exchange_id().empty()) {
            by_exchange_id.erase(NameTable::hash_of_id(row->exchange_id()), number);
            note_past(std::string{row->connection()}, std::string{row->exchange_id()});
        }
        return shelf.erase(number);
    }
    const auto found = orders.find(number);
    if (found == orders.end()) return;
    const auto& order = found->second.order;
    by_client_id.erase(NameTable::hash(order.intent().client_id), number);
    if (order.exchange_id()) {
        by_exchange_id.erase(NameTable::hash_of_id(*order.exchange_id()), number);
        note_past(order.plan().connection, *order.exchange_id());
    }
    orders.erase(found);
}

}  // namespace bf::engine

// The journal of an earlier life, read back. Orders stand on the shelf as their records' bytes; one becomes whole when something was filled of it,
// when it is not finished at the end of the journal, or when somebody asks for it: its name shows up at the exchange after all.
#include "engine/orders_inside.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

Unexpected<Error> damaged(const char* sentence) { return Unexpected{Error{ErrorKind::damaged, sentence}}; }

/// Of the id alone: the same id on two connections is rare, and told apart by who looks.
std::uint64_t hash_of(std::string_view exchange_id) { return std::hash<std::string_view>{}(exchange_id); }

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
    replaying = true;
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
        if (row != nullptr || there != orders.end()) return damaged("the journal holds two intents of one number or one client order id");
    }
    const auto name = NameTable::hash(intent.client_id);
    if (by_client_id.find(name, [&](OrderNumber other) { return same_name(names_of(other)->client_id, intent.client_id); }))
        return damaged("the journal holds two intents of one number or one client order id");
    highest_replayed = std::max(highest_replayed, number);
    last_number = std::max(last_number, number);
    auto& made = attempts_of(intent.plan);
    if (intent.attempt >= made.last) made = {intent.attempt, number};
    by_client_id.add(name, number);
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
            if constexpr (std::is_same_v<R, AcceptedRecord>) note_exchange_id(number, row->connection(), record.exchange_id);
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

void Orders::Inside::settle() {
    if (!replaying) return;
    replaying = false;
    auto wanted = shelf.unfinished();
    for (const auto& [key, made] : attempts) wanted.push_back(made.order);
    std::sort(wanted.begin(), wanted.end());
    for (const auto number : wanted) take_off_shelf(number);
}

Tracked* Orders::Inside::take_off_shelf(OrderNumber number) {
    const auto* row = shelf.find(number);
    if (row == nullptr) return nullptr;
    auto order = OrderShelf::read(*row);
    shelf.erase(number);
    return &orders.emplace_hint(orders.end(), number, std::move(order))->second;
}

std::optional<Orders::Inside::Names> Orders::Inside::names_of(OrderNumber number) const {
    if (const auto* row = shelf.find(number)) return Names{row->connection(), row->client_id(), row->exchange_id()};
    const auto found = orders.find(number);
    if (found == orders.end()) return std::nullopt;
    const auto& order = found->second.order;
    return Names{order.plan().connection, order.intent().client_id, order.exchange_id() ? std::string_view{*order.exchange_id()} : std::string_view{}};
}

std::optional<OrderNumber> Orders::Inside::find_client_id(std::string_view client_id) const {
    return by_client_id.find(NameTable::hash(client_id), [&](OrderNumber number) {
        const auto names = names_of(number);
        return names && same_name(names->client_id, client_id);
    });
}

std::optional<OrderNumber> Orders::Inside::find_exchange_id(std::string_view connection, std::string_view exchange_id) const {
    return find_exchange_id(hash_of(exchange_id), connection, exchange_id);
}

std::optional<OrderNumber> Orders::Inside::find_exchange_id(std::uint64_t hash, std::string_view connection, std::string_view exchange_id) const {
    return by_exchange_id.find(hash, [&](OrderNumber number) {
        const auto names = names_of(number);
        return names && names->connection == connection && names->exchange_id == exchange_id;
    });
}

bool Orders::Inside::is_finished(OrderNumber number) const {
    if (const auto* row = shelf.find(number)) return row->end.has_value();
    const auto found = orders.find(number);
    return found != orders.end() && found->second.order.finished();
}

void Orders::Inside::note_exchange_id(OrderNumber number, std::string_view connection, std::string_view exchange_id) {
    const auto hash = hash_of(exchange_id);
    const auto there = find_exchange_id(hash, connection, exchange_id);
    if (there == number) return;
    if (there) by_exchange_id.erase(hash, *there);
    by_exchange_id.add(hash, number);
}

void Orders::Inside::drop(OrderNumber number) {
    const auto names = names_of(number);
    if (!names) return;
    by_client_id.erase(NameTable::hash(names->client_id), number);
    if (!names->exchange_id.empty()) {
        const auto hash = hash_of(names->exchange_id);
        if (const auto there = find_exchange_id(hash, names->connection, names->exchange_id)) by_exchange_id.erase(hash, *there);
        note_past(std::string{names->connection}, std::string{names->exchange_id});
    }
    orders.erase(number);
    shelf.erase(number);
}

}  // namespace bf::engine

// The orders kept, written down once more, so that what the journal told before can be forgotten.
#include "engine/orders_inside.hpp"
#include "engine/records.hpp"

#include <algorithm>

namespace bf::engine {

std::uint64_t Orders::last_append() const { return inside_->last_append; }
const std::deque<std::pair<std::string, std::string>>& Orders::past() const { return inside_->past_in_order; }
void Orders::restore_past(const std::string& connection, const std::string& exchange_id) { inside_->note_past(connection, exchange_id); }
ForeignOrders& Orders::foreign() { return inside_->foreign; }
OrderNumber Orders::last_number() const { return inside_->last_number; }
void Orders::restore_last_number(OrderNumber number) { inside_->last_number = std::max(inside_->last_number, number); }

void Orders::each_record(const std::function<void(RecordKind, std::string_view)>& write) const {
    std::string bytes;
    const auto put = [&](const Record& record) {
        write_record(bytes, record);
        write(kind_of(record), bytes);
    };
    for (const auto& [number, one] : inside_->orders) {
        const auto& order = one.order;
        const auto& intent = order.intent();
        const bool counts_attempts = inside_->attempts_of(intent.plan).last == intent.attempt;
        if (order.finished() && order.fills().empty() && !counts_attempts) continue;
        put(intent);
        if (order.exchange_id()) put(AcceptedRecord{number, *order.exchange_id()});
        for (const auto& fill : order.fills()) put(FillRecord{number, fill});
        if (order.finished()) put(FinishedRecord{number, order.end().value_or(End::canceled), order.booked()});
    }
}

void Orders::keep_only(const std::function<bool(GroupNumber)>& open) {
    auto& in = *inside_;
    std::vector<GroupNumber> gone;
    for (const auto& [group, numbers] : in.by_group)
        if (!open(group)) gone.push_back(group);
    // Which of them are remembered as past depends on the order.
    std::sort(gone.begin(), gone.end());
    for (const auto group : gone) {
        const auto found = in.by_group.find(group);
        for (const auto number : found->second) {
            if (!in.is_finished(number)) --in.unfinished;
            in.drop(number);
        }
        in.by_group.erase(found);
    }
}

}  // namespace bf::engine

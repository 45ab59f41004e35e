#include "support/order_judge.hpp"

namespace bf::test {

Judge::Judge(Floor& floor) : floor_{floor} {
    floor_.watched = [this] { look(); };
}

Judge::Written Judge::read(bool durable_only) const {
    FaultFolder copy;
    for (const auto& [name, disk] : floor_.folder.files) copy.files[name] = {disk.durable, durable_only ? disk.durable : disk.now};
    Written written;
    SimClock unused{Instant{}};
    auto opened = journal::Journal::open(copy, unused, [&](const journal::Entry& entry) {
        auto record = engine::read_record(static_cast<engine::RecordKind>(entry.kind), entry.payload);
        REQUIRE(record.has_value());
        written.bytes.append(entry.payload).push_back('\n');
        if (auto* intent = std::get_if<engine::Intent>(&*record)) {
            CHECK_MESSAGE(!written.intents.contains(intent->client_id), "one client order id for two intents");
            written.names[intent->number] = intent->client_id;
            written.intents[intent->client_id] = *intent;
        } else if (auto* fill = std::get_if<engine::FillRecord>(&*record)) {
            for (const auto& other : written.fills[fill->order]) CHECK_MESSAGE(other.trade_id != fill->fill.trade_id, "a fill booked twice");
            written.fills[fill->order].push_back(fill->fill);
        } else if (auto* end = std::get_if<engine::FinishedRecord>(&*record)) {
            written.ends[end->order] = *end;
        }
    }, Floor::kSegment);
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().detail));
    return written;
}

void Judge::look() {
    const auto& orders = floor_.truth().orders;
    if (seen_ == orders.size()) return;
    const auto written = read(true);
    for (; seen_ < orders.size(); ++seen_) {
        const auto& name = orders[seen_]->request.client_order_id;
        const auto intent = written.intents.find(name);
        REQUIRE_MESSAGE(intent != written.intents.end(), "the exchange has an order that the disk knows nothing of");
        CHECK_MESSAGE(names_.insert(name).second, "two exchange orders for one intent");
        const auto& plan = intent->second.plan;
        CHECK(orders[seen_]->request.side == plan.side);
        CHECK(orders[seen_]->quantity == plan.quantity);
        CHECK(orders[seen_]->request.price == plan.price);
        CHECK(orders[seen_]->request.reduce_only == plan.reduce_only);
        const auto& trigger = orders[seen_]->request.trigger;
        CHECK((trigger ? std::optional{trigger->price} : std::nullopt) == plan.stop_price);
    }
}

void Judge::settle() {
    floor_.run(seconds{1});  // What was told last is written down, too.
    look();
    const auto written = read(false);
    std::map<std::string, std::vector<const simulator::Fill*>> fills;
    for (const auto* fill : floor_.truth().fills) fills[fill->order->request.client_order_id].push_back(fill);
    std::map<std::string, const simulator::Order*> orders;
    for (const auto* order : floor_.truth().orders) orders[order->request.client_order_id] = order;
    for (const auto& [name, intent] : written.intents) {
        CAPTURE(name);
        CAPTURE(intent.number);
        const auto order = orders.find(name);
        const auto end = written.ends.find(intent.number);
        const auto booked = written.fills.find(intent.number);
        const std::size_t count = booked == written.fills.end() ? 0 : booked->second.size();
        if (order == orders.end()) {
            CHECK(count == 0);
            REQUIRE_MESSAGE(end != written.ends.end(), "an order that never arrived is still waited for");
            const bool without = end->second.end == engine::End::absent || end->second.end == engine::End::denied || end->second.end == engine::End::refused;
            CHECK_MESSAGE(without, to_string(end->second.end));
            continue;
        }
        const auto& truth = *order->second;
        CHECK(count == fills[name].size());
        for (const auto* fill : fills[name]) compare(*fill, booked == written.fills.end() ? std::vector<engine::BookedFill>{} : booked->second);
        if (truth.is_open()) {
            CHECK_MESSAGE(end == written.ends.end(), "an order that is open was called finished");
            continue;
        }
        REQUIRE_MESSAGE(end != written.ends.end(), "an order that has ended is still waited for");
        CHECK(end->second.filled == truth.filled);
        CHECK((end->second.end == engine::End::filled) == (truth.status == market::OrderStatus::filled));
    }
}

void Judge::compare(const simulator::Fill& fill, const std::vector<engine::BookedFill>& booked) {
    for (const auto& one : booked) {
        if (one.trade_id != fill.id) continue;
        CHECK(one.price == fill.price);
        CHECK(one.quantity == fill.quantity);
        REQUIRE(one.fee.has_value());
        CHECK(one.fee->amount == fill.fee);
        CHECK(one.fee->asset == fill.fee_asset);
        return;
    }
    FAIL_CHECK("a fill of the exchange that was not booked: ", fill.id);
}

}  // namespace bf::test

#include "engine/order_shelf.hpp"

#include "engine/records.hpp"

#include <algorithm>
#include <cstring>

namespace bf::engine {
namespace {

/// Many records; far more than the largest.
constexpr std::size_t kChunk = 4U << 20;

}  // namespace

OrderShelf::Bytes OrderShelf::keep(std::string_view bytes) {
    if (chunks_.empty() || chunks_.back().used + bytes.size() > kChunk) {
        if (!chunks_.empty() && chunks_.back().kept == 0) chunks_.back().bytes.reset();
        chunks_.push_back({std::make_unique_for_overwrite<char[]>(std::max(kChunk, bytes.size()))});
    }
    auto& chunk = chunks_.back();
    char* const to = chunk.bytes.get() + chunk.used;
    std::memcpy(to, bytes.data(), bytes.size());
    chunk.used += bytes.size();
    ++chunk.kept;
    return {to, static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(chunks_.size() - 1)};
}

void OrderShelf::let_go(const Bytes& bytes) {
    if (bytes.at == nullptr) return;
    auto& chunk = chunks_[bytes.chunk];
    if (--chunk.kept == 0 && bytes.chunk + 1 != chunks_.size()) chunk.bytes.reset();
}

void OrderShelf::put(const Intent& intent, std::string_view record) {
    const auto place = places_in(intent, record);
    Row row;
    row.intent_ = keep(record);
    row.group_ = intent.plan.group;
    row.at_ = intent.at;
    row.client_id_hash_ = NameTable::hash(intent.client_id);
    row.client_id_at_ = static_cast<std::uint16_t>(place.client_id);
    row.client_id_size_ = static_cast<std::uint16_t>(intent.client_id.size());
    row.connection_at_ = static_cast<std::uint16_t>(place.connection);
    row.connection_size_ = static_cast<std::uint16_t>(intent.plan.connection.size());
    if (intent.number <= highest_) {
        if (const auto there = place_of(intent.number)) {
            // It was here before, and was erased.
            rows_[*there] = row;
            return;
        }
    }
    highest_ = std::max(highest_, intent.number);
    if (last_ != nullptr && last_->first + last_->count == intent.number)
        ++last_->count;
    else
        last_ = &runs_.emplace(intent.number, Run{intent.number, rows_.size(), 1}).first->second;
    rows_.push_back(row);
}

void OrderShelf::set_exchange_id(Row& row, std::string_view id) {
    let_go(row.exchange_id_);
    row.exchange_id_ = keep(id);
    row.exchange_id_hash_ = NameTable::hash_of_id(id);
}

bool OrderShelf::make_index() {
    std::vector<NameIndex::Entry> clients, exchanges;
    clients.reserve(rows_.size());
    exchanges.reserve(rows_.size());
    for (const auto& [first, run] : runs_)
        for (std::size_t i = 0; i < run.count; ++i) {
            const auto& row = rows_[run.place + i];
            if (row.is_gone()) continue;
            clients.push_back({row.client_id_hash_, first + i});
            if (!row.exchange_id().empty()) exchanges.push_back({row.exchange_id_hash_, first + i});
        }
    client_ids_ = NameIndex{clients};
    exchange_ids_ = NameIndex{exchanges};
    return !client_ids_.any_twice([this](OrderNumber a, OrderNumber b) { return same_name(find(a)->client_id(), find(b)->client_id()); });
}

std::optional<OrderNumber> OrderShelf::find_client_id(std::string_view id) const {
    return client_ids_.find(NameTable::hash(id), [&](OrderNumber number) {
        const auto* row = find(number);
        return row != nullptr && same_name(row->client_id(), id);
    });
}

std::optional<OrderNumber> OrderShelf::find_exchange_id(std::string_view connection, std::string_view id) const {
    return exchange_ids_.find(NameTable::hash_of_id(id), [&](OrderNumber number) {
        const auto* row = find(number);
        return row != nullptr && row->connection() == connection && row->exchange_id() == id;
    });
}

std::optional<std::size_t> OrderShelf::place_of(OrderNumber number) const {
    const Run* run = last_;
    if (run == nullptr || !run->holds(number)) {
        const auto behind = runs_.upper_bound(number);
        if (behind == runs_.begin()) return std::nullopt;
        run = &std::prev(behind)->second;
    }
    return run->holds(number) ? std::optional{run->place + (number - run->first)} : std::nullopt;
}

OrderShelf::Row* OrderShelf::find(OrderNumber number) {
    const auto place = place_of(number);
    return place && !rows_[*place].is_gone() ? &rows_[*place] : nullptr;
}

const OrderShelf::Row* OrderShelf::find(OrderNumber number) const {
    const auto place = place_of(number);
    return place && !rows_[*place].is_gone() ? &rows_[*place] : nullptr;
}

Order OrderShelf::read(const Row& row) {
    Intent intent;
    // It was read when it was put here.
    const auto read = read_into(intent, row.intent());
    BF_ASSERT(read.has_value());
    Order order{std::move(intent)};
    if (!row.exchange_id().empty()) order.restore_accepted(std::string{row.exchange_id()});
    if (row.end) order.restore_finished(*row.end);
    return order;
}

void OrderShelf::erase(OrderNumber number) {
    auto* row = find(number);
    if (row == nullptr) return;
    let_go(row->intent_);
    let_go(row->exchange_id_);
    *row = {};
}

std::vector<OrderNumber> OrderShelf::some(bool unfinished_only) const {
    std::vector<OrderNumber> numbers;
    for (const auto& [first, run] : runs_)
        for (std::size_t i = 0; i < run.count; ++i)
            if (const auto& row = rows_[run.place + i]; !row.is_gone() && !(unfinished_only && row.end)) numbers.push_back(first + i);
    return numbers;
}

}  // namespace bf::engine

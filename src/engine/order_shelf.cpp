#include "engine/order_shelf.hpp"

#include "engine/records.hpp"

#include <algorithm>
#include <cstring>

namespace bf::engine {
namespace {

/// Many records; far more than the largest.
constexpr std::size_t kChunk = 256U << 10;

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
    row.client_id_at_ = static_cast<std::uint16_t>(place.client_id);
    row.client_id_size_ = static_cast<std::uint16_t>(intent.client_id.size());
    row.connection_at_ = static_cast<std::uint16_t>(place.connection);
    row.connection_size_ = static_cast<std::uint16_t>(intent.plan.connection.size());
    rows_.emplace(intent.number, row);
}

void OrderShelf::set_exchange_id(Row& row, std::string_view id) {
    let_go(row.exchange_id_);
    row.exchange_id_ = keep(id);
}

OrderShelf::Row* OrderShelf::find(OrderNumber number) {
    const auto found = rows_.find(number);
    return found == rows_.end() ? nullptr : &found->second;
}

const OrderShelf::Row* OrderShelf::find(OrderNumber number) const {
    const auto found = rows_.find(number);
    return found == rows_.end() ? nullptr : &found->second;
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
    const auto found = rows_.find(number);
    if (found == rows_.end()) return;
    let_go(found->second.intent_);
    let_go(found->second.exchange_id_);
    rows_.erase(found);
}

std::vector<OrderNumber> OrderShelf::numbers() const {
    std::vector<OrderNumber> all;
    all.reserve(rows_.size());
    for (const auto& [number, row] : rows_) all.push_back(number);
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<OrderNumber> OrderShelf::unfinished() const {
    std::vector<OrderNumber> some;
    for (const auto& [number, row] : rows_)
        if (!row.end) some.push_back(number);
    std::sort(some.begin(), some.end());
    return some;
}

}  // namespace bf::engine

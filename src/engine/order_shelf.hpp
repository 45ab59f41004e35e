// The orders of an earlier life, as the bytes of their records, until somebody wants one. Most orders of a long journal are exits that were
// replaced and ended with nothing filled: as whole objects they would be most of the memory and of the time that a start takes. In a long life
// such orders are put here, too.
//
// Only what ended with nothing, or of which nothing is known but its intent and its exchange's id, stands here; an order with fills does not.
#pragma once
#include "engine/name_table.hpp"
#include "engine/order.hpp"

#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace bf::engine {

class OrderShelf {
    /// A copy in the store below.
    struct Bytes {
        const char* at{nullptr};
        std::uint32_t size{0};
        std::uint32_t chunk{0};
        [[nodiscard]] std::string_view view() const { return {at, size}; }
    };

public:
    struct Row {
        [[nodiscard]] GroupNumber group() const { return group_; }
        [[nodiscard]] std::string_view intent() const { return intent_.view(); }  ///< Its record.
        [[nodiscard]] std::string_view client_id() const { return {intent_.at + client_id_at_, client_id_size_}; }
        [[nodiscard]] std::string_view connection() const { return {intent_.at + connection_at_, connection_size_}; }
        [[nodiscard]] std::string_view exchange_id() const { return exchange_id_.view(); }  ///< Empty: none known.
        [[nodiscard]] Instant at() const { return at_; }
        std::optional<End> end{};  ///< It is finished.

    private:
        friend class OrderShelf;
        [[nodiscard]] bool is_gone() const { return intent_.at == nullptr; }
        Bytes intent_{}, exchange_id_{};
        GroupNumber group_{0};
        Instant at_{};
        std::uint64_t client_id_hash_{0}, exchange_id_hash_{0};
        std::uint16_t client_id_at_{0}, client_id_size_{0}, connection_at_{0}, connection_size_{0};
    };

    /// `record` is what `intent` was read from. No order of its number may be here.
    void put(const Intent& intent, std::string_view record);
    void set_exchange_id(Row& row, std::string_view id);
    /// Stays where it is until the next put() or erase().
    [[nodiscard]] Row* find(OrderNumber number);
    [[nodiscard]] const Row* find(OrderNumber number) const;
    /// After the last put() of a start, before names are looked up: those put here later are not found by name. False when two orders have one client order id.
    [[nodiscard]] bool make_index();
    /// In whatever case.
    [[nodiscard]] std::optional<OrderNumber> find_client_id(std::string_view id) const;
    [[nodiscard]] std::optional<OrderNumber> find_exchange_id(std::string_view connection, std::string_view id) const;
    /// The same order as a whole.
    [[nodiscard]] static Order read(const Row& row);
    void erase(OrderNumber number);
    [[nodiscard]] std::vector<OrderNumber> numbers() const { return some(false); }    ///< Ascending.
    [[nodiscard]] std::vector<OrderNumber> unfinished() const { return some(true); }  ///< Ascending.

private:
    [[nodiscard]] std::vector<OrderNumber> some(bool unfinished_only) const;
    [[nodiscard]] std::optional<std::size_t> place_of(OrderNumber number) const;
    Bytes keep(std::string_view bytes);
    void let_go(const Bytes& bytes);

    /// A chunk is given back when nothing in it is needed any more.
    struct Chunk {
        std::unique_ptr<char[]> bytes;
        std::size_t used{0}, kept{0};
    };
    std::vector<Chunk> chunks_;
    /// In the order of the journal. Numbers rise by one there but for what a checkpoint left out, so that runs of them find a row.
    class Rows {
    public:
        [[nodiscard]] std::size_t size() const { return size_; }
        Row& operator[](std::size_t place) { return blocks_[place / kBlock][place % kBlock]; }
        const Row& operator[](std::size_t place) const { return blocks_[place / kBlock][place % kBlock]; }
        void push_back(const Row& row) {
            if (size_ % kBlock == 0) blocks_.push_back(std::make_unique<Row[]>(kBlock));
            (*this)[size_++] = row;
        }

    private:
        static constexpr std::size_t kBlock = 4096;
        std::vector<std::unique_ptr<Row[]>> blocks_;  ///< None of them is ever moved.
        std::size_t size_{0};
    };
    Rows rows_;
    struct Run {
        OrderNumber first;
        std::size_t place, count;
        [[nodiscard]] bool holds(OrderNumber number) const { return number - first < count; }
    };
    std::map<OrderNumber, Run> runs_;
    NameIndex client_ids_, exchange_ids_;
    OrderNumber highest_{0};
    Run* last_{nullptr};  ///< The one that the last row belongs to.
};

}  // namespace bf::engine

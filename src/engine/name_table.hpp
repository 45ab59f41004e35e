// Which order has a name. The name itself stands with the order; here are its hash and the order's number, without an allocation a name. Who looks
// one up says of each order whose name has that hash whether it is the one: two names of one hash are told apart. A table grows with the orders;
// an index is made at once of all the names of an earlier life, in a tenth of the time.
#pragma once
#include "engine/order.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <vector>
#include <string_view>

namespace bf::engine {

class NameTable {
public:
    /// Names that differ only in the case of their letters have one hash.
    static std::uint64_t hash(std::string_view name);
    /// Of an exchange's id alone: the same one on two connections is rare, and told apart by who looks.
    static std::uint64_t hash_of_id(std::string_view id) { return std::hash<std::string_view>{}(id); }

    template <class Is>
    [[nodiscard]] std::optional<OrderNumber> find(std::uint64_t hash, const Is& is) const {
        const auto found = entries_.find(Wanted<Is>{hash, is});
        return found == entries_.end() ? std::nullopt : std::optional{found->number};
    }
    void add(std::uint64_t hash, OrderNumber number) { entries_.insert({hash, number}); }
    void erase(std::uint64_t hash, OrderNumber number) { entries_.erase(Entry{hash, number}); }

private:
    struct Entry {
        std::uint64_t hash;
        OrderNumber number;
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    template <class Is>
    struct Wanted {
        std::uint64_t hash;
        const Is& is;
        friend bool operator==(const Wanted& wanted, const Entry& entry) { return wanted.hash == entry.hash && wanted.is(entry.number); }
    };
    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        template <class Key>
        std::size_t operator()(const Key& key) const { return key.hash; }
    };
    boost::unordered_flat_set<Entry, Hash, std::equal_to<>> entries_;
};

class NameIndex {
public:
    struct Entry {
        std::uint64_t hash;
        OrderNumber number;
    };
    NameIndex() = default;
    explicit NameIndex(const std::vector<Entry>& entries);

    /// Of several the one that stood last among the entries.
    template <class Is>
    [[nodiscard]] std::optional<OrderNumber> find(std::uint64_t hash, const Is& is) const {
        if (entries_.empty()) return std::nullopt;
        const auto bucket = bucket_of(hash);
        for (auto i = begins_[bucket + 1]; i != begins_[bucket]; --i)
            if (const auto& entry = entries_[i - 1]; entry.hash == hash && is(entry.number)) return entry.number;
        return std::nullopt;
    }
    /// Whether `same` says of any two orders whose names have one hash that they have one name.
    template <class Same>
    [[nodiscard]] bool any_twice(const Same& same) const {
        for (std::size_t bucket = 0; bucket + 1 < begins_.size(); ++bucket)
            for (auto i = begins_[bucket]; i != begins_[bucket + 1]; ++i)
                for (auto k = begins_[bucket]; k != i; ++k)
                    if (entries_[i].hash == entries_[k].hash && same(entries_[i].number, entries_[k].number)) return true;
        return false;
    }

private:
    [[nodiscard]] std::size_t bucket_of(std::uint64_t hash) const { return hash >> shift_; }
    std::vector<Entry> entries_;  ///< By bucket, then as they stood.
    std::vector<std::uint32_t> begins_;
    int shift_{63};
};

/// Equal but for the case of letters.
bool same_name(std::string_view a, std::string_view b);

}  // namespace bf::engine

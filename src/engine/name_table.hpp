// Which order has a name. The name itself stands with the order; here are its hash and the order's number, without an allocation a name. Who looks
// one up says of each order whose name has that hash whether it is the one: two names of one hash are told apart.
#pragma once
#include "engine/order.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <string_view>

namespace bf::engine {

class NameTable {
public:
    /// Names that differ only in the case of their letters have one hash.
    static std::uint64_t hash(std::string_view name);

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

/// Equal but for the case of letters.
bool same_name(std::string_view a, std::string_view b);

}  // namespace bf::engine

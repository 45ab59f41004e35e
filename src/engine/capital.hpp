// How much money groups hold and how much their unfinished plans may still take, summed by connection and by strategy as each group
// changes: a decision reads two sums instead of walking all groups. What is reserved can't be given to another group. Each money has sums
// of its own: what is held in BTC takes nothing of the USDT.
#pragma once
#include "money/decimal.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace bf::engine {

class Capital {
public:
    struct Share {
        Decimal used;      ///< trading::margin_used
        Decimal reserved;  ///< trading::still_reserved
    };
    struct Sums {
        Decimal used, reserved;
        int groups{0};  ///< In whatever money.
    };
    /// Whose share it is. `asset` is what the group's amounts are in.
    struct Owner {
        std::string connection, strategy, asset;
    };

    /// Replaces what the group counted with.
    void set(std::uint64_t group, const Owner& owner, const Share& share);
    void remove(std::uint64_t group);

    [[nodiscard]] Sums of_connection(std::string_view connection, std::string_view asset) const { return sums_of(by_connection_, connection, asset); }
    [[nodiscard]] Sums of_strategy(std::string_view strategy, std::string_view asset) const { return sums_of(by_strategy_, strategy, asset); }
    [[nodiscard]] Share of_group(std::uint64_t group) const;

private:
    using Key = std::pair<std::string, std::string>;  ///< Of connection or strategy, and asset.
    using View = std::pair<std::string_view, std::string_view>;
    struct Before {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return View{a.first, a.second} < View{b.first, b.second};
        }
    };
    using Table = std::map<Key, Sums, Before>;
    struct Entry {
        Owner owner;
        Share share;
    };
    static Sums sums_of(const Table& table, std::string_view name, std::string_view asset);
    static void take(Table& table, const std::string& name, const std::string& asset, const Share& share);

    std::unordered_map<std::uint64_t, Entry> groups_;
    Table by_connection_, by_strategy_;
};

}  // namespace bf::engine

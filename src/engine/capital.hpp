// How much money groups hold and how much their unfinished plans may still take, summed by connection and by strategy as each group
// changes: a decision reads two sums instead of walking all groups. What is reserved can't be given to another group.
#pragma once
#include "money/decimal.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bf::engine {

class Capital {
public:
    struct Share {
        Decimal used;      ///< trading::margin_used
        Decimal reserved;  ///< trading::still_reserved
    };
    struct Sums {
        Decimal used, reserved;
        int groups{0};
    };

    /// Replaces what the group counted with.
    void set(std::uint64_t group, const std::string& connection, const std::string& strategy, const Share& share);
    void remove(std::uint64_t group);

    [[nodiscard]] Sums of_connection(std::string_view connection) const { return sums_of(by_connection_, connection); }
    [[nodiscard]] Sums of_strategy(std::string_view strategy) const { return sums_of(by_strategy_, strategy); }
    [[nodiscard]] Share of_group(std::uint64_t group) const;

private:
    using Table = std::map<std::string, Sums, std::less<>>;
    struct Entry {
        std::string connection, strategy;
        Share share;
    };
    static Sums sums_of(const Table& table, std::string_view name) {
        const auto found = table.find(name);
        return found == table.end() ? Sums{} : found->second;
    }
    static void take(Table& table, const std::string& name, const Share& share);

    std::unordered_map<std::uint64_t, Entry> groups_;
    Table by_connection_, by_strategy_;
};

}  // namespace bf::engine

// What the coins held by spot groups are worth, summed by connection and quote asset as prices and books change: equity is asked for by
// every decision and must not walk all groups. Exact sums: what is taken out is what was put in.
#pragma once
#include "money/decimal.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace bf::engine {

class Worth {
public:
    /// Replaces what the group counted with. Nothing: it holds coins whose price is not known.
    void set(std::uint64_t group, const std::string& connection, const std::string& asset, const std::optional<Decimal>& value);
    void remove(std::uint64_t group);
    /// Nothing while one of the groups' prices is not known.
    [[nodiscard]] std::optional<Decimal> of(const std::string& connection, const std::string& asset) const;

private:
    struct Sum {
        Decimal value;
        int unknown{0};
    };
    struct Entry {
        Sum* sum;
        std::optional<Decimal> value;
    };
    std::map<std::pair<std::string, std::string>, Sum> sums_;  ///< Its nodes stay where they are.
    std::unordered_map<std::uint64_t, Entry> groups_;
};

}  // namespace bf::engine

// What the coins held by spot groups are worth, summed by connection and quote asset as prices and books change: equity is asked for by
// every decision and must not walk all groups. Exact sums: what is taken out is what was put in.
#pragma once
#include "money/decimal.hpp"

#include <map>
#include <optional>
#include <string>

namespace bf::engine {

class Worth {
    struct Sum {
        Decimal value;
        int unknown{0};
    };

public:
    /// One group's part. Counts nothing until it is set.
    class Share {
    public:
        /// Nothing: it holds coins whose price is not known.
        void set(const std::optional<Decimal>& value);
        void clear();
        [[nodiscard]] bool opened() const { return sum_ != nullptr; }

    private:
        friend class Worth;
        Sum* sum_{nullptr};
        bool counted_{false};
        std::optional<Decimal> value_{};
    };
    /// Of a connection and quote asset. This object must outlive it.
    Share open(const std::string& connection, const std::string& asset);
    /// Nothing while one of the groups' prices is not known.
    [[nodiscard]] std::optional<Decimal> of(const std::string& connection, const std::string& asset) const;

private:
    std::map<std::pair<std::string, std::string>, Sum> sums_;  ///< Its nodes stay where they are.
};

}  // namespace bf::engine

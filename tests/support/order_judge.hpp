// A judge of orders who believes nobody: he reads the exchange's own record and what of the journal is on the disk, and nothing else.
#pragma once
#include "support/order_floor.hpp"

namespace bf::test {

class Judge {
public:
    explicit Judge(Floor& floor);

    /// What the disk holds for certain, read as the next start would.
    struct Written {
        std::map<std::string, engine::Intent> intents;  ///< By client order id.
        std::map<engine::OrderNumber, std::string> names;
        std::map<engine::OrderNumber, std::vector<engine::BookedFill>> fills;
        std::map<engine::OrderNumber, engine::FinishedRecord> ends;
        std::string bytes;  ///< Of all payloads, for comparing runs.
    };
    [[nodiscard]] Written read(bool durable_only) const;

    /// After every move of the exchange: what has newly arrived there was written down for certain before.
    void look();

    /// When faults are over and some time has passed: journal and exchange say the same, to the last unit.
    void settle();

private:
    static void compare(const simulator::Fill& fill, const std::vector<engine::BookedFill>& booked);

    Floor& floor_;
    std::size_t seen_{0};
    std::set<std::string> names_;
};

}  // namespace bf::test

// The journal's records of groups: a trader takes any bytes or refuses them with a sentence, and what it took it writes down at a checkpoint
// in a form that the next start takes as well, and ends in the same groups.
#include "engine/trader.hpp"
#include "input.hpp"
#include "support/memory_trading_store.hpp"

using namespace bf;

namespace {

struct Dice final : ports::Entropy {
    void fill(std::span<unsigned char> bytes) override { std::fill(bytes.begin(), bytes.end(), static_cast<unsigned char>(7)); }
};

struct House {
    test::MemoryTradingStore store;
    Dice dice;
    engine::TraderListener listener;
    engine::Trader trader{{1, store, dice, listener}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const auto bytes = input.rest();
    House house;
    // One record a line, its kind before it.
    for (std::size_t begin = 0; begin < bytes.size();) {
        const auto end = std::min(bytes.find('\n', begin), bytes.size());
        const auto line = bytes.substr(begin, end - begin);
        begin = end + 1;
        const auto kind = static_cast<std::uint16_t>(line.empty() ? 0 : 16 + static_cast<unsigned char>(line.front()) % 8);
        const auto taken = house.trader.replay(kind, line.empty() ? line : line.substr(1));
        fuzz::must(taken.has_value() || !taken.error().detail.empty(), "what is refused is refused with a sentence");
    }
    const engine::Now now{Instant::from_ms(1'790'000'000'000), seconds{1}};
    if (!house.trader.load(now)) return 0;
    house.trader.effects().clear();
    house.trader.write_checkpoint(now);
    House next;
    for (const auto& entry : house.trader.effects().appends)
        fuzz::must(next.trader.replay(static_cast<std::uint16_t>(entry.kind), entry.payload).has_value(), "a checkpoint can be read back");
    fuzz::must(next.trader.groups().size() == house.trader.groups().size(), "a checkpoint holds every open group");
    for (const auto& [number, group] : house.trader.groups()) {
        const auto* same = next.trader.find_group(number);
        fuzz::must(same != nullptr && engine::to_record(same->terms()) == engine::to_record(group->terms()), "a group keeps its terms");
        fuzz::must(same->changes().size() == group->changes().size(), "a group keeps its changes");
        fuzz::must(same->difference() == group->difference() && same->closing_why() == group->closing_why(), "a group keeps its state");
    }
    return 0;
}

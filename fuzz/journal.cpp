// A journal whose last segment holds anything behind a good head: opened or refused, and once opened it can be written and opened again.
#include "input.hpp"
#include "journal/journal.hpp"
#include "support/fault_folder.hpp"

using namespace bf;

namespace {

struct Dice final : ports::Entropy {
    void fill(std::span<unsigned char> bytes) override {
        for (auto& byte : bytes) byte = 1;
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kSize = 2 * journal::kBlock;
    if (size > kSize - journal::kBlock) return 0;
    test::FaultFolder folder;
    Dice dice;
    { (void)journal::Journal::open(folder, dice, [](const journal::Entry&) {}, kSize).value(); }
    auto& bytes = folder.files.begin()->second.now;
    bytes.replace(journal::kBlock, size, reinterpret_cast<const char*>(data), size);
    std::uint64_t entries = 0;
    {
        auto opened = journal::Journal::open(folder, dice, [&entries](const journal::Entry&) { ++entries; }, kSize);
        if (!opened) return 0;
        (*opened)->append(1, "one more");
        fuzz::must((*opened)->flush().has_value(), "a journal that opened can be written");
    }
    std::uint64_t after = 0;
    const auto again = journal::Journal::open(folder, dice, [&after](const journal::Entry&) { ++after; }, kSize);
    fuzz::must(again.has_value() && after == entries + 1, "what was written is there, nothing else");
    return 0;
}

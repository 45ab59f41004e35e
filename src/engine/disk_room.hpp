// How much room there is where the journal is written. An order leaves only when its intent is on the disk, exits too: while little is left,
// nothing is opened, so that what is open can still be closed.
#pragma once
#include <cstdint>

namespace bf::engine {

class DiskRoom {
public:
    enum class Level : std::uint8_t {
        enough,
        low,    ///< A person should hear of it.
        short_  ///< What is left is kept for exits.
    };
    static constexpr std::uint64_t kLow = 1'000'000'000, kShort = 200'000'000;  ///< Bytes.

    /// Room was found to be so much. A level is left upwards only a quarter above its limit, so that it does not come and go.
    void found(std::uint64_t bytes) {
        const auto below = [&](std::uint64_t limit, Level level) { return bytes < (level_ >= level ? limit + limit / 4 : limit); };
        level_ = below(kShort, Level::short_) ? Level::short_ : below(kLow, Level::low) ? Level::low : Level::enough;
    }
    [[nodiscard]] Level level() const { return level_; }
    [[nodiscard]] bool entries() const { return level_ != Level::short_; }

private:
    Level level_{Level::enough};
};

}  // namespace bf::engine

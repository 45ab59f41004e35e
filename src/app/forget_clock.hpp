// When history may be forgotten by its age: only by a clock that can be believed. One that is a year ahead would take all for old.
//
// A clock that went on as clocks do since history was last looked through is believed. One that jumped ahead (it is wrong, or the machine was
// off for long) is believed when it has stood for a day in which somebody could have put it right.
#pragma once
#include "base/time.hpp"

#include <optional>

namespace bf::app {

class ForgetClock {
public:
    static constexpr milliseconds kJump{std::chrono::hours{24 * 7}};
    static constexpr std::chrono::microseconds kStands{std::chrono::hours{24}};

    /// The time that was believed last, of an earlier process. Without one the first that is told is: a new installation has nothing old.
    explicit ForgetClock(std::optional<Instant> believed) : believed_{believed} {}

    /// `steady` is of this process.
    bool believes(Instant wall, std::chrono::microseconds steady) {
        if (believed_ && wall > *believed_ + kJump) {
            // Set anew while it is doubted: the day begins anew.
            const auto runs = wall - std::chrono::duration_cast<milliseconds>(steady);
            if (!doubted_ || runs > doubted_->runs + kJump || runs < doubted_->runs - kJump) doubted_ = {steady, runs};
            if (steady - doubted_->since < kStands) return false;
        }
        doubted_.reset();
        believed_ = wall;
        return true;
    }
    [[nodiscard]] std::optional<Instant> believed() const { return believed_; }

private:
    struct Doubt {
        std::chrono::microseconds since;
        Instant runs;  ///< Wall time less steady time: the same for as long as nobody sets the clock.
    };
    std::optional<Instant> believed_;
    std::optional<Doubt> doubted_;
};

}  // namespace bf::app

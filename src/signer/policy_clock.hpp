// The time that a connection's use is counted in. It follows the machine's clock, and never goes back.
//
// A little back (kBackMost), and it stands until the clock has caught up. Further back, and the clock was wrong, then or now: from there on time goes on
// at the clock's pace, `lead` ahead of it. So what was counted while the clock was ahead, be it by years, is over when its time has passed, and
// not when the clock has caught up.
//
// Neither direction is a way for whoever asks: the clock is the signer's own, no part of the question. A step back forgives nothing, however often it
// comes, and lets no price move. A step forward looks like a pause and counts as one, as it always did; who can set the machine's clock is beyond what
// limits hold. But where a clock that was back for a while is set right, the step ends where this time stands: the lead ends with it, and nothing is
// forgiven there either. When the clock went on for kSettled where it is, all that was counted before is over, and its time is taken for the true one: the state is
// dated back by the lead.
#pragma once
#include "base/time.hpp"

#include <algorithm>
#include <utility>

namespace bf::signer {

class PolicyClock {
public:
    /// Less is what time synchronisation corrects.
    static constexpr milliseconds kBackMost = std::chrono::minutes{1};
    /// Longer than anything counts that ends by itself.
    static constexpr milliseconds kSettled = std::chrono::hours{25};

    /// `latest`: the latest date in what is counted.
    explicit PolicyClock(Instant latest) : latest_{latest} {}

    Instant heed(Instant clock) {
        if (clock + kBackMost >= latest_) {
            lead_ = {};
        } else if (clock + lead_ + kBackMost < latest_) {
            lead_ = latest_ - clock;
            since_ = clock;
        }
        return latest_ = std::max(latest_, clock + lead_);
    }
    [[nodiscard]] milliseconds lead() const { return lead_; }
    [[nodiscard]] bool is_settled(Instant clock) const { return lead_ != milliseconds{} && clock - since_ >= kSettled; }
    /// Who asks dates what is counted back by as much.
    milliseconds settle() {
        latest_ = latest_ - lead_;
        return std::exchange(lead_, milliseconds{});
    }

private:
    Instant latest_;
    milliseconds lead_{};
    Instant since_{};  ///< Where the clock stood when the lead began.
};

}  // namespace bf::signer

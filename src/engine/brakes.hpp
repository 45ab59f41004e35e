// The drawdown brakes of all accounts: one for each account, asset and pair of numbers that some strategy asks for. What an account was worth
// is remembered beyond the brakes, so that a brake that is asked for later, and one after a restart, knows the peak it must compare with.
//
// A clock that was ahead for a while is no reason to compare with its peaks until it has caught up, nor to forget those of before. What was noted at a time that
// has not come yet is set aside, its highest counts as of now, and the brakes are armed with the rest. If the clock was not ahead before but is back
// now, what was set aside is taken up again when it is set right; after a day of none of that it is let go.
#pragma once
#include "trading/brake.hpp"
#include "trading/settings.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bf::engine {

/// Equity is counted by connection and by the asset it is told in.
struct AccountKey {
    std::string connection;
    std::string asset;
    friend auto operator<=>(const AccountKey&, const AccountKey&) = default;
};

struct EquitySample {
    Instant at;
    Decimal equity;
};

class Brakes {
public:
    /// How often a sample is worth keeping.
    static constexpr milliseconds kKeepEvery{std::chrono::minutes{5}};
    /// The longest window a brake can have.
    static constexpr milliseconds kMemory{std::chrono::hours{720}};

    /// From here on there is one with these numbers.
    void want(const AccountKey& account, const trading::Protection& protection);
    /// Null when it was not asked for.
    [[nodiscard]] const trading::DrawdownBrake* find(const AccountKey& account, const trading::Protection& protection) const;
    /// Those that are wanted no more: want() all that are left after this.
    void clear();

    struct Noted {
        bool worth_keeping{false};  ///< For the journal; restore() takes it back.
        /// Brakes that were not on before.
        std::vector<const trading::DrawdownBrake*> went_on{};
    };
    /// In the order in which they were taken, for each account.
    Noted note(const AccountKey& account, const EquitySample& sample);
    /// `repeated`: by a checkpoint, of a journal that may have told it before.
    void restore(const AccountKey& account, const EquitySample& sample, bool repeated);
    /// Reached the account, or left it (below zero), without being won or lost; after `before` and until `seen` at the latest.
    struct Moved {
        Decimal amount;
        Instant before, seen;
    };
    /// What it was worth until then counts as if it had always been so much more or less.
    void moved(const AccountKey& account, const Moved& money);
    /// Its money was set anew (play money): what it was worth before says nothing any more.
    void forget(const AccountKey& account);
    /// Of the accounts that a strategy wants a brake on.
    [[nodiscard]] std::vector<AccountKey> accounts() const;
    /// Oldest first: every five minutes of the last day and an hour, the highest of each hour before.
    [[nodiscard]] const std::deque<EquitySample>& history(const AccountKey& account) const;
    void each_kept(const std::function<void(const AccountKey&, const EquitySample&)>& visit) const;

private:
    struct Armed {
        Decimal limit;
        seconds window;
        trading::DrawdownBrake brake;
    };
    struct Purse {
        std::deque<EquitySample> kept{};
        std::deque<EquitySample> ahead{};  ///< Set aside, as they were dated.
        Instant ahead_since{};             ///< By the clock as it is.
        std::vector<Armed> brakes{};
    };
    /// Whether what is kept was dated anew; then the sample is kept with it.
    static bool heed_clock(Purse& purse, const EquitySample& sample);
    static void arm_anew(Purse& purse);
    static void trim(Purse& purse);
    std::map<AccountKey, Purse> purses_;
};

}  // namespace bf::engine

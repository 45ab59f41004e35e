// Whether an account's money is what its fills, fees and funding make of it: a withdrawal, a transfer or a deposit belongs to no order, and
// shows itself as a difference between two readings of the balances that nothing else explains. Exact sums; it asks nobody and knows no clock.
//
// Nothing is concluded from one reading: it may have crossed a fill, either way. A difference is told when two readings some time apart show
// the same one, nothing was traded meanwhile, and everything that was traded until the first of them has been told by the exchange's own
// lists. (Trades in a steady rhythm would show the same difference again and again.) Until the sums have agreed once, likewise, nothing is
// told at all: what left while nobody looked is not noticed.
#pragma once
#include "market/types.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bf::engine {

class MoneyWatch {
public:
    using Steady = std::chrono::microseconds;

    /// On futures `held` is the wallet less what open positions cost (a short's cost is negative): so each fill moves it by its value, as on spot.
    struct Reading {
        std::map<std::string, Decimal> held{};  ///< By asset; what is not named is nothing.
        Decimal slack{};                        ///< What rounded entry prices of open positions may hide.
        Instant at{};
        Steady asked{0}, answered{0};
        Steady lists_told{0};                   ///< The exchange's lists have told every fill (and position) until then.
        bool funding_told{true};                ///< And all funding until doubted_since().
    };
    struct Unexplained {
        std::string asset;
        Decimal amount;   ///< Below zero: it left.
        Instant agreed;   ///< The last reading at which the sums agreed.
        Instant seen;     ///< The first one at which they did not.
    };

    /// `lists_late`: so long after a fill the exchange's lists may not show it.
    explicit MoneyWatch(milliseconds lists_late) : lists_late_{lists_late} {}

    /// Each once, with its fee if it has one.
    void on_fill(const market::Fill& fill);
    /// Any number of times: it is known by its id.
    void on_funding(const market::FundingPayment& payment);
    std::vector<Unexplained> on_reading(const Reading& reading);

    /// Something differs that was not told yet; since the reading of then.
    [[nodiscard]] std::optional<Instant> doubted_since() const;
    /// The lists are missing as they are from then on: for the sums' beginning, or because a reading showed the same difference again.
    [[nodiscard]] const std::optional<Steady>& wants_lists() const { return wants_lists_; }
    /// The sums have agreed since the start.
    [[nodiscard]] bool is_sure() const { return sure_; }
    /// When the sums of all assets last agreed.
    [[nodiscard]] Instant agreed() const { return agreed_; }

    static constexpr milliseconds kLasts{8'000};  ///< A difference counts when a reading so much later shows it, too.
    /// Clocks may differ by so much: a fill that seems older than the first reading by more is in it for sure.
    static constexpr milliseconds kClocksDiffer{60'000};

private:
    struct Doubt {
        Decimal amount;
        Instant seen;
        Steady answered{0};
        std::uint64_t flows{0};  ///< That had been told by then.
    };
    struct Asset {
        Decimal expected{};
        Decimal slack{};     ///< Of the reading that `expected` comes from.
        Decimal rounding{};  ///< What the exchange's own rounding of the sums since the last agreement may be, and funding that may be in it already.
        Instant agreed{};
        std::optional<Doubt> doubt{};
        std::optional<Doubt> hidden{};  ///< What nothing but `slack` explains.
    };
    void begin(const Reading& reading);
    void add(const std::string& asset, const std::optional<Decimal>& amount);
    Asset& asset(const std::string& name);

    milliseconds lists_late_;
    bool begun_{false}, sure_{false}, lost_{false};
    std::optional<Steady> wants_lists_{};
    Reading first_{};  ///< What the sums began with.
    std::uint64_t flows_{0}, first_flows_{0};  ///< Told so far, and by the first reading.
    Instant agreed_{};
    std::map<std::string, Asset> assets_;
    std::map<std::string, Instant> funding_;  ///< By id; when it was settled.
};

}  // namespace bf::engine

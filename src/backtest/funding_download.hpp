// Fetches the funding rates an exchange has settled, as a state machine without a network: it says what to ask next, is handed the answer, and
// has what is known so far, without a hole. Who runs it paces the questions and keeps the rates.
//
// It goes from now back to `from`, because one of the exchanges lists by page from the newest back and knows no other way. What is known from
// earlier is passed over: the new ones are kept back until they reach it, then it goes on below it. So what is there is whole whenever it is
// stopped. Where rates are listed by time, an answer speaks down to its oldest row only: how many one lists at most is not documented.
#pragma once
#include "backtest/plan.hpp"

namespace bf::backtest {

class FundingDownload {
public:
    enum class Lists : std::uint8_t { by_time, by_page };
    static constexpr milliseconds kWindow{std::chrono::hours{24 * 10}};
    static constexpr std::size_t kPage = 100;
    /// So long without a settlement, and there was none before.
    static constexpr milliseconds kNone{std::chrono::hours{24 * 60}};

    /// `known`: of an earlier download, in time order and without holes.
    FundingDownload(Lists lists, Instant from, std::vector<FundingRate> known);

    struct Ask {
        Instant from, to;  ///< By time: settled from `from` to before `to`.
        int page{1};       ///< By page.
    };
    /// Nothing when all of it is there.
    [[nodiscard]] std::optional<Ask> next(Instant exchange_now) const;
    /// The answer to what next() said last, in any order; `more`: by page, there are older ones. Fails for rates that can be none.
    Status take(const Ask& asked, const std::vector<FundingRate>& list, bool more);

    /// In time order, without holes.
    [[nodiscard]] const std::vector<FundingRate>& rates() const { return rates_; }
    [[nodiscard]] std::size_t received() const { return received_; }
    [[nodiscard]] std::optional<Instant> at() const { return at_; }  ///< Back to here it is.

private:
    void join();

    Lists lists_;
    Instant from_;
    std::vector<FundingRate> rates_;   ///< What is whole.
    std::vector<FundingRate> newer_;   ///< Not joined to it yet; newest first.
    std::optional<Instant> at_{};      ///< Everything from here to the newest was asked.
    Instant seen_{};                   ///< The oldest settlement that came, or where the asking began.
    int page_{1};
    std::size_t received_{0};
    bool ends_{false};                 ///< There is nothing older.
};

}  // namespace bf::backtest

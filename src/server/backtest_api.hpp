// Back-tests over REST: a run in, its report out. The work is done beside trading, by a thread that takes only what trading leaves, one job
// after the other. Results are kept in memory, the newest twelve: a run of years takes less time than asking for it.
// docs/reference/backtest.md has the shapes.
#pragma once
#include "ports/clock.hpp"
#include "server/backtest_asked.hpp"

#include <deque>
#include <memory>

namespace bf::server {

class BacktestApi {
public:
    using Done = Api::Done;
    struct Setup {
        /// `work` beside everything else, `then` back here. Jobs don't overtake each other.
        std::function<void(std::function<void()> work, std::function<void()> then)> aside;
        BacktestPlaces places;
        const ports::Clock* clock{nullptr};
    };
    explicit BacktestApi(Setup setup) : setup_{std::move(setup)} {}

    /// Whether the path (its parts behind /api/v1/) is one of ours.
    static bool serves(std::string_view first_part) { return first_part == "backtests"; }
    void handle(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done);

private:
    struct Job;
    using Shared = std::shared_ptr<Job>;
    void run(const ApiRequest& request, Done done);
    /// On the other thread.
    static void work(Job& job);
    ApiReply list() const;
    /// Settings to try a run with.
    static ApiReply example();
    void one(const Shared& job, const std::vector<std::string_view>& parts, const ApiRequest& request, Done done);
    [[nodiscard]] Shared find(std::string_view id) const;

    static constexpr std::size_t kKept = 12;
    Setup setup_;
    std::deque<Shared> kept_;  ///< The newest first.
    std::uint64_t last_{0};
};

}  // namespace bf::server

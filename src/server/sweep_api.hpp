// Sweeps over REST: started, watched while their rows come, stopped, gone on with by a person or by the next start. One runs at a time, on all cores, with what trading leaves of
// them; questions about rows are answered beside it. docs/reference/backtest.md has the shapes.
#pragma once
#include "ports/clock.hpp"
#include "server/sweep_job.hpp"

#include <deque>

namespace bf::server {

class SweepApi {
public:
    using Done = Api::Done;
    /// `work` beside everything else, `then` back here. Jobs don't overtake each other.
    using Aside = std::function<void(std::function<void()> work, std::function<void()> then)>;
    struct Setup {
        BacktestPlaces places;
        Aside aside;  ///< For questions.
        Aside run;    ///< For the sweeps themselves.
        const ports::Clock* clock{nullptr};
        std::string folder;
        unsigned threads{1};
    };
    /// Finds what earlier starts left.
    explicit SweepApi(Setup setup);
    /// Goes on with the sweeps that ran or waited when the program ended; one whose candles are gone stays stopped.
    void go_on();
    /// What runs ends with the variants at hand, and goes on with the next start.
    ~SweepApi();
    SweepApi(const SweepApi&) = delete;
    SweepApi& operator=(const SweepApi&) = delete;

    /// Whether the path (its parts behind /api/v1/) is one of ours.
    static bool serves(std::string_view first_part) { return first_part == "sweeps"; }
    void handle(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done);

private:
    using Shared = std::shared_ptr<SweepJob>;
    void list(exchange::Language language, Done done);
    void begin(const ApiRequest& request, Done done);
    void count(const ApiRequest& request, Done done);
    void one(const Shared& job, const std::vector<std::string_view>& parts, const ApiRequest& request, Done done);
    void act(const Shared& job, std::string_view act, exchange::Language language, Done done);
    void start(const Shared& job);
    void resume(const Shared& job, SweepJob::By by, exchange::Language language, const std::shared_ptr<ApiReply>& reply, std::function<void()> then);
    /// The answer is made on the other thread.
    void answer(std::function<ApiReply()> make, Done done);

    static constexpr std::size_t kKept = 100;
    /// Whose rows are in memory, the last looked at in front. Only the threads aside touch it.
    struct Loaded;
    Setup setup_;
    std::deque<Shared> jobs_;  ///< The newest first.
    std::uint64_t last_{0};
    std::shared_ptr<Loaded> loaded_;
};

}  // namespace bf::server

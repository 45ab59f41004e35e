// One sweep of a running server: what was asked, the rows it has, its two files. Lives on threads that run only while trading leaves the
// processor; its lock is never taken by the engine's own thread, which therefore waits for none of them.
//
// ID.json holds what was asked with everything that could change looked up: the settings, the exchange's steps, the period. ID.rows holds the
// rows as they come (server/sweep_file.hpp). So a sweep goes on after a stop, a restart or a kill, and is the same sweep.
#pragma once
#include "server/sweep_file.hpp"
#include "server/backtest_asked.hpp"

#include <atomic>
#include <mutex>

namespace bf::server {

class SweepJob {
public:
    enum class State : std::uint8_t { waiting, running, stopped, done, failed };
    /// Many rows of many pieces would be more than a server should hold.
    static constexpr std::size_t kFiguresMax = 2'000'000;

    /// `candles`: the folder of the sets.
    SweepJob(std::string folder, std::string candles, std::string name, Instant begun)
        : id{std::move(name)}, at{begun}, folder_{std::move(folder)}, candles_folder_{std::move(candles)} {}
    /// One that an earlier start left; nothing when its file can't be read.
    static std::shared_ptr<SweepJob> restore(const std::string& folder, const std::string& candles, const std::string& id);

    const std::string id;
    const Instant at;
    std::atomic<bool> stop{false};
    std::atomic<bool> leaving{false};  ///< The program ends: what stops now goes on with the next start.
    /// It ran or waited when the program ended.
    [[nodiscard]] bool was_interrupted() const { return interrupted_; }

    // Each locks. A reply tells what is wrong; none: it went well.
    /// Reads what was asked for, counts the variants, keeps it on the disk.
    std::optional<ApiReply> begin(BacktestAsked asked, const std::string& body);
    enum class By : std::uint8_t { person, start };
    /// Waits for its turn once more. A start goes on by itself only with one that got further since the last: what ends the program each time
    /// must not be begun each time.
    std::optional<ApiReply> resume(By by);
    void stop_waiting();
    /// To its end, or until `stop`.
    void run(unsigned threads);
    void forget();
    /// Drops what can be read again.
    void unload();
    [[nodiscard]] ApiReply head(int status, exchange::Language language);
    [[nodiscard]] ApiReply whole(exchange::Language language);
    [[nodiscard]] ApiReply rows(const std::string& query);
    [[nodiscard]] ApiReply map(const std::string& query);
    /// What a back-test of that variant is asked with.
    [[nodiscard]] ApiReply variant(std::size_t number);
    void write_head(wire::JsonWriter& out, exchange::Language language);

    struct Count {
        backtest::Variants variants;
        BacktestGround ground;
    };
    /// How many it would be; fails with what is wrong.
    static Result<Count, ApiReply> count(const BacktestAsked& asked, const std::string& body);

private:
    using Lock = std::lock_guard<std::mutex>;
    // All with the lock held.
    void write_members(wire::JsonWriter& out, exchange::Language language) const;
    void load();
    /// False when the disk takes nothing.
    bool save() const;
    void settle(State state, std::string problem = {});
    void add(backtest::SweepRow&& row);
    void take_rows(std::vector<backtest::SweepRow>&& rows);
    void rank();
    [[nodiscard]] std::optional<std::size_t> range_of(std::string_view path) const;
    void write_walk(wire::JsonWriter& out) const;
    void write_spread(wire::JsonWriter& out) const;
    [[nodiscard]] backtest::SweepGround sweep_ground(const backtest::CandleIndex& index) const {
        return {ground_->candles, index, ground_->first, ground_->last, ground_->plan, ground_->signals, !asked_.signals.empty()};
    }
    [[nodiscard]] std::string path(const char* kind) const { return folder_ + "/" + id + kind; }

    const std::string folder_, candles_folder_;
    std::mutex mutex_;
    State state_{State::waiting};
    std::string problem_;
    std::string told_once_;  ///< Members of the head that never change, as JSON.
    bool forgotten_{false}, loaded_{false}, ranked_{false};
    bool interrupted_{false};  ///< Set by restore, before anybody else knows the job.
    std::optional<std::size_t> went_on_{};  ///< How many rows it had when a start went on with it.
    BacktestAsked asked_;
    std::optional<backtest::Variants> variants_;
    std::optional<BacktestGround> ground_;  ///< Absent while its candles can't be read.
    std::vector<backtest::SweepRow> rows_;  ///< As they came, or ranked.
    std::size_t tried_{0}, out_of_range_{0};
    std::optional<Decimal> best_;
};

}  // namespace bf::server

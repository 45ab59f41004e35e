// Candles in a running server: uploads on their way to the disk, imports and the example in processes of their own, and downloads from the
// connections' exchanges, paced by the market feeds that trading uses and last in their line.
//
// What a download has got stands in a part file as CSV, line by line, and is added to the set when the download ends or is stopped. A
// server that was killed meanwhile finds the part at its next start and adds it then.
#pragma once
#include "app/funding_fetch.hpp"
#include "app/worker.hpp"
#include "connection/book.hpp"
#include "engine/market_feed.hpp"
#include "server/candle_api.hpp"

#include <map>

namespace bf::app {

class CandleDesk final : public server::CandleDesk {
public:
    struct Setup {
        net::Loop& loop;
        Nursery& nursery;
        connection::Book& book;
        std::string data;
        std::function<engine::MarketFeed&(const connection::Record&)> feed_of;
        connection::Book::IsRepointed is_repointed;
        /// Tells every listening page.
        std::function<void(const std::function<void(wire::JsonWriter&)>&)> tell;
        std::function<void(const std::string& sentence)> complain;
        FundingFetch::Setup funding;
        bool demo{false};  ///< Makes the example candles when there are none.
    };
    static Result<std::unique_ptr<CandleDesk>> open(Setup setup);
    ~CandleDesk() override;

    [[nodiscard]] server::CandleApi& api() { return api_; }
    [[nodiscard]] backtest::CandleShelf& shelf() override { return shelf_; }

    Result<Upload> begin_upload(const std::string& name, std::uint64_t bytes) override;
    [[nodiscard]] std::optional<Upload> find_upload(const std::string& id) const override;
    Result<Upload> add_to_upload(const std::string& id, std::uint64_t offset, std::span<const unsigned char> bytes) override;
    Status drop_upload(const std::string& id) override;
    Result<std::string> import(ImportWish wish) override;
    Result<std::string> make_example() override;
    [[nodiscard]] const Import* find_import(const std::string& id) const override;
    Result<std::string> download(DownloadWish wish) override;
    Status stop_download(const std::string& id) override;
    [[nodiscard]] std::vector<const Download*> downloads() const override;

private:
    struct Kept {
        Upload upload;
        std::string folder, path;
        int fd{-1};
        std::chrono::microseconds touched{0};
        bool importing{false};
    };
    struct Job;

    explicit CandleDesk(Setup setup);
    Status prepare();
    void take_over_parts();
    void sweep_uploads();
    void drop(Kept& kept);
    std::string begin_import(std::vector<std::string> arguments, std::vector<std::string> uploads);

    void start(Job& job);
    void step(const std::string& id);
    void again(Job& job, milliseconds delay);
    void take(Job& job, const backtest::CandleDownload::Ask& ask, const std::vector<market::Candle>* list, Instant asked_at);
    void fetch_funding(Job& job);
    void show_funding(Job& job);
    void finish(Job& job, Download::State state);
    void end(Job& job, Download::State state);
    void tell(Job& job, bool at_once);
    [[nodiscard]] std::string part_path(const std::string& set) const;
    [[nodiscard]] std::string source_of(const std::string& exchange) const;
    void add_part(const backtest::CandleKey& key, const std::string& source, const std::vector<backtest::Span>& asked, Worker::Done done);

    Setup setup_;
    backtest::CandleShelf shelf_;
    server::CandleApi api_{*this};
    Worker worker_;
    std::uint64_t last_id_{0};
    std::map<std::string, Kept> uploads_;
    std::map<std::string, Import> imports_;
    std::map<std::string, std::unique_ptr<Job>> jobs_;
    std::vector<std::string> order_;  ///< Of downloads, oldest first.
    std::optional<ports::Timers::Id> sweep_timer_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app

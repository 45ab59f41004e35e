// Candles in a running server, in one hand: uploads on their way to the disk, imports and the example in processes of their own, downloads.
#pragma once
#include "app/candle_downloads.hpp"
#include "app/candle_uploads.hpp"

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
        std::function<void(const std::function<void(wire::JsonWriter&, exchange::Language)>&)> tell;
        std::function<void(const std::string& sentence)> complain;
        FundingFetch::Setup funding;
        bool demo{false};  ///< Makes the example candles when there are none.
    };
    static Result<std::unique_ptr<CandleDesk>> open(Setup setup);

    [[nodiscard]] server::CandleApi& api() { return api_; }
    [[nodiscard]] backtest::CandleShelf& shelf() override { return shelf_; }

    Result<Upload> begin_upload(const std::string& name, std::uint64_t bytes) override { return uploads_.begin(name, bytes); }
    [[nodiscard]] std::optional<Upload> find_upload(const std::string& id) const override { return uploads_.find(id); }
    Result<Upload> add_to_upload(const std::string& id, std::uint64_t offset, std::span<const unsigned char> bytes) override { return uploads_.add(id, offset, bytes); }
    Status drop_upload(const std::string& id) override { return uploads_.drop(id); }
    Result<std::string> import(ImportWish wish) override;
    Result<std::string> make_example() override;
    [[nodiscard]] const Import* find_import(const std::string& id) const override;
    Result<std::string> download(DownloadWish wish) override { return downloads_.begin(std::move(wish)); }
    Status stop_download(const std::string& id) override { return downloads_.stop(id); }
    [[nodiscard]] std::vector<const Download*> downloads() const override { return downloads_.all(); }

private:
    explicit CandleDesk(Setup setup);
    Status prepare();
    std::string begin_import(std::vector<std::string> arguments, std::vector<std::string> uploads);
    [[nodiscard]] std::string source_of(const std::string& exchange) const;

    Setup setup_;
    backtest::CandleShelf shelf_;
    server::CandleApi api_{*this};
    Worker worker_;
    CandleUploads uploads_;
    CandleParts parts_;
    CandleDownloads downloads_;
    std::uint64_t last_id_{0};
    std::map<std::string, Import> imports_;
};

}  // namespace bf::app

// Sets of candles over REST, on the engine's side: what is there, uploads in pieces, imports and downloads that go on by themselves. As
// api.hpp: a request in, a reply out; whoever asks was let in before. docs/reference/rest.md has the shapes.
#pragma once
#include "backtest/candle_download.hpp"
#include "backtest/candle_shelf.hpp"
#include "server/api.hpp"

namespace bf::server {

/// The work itself, done elsewhere. Ids are the desk's own.
class CandleDesk {
public:
    struct Upload {
        std::string id, name;
        std::uint64_t bytes{0}, received{0};
    };
    struct ImportWish {
        std::vector<std::string> uploads;  ///< Whole ones.
        backtest::CandleKey key;           ///< The interval is zero where the files say it.
        bool replace{false};
    };
    struct Import {
        enum class State : std::uint8_t { running, done, failed };
        std::string id;
        State state{State::running};
        std::string result{};   ///< Of one that is done: {"set","added","files"}.
        std::string problem{};  ///< Of one that failed: a sentence with file and line.
    };
    struct DownloadWish {
        std::string connection;  ///< Its id.
        market::Symbol pair;
        market::Interval interval{market::Interval::m1};
        Instant from;
        std::optional<Instant> to{};
    };
    struct Download {
        enum class State : std::uint8_t { running, saving, done, stopped, failed };
        std::string id, connection;
        backtest::CandleKey key;
        std::int64_t from{0};
        std::optional<std::int64_t> to{};
        State state{State::running};
        backtest::CandleDownload::Progress progress{};
        std::string problem{};
        Instant started_at;
        std::optional<Instant> ended_at{};
        std::optional<std::uint64_t> added{};  ///< Candles the set had not.
        /// The settled funding rates of the pair, fetched after the candles; nothing before that, and on spot.
        struct Funding {
            std::uint64_t settlements{0}, received{0};
            std::optional<std::int64_t> first{}, last{};  ///< What there is.
            std::string problem{};                        ///< Why not all of it came.
        };
        std::optional<Funding> funding{};
    };

    virtual ~CandleDesk() = default;
    [[nodiscard]] virtual backtest::CandleShelf& shelf() = 0;

    virtual Result<Upload> begin_upload(const std::string& name, std::uint64_t bytes) = 0;
    [[nodiscard]] virtual std::optional<Upload> find_upload(const std::string& id) const = 0;
    /// In order: `offset` is what was received before.
    virtual Result<Upload> add_to_upload(const std::string& id, std::uint64_t offset, std::span<const unsigned char> bytes) = 0;
    virtual Status drop_upload(const std::string& id) = 0;
    /// The uploads are gone when it has ended.
    virtual Result<std::string> import(ImportWish wish) = 0;
    virtual Result<std::string> make_example() = 0;
    [[nodiscard]] virtual const Import* find_import(const std::string& id) const = 0;

    virtual Result<std::string> download(DownloadWish wish) = 0;
    /// What came is kept. Stopping one that has ended is fine.
    virtual Status stop_download(const std::string& id) = 0;
    [[nodiscard]] virtual std::vector<const Download*> downloads() const = 0;  ///< Newest first.
};

class CandleApi {
public:
    static constexpr std::uint64_t kUploadMax = std::uint64_t{512} << 20;
    static constexpr std::size_t kPieceMax = 512 * 1024;

    explicit CandleApi(CandleDesk& desk) : desk_{desk} {}
    /// Whether paths that begin so are ours.
    static bool serves(std::string_view first_part);
    /// `parts` of the path behind /api/v1/, one to three.
    [[nodiscard]] ApiReply handle(const std::vector<std::string_view>& parts, const ApiRequest& request);

private:
    ApiReply sets(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply uploads(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply imports(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply downloads(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply begin_download(const ApiRequest& request);

    CandleDesk& desk_;
};

void write_download(wire::JsonWriter& out, const CandleDesk::Download& download, exchange::Language language);
void write_import(wire::JsonWriter& out, const CandleDesk::Import& import, exchange::Language language);

}  // namespace bf::server

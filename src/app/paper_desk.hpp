// Paper trading, put together for a running server: the paper exchanges, their journal on disk, the twins' private streams, and the ways by
// which signing and sending part: to the paper exchanges for twins, to the signer and the network for all others.
#pragma once
#include "app/journal_file.hpp"
#include "app/paper_past.hpp"
#include "connection/keeper.hpp"
#include "connection/record.hpp"
#include "paper/exchanges.hpp"

namespace bf::app {

class PaperDesk {
public:
    struct Setup {
        net::Loop& loop;
        connection::World world;  ///< The real one.
        std::string journal_folder;
        // Of the real market, as PaperMarket wants them.
        std::function<std::optional<connection::Adapter>(exchange::ExchangeId)> adapter_of;
        std::function<connection::Pace*(exchange::ExchangeId)> pace_of;
        std::function<const market::Instrument*(const paper::Venue&, const market::Symbol&)> instrument;
        std::function<const exchange::Instruments*(const paper::Venue&)> instruments;
        std::function<ports::Family(exchange::ExchangeId)> family_of;
        // As PaperPast and Exchanges want them.
        std::function<void(const paper::Venue&, const market::Symbol&, market::Interval, Instant since, int limit, PaperPast::CandlesDone)> candles;
        std::function<void(const std::string& twin)> paid_late;
        std::function<void(const paper::Unpaid&)> unpaid;
    };
    /// Opens the journal if there is one; else the first account makes it.
    static Result<std::unique_ptr<PaperDesk>> open(Setup setup);

    /// For whoever signs and sends for real connections and twins alike.
    [[nodiscard]] connection::World world() { return {setup_.loop, setup_.loop, transport_, signer_}; }
    [[nodiscard]] paper::Exchanges& exchanges() { return exchanges_; }
    /// Makes the twin if there is none, with the money that a first trial needs.
    Status open_twin(const connection::Record& record);
    /// The twin's private stream, for as long as it is not closed. `tap` outlives it.
    void open_stream(const paper::Account& account, const connection::Adapter& adapter, connection::StreamTap& tap);
    void close_twin(const std::string& twin);
    void close_streams() { streams_.clear(); }
    /// Null while nothing is traded on paper.
    [[nodiscard]] const JournalFile* journal() const { return journal_.get(); }

private:
    explicit PaperDesk(Setup setup);
    Status open_journal();

    Setup setup_;
    paper::Exchanges exchanges_;
    PaperMarket market_;
    PaperPast past_;
    paper::SplitTransport transport_;
    paper::SplitSigner signer_;
    std::unique_ptr<JournalFile> journal_;
    std::map<std::string, std::unique_ptr<connection::StreamKeeper>> streams_;  ///< By twin.
};

}  // namespace bf::app

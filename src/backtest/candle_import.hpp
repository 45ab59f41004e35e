// From somebody's files to candles: what a file is, is seen from its bytes and said back; whatever is wrong is one sentence with the file
// and the line. Several files become one set, in whatever order they come.
#pragma once
#include "backtest/candle_csv.hpp"
#include "backtest/candle_file.hpp"

#include <vector>

namespace bf::backtest {

struct ImportLimits {
    /// Of one file of candles, unpacked. A month of one-second candles as Binance dumps them has 400 MB.
    std::size_t file_bytes_max{std::size_t{2} << 30};
    /// Of one file of trades, unpacked; they are never in memory at once. A month of the busiest pair has 20 GB.
    std::size_t trade_bytes_max{std::size_t{64} << 30};
};

/// What became of one file.
struct ImportNote {
    std::string file;
    std::string format;  ///< "Binance klines, CSV in a zip, times in microseconds"
    std::uint64_t candles{0};
    std::int64_t first{0}, last{0};
    std::uint64_t volumes_cut{0};
    std::uint64_t trades{0};  ///< That its candles were folded from; 0 where it holds candles.
};

struct ReadFile {
    CandleColumns columns;
    ImportNote note;
    /// Of trades: where a missing candle is an empty one, and their first and last numbers.
    std::vector<Span> whole{};
    std::optional<std::int64_t> first_trade{}, last_trade{};
};
/// What trades are folded to where nothing else is said.
inline constexpr milliseconds kTradesTo{1'000};

/// At least 64 zero bytes stand behind `bytes`; `name` as the user calls the file. Trades are folded to candles (trade_records.hpp).
Result<ReadFile> read_candle_file(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval = {}, const ImportLimits& limits = {});

struct Imported {
    CandleColumns columns;
    std::vector<ImportNote> notes;
    std::string source;  ///< "BTCUSDT-1m-2024-01.zip and 11 more", "BTCUSDT-trades-2024-01-01.zip, folded from trades"
    std::vector<Span> whole{};  ///< Trades are here without a hole: a candle that is missing in them is empty.
};
/// Reads them from the disk, one in memory at a time.
Result<Imported> import_candle_files(const std::vector<std::string>& paths, std::optional<milliseconds> interval = {}, const ImportLimits& limits = {});

/// As the contract has it, header and all: what `export` writes. `sink` gets pieces of some 64 kB.
template <class Sink>
Status write_candle_csv(const Candles& candles, Sink&& sink);

/// One line of it, with its end.
void append_candle_line(std::string& to, const Candles& candles, std::size_t i);

template <class Sink>
Status write_candle_csv(const Candles& candles, Sink&& sink) {
    std::string piece{"open_time_ms,open,high,low,close,volume\n"};
    for (std::size_t i = 0; i < candles.size(); ++i) {
        append_candle_line(piece, candles, i);
        if (piece.size() < 65'536) continue;
        BF_TRY_VOID(sink(piece));
        piece.clear();
    }
    return piece.empty() ? Status{} : sink(piece);
}

}  // namespace bf::backtest

// Trades as they come out of a file, whatever its form: the rules that each is held to, and candles of them.
//
// The fold is exact: a candle's open is its first trade, its close the last one, its volume the sum of all. A second in which nobody traded has no
// candle; where the trades are numbered without a hole it is known to be empty, and said so. A file that begins or ends within a candle gives that one
// of the trades it has.
//
// Trades stand oldest first. Numbered ones may stand out of order by some seconds (trade_fold.hpp), as where a file follows the numbers and the clocks
// behind them differ: github.com/ccxt/ccxt/issues/8329 has one of 932 ms. And a file may be made of several parts whose rows take turns from its
// beginning on, as Binance's monthly dumps of futures of 2020 and 2023 are: a row of the month's first days, one of its last days, and so on, each part
// in its order. github.com/binance/binance-public-data, issues 12, 288, 293 and 339 (read 2026-11-29). A row belongs to the part that its time and
// its number follow; one that follows none goes backwards, and is refused.
#pragma once
#include "backtest/candle_fields.hpp"
#include "backtest/candle_file.hpp"
#include "backtest/trade_fold.hpp"
#include "backtest/trade_numbers.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::backtest {

struct ReadTrades {
    CandleColumns columns;
    std::string format;  ///< "Binance aggregate trades, CSV without a header, times in milliseconds, 1000 trades folded to candles of 1s"
    std::uint64_t trades{0}, volumes_cut{0};
    /// From the first trade to the last of numbers that follow each other: a candle that is missing in between is empty.
    std::vector<Span> whole;
    /// Numbers of the first and the last trade; nothing where trades have none.
    std::optional<std::int64_t> first_id, last_id;
};

/// What a column of CSV or a member of a JSON object says of a trade.
enum class TradeField : std::uint8_t {
    other,
    id,
    time,
    price,
    quantity,
    base_quantity,  ///< Where a dump counts contracts, too, this is what was traded.
};
/// By the name that Binance, ccxt or our own files give it, in lower case.
TradeField trade_field(std::string_view name);

class TradeRecords {
public:
    /// As written, without quotes around them; `id` is empty where there is none.
    struct Fields {
        std::string_view id, time, price, quantity;
    };

    explicit TradeRecords(milliseconds interval) : interval_{interval} {}

    /// `place`: its line or count in the file. Why the file is refused; nothing when the trade was taken. Refuses time going backwards, a trade that is
    /// there twice, a price or quantity that is none, units that change.
    std::optional<TradeRefusal> take(const Fields& fields, std::uint64_t place);
    /// The last candles, too.
    std::optional<TradeRefusal> finish();

    [[nodiscard]] std::uint64_t trades() const { return out_.trades; }
    /// `form`: "Binance trades, CSV with a header". After finish().
    ReadTrades result(const std::string& form) &&;

private:
    /// Trades in order of time, but for some seconds: all of the file, or one of the parts whose rows take turns.
    struct Part {
        Part(milliseconds interval, TradeFold::Head head) : fold{interval, head} {}

        TradeFold fold;
        TradeNumbers numbers{TradeFold::kReachUs};
        std::optional<std::int64_t> first_id{}, last_id{};
        std::int64_t begun_us{0};
        Span span{};  ///< Of the numbers that follow each other now.
    };

    Part* part_of(std::int64_t at_us, std::optional<std::int64_t> id);
    Part& begin_part();
    void end_span(Part& part);
    [[nodiscard]] std::string order_text() const;

    milliseconds interval_;
    TimeUnit unit_{TimeUnit::milliseconds};
    bool numbered_{true};                       ///< Each trade so far.
    bool turns_{false};                         ///< Parts did take turns.
    std::int64_t disorder_us_{0};               ///< The furthest step back within a part.
    std::vector<std::unique_ptr<Part>> parts_;  ///< In order of time.
    ReadTrades out_;
};

}  // namespace bf::backtest

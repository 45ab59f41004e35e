// Trades as they come out of a file, whatever its form: the rules that each is held to, and candles of them.
//
// The fold is exact: a candle's open is its first trade, its close the last one, its volume the sum of all. A second in which nobody traded has no
// candle; where the trades are numbered without a hole it is known to be empty, and said so. A file that begins or ends within a candle gives that one
// of the trades it has.
#pragma once
#include "backtest/candle_fields.hpp"
#include "backtest/candle_file.hpp"
#include "backtest/trade_fold.hpp"

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

    explicit TradeRecords(milliseconds interval) : fold_{interval}, interval_{interval} {}

    /// Why it is refused, as the rest of a sentence; nothing when it was taken. Refuses time going backwards, a trade that is there twice, a price or
    /// quantity that is none, units that change.
    std::optional<std::string> take(const Fields& fields);
    /// The last candle, too.
    std::optional<std::string> finish() { return fold_.finish(); }

    [[nodiscard]] std::uint64_t trades() const { return out_.trades; }
    /// `form`: "Binance trades, CSV with a header". After finish().
    ReadTrades result(const std::string& form) &&;

private:
    void end_span();

    TradeFold fold_;
    milliseconds interval_;
    TimeUnit unit_{TimeUnit::milliseconds};
    std::int64_t last_time_{0};
    Span span_{};
    ReadTrades out_;
};

}  // namespace bf::backtest

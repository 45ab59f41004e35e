// Candles made of trades, which stand in order of time but for a few seconds.
//
// Files that follow the trades' numbers step back in time here and there. So the last seconds' candles stay open, and what is first and last in each is
// said by (time, number), not by the row: the candles are those of the sorted trades, exactly. Only open candles are kept, no trades, so memory is
// bounded whatever happens in a second.
#pragma once
#include "backtest/candle_builder.hpp"

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace bf::backtest {

/// So much older than the newest one before it may a trade be.
inline constexpr milliseconds kTradeDisorder{10'000};

/// Where a trade stands among all others.
struct TradeOrder {
    std::int64_t at_us{0};
    std::int64_t number{0};
    auto operator<=>(const TradeOrder&) const = default;
};

struct WrittenTrade {
    TradeOrder order;
    WrittenNumber price, quantity;
    std::uint64_t place{0};  ///< Its line or count in the file.
};

/// The rest of a sentence, and which trade of the file it is about: a candle is looked at whole when the trades behind it have been read.
struct TradeRefusal {
    std::string what;
    std::uint64_t place{0};
};

class TradeFold {
public:
    enum class Head : std::uint8_t {
        closes,      ///< Nothing comes in front of it.
        stays_open,  ///< Its first seconds' candles may be shared with what `append` puts it behind.
    };
    TradeFold(milliseconds interval, Head head) : builder_{interval}, interval_{interval.count()}, head_stays_open_{head == Head::stays_open} {}

    /// Whether a trade of that moment may still come.
    [[nodiscard]] bool reaches(std::int64_t at_us) const { return open_.empty() || at_us >= newest_us_ - kReachUs; }
    [[nodiscard]] bool empty() const { return open_.empty(); }
    [[nodiscard]] std::int64_t newest_us() const { return newest_us_; }

    /// One that it reaches.
    std::optional<TradeRefusal> add(const WrittenTrade& trade);
    /// What begins where this ends, or shares a few seconds with its end.
    std::optional<TradeRefusal> append(TradeFold&& later);
    /// The last candles, too.
    std::optional<TradeRefusal> finish() { return close_before(std::numeric_limits<std::int64_t>::max()); }

    [[nodiscard]] std::uint64_t volumes_cut() const { return builder_.volumes_cut() + volumes_cut_; }
    CandleColumns take() && { return std::move(builder_).finish(); }

    static constexpr std::int64_t kReachUs = std::chrono::microseconds{kTradeDisorder}.count();

private:
    /// A candle to which trades may still come.
    struct Open {
        std::int64_t open_time;
        TradeOrder first, last;
        int digits;  ///< Of its prices, which are mantissas.
        std::uint64_t open, high, low, close;
        int volume_digits;
        unsigned __int128 volume;
        std::uint64_t place;
    };
    /// What most trades are: the newest of the newest candle, with the decimals of those before it. False, and nothing is changed, for others.
    bool add_shortly(const WrittenTrade& trade);
    static std::optional<std::string> join(Open& into, Open other);
    std::optional<TradeRefusal> put(const Open& candle);
    std::optional<TradeRefusal> close_before(std::int64_t us);
    std::optional<TradeRefusal> close(const Open& candle);

    CandleBuilder builder_;
    std::int64_t interval_;
    bool head_stays_open_;
    std::int64_t head_until_{0};
    std::int64_t newest_us_{0};
    std::vector<Open> head_;  ///< Until `append` has it.
    std::vector<Open> open_;  ///< In order of time, the newest last.
    std::uint64_t volumes_cut_{0};  ///< Before the builder saw them.
};

}  // namespace bf::backtest

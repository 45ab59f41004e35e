#include "backtest/candle_json.hpp"

#include "backtest/candle_words.hpp"

#include <vector>

namespace bf::backtest {
namespace {

constexpr std::size_t kSniffed = 1000;
constexpr std::size_t kTokenMax = 64;
constexpr std::size_t kElementsMax = 32;

/// Six fields of one row, as they stand there.
using Row = std::array<std::string_view, kCandleFields.size()>;

class Rows {
public:
    explicit Rows(std::string_view bytes) : bytes_{bytes} {}

    /// Into the list. A sentence's rest if there is none.
    std::optional<std::string> begin() {
        if (bytes_.starts_with("\xef\xbb\xbf")) at_ = 3;
        skip_blanks();
        if (!take('[')) return "it is no list of candles";
        return std::nullopt;
    }
    /// False at the end of the list.
    Result<bool, std::string> next(Row& row) {
        skip_blanks();
        if (take(']')) {
            skip_blanks();
            if (at_ != bytes_.size()) return Unexpected{std::string{"something stands behind the end of the list"}};
            return false;
        }
        if (number_ > 0) {
            if (!take(',')) return broken("between candles there is a comma");
            skip_blanks();
        }
        ++number_;
        if (!take('[')) return broken("a candle is a list: [time, open, high, low, close, volume]");
        for (std::size_t i = 0;; ++i) {
            if (i >= kElementsMax) return broken("it has too many fields");
            skip_blanks();
            BF_TRY(const auto field, token());
            if (i < row.size()) row[i] = field;
            skip_blanks();
            if (take(',')) continue;
            if (!take(']')) return broken("behind a field comes a comma or the end of the candle");
            if (i + 1 < row.size()) return Unexpected{"it has " + std::to_string(i + 1) + " fields; a candle has time, open, high, low, close and volume"};
            return true;
        }
    }
    [[nodiscard]] std::size_t number() const { return number_; }

private:
    void skip_blanks() {
        while (at_ < bytes_.size() && (bytes_[at_] == ' ' || bytes_[at_] == '\n' || bytes_[at_] == '\r' || bytes_[at_] == '\t')) ++at_;
    }
    bool take(char c) {
        if (at_ >= bytes_.size() || bytes_[at_] != c) return false;
        ++at_;
        return true;
    }
    Unexpected<std::string> broken(const std::string& what) const {
        if (at_ >= bytes_.size()) return Unexpected{std::string{"the file ends in the middle of it; it seems to be cut off"}};
        return Unexpected{what + ", not " + shown(bytes_.substr(at_, 1))};
    }
    Result<std::string_view, std::string> token() {
        const bool quoted = take('"');
        const auto from = at_;
        while (at_ < bytes_.size() && at_ - from <= kTokenMax && is_part(bytes_[at_])) ++at_;
        const auto field = bytes_.substr(from, at_ - from);
        if (at_ - from > kTokenMax) return Unexpected{"the field " + shown(field) + " is longer than any number"};
        if (quoted && !take('"')) return broken("a text holds a number and nothing else");
        if (field == "null") return Unexpected{std::string{"one of its fields is null: nothing is known of it"}};
        if (field.empty()) return broken("a field is a number");
        return field;
    }
    static bool is_part(char c) { return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

    std::string_view bytes_;
    std::size_t at_{0};
    std::size_t number_{0};
};

}  // namespace

Result<ReadCandles> read_candle_json(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval) {
    Rows rows{bytes};
    const auto refuse = [&](const std::string& what) { return bad_input(name + ", candle " + std::to_string(rows.number()) + ": " + what + "."); };
    if (const auto wrong = rows.begin()) return bad_input(name + ": " + *wrong + ".");
    ReadCandles read;
    read.format = CandleFormat::json_arrays;
    Row row;
    // The first rows say how long a candle is and what times are counted in.
    std::vector<std::int64_t> times;
    for (auto ahead = rows; times.size() < kSniffed;) {
        const auto more = ahead.next(row);
        if (!more || !*more) break;
        const auto time = read_time(row[0]);
        if (!time) break;
        if (times.empty()) read.unit = unit_of(*time).value_or(TimeUnit::milliseconds);
        // What is wrong with it is said where it is read.
        const auto ms = read_time_as(row[0], read.unit);
        if (!ms) break;
        times.push_back(*ms);
    }
    if (!interval) {
        interval = usual_step(times);
        if (interval && !is_known_interval(*interval))
            return bad_input(name + (interval->count() < 0 ? ": time goes backwards; candles stand oldest first."
                                                           : ": its candles are " + interval_text(*interval) + " apart; sets are kept of 1s, 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h and 1d."));
    }
    CandleBuilder builder{interval.value_or(milliseconds{60'000})};
    while (true) {
        const auto more = rows.next(row);
        if (!more) return refuse(more.error());
        if (!*more) break;
        WrittenCandle candle;
        const auto time = read_time_as(row[0], read.unit);
        if (!time) return refuse(time.error());
        candle.time = *time;
        WrittenNumber* const numbers[] = {&candle.open, &candle.high, &candle.low, &candle.close, &candle.volume};
        for (std::size_t i = 0; i < 5; ++i) {
            const auto number = read_number(row[i + 1], kCandleFields[i + 1]);
            if (!number) return refuse(number.error());
            *numbers[i] = *number;
        }
        if (auto refused = builder.add(candle)) return refuse(*refused);
    }
    if (builder.size() == 0) return bad_input(name + " holds no candles.");
    if (!interval) return bad_input(name + " holds one candle only, which doesn't say how long it is: say so with --interval.");
    read.volumes_cut = builder.volumes_cut();
    read.columns = std::move(builder).finish();
    return read;
}

}  // namespace bf::backtest

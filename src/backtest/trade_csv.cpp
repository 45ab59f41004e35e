#include "backtest/trade_csv.hpp"

#include "backtest/candle_words.hpp"
#include "backtest/trade_fold.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace bf::backtest {
namespace {

constexpr std::size_t kNone = 99, kColumnsMax = 32, kLineMax = 4096;

/// Where a line has what.
struct Shape {
    std::size_t columns{0}, id{kNone}, time{kNone}, price{kNone}, quantity{kNone};
    std::string what{"trades"};
    bool header{false};
};

using Fields = std::array<std::string_view, kColumnsMax>;

/// How many there are; kColumnsMax + 1 if more than anybody writes.
std::size_t fields_of(std::string_view line, Fields& into) {
    std::size_t count = 0;
    for (std::size_t from = 0;; ++count) {
        if (count == kColumnsMax) return kColumnsMax + 1;
        const auto comma = line.find(',', from);
        into[count] = line.substr(from, comma - from);
        if (comma == std::string_view::npos) return count + 1;
        from = comma + 1;
    }
}

bool is_flag(std::string_view field) {
    const auto word = to_lower(unquoted(field));
    return word == "true" || word == "false";
}
bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// By its names, if the line has those of trades.
std::optional<Shape> shape_of_header(const Fields& fields, std::size_t count) {
    Shape shape;
    shape.columns = count;
    shape.header = true;
    for (std::size_t i = 0; i < count; ++i) {
        const auto name = to_lower(unquoted(fields[i]));
        if (is_one_of(name, {"id", "trade_id", "agg_trade_id", "tradeid"})) shape.id = i;
        if (is_one_of(name, {"time_ms", "time", "timestamp", "transact_time"})) shape.time = i;
        if (name == "price") shape.price = i;
        // Of contracts counted in coin the dump has both, and what was traded is the second.
        if (name == "base_qty" || name == "baseqty" || (shape.quantity == kNone && is_one_of(name, {"quantity", "qty", "amount", "size"}))) shape.quantity = i;
        if (name == "agg_trade_id") shape.what = "Binance aggregate trades";
        if (name == "is_buyer_maker" && shape.what == "trades") shape.what = "Binance trades";
    }
    if (shape.time == kNone || shape.price == kNone || shape.quantity == kNone) return std::nullopt;
    return shape;
}

/// Dumps without a header are told by where their true and false stand, which no candle has.
std::optional<Shape> shape_of_dump(const Fields& fields, std::size_t count) {
    if (count < 6 || count > 8 || !is_flag(fields[count - 1])) return std::nullopt;
    const bool two = is_flag(fields[count - 2]);
    Shape shape{.columns = count, .id = 0, .price = 1, .quantity = 2};
    if ((count == 8 && two) || (count == 7 && !two)) {
        shape.time = 5;
        shape.what = "Binance aggregate trades";
    } else if ((count == 7 && two) || (count == 6 && !two)) {
        shape.time = 4;
        shape.what = "Binance trades";
    } else {
        return std::nullopt;
    }
    return shape;
}

/// The first line that holds anything, and what is behind it.
std::string_view first_line(std::string_view& rest, std::size_t& number) {
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, std::min(end, kLineMax));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!trim(line).empty()) return line;
    }
    return {};
}

std::optional<Shape> shape_of(std::string_view line) {
    Fields fields;
    const auto count = fields_of(line, fields);
    if (count > kColumnsMax) return std::nullopt;
    if (auto named = shape_of_header(fields, count)) return named;
    return shape_of_dump(fields, count);
}

/// Digits with at most one point among them: what dumps are made of. Anything else goes the long way.
bool plain_number(std::string_view field, WrittenNumber& into) {
    if (field.empty() || field.size() > 19) return false;
    std::uint64_t mantissa = 0;
    std::size_t point = field.size();
    for (std::size_t i = 0; i < field.size(); ++i) {
        const auto digit = static_cast<unsigned char>(field[i] - '0');
        if (digit <= 9)
            mantissa = mantissa * 10 + digit;
        else if (field[i] == '.' && point == field.size())
            point = i;
        else
            return false;
    }
    if (point == 0 || point + 1 == field.size() || mantissa >= CandleBuilder::kPowers[18]) return false;
    into = {mantissa, point == field.size() ? 0 : static_cast<int>(field.size() - point - 1)};
    return true;
}

Result<WrittenNumber, std::string> number_of(std::string_view field, std::string_view name) {
    WrittenNumber number;
    if (plain_number(field, number)) return number;
    return read_number(unquoted(field), name);
}

class TradeReader {
public:
    TradeReader(std::string_view bytes, const std::string& name, milliseconds interval) : rest_{bytes}, name_{name}, interval_{interval}, fold_{interval} {}

    Result<ReadTrades> read() {
        const auto whole = rest_;
        const auto shape = shape_of(first_line(rest_, line_));
        if (!shape) return refuse("it is no line of trades");
        shape_ = *shape;
        if (!shape_.header) {
            rest_ = whole;
            if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
            line_ = 0;
        }
        while (!rest_.empty()) BF_TRY_VOID(take_line());
        if (auto refused = fold_.finish()) return refuse(*refused);
        if (out_.trades == 0) return bad_input(name_ + " holds no trades.");
        end_span();
        out_.whole = united(std::move(out_.whole));
        out_.volumes_cut = fold_.volumes_cut();
        out_.columns = std::move(fold_).take();
        out_.format = shape_.what + ", CSV " + (shape_.header ? "with a header" : "without a header") + ", times in " + std::string{to_string(unit_)} + ", " + std::to_string(out_.trades) +
                      " trades folded to candles of " + interval_text(interval_);
        return std::move(out_);
    }

private:
    [[nodiscard]] Unexpected<Error> refuse(const std::string& what) const { return bad_input(name_ + ", line " + std::to_string(line_) + ": " + what + "."); }

    Status take_line() {
        const auto end = rest_.find('\n');
        auto line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        ++line_;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (trim(line).empty()) return {};
        if (line.size() > kLineMax) return refuse("it is longer than any line of trades");
        Fields fields;
        const auto count = fields_of(line, fields);
        if (count < shape_.columns) return refuse("it ends after " + std::to_string(count) + " of " + std::to_string(shape_.columns) + " fields; the file seems to be cut off");
        if (count > shape_.columns) return refuse("it has more fields than the " + std::to_string(shape_.columns) + " of the lines before it (a decimal comma makes two of one)");
        if (auto refused = take(fields)) return refuse(*refused);
        return {};
    }

    std::optional<std::string> take(const Fields& fields) {
        const auto written = read_time(unquoted(fields[shape_.time]));
        if (!written) return written.error();
        const auto unit = unit_of(*written);
        if (!unit) return "its time " + std::to_string(*written) + " is no Unix time in seconds, milliseconds or microseconds";
        if (out_.trades == 0) unit_ = *unit;
        if (*unit != unit_) return "the units are mixed: its time is in " + std::string{to_string(*unit)} + ", those before it are in " + std::string{to_string(unit_)};
        if (*written < last_time_) return "time goes backwards: this trade is older than the one before it; trades stand oldest first";
        const auto time = unit_ == TimeUnit::seconds ? *written * 1000 : unit_ == TimeUnit::microseconds ? *written / 1000 : *written;
        const auto price = number_of(fields[shape_.price], "price");
        if (!price) return price.error();
        const auto quantity = number_of(fields[shape_.quantity], "quantity");
        if (!quantity) return quantity.error();
        const auto id = shape_.id == kNone ? std::nullopt : parse_int(unquoted(fields[shape_.id]));
        if (id && id == out_.last_id) return "the trade " + std::to_string(*id) + " is there twice: the one before it has the same number";
        if (auto refused = fold_.add(time, *price, *quantity)) return refused;
        const bool follows = id && out_.last_id && *id - 1 == *out_.last_id;
        const auto candle = time - time % interval_.count();
        if (!follows) {
            end_span();
            span_ = {candle, candle};
        }
        if (id) span_.to = candle + interval_.count();
        if (out_.trades == 0) out_.first_id = id;
        out_.last_id = id;
        last_time_ = *written;
        ++out_.trades;
        return std::nullopt;
    }

    void end_span() {
        // One that is a candle long has no gap in it.
        if (span_.to - span_.from > interval_.count()) out_.whole.push_back(span_);
    }

    std::string_view rest_;
    const std::string& name_;
    milliseconds interval_;
    TradeFold fold_;
    Shape shape_;
    TimeUnit unit_{TimeUnit::milliseconds};
    std::size_t line_{0};
    std::int64_t last_time_{0};
    Span span_{};
    ReadTrades out_;
};

}  // namespace

bool looks_like_trades(std::string_view bytes) {
    std::size_t ignored = 0;
    return shape_of(first_line(bytes, ignored)).has_value();
}

Result<ReadTrades> read_trade_csv(std::string_view bytes, const std::string& name, milliseconds interval) { return TradeReader{bytes, name, interval}.read(); }

}  // namespace bf::backtest

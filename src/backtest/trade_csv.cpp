#include "backtest/trade_csv.hpp"

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

/// By its names, if the line has those of trades.
std::optional<Shape> shape_of_header(const Fields& fields, std::size_t count) {
    Shape shape;
    shape.columns = count;
    shape.header = true;
    for (std::size_t i = 0; i < count; ++i) {
        const auto name = to_lower(unquoted(fields[i]));
        const auto field = trade_field(name);
        if (field == TradeField::id) shape.id = i;
        if (field == TradeField::time) shape.time = i;
        if (field == TradeField::price) shape.price = i;
        if (field == TradeField::base_quantity || (field == TradeField::quantity && shape.quantity == kNone)) shape.quantity = i;
        if (name == "agg_trade_id") shape.what = "Binance aggregate trades";
        if (name == "is_buyer_maker" && shape.what == "trades") shape.what = "Binance trades";
    }
    if (shape.time == kNone || shape.price == kNone || shape.quantity == kNone) return std::nullopt;
    return shape;
}

/// `a` is `b` but for a hundredth: what a dump's rounding of small amounts makes.
bool about(const Decimal& a, const Decimal& b) { return abs(a - b) <= b * Decimal::from_parts(1, 2); }

/// Whether the fourth field of a dump of trades is the amount of coin in contracts of 10 or 100 (COIN-M) and not price times quantity. Without a header
/// both look alike but for what the numbers make.
bool counts_contracts(const Fields& fields) {
    const auto price = Decimal::parse(unquoted(fields[1])), quantity = Decimal::parse(unquoted(fields[2])), third = Decimal::parse(unquoted(fields[3]));
    static const Decimal kMost{1'000'000'000};
    for (const auto* one : {&price, &quantity, &third})
        if (!*one || **one <= 0 || **one > kMost || (*one)->scale() > 8) return false;
    const auto quote = *price * *quantity, worth = *price * *third;
    return !about(*third, quote) && (about(worth, *quantity * 10) || about(worth, *quantity * 100));
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
        if (count == 6 && counts_contracts(fields)) shape.quantity = 3;
    } else {
        return std::nullopt;
    }
    return shape;
}

/// The lines of a file that comes in pieces; one that two pieces share is put together.
class Lines {
public:
    explicit Lines(Pieces pieces) : pieces_{std::move(pieces)} {}

    /// Without its end; nothing at the end of the file. Of one that is too long only the beginning comes: it is refused.
    Result<std::optional<std::string_view>> next() {
        joined_.clear();
        while (true) {
            if (rest_.empty()) {
                BF_TRY(rest_, pieces_());
                if (rest_.empty()) {
                    if (joined_.empty()) return std::optional<std::string_view>{};
                    ++number_;
                    return std::optional{ended(joined_)};
                }
            }
            const auto end = rest_.find('\n');
            if (end != std::string_view::npos && joined_.empty()) {
                const auto line = rest_.substr(0, end);
                rest_.remove_prefix(end + 1);
                ++number_;
                return std::optional{ended(line)};
            }
            const auto part = rest_.substr(0, end);
            joined_.append(part.substr(0, kLineMax + 1));
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            if (end != std::string_view::npos || joined_.size() > kLineMax) {
                ++number_;
                return std::optional{ended(joined_)};
            }
        }
    }
    [[nodiscard]] std::size_t number() const { return number_; }

private:
    [[nodiscard]] std::string_view ended(std::string_view line) const {
        if (number_ == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }

    Pieces pieces_;
    std::string_view rest_;
    std::string joined_;
    std::size_t number_{0};
};

std::optional<Shape> shape_of(std::string_view line) {
    Fields fields;
    const auto count = fields_of(line, fields);
    if (count > kColumnsMax) return std::nullopt;
    if (auto named = shape_of_header(fields, count)) return named;
    return shape_of_dump(fields, count);
}

/// Mostly there is nothing around it.
std::string_view bare(std::string_view field) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !field.empty() && is_digit(field.front()) && is_digit(field.back()) ? field : unquoted(field);
}

class TradeReader {
public:
    TradeReader(Pieces pieces, const std::string& name, milliseconds interval) : lines_{std::move(pieces)}, name_{name}, records_{interval} {}

    Result<ReadTrades> read() {
        while (true) {
            BF_TRY(const auto line, lines_.next());
            if (!line) break;
            if (trim(*line).empty()) continue;
            if (line->size() > kLineMax) return refuse("it is longer than any line of trades");
            if (shape_.columns == 0) {
                const auto shape = shape_of(*line);
                if (!shape) return refuse("it is no line of trades");
                shape_ = *shape;
                if (shape_.header) continue;
            }
            BF_TRY_VOID(take(*line));
        }
        if (auto refused = records_.finish()) return refuse(refused->what, refused->place);
        if (records_.trades() == 0) return bad_input(name_ + " holds no trades.");
        return std::move(records_).result(shape_.what + ", CSV " + (shape_.header ? "with a header" : "without a header"));
    }

private:
    [[nodiscard]] Unexpected<Error> refuse(const std::string& what) const { return refuse(what, lines_.number()); }
    [[nodiscard]] Unexpected<Error> refuse(const std::string& what, std::uint64_t line) const { return bad_input(name_ + ", line " + std::to_string(line) + ": " + what + "."); }

    Status take(std::string_view line) {
        Fields fields;
        const auto count = fields_of(line, fields);
        if (count < shape_.columns) return refuse("it ends after " + std::to_string(count) + " of " + std::to_string(shape_.columns) + " fields; the file seems to be cut off");
        if (count > shape_.columns) return refuse("it has more fields than the " + std::to_string(shape_.columns) + " of the lines before it (a decimal comma makes two of one)");
        const auto id = shape_.id == kNone ? std::string_view{} : bare(fields[shape_.id]);
        if (auto refused = records_.take({id, bare(fields[shape_.time]), bare(fields[shape_.price]), bare(fields[shape_.quantity])}, lines_.number()))
            return refuse(refused->what, refused->place);
        return {};
    }

    Lines lines_;
    const std::string& name_;
    TradeRecords records_;
    Shape shape_;
};

}  // namespace

bool looks_like_trades(std::string_view bytes) {
    Lines lines{one_piece(bytes)};
    while (true) {
        const auto line = lines.next();
        if (!line || !*line) return false;
        if (!trim(**line).empty()) return shape_of((**line).substr(0, kLineMax)).has_value();
    }
}

Result<ReadTrades> read_trade_csv(Pieces pieces, const std::string& name, milliseconds interval) { return TradeReader{std::move(pieces), name, interval}.read(); }

}  // namespace bf::backtest

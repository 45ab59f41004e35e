#include "backtest/trade_records.hpp"

#include "backtest/candle_words.hpp"
#include "base/text.hpp"

namespace bf::backtest {
namespace {

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
    return read_number(field, name);
}

}  // namespace

TradeField trade_field(std::string_view name) {
    static constexpr std::pair<std::string_view, TradeField> kNames[] = {
        {"id", TradeField::id},           {"trade_id", TradeField::id},        {"agg_trade_id", TradeField::id},   {"tradeid", TradeField::id},
        {"time_ms", TradeField::time},    {"time", TradeField::time},          {"timestamp", TradeField::time},    {"transact_time", TradeField::time},
        {"price", TradeField::price},     {"quantity", TradeField::quantity},  {"qty", TradeField::quantity},      {"amount", TradeField::quantity},
        {"size", TradeField::quantity},   {"base_qty", TradeField::base_quantity}, {"baseqty", TradeField::base_quantity}};
    for (const auto& [known, field] : kNames)
        if (name == known) return field;
    return TradeField::other;
}

std::optional<std::string> TradeRecords::take(const Fields& fields) {
    const auto written = read_time(fields.time);
    if (!written) return written.error();
    const auto unit = unit_of(*written);
    if (!unit) return "its time " + std::to_string(*written) + " is no Unix time in seconds, milliseconds or microseconds";
    if (out_.trades == 0) unit_ = *unit;
    if (*unit != unit_) return "the units are mixed: its time is in " + std::string{to_string(*unit)} + ", those before it are in " + std::string{to_string(unit_)};
    if (*written < last_time_) return "time goes backwards: this trade is older than the one before it; trades stand oldest first";
    const auto time = unit_ == TimeUnit::seconds ? *written * 1000 : unit_ == TimeUnit::microseconds ? *written / 1000 : *written;
    const auto price = number_of(fields.price, "price");
    if (!price) return price.error();
    const auto quantity = number_of(fields.quantity, "quantity");
    if (!quantity) return quantity.error();
    const auto id = parse_int(fields.id);
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

void TradeRecords::end_span() {
    // One that is a candle long has no gap in it.
    if (span_.to - span_.from > interval_.count()) out_.whole.push_back(span_);
}

ReadTrades TradeRecords::result(const std::string& form) && {
    end_span();
    out_.whole = united(std::move(out_.whole));
    out_.volumes_cut = fold_.volumes_cut();
    out_.columns = std::move(fold_).take();
    out_.format = form + ", times in " + std::string{to_string(unit_)} + ", " + std::to_string(out_.trades) + " trades folded to candles of " + interval_text(interval_);
    return std::move(out_);
}

}  // namespace bf::backtest

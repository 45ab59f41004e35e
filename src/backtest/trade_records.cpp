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

TradeRecords::Part& TradeRecords::begin_part() {
    return *parts_.emplace_back(std::make_unique<Part>(interval_, parts_.empty() ? TradeFold::Head::closes : TradeFold::Head::stays_open));
}

/// Nothing for a trade that goes backwards.
TradeRecords::Part* TradeRecords::part_of(std::int64_t at_us, std::optional<std::int64_t> id) {
    // Parts that take turns do so from the beginning on; later a number that does not follow is a hole.
    static constexpr std::uint64_t kBeginning = 64;
    static constexpr std::size_t kPartsMax = 4;
    if (parts_.empty()) return &begin_part();
    auto& last = *parts_.back();
    // Without numbers nobody knows which of one moment's trades was first.
    if (!numbered_) return at_us >= last.fold.newest_us() ? &last : nullptr;
    const bool leaps = *id != *last.last_id + 1 && at_us > last.fold.newest_us() + TradeFold::kReachUs;
    if (leaps && out_.trades < kBeginning && parts_.size() < kPartsMax) return &begin_part();
    for (auto i = parts_.size(); i-- > 0;) {
        auto& part = *parts_[i];
        if (!part.fold.reaches(at_us) || (i > 0 && *id < *part.first_id)) continue;
        if (i + 1 == parts_.size()) return &part;
        const auto& next = *parts_[i + 1];
        turns_ = *id < *next.first_id && at_us <= next.begun_us + TradeFold::kReachUs;
        return turns_ ? &part : nullptr;
    }
    return nullptr;
}

std::optional<TradeRefusal> TradeRecords::take(const Fields& fields, std::uint64_t place) {
    const auto refuse = [place](std::string what) { return TradeRefusal{std::move(what), place}; };
    const auto written = read_time(fields.time);
    if (!written) return refuse(written.error());
    const auto unit = unit_of(*written);
    if (!unit) return refuse("its time " + std::to_string(*written) + " is no Unix time in seconds, milliseconds or microseconds");
    if (out_.trades == 0) unit_ = *unit;
    if (*unit != unit_) return refuse("the units are mixed: its time is in " + std::string{to_string(*unit)} + ", those before it are in " + std::string{to_string(unit_)});
    const auto at_us = *written * (unit_ == TimeUnit::seconds ? 1'000'000 : unit_ == TimeUnit::milliseconds ? 1'000 : 1);
    const auto id = parse_int(fields.id);
    numbered_ = numbered_ && id;
    auto* const part = part_of(at_us, id);
    if (part == nullptr && !numbered_) return refuse("time goes backwards: this trade is older than the one before it; trades stand oldest first");
    if (part == nullptr)
        return refuse("time goes backwards: this trade is older than one before it by more than the " + std::to_string(kTradeDisorder.count() / 1'000) +
                      " s that numbered trades may stand out of order; trades stand oldest first");
    const auto price = number_of(fields.price, "price");
    if (!price) return refuse(price.error());
    const auto quantity = number_of(fields.quantity, "quantity");
    if (!quantity) return refuse(quantity.error());
    if (id && id == part->last_id) return refuse("the trade " + std::to_string(*id) + " is there twice: the one before it has the same number");
    if (id && !part->numbers.add(*id, at_us)) return refuse("the trade " + std::to_string(*id) + " is there twice");
    if (part->fold.empty()) {
        part->begun_us = at_us;
        part->first_id = id;
    } else {
        disorder_us_ = std::max(disorder_us_, part->fold.newest_us() - at_us);
    }
    const auto number = numbered_ ? *id : static_cast<std::int64_t>(out_.trades);
    if (auto refused = part->fold.add({{at_us, number}, *price, *quantity, place})) return refused;
    const bool follows = id && part->last_id && *id - 1 == *part->last_id;
    const auto ms = at_us / 1'000, last_candle = part->span.to - interval_.count();
    if (!follows || ms < last_candle || ms >= part->span.to) {
        const auto candle = ms - ms % interval_.count();
        if (!follows) {
            end_span(*part);
            part->span = {candle, candle};
        }
        if (id) part->span.to = candle + interval_.count();
    }
    part->last_id = id;
    ++out_.trades;
    return std::nullopt;
}

void TradeRecords::end_span(Part& part) {
    // One that is a candle long has no gap in it.
    if (part.span.to - part.span.from > interval_.count()) out_.whole.push_back(part.span);
}

std::optional<TradeRefusal> TradeRecords::finish() {
    if (parts_.empty()) return std::nullopt;
    auto& all = *parts_.front();
    out_.first_id = all.first_id;
    out_.last_id = parts_.back()->last_id;
    end_span(all);
    for (std::size_t i = 1; i < parts_.size(); ++i) {
        auto &before = *parts_[i - 1], &part = *parts_[i];
        const bool follows = before.last_id && part.first_id && *before.last_id + 1 == *part.first_id;
        const auto last = before.fold.newest_us() / 1'000, first = part.begun_us / 1'000;
        if (follows) out_.whole.push_back({last - last % interval_.count(), first - first % interval_.count()});
        end_span(part);
        if (auto refused = all.fold.append(std::move(part.fold))) return refused;
    }
    return all.fold.finish();
}

std::string TradeRecords::order_text() const {
    std::string text;
    if (turns_) text += ", put together from parts whose rows take turns";
    if (disorder_us_ > 0) text += ", out of order by up to " + Decimal::from_parts(disorder_us_, 6).to_string() + " s";
    return text;
}

ReadTrades TradeRecords::result(const std::string& form) && {
    // Where trades step back in time, one that is missing behind the end of a span may be as far inside it.
    const auto interval = interval_.count(), unsure = (disorder_us_ / 1'000 + (disorder_us_ > 0 ? interval : 0)) / interval * interval;
    for (auto& span : out_.whole) span = {span.from + unsure, span.to - unsure};
    out_.whole = united(std::move(out_.whole));
    auto& fold = parts_.front()->fold;
    out_.volumes_cut = fold.volumes_cut();
    out_.columns = std::move(fold).take();
    out_.format = form + ", times in " + std::string{to_string(unit_)} + ", " + std::to_string(out_.trades) + " trades folded to candles of " + interval_text(interval_) + order_text();
    return std::move(out_);
}

}  // namespace bf::backtest

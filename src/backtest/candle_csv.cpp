#include "backtest/candle_csv.hpp"

#include "backtest/candle_builder.hpp"
#include "backtest/candle_fields.hpp"
#include "backtest/candle_words.hpp"
#include "base/text.hpp"

#include <array>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace bf::backtest {
namespace {

constexpr std::size_t kFields = kCandleFields.size();
constexpr std::size_t kSniffed = 1000;
constexpr std::size_t kLineMax = 4096;

// --- the short way

/// The value of 1 to 8 digits; eight bytes can be read at `at`.
inline std::uint64_t eight_digits(const char* at, std::size_t size) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word <<= 64 - 8 * size;  // The first digits come in the low bytes; what is before them becomes zero.
    word = (word & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8;
    word = (word & 0x00ff00ff00ff00ff) * 6553601 >> 16;
    return (word & 0x0000ffff0000ffff) * 42949672960001 >> 32;
}
/// Likewise of 0 to 16 digits.
inline std::uint64_t sixteen_digits(const char* at, std::size_t size) {
    if (size > 8) return eight_digits(at, size - 8) * 100'000'000 + eight_digits(at + size - 8, 8);
    return size == 0 ? 0 : eight_digits(at, size);
}

/// Bit i: byte i of the 64 from `at` is no digit.
inline std::uint64_t no_digits(const char* at) {
#if defined(__AVX2__)
    const auto half = [](const char* from) {
        const auto bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
        const auto value = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
        const auto digit = _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
        return ~static_cast<std::uint32_t>(_mm256_movemask_epi8(digit));
    };
    return half(at) | static_cast<std::uint64_t>(half(at + 32)) << 32U;
#else
    std::uint64_t mask = 0;
    for (unsigned i = 0; i < 64; ++i) mask |= static_cast<std::uint64_t>(at[i] < '0' || at[i] > '9') << i;
    return mask;
#endif
}

/// Goes from one byte that is no digit to the next.
class Stops {
public:
    explicit Stops(const char* at) : base_{at}, mask_{no_digits(at)} {}
    const char* next() {
        while (mask_ == 0) {
            base_ += 64;
            mask_ = no_digits(base_);
        }
        const auto* const at = base_ + std::countr_zero(mask_);
        mask_ &= mask_ - 1;
        return at;
    }

private:
    const char* base_;
    std::uint64_t mask_;
};

/// Digits with at most one point among them, up to `stop`. Gives back where they end; null when it is no such number.
inline const char* plain_number(Stops& stops, const char* from, WrittenNumber& number) {
    const char* end = stops.next();
    const auto whole = static_cast<std::size_t>(end - from);
    if (*end != '.') {
        number = {sixteen_digits(from, std::min<std::size_t>(whole, 16)), 0};
        return whole >= 1 && whole <= 16 ? end : nullptr;
    }
    const char* const fraction = end + 1;
    end = stops.next();
    const auto digits = static_cast<std::size_t>(end - fraction);
    if (whole < 1 || digits < 1 || whole + digits > 16) return nullptr;
    number = {sixteen_digits(from, whole) * CandleBuilder::kPowers[digits] + sixteen_digits(fraction, digits), static_cast<int>(digits)};
    return end;
}

struct Plan {
    std::size_t columns{kFields};
    TimeUnit unit{TimeUnit::milliseconds};
};

/// Where the line's six fields end, if they are plain; null if the long way has to look.
inline const char* plain_line(const char* line, const Plan& plan, WrittenCandle& candle) {
    Stops stops{line};
    const char* end = stops.next();
    const auto digits = static_cast<std::size_t>(end - line);
    if (*end != ',' || digits < 9 || digits > 16) return nullptr;
    const auto time = static_cast<std::int64_t>(sixteen_digits(line, digits));
    switch (plan.unit) {
        case TimeUnit::milliseconds:
            if (digits != 13) return nullptr;
            candle.time = time;
            break;
        case TimeUnit::microseconds:
            if (digits != 16 || time % 1000 != 0) return nullptr;
            candle.time = time / 1000;
            break;
        case TimeUnit::seconds:
            if (digits != 10) return nullptr;
            candle.time = time * 1000;
            break;
    }
    for (auto* price : {&candle.open, &candle.high, &candle.low, &candle.close}) {
        end = plain_number(stops, end + 1, *price);
        if (end == nullptr || *end != ',') return nullptr;
    }
    return plain_number(stops, end + 1, candle.volume);
}

// --- the long way

std::vector<std::string_view> fields_of(std::string_view line) {
    auto fields = split(line, ',');
    for (auto& field : fields) field = unquoted(field);
    return fields;
}

Result<WrittenCandle, std::string> long_line(std::string_view line, const Plan& plan) {
    const auto fields = fields_of(line);
    if (fields.size() < plan.columns)
        return Unexpected{"it ends after " + std::to_string(fields.size()) + " of " + std::to_string(plan.columns) + " fields; the file seems to be cut off"};
    if (fields.size() > plan.columns)
        return Unexpected{"it has " + std::to_string(fields.size()) + " fields where the lines before it have " + std::to_string(plan.columns) + " (a decimal comma makes two of one)"};
    WrittenCandle candle;
    BF_TRY(candle.time, read_time_as(fields[0], plan.unit));
    WrittenNumber* const numbers[] = {&candle.open, &candle.high, &candle.low, &candle.close, &candle.volume};
    for (std::size_t i = 0; i < 5; ++i) {
        BF_TRY(*numbers[i], read_number(fields[i + 1], kCandleFields[i + 1]));
    }
    return candle;
}

// --- the file

std::size_t line_number(std::string_view bytes, const char* at) { return static_cast<std::size_t>(std::count(bytes.data(), at, '\n')) + 1; }

bool has_letters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

bool is_time_name(std::string_view name) {
    for (const std::string_view known : {"open_time_ms", "open_time", "opentime", "open time", "time", "timestamp", "ts", "date", "unix"})
        if (name == known) return true;
    return false;
}

/// Takes the first line if it names the columns. A sentence when it names others than we read.
std::optional<std::string> check_header(std::string_view line) {
    const auto fields = fields_of(line);
    for (std::size_t i = 0; i < kFields; ++i) {
        const auto name = i < fields.size() ? to_lower(fields[i]) : std::string{};
        const bool right = i == 0 ? is_time_name(name) : name == kCandleFields[i] || (i == 5 && name == "vol");
        if (right) continue;
        return i < fields.size() ? "column " + std::to_string(i + 1) + " is called " + shown(fields[i]) + " where \"" + std::string{kCandleFields[i]} + "\" belongs; the columns are open_time_ms,open,high,low,close,volume"
                                 : "the header has " + std::to_string(fields.size()) + " columns; open_time_ms,open,high,low,close,volume are six";
    }
    return std::nullopt;
}

struct Lines {
    std::string_view rest;
    /// Without its end; nothing at the end of the file.
    std::optional<std::string_view> next() {
        if (rest.empty()) return std::nullopt;
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }
};

class CsvReader {
public:
    CsvReader(std::string_view bytes, const std::string& name) : bytes_{bytes}, name_{name} {}

    Result<ReadCandles> read(std::optional<milliseconds> interval) {
        BF_TRY_VOID(look(interval));
        CandleBuilder builder{interval_};
        // Lines get longer towards the end of a file more often than shorter.
        builder.reserve(std::min(kCandlesMax, body_.size() / std::max<std::size_t>(first_line_, 12) * 9 / 8 + 16));
        BF_TRY_VOID(take_lines(builder));
        if (builder.size() == 0) return bad_input(name_ + " holds no candles.");
        ReadCandles read;
        read.volumes_cut = builder.volumes_cut();
        read.columns = std::move(builder).finish();
        read.unit = plan_.unit;
        read.header = header_;
        read.format = plan_.columns == 12 ? CandleFormat::binance_csv : own_header_ && plan_.columns == kFields ? CandleFormat::own_csv : CandleFormat::plain_csv;
        return read;
    }

private:
    Unexpected<Error> refuse(const char* at, const std::string& what) const { return bad_input(name_ + ", line " + std::to_string(line_number(bytes_, at)) + ": " + what + "."); }

    /// What the first lines say of all: header, columns, unit, length of a candle.
    Status look(std::optional<milliseconds> interval) {
        body_ = bytes_;
        if (body_.starts_with("\xef\xbb\xbf")) body_.remove_prefix(3);
        Lines lines{body_};
        std::optional<std::string_view> line;
        do {
            body_ = lines.rest;
            line = lines.next();
        } while (line && trim(*line).empty());
        if (!line) return bad_input(name_ + " is empty.");
        if (line->size() > kLineMax) return refuse(line->data(), "it is longer than any line of candles");
        if (line->find(',') == std::string_view::npos) {
            if (line->find(';') != std::string_view::npos) return refuse(line->data(), "its fields stand between semicolons; candles stand between commas");
            if (line->find('\t') != std::string_view::npos) return refuse(line->data(), "its fields stand between tabs; candles stand between commas");
        }
        if (has_letters(fields_of(*line)[0]) && fields_of(*line)[0].find_first_of("-:") == std::string_view::npos) {
            if (const auto wrong = check_header(*line)) return refuse(line->data(), *wrong);
            header_ = true;
            own_header_ = *line == "open_time_ms,open,high,low,close,volume";
            body_ = lines.rest;
            do {
                line = lines.next();
            } while (line && trim(*line).empty());
            if (!line) return bad_input(name_ + " holds a header and no candles.");
        }
        first_line_ = line->size() + 1;
        const auto fields = fields_of(*line);
        plan_.columns = fields.size();
        if (plan_.columns < kFields) return refuse(line->data(), "it has " + std::to_string(plan_.columns) + " fields; a candle has open_time_ms,open,high,low,close,volume");
        const auto time = read_time(fields[0]);
        if (!time) return refuse(line->data(), time.error());
        const auto unit = unit_of(*time);
        if (!unit) return refuse(line->data(), "its time " + std::to_string(*time) + " is no Unix time in seconds, milliseconds or microseconds");
        plan_.unit = *unit;
        return find_interval(line, lines, interval);
    }

    Status find_interval(std::optional<std::string_view> line, Lines lines, std::optional<milliseconds> interval) {
        if (interval) {
            interval_ = *interval;
            return {};
        }
        std::vector<std::int64_t> times;
        for (; line && times.size() < kSniffed; line = lines.next()) {
            if (trim(*line).empty()) continue;
            const auto time = read_time_as(unquoted(line->substr(0, std::min(line->find(','), line->size()))), plan_.unit);
            // A line that is cut off says so where its fields are counted.
            if (!time && static_cast<std::size_t>(std::count(line->begin(), line->end(), ',')) + 1 < plan_.columns) break;
            if (!time) return refuse(line->data(), time.error());
            times.push_back(*time);
        }
        const auto step = usual_step(times);
        if (!step) return bad_input(name_ + " holds one candle only, which doesn't say how long it is: say so with --interval.");
        if (!is_known_interval(*step)) {
            if (step->count() < 0) return refuse(body_.data(), "time goes backwards: the newest candle stands first; candles stand oldest first");
            if (step->count() == 0) return refuse(body_.data(), "the same time stands there again and again");
            return refuse(body_.data(), "its candles are " + interval_text(*step) + " apart; sets are kept of 1s, 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h and 1d");
        }
        interval_ = *step;
        return {};
    }

    Status take_lines(CandleBuilder& builder) {
        const char* line = body_.data();
        const char* const end = line + body_.size();
        WrittenCandle candle;
        const char last_stop = plan_.columns > kFields ? ',' : '\n';
        while (line < end) {
            const char* stop = plain_line(line, plan_, candle);
            if (stop != nullptr && stop < end) {
                if (*stop == '\r' && last_stop == '\n') ++stop;
                if (*stop == last_stop && stop < end) {
                    const char* const next = last_stop == '\n' ? stop : static_cast<const char*>(std::memchr(stop, '\n', static_cast<std::size_t>(end - stop)));
                    if (next != nullptr) {
                        if (auto refused = builder.add(candle)) return refuse(line, *refused);
                        line = next + 1;
                        continue;
                    }
                }
            }
            BF_TRY_VOID(take_line_at_length(builder, line, end));
        }
        return {};
    }

    Status take_line_at_length(CandleBuilder& builder, const char*& line, const char* end) {
        Lines lines{{line, static_cast<std::size_t>(end - line)}};
        const auto text = *lines.next();
        const char* const next = lines.rest.empty() ? end : lines.rest.data();
        if (text.size() > kLineMax) return refuse(line, "it is longer than any line of candles");
        if (!trim(text).empty()) {
            const auto candle = long_line(text, plan_);
            if (!candle) return refuse(line, candle.error());
            if (auto refused = builder.add(*candle)) return refuse(line, *refused);
        }
        line = next;
        return {};
    }

    std::string_view bytes_;
    const std::string& name_;
    std::string_view body_;
    Plan plan_;
    milliseconds interval_{};
    std::size_t first_line_{0};
    bool header_{false}, own_header_{false};
};

}  // namespace

Result<ReadCandles> read_candle_csv(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval) { return CsvReader{bytes, name}.read(interval); }

std::string describe(const ReadCandles& read) {
    const std::string header = read.header ? "with a header" : "without a header";
    const std::string times = ", times in " + std::string{to_string(read.unit)};
    switch (read.format) {
        case CandleFormat::own_csv: return "candles as CSV" + times;
        case CandleFormat::plain_csv: return "CSV " + header + times;
        case CandleFormat::binance_csv: return "Binance klines, CSV " + header + times;
        case CandleFormat::json_arrays: return "JSON arrays as ccxt and freqtrade keep them" + times;
    }
    return {};
}

}  // namespace bf::backtest

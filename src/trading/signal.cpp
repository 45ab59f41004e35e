#include "trading/signal.hpp"

#include "base/text.hpp"
#include "trading/fields.hpp"

#include <algorithm>

namespace bf::trading {
namespace {

constexpr std::array<std::string_view, 3> kKinds{"entry", "add", "exit"};
constexpr std::array<std::string_view, 4> kSources{"hook", "generator", "zone", "manual"};
constexpr std::array<std::string_view, 2> kDirections{"long", "short"};

/// Where the object that begins at `open` ends, quotes and escapes heeded; npos when it does not.
std::size_t end_of_object(std::string_view text, std::size_t open) {
    int depth = 0;
    bool quoted = false;
    for (auto at = open; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted) {
            if (c == '\\') ++at;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

std::optional<std::int64_t> digits(std::string_view text) {
    if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    return parse_int(text);
}

std::optional<std::int64_t> number_at(std::string_view text, std::size_t from, std::size_t size, std::int64_t least, std::int64_t most) {
    if (from + size > text.size()) return std::nullopt;
    const auto value = digits(text.substr(from, size));
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

/// Milliseconds of ".5", ".123456"; nothing when it is no fraction.
std::optional<std::int64_t> fraction_ms(std::string_view text) {
    if (text.size() < 2 || text.size() > 10 || !digits(text.substr(1))) return std::nullopt;
    std::int64_t ms = 0;
    for (std::size_t i = 1; i <= 3; ++i) ms = ms * 10 + (i < text.size() ? text[i] - '0' : 0);
    return ms;
}

void read_time_member(Fields& in, std::string_view name, std::optional<Instant>& out) {
    if (!in.has(name)) return;
    const auto text = in.raw(name).text_or_number();
    const auto at = text ? read_time(*text) : std::nullopt;
    if (!at) return in.fail(name, Fault::time);
    out = at;
}

std::string clip(std::string text, std::size_t most) {
    if (text.size() > most) text.resize(most);
    return text;
}

}  // namespace

std::string_view to_string(SignalKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view to_string(SignalSource source) { return kSources[static_cast<std::size_t>(source)]; }

std::optional<Instant> read_time(std::string_view text) {
    constexpr std::int64_t kFar = 1'000'000'000'000'000;
    if (const auto ms = digits(text)) return *ms <= kFar ? std::optional{Instant::from_ms(*ms)} : std::nullopt;
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':') return std::nullopt;
    const auto year = number_at(text, 0, 4, 1970, 9999), month = number_at(text, 5, 2, 1, 12), day = number_at(text, 8, 2, 1, 31);
    const auto hour = number_at(text, 11, 2, 0, 23), minute = number_at(text, 14, 2, 0, 59), second = number_at(text, 17, 2, 0, 59);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    auto rest = text.substr(19);
    std::int64_t ms = 0;
    if (rest.front() == '.') {
        const auto end = std::min(rest.find_first_of("Z+"), rest.size());
        const auto fraction = fraction_ms(rest.substr(0, end));
        if (!fraction) return std::nullopt;
        ms = *fraction;
        rest.remove_prefix(end);
    }
    if (rest != "Z" && rest != "+00:00") return std::nullopt;
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return Instant::from_ms((((days * 24 + *hour) * 60 + *minute) * 60 + *second) * 1000 + ms);
}

Result<wire::Json, FieldError> read_body(std::string_view body) {
    if (body.size() > kSignalBytesMax) return Unexpected{FieldError{"", Fault::body_too_long}};
    const auto open = body.find('{');
    const auto end = open == std::string_view::npos ? open : end_of_object(body, open);
    if (end == std::string_view::npos) return Unexpected{FieldError{"", Fault::body_without_object}};
    auto json = wire::Json::parse(body.substr(open, end - open));
    if (!json) return Unexpected{FieldError{"", Fault::body_unreadable}};
    return std::move(*json);
}

Result<Signal, FieldError> read_signal(wire::JsonValue json) {
    if (!json.is_object()) return Unexpected{FieldError{"", Fault::no_signal}};
    Reading reading;
    Signal signal;
    std::optional<Instant> time;
    std::optional<std::int64_t> max_lag_s;
    {
        Fields in{reading, json, ""};
        if (in.has("id")) {
            const auto id = in.raw("id").text_or_number();
            if (!id || id->empty() || id->size() > 200) in.fail("id", Fault::id_length);
            signal.id = id.value_or("");
        }
        in.require("time");
        read_time_member(in, "time", time);
        read_time_member(in, "bar_time", signal.bar_time);
        in.read("max_lag_s", max_lag_s);
        // It only shortens the strategy's own, which a day bounds: more says nothing.
        if (max_lag_s && *max_lag_s < 1) in.fail("max_lag_s", Fault::lag);
        for (const auto name : {"strategy", "pair", "direction", "kind"}) in.require(name);
        in.read("strategy", signal.strategy);
        in.read("pair", signal.pair);
        if (in.has("pair") && !market::Symbol::parse(signal.pair)) in.fail("pair", Fault::pair);
        in.read_word("direction", kDirections, signal.direction);
        in.read_word("kind", kKinds, signal.kind);
        in.read("tag", signal.tag);
        in.read("price", signal.price);
    }
    if (reading.error) return Unexpected{std::move(*reading.error)};
    signal.time = time.value_or(Instant{});
    if (max_lag_s) signal.max_lag = seconds{std::min<std::int64_t>(*max_lag_s, 86'400)};
    signal.tag = clip(std::move(signal.tag), 200);
    return signal;
}

std::optional<std::string_view> token_of(wire::JsonValue json) { return json["token"].text(); }

std::string duplicate_key(const Signal& signal) {
    if (!signal.id.empty()) return "id:" + signal.id;
    const Instant bar = signal.bar_time.value_or(signal.time);
    // The strategy is no part of it: it is remembered beside the key, and a sender may call it by its name or by its id.
    std::string key = "bar:" + signal.pair + '|';
    key += kDirections[static_cast<std::size_t>(signal.direction)];
    key += '|';
    key += to_string(signal.kind);
    key += '|' + std::to_string(bar.ms());
    return signal.group == 0 ? key : key + '|' + std::to_string(signal.group);
}

Signal zone_signal(std::string strategy, std::string pair, Direction direction, Instant now) {
    Signal signal;
    signal.strategy = std::move(strategy);
    signal.pair = std::move(pair);
    signal.direction = direction;
    signal.kind = SignalKind::add;
    signal.source = SignalSource::zone;
    signal.time = now;
    return signal;
}

Signal trend_signal(std::string strategy, std::string pair, Direction direction, const market::Candle& candle, Instant now) {
    Signal signal;
    signal.strategy = std::move(strategy);
    signal.pair = std::move(pair);
    signal.direction = direction;
    signal.source = SignalSource::generator;
    signal.bar_time = candle.open_time;
    signal.time = now;
    signal.price = candle.close;
    return signal;
}

bool wants_trend(const Protection& protection, Direction direction) {
    return (direction == Direction::long_side ? protection.allow_long : protection.allow_short) || protection.on_opposite == OnOpposite::close_if_profit;
}

seconds max_lag(const Signal& signal, const Protection& protection) {
    return signal.max_lag ? std::min(*signal.max_lag, protection.max_lag) : protection.max_lag;
}

}  // namespace bf::trading

#include "connection/limit_change.hpp"

#include "base/text.hpp"
#include "exchange/spoken.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <set>

namespace bf::connection {
namespace {

using exchange::Language;
using ports::UseLimits;
using ports::ValueCaps;

struct Name {
    std::string_view kept, en, nl;
};
constexpr Name kNames[] = {
    {"order", "the largest order", "de grootste order"},
    {"market_order", "the largest order without a price", "de grootste order zonder prijs"},
    {"hour", "the most within an hour", "het meeste binnen een uur"},
    {"day", "the most within a day", "het meeste binnen een dag"},
    {"exposure", "the most open at once", "het meeste tegelijk open"},
    {"place_order", "orders", "orders"},
    {"place_stop", "stops that open", "stops die openen"},
    {"set_leverage", "setting leverage", "hefboom instellen"},
    {"set_margin_mode", "setting the margin mode", "margemodus instellen"},
    {"market", "market", "markt"},
    {"symbols", "symbols", "symbolen"},
    {"price_band", "price band", "prijsband"},
    {"exit_band", "price band of exits", "prijsband voor uitstappen"},
    {"leverage", "leverage", "hefboom"},
    {"orders_a_minute", "orders a minute", "orders per minuut"},
    {"exits_a_minute", "exits a minute", "uitstaporders per minuut"},
    {"raise_delay", "seconds that a raise waits", "seconden dat een verruiming wacht"},
};
constexpr std::array<std::pair<std::string_view, Decimal ValueCaps::*>, 5> kCaps{
    {{"order", &ValueCaps::order}, {"market_order", &ValueCaps::market_order}, {"hour", &ValueCaps::hour}, {"day", &ValueCaps::day}, {"exposure", &ValueCaps::exposure}}};

class Changes {
public:
    void add(std::string_view name, const std::string& before, const std::string& after) {
        if (before == after) return;
        text_ += (text_.empty() ? "" : ";") + std::string{name} + "=" + before + ">" + after;
    }
    void add(std::string_view name, bool before, bool after) { add(name, std::string{before ? "on" : "off"}, std::string{after ? "on" : "off"}); }
    void add(std::string_view name, std::int64_t before, std::int64_t after) { add(name, std::to_string(before), std::to_string(after)); }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string percent(const Decimal& factor) { return (factor * Decimal{100}).to_string() + " %"; }
std::string cap_text(const UseLimits& limits, std::string_view asset, Decimal ValueCaps::*cap) {
    const auto found = limits.values.find(asset);
    return found == limits.values.end() ? "none" : (found->second.*cap).to_string();
}
/// Few symbols by name, many by their number; different ones of the same number are told apart.
std::string symbols_text(const UseLimits& limits) {
    constexpr std::size_t kNamed = 8;
    if (!limits.symbols) return "all";
    if (limits.symbols->size() > kNamed) return std::to_string(limits.symbols->size());
    std::string text;
    for (const auto& symbol : *limits.symbols) text += (text.empty() ? "" : ", ") + symbol.to_string();
    return text.empty() ? "none" : text;
}

std::string word_of(std::string_view value, Language language) {
    if (language != Language::nl) return std::string{value};
    if (value == "all") return "alle";
    if (value == "none") return "geen";
    if (value == "on") return "aan";
    if (value == "off") return "uit";
    if (value == "both") return "beide";
    const bool number = Decimal::parse(value.substr(0, value.find(' '))).has_value();
    return number ? exchange::spoken(std::string{value}, language) : std::string{value};
}

}  // namespace

std::string limit_change(const UseLimits& before, const UseLimits& after) {
    Changes changes;
    std::set<std::string, std::less<>> assets;
    for (const auto* limits : {&before, &after})
        for (const auto& [asset, caps] : limits->values) assets.insert(asset);
    for (const auto& asset : assets)
        for (const auto& [name, cap] : kCaps) changes.add(std::string{name} + "." + asset, cap_text(before, asset, cap), cap_text(after, asset, cap));
    changes.add("place_order", before.operations.place_order, after.operations.place_order);
    changes.add("place_stop", before.operations.place_stop, after.operations.place_stop);
    changes.add("set_leverage", before.operations.set_leverage, after.operations.set_leverage);
    changes.add("set_margin_mode", before.operations.set_margin_mode, after.operations.set_margin_mode);
    const auto market = [](const UseLimits& limits) { return limits.market ? std::string{market::to_string(*limits.market)} : std::string{"both"}; };
    changes.add("market", market(before), market(after));
    if (before.symbols != after.symbols) {
        const auto was = symbols_text(before), is = symbols_text(after);
        changes.add("symbols", was, was == is ? is + " *" : is);
    }
    changes.add("price_band", percent(before.price_band), percent(after.price_band));
    changes.add("exit_band", percent(before.exit_band), percent(after.exit_band));
    changes.add("leverage", before.leverage, after.leverage);
    changes.add("orders_a_minute", before.orders_a_minute, after.orders_a_minute);
    changes.add("exits_a_minute", before.exits_a_minute, after.exits_a_minute);
    changes.add("raise_delay", before.raise_delay.count(), after.raise_delay.count());
    return changes.take();
}

std::string tell_limit_change(std::string_view kept, Language language) {
    std::string text;
    for (const auto part : split(kept, ';')) {
        const auto equals = part.find('='), arrow = part.find('>', equals == std::string_view::npos ? 0 : equals);
        if (equals == std::string_view::npos || arrow == std::string_view::npos) return std::string{kept};
        const auto field = part.substr(0, equals);
        const auto dot = field.find('.');
        std::string label{field};
        for (const auto& name : kNames)
            if (name.kept == field.substr(0, dot)) label = language == Language::nl ? name.nl : name.en;
        if (dot != std::string_view::npos) label += " (" + std::string{field.substr(dot + 1)} + ")";
        text += (text.empty() ? "" : "; ") + label + ": " + word_of(part.substr(equals + 1, arrow - equals - 1), language) + " → " +
                word_of(part.substr(arrow + 1), language);
    }
    return text;
}

std::string utc_minute(Instant at) {
    const std::chrono::sys_time<milliseconds> when{milliseconds{at.ms()}};
    const auto day = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date{day};
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(when - day).count();
    char text[40]{};
    std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d UTC", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
    return text;
}

}  // namespace bf::connection

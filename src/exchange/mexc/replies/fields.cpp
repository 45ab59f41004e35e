#include "exchange/mexc/replies/fields.hpp"

#include "exchange/mexc/replies/amount.hpp"

#include <algorithm>

namespace bf::exchange::mexc {

wire::JsonValue Fields::member(std::string_view name) const {
    const auto value = object_[name];
    return value.is_null() || (value.is_text() && value.text()->empty()) ? wire::JsonValue{} : value;
}

std::optional<Decimal> Fields::amount(std::string_view name, Rounding rounding) {
    const auto value = member(name);
    if (!value.exists()) return std::nullopt;
    auto amount = value.decimal();
    if (const auto text = value.text_or_number(); !amount && text) amount = parse_amount(*text, rounding);
    if (!amount) spoil(name);
    return amount;
}

std::optional<std::int64_t> Fields::integer(std::string_view name) {
    const auto value = member(name);
    if (!value.exists()) return std::nullopt;
    const auto number = value.integer();
    if (!number) spoil(name);
    return number;
}

std::optional<std::string> Fields::id(std::string_view name) {
    const auto value = member(name);
    if (!value.exists()) return std::nullopt;
    const auto text = value.text_or_number();
    if (!text) {
        spoil(name);
        return std::nullopt;
    }
    return std::string{*text};
}

std::string Fields::text(std::string_view name) {
    const auto value = member(name).text();
    if (!value) spoil(name);
    return std::string{value.value_or("")};
}

std::optional<Instant> Fields::time_ms(std::string_view name) {
    const auto ms = integer(name);
    return ms ? std::optional{Instant::from_ms(*ms)} : std::nullopt;
}

std::optional<Decimal> Counting::base(const std::optional<Decimal>& contracts) const {
    if (!contracts || !contract_size) return std::nullopt;
    const auto base = Decimal::multiply(*contracts, *contract_size, Rounding::down);
    return base ? std::optional{*base} : std::nullopt;
}

Counting counting_of(std::string_view native, const Instruments* instruments) {
    if (instruments == nullptr) return {};
    const auto at = instruments->find(native);
    return at == instruments->end() ? Counting{} : Counting{at->second.contract_size};
}

std::optional<market::Symbol> symbol_of(std::string_view native, market::Market market, const Instruments* instruments) {
    if (instruments != nullptr)
        if (const auto at = instruments->find(native); at != instruments->end()) return at->second.symbol;
    const auto mark = native.find('_');
    if (market == market::Market::spot || mark == std::string_view::npos) return std::nullopt;
    // Contracts quoted in a stable coin settle in it; others (BTC_USD) settle in something the name does not tell.
    const auto quote = native.substr(mark + 1);
    if (quote != "USDT" && quote != "USDC") return std::nullopt;
    std::string unified{native.substr(0, mark)};
    unified.append(1, '/').append(quote).append(1, ':').append(quote);
    return market::Symbol::parse(unified);
}

std::optional<market::Symbol> symbol_of(std::string_view native, const Asked& asked) {
    if (auto symbol = symbol_of(native, asked.call.market, asked.instruments)) return symbol;
    const auto& wanted = asked.call.symbol;
    if (wanted && asked.call.market == market::Market::spot && native == wanted->base + wanted->quote) return wanted;
    return std::nullopt;
}

Answer<wire::JsonValue> row_asked_for(const wire::JsonValue& data, const Asked& asked) {
    const auto& wanted = asked.call.symbol;
    if (!wanted) return data.is_array() ? data.at(0) : data;
    const bool spot = asked.call.market == market::Market::spot;
    const std::string native = wanted->base + (spot ? "" : "_") + wanted->quote;
    if (!data.is_array()) {
        const auto named = data["symbol"].text();
        if (named && !named->empty() && *named != native) return Unexpected{unreadable("the answer is about another pair")};
        return data;
    }
    for (std::size_t i = 0; i < data.size(); ++i)
        if (data.at(i)["symbol"].text() == native) return data.at(i);
    return Unexpected{unreadable("the answer is about other pairs")};
}

void order_by_time(std::vector<market::Candle>& candles) {
    std::stable_sort(candles.begin(), candles.end(), [](const auto& a, const auto& b) { return a.open_time < b.open_time; });
}

}  // namespace bf::exchange::mexc

#include "signer/policy_codec.hpp"

#include "money/decimal_bytes.hpp"
#include "signer/policy_rules.hpp"

namespace bf::signer {
namespace {

using ports::UseLimits;

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kAssetMax = 20;
constexpr std::size_t kIdMax = 64;
constexpr std::size_t kValuesMax = 64;
constexpr std::size_t kSymbolsMax = 500;
constexpr std::size_t kUsedMax = 4000;
constexpr std::size_t kManyMax = 20'000;

void write(ByteWriter& out, const market::Symbol& symbol) {
    out.text(symbol.base);
    out.text(symbol.quote);
    out.text(symbol.settle);
}
market::Symbol read_symbol(ByteReader& in) {
    market::Symbol symbol;
    symbol.base = in.text(kAssetMax);
    symbol.quote = in.text(kAssetMax);
    symbol.settle = in.text(kAssetMax);
    return symbol;
}
Decimal decimal(ByteReader& in) {
    Decimal value;
    read_decimal(in, value);
    return value;
}
/// The year 33658: sums of dates and spans stay within what can be counted.
constexpr std::int64_t kDateMax = 1'000'000'000'000'000;
Instant instant(ByteReader& in) {
    const auto ms = in.signed64();
    if (ms < 0 || ms > kDateMax) in.fail();
    return Instant::from_ms(ms);
}

void write_count(ByteWriter& out, std::size_t count) { out.integer(static_cast<std::uint32_t>(count)); }
/// 0, and failed, beyond `most`.
std::size_t read_count(ByteReader& in, std::size_t most) {
    const auto count = in.integer<std::uint32_t>();
    if (count > most) in.fail();
    return in.ok() ? count : 0;
}

void write_value(ByteWriter& out, const Decimal& value) { write_decimal(out, value); }
void write_value(ByteWriter& out, std::int64_t value) { out.signed64(value); }
/// What was counted, within what sums of it can hold: no limit lets more be used.
const Decimal kCountedMax{1'000'000'000'000'000'000};
void read_value(ByteReader& in, Decimal& value) {
    read_decimal(in, value);
    if (value.is_negative() || value > kCountedMax) in.fail();
}
void read_value(ByteReader& in, std::int64_t& value) {
    value = in.signed64();
    if (value < 0 || value > 1'000'000'000) in.fail();
}

template <class T, int kBuckets, std::int64_t kWidthMs>
void write(ByteWriter& out, const Window<T, kBuckets, kWidthMs>& window) {
    std::size_t count = 0;
    window.each([&count](std::int64_t, const T&) { ++count; });
    write_count(out, count);
    window.each([&out](std::int64_t number, const T& value) {
        out.signed64(number);
        write_value(out, value);
    });
}
template <class T, int kBuckets, std::int64_t kWidthMs>
void read(ByteReader& in, Window<T, kBuckets, kWidthMs>& window) {
    std::int64_t last = -1;
    for (auto count = read_count(in, kBuckets + 1); count > 0 && in.ok(); --count) {
        const auto number = in.signed64();
        if (number <= std::exchange(last, number)) return in.fail();
        T value{};
        read_value(in, value);
        constexpr std::int64_t kNumberMax = kDateMax / kWidthMs;
        if (number < 0 || number > kNumberMax) return in.fail();
        if (in.ok()) window.restore(number, value);
    }
}

void write_raise(ByteWriter& out, const std::optional<ports::LimitState::Raise>& raise) {
    out.flag(raise.has_value());
    if (!raise) return;
    write_limits(out, raise->limits);
    out.signed64(raise->due.ms());
}
void read_raise(ByteReader& in, std::optional<ports::LimitState::Raise>& raise) {
    raise.reset();
    if (!in.flag()) return;
    read_limits(in, raise.emplace().limits);
    raise->due = instant(in);
}

void write(ByteWriter& out, const Cover& cover) {
    write_count(out, cover.values.size());
    for (const auto& [asset, value] : cover.values) {
        out.text(asset);
        write_decimal(out, value);
    }
    write_count(out, cover.quantities.size());
    for (const auto& [symbol, quantity] : cover.quantities) {
        write(out, symbol);
        write_decimal(out, quantity);
    }
    out.signed64(cover.orders);
}
void read(ByteReader& in, Cover& cover) {
    for (auto count = read_count(in, kManyMax); count > 0 && in.ok(); --count) {
        const std::string asset{in.text(kAssetMax)};
        read_value(in, cover.values[asset]);
    }
    for (auto count = read_count(in, kManyMax); count > 0 && in.ok(); --count) {
        const auto symbol = read_symbol(in);
        cover.quantities[symbol] = decimal(in);
    }
    read_value(in, cover.orders);
}

void write_symbols(ByteWriter& out, const PolicyState& state) {
    write_count(out, state.symbols.size());
    for (const auto& [symbol, use] : state.symbols) {
        write(out, symbol);
        for (const auto* value : {&use.quantity, &use.value, &use.contract, &use.unnamed}) write_decimal(out, *value);
        out.signed64(use.unnamed_until.ms());
        out.flag(use.reference.has_value());
        if (!use.reference) continue;
        write_decimal(out, use.reference->price);
        out.signed64(use.reference->told_for.ms());
        out.signed64(use.reference->moved.ms());
    }
}
void read_symbols(ByteReader& in, PolicyState& state) {
    for (auto count = read_count(in, kManyMax); count > 0 && in.ok(); --count) {
        const auto symbol = read_symbol(in);
        auto& use = state.symbols[symbol];
        for (auto* value : {&use.quantity, &use.value, &use.contract, &use.unnamed}) read_decimal(in, *value);
        use.unnamed_until = instant(in);
        if (!in.flag()) continue;
        auto& reference = use.reference.emplace();
        read_decimal(in, reference.price);
        reference.told_for = instant(in);
        reference.moved = instant(in);
        if (!reference.price.is_positive()) in.fail();
    }
}

void write_orders(ByteWriter& out, const PolicyState& state) {
    write_count(out, state.signed_ids.size());
    for (const auto& id : state.signed_ids) {
        const auto& order = state.signed_orders.at(id);
        out.text(id);
        write(out, order.symbol);
        out.flag(order.exit);
        write_decimal(out, order.quantity);
        write_decimal(out, order.value);
        out.flag(order.filled.has_value());
        if (order.filled) write_decimal(out, *order.filled);
    }
}
void read_orders(ByteReader& in, PolicyState& state) {
    for (auto count = read_count(in, kSignedOrdersMax); count > 0 && in.ok(); --count) {
        const std::string id{in.text(kIdMax)};
        SignedOrder order{read_symbol(in), in.flag(), decimal(in), decimal(in), {}};
        if (in.flag()) order.filled = decimal(in);
        if (!state.signed_orders.emplace(id, std::move(order)).second) return in.fail();
        state.signed_ids.push_back(id);
    }
}

}  // namespace

void write_limits(ByteWriter& out, const UseLimits& limits) {
    const auto& can = limits.operations;
    for (const bool one : {can.place_order, can.place_stop, can.set_leverage, can.set_margin_mode}) out.flag(one);
    out.flag(limits.market.has_value());
    if (limits.market) out.enumeration(*limits.market);
    out.flag(limits.symbols.has_value());
    if (limits.symbols) {
        write_count(out, limits.symbols->size());
        for (const auto& symbol : *limits.symbols) write(out, symbol);
    }
    write_count(out, limits.values.size());
    for (const auto& [asset, caps] : limits.values) {
        out.text(asset);
        for (const auto* value : {&caps.order, &caps.market_order, &caps.hour, &caps.day, &caps.exposure}) write_decimal(out, *value);
    }
    write_decimal(out, limits.price_band);
    write_decimal(out, limits.exit_band);
    for (const auto number : {limits.leverage, limits.orders_a_minute, limits.exits_a_minute, std::int64_t{limits.raise_delay.count()}}) out.signed64(number);
}

void read_limits(ByteReader& in, UseLimits& limits) {
    limits = {};
    auto& can = limits.operations;
    for (bool* one : {&can.place_order, &can.place_stop, &can.set_leverage, &can.set_margin_mode}) *one = in.flag();
    if (in.flag()) limits.market = in.enumeration(market::Market::futures);
    if (in.flag()) {
        auto& symbols = limits.symbols.emplace();
        for (auto count = read_count(in, kSymbolsMax); count > 0 && in.ok(); --count) symbols.push_back(read_symbol(in));
    }
    for (auto count = read_count(in, kValuesMax); count > 0 && in.ok(); --count) {
        const std::string asset{in.text(kAssetMax)};
        // In order: one set of limits has one form.
        if (!limits.values.empty() && limits.values.rbegin()->first >= asset) return in.fail();
        auto& caps = limits.values[asset];
        for (auto* value : {&caps.order, &caps.market_order, &caps.hour, &caps.day, &caps.exposure}) read_decimal(in, *value);
    }
    read_decimal(in, limits.price_band);
    read_decimal(in, limits.exit_band);
    limits.leverage = in.signed64();
    limits.orders_a_minute = in.signed64();
    limits.exits_a_minute = in.signed64();
    const auto delay = in.signed64();
    limits.raise_delay = seconds{delay};
    if (in.ok() && !ports::check_limits(limits)) in.fail();
}

void write_limit_state(ByteWriter& out, const ports::LimitState& state) {
    write_limits(out, state.limits);
    out.enumeration(state.freeze);
    write_raise(out, state.raise);
    write_count(out, state.used.size());
    for (const auto& used : state.used) {
        out.text(used.asset);
        for (const auto* value : {&used.hour, &used.day, &used.exposure}) write_decimal(out, *value);
    }
    write_count(out, state.findings.size());
    for (const auto finding : state.findings) out.enumeration(finding);
}

void read_limit_state(ByteReader& in, ports::LimitState& state) {
    read_limits(in, state.limits);
    state.freeze = in.enumeration(ports::FreezeLevel::everything);
    read_raise(in, state.raise);
    for (auto count = read_count(in, kUsedMax); count > 0 && in.ok(); --count) {
        auto& used = state.used.emplace_back();
        used.asset = in.text(kAssetMax);
        for (auto* value : {&used.hour, &used.day, &used.exposure}) read_decimal(in, *value);
    }
    for (auto count = read_count(in, kValuesMax); count > 0 && in.ok(); --count) state.findings.push_back(in.enumeration(ports::LimitFinding::rolled_back));
}

std::string to_bytes(std::uint64_t version, const PolicyState& state, const Cover& cover) {
    std::string bytes;
    ByteWriter out{bytes};
    out.integer(kFormat);
    out.integer(version);
    write_limits(out, state.limits);
    out.flag(state.defaults);
    out.enumeration(state.freeze);
    write_raise(out, state.raise);
    out.enumeration(state.doubt);
    out.flag(state.unknown_holdings);
    write_symbols(out, state);
    write_count(out, state.assets.size());
    for (const auto& [asset, use] : state.assets) {
        out.text(asset);
        write(out, use.hour);
        write(out, use.day);
        write_decimal(out, use.exposure);
        write_decimal(out, use.unnamed);
        out.signed64(use.unnamed_until.ms());
    }
    write(out, state.orders);
    write_orders(out, state);
    write(out, cover);
    return bytes;
}

Result<StoredPolicy> policy_from_bytes(std::string_view bytes) {
    ByteReader in{bytes};
    StoredPolicy stored;
    if (in.integer<std::uint8_t>() != kFormat) return Unexpected{Error{ErrorKind::damaged, "limits written by another version"}};
    stored.version = in.integer<std::uint64_t>();
    auto& state = stored.state;
    read_limits(in, state.limits);
    state.defaults = in.flag();
    state.freeze = in.enumeration(ports::FreezeLevel::everything);
    read_raise(in, state.raise);
    state.doubt = in.enumeration(Doubt::rolled_back);
    state.unknown_holdings = in.flag();
    read_symbols(in, state);
    for (auto count = read_count(in, kManyMax); count > 0 && in.ok(); --count) {
        const std::string asset{in.text(kAssetMax)};
        auto& use = state.assets[asset];
        read(in, use.hour);
        read(in, use.day);
        for (auto* value : {&use.exposure, &use.unnamed}) {
            read_decimal(in, *value);
            if (*value > kCountedMax || *value < -kCountedMax) in.fail();
        }
        use.unnamed_until = instant(in);
    }
    read(in, state.orders);
    read_orders(in, state);
    read(in, stored.cover);
    if (!in.at_end()) return Unexpected{Error{ErrorKind::damaged, "stored limits that can't be read"}};
    return stored;
}

}  // namespace bf::signer

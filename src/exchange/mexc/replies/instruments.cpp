// Symbol rules of both products, by a walk through the text: 2,100 spot symbols come in one answer.
// Sources: spot v3 reference, "Exchange Information" (baseSizePrecision and quoteAmountPrecision are minimums despite their names,
// quotePrecision is a number of decimals; ccxt reads them the same); futures reference, "Get contract information".
#include "exchange/mexc/replies/readers.hpp"
#include "exchange/mexc/replies/tokens.hpp"

#include <algorithm>
#include <array>

namespace bf::exchange::mexc {
namespace {

using market::Instrument;
using wire::JsonWalk;

bool is_asset(std::string_view text) {
    return !text.empty() && text.size() <= 20 &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

/// 10^-digits for a sensible number of digits.
std::optional<Decimal> step_of(std::optional<std::int64_t> digits) {
    static const auto kSteps = [] {
        std::array<Decimal, Decimal::kScaleMax + 1> steps;
        for (int i = 0; i <= Decimal::kScaleMax; ++i) steps[static_cast<std::size_t>(i)] = Decimal::from_parts(1, i);
        return steps;
    }();
    if (!digits || *digits < 0 || *digits > Decimal::kScaleMax) return std::nullopt;
    return kSteps[static_cast<std::size_t>(*digits)];
}

bool read_order_types(JsonWalk& types, Instrument& out) {
    return types.each_element([&out](const JsonWalk& type) {
        const auto text = token_of(type).text();
        if (text == "LIMIT") out.order_types.add(market::OrderType::limit);
        if (text == "MARKET") out.order_types.add(market::OrderType::market);
        return true;
    });
}

struct SpotFlags {
    std::optional<bool> online{};
    bool closed{false};  ///< For both sides.
};

enum class Spot : std::uint8_t { symbol, status, base, quantity_digits, min_quantity, quote, min_notional, max_notional, price_digits, allowed, sides, order_types };
constexpr auto kSpot = wire::json_names<Spot>({
    {"symbol", Spot::symbol}, {"status", Spot::status}, {"baseAsset", Spot::base}, {"baseAssetPrecision", Spot::quantity_digits},
    {"baseSizePrecision", Spot::min_quantity}, {"quoteAsset", Spot::quote}, {"quoteAmountPrecision", Spot::min_notional}, {"maxQuoteAmount", Spot::max_notional},
    {"quotePrecision", Spot::price_digits}, {"quoteAssetPrecision", Spot::price_digits}, {"isSpotTradingAllowed", Spot::allowed},
    {"tradeSideType", Spot::sides}, {"orderTypes", Spot::order_types}});

bool read_spot_member(Spot wanted, JsonWalk& value, Instrument& out, SpotFlags& flags) {
    const auto token = token_of(value);
    switch (wanted) {
        case Spot::symbol: out.native_symbol = token.text(); break;
        case Spot::status: {
            // "1" online, "2" pause, "3" offline; an old sample spells it.
            const auto status = token.text();
            if (!status.empty()) flags.online = status == "1" || status == "ENABLED";
            break;
        }
        case Spot::base: out.base = token.text(); break;
        case Spot::quantity_digits: out.quantity_step = step_of(token.integer()); break;
        case Spot::min_quantity: read_amount(token, out.min_quantity); break;
        case Spot::quote: out.quote = token.text(); break;
        case Spot::min_notional: read_amount(token, out.min_notional); break;
        case Spot::max_notional: read_amount(token, out.max_notional); break;
        case Spot::price_digits:
            if (!out.price_step) out.price_step = step_of(token.integer());
            break;
        case Spot::allowed: out.api_tradable = token.boolean(); break;
        case Spot::sides: flags.closed = token.text() == "4"; break;
        case Spot::order_types: return value.front() != '[' || read_order_types(value, out);
    }
    return true;
}

bool read_spot_instrument(JsonWalk& object, Instrument& out) {
    SpotFlags flags;
    const bool good = object.each_wanted(kSpot, [&](Spot wanted, JsonWalk& value) { return read_spot_member(wanted, value, out, flags); });
    if (!good) return false;
    if (flags.online) out.tradable = *flags.online && !flags.closed;
    if (is_asset(out.base) && is_asset(out.quote)) out.symbol = market::Symbol{out.base, out.quote, {}};
    return true;
}

struct ContractUnits {
    std::optional<Decimal> contract_size, volume_step, volume_min, volume_most, limit_volume_most;
};

/// One member of riskLimitCustom.
struct CustomTier {
    std::optional<Decimal> volume, maintenance, initial, leverage;
};

/// The contract's risk limits as they are sent: a formula, or a list of their own.
struct RiskLimits {
    std::string_view type, mode;
    std::optional<Decimal> base, step, maintenance, initial, maintenance_step, initial_step;
    std::optional<std::int64_t> levels;
    std::vector<CustomTier> custom;
};

/// More levels than any contract has: a formula with more is misunderstood.
constexpr std::int64_t kLevelsMax = 100;

/// Appends a tier; false when it can't be one, or does not come after the last.
bool add_tier(std::vector<market::RiskTier>& tiers, const CustomTier& read, const Decimal& contract_size) {
    if (!read.volume || !read.maintenance || !read.initial || !read.initial->is_positive() || *read.initial > 1) return false;
    if (read.maintenance->is_negative() || *read.maintenance > *read.initial) return false;
    const auto up_to = Decimal::multiply(*read.volume, contract_size, Rounding::down);
    const auto inverse = Decimal::divide(1, *read.initial, 0, Rounding::down);
    if (!up_to || !inverse) return false;
    // Some lists name the contract's leverage with every tier: what the initial rate leaves is less.
    const auto& most = read.leverage && *read.leverage < *inverse ? *read.leverage : *inverse;
    if (!tiers.empty() && (*up_to <= tiers.back().up_to || *read.maintenance < tiers.back().maintenance_rate)) return false;
    tiers.push_back({market::RiskTier::Unit::quantity, *up_to, *read.maintenance, most});
    return up_to->is_positive();
}

/// Futures reference of 2026, "Get contract info": volumes in contracts with riskLimitType BY_VOLUME. What the volumes of BY_VALUE are counted
/// in no source says: such a contract's tiers stay unknown, as does anything that does not ascend.
std::vector<market::RiskTier> tiers_of(const RiskLimits& risk, const Decimal& contract_size) {
    std::vector<market::RiskTier> tiers;
    if (risk.type != "BY_VOLUME") return tiers;
    if (risk.mode == "CUSTOM") {
        tiers.reserve(risk.custom.size());
        for (const auto& tier : risk.custom)
            if (!add_tier(tiers, tier, contract_size)) return {};
        return tiers;
    }
    const bool formula = (risk.mode == "INCREASE" || (risk.mode.empty() && risk.custom.empty())) && risk.base && risk.maintenance && risk.initial &&
                         risk.levels && *risk.levels >= 1 && *risk.levels <= kLevelsMax;
    if (!formula || (*risk.levels > 1 && !(risk.step && risk.maintenance_step && risk.initial_step))) return tiers;
    tiers.reserve(static_cast<std::size_t>(*risk.levels));
    for (std::int64_t level = 0; level < *risk.levels; ++level) {
        const auto grown = [level](const std::optional<Decimal>& base, const std::optional<Decimal>& step) -> std::optional<Decimal> {
            const auto more = Decimal::multiply(step.value_or(Decimal{}), Decimal{level}, Rounding::up);
            const auto sum = more ? Decimal::add(*base, *more) : more;
            return sum ? std::optional{*sum} : std::nullopt;
        };
        const CustomTier tier{grown(risk.base, risk.step), grown(risk.maintenance, risk.maintenance_step), grown(risk.initial, risk.initial_step), std::nullopt};
        // Rates that reach the whole value end the list: no position may be so large.
        if (tier.initial && *tier.initial > 1 && !tiers.empty()) return tiers;
        if (!add_tier(tiers, tier, contract_size)) return {};
    }
    return tiers;
}

enum class Tier : std::uint8_t { volume, maintenance, initial, leverage };
constexpr auto kTier = wire::json_names<Tier>({
    {"maxVol", Tier::volume}, {"mmr", Tier::maintenance}, {"imr", Tier::initial}, {"maxLeverage", Tier::leverage}});

bool read_custom_tiers(JsonWalk& list, RiskLimits& risk) {
    return list.each_element([&risk](JsonWalk& object) {
        auto& tier = risk.custom.emplace_back();
        return object.each_wanted(kTier, [&tier](Tier wanted, const JsonWalk& value) {
            const auto amount = amount_of(token_of(value));
            switch (wanted) {
                case Tier::volume: tier.volume = amount; break;
                case Tier::maintenance: tier.maintenance = amount; break;
                case Tier::initial: tier.initial = amount; break;
                case Tier::leverage: tier.leverage = amount; break;
            }
            return true;
        });
    });
}

enum class Contract : std::uint8_t {
    symbol, settle, state, base, quote, size, price_step, volume_step, volume_min, volume_most, limit_volume_most, max_leverage, allowed, maintenance, initial, risk_base,
    risk_step, maintenance_step, initial_step, levels, limit_type, limit_mode, custom_tiers
};
constexpr auto kContract = wire::json_names<Contract>({
    {"symbol", Contract::symbol}, {"settleCoin", Contract::settle}, {"state", Contract::state}, {"baseCoin", Contract::base}, {"quoteCoin", Contract::quote},
    {"contractSize", Contract::size}, {"priceUnit", Contract::price_step}, {"volUnit", Contract::volume_step}, {"minVol", Contract::volume_min},
    {"maxVol", Contract::volume_most}, {"limitMaxVol", Contract::limit_volume_most},
    {"maxLeverage", Contract::max_leverage}, {"apiAllowed", Contract::allowed}, {"maintenanceMarginRate", Contract::maintenance},
    {"initialMarginRate", Contract::initial}, {"riskBaseVol", Contract::risk_base}, {"riskIncrVol", Contract::risk_step},
    {"riskIncrMmr", Contract::maintenance_step}, {"riskIncrImr", Contract::initial_step}, {"riskLevelLimit", Contract::levels},
    {"riskLimitType", Contract::limit_type}, {"riskLimitMode", Contract::limit_mode}, {"riskLimitCustom", Contract::custom_tiers}});

bool read_contract_member(Contract wanted, JsonWalk& value, Instrument& out, ContractUnits& units, RiskLimits& risk) {
    const auto token = token_of(value);
    switch (wanted) {
        case Contract::symbol: out.native_symbol = token.text(); break;
        case Contract::settle: out.settle = token.text(); break;
        case Contract::state:
            if (!token.text().empty()) out.tradable = token.text() == "0";
            break;
        case Contract::base: out.base = token.text(); break;
        case Contract::quote: out.quote = token.text(); break;
        case Contract::size: read_amount(token, units.contract_size); break;
        case Contract::price_step: read_amount(token, out.price_step); break;
        case Contract::volume_step: read_amount(token, units.volume_step); break;
        case Contract::volume_min: read_amount(token, units.volume_min); break;
        case Contract::volume_most: read_amount(token, units.volume_most); break;
        case Contract::limit_volume_most: read_amount(token, units.limit_volume_most); break;
        case Contract::max_leverage: read_amount(token, out.max_leverage); break;
        case Contract::allowed: out.api_tradable = token.boolean(); break;
        case Contract::maintenance: read_amount(token, risk.maintenance); break;
        case Contract::initial: read_amount(token, risk.initial); break;
        case Contract::risk_base: read_amount(token, risk.base); break;
        case Contract::risk_step: read_amount(token, risk.step); break;
        case Contract::maintenance_step: read_amount(token, risk.maintenance_step); break;
        case Contract::initial_step: read_amount(token, risk.initial_step); break;
        case Contract::levels: risk.levels = token.integer(); break;
        case Contract::limit_type: risk.type = token.text(); break;
        case Contract::limit_mode: risk.mode = token.text(); break;
        case Contract::custom_tiers: return value.front() != '[' || read_custom_tiers(value, risk);
    }
    return true;
}

bool read_contract(JsonWalk& object, Instrument& out) {
    ContractUnits units;
    RiskLimits risk;
    const bool good = object.each_wanted(kContract, [&](Contract wanted, JsonWalk& value) { return read_contract_member(wanted, value, out, units, risk); });
    if (!good) return false;
    // The 2026 answer can lack the coins; the name has them.
    if (const auto mark = out.native_symbol.find('_'); mark != std::string::npos) {
        if (out.base.empty()) out.base = out.native_symbol.substr(0, mark);
        if (out.quote.empty()) out.quote = out.native_symbol.substr(mark + 1);
    }
    if (is_asset(out.base) && is_asset(out.quote) && is_asset(out.settle)) out.symbol = market::Symbol{out.base, out.quote, out.settle};
    // A contract that settles in its base coin is worth a fixed sum of quote: it has no size in base units.
    if (out.settle != out.quote) return true;
    const Counting counting{units.contract_size};
    out.contract_size = units.contract_size;
    out.quantity_step = counting.base(units.volume_step);
    out.min_quantity = counting.base(units.volume_min);
    // What limitMaxVol is of is known by its name alone: the smaller of the two holds whichever is meant.
    const auto both = units.volume_most && units.limit_volume_most;
    out.max_quantity = counting.base(both ? std::min(units.volume_most, units.limit_volume_most) : units.volume_most ? units.volume_most : units.limit_volume_most);
    if (units.contract_size) out.risk_tiers = tiers_of(risk, *units.contract_size);
    return true;
}

/// A list's bytes an instrument, a little less than seen, to reserve by.
constexpr std::size_t kBytesAnInstrument = 500;

class ListReader {
public:
    ListReader(market::Market market, std::size_t bytes) : market_{market} { list.reserve(bytes / kBytesAnInstrument + 1); }
    std::vector<Instrument> list;

    bool read_object(JsonWalk& object) {
        Instrument& out = list.emplace_back();
        out.market = market_;
        if (!(market_ == market::Market::spot ? read_spot_instrument(object, out) : read_contract(object, out))) return false;
        if (out.native_symbol.empty()) list.pop_back();  // Not an instrument.
        return true;
    }
    /// A list of instruments or a single one.
    bool read_value(JsonWalk& value) {
        if (value.front() == '{') return read_object(value) && !list.empty();
        return value.each_element([this](JsonWalk& item) { return read_object(item); });
    }

private:
    market::Market market_;
};

/// The members of the envelope that say whether the answer is a refusal, which the general reader then reads.
struct Envelope {
    bool refused{false}, found{false};
};
enum class Outer : std::uint8_t { list, code, success };
constexpr auto kOuter = wire::json_names<Outer>({{"symbols", Outer::list}, {"data", Outer::list}, {"code", Outer::code}, {"success", Outer::success}});

bool read_envelope(JsonWalk& object, ListReader& reader, Envelope& envelope) {
    return object.each_wanted(kOuter, [&](Outer wanted, JsonWalk& value) {
        switch (wanted) {
            case Outer::list:
                // Anything else is no list, as little as none: that an answer holds no instruments must have been said.
                if (value.front() != '{' && value.front() != '[') break;
                envelope.found = true;
                return reader.read_value(value);
            case Outer::code: {
                const auto code = token_of(value).integer();
                envelope.refused = envelope.refused || (code && *code != 0 && *code != 200);
                break;
            }
            case Outer::success: envelope.refused = envelope.refused || !token_of(value).is_true(); break;
        }
        return true;
    });
}

}  // namespace

Answer<std::vector<Instrument>> read_instruments(const wire::Response& response, const Asked& asked) {
    ListReader reader{asked.call.market, response.body.size()};
    Envelope envelope;
    const bool good = response.status < 400 && JsonWalk::through(response.body, fast::parser_of_thread(), [&](JsonWalk& walk) { return read_envelope(walk, reader, envelope); });
    if (!good || envelope.refused || !envelope.found) {
        BF_TRY_VOID(open_body(response, asked));
        return Unexpected{unreadable("no list of instruments")};
    }
    return std::move(reader.list);
}

}  // namespace bf::exchange::mexc

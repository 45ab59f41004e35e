// Symbol rules of both products, by a walk through the text: 2,100 spot symbols come in one answer.
// Sources: spot v3 reference, "Exchange Information" (baseSizePrecision and quoteAmountPrecision are minimums despite their names,
// quotePrecision is a number of decimals; ccxt reads them the same); futures reference, "Get contract information".
#include "exchange/mexc/replies/readers.hpp"
#include "exchange/mexc/replies/tokens.hpp"

#include <algorithm>

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
    if (!digits || *digits < 0 || *digits > Decimal::kScaleMax) return std::nullopt;
    return Decimal::from_parts(1, static_cast<int>(*digits));
}

bool read_order_types(JsonWalk& types, Instrument& out) {
    bool limit = false, at_market = false;
    const bool good = types.each_element([&](JsonWalk& type) {
        const auto text = token_of(type).text();
        limit = limit || text == "LIMIT";
        at_market = at_market || text == "MARKET";
        return true;
    });
    if (!good) return false;
    out.order_types.reserve(2);
    if (limit) out.order_types.push_back(market::OrderType::limit);
    if (at_market) out.order_types.push_back(market::OrderType::market);
    return true;
}

struct SpotFlags {
    std::optional<bool> online{};
    bool closed{false};  ///< For both sides.
};

bool read_spot_member(Name name, JsonWalk& value, Instrument& out, SpotFlags& flags) {
    switch (name.front()) {
        case 's':
            if (name.is("symbol")) out.native_symbol = token_of(value).text();
            else if (name.is("status")) {
                // "1" online, "2" pause, "3" offline; an old sample spells it.
                const auto status = token_of(value).text();
                flags.online = status == "1" || status == "ENABLED";
            }
            break;
        case 'b':
            if (name.is("baseAsset")) out.base = token_of(value).text();
            else if (name.is("baseAssetPrecision")) out.quantity_step = step_of(token_of(value).integer());
            else if (name.is("baseSizePrecision")) out.min_quantity = amount_of(token_of(value));
            break;
        case 'q':
            if (name.is("quoteAsset")) out.quote = token_of(value).text();
            else if (name.is("quoteAmountPrecision")) out.min_notional = amount_of(token_of(value));
            else if (!out.price_step && (name.is("quotePrecision") || name.is("quoteAssetPrecision"))) out.price_step = step_of(token_of(value).integer());
            break;
        case 'i':
            if (name.is("isSpotTradingAllowed")) out.api_tradable = token_of(value).is_true();
            break;
        case 't':
            if (name.is("tradeSideType")) flags.closed = token_of(value).text() == "4";
            break;
        case 'o':
            if (name.is("orderTypes") && value.front() == '[') return read_order_types(value, out);
            break;
        default: break;
    }
    return true;
}

bool read_spot_instrument(JsonWalk& object, Instrument& out) {
    SpotFlags flags;
    const bool good = object.each_member([&](std::string_view name, JsonWalk& value) {
        return read_spot_member(Name{name}, value, out, flags);
    });
    if (!good) return false;
    if (flags.online) out.tradable = *flags.online && !flags.closed;
    if (is_asset(out.base) && is_asset(out.quote)) out.symbol = market::Symbol{out.base, out.quote, {}};
    return true;
}

struct ContractUnits {
    std::optional<Decimal> contract_size, volume_step, volume_min;
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

bool read_custom_tiers(JsonWalk& list, RiskLimits& risk) {
    return list.each_element([&risk](JsonWalk& object) {
        auto& tier = risk.custom.emplace_back();
        return object.each_member([&tier](std::string_view quoted, const JsonWalk& member) {
            const Name name{quoted};
            if (name.is("maxVol")) tier.volume = amount_of(token_of(member));
            else if (name.is("mmr")) tier.maintenance = amount_of(token_of(member));
            else if (name.is("imr")) tier.initial = amount_of(token_of(member));
            else if (name.is("maxLeverage")) tier.leverage = amount_of(token_of(member));
            return true;
        });
    });
}

bool read_risk_member(Name name, JsonWalk& value, RiskLimits& risk) {
    if (name.is("riskBaseVol")) risk.base = amount_of(token_of(value));
    else if (name.is("riskIncrVol")) risk.step = amount_of(token_of(value));
    else if (name.is("riskIncrMmr")) risk.maintenance_step = amount_of(token_of(value));
    else if (name.is("riskIncrImr")) risk.initial_step = amount_of(token_of(value));
    else if (name.is("riskLevelLimit")) risk.levels = token_of(value).integer();
    else if (name.is("riskLimitType")) risk.type = token_of(value).text();
    else if (name.is("riskLimitMode")) risk.mode = token_of(value).text();
    else if (name.is("riskLimitCustom") && value.front() == '[') return read_custom_tiers(value, risk);
    return true;
}

bool read_contract_member(Name name, JsonWalk& value, Instrument& out, ContractUnits& units, RiskLimits& risk) {
    switch (name.front()) {
        case 'r': return read_risk_member(name, value, risk);
        case 'i':
            if (name.is("initialMarginRate")) risk.initial = amount_of(token_of(value));
            break;
        case 's':
            if (name.is("symbol")) out.native_symbol = token_of(value).text();
            else if (name.is("settleCoin")) out.settle = token_of(value).text();
            else if (name.is("state")) out.tradable = token_of(value).text() == "0";
            break;
        case 'b':
            if (name.is("baseCoin")) out.base = token_of(value).text();
            break;
        case 'q':
            if (name.is("quoteCoin")) out.quote = token_of(value).text();
            break;
        case 'c':
            if (name.is("contractSize")) units.contract_size = amount_of(token_of(value));
            break;
        case 'p':
            if (name.is("priceUnit")) out.price_step = amount_of(token_of(value));
            break;
        case 'v':
            if (name.is("volUnit")) units.volume_step = amount_of(token_of(value));
            break;
        case 'm':
            if (name.is("minVol")) units.volume_min = amount_of(token_of(value));
            else if (name.is("maxLeverage")) out.max_leverage = amount_of(token_of(value));
            else if (name.is("maintenanceMarginRate")) risk.maintenance = amount_of(token_of(value));
            break;
        case 'a':
            if (name.is("apiAllowed")) out.api_tradable = token_of(value).is_true();
            break;
        default: break;
    }
    return true;
}

bool read_contract(JsonWalk& object, Instrument& out) {
    ContractUnits units;
    RiskLimits risk;
    const bool good = object.each_member([&](std::string_view name, JsonWalk& value) { return read_contract_member(Name{name}, value, out, units, risk); });
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
    /// A list of instruments or a single one; anything else is passed over.
    bool read_value(JsonWalk& value) {
        if (value.front() == '{') return read_object(value);
        if (value.front() != '[') return true;
        return value.each_element([this](JsonWalk& item) { return read_object(item); });
    }

private:
    market::Market market_;
};

/// The members of the envelope that say whether the answer is a refusal, which the general reader then reads.
struct Envelope {
    bool refused{false}, found{false};
};

bool read_envelope(JsonWalk& object, ListReader& reader, Envelope& envelope) {
    return object.each_member([&](std::string_view quoted, JsonWalk& value) {
        const Name name{quoted};
        if (name.is("symbols") || name.is("data")) {
            envelope.found = true;
            return reader.read_value(value);
        }
        if (name.is("code")) {
            const auto code = token_of(value).integer();
            envelope.refused = envelope.refused || (code && *code != 0 && *code != 200);
        }
        if (name.is("success")) envelope.refused = envelope.refused || !token_of(value).is_true();
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

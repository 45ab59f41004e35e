#include "trading/instrument.hpp"

namespace bf::trading {
namespace {

constexpr std::size_t kTiersMax = 1'000;

void require_positive(Fields& in, std::string_view name, const Decimal& value) {
    if (in.has(name) && !value.is_positive()) in.fail(name, Fault::above_zero);
}

}  // namespace

void read_instrument(Fields& fields, InstrumentFacts& instrument) {
    fields.require("price_step");
    fields.require("quantity_step");
    fields.read("price_step", instrument.price_step);
    require_positive(fields, "price_step", instrument.price_step);
    fields.read("quantity_step", instrument.quantity_step);
    require_positive(fields, "quantity_step", instrument.quantity_step);
    fields.read("min_quantity", instrument.min_quantity);
    fields.read("min_notional", instrument.min_notional);
    fields.read("max_quantity", instrument.max_quantity);
    fields.read("max_notional", instrument.max_notional);
    fields.read("max_leverage", instrument.max_leverage);
    for (const auto& [name, least] : {std::pair{"min_quantity", instrument.min_quantity}, {"min_notional", instrument.min_notional}})
        if (least.is_negative()) fields.fail(name, Fault::not_negative);
    if (instrument.max_leverage) require_positive(fields, "max_leverage", *instrument.max_leverage);
    fields.read("tradable", instrument.tradable);
    // Quantities are in base units; the contract size is told with them and changes nothing here.
    std::optional<Decimal> contract_size;
    fields.read("contract_size", contract_size);
    if (contract_size) require_positive(fields, "contract_size", *contract_size);
    if (!fields.has("risk_tiers")) return;
    const auto tiers = fields.raw("risk_tiers");
    if (!tiers.is_array() || tiers.size() > kTiersMax) return fields.fail("risk_tiers", Fault::list);
    for (std::size_t i = 0; i < tiers.size(); ++i) {
        Fields tier{fields.reading(), tiers.at(i), fields.path_of("risk_tiers") + '[' + std::to_string(i) + ']'};
        RiskTier read;
        tier.require("up_to");
        tier.require("maintenance_rate");
        tier.read("up_to", read.up_to);
        tier.read("maintenance_rate", read.maintenance_rate);
        tier.read("max_leverage", read.max_leverage);
        if (read.maintenance_rate.is_negative() || read.maintenance_rate >= 1) tier.fail("maintenance_rate", Fault::maintenance_rate);
        if (i > 0 && read.up_to <= instrument.risk_tiers.back().up_to) tier.fail("up_to", Fault::tier_order);
        instrument.risk_tiers.push_back(read);
    }
}

Result<InstrumentFacts, FieldError> read_instrument(wire::JsonValue json) {
    if (!json.is_object()) return Unexpected{FieldError{"", Fault::no_instrument}};
    Reading reading;
    InstrumentFacts instrument;
    const auto inner = json["instrument"];
    {
        Fields fields{reading, inner.is_object() ? inner : json, inner.is_object() ? "instrument" : ""};
        read_instrument(fields, instrument);
    }
    if (reading.error) return Unexpected{std::move(*reading.error)};
    return instrument;
}

}  // namespace bf::trading

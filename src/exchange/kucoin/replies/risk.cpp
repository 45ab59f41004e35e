// Risk limits and funding of classic futures. KuCoin REST reference, "Get Isolated Margin Risk Limit" and "Get Private Funding History", read
// September 2026 in the OpenAPI files of the official SDK. A classic account has one level set for each symbol, which it may raise; its
// own level is told with a position only.
#include "exchange/kucoin/replies/readers.hpp"
#include "exchange/kucoin/replies/words.hpp"

namespace bf::exchange::kucoin {
namespace {

using market::RiskTier;
using wire::JsonValue;

/// Which way the position was, by the position side if it is told (hedge mode), else by the sign of its quantity.
std::optional<market::PositionSide> side_of_payment(JsonValue row, const std::optional<Decimal>& contracts) {
    if (const auto text = row["context"].text()) {
        const auto context = wire::Json::parse(*text);
        const auto side = context ? (*context)["positionSide"].text().value_or("") : std::string_view{};
        if (side == "LONG") return market::PositionSide::long_side;
        if (side == "SHORT") return market::PositionSide::short_side;
    }
    if (!contracts || contracts->is_zero()) return std::nullopt;
    return contracts->is_negative() ? market::PositionSide::short_side : market::PositionSide::long_side;
}

}  // namespace

Answer<std::vector<RiskTier>> read_risk_tiers(JsonValue data) {
    if (!data.is_array() || data.size() == 0) return bad_shape("the risk limits");
    std::vector<RiskTier> tiers;
    tiers.reserve(data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto row = data.at(i);
        const auto up_to = row["maxRiskLimit"].decimal(), rate = row["maintainMargin"].decimal();
        if (!up_to || !rate || !up_to->is_positive() || rate->is_negative() || *rate >= 1) return bad_shape("a risk limit");
        if (!tiers.empty() && (*up_to <= tiers.back().up_to || *rate < tiers.back().maintenance_rate)) return bad_shape("the risk limits' order");
        tiers.push_back({RiskTier::Unit::value, *up_to, *rate, row["maxLeverage"].decimal()});
    }
    return tiers;
}

Answer<FundingPage> read_funding_payments(JsonValue data, const Asked& asked) {
    const auto rows = data["dataList"];
    if (!rows.is_array()) return bad_shape("the funding payments");
    FundingPage page;
    page.more = data["hasMore"].boolean().value_or(false);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = rows.at(i);
        const auto id = text_of(row["id"]);
        const auto amount = row["funding"].decimal();
        const auto at = time_of(row["timePoint"]);
        if (!id || !amount || !at) return bad_shape("a funding payment");
        market::FundingPayment payment;
        payment.id = *id;
        payment.native_symbol = row["symbol"].text().value_or("");
        payment.symbol = symbol_of(payment.native_symbol, market::Market::futures, asked.instruments);
        const auto counted = size_of(row["positionQty"], market::Market::futures, contract_size_of(asked.instruments, payment.native_symbol));
        if (counted.quantity) payment.quantity = abs(*counted.quantity);
        payment.side = side_of_payment(row, row["positionQty"].decimal());
        if (const auto currency = row["settleCurrency"].text()) payment.asset = *currency == "XBT" ? "BTC" : *currency;
        payment.amount = *amount;
        payment.at = *at;
        page.payments.push_back(std::move(payment));
    }
    return page;
}

}  // namespace bf::exchange::kucoin

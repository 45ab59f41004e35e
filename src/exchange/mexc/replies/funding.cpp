// Funding of contract positions. Futures reference of 2026, "Get funding fee details"; the rows as in golden/mexc, since the reference's own
// example shows another call's answer. Whether `funding` is always signed no source says (in the recorded rows a long received at a negative
// rate, and it is above zero); who paid follows from rate and side: longs pay a positive rate.
#include "exchange/mexc/replies/readers.hpp"

namespace bf::exchange::mexc {
namespace {

Answer<market::FundingPayment> read_payment(const wire::JsonValue& row, const Asked& asked) {
    Fields fields{row};
    market::FundingPayment payment;
    payment.id = fields.id("id").value_or("");
    payment.native_symbol = fields.text("symbol");
    payment.symbol = symbol_of(payment.native_symbol, asked);
    const auto type = fields.integer("positionType");
    if (type == 1) payment.side = market::PositionSide::long_side;
    if (type == 2) payment.side = market::PositionSide::short_side;
    const auto amount = fields.amount("funding", Rounding::down), rate = fields.amount("rate");
    const auto at = fields.time_ms("settleTime");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    if (payment.id.empty() || !amount || !at) return Unexpected{unreadable("a funding payment without id, amount or time")};
    payment.amount = *amount;
    if (rate && !rate->is_zero() && payment.side) {
        const bool received = rate->is_negative() == (payment.side == market::PositionSide::long_side);
        payment.amount = received ? abs(*amount) : -abs(*amount);
    }
    payment.at = *at;
    return payment;
}

}  // namespace

Answer<FundingPage> read_funding_payments(const wire::JsonValue& data, const Asked& asked) {
    Fields fields{data};
    const auto page = fields.integer("currentPage"), pages = fields.integer("totalPage");
    if (!fields.good()) return Unexpected{unreadable(fields.bad())};
    BF_TRY(auto payments, read_list<market::FundingPayment>(data["resultList"], [&](const wire::JsonValue& row) { return read_payment(row, asked); }));
    return FundingPage{std::move(payments), page.value_or(1) < pages.value_or(1)};
}

}  // namespace bf::exchange::mexc

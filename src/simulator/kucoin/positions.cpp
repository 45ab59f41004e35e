#include "simulator/kucoin/positions.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::simulator::kucoin {
namespace {

constexpr int kRatioDigits = 4;

Decimal ratio(const Decimal& a, const Decimal& b) {
    return b.is_positive() ? Decimal::divide(a, b, kRatioDigits, Rounding::down).value() : Decimal{};
}

const Instrument* contract(const Ask& ask, std::string_view native) {
    const Instrument* instrument = ask.exchange.find_native(native);
    return instrument == nullptr || !instrument->is_futures() ? nullptr : instrument;
}
wire::Response unknown_contract() { return refuse("100003", "Contract parameter invalid."); }

wire::Response overview(Ask& ask) {
    const auto asked = ask.call.parameter("currency");
    const std::string name = asked.empty() ? "XBT" : std::string{asked};  // The default is not USDT.
    const std::string asset = name == "XBT" ? "BTC" : name;
    Exchange::FuturesBalance balance;
    if (ask.account->mode == AccountMode::classic) balance = ask.exchange.futures_balance(*ask.account, asset);
    return ok([&](JsonWriter& out) {
        out.begin_object();
        number(out, "accountEquity", balance.equity());
        number(out, "unrealisedPNL", balance.unrealized_pnl);
        number(out, "marginBalance", balance.wallet());
        number(out, "positionMargin", balance.position_margin);
        number(out, "orderMargin", balance.order_margin);
        out.key("frozenFunds").raw("0.0");
        number(out, "availableBalance", balance.free);
        out.member("currency", name);
        number(out, "riskRatio", ratio(balance.position_margin, balance.equity()));
        number(out, "maxWithdrawAmount", balance.free);
        out.end_object();
    });
}

wire::Response positions(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& position : ask.account->positions) {
            out.begin_object();
            write_position(out, ask.exchange, *ask.account, position, Print::numbers);
            out.end_object();
        }
        out.end_array();
    });
}

/// One that is not open is answered too, with a quantity of zero.
wire::Response position_v1(Ask& ask) {
    const Instrument* instrument = contract(ask, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    Position closed;
    closed.instrument = instrument;
    closed.leverage = ask.exchange.leverage(*ask.account, *instrument);
    closed.margin_mode = ask.account->margin_mode(*instrument);
    const Position* open = nullptr;
    for (const auto& position : ask.account->positions)
        if (position.instrument == instrument) open = &position;
    return ok([&](JsonWriter& out) {
        out.begin_object();
        write_position(out, ask.exchange, *ask.account, open == nullptr ? closed : *open, Print::numbers);
        out.end_object();
    });
}

wire::Response position_v2(Ask& ask) {
    const Instrument* instrument = contract(ask, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    return ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& position : ask.account->positions) {
            if (position.instrument != instrument) continue;
            out.begin_object();
            write_position(out, ask.exchange, *ask.account, position, Print::texts);
            out.end_object();
        }
        out.end_array();
    });
}

/// The code and text of a refused switch are not documented.
wire::Response still_open() { return refuse("330004", "Please close all positions and cancel all open orders before switching."); }

wire::Response margin_mode(Ask& ask, std::string_view native) {
    const Instrument* instrument = contract(ask, native);
    if (instrument == nullptr) return unknown_contract();
    return ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", instrument->native);
        out.member("marginMode", margin_text(ask.account->margin_mode(*instrument))).end_object();
    });
}
wire::Response get_margin_mode(Ask& ask) { return margin_mode(ask, ask.call.parameter("symbol")); }
wire::Response change_margin_mode(Ask& ask) {
    const auto native = ask.body["symbol"].text().value_or("");
    const Instrument* instrument = contract(ask, native);
    if (instrument == nullptr) return unknown_contract();
    const auto mode = ask.body["marginMode"].text() == "CROSS" ? MarginMode::cross : MarginMode::isolated;
    if (!ask.exchange.set_margin_mode(*ask.account, *instrument, mode)) return still_open();
    return margin_mode(ask, native);
}

wire::Response get_position_mode(Ask& ask) {
    return ok([&](JsonWriter& out) {
        out.begin_object().member("positionMode", ask.account->position_mode == PositionMode::hedge ? 1 : 0).end_object();
    });
}
wire::Response switch_position_mode(Ask& ask) {
    const auto mode = ask.body["positionMode"].text_or_number().value_or("");
    if (mode != "0" && mode != "1") return refuse("100001", "positionMode parameter invalid.");
    if (!ask.exchange.set_position_mode(*ask.account, mode == "1" ? PositionMode::hedge : PositionMode::one_way)) return still_open();
    return get_position_mode(ask);
}

wire::Response get_leverage(Ask& ask) {
    const Instrument* instrument = contract(ask, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    return ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", instrument->native);
        out.member("leverage", std::to_string(ask.exchange.leverage(*ask.account, *instrument))).end_object();
    });
}
wire::Response change_leverage(Ask& ask) {
    const Instrument* instrument = contract(ask, ask.body["symbol"].text().value_or(""));
    if (instrument == nullptr) return unknown_contract();
    const auto leverage = ask.body["leverage"].integer().value_or(0);
    if (!ask.exchange.set_leverage(*ask.account, *instrument, static_cast<int>(leverage)))
        return refuse("300016", "The leverage cannot be greater than " + std::to_string(instrument->max_leverage) + ".");
    return ok([](JsonWriter& out) { out.boolean(true); });
}

wire::Response max_open_size(Ask& ask) {
    const Instrument* instrument = contract(ask, ask.call.parameter("symbol"));
    if (instrument == nullptr) return unknown_contract();
    const Decimal price = Decimal::parse(ask.call.parameter("price")).value_or(ask.exchange.market(*instrument).price());
    const Decimal leverage = Decimal::parse(ask.call.parameter("leverage")).value_or(Decimal{ask.exchange.leverage(*ask.account, *instrument)});
    if (!price.is_positive() || !leverage.is_positive()) return refuse("100001", "price or leverage parameter invalid.");
    const Decimal value = ask.exchange.futures_balance(*ask.account, instrument->symbol.settle).free * leverage;
    const Decimal lots = Decimal::divide(value, price * instrument->contract_size, 0, Rounding::down).value();
    return ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", instrument->native);
        number(out, "maxBuyOpenSize", lots);
        number(out, "maxSellOpenSize", lots);
        out.end_object();
    });
}

wire::Response funding_history(Ask& ask) {
    const auto symbol = ask.call.parameter("symbol");
    const auto start = read_ms(ask.call, "startAt"), end = read_ms(ask.call, "endAt");
    const auto most = std::clamp<std::int64_t>(parse_int(ask.call.parameter("maxCount")).value_or(10), 1, 100);
    bool more = false;
    return ok([&](JsonWriter& out) {
        out.begin_object().key("dataList").begin_array();
        const auto& all = ask.account->funding;
        std::int64_t count = 0;
        for (auto at = all.rbegin(); at != all.rend(); ++at) {
            if ((!symbol.empty() && at->instrument->native != symbol) || (start && at->at < *start) || (end && at->at > *end)) continue;
            more = count++ == most;
            if (more) break;
            out.begin_object().member("id", at->number).member("symbol", at->instrument->native).member("timePoint", at->at.ms());
            write_rate(out, "fundingRate", at->rate);
            number(out, "markPrice", at->mark);
            number(out, "positionQty", at->instrument->contracts(at->quantity));
            number(out, "positionCost", at->mark * at->quantity);
            number(out, "funding", at->amount);
            out.member("settleCurrency", "USDT");
            std::string context = R"({"marginMode": ")";
            context.append(margin_text(at->margin_mode)).append(R"(", "positionSide": ")").append(slot_text(at->slot)).append("\"}");
            out.member("context", context).member("marginMode", margin_text(at->margin_mode)).end_object();
        }
        out.end_array().member("hasMore", more).end_object();
    });
}

constexpr Route kRoutes[] = {
    {Method::get, "/api/v1/account-overview", Host::futures, Access::futures, Quota::futures, 5, overview},
    {Method::get, "/api/v1/positions", Host::futures, Access::futures, Quota::futures, 2, positions},
    {Method::get, "/api/v1/position", Host::futures, Access::futures, Quota::futures, 2, position_v1},
    {Method::get, "/api/v2/position", Host::futures, Access::futures, Quota::futures, 2, position_v2},
    {Method::get, "/api/v2/position/getMarginMode", Host::futures, Access::futures, Quota::futures, 2, get_margin_mode},
    {Method::post, "/api/v2/position/changeMarginMode", Host::futures, Access::futures, Quota::futures, 2, change_margin_mode},
    {Method::get, "/api/v2/position/getPositionMode", Host::futures, Access::futures, Quota::futures, 2, get_position_mode},
    {Method::post, "/api/v2/position/switchPositionMode", Host::futures, Access::futures, Quota::futures, 2, switch_position_mode},
    {Method::get, "/api/v2/getCrossUserLeverage", Host::futures, Access::futures, Quota::futures, 2, get_leverage},
    {Method::post, "/api/v2/changeCrossUserLeverage", Host::futures, Access::futures, Quota::futures, 2, change_leverage},
    {Method::get, "/api/v2/getMaxOpenSize", Host::futures, Access::futures, Quota::futures, 2, max_open_size},
    {Method::get, "/api/v1/funding-history", Host::futures, Access::general, Quota::futures, 5, funding_history},
};

}  // namespace

std::span<const Route> position_routes() { return kRoutes; }

std::string_view margin_text(MarginMode mode) { return mode == MarginMode::cross ? "CROSS" : "ISOLATED"; }

std::string_view slot_text(PositionSlot slot) {
    return slot == PositionSlot::both ? "BOTH" : slot == PositionSlot::long_only ? "LONG" : "SHORT";
}

std::string position_id(const Position& position) {
    constexpr std::uint64_t kBase = 500'000'000'000'000'000U;
    return std::to_string(kBase + position.number);
}

void write_position(JsonWriter& out, const Exchange& exchange, const Account& account, const Position& position, Print print) {
    const Instrument& instrument = *position.instrument;
    const Decimal mark = exchange.market(instrument).price();
    const Decimal value = mark * position.quantity;
    const Decimal pnl = position.unrealized_pnl(mark);
    const bool is_short = position.side == PositionSide::short_side;
    const Decimal lots = instrument.contracts(position.quantity);
    const Decimal cost = is_short ? -position.entry_cost : position.entry_cost;
    const bool cross = position.margin_mode == MarginMode::cross;
    const auto amount = [&](std::string_view name, const Decimal& decimal) {
        if (print == Print::numbers) number(out, name, decimal);
        else out.member(name, decimal);
    };
    out.member("id", position_id(position)).member("symbol", instrument.native).member("autoDeposit", false).member("crossMode", cross);
    const auto& rate = instrument.maintenance_of(position.quantity, mark);
    const auto* tier = instrument.tier_of(position.quantity, mark);
    amount("maintMarginReq", rate);
    amount("riskLimit", tier != nullptr ? tier->up_to : instrument.risk_tiers.back().up_to);
    amount("realLeverage", ratio(value, position.margin + pnl));
    amount("delevPercentage", "0.1"_d);
    out.member("openingTimestamp", position.opened_at.ms()).member("currentTimestamp", exchange.now().ms());
    amount("currentQty", is_short ? -lots : lots);
    amount("currentCost", cost);
    amount("unrealisedCost", cost);
    amount("realisedCost", -position.realized_pnl);
    out.member("isOpen", position.quantity.is_positive());
    amount("markPrice", mark);
    amount("markValue", is_short ? -value : value);
    amount("posCost", cost);
    // Told in the margin, though it is not set aside here: whoever takes the whole for margin sees a liquidation too far away.
    const Decimal kept_for_fees = position.entry_cost * instrument.taker_fee;
    amount("posInit", position.margin);
    amount("posComm", kept_for_fees);
    amount("posMargin", position.margin + kept_for_fees);
    amount("posFunding", position.funding);
    amount("posMaint", position.maintenance_margin(mark));
    amount("maintMargin", position.margin + pnl);
    amount("realisedGrossPnl", position.realized_pnl);
    amount("realisedPnl", position.realized_pnl);
    amount("unrealisedPnl", pnl);
    amount("unrealisedPnlPcnt", ratio(pnl, position.entry_cost));
    amount("unrealisedRoePcnt", ratio(pnl, position.margin));
    amount("avgEntryPrice", position.entry_price());
    amount("liquidationPrice", exchange.liquidation_price(account, position));
    amount("bankruptPrice", position.bankruptcy_price());
    out.member("settleCurrency", instrument.symbol.settle);
    amount("maintainMargin", rate);
    const auto level = tier != nullptr ? tier - instrument.risk_tiers.data() + 1 : std::ssize(instrument.risk_tiers);
    out.member("riskLimitLevel", level).member("marginMode", margin_text(position.margin_mode)).member("positionSide", slot_text(position.slot));
    amount("leverage", Decimal{position.leverage});
}

void write_wallet(JsonWriter& out, const Exchange& exchange, const Account& account, const std::string& asset) {
    const auto balance = exchange.futures_balance(account, asset);
    Decimal cross_margin, cross_pnl, isolated_margin, isolated_pnl;
    for (const auto& position : account.positions) {
        const bool cross = position.margin_mode == MarginMode::cross;
        (cross ? cross_margin : isolated_margin) += position.margin;
        (cross ? cross_pnl : isolated_pnl) += position.unrealized_pnl(exchange.market(*position.instrument).price());
    }
    out.member("crossPosMargin", cross_margin).member("isolatedOrderMargin", balance.order_margin).member("holdBalance", "0");
    out.member("equity", balance.equity()).member("version", std::to_string(account.fills.size() + account.orders.size()));
    out.member("availableBalance", balance.free).member("isolatedPosMargin", isolated_margin).member("maxWithdrawAmount", balance.free);
    out.member("walletBalance", balance.wallet()).member("isolatedFundingFeeMargin", "0").member("crossUnPnl", cross_pnl);
    out.member("totalCrossMargin", balance.free + cross_margin).member("currency", asset).member("isolatedUnPnl", isolated_pnl);
    out.member("availableMargin", balance.free).member("crossOrderMargin", "0").member("timestamp", std::to_string(exchange.now().ms()));
}

}  // namespace bf::simulator::kucoin

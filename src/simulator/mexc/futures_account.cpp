// Futures balances, positions and their settings. Source: futures reference, "Account and trading endpoints".
#include "simulator/mexc/routes.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::simulator::mexc {
namespace {

wire::Response assets(Ask& ask) {
    return futures_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& entry : ask.account->wallets(Market::futures)) {
            out.begin_object();
            write_asset(out, ask.exchange, *ask.account, entry.first);
            out.end_object();
        }
        out.end_array();
    });
}

wire::Response asset(Ask& ask) {
    return futures_ok([&](JsonWriter& out) {
        out.begin_object();
        write_asset(out, ask.exchange, *ask.account, ask.tail);
        out.end_object();
    });
}

wire::Response open_positions(Ask& ask) {
    const auto name = ask.parameter("symbol");
    return futures_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const auto& position : ask.account->positions) {
            if (!name.empty() && position.instrument->native != name) continue;
            out.begin_object();
            write_position(out, ask.exchange, *ask.account, position);
            out.end_object();
        }
        out.end_array();
    });
}

wire::Response no_history(Ask&) {
    return futures_ok([](JsonWriter& out) { out.begin_array().end_array(); });
}

wire::Response position_mode(Ask& ask) {
    return futures_ok([&](JsonWriter& out) { out.number(std::int64_t{ask.account->position_mode == PositionMode::hedge ? 1 : 2}); });
}

wire::Response nothing() { return {200, {{"Content-Type", "application/json"}}, R"({"success":true,"code":0})"}; }

wire::Response change_position_mode(Ask& ask) {
    const auto mode = ask.body["positionMode"].integer();
    if (mode != 1 && mode != 2) return futures_error(600, "Param error!");
    if (!ask.exchange.set_position_mode(*ask.account, mode == 1 ? PositionMode::hedge : PositionMode::one_way))
        return futures_error(2019, "There is an active open position");
    return nothing();
}

wire::Response leverage(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return futures_error(1001, "Contract doesn't exist!");
    return futures_ok([&](JsonWriter& out) {
        out.begin_array();
        for (const int type : {1, 2}) {
            out.begin_object().member("positionType", type).member("level", 1);
            out.member("openType", ask.account->margin_mode(*instrument) == MarginMode::isolated ? 1 : 2);
            number(out, "imr", Decimal::divide(1, ask.exchange.leverage(*ask.account, *instrument), 6, Rounding::up).value());
            number(out, "mmr", instrument->maintenance_rate);
            out.member("leverage", ask.exchange.leverage(*ask.account, *instrument)).end_object();
        }
        out.end_array();
    });
}

/// With an open position its id names it; without, symbol, margin type and direction do.
wire::Response change_leverage(Ask& ask) {
    const auto wanted = ask.body["leverage"].integer();
    if (!wanted) return futures_error(600, "Param error!");
    const Instrument* instrument = contract(ask.exchange, ask.body["symbol"].text().value_or(""));
    if (const auto id = ask.body["positionId"].integer())
        for (const auto& position : ask.account->positions)
            if (static_cast<std::int64_t>(position.number) == *id) instrument = position.instrument;
    if (instrument == nullptr) return futures_error(1001, "Contract doesn't exist!");
    if (const auto type = ask.body["openType"].integer()) {
        const auto mode = type == 2 ? MarginMode::cross : MarginMode::isolated;
        if (mode != ask.account->margin_mode(*instrument) && !ask.exchange.set_margin_mode(*ask.account, *instrument, mode))
            return futures_error(2027, "There is only one cross or isolated in the same direction");
    }
    if (*wanted < 1 || *wanted > instrument->max_leverage) return futures_error(2006, "Leverage ratio error");
    if (!ask.exchange.set_leverage(*ask.account, *instrument, static_cast<int>(*wanted))) return futures_error(2006, "Leverage ratio error");
    return nothing();
}

wire::Response funding_records(Ask& ask) {
    const auto name = ask.parameter("symbol");
    const auto size = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("page_size")).value_or(20), 1, 100));
    const auto page = static_cast<std::size_t>(std::clamp<std::int64_t>(parse_int(ask.parameter("page_num")).value_or(1), 1, 10'000));
    const auto start = parse_int(ask.parameter("start_time")), end = parse_int(ask.parameter("end_time"));
    std::vector<const FundingPayment*> list;
    for (auto at = ask.account->funding.rbegin(); at != ask.account->funding.rend(); ++at) {
        const bool within = (!start || at->at.ms() >= *start) && (!end || at->at.ms() <= *end);
        if (within && (name.empty() || at->instrument->native == name)) list.push_back(&*at);
    }
    return futures_ok([&](JsonWriter& out) {
        out.begin_object().member("pageSize", size).member("totalCount", list.size()).member("totalPage", (list.size() + size - 1) / size);
        out.member("currentPage", page).key("resultList").begin_array();
        for (std::size_t i = (page - 1) * size; i < std::min(page * size, list.size()); ++i) {
            const FundingPayment& one = *list[i];
            out.begin_object().member("id", one.number).member("symbol", one.instrument->native).member("positionType", one.quantity.is_negative() ? 2 : 1);
            number(out, "positionValue", abs(one.quantity) * one.mark);
            number(out, "funding", one.amount);
            number(out, "rate", one.rate);
            out.member("settleTime", one.at.ms()).end_object();
        }
        out.end_array().end_object();
    });
}

wire::Response fee_details(Ask& ask) {
    const Instrument* instrument = contract(ask.exchange, ask.parameter("symbol"));
    if (instrument == nullptr) return futures_error(1001, "Contract doesn't exist!");
    return futures_ok([&](JsonWriter& out) {
        out.begin_object().member("symbol", instrument->native).member("joinDiscount", false).member("enjoyDiscount", false);
        for (const auto* kind : {"original", "real"}) {
            number(out, std::string{kind} + "MakerFee", instrument->maker_fee);
            number(out, std::string{kind} + "TakerFee", instrument->taker_fee);
        }
        out.member("feeRateMode", "NORMAL").end_object();
    });
}

constexpr Route kRoutes[] = {
    {Method::get, "/api/v1/private/account/tiered_fee_rate/v2", Access::contract_account_read, Quota::contract, 1, fee_details},
    {Method::get, "/api/v1/private/account/assets", Access::contract_account_read, Quota::contract, 1, assets},
    {Method::get, "/api/v1/private/account/asset/*", Access::contract_account_read, Quota::contract, 1, asset},
    {Method::get, "/api/v1/private/position/open_positions", Access::contract_deal_read, Quota::contract, 1, open_positions},
    {Method::get, "/api/v1/private/position/list/history_positions", Access::contract_deal_read, Quota::contract, 1, no_history},
    {Method::get, "/api/v1/private/position/position_mode", Access::contract_deal_read, Quota::contract, 1, position_mode},
    {Method::post, "/api/v1/private/position/change_position_mode", Access::contract_deal_write, Quota::contract, 1, change_position_mode},
    {Method::get, "/api/v1/private/position/leverage", Access::contract_deal_read, Quota::contract, 1, leverage},
    {Method::post, "/api/v1/private/position/change_leverage", Access::contract_account_write, Quota::contract, 1, change_leverage},
    {Method::get, "/api/v1/private/position/funding_records", Access::contract_deal_read, Quota::contract, 1, funding_records},
};

}  // namespace

std::span<const Route> futures_account_routes() { return kRoutes; }

void write_asset(JsonWriter& out, const Exchange& exchange, const Account& account, const std::string& asset) {
    const auto balance = exchange.futures_balance(account, asset);
    out.member("currency", asset);
    number(out, "positionMargin", balance.position_margin);
    number(out, "availableBalance", balance.free);
    number(out, "cashBalance", balance.free);
    number(out, "frozenBalance", balance.order_margin);
    number(out, "equity", balance.equity());
    number(out, "unrealized", balance.unrealized_pnl);
    out.member("bonus", 0);
}

void write_position(JsonWriter& out, const Exchange& exchange, const Account& account, const Position& position) {
    const bool open = position.quantity.is_positive();
    out.member("positionId", position.number).member("symbol", position.instrument->native);
    out.member("positionType", position.side == PositionSide::long_side ? 1 : 2).member("openType", position.margin_mode == MarginMode::isolated ? 1 : 2);
    out.member("state", open ? 1 : 3);
    number(out, "holdVol", position.instrument->contracts(position.quantity));
    out.member("frozenVol", 0).member("closeVol", 0);
    const Decimal price = open ? position.entry_price() : Decimal{};
    number(out, "holdAvgPrice", price);
    number(out, "openAvgPrice", price);
    out.member("closeAvgPrice", 0);
    number(out, "liquidatePrice", open ? exchange.liquidation_price(account, position) : Decimal{});
    number(out, "oim", position.margin);
    number(out, "im", position.margin);
    number(out, "holdFee", position.funding);
    number(out, "realised", position.realized_pnl);
    out.member("leverage", position.leverage).member("createTime", position.opened_at.ms()).member("updateTime", position.updated_at.ms());
    out.member("autoAddIm", false).member("version", 1);
}

}  // namespace bf::simulator::mexc

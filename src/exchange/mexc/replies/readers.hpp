// The readers of MEXC's answers, by product. Each takes the body of an answer that said success.
#pragma once
#include "exchange/mexc/replies/errors.hpp"
#include "exchange/mexc/replies/fields.hpp"

namespace bf::exchange::mexc {

// Account facts, the same on both markets (account.cpp).
Answer<KeyInfo> read_key_info(const wire::Json& body, const Asked& asked);
Answer<std::string> read_account_id(const wire::Json& body);
Answer<Ternary> read_identity(const wire::Json& body, const Asked& asked);
Answer<std::vector<std::string>> read_tradable_symbols(const wire::Json& body);
Answer<StreamAddress> read_listen_key(const wire::Json& body);

// Spot (spot.cpp).
Answer<std::vector<market::Balance>> read_spot_balances(const wire::Json& body);
Answer<market::Ticker> read_spot_ticker(const wire::Json& body, const Asked& asked);
Answer<std::vector<market::Candle>> read_spot_candles(const wire::Json& body);
Answer<market::Order> read_spot_order(const wire::JsonValue& row, const Asked& asked);
Answer<market::Fill> read_spot_fill(const wire::JsonValue& row, const Asked& asked);
Answer<PlacedOrder> read_spot_ids(const wire::JsonValue& row);

// Futures (futures.cpp); the answers' `data`.
Answer<std::vector<market::Balance>> read_futures_balances(const wire::JsonValue& data);
Answer<market::Balance> read_asset(const wire::JsonValue& row);
/// Equity less the profit that is still open.
Answer<market::Amount> read_wallet(const wire::JsonValue& row);
Answer<market::Ticker> read_futures_ticker(const wire::JsonValue& data, const Asked& asked);
Answer<std::vector<market::Candle>> read_futures_candles(const wire::JsonValue& data, const Asked& asked);
Answer<market::Order> read_futures_order(const wire::JsonValue& row, const Asked& asked);
Answer<market::Fill> read_futures_fill(const wire::JsonValue& row, const Asked& asked);
Answer<market::Position> read_position(const wire::JsonValue& row, const Asked& asked);
/// funding.cpp
Answer<FundingPage> read_funding_payments(const wire::JsonValue& data, const Asked& asked);
/// fees.cpp: of both markets.
Answer<market::FeeRates> read_fee_rates(const wire::JsonValue& data, const Asked& asked);
Answer<PlacedOrder> read_futures_placed(const wire::JsonValue& data, const Asked& asked);
Answer<PlacedOrder> read_futures_canceled(const wire::JsonValue& data, const Asked& asked);

// Lists of instruments by simdjson's on-demand interface (instruments.cpp): the whole body, whose error codes are looked at first.
Answer<std::vector<market::Instrument>> read_instruments(const wire::Response& response, const Asked& asked);

// Words that REST and streams share (words.cpp).
struct TypeWords {
    std::optional<market::OrderType> type;
    std::optional<market::TimeInForce> time_in_force;
};
TypeWords spot_type(std::string_view text);
/// 1 limit, 2 post only, 3 IOC, 4 FOK, 5 market: the protobuf stream's orderType and the futures' type alike.
TypeWords numbered_type(std::int64_t number);
struct SideWords {
    std::optional<market::Side> side;
    std::optional<bool> reduces;
};
/// Futures: 1 open long, 2 close short, 3 open short, 4 close long.
SideWords futures_side(std::int64_t number);
/// The futures' category: 2 liquidation ("take-over"), 4 auto-deleveraging. 3 ("close") is explained by no source, and 1 is an order.
std::optional<market::Forced> forced_of(std::int64_t category);
market::OrderStatus spot_status(std::string_view text);
/// `filled` of nothing is "open", of something "partially_filled": futures have one state for both.
market::OrderStatus futures_status(std::int64_t state, const std::optional<Decimal>& filled);

}  // namespace bf::exchange::mexc

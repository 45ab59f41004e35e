// The readers, by noun. Each takes an opened envelope's data; the class in replies.cpp puts them together.
#pragma once
#include "exchange/kucoin/replies/envelope.hpp"

namespace bf::exchange::kucoin {

Answer<KeyInfo> read_key_info(wire::JsonValue data, const Asked& asked);

/// Rows of type trade and trade_hf, each asset once: where one has both, that of trade_hf, which is what our spot orders (the /hf family) can spend.
/// Sources: KuCoin Spot HF reference, "Place HF order" (needs the funds in the high-frequency account), "Internal Funds Transfers" (trade and
/// trade_hf are two accounts), read 2026-11-29; the current reference names the types main and trade.
Answer<std::vector<market::Balance>> read_spot_balances(wire::JsonValue data);
Answer<std::vector<market::Balance>> read_futures_balances(wire::JsonValue data);
/// Of the classic futures account: its equity less the profit that is still open.
Answer<std::vector<market::Amount>> read_wallets(wire::JsonValue data);
Answer<std::vector<market::Balance>> read_unified_balances(wire::JsonValue data);

/// An order of the classic interfaces (spot, stop and futures orders share their names) or of the unified one.
Answer<market::Order> read_order(wire::JsonValue data, const Asked& asked);
Answer<std::vector<market::Order>> read_orders(wire::JsonValue data, const Asked& asked);
Answer<std::vector<market::Fill>> read_fills(wire::JsonValue data, const Asked& asked);
Answer<std::vector<market::Position>> read_positions(wire::JsonValue data, const Asked& asked);
Answer<PlacedOrder> read_placed(wire::JsonValue data, const Asked& asked);
Answer<PlacedOrder> read_canceled(wire::JsonValue data);

Answer<market::Ticker> read_ticker(wire::JsonValue data, const Asked& asked);
Answer<std::vector<market::Candle>> read_candles(wire::JsonValue data, const Asked& asked);
/// Reads the whole body by simdjson's on-demand interface: the list is two megabytes long.
Answer<std::vector<market::Instrument>> read_instruments(const wire::Response& response, const Asked& asked);

Answer<std::vector<market::RiskTier>> read_risk_tiers(wire::JsonValue data);
Answer<FundingPage> read_funding_payments(wire::JsonValue data, const Asked& asked);
/// fees.cpp
Answer<market::FeeRates> read_fee_rates(wire::JsonValue data, const Asked& asked);

Answer<StreamAddress> read_stream_address(wire::JsonValue data, const Asked& asked);

}  // namespace bf::exchange::kucoin

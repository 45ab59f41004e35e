"""The strategy in freqtrade: position adjustment with a limit order at the next zone, the target as ROI. No network: the market is written here."""

import logging
from datetime import timezone
from pathlib import Path

import ccxt
from freqtrade import __version__
from freqtrade.configuration import Configuration
from freqtrade.enums import CandleType, RunMode, TradingMode
from freqtrade.exchange import Exchange
from freqtrade.optimize.backtesting import Backtesting
from freqtrade.persistence import LocalTrade
from freqtrade.resolvers import ExchangeResolver, StrategyResolver

from common import LOT, TICK, Strategy, Timer, answer, arguments, read_candles

PAIR = "BTC/USDT"
MARKET = {
    "id": "BTCUSDT", "symbol": PAIR, "base": "BTC", "quote": "USDT", "active": True, "spot": True, "type": "spot", "swap": False, "future": False, "linear": None,
    "margin": False, "option": False, "contract": False, "precision": {"amount": LOT, "price": TICK, "base": 8, "quote": 8},
    "limits": {"amount": {"min": LOT, "max": None}, "price": {"min": TICK, "max": None}, "cost": {"min": 5, "max": None}, "leverage": {"min": None, "max": None}},
    "taker": 0.001, "maker": 0.001, "info": {},
}
CONFIG = {
    "stake_currency": "USDT", "stake_amount": 100, "dry_run": True, "dry_run_wallet": 10_000, "timeframe": "1m", "max_open_trades": 1, "fee": 0.001,
    "exchange": {"name": "binance", "key": "", "secret": "", "pair_whitelist": [PAIR], "pair_blacklist": []}, "pairlists": [{"method": "StaticPairList"}],
    "entry_pricing": {"price_side": "same", "use_order_book": False}, "exit_pricing": {"price_side": "same", "use_order_book": False},
    "trading_mode": "spot", "margin_mode": "", "runmode": RunMode.BACKTEST, "strategy": "DcaByZone", "strategy_path": str(Path(__file__).parent / "freqtrade_strategy"),
    "unfilledtimeout": {"entry": 10_000_000, "exit": 10_000_000, "unit": "minutes"}, "export": "none", "user_data_dir": Path("."), "datadir": Path("."),
    "position_stacking": False, "dataformat_ohlcv": "feather", "candle_type_def": CandleType.SPOT, "original_config": {},
}


def without_network():
    def load(self, *_, **__):
        for api in (self._api, self._api_async):
            api.set_markets([MARKET])
        self._markets = self._api.markets
        self._last_markets_refresh = 1

    Exchange.reload_markets = load
    Exchange.validate_config = lambda *_: None
    ccxt.Exchange.fetch = lambda *_, **__: (_ for _ in ()).throw(RuntimeError("a back-test asked the network"))


def main():
    args = arguments()
    logging.disable(logging.CRITICAL)
    frame = read_candles(args)
    import pandas as pd

    frame.insert(0, "date", pd.to_datetime(frame.pop("open_time_ms"), unit="ms", utc=True))
    without_network()
    exchange = ExchangeResolver.load_exchange(CONFIG, validate=True)
    backtesting = Backtesting(CONFIG, exchange)
    backtesting._set_strategy(backtesting.strategylist[0])
    processed = backtesting.strategy.advise_all_indicators({PAIR: frame})
    first, last = frame["date"].iloc[0].to_pydatetime(), frame["date"].iloc[-1].to_pydatetime()
    with Timer() as timer:
        backtesting.backtest(processed=processed, start_date=first, end_date=last)
    deals = []
    for trade in LocalTrade.bt_trades:
        if trade.exit_reason == "force_exit":
            continue  # Open at the end.
        entries = [order for order in trade.orders if order.ft_order_side == "buy" and order.filled]
        deals.append({
            "opened_ms": int(trade.open_date_utc.timestamp() * 1000), "fills": [[order.average, order.filled] for order in entries],
            "exit": trade.close_rate, "closed_ms": int(trade.close_date_utc.timestamp() * 1000), "profit": trade.close_profit_abs,
        })
    answer(args, "freqtrade", __version__, len(frame), timer.seconds, deals)


main()

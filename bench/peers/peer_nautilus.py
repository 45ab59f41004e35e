"""The strategy in NautilusTrader on bars: limit orders for every zone and for the exit, moved after each fill. For the time only; its deals are counted."""

import nautilus_trader
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import TraderId, Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy as Base

from common import Strategy, Timer, answer, arguments, read_candles

RULES = Strategy()
INSTRUMENT = TestInstrumentProvider.btcusdt_binance()
BARS = BarType.from_str(f"{INSTRUMENT.id}-1-MINUTE-LAST-EXTERNAL")


class DcaByZone(Base):
    def __init__(self):
        super().__init__()
        self.fills, self.ladder, self.exit_order, self.entered, self.groups = [], [], None, False, 0

    def on_start(self):
        self.subscribe_bars(BARS)

    def on_bar(self, bar):
        if not self.entered:
            self.entered = True
            size = INSTRUMENT.make_qty(RULES.quantity(0, float(bar.close)))
            self.submit_order(self.order_factory.market(INSTRUMENT.id, OrderSide.BUY, size))

    def limit(self, side, price, size):
        order = self.order_factory.limit(INSTRUMENT.id, side, INSTRUMENT.make_qty(size), INSTRUMENT.make_price(price))
        self.submit_order(order)
        return order

    def on_order_filled(self, event):
        if event.order_side == OrderSide.SELL:
            self.groups += 1
            for order in self.ladder:
                if order.is_open:
                    self.cancel_order(order)
            self.fills, self.ladder, self.exit_order, self.entered = [], [], None, False
            return
        self.fills.append((float(event.last_px), float(event.last_qty)))
        if len(self.fills) == 1:
            anchor = self.fills[0][0]
            for k in range(RULES.add_ons):
                price = RULES.price(anchor, k)
                self.ladder.append(self.limit(OrderSide.BUY, price, RULES.quantity(k + 1, price)))
        held = sum(size for _, size in self.fills)
        price = RULES.exit_price(sum(price * size for price, size in self.fills), held)
        if self.exit_order is None:
            self.exit_order = self.limit(OrderSide.SELL, price, held)
        else:
            self.modify_order(self.exit_order, INSTRUMENT.make_qty(held), INSTRUMENT.make_price(price))


def main():
    args = arguments()
    frame = read_candles(args)
    frame.index = pd.to_datetime(frame.pop("open_time_ms") + 60_000, unit="ms", utc=True)
    # Deep enough: a bar's volume bounds what fills in it.
    frame["volume"] = 1_000.0
    bars = BarDataWrangler(BARS, INSTRUMENT).process(frame)
    engine = BacktestEngine(BacktestEngineConfig(trader_id=TraderId("PEER-001"), logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(Venue("BINANCE"), oms_type=OmsType.NETTING, account_type=AccountType.CASH, starting_balances=[Money(10_000, USDT)], base_currency=None)
    engine.add_instrument(INSTRUMENT)
    engine.add_data(bars)
    strategy = DcaByZone()
    engine.add_strategy(strategy)
    with Timer() as timer:
        engine.run()
    answer(args, "nautilus_trader", nautilus_trader.__version__, len(frame), timer.seconds, [None] * strategy.groups)


main()

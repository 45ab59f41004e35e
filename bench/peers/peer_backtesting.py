"""The strategy in backtesting.py: limit orders for every zone and for the exit, moved after each fill."""

import logging
import warnings

import pandas as pd
from backtesting import Backtest, __version__

from backtesting import Strategy as Base

import common
from common import LOT, Strategy, Timer, answer, arguments, read_candles

RULES = Strategy()
DEALS = []


class DcaByZone(Base):
    """Sizes are whole numbers to backtesting.py, so prices are told per lot of 0.00001: a price of 30,000 is 0.3."""

    def init(self):
        self.held, self.exit_order, self.seen = (), None, 0

    def next(self):
        trades = self.trades
        if not trades:
            if len(self.closed_trades) > self.seen:
                self.note(self.closed_trades[self.seen:])
                self.seen = len(self.closed_trades)
            for order in list(self.orders):
                order.cancel()
            self.held, self.exit_order = (), None
            # Bought at the next bar's open, which on these candles is this one's close.
            if (len(self.data) - 1) % common.EVERY == 0:
                self.buy(size=round(RULES.quantity(0, self.data.Close[-1] / LOT) / LOT))
            return
        held = tuple((trade.entry_price, trade.size) for trade in trades)
        if held == self.held:
            return
        if not self.held:
            anchor = round(trades[0].entry_price / LOT, 8)
            for k in range(RULES.add_ons):
                price = RULES.price(anchor, k)
                self.buy(size=round(RULES.quantity(k + 1, price) / LOT), limit=price * LOT)
        self.held = held
        if self.exit_order in self.orders:
            self.exit_order.cancel()
        size = sum(trade.size for trade in trades)
        price = RULES.exit_price(sum(trade.size * trade.entry_price for trade in trades), size * LOT)
        self.exit_order = self.sell(size=size, limit=price * LOT)

    def note(self, closed):
        closed = sorted(closed, key=lambda trade: trade.exit_time)
        first_exit, last_exit = closed[0], closed[-1]
        closed = sorted(closed, key=lambda trade: -trade.entry_price)
        DEALS.append({
            "opened_ms": int(closed[0].entry_time.timestamp() * 1000), "fills": [[round(t.entry_price / LOT, 6), t.size * LOT] for t in closed],
            "exit": round(first_exit.exit_price / LOT, 6), "closed_ms": int(last_exit.exit_time.timestamp() * 1000), "profit": sum(float(t.pl) for t in closed),
        })


def main():
    args = arguments()
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    frame = read_candles(args)
    # The first bar is never shown to a strategy: one more before it.
    frame = pd.concat([frame.iloc[:1].assign(open_time_ms=lambda f: f["open_time_ms"] - 60_000), frame])
    frame.index = pd.to_datetime(frame.pop("open_time_ms"), unit="ms", utc=True)
    frame.columns = [name.capitalize() for name in frame.columns]
    for name in ("Open", "High", "Low", "Close"):
        frame[name] *= LOT
    backtest = Backtest(frame, DcaByZone, cash=10_000, commission=RULES.fee, hedging=False, exclusive_orders=False)
    with Timer() as timer:
        backtest.run()
    answer(args, "backtesting.py", __version__, len(frame), timer.seconds, DEALS)


main()

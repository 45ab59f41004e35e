"""The strategy in backtrader: limit orders for every zone and for the exit, moved after each fill. For the time only; its deals are counted."""

import backtrader as bt
import pandas as pd

from common import Strategy, Timer, answer, arguments, read_candles

RULES = Strategy()


class DcaByZone(bt.Strategy):
    def __init__(self):
        self.fills, self.ladder, self.exit_order, self.entry, self.groups = [], [], None, None, 0

    def notify_order(self, order):
        if order.status != order.Completed:
            return
        if order.issell():
            self.groups += 1
            for one in self.ladder:
                if one.alive():
                    self.cancel(one)
            self.fills, self.ladder, self.exit_order, self.entry = [], [], None, None
            return
        self.fills.append((order.executed.price, order.executed.size))
        if len(self.fills) == 1:
            anchor = order.executed.price
            for k in range(RULES.add_ons):
                price = RULES.price(anchor, k)
                self.ladder.append(self.buy(exectype=bt.Order.Limit, price=price, size=RULES.quantity(k + 1, price)))
        if self.exit_order is not None and self.exit_order.alive():
            self.cancel(self.exit_order)
        held = sum(size for _, size in self.fills)
        price = RULES.exit_price(sum(price * size for price, size in self.fills), held)
        self.exit_order = self.sell(exectype=bt.Order.Limit, price=price, size=held)

    def next(self):
        if self.entry is None:
            self.entry = self.buy(size=RULES.quantity(0, self.data.close[0]))


def main():
    args = arguments()
    frame = read_candles(args)
    frame.index = pd.to_datetime(frame.pop("open_time_ms"), unit="ms")
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(10_000)
    cerebro.broker.setcommission(commission=RULES.fee)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame))
    cerebro.addstrategy(DcaByZone)
    with Timer() as timer:
        strategy = cerebro.run()[0]
    answer(args, "backtrader", bt.__version__, len(frame), timer.seconds, [None] * strategy.groups)


main()

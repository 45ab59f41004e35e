"""The strategy in jesse, step mode: limit orders for every zone, take-profit moved after each fill. For the time only; its deals are counted.

Run in an empty folder: in one with jesse's own folders it asks for a database.
"""

from importlib.metadata import version

import numpy as np
from jesse.research import backtest
from jesse.strategies import Strategy as Base

from common import Strategy, Timer, answer, arguments, read_candles

RULES = Strategy()


class DcaByZone(Base):
    def should_long(self):
        return True

    def should_short(self):
        return False

    def should_cancel_entry(self):
        return False

    def go_short(self):
        pass

    def go_long(self):
        price = self.price
        orders = [(RULES.quantity(0, price), price)]
        for k in range(RULES.add_ons):
            edge = RULES.price(price, k)
            orders.append((RULES.quantity(k + 1, edge), edge))
        self.buy = orders
        self.paid, self.size = 0.0, 0.0

    def move_exit(self, order):
        self.paid += order.price * abs(order.qty)
        self.size += abs(order.qty)
        self.take_profit = self.position.qty, RULES.exit_price(self.paid, self.size)

    def on_open_position(self, order):
        self.move_exit(order)

    def on_increased_position(self, order):
        self.move_exit(order)


def main():
    args = arguments()
    frame = read_candles(args)
    candles = np.ascontiguousarray(frame[["open_time_ms", "open", "close", "high", "low", "volume"]].to_numpy(float))
    config = {"starting_balance": 10_000, "fee": RULES.fee, "type": "spot", "exchange": "Binance Spot", "warm_up_candles": 0}
    routes = [{"exchange": "Binance Spot", "strategy": DcaByZone, "symbol": "BTC-USDT", "timeframe": "1m"}]
    series = {"Binance Spot-BTC-USDT": {"exchange": "Binance Spot", "symbol": "BTC-USDT", "candles": candles}}
    with Timer() as timer:
        result = backtest(config, routes, [], series, fast_mode=False)
    answer(args, "jesse, step mode", version("jesse"), len(frame), timer.seconds, [None] * int(result["metrics"].get("total", 0)))


main()

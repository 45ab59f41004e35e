"""What every peer's script shares: the strategy's numbers, the candles, the list of deals.

A deal: {"opened_ms", "fills": [[price, quantity], ...], "exit", "closed_ms", "profit"}; closed_ms is the open time of the candle it closed in. A peer
prints one JSON object: {"peer", "version", "candles", "seconds", "deals": [...]} with the list, or its length when it ran for the time alone.
"""

import argparse
import json
import math
import time
from pathlib import Path

HERE = Path(__file__).parent
EVERY = 1  # Entries only at the open of candles whose number is a multiple of it, so that a difference does not shift all that follows.
LOT = 0.00001
TICK = 0.01


class Strategy:
    """The numbers of strategy.json as floats, which is what all these programs count in."""

    def __init__(self, step=None, target=None, size=None):
        said = json.loads((HERE / "strategy.json").read_text())
        self.base = float(said["entry"]["base_order"])
        self.add_ons = said["add_on"]["max"]
        self.step = float(said["add_on"]["zone_step_pct"]) / 100 if step is None else step
        self.step_multiplier = float(said["add_on"]["zone_step_multiplier"])
        self.size_multiplier = float(said["add_on"]["size_multiplier"]) if size is None else size
        self.target = float(said["exit"]["take_profit_pct"]) / 100 if target is None else target
        self.fee = float(said["fees"]["taker_pct"]) / 100
        gap, depth, self.depths = self.step, 0.0, []
        for _ in range(self.add_ons):
            depth += gap
            self.depths.append(depth)
            gap *= self.step_multiplier
        self.amounts = [self.base] + [self.base * self.size_multiplier**k for k in range(self.add_ons)]

    @classmethod
    def variants(cls, count):
        """The first so many of the thousand of bench_peers; one is the strategy itself."""
        if count == 1:
            return [cls()]
        return [cls(0.01 + 0.005 * (i // 100 % 10), 0.008 + 0.002 * (i // 10 % 10), 1 + 0.1 * (i % 10)) for i in range(count)]

    def price(self, anchor, k):
        """Where add-on k (0 is the first) is bought: zone k's beginning, down to the tick."""
        return down(anchor * (1 - self.depths[k]), TICK)

    def quantity(self, k, price):
        """Of fill k (0 is the entry)."""
        return down(self.amounts[k] / price, LOT)

    def exit_price(self, notional, quantity):
        """The target net of both fees, up to the tick."""
        return up(notional * (1 + self.fee + self.target) / (quantity * (1 - self.fee)), TICK)


# A millionth of a step: what binary floating point loses must not cost a whole one.
def down(value, step):
    return round(math.floor(value / step + 1e-6) * step, 8)


def up(value, step):
    return round(math.ceil(value / step - 1e-6) * step, 8)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("candles", help="open_time_ms,open,high,low,close,volume")
    parser.add_argument("--count", type=int, default=0, help="only the first so many")
    parser.add_argument("--every", type=int, default=1, help="enter only at every so many candles")
    parser.add_argument("--variants", type=int, default=1, help="of a sweep")
    parser.add_argument("--deals", action="store_true", help="list every deal")
    args = parser.parse_args()
    global EVERY
    EVERY = args.every
    return args


def read_candles(args):
    import pandas as pd

    frame = pd.read_csv(args.candles, nrows=args.count or None)
    frame["volume"] = frame["volume"].astype(float)
    return frame


class Timer:
    """Seconds of processor time: what others take of the machine is no time of theirs."""

    def __enter__(self):
        self.begin = time.process_time()
        return self

    def __exit__(self, *_):
        self.seconds = time.process_time() - self.begin


def answer(args, peer, version, candles, seconds, deals, **more):
    print(json.dumps({"peer": peer, "version": version, "candles": candles, "seconds": seconds, "deals": deals if args.deals else len(deals), **more}))

"""The strategy in exact numbers, one deal at a time, with the modelling rules in which the programs differ as switches.

Without a switch it is BackFuture's own model (fill: touch). docs/design/backtest.md names the rules; here each is what it does.
"""

from fractions import Fraction
from decimal import Decimal
from itertools import combinations
import json

from common import HERE

MINUTE = 60_000
TICKS = 100  # in a price of one
LOTS = 100_000  # in a quantity of one

RULES = {
    "NEAREST": "the exit price is rounded to the nearest tick, not up, and is reached when a high exceeds it unrounded",
    "AVERAGE": "the average price is kept rounded to the nearest tick, and the exit price made from it",
    "QUEUE": "one add-on waits at a time: the next is placed when its candle fills or opens, so a candle fills at most one more than the one that waited",
    "RED": "no exit in the candle of the entry if that fell, an add-on was bought in it and it closed below the target",
    "NEXT": "orders act from the candle after the one whose events placed them: no add-on in the candle of the entry, a moved exit from the next candle on",
    "STALE": "the exit that rested before a candle's add-ons fills after them in the same candle at its old price and size",
    "BETTER": "a limit order that the open is already beyond fills at the open",
}
OF = {"freqtrade": ("NEAREST", "AVERAGE", "QUEUE", "RED"), "backtesting.py": ("NEXT", "STALE", "BETTER"), "vectorbt": ()}


class Numbers:
    def __init__(self):
        said = json.loads((HERE / "strategy.json").read_text(), parse_float=Decimal)
        exact = lambda text: Fraction(Decimal(text))
        add_on = said["add_on"]
        self.fee = exact(said["fees"]["taker_pct"]) / 100
        self.target = exact(said["exit"]["take_profit_pct"]) / 100
        gap, depth, self.depths, size = exact(add_on["zone_step_pct"]) / 100, Fraction(0), [], exact(said["entry"]["base_order"])
        self.amounts = [size]
        for _ in range(add_on["max"]):
            depth += gap
            self.depths.append(depth)
            gap *= exact(add_on["zone_step_multiplier"])
            self.amounts.append(size)
            size *= exact(add_on["size_multiplier"])


def floor(value):
    return value.numerator // value.denominator


class Deal:
    """Prices in ticks, quantities in lots."""

    def __init__(self, numbers, opened, entry):
        self.n, self.opened, self.anchor = numbers, opened, entry
        self.fills, self.held, self.paid, self.sold = [], [], Fraction(0), Fraction(0)
        self.exits = []
        self.buy(entry)

    def edge(self, k):
        return floor(self.anchor * (1 - self.n.depths[k]))

    @property
    def next(self):
        """The number of the add-on that is bought next, or None."""
        return len(self.fills) - 1 if len(self.fills) <= len(self.n.depths) else None

    def buy(self, price, limit=None):
        lots = floor(self.n.amounts[len(self.fills)] * TICKS * LOTS / (limit or price))
        self.fills.append((price, lots))
        self.held.append((price, lots))
        self.paid += price * lots * (1 + self.n.fee)

    def raw_target(self):
        notional, lots = sum(p * q for p, q in self.held), sum(q for _, q in self.held)
        return notional * (1 + self.n.fee + self.n.target) / (lots * (1 - self.n.fee))

    def sell(self, price, lots):
        """First in, first out. True when nothing is left."""
        self.exits.append((price, lots))
        self.sold += price * lots * (1 - self.n.fee)
        while lots:
            first_price, first = self.held[0]
            taken = min(first, lots)
            lots -= taken
            self.held = ([(first_price, first - taken)] if first > taken else []) + self.held[1:]
        return not self.held

    def result(self, closed):
        money = (self.sold - self.paid) / (TICKS * LOTS)
        return {"opened_ms": self.opened, "fills": [[p / TICKS, q / LOTS] for p, q in self.fills], "exit": self.exits[0][0] / TICKS, "closed_ms": closed, "profit": float(money)}


def simulate(candles, at, numbers, rules):
    """The deal that opens at candle `at`'s open; None if it is open at the end. Candles: (time, open, high, low, close), prices in ticks."""
    deal = Deal(numbers, candles[at][0], candles[at][1])
    waiting = None  # QUEUE: the add-on's price
    resting = None  # NEXT: (exit price, lots) as placed at the last candle's end
    for i in range(at, len(candles)):
        time, open_, high, low, close = candles[i]
        if "NEXT" in rules:
            if resting is not None:
                bought = False
                while deal.next is not None and deal.edge(deal.next) >= low:
                    edge = deal.edge(deal.next)
                    deal.buy(min(edge, open_) if "BETTER" in rules else edge, edge)
                    bought = True
                price, lots = resting
                if high >= price and (not bought or "STALE" in rules) and deal.sell(max(price, open_) if "BETTER" in rules else price, lots):
                    return deal.result(time)
            # The strategy sees the candle's end.
            resting = (-floor(-deal.raw_target()), sum(q for _, q in deal.held))
            continue
        if "QUEUE" in rules:
            if waiting is not None and low <= waiting <= high:
                deal.buy(waiting)
                waiting = None
            if waiting is None and deal.next is not None:
                waiting = min(deal.edge(deal.next), high)
                if low <= waiting:
                    deal.buy(waiting)
                    waiting = None
        else:
            while deal.next is not None and deal.edge(deal.next) >= low:
                deal.buy(deal.edge(deal.next))
        raw = deal.raw_target()
        average = Fraction(sum(p * q for p, q in deal.held), sum(q for _, q in deal.held))
        if "AVERAGE" in rules:
            raw = raw / average * floor(average + Fraction(1, 2))
        target = -floor(-raw)
        reached = high >= target
        if "NEAREST" in rules:
            target = floor(raw + Fraction(1, 2))
            reached = high > raw and target <= high
        if "RED" in rules and i == at and open_ > close and average < open_ and raw > close:
            reached = False
        if reached:
            deal.sell(target, sum(q for _, q in deal.held))
            return deal.result(time)
    return None


def same(a, b):
    """As far as binary floating point can tell."""
    if a is None or b is None or a["closed_ms"] != b["closed_ms"] or len(a["fills"]) != len(b["fills"]):
        return False
    near = lambda x, y, most: abs(x - y) <= most
    fills = all(near(p, q, 1e-6) and near(s, t, 1e-9) for (p, s), (q, t) in zip(a["fills"], b["fills"]))
    return fills and near(a["exit"], b["exit"], 1e-6) and near(a["profit"], b["profit"], 2e-6)


def explain(candles, at, numbers, peer, theirs):
    """The fewest of the peer's rules with which the exact strategy does what the peer did; None if none do."""
    for size in range(len(OF[peer]) + 1):
        for chosen in combinations(OF[peer], size):
            if same(simulate(candles, at, numbers, chosen), theirs):
                return chosen
    return None

"""The strategy as a loop somebody writes by hand for numba: the rules and nothing else. No list of deals, no equity curve."""

import numba
import numpy as np
from numba import njit

from common import LOT, TICK, Strategy, Timer, answer, arguments, read_candles


@njit(cache=False)
def loop(open_, high, low, depths, amounts, target, fee, rungs):
    """Groups closed, fills, profit of the closed ones."""
    groups, fills, profit = 0, 0, 0.0
    bought, anchor, held, notional, exit_price, next_price = 0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(1, len(low)):
        if bought == 0:
            anchor = open_[i]
            held = np.floor(amounts[0] / anchor / LOT + 1e-6) * LOT
            notional = held * anchor
            bought = 1
            exit_price = np.ceil(notional * (1 + fee + target) / (held * (1 - fee)) / TICK - 1e-6) * TICK
            next_price = np.floor(anchor * (1 - depths[0]) / TICK + 1e-6) * TICK
        while bought <= rungs and next_price >= low[i]:
            size = np.floor(amounts[bought] / next_price / LOT + 1e-6) * LOT
            held += size
            notional += size * next_price
            bought += 1
            exit_price = np.ceil(notional * (1 + fee + target) / (held * (1 - fee)) / TICK - 1e-6) * TICK
            if bought <= rungs:
                next_price = np.floor(anchor * (1 - depths[bought - 1]) / TICK + 1e-6) * TICK
        if high[i] >= exit_price:
            profit += held * exit_price * (1 - fee) - notional * (1 + fee)
            groups += 1
            fills += bought + 1
            bought = 0
    return groups, fills, profit


def main():
    args = arguments()
    frame = read_candles(args)
    open_, high, low = (np.ascontiguousarray(frame[name].to_numpy(float)) for name in ("open", "high", "low"))
    run = lambda s, count: loop(open_[:count], high[:count], low[:count], np.array(s.depths), np.array(s.amounts), s.target, s.fee, s.add_ons)
    run(Strategy(), 500)
    strategies = Strategy.variants(args.variants)
    with Timer() as timer:
        results = [run(strategy, len(low)) for strategy in strategies]
    answer(args, "numba", numba.__version__, len(low), timer.seconds, [None] * results[0][0], variants=args.variants, fills=int(sum(one[1] for one in results)))


main()

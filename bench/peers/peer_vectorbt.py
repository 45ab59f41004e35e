"""The strategy in vectorbt: its flexible order function, compiled by numba, told at each candle what filled. One run, or one column a variant."""

import numpy as np
import vectorbt as vbt
from numba import njit
from vectorbt.portfolio import nb
from vectorbt.portfolio.enums import NoOrder

import common
from common import LOT, TICK, Strategy, Timer, answer, arguments, read_candles

RUNGS = 6  # A base order and five add-ons.


@njit
def down(value, step):
    return np.floor(value / step + 1e-6) * step


@njit
def up(value, step):
    return np.ceil(value / step - 1e-6) * step


@njit
def order_func(c, open_, high, low, depths, amounts, targets, fee, every, state):
    """state, a row a column: anchor, fills so far, notional, exit price, and the candle that bought at its open."""
    if c.call_idx > 3 * RUNGS:
        return -1, NoOrder
    i, col = c.i, c.from_col
    anchor, fills, notional, target, entered = state[0, col], int(state[1, col]), state[2, col], state[3, col], state[4, col]
    held = c.last_position[col]
    if fills == 0:
        if i == 0 or i % every != 0 or entered == i:
            return -1, NoOrder
        price, size = open_[i, 0], down(amounts[col, 0] / open_[i, 0], LOT)
        state[0, col], state[1, col], state[2, col], state[4, col] = price, 1, price * size, i
        state[3, col] = up(price * size * (1 + fee + targets[col]) / (size * (1 - fee)), TICK)
        return col, nb.order_nb(size, price, fees=fee)
    if fills < RUNGS:
        price = down(anchor * (1 - depths[col, fills - 1]), TICK)
        if price >= low[i, 0]:
            size = down(amounts[col, fills] / price, LOT)
            notional += price * size
            state[1, col], state[2, col] = fills + 1, notional
            state[3, col] = up(notional * (1 + fee + targets[col]) / ((held + size) * (1 - fee)), TICK)
            return col, nb.order_nb(size, price, fees=fee)
    if high[i, 0] >= target:
        # Sold; the next one is bought at the next candle's open.
        state[1, col], state[4, col] = 0, i
        return col, nb.order_nb(-held, target, fees=fee)
    return -1, NoOrder


def run(frame, strategies):
    count = len(strategies)
    column = lambda name: np.ascontiguousarray(frame[name].to_numpy(float)[:, None])
    close = np.broadcast_to(column("close"), (len(frame), count))
    state = np.zeros((5, count))
    state[4] = -1
    return vbt.Portfolio.from_order_func(
        close, order_func, column("open"), column("high"), column("low"), np.array([s.depths for s in strategies]), np.array([s.amounts for s in strategies]),
        np.array([s.target for s in strategies]), strategies[0].fee, common.EVERY, state, flexible=True, init_cash=10_000.0, max_orders=len(frame) // (4 if count == 1 else 40) + 100,
        max_logs=1)


def deals_of(portfolio, times):
    deals, deal = [], None
    for record in portfolio.orders.values:
        time, price, size = int(times[record["idx"]]), float(record["price"]), float(record["size"])
        if record["side"] == 0:
            if deal is None:
                deal = {"opened_ms": time, "fills": [], "paid": 0.0}
            deal["fills"].append([price, size])
            deal["paid"] += price * size + float(record["fees"])
        else:
            deal.update(exit=price, closed_ms=time, profit=price * size - float(record["fees"]) - deal.pop("paid"))
            deals.append(deal)
            deal = None
    return deals


def main():
    args = arguments()
    frame = read_candles(args)
    strategies = Strategy.variants(args.variants)
    run(frame.iloc[:500], strategies[:1])  # numba compiles
    with Timer() as timer:
        portfolio = run(frame, strategies)
        records = portfolio.orders.values  # without this nothing has run
    if args.variants > 1:
        return answer(args, "vectorbt", vbt.__version__, len(frame), timer.seconds, records[:0].tolist(), variants=args.variants, fills=len(records))
    answer(args, "vectorbt", vbt.__version__, len(frame), timer.seconds, deals_of(portfolio, frame["open_time_ms"].to_numpy()))


main()

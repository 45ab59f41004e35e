"""The same strategy in BackFuture and in others, deal by deal, over the same candles: equal, or different by a rule that has a name.

Every deal of BackFuture must be what rules.py makes of the candles in exact numbers. Every deal of a peer must be the same, or what rules.py makes of
them with some of the peer's named rules. Anything else is told and ends with 1. --all prints every deal, else those that differ.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from common import HERE, read_candles
from rules import OF, RULES, Numbers, explain, same, simulate

# candles, how wild (millionths a quarter of a minute), entries every so many: a calm market, and one whose candles cross several zones at once.
MARKETS = {"calm": (40_000, 4_000, 30), "wild": (40_000, 9_000, 15), "storm": (3_000, 80_000, 3)}


def ours(args, folder, candles, every):
    times = [row[0] for row in candles[every::every]]
    signals = folder / "signals.jsonl"
    signals.write_text("".join(json.dumps({"strategy": "peers", "pair": "BTC/USDT", "direction": "long", "kind": "entry", "time": time}) + "\n" for time in times))
    done = subprocess.run([args.backfuture, "backtest", "--settings", HERE / "strategy.json", "--instrument", HERE / "instrument.json", "--candles", folder / "candles.csv", "--signals", signals,
                           "--fill", "touch", "--json"], check=True, capture_output=True, text=True)
    deals = []
    for group in json.loads(done.stdout)["groups_detail"]:
        if group["closed_at"] is None:
            continue
        fills = group["fills"]
        deals.append({"opened_ms": group["opened_at"], "fills": [[float(one["price"]), float(one["quantity"])] for one in fills[:-1]], "exit": float(fills[-1]["price"]),
                      "closed_ms": group["closed_at"] - 60_000, "profit": float(group["profit"])})
    return deals


def words(deal):
    if deal is None:
        return "none"
    bought = " ".join(f"{quantity:.5f}@{price:.2f}" for price, quantity in deal["fills"])
    return f"{bought} sold at {deal['exit']:.2f} at {deal['closed_ms']}: {deal['profit']:.6f}"


def hold_together(peer, theirs, mine, candles, numbers, every, show_all):
    """Prints deal by deal. The number of deals that no rule explains."""
    place = {row[0]: i for i, row in enumerate(candles)}
    by_open, wrong, seen = {deal["opened_ms"]: deal for deal in mine}, 0, Counter()
    ends = {deal["opened_ms"]: deal["closed_ms"] for deal in theirs}
    for opened in sorted({*by_open, *ends}):
        a, b = by_open.get(opened), next((deal for deal in theirs if deal["opened_ms"] == opened), None)
        if a is not None and b is not None and same(a, b):
            verdict = "equal"
        elif b is not None:
            rules = explain(candles, place[opened], numbers, peer, b)
            if rules is None:
                verdict = "UNEXPLAINED"
            elif a is not None:
                verdict = "+".join(rules)
            else:
                verdict = "AFTER"  # it entered here because its deal before had ended, and ours had not
        else:
            verdict = "AFTER"
        if verdict == "AFTER":
            other = by_open if a is None else {deal["opened_ms"]: deal for deal in theirs}
            last = max((deal["opened_ms"] for deal in other.values() if deal["opened_ms"] < opened), default=None)
            still_open = last is not None and other[last]["closed_ms"] >= opened - 60_000
            at_end = last is None or max(other) < opened  # its last deal is open at the end
            if not (still_open or at_end):
                verdict = "UNEXPLAINED"
        seen[verdict] += 1
        wrong += verdict == "UNEXPLAINED"
        if show_all or verdict not in ("equal",):
            print(f"  {opened} {verdict}\n    ours   {words(a)}\n    theirs {words(b)}")
    profit = lambda deals: sum(deal["profit"] for deal in deals)
    fills = lambda deals: sum(len(deal["fills"]) + 1 for deal in deals)
    print(f"{peer}: {len(mine)} groups here, {len(theirs)} there; fills {fills(mine)} and {fills(theirs)}; net profit {profit(mine):.6f} and {profit(theirs):.6f}")
    print("  " + ", ".join(f"{count} {name}" for name, count in seen.most_common()) + "\n")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--backfuture", required=True)
    parser.add_argument("--candle-maker", required=True, help="bench_peers")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON", help="freqtrade, backtesting.py or vectorbt and the Python that has it")
    parser.add_argument("--market", choices=MARKETS, action="append")
    parser.add_argument("--all", action="store_true", help="print the equal ones, too")
    args = parser.parse_args()
    scripts = {"freqtrade": "peer_freqtrade.py", "backtesting.py": "peer_backtesting.py", "vectorbt": "peer_vectorbt.py"}
    numbers, wrong = Numbers(), 0
    for market in args.market or MARKETS:
        count, reach, every = MARKETS[market]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            subprocess.run([args.candle_maker, "candles", str(count), folder / "candles.csv", str(reach)], check=True)
            frame = read_candles(argparse.Namespace(candles=folder / "candles.csv", count=0))
            candles = [(int(time), *(round(price * 100) for price in prices)) for time, *prices in frame[["open_time_ms", "open", "high", "low", "close"]].values.tolist()]
            mine = ours(args, folder, candles, every)
            print(f"{market}: {count} candles, {len(mine)} groups\n")
            place = {row[0]: i for i, row in enumerate(candles)}
            for deal in mine:
                exact = simulate(candles, place[deal["opened_ms"]], numbers, ())
                if not same(deal, exact):
                    wrong += 1
                    print(f"  {deal['opened_ms']} BackFuture differs from the exact strategy\n    it     {words(deal)}\n    exact  {words(exact)}")
            for one in args.peer:
                peer, _, python = one.partition("=")
                done = subprocess.run([python, HERE / scripts[peer], folder / "candles.csv", "--deals", "--every", str(every)], capture_output=True, text=True, cwd=folder)
                if done.returncode != 0:
                    sys.exit(f"{peer} failed: {done.stderr[-2000:]}")
                wrong += hold_together(peer, json.loads(done.stdout.splitlines()[-1])["deals"], mine, candles, numbers, every, args.all)
    if wrong:
        sys.exit(f"{wrong} deals differ by no named rule.")


main()

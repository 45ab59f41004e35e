"""How much longer others take for the same strategy over the same candles. Processor time, each in a process of its own on one core, ours before and after
every peer's, medians; a JSON object a line as docs/reference/benchmarks.md has it. What a peer reads, imports and compiles is not counted; that we make an
index of the candles is."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from common import HERE

FIVE_YEARS = 2_629_440
# bench, peer's script, its venv, candles, variants of a sweep, rounds, goal
RACES = [
    ("freqtrade", "peer_freqtrade.py", "freqtrade", 20_000, 1, 3, 500),
    ("jesse_step_mode", "peer_jesse.py", "jesse", 100_000, 1, 3, 100),
    ("nautilus_trader_bars", "peer_nautilus.py", "nautilus", 100_000, 1, 3, 200),
    ("backtrader", "peer_backtrader.py", "vector", 50_000, 1, 3, 1_000),
    ("backtesting_py", "peer_backtesting.py", "vector", 100_000, 1, 3, None),
    ("vectorbt_order_function", "peer_vectorbt.py", "vector", FIVE_YEARS, 1, 3, 5),
    ("vectorbt_order_function_sweep", "peer_vectorbt.py", "vector", FIVE_YEARS, 4, 1, 50),
    ("numba_loop", "peer_numba.py", "vector", FIVE_YEARS, 1, 5, None),
    ("numba_loop_sweep", "peer_numba.py", "vector", FIVE_YEARS, 1_000, 3, 1.5),
]


def answer_of(words, **more):
    # One core, so that threads of a library's own are not counted as speed, nor as cost.
    done = subprocess.run(["taskset", "-c", "0", *map(str, words)], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it ended with " + str(done.returncode))
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", required=True, help="bench_peers")
    parser.add_argument("--venvs", required=True, type=Path)
    parser.add_argument("--only", action="append", help="the name of a race")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([args.ours, "candles", str(FIVE_YEARS), folder / "candles.csv"], check=True)
        for bench, script, venv, candles, variants, rounds, goal in RACES:
            if args.only and bench not in args.only:
                continue
            python = args.venvs / venv / "bin" / "python"
            if not python.exists():
                print(json.dumps({"bench": "peer_" + bench, "value": None, "unit": "Mcandles/s", "baseline": None, "ratio": None, "said": "not installed: " + venv}), flush=True)
                continue
            ours, theirs, last = [], [], None
            try:
                for _ in range(rounds):
                    mine = answer_of([args.ours, "run" if variants == 1 else "sweep", candles, HERE / "strategy.json", HERE / "instrument.json"])
                    ours.append(candles * mine.get("variants", 1) / mine["seconds"] / 1e6)
                    empty = folder / "empty"
                    empty.mkdir(exist_ok=True)
                    last = answer_of([python, HERE / script, folder / "candles.csv", "--count", candles, "--variants", variants], cwd=empty)
                    theirs.append(candles * variants / last["seconds"] / 1e6)
            except RuntimeError as error:
                print(json.dumps({"bench": "peer_" + bench, "value": None, "unit": "Mcandles/s", "baseline": None, "ratio": None, "said": "failed: " + str(error)}), flush=True)
                continue
            value, baseline = statistics.median(ours), statistics.median(theirs)
            ratio = value / baseline
            line = {"bench": "peer_" + bench, "value": round(value, 3), "unit": "Mcandles/s", "baseline": round(baseline, 6), "ratio": round(ratio, 3)}
            if goal is not None:
                line |= {"goal": f"ratio >= {goal}", "met": ratio >= goal}
            print(json.dumps(line | {"version": last["version"], "candles": candles, "variants": variants, "groups": [mine.get("groups"), last["deals"]]}), flush=True)


sys.exit(main())

"""Totals of purchases in their intervals: of parameters and futures alone, and with the level learnt by then.

python benchmarks/level.py [MBGNBD ParetoNBD ... ModelAverage] [--draws 200]

CDNOW, all customers; month-end origins from 1997-04-30 on, horizons of 3 and 6 months as far as the data reach. The
level of an origin is learnt from the earlier origins of the same horizon whose outcome was over by then; before that it
is the prior. Printed per model and horizon, and of all outcomes: the share of totals in their central 90 % interval,
its mean width as a share of the forecast, and the mean Winkler score as a share of the forecast (width, and 20 times
what the outcome lies outside: lower is better).
"""

import argparse
import warnings

import numpy as np
import pandas as pd

import kundkarriar as kk

HORIZONS = {"3M": 12, "6M": 9}
"""Month-end origins from 1997-04-30 on whose outcome lies in the data, by horizon."""
LEVEL = 0.9
INTERVALS = {"alone": ("low", "high"), "with level": ("level_low", "level_high")}


def totals(model: str, draws: int) -> pd.DataFrame:
    """A row per horizon and origin: predicted, actual and both intervals."""
    scorer = kk.ValueScorer(purchases=getattr(kk, model)(), margin=1, discount_rate=0, horizon="6M")
    rows = []
    for horizon, origins in HORIZONS.items():
        spec = kk.Backtest(scorer=scorer, horizon=horizon, origins=origins, every="1M", draws=draws)
        found = spec.run(kk.datasets.load_cdnow()).totals()
        ours = found[(found["measure"] == "purchases") & (found["origin"] != "all")]
        rows.append(ours.assign(model=model, horizon=horizon).iloc[::-1])
    joined: pd.DataFrame = pd.concat(rows, ignore_index=True)
    return joined


def judged(rows: pd.DataFrame, low: str, high: str) -> dict[str, float]:
    """Coverage, mean width and Winkler score of an interval."""
    below, above = rows[low] - rows["actual"], rows["actual"] - rows[high]
    outside = np.maximum(np.maximum(below, above), 0)
    width = (rows[high] - rows[low]) / rows["predicted"]
    winkler = width + 2 / (1 - LEVEL) * outside / rows["predicted"]
    return {"inside": float((outside == 0).mean()), "width": float(width.mean()), "winkler": float(winkler.mean())}


def main() -> None:
    """Print the intervals of each model, and how they did."""
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=["MBGNBD", "ModelAverage"])
    parser.add_argument("--draws", type=int, default=200)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", kk.DataWarning)
    shown = ["horizon", "origin", "predicted", "actual", "ratio", "low", "high", "level_sd", "level_origins"]
    for model in chosen.models:
        rows = totals(model, chosen.draws)
        print(f"\n{model}")
        print(rows[[*shown, "level_low", "level_high"]].round(3).to_string(index=False))
        for horizon in (*HORIZONS, "all"):
            some = rows if horizon == "all" else rows[rows["horizon"] == horizon]
            for name, bounds in INTERVALS.items():
                found = judged(some, *bounds)
                numbers = ", ".join(f"{key} {value:.3f}" for key, value in found.items())
                print(f"{model} {horizon}, {len(some)} outcomes, {name}: {numbers}", flush=True)


if __name__ == "__main__":
    main()

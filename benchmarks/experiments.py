"""Coverage of the intervals of effects in groups, and Hillstrom's mailing if it is there.

Spend is skewed, with many zeros; effects scatter over groups with a standard deviation `tau`. Printed are the shares of
groups whose interval of level .9 covers the true effect, of shrunken and of raw estimates; the same of the interval of
all customers; the root mean squared errors of both estimates; and how many campaigns were refused.

Run: python benchmarks/experiments.py [simulations]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import kundkarriar as kk

LEVEL = 0.9
Z = 1.6448536269514722


def drawn(rng: np.random.Generator, *, n: int, groups: int, tau: float) -> tuple[pd.DataFrame, np.ndarray]:
    """A campaign, and the true effect of the mail in each group, (groups,)."""
    effect = rng.normal(1.0, tau, groups)
    group, mailed = rng.integers(0, groups, n), rng.random(n) < 0.5
    before = rng.gamma(0.3, 60.0, n)
    spend = np.where(rng.random(n) < 0.2, rng.gamma(1.0, 30.0, n) + before, 0.0) + effect[group] * mailed
    frame = {"arm": np.where(mailed, "mail", "none"), "group": group, "before": before, "spend": spend}
    return pd.DataFrame(frame), effect


def coverage(*, simulations: int, n: int, groups: int, tau: float, before: str | None) -> str:
    """One line of the table."""
    shrunk, raw, everyone, squares = [], [], [], []
    experiment = kk.Experiment(
        treatment="arm", control="none", outcome="spend", outcome_is="profit", by="group", before=before, level=LEVEL
    )
    refused = 0
    for seed in range(simulations):
        campaign, effect = drawn(np.random.default_rng(seed), n=n, groups=groups, tau=tau)
        try:
            table = experiment.fit(campaign).effects()
        except kk.DataError:  # chance alone breaks a balance, once in a thousand
            refused += 1
            continue
        one, rest = table.iloc[0], table.iloc[1:]
        truth = effect[rest["group"].astype(int)]
        of_all = effect[campaign["group"]].mean()
        shrunk += (rest["low"].le(truth) & rest["high"].ge(truth)).tolist()
        raw += (np.abs(rest["effect"] - truth) < Z * rest["std_error"]).tolist()
        everyone.append(one["low"] <= of_all <= one["high"])
        squares.append([np.square(rest[name] - truth).mean() for name in ("shrunk", "effect")])
    errors = np.sqrt(np.mean(squares, axis=0))
    return (
        f"n {n:>6,}  groups {groups:>2}  tau {tau:<4g} before {before or '-':<7} "
        f"shrunk {np.mean(shrunk):.3f}  raw {np.mean(raw):.3f}  all {np.mean(everyone):.3f}  "
        f"rmse {errors[0]:.2f} (raw {errors[1]:.2f})  refused {refused}"
    )


def hillstrom() -> None:
    """The half of Hillstrom's mailing that lies beside the project."""
    half = "shared/data/hillstrom_half.csv"
    found = [parent / half for parent in Path(__file__).resolve().parents if (parent / half).exists()]
    if not found:
        return
    mailing = kk.Experiment(
        treatment="segment", control="No E-Mail", outcome="spend", outcome_is="revenue", by=("newbie", "channel"),
        before="history", window="2W",
    )  # fmt: skip
    fitted = mailing.fit(pd.read_csv(found[0]))
    columns = ["arm", "newbie", "channel", "customers", "effect", "std_error", "shrunk", "low", "high"]
    print(fitted.effects()[[*columns, "smallest_visible"]].round(3).to_string())
    print(f"rho of `history` {fitted.rho:.3f}")


def main() -> None:
    """Print the table."""
    simulations = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    for tau in (0.0, 1.0, 5.0):
        for n, groups in ((4_000, 6), (16_000, 24)):
            for before in (None, "before"):
                print(coverage(simulations=simulations, n=n, groups=groups, tau=tau, before=before), flush=True)
    hillstrom()


if __name__ == "__main__":
    main()

"""Coverage of the 90 % intervals of rung sizes.

    python benchmarks/rung_sizes.py [bases]
    python benchmarks/rung_sizes.py cdnow [draws] [model ...]

By default 400 bases of 500 customers, each of whom follows one of three known chains over three rungs. Movement is
fitted to eight months, and the number on each rung forecast for six more. Printed is, for each month ahead, the share
of numbers inside their interval, rungs pooled; it should lie between 85 and 95 %.

`cdnow`: microsimulations by the models, `ModelAverage` where none is named, on all of CDNOW, the default ladder without
the flag of lapse, month-end origins from 1997-06-30 to 1998-03-31, up to six months ahead as far as the data reach, by
default 200 draws. Printed are by origin and in all the share of sizes inside their 90 % interval and the mean width, in
customers, and the same of the intervals that the forecast probabilities alone would give, were customers independent
and these probabilities known (`alone`, Poisson-binomial).
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

import kundkarriar as kk

BASES, CUSTOMERS, LEARNT, AHEAD, SEED = 400, 500, 8, 6, 20261122
CHAINS = np.array(
    [
        [[0.90, 0.10, 0.00], [0.05, 0.85, 0.10], [0.00, 0.10, 0.90]],
        [[0.50, 0.35, 0.15], [0.40, 0.35, 0.25], [0.35, 0.35, 0.30]],
        [[0.97, 0.03, 0.00], [0.60, 0.35, 0.05], [0.50, 0.40, 0.10]],
    ]
)
SHARES = np.array([0.4, 0.35, 0.25])
RUNGS = np.array(["low", "middle", "high"])
FIRST, LAST, AS_OF, HORIZON, DRAWS, NORMAL_90 = "1997-06-30", "1998-03-31", "1998-06-30", 6, 200, 1.645


def careers(generator: np.random.Generator) -> pd.DataFrame:
    """A base of customers, all months."""
    chain = CHAINS[generator.choice(len(CHAINS), CUSTOMERS, p=SHARES)]
    path = [generator.integers(0, len(RUNGS), CUSTOMERS)]
    for _ in range(LEARNT + AHEAD - 1):
        cumulated = np.cumsum(chain[np.arange(CUSTOMERS), path[-1]], axis=1)
        path.append((generator.random((CUSTOMERS, 1)) > cumulated).sum(axis=1).clip(max=len(RUNGS) - 1))
    codes = np.stack(path, axis=1).ravel()
    months = pd.date_range("2025-01-01", periods=LEARNT + AHEAD, freq="MS")
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(CUSTOMERS), len(months)),
            "period_start": np.tile(months, CUSTOMERS),
            "rung": RUNGS[codes],
            "rung_number": codes + 1,
        }
    )


def main(bases: int) -> None:
    """Print the coverage of each month ahead, with one chain and with as many as there are."""
    print(f"{bases} bases of {CUSTOMERS} customers; share of rung sizes inside their 90 % interval")
    print("chains " + " ".join(f"{step:>6}" for step in range(1, AHEAD + 1)) + "   months ahead")
    for chains in (len(CHAINS), 1):
        inside = np.zeros(AHEAD)
        for base in range(bases):
            frame = careers(np.random.default_rng([SEED, base]))
            spec = kk.ChainMixture(chains=chains, mass=3, starts=2, seed=base)
            sizes = kk.backtest_movement([spec], frame, origins=1, horizon=f"{AHEAD}M").sizes()
            held = sizes.loc[sizes["spec"] == "ChainMixture", "inside"]
            inside += held.to_numpy().reshape(AHEAD, -1).mean(axis=1)
        print(f"{chains:6} " + " ".join(f"{share:6.3f}" for share in inside / bases), flush=True)


def sizes(spec: kk.Microsimulation, whole: kk.LadderHistory[pd.DataFrame], origin: pd.Timestamp) -> pd.DataFrame:
    """Forecast and actual sizes from an origin, with both kinds of intervals."""
    months = min(HORIZON, pd.Period(AS_OF, "M").ordinal - origin.to_period("M").ordinal)
    end = (origin + pd.offsets.MonthEnd(months)).date()
    known = whole if str(end) == AS_OF else whole.before(str(end))
    told = kk.backtest_movement([spec], known, origins=1, horizon=f"{months}M").sizes()
    told = told[told["spec"] == "Microsimulation"]
    past = whole.before(str(origin.date()))
    forecast = spec.fit(past).forecast(past, horizon=f"{months}M")
    p = forecast["probability"]
    variance = (p * (1 - p)).groupby([forecast["ahead"], forecast["rung"]]).sum().rename("variance").reset_index()
    both = told.merge(variance, on=["ahead", "rung"], how="left").fillna({"variance": 0.0})
    half = NORMAL_90 * np.sqrt(both["variance"])
    judged: pd.DataFrame = both.assign(
        width=both["high"] - both["low"],
        inside_alone=(both["actual"] - both["expected"]).abs() <= half,
        width_alone=2 * half,
    )
    return judged


def cdnow(draws: int, models: list[str]) -> None:
    """Print coverage and width by origin, in all, by rung and by month ahead."""
    whole = kk.CustomerLadder.kundkarriar(lapse=None).history(kk.datasets.load_cdnow(), as_of=AS_OF)
    columns = ["inside", "width", "inside_alone", "width_alone"]
    for name in models:
        spec, start, parts = kk.Microsimulation(process=getattr(kk, name)(), draws=draws, seed=1), time.time(), []
        print(f"\n{name}, {draws} draws\n{'':12} " + " ".join(f"{column:>12}" for column in columns))
        for origin in pd.date_range(FIRST, LAST, freq="ME"):
            parts.append(sizes(spec, whole, origin))
            line("", str(origin.date()), parts[-1][columns].mean())
        table = pd.concat(parts)
        line("", "all", table[columns].mean())
        for by in ("rung", "ahead"):
            for key, own in table.groupby(by):
                line(by, str(key), own[columns].mean())
        print(f"{len(table)} sizes, {time.time() - start:.0f} s")


def line(by: str, key: str, told: pd.Series) -> None:
    """Print means of coverage and width."""
    shown = (f"{value:12.2f}" if "inside" in str(name) else f"{value:12.0f}" for name, value in told.items())
    print(f"{by + ' ' + key if by == 'ahead' else key:12} " + " ".join(shown), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["cdnow"]:
        cdnow(int(sys.argv[2]) if len(sys.argv) > 2 else DRAWS, sys.argv[3:] or ["ModelAverage"])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else BASES)

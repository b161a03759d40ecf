"""Fits with static covariates, at a million customers of few profiles and at a hundred thousand who all differ.

    python benchmarks/fit_covariates.py [customers]

The customers are simulated in weeks, at whole-day ages of up to a year, with the effects that the fit should find.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

import kundkarriar as kk

EFFECTS = kk.CovariateEffects(
    purchase={"channel=shop": 0.5, "age": -0.02},
    dropout={"channel=shop": -0.4},
    levels={"channel": ("app", "shop")},
)
ASKED = kk.Covariates(purchase=("channel", "age"), dropout="channel")
TRUTHS = (
    kk.FittedBGNBD(params=kk.BGNBDParams(r=0.6, alpha=6, a=0.8, b=2.4), period="W", effects=EFFECTS),
    kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.9, alpha=8, s=0.7, beta=20), period="W", effects=EFFECTS),
)


def people(customers: int, *, ages: int, seed: int) -> pd.DataFrame:
    """Customers of two channels and `ages` different ages between 20 and 80."""
    generator = np.random.default_rng(seed)
    shop = generator.random(customers) < 0.5
    age = 20 + 60 * generator.integers(0, ages, customers) / ages
    return pd.DataFrame({"channel": np.where(shop, "shop", "app"), "age": age})


def timed(truth: kk.FittedBGNBD | kk.FittedParetoNBD, customers: int, *, ages: int) -> None:
    """Print what a fit, a prediction and a posterior took, and what was found."""
    known = people(customers, ages=ages, seed=1)
    T = np.random.default_rng(2).integers(7, 366, customers) / 7
    summary = truth.simulate(T, seed=3, customers=known)
    summary["recency"] = np.minimum(np.ceil(summary["recency"] * 7) / 7, summary["T"])
    model = kk.BGNBD if isinstance(truth, kk.FittedBGNBD) else kk.ParetoNBD
    laps = [time.perf_counter()]
    fitted = model(covariates=ASKED).fit(summary)
    laps.append(time.perf_counter())
    fitted.predict(summary, horizon=52)
    laps.append(time.perf_counter())
    posterior = fitted.posterior(draws=1000, seed=1)
    laps.append(time.perf_counter())
    fit, predict, draw = np.diff(laps)
    found = {name: round(value, 3) for name, value in fitted.effects.coefficients().items()}
    print(
        f"{model.__name__:10} {customers:>9,} customers, {2 * ages:>7,} profiles: fit {fit:6.2f} s, "
        f"predict {predict:6.2f} s, posterior {draw:6.2f} s (k-hat {posterior.k_hat})   {found}"
    )


def main(customers: int) -> None:
    """Few profiles at all customers, many at a tenth of them."""
    for truth in TRUTHS:
        timed(truth, customers, ages=3)
        timed(truth, customers // 10, ages=customers)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

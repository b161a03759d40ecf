"""Recovery of `kk.FirstPurchase` over seeds, calibration on leads not fitted, and the time of a fit of a million leads.

Run: python benchmarks/first_purchase.py (some minutes).
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import kundkarriar as kk

MONTH = 365.25 / 12
CHANNELS = ("ads", "store", "web")
TRUTH = kk.FittedFirstPurchase(
    params=kk.FirstPurchaseParams(alpha=1.5, beta=10.0, never=0.4),
    effects=kk.LeadEffects(
        pace={"channel=store": 0.4, "channel=web": -0.3},
        never={"channel=store": -0.5, "channel=web": 0.4},
        levels={"channel": CHANNELS},
    ),
)
SPEC = kk.FirstPurchase(pace="channel", never="channel")
SEEDS = range(100, 120)


def simulated(seed: int, n: int, *, months: Any = None) -> pd.DataFrame:
    """A table of n leads of three channels, known for up to three years, or for `months`."""
    generator = np.random.default_rng(seed)
    channel = pd.DataFrame({"channel": generator.choice(CHANNELS, n)})
    known = generator.integers(1, 1096, n) / MONTH if months is None else months
    leads: pd.DataFrame = TRUTH.simulate(known, customers=channel, seed=generator)
    return leads


def recovery(n: int = 20_000) -> None:
    """Errors in standard errors, of positive parameters in logs, and coverage of 95 % intervals."""
    true = np.array(list(TRUTH.free_parameters().values()))
    errors, covered = [], []
    for seed in SEEDS:
        estimates = SPEC.fit(simulated(seed, n)).estimates()
        found, error, low, high = (estimates[name].to_numpy() for name in ("estimate", "std_error", "low", "high"))
        positive = np.arange(len(true)) < 3
        away = np.where(positive, found * np.log(np.where(positive, found / true, 1.0)), found - true)
        errors.append(away / error)
        covered.append((low <= true) & (true <= high))
    within = np.abs(errors) < 2
    print(f"recovery of {n:,} leads, {len(SEEDS)} seeds: within 2 standard errors {within.mean():.3f} of parameters")
    print(f"  by parameter {within.mean(axis=0).round(2)}; mean error {np.mean(errors, axis=0).round(2)} se")
    print(f"  95 % profile intervals cover {np.mean(covered):.3f}")


def calibration(n: int = 10_000) -> None:
    """Bins of ten whose observed share lies within the 90 % band of the predicted one, on other leads."""
    fitted, inside = SPEC.fit(simulated(1, 20_000)), []
    for seed in SEEDS:
        age = np.random.default_rng(seed).integers(1, 730, n) / MONTH
        whole = simulated(seed + 1000, n, months=age + 12)
        still = (whole["months"] > age).to_numpy()
        then = whole.assign(months=np.minimum(whole["months"], age), months_known=age, bought=False)[still]
        p = fitted.predict(then, horizon=12)["p_first_purchase"].to_numpy()
        bought = whole["bought"].to_numpy()[still]
        bins = np.array_split(np.argsort(p, kind="stable"), 10)
        inside.append(
            sum(bool(abs(bought[at].sum() - p[at].sum()) < 1.645 * np.sqrt((p[at] * (1 - p[at])).sum())) for at in bins)
        )
    print(f"calibration on {len(SEEDS)} held parts: of ten bins {np.mean(inside):.2f} within their 90 % band, {inside}")


def timed(name: str, call: Callable[[], Any]) -> Any:
    """Print the seconds of a call, and give its answer."""
    start = time.perf_counter()
    answer = call()
    print(f"{name}: {time.perf_counter() - start:.1f} s")
    return answer


def speed(n: int = 1_000_000) -> None:
    """Seconds of a fit, of predictions and of conversion by channel, and of a fit with events, of n leads."""
    table = simulated(7, n)
    fitted = timed(f"fit of {n:,} leads, channel on pace and never", lambda: SPEC.fit(table))
    timed(f"predict of {n:,} leads", lambda: fitted.predict(table, horizon="12M"))
    timed("conversion by channel, 200 draws", lambda: fitted.conversion(table, by="channel"))
    known = pd.DataFrame({"customer_id": table["customer_id"], "channel": table["channel"]})
    known["first_contact"] = pd.Timestamp("2026-10-31") - pd.to_timedelta(
        (table["months_known"] * MONTH).round(), unit="D"
    )
    orders = known.loc[table["bought"], ["customer_id"]].assign(amount=1.0)
    orders["date"] = known["first_contact"] + pd.to_timedelta((table["months"] * MONTH).round(), unit="D")
    timed(f"kk.leads of {n:,} customers", lambda: kk.leads(known, orders, as_of="2026-10-31"))
    generator = np.random.default_rng(8)
    events = kk.FittedFirstPurchase(params=TRUTH.params, effects=kk.LeadEffects(events={"quote": 1.1}))
    quote = pd.DataFrame(
        {"quote_after": np.where(generator.random(n) < 0.3, generator.integers(0, 700, n) / MONTH, np.nan)}
    )
    with_events = events.simulate(generator.integers(1, 1096, n) / MONTH, customers=quote, seed=generator)
    timed(f"fit of {n:,} leads with an event", lambda: print(kk.FirstPurchase(events="quote").fit(with_events)))


if __name__ == "__main__":
    recovery()
    calibration()
    speed()

"""Increments of a million customers by ten actions: time, and what the multiplier formula says beside them.

    python benchmarks/increments.py [customers]

The customers are those of CDNOW, repeated. The formula multiplies value at risk by the change of the odds of leaving
within the horizon, as if the treatment lasted as long. Printed are seconds, and the total of both for each action: an
action on leaving treats for a quarter, or for the year. Last come the seconds of `planner.increments` with the sizes
that a plan asks: where all customers have the same contacts, and where each has one 200 days after the last purchase.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from attrs import evolve

import kundkarriar as kk

AS_OF = "1997-09-30"
QUARTER, YEAR = (("1997-10-01", "1997-12-31"),), (("1997-10-01", "1998-09-30"),)
FACTORS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.1, 1.25)


def effect(factor: float) -> kk.Effect:
    """An effect on leaving of a given size."""
    return kk.Effect(on="leaving", mean=factor, low=factor, high=factor, evidence="assumed", relative_to="no contact")


def main(customers: int = 1_000_000) -> None:
    """Print times and totals."""
    for gaps in (False, True):
        summary = kk.summarize(kk.datasets.load_cdnow(), as_of=AS_OF, gaps=gaps)
        many = pd.concat([summary] * (1 + customers // len(summary)), ignore_index=True).head(customers)
        many["customer_id"] = np.arange(customers)
        models = (kk.MBGNBD(), kk.ParetoNBD(), kk.ModelAverage()) if not gaps else (kk.ModelAverage(),)
        for model in models:
            costs = kk.Costs(serve_per_year=1)
            scorer = kk.ValueScorer(purchases=model, margin=0.3, discount_rate=0.1, horizon="12M", costs=costs)
            fitted = scorer.fit(summary)
            actions = {f"x {factor:g}": effect(factor) for factor in FACTORS}
            start = time.perf_counter()
            quarter = fitted.increments(many, effects=actions, treated=QUARTER)
            seconds = time.perf_counter() - start
            year = fitted.increments(many, effects=actions, treated=YEAR)
            scores = fitted.score(many)
            label = type(model).__name__ + (" with gaps" if gaps else "")
            print(f"{label}: {customers:,} customers x {len(FACTORS)} actions in {seconds:.2f} s")
            print(f"    {'odds':>8}{'quarter':>14}{'year':>14}{'formula':>14}")
            at_risk = scores["p_alive"] * scores["retention_value"]
            for factor, name in zip(FACTORS, actions, strict=True):
                p = scores["p_leaves"]
                formula = at_risk * p * (1 - p) * (1 - factor) / (1 - p + factor * p)
                print(f"    {name:>8}{quarter[name].sum():>14,.0f}{year[name].sum():>14,.0f}{formula.sum():>14,.0f}")


def plans(customers: int = 1_000_000) -> None:
    """Print the times of the increments that a plan asks."""
    summary = kk.summarize(kk.datasets.load_cdnow(), as_of=AS_OF)
    many = pd.concat([summary] * (1 + customers // len(summary)), ignore_index=True).head(customers)
    many["customer_id"] = np.arange(customers)
    scorer = kk.ValueScorer(
        purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", costs=kk.Costs(serve_per_year=1)
    )
    fitted = scorer.fit(summary)
    budget = kk.Budget(money=1, hours=1, period="1997-10/1998-09")
    alike = kk.Action(name="call", objective="grow", lever="service", cost=1, hours=0)
    for label, base in (("alike", alike), ("after the last purchase", evolve(alike, after="purchase", after_days=200))):
        actions = [evolve(base, name=f"x {each:g}", effects=effect(each)) for each in FACTORS]
        planner = kk.StrategyPlanner.default(actions=actions)
        start = time.perf_counter()
        frame = planner.increments(fitted, many, budget=budget, start="1997-10-01")
        print(f"plan, {label}: {frame.shape[1] - 2} columns in {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
    plans(*map(int, sys.argv[1:]))

"""What plans promise, what is expected after selection, and what comes: simulated firms with estimated effects.

    python benchmarks/selection.py [firms] [customers]

Each firm has three actions on each of three groups: nine effects on purchases, drawn around 5 % with a standard
deviation of 4 points. Each is estimated by an experiment on 5,000 customers, half of them treated, whose purchases are
negative binomial. A plan is made with the estimates as they are ("raw"), and another with estimates that were shrunk
towards their mean and none before the plan was made ("shrunk"). The budget does not bind, so that no time goes into its
last customers. Both are held against the true effects on the customers they treat, and against the plan that knows
the true effects.

`t` is the mean difference over the firms by its standard error; `within` is the share of firms with the truth within
two of the standard errors that `plan.promise()` states for each of them. Amounts are per cents of what plans that know
the true effects net.
"""

from __future__ import annotations

import sys
import time
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd

import kundkarriar as kk
from kundkarriar.numerics.planning.selection import shrunken_effects

GROUPS = ("moving", "recurring", "exclusive")
MEDIA = ("letter", "call", "catalogue")
TESTED, PURCHASES, SHAPE = 5_000, 1.2, 0.5
LEVEL, END = 0.9, 1.6448536269514722


def experiment(lift: float, rng: np.random.Generator) -> tuple[float, float]:
    """Estimated logarithm of the factor of purchases, and its standard error by the delta method."""
    arms = [rng.negative_binomial(SHAPE, SHAPE / (SHAPE + PURCHASES * (1 + each)), TESTED // 2) for each in (lift, 0.0)]
    error = np.sqrt(sum(arm.var(ddof=1) / len(arm) / arm.mean() ** 2 for arm in arms))
    return float(np.log(arms[0].mean() / arms[1].mean())), float(error)


def catalogue(factors: Any, errors: Any, costs: Any) -> tuple[kk.Action, ...]:
    """An action for each medium and group, with the logarithms of its factors."""
    return tuple(
        kk.Action(
            name=f"{medium} to {group}", objective="grow", lever="information", cost=cost, hours=0,
            when=kk.column("group").equals(group),
            effect=kk.Effect(
                on="purchases", mean=np.exp(factor), low=np.exp(factor - END * error),
                high=np.exp(factor + END * error), level=LEVEL, evidence=f"experiment on {TESTED:,}",
                relative_to="no contact",
            ),
        )
        for (medium, group), factor, error, cost in zip(
            ((m, g) for m in MEDIA for g in GROUPS), factors, errors, costs, strict=True
        )
    )  # fmt: skip


def firm(customers: int, rng: np.random.Generator) -> dict[str, float]:
    """Promised, expected and true net of the plans of one firm."""
    group = rng.choice(GROUPS, customers, p=(0.6, 0.3, 0.1))
    clv = rng.lognormal(3, 1, customers)
    base = pd.DataFrame({"customer_id": np.arange(customers), "clv": clv, "group": group})
    lift = np.maximum(rng.normal(0.05, 0.04, 9), -0.5)
    costs = np.repeat(rng.lognormal(0, 0.4, 3), 3)
    estimate, error = np.array([experiment(each, rng) for each in lift]).T
    posterior = shrunken_effects(estimate=estimate, error=error)
    spread = posterior.drawn(2_000, rng).std(axis=0)
    playbook = kk.Playbook(strategies=(kk.Strategy(name="all", when=kk.column("clv") >= 0, objective="grow"),))
    found: dict[str, float] = {}
    for name, factors, errors in (
        ("true", np.log1p(lift), np.full(9, 1e-9)), ("raw", estimate, error), ("shrunk", posterior.mean, spread)
    ):  # fmt: skip
        planner = kk.StrategyPlanner(playbook=playbook, actions=catalogue(factors, errors, costs))
        budget = kk.Budget(money=100.0 * customers, hours=0, period="2027", reserve=0)
        plan = planner.plan(base, budget=budget, start="2027-01-01", holdout=0)
        bundle = plan.ledger.bundle
        treated = bundle >= 0
        found[f"{name} truth"] = float((lift[bundle[treated]] * clv[treated]).sum() - plan.cost.sum())
        rows = {"": plan.promise(draws=400), " as shrunk": plan.promise(draws=400, shrunk=True)}
        for how, frame in rows.items():
            for column in ("promised", "expected", "standard_error", "p_loss"):
                found[f"{name} {column}{how}"] = float(frame[column].iloc[0])
    return found


def main() -> None:
    """Print the comparison over all firms."""
    firms, customers = (int(own or usual) for own, usual in zip_longest(sys.argv[1:], ("50", "20000")))
    start, rng = time.perf_counter(), np.random.default_rng(17)
    table = pd.DataFrame([firm(customers, rng) for _ in range(firms)])
    best = table["true truth"].mean()
    print(f"{firms} firms of {customers:,} customers, nine effects from experiments on {TESTED:,}")
    print(f"plans that know the true effects net {best:,.0f}; {time.perf_counter() - start:.0f} s\n")
    lines = []
    for plan, said, how in (
        ("raw", "promised", ""), ("raw", "expected", ""),
        ("shrunk", "promised", ""), ("shrunk", "expected", ""),
    ):  # fmt: skip
        over = table[f"{plan} {said}{how}"] - table[f"{plan} truth"]
        error = table[f"{plan} standard_error{' as shrunk' if plan == 'shrunk' else ''}"]
        lines.append(
            {
                "effects": plan,
                "": said if (plan, said) != ("shrunk", "expected") else "expected, shrunk twice",
                "above truth, %": 100 * over.mean() / best,
                "se, %": 100 * over.std() / np.sqrt(firms) / best,
                "t": over.mean() / (over.std() / np.sqrt(firms)),
                "within": (over.abs() <= 2 * error).mean(),
                "stated se, %": 100 * error.mean() / best,
            }
        )
    print(pd.DataFrame(lines).round(2).to_string(index=False))
    print()
    for plan in ("raw", "shrunk"):
        regret = table["true truth"] - table[f"{plan} truth"]
        lost, risk = table[f"{plan} truth"] < 0, table[f"{plan} p_loss"]
        print(
            f"regret of plans with {plan} effects {100 * regret.mean() / best:.1f} % (se"
            f" {100 * regret.std() / np.sqrt(firms) / best:.1f}); losses {lost.mean():.0%}, expected {risk.mean():.0%}"
        )


if __name__ == "__main__":
    main()

"""Verdicts of yearly reviews against what is true: simulated years of a fitted base, with a known effect.

    python benchmarks/review.py [years] [customers]

MBG/NBD and Gamma/Gamma are fitted to CDNOW's sample. Each year has as many of its customers, drawn with replacement,
and what each buys is a draw of the process for this customer. Two strategies, of the rarer and of the more frequent
half, have a letter each and are judged by one metric, with a holdout of a tenth to a third. The letter adds nothing,
half of the smallest visible effect, or twice of it: further purchases of the same customer's process, so that who buys
more gains more. The plan plans what is true; where nothing is added it plans the smallest visible effect.

A verdict is wrong if it says "worked" where nothing was added, or "did not" where all that was planned was added. The
last lines treat the best fifth by past spend, and do nothing: without a holdout, and with one of a fifth. The naive
difference of after and before is beside them.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import kundkarriar as kk

METRICS = ("share that buys", "purchases", "spend", "net value")
EFFECTS = {"none": 0.0, "half the smallest visible": 0.5, "twice the smallest visible": 2.0}
AS_OF, START = pd.Timestamp("1997-09-30"), pd.Timestamp("1997-10-01")
YEAR, HALF_YEAR = "1997-10/1998-09", "1997-10/1998-03"
DRAWS = 60
FREE: Any = {"lever": "information", "objective": "grow", "cost": 0, "hours": 0}


class Firm:
    """A fitted base: its orders, its scores for a year, and drawn purchases of that year by customer and draw."""

    def __init__(self) -> None:
        orders = kk.datasets.load_cdnow(sample=True)
        self.orders = orders[orders["date"] <= AS_OF]
        summary = kk.summarize(self.orders, as_of=AS_OF)
        scorer = kk.ValueScorer(
            purchases=kk.MBGNBD(), spend=kk.GammaGamma(), margin=0.4, horizon="12M", discount_rate=0.1, level=0
        ).fit(summary)
        self.scores = scorer.score(summary)
        drawn = scorer.draw_purchases(summary, draws=DRAWS, seed=1).frame()
        place = pd.Index(self.scores["customer_id"]).get_indexer(drawn["customer_id"])
        cell = place * DRAWS + drawn["draw"].to_numpy() - drawn["draw"].min()
        order = np.argsort(cell, kind="stable")
        self.day, self.amount = (drawn[name].to_numpy()[order] for name in ("day", "amount"))
        self.starts = np.searchsorted(cell[order], np.arange(len(self.scores) * DRAWS + 1))

    def bought(self, customer: Any, draw: Any) -> pd.DataFrame:
        """The purchases of these customers in these draws, (n,) each: their place, day and amount."""
        cell = customer * DRAWS + draw
        first, count = self.starts[cell], self.starts[cell + 1] - self.starts[cell]
        at = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())
        rows = np.repeat(np.arange(len(cell)), count)
        return pd.DataFrame({"customer_id": rows, "day": self.day[at], "amount": self.amount[at]})


def added(own: pd.DataFrame, more: pd.DataFrame, metric: str, n: int) -> float:
    """What further purchases add to the metric, per customer; net value as spend."""
    if metric == "share that buys":
        return len(np.setdiff1d(more["customer_id"], own["customer_id"])) / n
    both = pd.concat([own, more]).drop_duplicates(["customer_id", "day"]) if metric == "purchases" else more
    return (
        (len(both) - len(own.drop_duplicates(["customer_id", "day"]))) / n
        if metric == "purchases"
        else (more["amount"].sum() / n)
    )


def planner_of(sizes: tuple[float, float], metric: str) -> kk.StrategyPlanner:
    """A letter for each half of the base, with these effects on purchases, and the metric as target of both."""
    halves = ("rare", "frequent")
    target = kk.Target(metric=metric, value=0.5, until="1998-09-30")
    letters = tuple(
        kk.Action(
            name=f"letter to the {half}", when=kk.column("group").equals(half), **FREE,
            effect=kk.Effect(
                on="purchases", mean=1 + size, low=1.0, high=1 + 2 * size, evidence="assumed", relative_to="none"
            ),
        )
        for half, size in zip(halves, sizes, strict=True)
    )  # fmt: skip
    strategies = tuple(
        kk.Strategy(name=half, when=kk.column("group").equals(half), objective="grow", target=target) for half in halves
    )
    return kk.StrategyPlanner(playbook=kk.Playbook(strategies=strategies), actions=letters)


def planned(base: pd.DataFrame, sizes: Any, metric: str, holdout: float, seed: int) -> tuple[Any, Any]:
    """The planner and its plan."""
    planner = planner_of(tuple(sizes), metric)
    budget = kk.Budget(money=1, hours=0, period=YEAR)
    return planner, planner.plan(base, budget=budget, start=START, holdout=holdout, seed=seed)


def one_year(firm: Firm, metric: str, effect: float, customers: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """Verdict, planned and true effect of each of the two strategies of a year."""
    rng = np.random.default_rng(seed)
    picked = rng.integers(len(firm.scores), size=customers)
    base = firm.scores.iloc[picked].assign(customer_id=np.arange(customers))
    often = base["expected_purchases"] > base["expected_purchases"].median()
    base["group"] = np.where(often, "frequent", "rare")
    holdout = rng.uniform(0.1, 1 / 3)
    sizes, aim = np.array([0.5, 0.5]), effect or 1.0
    for _ in range(8):  # the size of the effect with which the plan plans what it should
        planner, plan = planned(base, sizes, metric, holdout, seed)
        rows = plan.targets()
        sizes = np.minimum(sizes * aim * rows["smallest_visible"].to_numpy() / rows["planned"].to_numpy(), 50.0)
    planner, plan = planned(base, sizes, metric, holdout, seed)
    rows = plan.targets()
    own = firm.bought(picked, rng.integers(DRAWS, size=customers))
    more = pd.concat([firm.bought(picked, rng.integers(DRAWS, size=customers)) for _ in range(6)])
    mark = rng.random(len(more))
    margin = 0.4 if metric == "net value" else 1.0
    given, truth = [], []
    for strategy in range(2):
        mine = np.flatnonzero(plan.ledger.strategy == strategy)
        his, hers = own[own["customer_id"].isin(mine)], more["customer_id"].isin(mine).to_numpy()
        wanted = rows["planned"].iloc[strategy] * (effect > 0)
        low, high = 0.0, 1.0
        for _ in range(20):
            q = (low + high) / 2
            enough = margin * added(his, more[hers & (mark < q)], metric, len(mine)) >= wanted
            low, high = (low, q) if enough else (q, high)
        chosen = more[hers & (mark < high)] if wanted else more[:0]
        given.append(chosen[plan.ledger.treated[chosen["customer_id"]]])
        truth.append(margin * added(his, chosen, metric, len(mine)))
    orders = pd.concat([own, *given])
    orders["date"] = AS_OF + pd.to_timedelta(orders["day"], "D")
    found = planner.review(plan, {"transactions": orders[["customer_id", "date", "amount"]]}, as_of="1998-09-30")
    verdicts = found.strategies()["verdict"]
    yield from zip(verdicts[:2], rows["planned"], truth, strict=True)


def regression(firm: Firm, holdout: float, seed: int) -> tuple[str, float, float]:
    """Verdict on the best fifth by past spend of a half-year in which nothing is done; the spend before and after."""
    rng = np.random.default_rng(seed)
    spend = firm.orders[firm.orders["date"] > "1997-03-31"].groupby("customer_id")["amount"].sum()
    spent = firm.scores["customer_id"].map(spend).fillna(0.0)
    base = firm.scores.assign(group=np.where(spent >= spent.quantile(0.8), "best", "rest"))
    best = kk.column("group").equals("best")
    more = kk.Effect(on="purchases", mean=1.2, low=1.0, high=1.4, evidence="assumed", relative_to="none")
    letter = kk.Action(name="letter", when=best, effect=more, **FREE)
    target = kk.Target(metric="spend", value=50, until="1998-03-31")
    strategies = (
        kk.Strategy(name="best", when=best, objective="grow", target=target),
        kk.Strategy(name="rest", when=~best, objective="harvest"),
    )
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=strategies), actions=(letter,))
    plan = planner.plan(
        base, budget=kk.Budget(money=1, hours=0, period=HALF_YEAR), start=START, holdout=holdout, seed=seed
    )
    orders = firm.bought(np.arange(len(base)), rng.integers(DRAWS, size=len(base)))
    orders["date"] = AS_OF + pd.to_timedelta(orders["day"], "D")
    orders["customer_id"] = base["customer_id"].to_numpy()[orders["customer_id"]]
    both = pd.concat([firm.orders, orders])[["customer_id", "date", "amount"]]
    row = planner.review(plan, {"transactions": both}, as_of="1998-03-31").strategies().iloc[0]
    return row["verdict"], row["before"], row["actual"]


def main(years: int, customers: int) -> None:
    """Print the verdicts."""
    firm, since = Firm(), time.perf_counter()
    wrong = given = 0
    for name, effect in EFFECTS.items():
        for metric in METRICS:
            rows = [row for seed in range(years // 4) for row in one_year(firm, metric, effect, customers, seed)]
            verdicts = Counter(verdict for verdict, _, _ in rows)
            here = sum(
                (verdict == "worked" and truth <= 0) or (verdict == "did not" and truth >= plan)
                for verdict, plan, truth in rows
            )
            wrong, given = wrong + here, given + len(rows) - verdicts["cannot tell"]
            ratio = np.mean([truth / plan for _, plan, truth in rows])
            print(f"{name:27s} {metric:16s} {dict(verdicts)}, wrong {here}, true by planned {ratio:.2f}")
    print(f"verdicts given {given}, wrong {wrong} ({wrong / given:.1%})")
    for holdout in (0.0, 0.2):
        rows = [regression(firm, holdout, seed) for seed in range(years)]
        verdicts = Counter(verdict for verdict, _, _ in rows)
        before, after = (np.mean([row[at] for row in rows]) for at in (1, 2))
        print(f"best fifth, holdout {holdout:.0%}: {dict(verdicts)}; spend before {before:.1f}, after {after:.1f}")
    print(f"{time.perf_counter() - since:.0f} s")


if __name__ == "__main__":
    main(*(int(each) for each in [*sys.argv[1:], "200", "1000"][:2]))

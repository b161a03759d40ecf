"""A base of 600 customers with scores for a year, a plan on it, and purchases of its year."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

YEAR = pd.Timestamp("2027-01-01")


def make_scores(n=600, *, seed=0):
    """Gamma rates, of which the scores know the mean; two halves of the base, and two classes."""
    rng = np.random.default_rng(seed)
    purchases = rng.gamma(1.0, 1.5, n) + 0.1
    return pd.DataFrame(
        {
            "customer_id": [f"c{at}" for at in range(n)],
            "expected_purchases": purchases,
            "p_purchase": 1 - np.exp(-0.9 * purchases),
            "expected_order_value": 40.0,
            "clv": 16.0 * purchases,
            "rung": rng.choice(["trial buyer", "client"], n),
            "abc": rng.choice(["A", "B"], n),
        }
    )


def make_effect(mean=1.5, **fields):
    return kk.Effect(
        **{"on": "purchases", "mean": mean, "low": 1.0, "high": 2 * mean - 1, "evidence": "assumed"} | fields,
        relative_to="no letter",
    )


def make_planner(*, metric="purchases", value=1.5, until="2027-12-31", mean=1.5, **action):
    """A letter to clients, whose strategy has a target; the others get nothing."""
    client = kk.column("rung").equals("client")
    letter = kk.Action(
        **{"name": "letter", "objective": "grow", "lever": "information", "cost": 1, "hours": 0.01, "per_year": 4}
        | {"effect": make_effect(mean)}
        | action
    )
    target = kk.Target(metric=metric, value=value, until=until)
    strategies = (
        kk.Strategy(name="clients", when=client, objective="grow", target=target),
        kk.Strategy(name="others", when=~client, objective="harvest", forbids=("grow",)),
    )
    return kk.StrategyPlanner(playbook=kk.Playbook(strategies=strategies), actions=(letter,))


def make_plan(scores, *, planner=None, holdout=0.25, period="2027", start="2027-01-01", **fields):
    budget = kk.Budget(money=5000, hours=50, period=period)
    return (planner or make_planner()).plan(scores, budget=budget, start=start, holdout=holdout, **fields)


def make_orders(ids, mean, *, seed=1, first=YEAR, days=365, amount=40.0):
    """Poisson purchases of these means, spread over the days."""
    rng = np.random.default_rng(seed)
    number = rng.poisson(np.broadcast_to(mean, len(ids)))
    dates = first + pd.to_timedelta(rng.integers(0, days, number.sum()), "D")
    return pd.DataFrame({"customer_id": np.repeat(np.asarray(ids), number), "date": dates, "amount": amount})


def orders_of(plan, scores, *, factor=1.0, **fields):
    """Purchases of the plan's year as the scores expect them, times a factor for those treated."""
    mean = scores["expected_purchases"].to_numpy() * np.where(plan.ledger.treated, factor, 1.0)
    return make_orders(scores["customer_id"], mean, **fields)


@pytest.fixture(scope="session")
def scores():
    return make_scores()


@pytest.fixture(scope="session")
def plan(scores):
    return make_plan(scores)


@pytest.fixture(scope="session")
def orders(plan, scores):
    return orders_of(plan, scores, factor=1.5)


@pytest.fixture(scope="session")
def review(plan, orders):
    return make_planner().review(plan, {"transactions": orders})

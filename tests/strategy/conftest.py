"""A customer base and actions made by hand."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

RUNGS = ("prospect", "trial buyer", "repeat buyer", "client", "supporter")


def make_base(n=400, *, seed=0):
    """Customers with the columns of the scorer, the classifier and the ladder, consistent with each other."""
    rng = np.random.default_rng(seed)
    number = rng.choice(5, n, p=[0.1, 0.4, 0.3, 0.15, 0.05])
    known = number > 0
    p_alive = np.where(known, rng.uniform(0.05, 1, n), np.nan)
    p_leaves = np.where(known, rng.uniform(0.05, 0.9, n), np.nan)
    p_purchase = p_alive * rng.uniform(0.1, 1, n)
    clv = p_alive * rng.lognormal(3 + number / 2, 1, n)
    net_value = clv - 5
    retention_value = net_value / p_alive
    lapsed = known & (rng.random(n) < 0.25)
    highest = np.where(lapsed, np.minimum(number + 1, 4), number)
    abc = np.select([~known, net_value <= 0, clv > 120, clv > 40], [None, "D", "A", "B"], "C")
    return pd.DataFrame(
        {
            "customer_id": np.arange(10_000, 10_000 + n),
            "p_alive": p_alive,
            "p_purchase": p_purchase,
            "p_leaves": p_leaves,
            "clv": clv,
            "net_value": net_value,
            "retention_value": retention_value,
            "value_at_risk": p_alive * p_leaves * retention_value,
            "abc": pd.Series(abc, dtype=object),
            "rung": np.array(RUNGS)[number],
            "rung_number": number,
            "rung_position": number / 4,
            "highest_position": highest / 4,
            "purchase_days": np.array([0, 1, 3, 6, 8])[number],
            "events_referral": (number == 4).astype(int),
            "lapsed": lapsed,
            "highest_rung": np.array(RUNGS)[highest],
            "group": np.select([number >= 3, number == 2], ["exclusive", "recurring"], "moving"),
            "value_12M": np.where(known, clv * 1.5, 0.0),
        }
    )


def make_actions():
    """One of each kind of effect; one without."""
    assumed = {"evidence": "assumed", "relative_to": "no contact"}
    return (
        kk.Action(
            name="second-order letter",
            objective="repeat",
            lever="information",
            step=("trial buyer", "repeat buyer"),
            cost=2,
            hours=0.01,
            per_year=2,
            benefit=1,
            effect=kk.Effect(on="promotion", mean=1.5, low=1.1, high=2.0, **assumed),
        ),
        kk.Action(
            name="welcome discount",
            objective="repeat",
            lever="price",
            cost=8,
            hours=0,
            benefit=2,
            effect=kk.Effect(on="purchases", mean=1.3, low=1.0, high=1.5, **assumed),
        ),
        kk.Action(
            name="call",
            objective="win_back",
            lever="service",
            cost=0,
            hours=0.5,
            benefit=2,
            effect=kk.Effect(on="leaving", mean=0.6, low=0.5, high=0.9, **assumed),
        ),
        kk.Action(
            name="catalogue",
            objective="grow",
            lever="product",
            cost=6,
            hours=0.02,
            per_year=4,
            benefit=1,
            effect=kk.Effect(
                on="spend", mean=1.4, low=1.2, high=1.6, evidence="test 2026, 800 customers", relative_to="none sent"
            ),
        ),
        kk.Action(
            name="evening",
            objective="retain",
            lever="reputation",
            cost=20,
            hours=1,
            benefit=3,
            effect=kk.Effect(on="value", mean=30, low=10, high=45, **assumed),
        ),
        kk.Action(name="thank-you card", objective="appreciate", lever="service", cost=1, hours=0.1, benefit=3),
    )


@pytest.fixture(scope="session")
def base():
    return make_base()


@pytest.fixture(scope="session")
def actions():
    return make_actions()


@pytest.fixture(scope="session")
def budget():
    return kk.Budget(money=1000, hours=25, period="2027", reserve=0.1)


@pytest.fixture(scope="session")
def plan(base, actions, budget):
    return kk.StrategyPlanner.default().plan(base, actions=actions, budget=budget, start="2027-01-01", seed=1)

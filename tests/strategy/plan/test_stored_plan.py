"""A stored plan whose parts do not fit each other is refused when it is read, with the field that is at fault."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

GIFT = kk.Effect(on="value", mean=9, low=8, high=10, evidence="assumed", relative_to="none")
CALL = kk.Action(name="call", objective="grow", lever="service", cost=1, hours=0.1, effects=GIFT)
EVERY = kk.Strategy(name="all", when=kk.column("clv") >= 0, objective="grow", reason="buys")


@pytest.fixture(scope="module")
def stored():
    base = pd.DataFrame({"customer_id": np.arange(1, 7), "clv": np.arange(6) * 30.0, "rung": "client"})
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERY,)), actions=(CALL,))
    log = pd.DataFrame({"customer_id": [1, 2], "date": pd.to_datetime(["2026-12-01", "2026-12-02"]), "action": "call"})
    budget = kk.Budget(money=40, hours=20, period="2027", caps={"call": 3.0, "week": {"hours": 5}})
    given = {"budget": budget, "start": "2027-01-01", "seed": 1, "contacts": log}
    before = planner.plan(base, **given, holdout=0.2)
    plan = planner.plan(base, **given, holdout=0.2, previous=before)
    assert len(plan.ledger.limit_prices) == 2
    assert plan.earlier is not None
    return json.dumps(plan.to_dict())


def read(text, *path, value):
    whole = json.loads(text)
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value(inner[path[-1]])
    return kk.Plan.from_dict(whole)


def test_what_was_stored_is_read(stored):
    assert len(read(stored, "seed", value=lambda seed: seed).shadow_prices()) == 4


@pytest.mark.parametrize(
    ("path", "value", "law"),
    [
        (
            ("ledger", "limit_prices"),
            lambda prices: prices[1:],
            "`ledger` must have one of `limit_prices` for each of the 2 floors and caps of the budget, got 1.",
        ),
        (
            ("previous", "bundle"),
            lambda bundles: [99, *bundles[1:]],
            "`previous` must have positions below 1 as `bundle`, got 99.",
        ),
        (
            ("schedule", "patterns"),
            lambda patterns: [[], *patterns[1:]],
            "`schedule` must have at least one day in each of its `patterns`, got an empty one.",
        ),
        (
            ("earlier", "customer"),
            lambda customers: [*customers[:-1], 99],
            "`earlier` must be with the 6 customers of the plan, got position 99.",
        ),
    ],
    ids=["limit_prices", "previous", "patterns", "earlier"],
)
def test_parts_that_do_not_fit_are_refused(stored, path, value, law):
    with pytest.raises(kk.DataError) as told:
        read(stored, *path, value=value)
    assert law in str(told.value)
    assert str(told.value).endswith("Hint: write it again with to_dict().")

"""Strategies and plans of lazy customers: those of pandas, handed back in the kind given."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

PLAYBOOK = kk.Playbook(
    strategies=(
        kk.Strategy(
            name="keep", when=kk.column("abc").equals("A") & kk.column("lapsed").equals(False), objective="retain"
        ),
        kk.Strategy(name="rest", when=kk.column("clv") >= 0, objective="grow"),
    )
)


@pytest.fixture(scope="module")
def customers():
    """Three hundred customers with a class, a rung and a value."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(300)],
            "abc": rng.choice(["A", "B", "C"], 300),
            "lapsed": rng.random(300) < 0.3,
            "rung": rng.choice(["trial buyer", "client"], 300),
            "clv": np.round(rng.gamma(1.0, 80.0, 300), 2),
        }
    )


def test_strategies_of_lazy_customers(lazy_kind, to_engine, same_rows, customers):
    """Law: a strategy is a function of a row, so that lazy customers get those of pandas."""
    same_rows(PLAYBOOK.assign(to_engine(lazy_kind, customers)), PLAYBOOK.assign(customers))


def test_plans_of_lazy_customers(lazy_kind, to_engine, same_rows, customers):
    """Law: so they get the assignments of pandas, in the kind of the customers where it is asked for."""
    more = kk.Effect(on="purchases", mean=1.1, low=1.0, high=1.2, evidence="assumed", relative_to="no letter")
    letter = kk.Action(name="letter", objective="grow", lever="information", cost=5, hours=0, effect=more)
    planner = kk.StrategyPlanner(playbook=PLAYBOOK, actions=(letter,))
    asked = {"budget": kk.Budget(money=300, hours=0, period="2027"), "start": "2027-01-01", "holdout": 0.2, "seed": 7}
    lazy, due = to_engine(lazy_kind, customers), planner.plan(customers, **asked).assignments()
    made = planner.plan(lazy, **asked).assignments(like=lazy)
    assert type(made) is type(lazy)
    assert due["treated"].sum() > 10
    same_rows(made, due)


def test_assignments_of_any_kind(kind, to_engine, same_rows, customers):
    """Contract: `like` is a frame of any kind, whatever the customers were."""
    planner = kk.StrategyPlanner(playbook=PLAYBOOK)
    plan = planner.plan(customers, budget=kk.Budget(money=9, hours=0, period="2027"), start="2027-01-01", holdout=0)
    like = to_engine(kind, customers.head(3))
    made = plan.assignments(like=like)
    assert type(made) is type(like)
    same_rows(made, plan.assignments())


def test_customers_without_a_strategy_are_counted_in_the_whole_base(lazy_kind, to_engine, customers):
    """Law: where the first rows have no strategy, all are counted, in the words of pandas."""
    poor = customers.assign(clv=-1.0, abc="B")
    messages = []
    for frame in (poor, to_engine(lazy_kind, poor)):
        with pytest.raises(kk.DataError, match="broken by 300 of 300 customers") as caught:
            PLAYBOOK.assign(frame)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]

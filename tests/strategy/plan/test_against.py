"""The plan against other ways: never below the best single action but by the price of a rule."""

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

EVERYBODY = ~kk.column("customer_id").is_missing()
WHEN = {"start": "2027-01-01", "seed": 1, "holdout": 0.2}
AMOUNTS = st.integers(0, 20)


def of_kind(table, kind):
    return table[table["kind"] == kind]


@st.composite
def catalogues(draw):
    """Actions that add stated money, with all kinds of costs."""
    sizes = draw(st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(1, 4)), min_size=1, max_size=4))
    objectives = ("grow", "appreciate", "win_back", "repeat")
    return [
        kk.Action(
            name=f"action {at}",
            objective=objectives[at],
            lever="service",
            cost=cost / 4,
            hours=hours / 20,
            per_year=times,
            when=kk.column("clv") > value,
            effect=kk.Effect(on="spend", mean=1 + value / 20, low=1, high=3, evidence="test", relative_to="nothing"),
        )
        for at, (cost, hours, value, times) in enumerate(sizes)
    ]


BASES = st.lists(st.integers(0, 200), min_size=2, max_size=40).map(
    lambda values: pd.DataFrame({"customer_id": range(len(values)), "clv": np.array(values, dtype=float)})
)
BUDGETS = st.builds(
    kk.Budget,
    money=st.integers(1, 100),
    hours=st.integers(0, 20),
    period=st.just("2027"),
    reserve=st.sampled_from([0.0, 0.1]),
    hour_cost=st.sampled_from([None, 0.0, 3.0]),
    hurdle=st.sampled_from([0.0, 0.5]),
)


@pytest.mark.filterwarnings("ignore:.*holds nobody out:kundkarriar.errors.DataWarning")
@settings(max_examples=150)
@given(base=BASES, actions=catalogues(), budget=BUDGETS, forbid=st.sampled_from([(), ("selling",), ("action 0",)]))
def test_no_single_action_nets_more_but_for_the_price_of_a_rule(base, actions, budget, forbid):
    """Free choice nets at least each single action, and the plan what free choice nets less the price of its rules."""
    rest = kk.Strategy(name="rest", when=EVERYBODY, objective="grow")
    rule = kk.Strategy(name="own", when=kk.column("clv") > 50, objective="appreciate", forbids=forbid)
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(rule, rest)), actions=actions)
    allowed = [each for each in actions if not each.is_named_by(forbid)]
    plan = planner.plan(base, budget=budget, **WHEN)
    table = plan.against()
    net, free = table["net"].iloc[0], of_kind(table, "free choice")["net"].item()
    tolerance = 1e-6 * max(abs(free), 1.0)
    assert (of_kind(table, "single action")["net"] <= free + tolerance).all()
    assert of_kind(table, "nothing")["net"].item() == 0 <= net + tolerance
    prices = of_kind(table, "without rule")["difference"]
    assert (prices >= -tolerance).all()
    if not forbid and budget.hurdle == 0:
        assert net == pytest.approx(free, abs=tolerance)
    if len(prices) == 1:  # a single rule costs the whole difference
        assert prices.item() == pytest.approx(free - net, abs=tolerance)
    spent = plan.assignments()
    assert spent["cost"].sum() <= budget.money_to_plan * (1 + 1e-9)
    assert spent["hours"].sum() <= budget.hours_to_plan * (1 + 1e-9)
    assert set(spent.loc[spent["strategy"] == "own", "action"].dropna()) <= {each.name for each in allowed}
    after = of_kind(table, "holdout").iloc[0]
    assert after["net"] == pytest.approx(spent["net"].sum(), abs=tolerance)


def test_preferring_costs_what_the_others_would_bring(base, actions, budget):
    """Preferred actions come first where they pay; without the preference the plan is the free choice."""
    first = kk.Strategy(name="all", when=EVERYBODY, objective="appreciate", prefers=("retain",))
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(first,)), actions=actions)
    plan = planner.plan(base, budget=budget, **WHEN)
    table = plan.against().set_index("way")
    assert set(plan.assignments()["action"].dropna()) == {"evening"}
    row = table.loc["without: all: prefers retain"]
    assert row["difference"] == pytest.approx(table["difference"]["free choice among all actions"])
    assert row["difference"] > 0
    worst = attrs.evolve(actions[4], cost=31.0)  # adds 30: preferred, and never worth it
    same = planner.plan(base, actions=[*actions[:4], worst], budget=budget, **WHEN).against().set_index("way")
    assert same["net"]["the plan"] == pytest.approx(same["net"]["free choice among all actions"])


def test_the_check_tells_of_a_plan_that_a_simpler_one_beats(base, actions, budget):
    """A rule that takes more than it brings fails the check, which says by how much."""
    nothing = kk.Strategy(name="all", when=EVERYBODY, objective="harvest", forbids=("catalogue",))
    rest = kk.Strategy(name="rest", when=EVERYBODY, objective="harvest")
    alone = kk.Strategy(name="alone", when=kk.column("customer_id").equals(base["customer_id"][0]), objective="grow")
    few = kk.Playbook(strategies=(alone, nothing))
    plan = kk.StrategyPlanner(playbook=few, actions=actions[3:4]).plan(base, budget=budget, **WHEN)
    check = plan.checks().set_index("check").loc["no single action for all nets more than the plan"]
    assert (check["passed"], check["severity"]) == (False, "error")
    assert check["message"].endswith("plan.against() tells which rule takes the difference")
    assert check["limit"] == pytest.approx(of_kind(plan.against(), "single action")["net"].item())
    free = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(rest,)), actions=actions[3:4])
    checks = free.plan(base, budget=budget, **WHEN).checks().set_index("check")
    assert checks.loc["no single action for all nets more than the plan", "passed"]

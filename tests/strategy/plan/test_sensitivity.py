"""What other sizes of the effects would change: whose choice flips, and which way would be best."""

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.strategy.plan.prices.priced_net import charges, priced_net

EVERYONE = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")
PLANNER = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERYONE,)))
BUDGET = kk.Budget(money=60, hours=3, period="2027", reserve=0)


def action(name, on, mean, low, high, *, cost=2.0, hours=0.1):
    effect = kk.Effect(on=on, mean=mean, low=low, high=high, evidence="assumed", relative_to="none")
    return kk.Action(name=name, objective="grow", lever="product", cost=cost, hours=hours, effect=effect)


def customers(n, *, seed):
    rng = np.random.default_rng(seed)
    clv = rng.lognormal(3, 1, n)
    return pd.DataFrame({"customer_id": range(n), "clv": clv, "value_at_risk": 0.3 * clv, "p_leaves": 0.4})


ACTIONS = (
    action("tips", "purchases", 1.2, 1.05, 1.4),
    action("thanks", "leaving", 0.6, 0.4, 0.9, cost=3),
    action("gift", "value", 5, 1, 12, hours=0.05),
)


def takes(plan, at, gain):
    """Whether each customer is best given the action at the plan's shadow prices; where it is a tie, what they get."""
    paid = charges(plan) + plan.bundle_cost + plan.budget.price_of_hours * plan.bundle_hours
    answers = []
    for row, selected in zip(gain, plan.ledger.selected, strict=True):
        brings = [value - cost for value, cost in zip(row, paid[0], strict=True)]
        best_other = max([0.0, *(each for j, each in enumerate(brings) if j != at)])
        tie = brings[at] == pytest.approx(best_other, abs=1e-8)
        answers.append(selected == at if tie else brings[at] > best_other)
    return np.array(answers)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.booleans())
def test_flips_are_the_customers_whose_best_choice_changes(seed, priced):
    """Against a search customer by customer; at the stated effects nobody's does."""
    budget = attrs.evolve(BUDGET, hour_cost=4 if priced else None, hurdle=0.5 if priced else 0.0)
    plan = PLANNER.plan(customers(40, seed=seed), actions=ACTIONS, budget=budget, start="2027-01-01", seed=1)
    table = plan.sensitivity().set_index(["action", "end"])
    for at, each in enumerate(ACTIONS):
        for end, weak in (("low", each.name != "thanks"), ("high", each.name == "thanks"), ("mean", None)):
            gain = plan.ledger.gain.copy()
            if weak is not None:
                gain[:, at] = (plan.ledger.low if weak else plan.ledger.high)[:, at]
            flips = (takes(plan, at, gain) != takes(plan, at, plan.ledger.gain)).sum()
            assert table.loc[(each.name, end), "flips"] == flips
    assert (table.xs("mean", level="end")["flips"] == 0).all()


@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_the_best_way_nets_most_if_an_effect_is_at_its_end(seed):
    """Against the plans of each action alone, with what they decided, and the other size of one effect."""

    def planned(actions):
        base = customers(40, seed=seed)
        return PLANNER.plan(base, actions=actions, budget=BUDGET, start="2027-01-01", holdout=0, seed=1).sensitivity()

    alone = {each.name: planned([each]).set_index("end")["plan_net"] for each in ACTIONS}
    for row in planned(ACTIONS).itertuples():
        nets = {"the plan": row.plan_net, "do nothing": 0.0}
        for name, own in alone.items():
            nets[f"{name}, for all who may have it"] = own[row.end if name == row.action else "mean"]
        assert nets[row.best_way] == pytest.approx(max(nets.values()))


def test_what_everybody_is_best_given_is_what_they_get_at_the_plans_prices():
    """Up to those who are at the margin, one for each budget."""
    plan = PLANNER.plan(customers(200, seed=1), actions=ACTIONS, budget=BUDGET, start="2027-01-01", holdout=0, seed=1)
    brings = np.where(np.isnan(value := priced_net(plan)), -np.inf, value)
    best = np.where(brings.max(axis=1) > 0, brings.argmax(axis=1), -1)
    assert 0 < (plan.ledger.selected >= 0).sum() < 200
    assert (best != plan.ledger.selected).sum() <= 2


def test_where_the_ends_are_not_known_nothing_is_said_of_them():
    """As of plans that were stored before."""
    plan = PLANNER.plan(customers(9, seed=1), actions=ACTIONS, budget=BUDGET, start="2027-01-01", seed=1)
    without = attrs.evolve(plan, ledger=attrs.evolve(plan.ledger, low=None, high=None))
    table = without.sensitivity().set_index("end")
    assert table.loc[["low", "high"], ["flips", "best_way"]].isna().all().all()
    assert (table.loc["mean", "flips"] == 0).all()
    assert table.loc["low", "plan_net"].notna().all()


def test_limits_stand_beside_money_and_hours_with_their_prices():
    """In the order of floors and caps; a floor is told by what one less of it would bring."""
    plan = PLANNER.plan(customers(40, seed=1), actions=ACTIONS, budget=BUDGET, start="2027-01-01", holdout=0, seed=1)
    gifts = plan.groups(by="action").set_index("action").loc["gift", "cost"]
    assert gifts > 6
    limited = attrs.evolve(
        plan,
        budget=attrs.evolve(BUDGET, floors={"gift": 6}, caps={"product": {"hours": 2.5}}),
        ledger=attrs.evolve(plan.ledger, limit_prices=(0.0, 1.5)),
    )
    table = limited.shadow_prices()
    pd.testing.assert_frame_equal(table[:2], plan.shadow_prices())
    assert table[2:].drop(columns=["planned", "left"]).to_numpy().tolist() == [
        ["at least 6 of money on gift", 6.0, 0.0, "one less would bring nothing: it does not bind"],
        ["at most 2.5 hours on product", 2.5, 1.5, "one more would bring 1.50 net"],
    ]
    assert table["planned"].tolist()[2:] == pytest.approx([gifts, plan.hours.sum()])
    assert table["left"].to_numpy() == pytest.approx(table["available"] - table["planned"])
    extra = charges(limited) - charges(plan)
    assert extra == pytest.approx(1.5 * np.broadcast_to(plan.bundle_hours, extra.shape))


@pytest.mark.parametrize(
    "limits", [{"hours": 30}, {"caps": {"tips": 600}}, {"hours": 30, "money": 300}], ids=["hours", "a cap", "money too"]
)
def test_prices_under_a_hurdle_are_said_to_be_less_its_charge(limits):
    """The net of one more exceeds such a price by the hurdle on the money that it takes; not where the money binds."""
    budget = attrs.evolve(BUDGET, **{"money": 1e5, "hours": 1e5, "hurdle": 0.5, **limits})
    frame = customers(4000, seed=3)
    plan = PLANNER.plan(frame, actions=ACTIONS[:1], budget=budget, start="2027-01-01", holdout=0)
    table = plan.shadow_prices()
    binding = table[table["shadow_price"] > 0].iloc[-1]
    less = " less the hurdle of 0.5 per unit of money spent"
    if "money" in limits:
        assert not table["meaning"].str.contains(less).any()
        return
    assert binding["meaning"].endswith(f" net{less}")
    relaxed, by = ({"hours": 31}, 1) if "hours" in limits else ({"caps": {"tips": 620}}, 20)
    more = PLANNER.plan(
        frame, actions=ACTIONS[:1], budget=attrs.evolve(budget, **relaxed), start="2027-01-01", holdout=0
    )
    gained = more.net.sum() - plan.net.sum()
    charge = 0.5 * (more.cost.sum() - plan.cost.sum())
    assert gained - charge == pytest.approx(binding["shadow_price"] * by, rel=0.05)
    assert gained > binding["shadow_price"] * by


def test_the_summary_prices_hours_where_they_have_a_price():
    """The net is less the price of hours, and so is the return; without a price the note says so."""

    def told(**more):
        budget = attrs.evolve(BUDGET, **more)
        plan = PLANNER.plan(customers(40, seed=1), actions=ACTIONS, budget=budget, start="2027-01-01", seed=1)
        return plan, plan.summary().set_index("item")

    plan, lines = told(hour_cost=4, hurdle=0.5)
    hours = lines.loc["planned hours", "value"]
    assert lines.loc["price of planned hours", "value"] == pytest.approx(4 * hours)
    assert lines.loc["hurdle", "value"] == 0.5
    expected = lines.loc["incremental value", "value"] - lines.loc["planned cost", "value"] - 4 * hours
    assert lines.loc["net", "value"] == pytest.approx(expected)
    assert lines.loc["net", "value"] == pytest.approx(plan.assignments()["net"].sum())
    assert lines.loc["net", "note"] == "incremental value less planned cost and the price of planned hours"
    _, lines = told()
    assert lines.loc["net", "note"] == "incremental value less planned cost; hours are not priced"
    assert not {"price of planned hours", "hurdle", "of it saved costs"} & set(lines.index)


def test_what_is_held_out_has_its_foregone_net():
    """The plan with nobody held out nets that much more, as all would be treated as selected."""
    plan = PLANNER.plan(customers(40, seed=1), actions=ACTIONS, budget=BUDGET, start="2027-01-01", holdout=0.3, seed=1)
    ways = plan.against().set_index("kind")["net"]
    assert plan.summary().set_index("item").loc["foregone net", "value"] == pytest.approx(
        ways["plan"] - ways["holdout"]
    )

"""The plan by strategy, rung and class, or by what else is asked: nothing is lost, and what a promotion costs."""

from itertools import combinations

import attrs
import numpy as np
import pytest

import kundkarriar as kk

BY = ("strategy", "objective", "owner", "action", "lever", "channel", "rung", "abc", "group")
ADDED = ["customers", "treated", "held_out", "cost", "hours", "incremental_value", "net", "promoted"]


def test_a_group_is_told_with_its_strategy_and_what_it_brings(plan):
    table = plan.groups()
    assert table.columns.tolist() == [
        "strategy", "objective", "rung", "abc", "customers", "treated", "held_out", "cost", "hours",
        "share_of_hours", "incremental_value", "net", "benefit_value", "benefit_cost", "promoted",
        "cost_per_promoted", "goal", "metric", "reason",
    ]  # fmt: skip
    strategies = {each.name: each for each in plan.playbook.strategies}
    for row in table.to_dict("records"):
        strategy = strategies[row["strategy"]]
        assert (row["objective"], row["goal"]) == (strategy.objective, strategy.goal)
        assert row["metric"] == strategy.metric or (strategy.metric is None and row["metric"] != row["metric"])
    assert table["customers"].sum() == len(plan.customers)


def test_benefits_have_two_sides(base, budget):
    """What the treated get, by contact, is worth something to them and costs the firm something."""
    adds = kk.Effect(on="value", mean=9, low=8, high=10, evidence="assumed", relative_to="nothing")
    gift = kk.Action(name="gift", objective="grow", lever="service", cost=2, hours=0, per_year=2, effect=adds,
                     benefit=kk.Benefit(value_to_customer=3, cost_to_firm=1.5))  # fmt: skip
    given = {"budget": budget, "start": "2027-01-01"}
    table = kk.StrategyPlanner.default().plan(base, actions=(gift,), **given).groups()
    np.testing.assert_allclose(table["benefit_value"], 2 * 3.0 * table["treated"])
    np.testing.assert_allclose(table["benefit_cost"], 2 * 1.5 * table["treated"])
    assert table["benefit_cost"].sum() > 0
    without = kk.StrategyPlanner.default().plan(base, actions=(attrs.evolve(gift, benefit=None),), **given).groups()
    assert not {"benefit_value", "benefit_cost"} & set(without)


def test_steps_are_paid_by_the_actions_that_aim_at_them(plan):
    """Of each group the letters' cost over the promotions that they bring; other actions promote nobody."""
    letters = plan.assignments().query("action == 'second-order letter' and treated")
    table = plan.groups().set_index(["strategy", "rung", "abc"])
    paid = (table["cost_per_promoted"] * table["promoted"]).sum()
    assert paid == pytest.approx(letters["cost"].sum())
    assert np.isnan(table.loc[table["promoted"] == 0, "cost_per_promoted"]).all()
    assert (table["promoted"] > 0).sum() == table["cost_per_promoted"].notna().sum() > 0
    assert table["promoted"].sum() < len(letters)


@pytest.mark.parametrize("by", [(name,) for name in BY] + [*combinations(BY, 2)][::4])
def test_whatever_the_groups_they_add_up_to_the_plan(plan, by):
    """Every customer is in one row, and every row has customers."""
    table, whole = plan.groups(by=by), plan.groups()
    for name in ADDED:
        assert table[name].sum() == pytest.approx(whole[name].sum())
    assert table["share_of_hours"].sum() == pytest.approx(1)
    assert (table["customers"] > 0).all()
    assert not table.duplicated(list(by)).any()
    told = {"objective", "goal", "metric", "reason"} & set(table)
    assert told == ({"objective", "goal", "metric", "reason"} if "strategy" in by else {"objective"} & set(by))


def test_the_default_is_strategy_rung_and_class(plan):
    assert plan.groups(by=("strategy", "rung", "abc")).equals(plan.groups())
    assert plan.groups(by="lever").equals(plan.groups(by=["lever"]))


def test_by_action_those_held_out_stand_with_what_they_would_have_got(plan):
    table, a = plan.groups(by="action").set_index("action", drop=False), plan.assignments()
    for action in (each for each in plan.actions if each.name in table.index):
        assert table.loc[action.name, "treated"] == (a["action"] == action.name).sum()
        assert table.loc[action.name, "customers"] == table.loc[action.name, ["treated", "held_out"]].sum()
    assert table["held_out"].sum() == a["held_out"].sum() > 0
    levers = plan.groups(by=("action", "lever")).set_index("action")["lever"].dropna()
    assert levers.to_dict() == {each.name: each.lever for each in plan.actions if each.name in levers.index}


def test_rungs_are_in_the_order_of_the_ladder(plan):
    expected = ["prospect", "trial buyer", "repeat buyer", "client", "supporter"]
    assert plan.groups(by="rung")["rung"].tolist() == expected


@pytest.mark.parametrize("by", ["levers", [], ["abc", "abc"], None])
def test_other_groups_are_refused_with_the_list(plan, by):
    with pytest.raises(kk.DataError, match=r"`by` must be .*'strategy', 'objective', .*got"):
        plan.groups(by=by)

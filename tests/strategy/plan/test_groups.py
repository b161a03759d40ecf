"""The plan by strategy, rung and class: what a promotion costs."""

import numpy as np
import pytest


def test_a_group_is_told_with_its_strategy_and_what_it_brings(plan):
    table = plan.groups()
    assert table.columns.tolist() == [
        "strategy", "objective", "rung", "abc", "customers", "treated", "held_out", "cost", "hours",
        "incremental_value", "net", "promoted", "cost_per_promoted", "goal", "metric", "reason",
    ]  # fmt: skip
    strategies = {each.name: each for each in plan.playbook.strategies}
    for row in table.to_dict("records"):
        strategy = strategies[row["strategy"]]
        assert (row["objective"], row["goal"]) == (strategy.objective, strategy.goal)
        assert row["metric"] == strategy.metric or (strategy.metric is None and row["metric"] != row["metric"])
    assert table["customers"].sum() == len(plan.customers)


def test_steps_are_paid_by_the_actions_that_aim_at_them(plan):
    """Of each group the letters' cost over the promotions that they bring; other actions promote nobody."""
    letters = plan.assignments().query("action == 'second-order letter' and treated")
    table = plan.groups().set_index(["strategy", "rung", "abc"])
    paid = (table["cost_per_promoted"] * table["promoted"]).sum()
    assert paid == pytest.approx(letters["cost"].sum())
    assert np.isnan(table.loc[table["promoted"] == 0, "cost_per_promoted"]).all()
    assert (table["promoted"] > 0).sum() == table["cost_per_promoted"].notna().sum() > 0
    assert table["promoted"].sum() < len(letters)

"""The portfolio checks: each passes, fails with the customers that cause it, and says when it could not fail."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.strategy.checks.portfolio_checks import portfolio_checks

MORE_MOVING = "more moving than exclusive accounts"
ONE_GROUP = "every customer is in exactly one group"
BROUGHT = "exclusive accounts brought more than recurring, recurring than moving"
WILL_BRING = "exclusive accounts will bring more than recurring, recurring than moving"
BROUGHT_ALL = "exclusive accounts together brought more than the lowest other group"
WILL_BRING_ALL = "exclusive accounts together will bring more than the lowest other group"
DOUBTFUL = "nothing makes the scores doubtful"
NOT_SIMPLER = "no single action for all nets more than the plan"
SPEND = "planned spend per customer is at most its incremental value"
SPEND_LOW = f"{SPEND}, even if every effect is at its weak end"
BENEFITS = "benefits never fall as the rung rises"
BENEFITS_BY_CLASS = "benefits never fall as the class rises"
BORDER = "customers on both sides of a class border are treated alike"
CONTRADICTS = "no action contradicts another, or the strategy of its customer"
PATHS = "every action that changes the price tells what it costs on its path"
DIFFER = "not everyone gets the same strategy"
REACH = "every action with an effect could serve somebody"


@pytest.fixture
def sound():
    """Four moving, two recurring, one exclusive; each step up brings more."""
    return pd.DataFrame(
        {
            "customer_id": list("abcdefg"),
            "group": ["moving"] * 4 + ["recurring"] * 2 + ["exclusive"],
            "value_12M": [10.0, 20, 10, 20, 50, 70, 300],
            "clv": [1.0, 2, 1, 2, 20, 30, 90],
        }
    )


def check(frame, name):
    return frame.set_index("check").loc[name]


def test_a_sound_base_passes_everything(sound):
    checks = portfolio_checks(sound)
    assert checks["check"].tolist() == [ONE_GROUP, MORE_MOVING, BROUGHT, WILL_BRING, BROUGHT_ALL, WILL_BRING_ALL]
    assert checks["passed"].all()
    assert checks["informative"].tolist() == [False, True, True, True, True, True]
    assert checks["message"].tolist() == [
        "true by definition: the groups are the rungs of one ladder, which places everyone once",
        "4 moving and 1 exclusive accounts",
        "value_12M per account: exclusive 300, recurring 60.00, moving 15.00",
        "clv per account: exclusive 90.00, recurring 25.00, moving 1.50",
        "value_12M in total: exclusive 300, recurring 120, moving 60.00",
        "clv in total: exclusive 90.00, recurring 50.00, moving 6.00",
    ]
    assert check(checks, BROUGHT)[["value", "limit"]].tolist() == [300.0, 60.0]


def test_too_many_exclusive_accounts_are_listed(sound):
    sound["group"] = ["moving", "recurring", "recurring", "exclusive", "exclusive", "exclusive", "exclusive"]
    row = check(portfolio_checks(sound), MORE_MOVING)
    assert not row["passed"]
    assert row["customers"] == ["d", "e", "f", "g"]
    assert row["message"] == (
        "1 moving and 4 exclusive accounts: too few new accounts come in, or the bar for exclusive is low"
    )


@pytest.mark.parametrize(("column", "name"), [("value_12M", BROUGHT), ("clv", WILL_BRING)])
def test_exclusive_accounts_that_bring_little_are_listed(sound, column, name):
    sound.loc[6, column] = 5.0
    row = check(portfolio_checks(sound), name)
    assert not row["passed"]
    assert row["severity"] == "warning"
    assert row["customers"] == ["g"]
    assert row["message"].endswith("; exclusive accounts do not bring more than recurring ones")
    assert row["value"] == 5.0


def test_net_value_goes_before_clv(sound):
    row = check(portfolio_checks(sound.assign(net_value=[9.0, 9, 9, 9, 1, 1, 90])), WILL_BRING)
    assert not row["passed"]
    assert row["customers"] == ["e", "f"]
    assert row["message"].startswith("net_value per account")


def test_customers_in_no_group_are_listed(sound):
    sound.loc[[1, 3], "group"] = [None, "elsewhere"]
    row = check(portfolio_checks(sound), ONE_GROUP)
    assert not row["passed"]
    assert row["customers"] == ["b", "d"]
    assert row["message"] == "2 customers in none of moving, recurring, exclusive"


def test_without_groups_the_checks_say_so(sound):
    checks = portfolio_checks(sound.drop(columns="group"))
    assert not checks["informative"].any()
    why = "not checked: there is no column `group` (see kk.CustomerGroups and kk.CustomerLadder.groups())"
    assert set(checks["message"]) == {why}


def test_polars_in_polars_out(sound):
    checks = portfolio_checks(pl.DataFrame({name: sound[name].tolist() for name in sound}))
    assert isinstance(checks, pl.DataFrame)
    assert checks["customers"].to_list() == [[], [], [], [], [], []]


def test_a_plan_checks_its_own_spend(plan):
    checks = plan.checks()
    assert checks["check"].tolist() == [
        ONE_GROUP,
        MORE_MOVING,
        BROUGHT,
        WILL_BRING,
        BROUGHT_ALL,
        WILL_BRING_ALL,
        DOUBTFUL,
        NOT_SIMPLER,
        SPEND,
        SPEND_LOW,
        BENEFITS,
        BENEFITS_BY_CLASS,
        BORDER,
        CONTRADICTS,
        PATHS,
        DIFFER,
        REACH,
    ]
    certain = check(checks, SPEND)
    assert certain["passed"]
    assert not certain["informative"]
    weak = check(checks, SPEND_LOW)
    low = np.minimum(plan.incremental_value_at("low"), plan.incremental_value_at("high"))
    causes = [plan.customers.ids[at] for at in np.flatnonzero(plan.ledger.treated & (plan.cost > low))]
    assert weak["informative"]
    assert not weak["passed"]
    assert weak["customers"] == causes
    assert weak["value"] == len(causes) > 0


def planned(base, *actions, when=None):
    everyone = kk.Strategy(
        name="all", when=~kk.column("customer_id").is_missing() if when is None else when, objective="grow"
    )
    return kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=actions).plan(
        base, budget=kk.Budget(money=1e6, hours=0, period="2027"), start="2027-01-01", holdout=0
    )


def gift(rung, benefit):
    adds = kk.Effect(on="value", mean=5, low=4, high=9, evidence="assumed", relative_to="nothing")
    return kk.Action(
        name=f"gift to {rung}",
        objective="grow",
        lever="service",
        step=(rung, "elsewhere"),
        cost=1,
        hours=0,
        benefit=benefit,
        effect=adds,
    )


def test_one_strategy_for_all_is_flagged(base):
    row = check(planned(base, gift("client", 2)).checks(), DIFFER)
    assert not row["passed"]
    assert not row["informative"]
    assert len(row["customers"]) == len(base)
    assert row["message"] == "all 400 customers get 'all': the playbook has no other strategy"


def test_an_action_that_reaches_nobody_is_named(base):
    row = check(planned(base, gift("client", 2), gift("clinet", 2)).checks(), REACH)
    assert not row["passed"]
    assert row["message"] == ("no customer has the strategy and the rung, with a known value, for: gift to clinet")

"""Plans in a row: who is held out again, the way of the plan before, and what it gave that is withdrawn."""

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

EVERYBODY = kk.Playbook(
    strategies=(kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow"),)
)
PLANNER = kk.StrategyPlanner(playbook=EVERYBODY)
FRAME = pd.DataFrame({"customer_id": np.arange(100, 300), "clv": np.arange(200.0), "contribution": 10.0})


def action(name="gift", **more):
    """An action of which each contact adds 9."""
    adds = kk.Effect(on="purchases", mean=1.9, low=1.8, high=2, evidence="assumed", relative_to="nothing", lasts="1M")
    given = {"objective": "grow", "lever": "service", "cost": 1, "hours": 0, "per_year": 12, "effect": adds}
    return kk.Action(name=name, **(given | more))


def planned(*actions, month, frame=FRAME, **more):
    budget = kk.Budget(money=1e6, hours=0, period=f"2027-{month:02}")
    given = {"actions": actions, "budget": budget, "start": f"2027-{month:02}-01", "holdout": 0.2, "seed": 1}
    return PLANNER.plan(frame, **(given | more))


def held(plan):
    return set(np.array(plan.customers.ids)[plan.ledger.held_out].tolist())


def test_the_same_customers_are_held_out_again():
    """Those selected again are held out again: all of them where the share stays; drawn anew without being asked."""
    first = planned(action(), month=1)
    again = planned(action(), month=2, previous=first, keep_holdout=True)
    assert held(again) == held(first)
    assert len(held(first)) == 40
    anew = planned(action(), month=2, previous=first)
    assert held(anew) != held(first)
    assert len(held(anew)) == 40
    assert held(planned(action(), month=2, previous=first.to_dict(), keep_holdout=True)) == held(first)
    turned = planned(action(), month=2, previous=first, keep_holdout=True, frame=FRAME.iloc[::-1])
    assert held(turned) == held(first)


def test_as_far_as_the_share_goes():
    """With a smaller share some are released and none added; with a larger one others are added to all of them."""
    first = planned(action(), month=1)
    fewer = planned(action(), month=2, previous=first, keep_holdout=True, holdout=0.1)
    assert held(fewer) < held(first)
    assert len(held(fewer)) == 20
    more = planned(action(), month=2, previous=first, keep_holdout=True, holdout=0.3)
    assert held(more) > held(first)
    assert len(held(more)) == 60


def test_only_those_selected_again_are_held_out():
    """Who is not selected any more is not held out, and new customers take the room."""
    first = planned(action(), month=1)
    some = attrs.evolve(action(), when=kk.column("clv") >= 100)
    later = planned(some, month=2, previous=first, keep_holdout=True)
    selected = set(FRAME.loc[FRAME["clv"] >= 100, "customer_id"])
    assert held(later) <= selected
    assert len(held(later)) == 20
    kept = held(first) & selected
    assert held(later) <= kept if len(kept) >= 20 else kept <= held(later)
    newcomers = FRAME.assign(customer_id=FRAME["customer_id"] + 1000)
    assert len(held(planned(action(), month=2, previous=first, keep_holdout=True, frame=newcomers))) == 40


def test_the_plan_before_is_a_way():
    """The same actions for those who were treated, at today's numbers; not those held out, nor who left."""
    first = planned(action(), month=1)
    plan = planned(
        *(action(cost=2), action("cut", lever="price")), month=2, previous=first, frame=FRAME.iloc[20:], force="cuts"
    )
    row = plan.against().set_index("kind").loc["previous plan"]
    assert row["way"] == "as in 2027-01"
    treated = first.ledger.treated[20:].sum()
    assert (row["treated"], row["money"], row["net"]) == (treated, 2.0 * treated, pytest.approx(7.0 * treated))
    assert row["difference"] == pytest.approx(row["net"] - plan.against()["net"][0])
    assert "previous plan" not in set(first.against()["kind"])


def test_checks_tell_what_the_plan_before_gave_and_this_one_does_not():
    gift, cut = action(benefit=4, when=kk.column("clv") < 50), action("cut", lever="price", when=kk.column("clv") >= 50)
    first = planned(gift, cut, month=1, holdout=0)
    fewer = {"month": 2, "previous": first, "force": "no cuts any more"}
    plan = planned(attrs.evolve(gift, when=kk.column("clv") < 20), holdout=0, **fewer)
    rows = plan.checks().set_index("check")
    lost = rows.loc["nobody loses a benefit of the plan before"]
    assert not lost["passed"]
    assert lost["customers"] == FRAME.loc[(FRAME["clv"] >= 20) & (FRAME["clv"] < 50), "customer_id"].tolist()
    assert lost["message"] == "30 customers of 50 with a benefit in 2027-01 get less now"
    back = rows.loc["no discount of the plan before is taken back"]
    assert (back["passed"], back["message"]) == (False, "150 customers of 150 with a discount in 2027-01 get none now")
    same = planned(gift, cut, month=2, previous=first, holdout=0).checks().set_index("check")
    assert same.loc["nobody loses a benefit of the plan before", "passed"]
    assert same.loc["no discount of the plan before is taken back", "passed"]
    assert "nobody loses a benefit of the plan before" not in set(first.checks()["check"])

"""Plans made of other plans: an action added from the reserve, and customers who object left out."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

BUDGET = kk.Budget(money=1000, hours=40, period="2027", reserve=0.1)
VIEWS = ("assignments", "groups", "summary", "shadow_prices", "sensitivity", "discounts")


def act(name, add=50, *, on="value", **more):
    effect = kk.Effect(on=on, mean=add, low=add, high=add, evidence="assumed", relative_to="none")
    return kk.Action(
        **{"name": name, "objective": "grow", "lever": "information", "cost": 1, "hours": 0, "effect": effect, **more}
    )


FAIR = act("fair", 80, cost=30, hours=1, channel="visit", lever="service")
CALL, MAIL = act("call", 50, cost=10), act("mail", 1.05, on="purchases", cost=2)


def made(actions=(CALL, MAIL), *, planner=None, holdout=0, budget=BUDGET, **columns):
    base = pd.DataFrame({"customer_id": np.arange(1, 9), "clv": np.arange(8) * 30.0, "rung": "client", **columns})
    every = kk.Strategy(name="all", when=kk.column("clv") >= 0, objective="grow", reason="buys")
    planner = kk.StrategyPlanner(**{"playbook": kk.Playbook(strategies=(every,)), **(planner or {})})
    return planner.plan(base, actions=actions, budget=budget, start="2027-01-01", holdout=holdout, seed=3)


def refused(call, error=kk.DataError):
    with pytest.raises(error) as told:
        call()
    return str(told.value)


# additions


def test_an_addition_stands_in_every_table_with_its_reason_and_changes_nothing_else():
    plan = made()
    more = plan.add(FAIR, [3, 1], "a fair in Malmo", on="2027-03-01")
    for view in VIEWS:
        before, after = getattr(plan, view)(), getattr(more, view)()
        added = [name for name in after if name not in before]
        after = after[~after["item"].str.startswith("added")] if view == "summary" else after
        pd.testing.assert_frame_equal(after.drop(columns=added).reset_index(drop=True), before)
    a = more.assignments().set_index("customer_id")
    assert a["added"].dropna().to_dict() == {1: "fair: a fair in Malmo", 3: "fair: a fair in Malmo"}
    assert (a["added_cost"].sum(), a["added_hours"].sum(), a["added_value"].sum()) == (60, 2, 160)
    assert more.groups()[["added_cost", "added_hours", "added_value"]].sum().tolist() == [60, 2, 160]
    lines = more.summary().set_index("item")
    assert lines.loc["added from the reserve", ["value", "note"]].tolist() == [
        60,
        "fair on 2 customers: a fair in Malmo",
    ]
    assert lines.loc["added from the reserve, net", "value"] == 100
    week = more.worklist(week="2027-W09")
    assert sorted(week["customer_id"]) == [1, 3]
    columns = ["action", "contact", "of", "hours", "net", "reason"]
    assert week[columns].to_numpy().tolist() == [["fair", 1, 1, 1.0, 50.0, "a fair in Malmo"]] * 2
    assert "Added from the reserve: fair, on 2027-03-01, for 30.00 and 1 hour: a fair in Malmo." in more.explain(3)
    assert "Added" not in more.explain(2)
    contacts = more.contacts()
    fair = contacts[contacts["action"] == "fair"]
    assert fair[["customer_id", "channel"]].to_numpy().tolist() == [[1, "visit"], [3, "visit"]]
    assert set(more.checks()["check"]) == set(plan.checks()["check"])


def test_additions_to_the_same_customer_add_up():
    card = kk.Action(name="card", objective="appreciate", lever="service", cost=3, hours=0, per_year=2)
    more = made().add(FAIR, [1], "fair").add(card, [1, 2], "birthday")
    a = more.assignments().set_index("customer_id")
    assert a["added"].dropna().to_dict() == {1: "fair: fair; card: birthday", 2: "card: birthday"}
    assert a["added_cost"].to_dict() == {1: 36, 2: 6, **dict.fromkeys(range(3, 9), 0)}
    assert more.equals(kk.Plan.from_dict(json.loads(json.dumps(more.to_dict()))))
    assert (more.worklist(week="2027-W26")["action"] == "card").sum() == 2


def test_an_action_of_the_plan_is_added_by_its_own_figures():
    plan = made(planner={"most_actions": 1})
    lone = plan.assignments().set_index("customer_id")
    assert set(lone["action"]) == {"call"}
    more = plan.add("mail", [8], "asked for it")
    assert more.assignments().set_index("customer_id")["added_value"].loc[8] == pytest.approx(210 * 0.05)
    assert more.cost.sum() == plan.cost.sum()


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(1, 8), min_size=1, max_size=4, unique=True), min_size=1, max_size=6))
def test_additions_never_exceed_the_reserve(several):
    """Whatever is added, in any order: what is left falls by what was taken, and nothing beyond is taken."""
    plan, taken = made(), 0.0
    for turn, ids in enumerate(several):
        action = act(f"fair {turn}", cost=12.5, hours=0.5)
        left = 100 - taken
        if len(ids) * 12.5 <= left:
            plan = plan.add(action, ids, "why")
            taken += len(ids) * 12.5
        else:
            assert f"{left:,.6g} of the reserve of 100 are left" in refused(partial(plan.add, action, ids, "why"))
    assert plan.added("cost").sum() == taken
    assert plan.added("cost").sum() <= 100


def test_additions_that_cannot_be_are_refused():
    plan = made()
    assert refused(lambda: plan.add(FAIR, [1, 2, 3, 4], "fair")) == (
        "'fair' on 4 customers takes 120 of money, and 100 of the reserve of 100 are left.\n\n"
        "Hint: name fewer customers, or plan with a larger reserve."
    )
    assert refused(lambda: plan.add(FAIR, [1, 99], "fair")) == (
        "Plan.add: the plan has no customer 99: 1 of 2 ids.\n\nHint: its first ids are 1, 2, 3; see plan.assignments()."
    )
    assert refused(lambda: plan.add("visit", [1], "fair")) == (
        "the plan has no action 'visit'; it has ['call', 'mail'].\n\n"
        'Hint: write action=kk.Action(...), or the name of one of the plan: "call".'
    )
    assert refused(lambda: plan.add(act("call", 3), [1], "fair")) == (
        "the plan has another action named 'call'.\n\nHint: rename the new one."
    )
    assert refused(lambda: plan.add(3, [1], "fair")).startswith("`action` must be a kk.Action, got 3.")
    assert refused(lambda: plan.add(FAIR, [1, 1], "fair")) == (
        "`customers` must be ids of customers, each once, got [1, 1].\n\nHint: write customers=[10482, 10517]."
    )
    assert refused(lambda: plan.add(FAIR, [], "fair")).startswith("`customers` must be ids of customers, each once")
    assert refused(lambda: plan.add(FAIR, [1], "")).startswith("`reason` must be a text that says something, got ''.")
    assert refused(lambda: plan.add(FAIR, [1], "fair", on="2028-01-01")) == (
        "Plan.add: the plan runs from 2027-01-01 to 2027-12-31, and 2028-01-01 is not in it.\n\n"
        'Hint: write on="2027-01-01".'
    )
    assert "leave `on` out" in refused(lambda: plan.add("mail", [8], "asked", on="2027-03-01"))
    assert refused(lambda: plan.add("call", [8], "again")) == (
        "Plan.add gives 'call' to nobody who gets it already: broken by 1 of 1 rows.\n\nrow  customer_id\n"
        "  0            8\n\nHint: leave them out."
    )


def test_an_addition_of_which_it_is_not_known_what_it_adds_is_refused():
    plan = made()
    told = refused(lambda: plan.add(act("push", 1.1, on="spend"), [1], "why"), kk.CapabilityError)
    assert told == (
        "what 'push' adds by its effect on spend is not known to the plan.\n\n"
        'Hint: plan with it among `actions`, state the effect as on="value", or leave it out.'
    )
    for more in ({"when": kk.column("clv") > 3}, {"step": ("client", "supporter")}, {"after": "purchase"}):
        told = refused(lambda more=more: plan.add(act("push", **more), [1], "why"), kk.CapabilityError)
        assert f"leave `{next(iter(more))}` out" in told
    for more in ({"cost": "fee"}, {"hours": "time"}, {"cost_of_spend": 0.1}):
        told = refused(lambda more=more: plan.add(act("push", **more), [1], "why"), kk.CapabilityError)
        assert told.startswith("Plan.add needs a cost and hours in numbers")
    both = made((act("mail", 1.05, on="purchases"), act("letter", 1.5, on="spend")))
    told = refused(lambda: both.add("mail", [8], "why"), kk.CapabilityError)
    assert told.startswith("1 of 1 customers get another action that acts on their purchases")


def test_nobody_gets_an_addition_who_may_not():
    plan = made(
        planner={"exclude": kk.column("open") > 0, "most_contacts": 1},
        holdout=0.3,
        may_contact_visit=[False, *[True] * 7],
        open=[0, 1, *[0] * 6],
    )
    assert refused(lambda: plan.add(FAIR, [3, 1], "fair")).startswith(
        "Plan.add contacts nobody who may not be contacted by visit: broken by 1 of 2 rows."
    )
    assert refused(lambda: plan.add(FAIR, [2], "fair")).startswith(
        "Plan.add adds nothing where open is more than 0: broken"
    )
    a = plan.assignments()
    held = a.loc[a["held_out"] & (a["customer_id"] > 2), "customer_id"].tolist()
    assert held
    assert refused(lambda: plan.add(FAIR, held[:1], "fair")).startswith("Plan.add leaves those alone who are held out")
    gets = a.loc[a["treated"] & (a["customer_id"] > 2), "customer_id"].tolist()
    assert refused(lambda: plan.add(FAIR, gets[:1], "fair")).startswith(
        "Plan.add keeps to at most 1 contacts with a customer: broken by 1 of 1 rows."
    )


def test_stored_additions_beyond_the_reserve_are_refused():
    stored = made().add(FAIR, [1], "fair").to_dict()
    stored["additions"][0]["cost"] = [101.0]
    with pytest.raises(kk.DataError, match="`additions` must take at most the reserve of 100 by their `cost`, got 101"):
        kk.Plan.from_dict(stored)
    stored["additions"][0]["customers"] = [8]
    with pytest.raises(kk.DataError, match="`additions` must be on the 8 customers of the plan"):
        kk.Plan.from_dict(stored)


# those who object


@settings(max_examples=25)
@given(
    ids=st.lists(st.integers(1, 8), min_size=1, max_size=8, unique=True),
    holdout=st.sampled_from([0, 0.3]),
    money=st.sampled_from([50, 1000]),
)
def test_who_objects_gets_nothing_and_the_rest_of_the_plan_is_as_it_was(ids, holdout, money):
    """The money freed is unspent, nobody else's decision changes, and the plan is still the best of its money."""
    plan = made(holdout=holdout, budget=kk.Budget(money=money, hours=40, period="2027"))
    if money > 50 and not holdout:
        plan = plan.add(FAIR, [7], "fair")
    less = plan.without(ids)
    before, after = (each.assignments().set_index("customer_id") for each in (plan, less))
    rest = [at for at in range(1, 9) if at not in ids]
    columns = [name for name in after if name in before]
    pd.testing.assert_frame_equal(after.loc[rest, columns], before.loc[rest, columns])
    assert not after.loc[ids, ["treated", "held_out"]].to_numpy().any()
    assert after.loc[ids, ["cost", "hours", "incremental_value", "net", "max_justified_spend"]].to_numpy().sum() == 0
    assert after.loc[ids, "reason"].str.endswith("; may not be contacted").all()
    assert len(less.contacts()[less.contacts()["customer_id"].isin(ids)]) == 0
    lines = [each.summary().set_index("item")["value"] for each in (plan, less)]
    assert lines[1]["distance to the best plan"] == pytest.approx(lines[0]["distance to the best plan"], abs=1e-9)
    ways = less.against().set_index("way")
    assert (ways["difference"] <= 1e-9).all()
    assert less.equals(kk.Plan.from_dict(json.loads(json.dumps(less.to_dict()))))
    assert refused(lambda: less.add(act("gift"), ids[:1], "why")).startswith("Plan.add contacts nobody")


def test_leaving_out_twice_is_leaving_out_both_at_once():
    plan = made()
    assert plan.without([2]).without([5]).equals(plan.without([2, 5]))
    assert plan.without([2, 5]).ledger.freed == (20.0, 0.0)


def test_who_is_not_in_the_plan_cannot_be_left_out():
    assert refused(lambda: made().without([1, 77])) == (
        "Plan.without: the plan has no customer 77: 1 of 2 ids.\n\n"
        "Hint: its first ids are 1, 2, 3; see plan.assignments()."
    )
    assert refused(lambda: made().without(3)) == (
        "`ids` must be ids of customers, each once, got 3.\n\nHint: write ids=[10482, 10517]."
    )

"""Refusals of plans in their whole words, and what is told where a rule or a kept holdout would be nothing."""

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

CUSTOMERS = pd.DataFrame({"customer_id": range(10), "clv": np.arange(10.0) + 5, "abc": ["A"] * 5 + ["B"] * 5})
ADDS = kk.Effect(on="spend", mean=1.5, low=1, high=2, evidence="assumed", relative_to="nothing")
CALL = kk.Action(name="call", objective="grow", lever="service", cost=1, hours=0, effect=ADDS)
EVERYBODY = ~kk.column("customer_id").is_missing()
REST = kk.Strategy(name="rest", when=EVERYBODY, objective="grow")
MISSING = "needs columns that are not there: ['nope'].\n\nHint: the DataFrame has ['customer_id', 'clv', 'abc']."
NOPE = kk.column("nope") > 1
ABOVE = "\n\nHint: lower the floor, or raise the budget."


def plan_of(*, action=CALL, strategy=REST, customers=CUSTOMERS, floors=None, caps=None, exclude=None, **more):
    budget = kk.Budget(money=100, hours=1, period="2027", floors=floors, caps=caps)
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=[strategy]), actions=[action], exclude=exclude)
    return planner.plan(customers, budget=budget, **{"start": "2027-01-01", **more})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"strategy": attrs.evolve(REST, when=NOPE)}, f"the strategy 'rest' {MISSING}"),
        ({"action": attrs.evolve(CALL, when=NOPE)}, f"the action 'call' {MISSING}"),
        ({"action": attrs.evolve(CALL, cost="nope")}, f"the cost of the action 'call' {MISSING}"),
        ({"exclude": NOPE}, f"StrategyPlanner.plan: `exclude` {MISSING}"),
        ({"floors": {"A": 500}}, f"the floor of 'A', 500 of money, is above the 90 to plan.{ABOVE}"),
        ({"floors": {"A": {"hours": 5}}}, f"the floor of 'A', 5 hours, is above the 0.9 to plan.{ABOVE}"),
        (
            {"floors": {"A": 4}, "caps": {"grow": 2}},
            (
                "the floors of the budget cannot all be met. at least 4 of money on A: alone 2 can be reached. "
                "All at once can be met to 50%.\n\nHint: lower the floors to what can be reached, raise the budget, or "
                "give actions for those customers."
            ),
        ),
        (
            {"floors": {"A": {"share": 1.2}}},
            "`share` must be a number from 0 to 1, got 1.2.\n\nHint: write share=0.2.",
        ),
        (
            {"caps": {"A": {"share": 0.1, "money": 5}}},
            ("`share` must be left out where the limit of 'A' has `money`, got 0.1.\n\nHint: leave one of them out."),
        ),
        (
            {"holdout": 1.2},
            (
                "`holdout` must be a number of at least 0 and below 1, got 1.2.\n\n"
                "Hint: write holdout=0.1 for one customer in ten, 0 for none."
            ),
        ),
        (
            {"keep_holdout": True},
            (
                "`keep_holdout` must be False without `previous`, the plan whose holdout is kept, got True.\n\n"
                "Hint: write previous=planner.plan(...), or leave it out."
            ),
        ),
        (
            {"start": "2028-01-01"},
            (
                "the plan starts on 2028-01-01, outside the budget's period 2027 (2027-01-01 to 2027-12-31).\n\n"
                'Hint: write start="2027-01-01", or budget another period.'
            ),
        ),
        (
            {"customers": CUSTOMERS.assign(may_contact="maybe")},
            (
                "StrategyPlanner.plan needs True or False in `may_contact`, or nothing where it is not known: broken "
                "by 10 of 10 rows.\n\nrow  customer_id  may_contact\n  0            0        maybe\n"
                "  1            1        maybe\n"
                "  2            2        maybe\n\n"
                "Hint: make `may_contact` truth values; who refuses contacts has False."
            ),
        ),
    ],
)
def test_bad_input_is_refused_in_these_words(given, message):
    with pytest.raises(kk.DataError) as error:
        plan_of(**given)
    assert str(error.value) == message


def test_an_action_has_a_cost():
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'cost'"):
        kk.Action(name="call", objective="grow", lever="service", hours=0)


def test_a_kept_holdout_is_as_large_as_the_share_allows():
    """Who was held out before comes first; a smaller share keeps some of them, a larger one adds others."""
    before = plan_of(holdout=0.4)
    was = set(np.flatnonzero(before.ledger.held_out))
    for share, most in ((0.2, was), (0.7, set(range(10)))):
        now = set(np.flatnonzero(plan_of(holdout=share, keep_holdout=True, previous=before).ledger.held_out))
        assert len(now) == round(10 * share)
        assert now <= most
        assert now <= was or now >= was


def test_rules_that_name_nothing_are_told():
    """A misspelt word of a rule would be no rule at all."""
    told = "the strategy 'rest' forbids 'sellin', which no action, objective or lever is called"
    with pytest.warns(kk.DataWarning, match=told):
        plan_of(strategy=attrs.evolve(REST, forbids=("sellin",)))
    plan_of(strategy=attrs.evolve(REST, forbids=("appreciate", "price"), prefers=("call",)))

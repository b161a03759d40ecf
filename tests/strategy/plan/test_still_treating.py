"""Explanations of actions that add nothing, as something before the plan still acts: what it is, and until when."""

import json

import attrs
import pandas as pd
import pytest

import kundkarriar as kk

AS_OF, START = "2026-12-31", "2027-01-01"
LINES = kk.testing.make_transactions(customers=12, seed=1, start="2024-06-01", until=AS_OF)
SUMMARY = kk.summarize(LINES, as_of=AS_OF)
PARETO = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
SCORER = kk.ValueScorer(purchases=PARETO, spend=SPEND, margin=0.4, discount_rate=0.1, horizon="12M").fit(SUMMARY)
SCORES = SCORER.score(SUMMARY)
EVERY = kk.Strategy(name="all", when=kk.column("p_alive") >= 0, objective="grow", reason="buys")
CONTACTED = pd.DataFrame({"customer_id": SCORES["customer_id"], "date": pd.Timestamp("2026-12-01"), "action": "club"})


def act(name, mean, *, on="spend", lasts="3M", **more):
    adds = kk.Effect(on=on, mean=mean, low=mean, high=mean, lasts=lasts, evidence="assumed", relative_to="none")
    given = {"objective": "grow", "lever": "information", "cost": 0.5, "hours": 0, "effects": adds}
    return kk.Action(name=name, **(given | more))


CLUB, LETTER = act("club", 1.5, lasts="12M", cost=0.0001), act("letter", 1.1)


def planned(*actions, period="2027-Q1", start=START, contacts=None, **more):
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERY,)), actions=actions)
    given = {"budget": kk.Budget(money=1e6, hours=0, period=period), "start": start, "contacts": contacts}
    given["previous"] = more.pop("previous", None)
    increments = planner.increments(SCORER, SUMMARY, **given)
    return planner.plan(SCORES, increments=increments, holdout=0, **given, **more)


def turned_down(plan, name):
    lines = plan.explain(plan.customers.ids[0]).splitlines()
    return next(line for line in lines if line.startswith(f"Turned down: {name} "))


STILL = "until 2027-11-30 (an effect of 1.5 on spend, at least as strong): where they overlap the stronger one acts."


def test_a_stronger_effect_that_still_treats_is_told():
    plan = planned(CLUB, LETTER, contacts=CONTACTED)
    said = f"Turned down: letter would add 0.00 for 0.50: not worth it, as club of 2026-12-01 still treats {STILL}"
    assert turned_down(plan, "letter") == said
    back = kk.Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert turned_down(back, "letter") == said


@pytest.mark.parametrize(
    "club",
    [
        act("club", 1.05, lasts="12M"),
        act("club", 0.5, lasts="12M"),
        act("club", 1.5, lasts="12M", on="purchases"),
        act("club", 1.5, lasts="1M"),
    ],
    ids=["weaker", "the other way", "on another quantity", "over"],
)
def test_other_effects_leave_the_break_even(club):
    dear = attrs.evolve(LETTER, cost=900)
    assert "short of an effect of" in turned_down(planned(club, dear, contacts=CONTACTED), "letter")


def test_effects_to_the_end_of_the_horizon():
    """Of several the one that treats longest is named."""
    twice = pd.concat([CONTACTED, CONTACTED.assign(action="gift")])
    for_ever = act("gift", 1.2, lasts=None)
    line = turned_down(planned(for_ever, CLUB, LETTER, contacts=twice), "letter")
    assert "gift of 2026-12-01 still treats to the end of the horizon (an effect of 1.2 on spend" in line


def test_the_effect_of_an_action_that_the_plan_does_not_have():
    """It is kept of the plan before, and stored with the plan."""
    before = planned(CLUB, period="2027-01")
    plan = planned(LETTER, period="2027-02", start="2027-02-01", previous=before, force="the club is closed")
    line = turned_down(plan, "letter")
    assert "not worth it, as club of 2027-01-01 still treats until 2027-12-31 (an effect of 1.5 on spend" in line
    assert [each.name for each in plan.previous.actions] == ["club"]
    assert turned_down(kk.Plan.from_dict(json.loads(json.dumps(plan.to_dict()))), "letter") == line


def test_stated_money_counts_once_within_twelve_months():
    gift = act("gift", 9, on="value", per_year=12)
    past = CONTACTED.assign(action="gift")
    assert turned_down(planned(gift, contacts=past), "gift") == (
        "Turned down: gift would add 0.00 for 1.50: not worth it, as what gift of 2026-12-01 adds is stated once for "
        "twelve months."
    )
    long_ago = past.assign(date=pd.Timestamp("2026-01-01"))
    dear = attrs.evolve(gift, cost=9)
    assert "below an added value of 27.00" in turned_down(planned(dear, contacts=long_ago), "gift")

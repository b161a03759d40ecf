"""Careers on ladders of one's own, without lapse and with other names, and plans far from the career's day."""

import re

import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

DAYS = kk.column("purchase_days")
METALS = kk.CustomerLadder(
    lapse=None,
    rungs=(
        kk.Rung(name="none", when=DAYS.equals(0)),
        kk.Rung(name="bronze", when=DAYS >= 1),
        kk.Rung(name="silver", when=DAYS >= 2),
        kk.Rung(name="gold", when=kk.column("purchase_days_12M") >= 4),
    ),
)
PLAYBOOK = kk.Playbook(
    strategies=(
        kk.Strategy(name="gold", when=kk.column("rung").equals("gold"), objective="retain", reason="buys often"),
        kk.Strategy(
            name="rest", when=~kk.column("customer_id").is_missing(), objective="grow", reason="buys less often"
        ),
    )
)
LETTER = kk.Action(
    name="letter",
    objective="grow",
    lever="information",
    cost=0.1,
    hours=0,
    step=("bronze", "silver"),
    effect=kk.Effect(on="purchases", mean=1.2, low=1, high=1.4, evidence="assumed", relative_to="no letter"),
)
BUDGET = kk.Budget(money=50, hours=10, period="1999")


def fit(transactions, **spec):
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
    return kk.CustomerCareer(scorer=scorer, **spec).fit(transactions, as_of="1998-06-30", seed=1, draws=2)


@pytest.fixture(scope="module")
def metals(cdnow_sample):
    return fit(cdnow_sample, ladder=METALS, planner=kk.StrategyPlanner(playbook=PLAYBOOK, actions=LETTER))


def test_rungs_of_other_names_go_the_whole_way(metals, cdnow_sample):
    """Customers, grid, checks, bridge, plan, its tables and sentences, the stored career, movement and its forecast."""
    plan = metals.plan(budget=BUDGET, start="1999-01-01")
    treated = plan.assignments()["treated"]
    assert treated.any()
    assert set(metals.customers()["rung"][treated]) == {"bronze"}
    for table in (
        metals.grid(),
        metals.checks(),
        metals.bridge(plan),
        plan.groups(),
        plan.checks(),
        plan.sensitivity(),
    ):
        assert len(table)
    assert plan.worklist(week="1999-W10")["customer_id"].isin(metals.customers()["customer_id"]).all()
    who = metals.customers()["customer_id"][treated].iloc[0]
    assert plan.explain(who).startswith(f"Customer {who} stands on the rung bronze: purchase_days is 1 (at least 1).")
    assert kk.FittedCareer.from_dict(metals.to_dict()).equals(metals)
    careers = METALS.careers(cdnow_sample, as_of="1998-06-30")
    movement = kk.ChainMixture(chains=1, mass=10, starts=1, seed=1).fit(careers)
    assert movement.sizes(careers, horizon="3M", draws=20)["rung"].unique().tolist() == ["bronze", "silver", "gold"]
    hidden = kk.HiddenLadder(states=2, names=("dormant", "buying"), starts=1).fit(careers)
    assert len(hidden.forecast(careers, horizon="2M"))


def test_a_planner_for_another_ladder_says_so(cdnow_sample):
    clients = kk.Strategy(name="clients", when=kk.column("rung").equals("client"), objective="retain", reason="told")
    foreign = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(clients, PLAYBOOK.strategies[1])))
    career = fit(cdnow_sample, ladder=METALS, planner=foreign)
    assert len(career.checks())
    with pytest.raises(kk.DataError) as error:
        career.plan(budget=BUDGET, start="1999-01-01")
    assert str(error.value) == (
        "the playbook is for another ladder than this one: 'clients' asks for 'client'.\n\n"
        "Hint: its rungs are ['none', 'bronze', 'silver', 'gold']: write planner=kk.StrategyPlanner(playbook="
        'kk.Playbook(strategies=[kk.Strategy(name="highest", when=kk.column("rung").equals(\'gold\'), '
        'objective="retain"), kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), '
        'objective="grow")])) in kk.CustomerCareer(...), for example; the last strategy takes the rest.'
    )
    typed = str(error.value).partition("write planner=")[2].partition(" in kk.CustomerCareer(")[0]
    career = fit(cdnow_sample, ladder=METALS, planner=eval(typed, {"kk": kk}))  # noqa: S307
    strategies = career.plan(budget=BUDGET, start="1999-01-01").assignments()["strategy"]
    assert set(strategies) == {"highest", "rest"}


def test_the_default_planner_is_for_other_names_too_and_without_lapse(cdnow_sample):
    """Gold and silver of class A are thanked or kept, bronze is to buy again, and nobody is won back."""
    career = fit(cdnow_sample, ladder=METALS)
    strategies = career.plan(budget=BUDGET, start="1999-01-01").assignments()["strategy"]
    customers = career.customers()
    assert set(strategies[customers["rung"] == "bronze"]) == {"win the second purchase"}
    best = strategies[customers["rung"].isin(["silver", "gold"]) & (customers["abc"] == "A")]
    assert set(best) == {"invite the exclusive", "appreciate the best", "keep the best"}
    assert not set(strategies) & {"win back", "leave in peace", "ready for their return"}


def test_a_plan_after_the_horizon_is_told(metals):
    text = (
        "career.plan: the plan starts on 2027-01-01, and its values are those of the 12 months from 1998-06-30: rungs, "
        "classes and values will not hold any more by then. Fit the career as of a day just before the plan."
    )
    with pytest.warns(kk.DataWarning, match=f"^{re.escape(text)}$"):
        metals.plan(budget=kk.Budget(money=50, hours=10, period="2027"), start="2027-01-01")
    metals.plan(budget=BUDGET, start="1999-06-30")


def test_a_step_that_the_ladder_does_not_have_is_refused(metals):
    odd = kk.Action(name="club", objective="grow", lever="service", cost=1, hours=0, step=("bronze", "platinum"))
    with pytest.raises(kk.DataError, match="the step of 'club' names 'platinum', which the ladder does not have"):
        metals.plan(budget=BUDGET, start="1999-01-01", actions=(each for each in (odd,)))


def test_groups_of_ones_own_are_checked_as_one_each(cdnow_sample):
    groups = kk.CustomerLadder(
        lapse=None, rungs=(kk.Rung(name="guest", when=DAYS >= 0), kk.Rung(name="friend", when=DAYS >= 3))
    )
    career = fit(cdnow_sample, groups=groups)
    line = career.plan(budget=BUDGET, start="1999-01-01").explain(cdnow_sample["customer_id"][0]).splitlines()[2]
    assert line == "They belong to the friend group."  # by rules of any kind, not by how regularly they buy
    checks = career.checks().set_index("check")
    assert checks.loc["every customer is in exactly one group", "passed"]
    assert checks.loc["more moving than exclusive accounts", "message"] == (
        "not checked: the groups are friend, guest, and the laws are about moving, recurring, exclusive"
    )


def test_prospects_are_no_moving_accounts_of_a_career(cdnow_sample):
    ids = cdnow_sample["customer_id"].unique()
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
    known = pd.DataFrame({"customer_id": [*ids, 10**9, 10**9 + 1]})
    career = kk.CustomerCareer(scorer=scorer).fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=2, customers=known)
    checks = career.checks().set_index("check")
    customers = career.customers()
    assert customers["group"].isna().tolist() == [False] * len(ids) + [True] * 2
    moving = checks.loc["more moving than exclusive accounts", "value"]
    assert moving == pytest.approx(customers["p_moving"].sum())
    by_rule = evolve(career.career, groups=kk.CustomerLadder.groups())
    given = by_rule.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=2, customers=known)
    assert given.customers()["group"].tolist()[-2:] == ["prospect"] * 2
    assert given.checks()["passed"][0]
    counted = given.checks().set_index("check").loc["more moving than exclusive accounts", "value"]
    assert counted == (given.customers()["group"] == "moving").sum()
    plan = career.plan(budget=BUDGET, start="1999-01-01")
    assert "moving group" not in plan.explain(10**9)
    assert "they belong to the" in plan.explain(ids[0])

"""Increments go with what they were counted for: `plan` takes those of its own start, period and actions alone."""

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

AS_OF, START = "2026-12-31", "2027-01-01"
LINES = kk.testing.make_transactions(customers=12, seed=1, start="2024-06-01", until=AS_OF)
SUMMARY = kk.summarize(LINES, as_of=AS_OF)
PARETO = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
SCORER = kk.ValueScorer(purchases=PARETO, spend=SPEND, margin=0.4, discount_rate=0.1, horizon="12M").fit(SUMMARY)
EVERY = kk.Strategy(name="all", when=kk.column("p_alive") >= 0, objective="grow", reason="buys")
PLANNER = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERY,)))
LESS = kk.Effect(on="leaving", mean=0.8, low=0.7, high=0.9, evidence="assumed", relative_to="none")
CALL = kk.Action(name="call", objective="grow", lever="service", cost=1, hours=0, effects=LESS)
YEAR = kk.Budget(money=1000, hours=0, period="2027")
AGAIN = "Hint: count them again: planner.increments(fitted_scorer, summary, budget=..., start=..., actions=...)."
COUNTED = PLANNER.increments(SCORER, SUMMARY, budget=YEAR, start=START, actions=(CALL,))


def planned(increments=COUNTED, *, call=CALL, start=START, budget=YEAR, planner=PLANNER):
    base = SCORER.score(SUMMARY)
    return planner.plan(base, actions=(call,), budget=budget, start=start, increments=increments, holdout=0)


def refused(**given):
    with pytest.raises(kk.DataError) as told:
        planned(**given)
    return str(told.value)


def test_increments_of_another_start_are_refused():
    assert refused(start="2027-02-01") == (
        "StrategyPlanner.plan: `increments` were counted for the start 2027-01-01, and the plan's is 2027-02-01.\n\n"
        f"{AGAIN}"
    )


def test_increments_of_another_period_are_refused():
    half = kk.Budget(money=1000, hours=0, period="2027-H1")
    assert refused(budget=half).startswith(
        f"StrategyPlanner.plan: `increments` were counted for the period {YEAR.days}, and the plan's is {half.days}."
    )


CUT = {"discount": kk.Discount(share=0.1), "lever": "price"}


@pytest.mark.parametrize(
    "changed",
    [{"effects": (attrs.evolve(LESS, mean=0.75),)}, {"per_year": 2}, {"cost_of_spend": 0.1}, CUT],
    ids=lambda changed: next(iter(changed)),
)
def test_increments_of_another_action_of_the_name_are_refused(changed):
    told = refused(call=attrs.evolve(CALL, **changed))
    assert told.startswith(
        "StrategyPlanner.plan: `increments` were counted for 1 other action of the same name: ['call']; "
    )
    assert told.endswith(AGAIN)


def test_what_increments_do_not_depend_on_may_differ():
    same = attrs.evolve(CALL, cost=0.5, objective="appreciate", channel="phone")
    np.testing.assert_array_equal(planned(call=same).ledger.gain, planned().ledger.gain)
    rich = kk.Budget(money=9000, hours=50, period="2027-01/2027-12")
    np.testing.assert_array_equal(planned(budget=rich).ledger.gain, planned().ledger.gain)


@pytest.mark.parametrize("counted_until", [None, "2027-09-30"])
def test_increments_of_another_end_of_a_strategy_are_refused(counted_until):
    """Contacts end with the strategy: counted without `planned`, or for another end, they are others."""
    spring, other = (
        kk.StrategyPlanner(playbook=kk.Playbook(strategies=(attrs.evolve(EVERY, valid_until=until),)))
        for until in ("2027-03-31", counted_until)
    )
    monthly = attrs.evolve(CALL, per_year=12)
    given = {"budget": YEAR, "start": START, "actions": (monthly,)}
    base = SCORER.score(SUMMARY)
    wrong = other.increments(SCORER, SUMMARY, **given, planned=None if counted_until is None else base)
    assert refused(increments=wrong, planner=spring, call=monthly) == (
        "StrategyPlanner.plan: `increments` were counted without the end of 1 of the plan's strategies: "
        "{'all': '2027-03-31'}; contacts end with the strategy.\n\n"
        "Hint: count them again with the customers of the plan: planner.increments(..., planned=customers)."
    )
    right = spring.increments(SCORER, SUMMARY, **given, planned=base)
    assert (right["call"] < wrong["call"]).all()
    np.testing.assert_array_equal(planned(right, planner=spring, call=monthly).ledger.gain[:, 0], right["call"])
    before = right.assign(counted_for=right["counted_for"].str.replace(', "ends": {"all": "2027-03-31"}', ""))
    assert "ends" not in before["counted_for"][0]
    planned(before, planner=spring, call=monthly)  # frames of before do not tell the ends


def test_frames_without_the_column_are_taken():
    hand_made = COUNTED.drop(columns="counted_for")
    pd.testing.assert_frame_equal(planned(hand_made).assignments(), planned().assignments())


@pytest.mark.parametrize("text", ["2027", "{}", '{"start": 1}', "[1]", None])
def test_a_text_that_was_never_written_is_refused(text):
    told = refused(increments=COUNTED.assign(counted_for=text))
    assert told.startswith(
        "StrategyPlanner.plan: `counted_for` of `increments` is not what planner.increments() writes"
    )
    assert told.endswith(AGAIN)


def test_polars():
    pl = pytest.importorskip("polars")
    counted = PLANNER.increments(SCORER, pl.from_pandas(SUMMARY), budget=YEAR, start=START, actions=(CALL,))
    assert counted["counted_for"].unique().to_list() == COUNTED["counted_for"].unique().tolist()
    with pytest.raises(kk.DataError, match="counted for the start"):
        planned(counted, start="2027-02-01")

"""Reviews of a career, and plans by another planner than its own."""

import attrs
import pandas as pd
import pytest

import kundkarriar as kk

LINES = kk.testing.make_transactions(customers=120, seed=2, start="2025-01-01", until="2027-12-31")
MORE = kk.Effect(on="purchases", mean=1.5, low=1.2, high=1.8, lasts="12M", evidence="assumed", relative_to="nothing")
LETTER = kk.Action(name="letter", objective="grow", lever="information", cost=0.01, hours=0, effect=MORE)
EVERY = kk.Strategy(name="everyone", when=~kk.column("customer_id").is_missing(), objective="grow", reason="they buy")
PLANNER = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERY,)), actions=(LETTER,))
SPEC = kk.CustomerCareer(
    scorer=kk.ValueScorer(margin=0.4, discount_rate=0.1, horizon="12M", season=kk.Season(index=[1] * 12))
)
BUDGET = kk.Budget(money=1000, hours=0, period="2027")


def career(as_of, **fields):
    return attrs.evolve(SPEC, **fields).fit(LINES[LINES["date"] <= as_of], as_of=as_of, seed=1, draws=20)


@pytest.fixture(scope="module")
def before():
    return career("2026-12-31")


@pytest.fixture(scope="module")
def plan(before):
    return before.plan(budget=BUDGET, start="2027-01-01", holdout=0.3, planner=PLANNER)


def test_a_plan_by_another_planner_is_that_of_a_career_that_has_it(plan):
    own = career("2026-12-31", planner=PLANNER).plan(budget=BUDGET, start="2027-01-01", holdout=0.3)
    assert own.equals(plan)
    assert plan.ledger.held_out.sum() > 5


def test_a_review_is_the_planners_with_the_customers_a_year_later(before, plan):
    """Law: `career.review` is `planner.review`; one as of the year's end has its customers."""
    actuals, after = {"transactions": LINES}, career("2027-12-31")
    asked = {"amounts_at": "list", "level": 0.8, "as_of": "2027-11-30"}
    expected = PLANNER.review(plan, actuals, customers=after.customers(), **asked)
    found = after.review(plan.to_dict(), actuals, planner=PLANNER, **asked)
    assert found.equals(expected)
    pd.testing.assert_frame_equal(found.strategies(), expected.strategies())
    pd.testing.assert_frame_equal(found.moved(), expected.moved())
    early = before.review(plan, actuals, **asked)
    pd.testing.assert_frame_equal(early.strategies(), expected.strategies())
    with pytest.raises(kk.CapabilityError):
        early.moved()
    assert set(after.review(plan, actuals).moved().query("what == 'strategy'")["to"].dropna()) != {"everyone"}


@pytest.mark.parametrize("given", ["mine", kk.StrategyPlanner])
def test_no_planner(before, plan, given):
    message = "`planner` must be a kk.StrategyPlanner, got "
    for call in (
        lambda: before.plan(budget=BUDGET, start="2027-01-01", planner=given),
        lambda: before.review(plan, {"transactions": LINES}, planner=given),
    ):
        with pytest.raises(kk.DataError, match=message):
            call()

"""The worklist: every contact in one week, no week over its hours."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.strategy.plan.views.worklist import first_fit, iso_weeks

WEEKS = iso_weeks("2027-01-01", "2027-12-31")


def contacts(plan, hours):
    found = []
    for week in WEEKS:
        listed = plan.worklist(week=week, hours=hours)
        assert hours is None or listed["hours"].sum() <= hours + 1e-6
        assert listed["rank"].tolist() == list(range(1, len(listed) + 1))
        assert listed["net"].is_monotonic_decreasing
        found += list(zip(listed["customer_id"], listed["contact"], strict=True))
    return found


@pytest.mark.parametrize("hours", [None, 2.0, 30.0])
def test_each_planned_contact_stands_in_exactly_one_week(plan, hours):
    a = plan.assignments()
    times = {action.name: action.times_in(plan.budget) for action in plan.actions}
    expected = [
        (customer, number)
        for customer, action in zip(a["customer_id"], a["action"], strict=True)
        if action in times
        for number in range(1, times[action] + 1)
    ]
    assert sorted(contacts(plan, hours)) == sorted(expected)


def test_contacts_of_one_customer_are_spread_over_the_year(plan):
    at = {}
    for position, week in enumerate(WEEKS):
        listed = plan.worklist(week=week)
        for customer, action in zip(listed["customer_id"], listed["action"], strict=True):
            if action == "catalogue":
                at.setdefault(customer, []).append(position)
    gaps = [later - earlier for weeks in at.values() for earlier, later in pairwise(weeks)]
    assert all(len(weeks) == 4 for weeks in at.values())
    assert min(gaps) >= 12
    assert max(gaps) <= 15


def test_too_few_hours_are_reported_not_hidden(base):
    """120 calls of half an hour, half an hour a week: 53 weeks have room for 53."""
    more = kk.Effect(on="value", mean=5, low=1, high=9, evidence="assumed", relative_to="nothing")
    call = kk.Action(name="call", objective="grow", lever="service", cost=0, hours=0.5, effect=more)
    everyone = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=(call,))
    plan = planner.plan(
        base, budget=kk.Budget(money=0, hours=60, period="2027", reserve=0), start="2027-01-01", holdout=0
    )
    with pytest.warns(kk.DataWarning) as caught:
        listed = plan.worklist(week="2027-W02", hours=0.5)
    assert str(caught[0].message) == (
        "67 of 120 planned contacts (33.5 hours) find no room in the period with 0.5 hours a week."
    )
    assert len(listed) == 1


def test_equal_gains_are_in_the_order_of_priority(base):
    """Where an action adds the same for everyone, those of high priority come first; unknown ones last."""
    more = kk.Effect(on="value", mean=5, low=1, high=9, evidence="assumed", relative_to="nothing")
    call = kk.Action(name="call", objective="grow", lever="service", cost=0, hours=0.5, effect=more)
    everyone = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=(call,))
    priority = np.where(np.arange(len(base)) % 10 == 0, np.nan, np.random.default_rng(1).permutation(len(base)))
    budget = kk.Budget(money=0, hours=60, period="2027", reserve=0)
    plan = planner.plan(base.assign(priority=priority), budget=budget, start="2027-01-01", holdout=0)
    listed = [each for week in WEEKS for each in plan.worklist(week=week)["priority"]]
    treated = plan.assignments().query("treated")["priority"]
    known = treated.notna().sum()
    assert 0 < known < len(listed) == len(treated)
    assert listed[:known] == sorted(treated.dropna(), reverse=True)
    assert np.isnan(listed[known:]).all()


@given(st.lists(st.sampled_from([0.25, 0.5, 1.0, 1.5, 4.0]), max_size=60), st.sampled_from([0.2, 1.0, 4.0, 7.75]))
def test_first_fit_takes_each_item_that_still_fits(sizes, room):
    """Same as a loop that takes each item, in order, that still fits."""
    left, expected = room, []
    for size in sizes:
        expected.append(size <= left)
        left -= size * expected[-1]
    assert first_fit(np.array(sizes, dtype=float), room=room).tolist() == expected


def test_the_week_and_the_hours_are_named(plan):
    with pytest.raises(TypeError, match="positional"):
        plan.worklist("2027-W02")


@pytest.mark.parametrize("hours", [0, -1, float("nan"), 0.1, "forty", True])
def test_a_week_must_hold_its_longest_contact(plan, hours):
    with pytest.raises(kk.DataError) as caught:
        plan.worklist(week="2027-W02", hours=hours)
    longest = max(action.hours for action in plan.actions if action.name in set(plan.assignments()["action"]))
    assert str(caught.value) == (
        f"`hours` must be hours of a week, enough for its longest contact ({longest:g}), got {hours!r}.\n\n"
        f"Hint: write hours={max(longest, 1.0):g} or more, or leave hours out to see the week as planned."
    )


def test_a_week_outside_the_plan(plan):
    with pytest.raises(kk.DataError) as caught:
        plan.worklist(week="2028-W02")
    assert str(caught.value) == (
        "the plan runs from week 2026-W53 to week 2027-W52, got '2028-W02'.\n\nHint: write week=\"2027-W01\"."
    )


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.integers(0, 500))
def test_weeks_are_those_of_the_iso_calendar(first, days):
    """The weeks between two days are the ISO weeks of the days between."""
    last = first + timedelta(days=days)
    expected = dict.fromkeys(
        "{}-W{:02d}".format(*(first + timedelta(days=day)).isocalendar()[:2]) for day in range(days + 1)
    )
    assert iso_weeks(str(first), str(last)) == list(expected)

"""The worklist: every contact in one week, no week over its hours, in the order of due dates and next purchases."""

from datetime import date, timedelta
from itertools import pairwise

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.strategy.plan.views.worklist import first_fit, iso_weeks

WEEKS = iso_weeks("2027-01-01", "2027-12-31")
SHARES = {WEEKS[0]: 3 / 7, WEEKS[-1]: 5 / 7}
"""Friday to Sunday, and Monday to Friday."""


def contacts(plan, hours):
    found = []
    for week in WEEKS:
        listed = plan.worklist(week=week, hours=hours)
        assert hours is None or listed["hours"].sum() <= hours * SHARES.get(week, 1.0) + 1e-6
        assert listed["rank"].tolist() == list(range(1, len(listed) + 1))
        due = listed["due"].dt.to_period("W").to_numpy()
        assert list(zip(due, -listed["net"], strict=True)) == sorted(zip(due, -listed["net"], strict=True))
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


EVERYONE = ~kk.column("customer_id").is_missing()
MORE = kk.Effect(on="value", mean=5, low=1, high=9, evidence="assumed", relative_to="nothing")
CALL = kk.Action(name="call", objective="grow", lever="service", cost=0, hours=0.5, effect=MORE, channel="phone")


def calls(base, *, actions=(CALL,), hours=60, owner="", **more):
    """A plan that calls as many as the hours allow, once, all on the first day."""
    everyone = kk.Strategy(name="all", when=EVERYONE, objective="grow", owner=owner)
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=actions)
    budget = kk.Budget(**{"money": 1e6, "hours": hours, "period": "2027", "reserve": 0} | more)
    return planner.plan(base, budget=budget, start="2027-01-01", holdout=0)


def test_too_few_hours_are_reported_not_hidden(base):
    """120 calls of half an hour, half an hour a week: 51 whole weeks have room for 51."""
    with pytest.warns(kk.DataWarning) as caught:
        listed = calls(base).worklist(week="2027-W02", hours=0.5)
    assert str(caught[0].message) == (
        "69 of 120 planned contacts (34.5 hours) find no room in the period with 0.5 hours a week."
    )
    assert len(listed) == 1


def test_weeks_partly_outside_have_their_share_and_together_all_hours(base):
    """A year of 365 days has 365/7 weeks of hours; the first three days have 3/7 of a week."""
    plan = calls(base, actions=(attrs.evolve(CALL, hours=1 / 7),), hours=365 / 7)
    taken = np.array([plan.worklist(week=week, hours=1)["hours"].sum() for week in WEEKS])
    assert taken == pytest.approx([SHARES.get(week, 1.0) for week in WEEKS])


def test_a_year_without_limit_stands_in_the_first_week(base):
    plan = calls(base)
    assert [len(plan.worklist(week=week)) for week in WEEKS] == [120] + 52 * [0]
    assert set(plan.worklist(week=WEEKS[0])["due"]) == {pd.Timestamp("2027-01-01")}


def test_the_cap_of_the_budget_is_the_default(base):
    """Its hours a week, for everybody; hours of one's own come first."""
    plan = calls(base)
    capped = attrs.evolve(plan, budget=attrs.evolve(plan.budget, caps={"week": {"hours": 7}}))
    for week in WEEKS[:12]:
        pd.testing.assert_frame_equal(capped.worklist(week=week), plan.worklist(week=week, hours=7))
    assert len(capped.worklist(week=WEEKS[0], hours=1e6)) == 120
    narrow = attrs.evolve(plan, budget=attrs.evolve(plan.budget, caps={"week": {"hours": 0.25}}))
    with pytest.raises(kk.DataError) as caught:
        narrow.worklist(week=WEEKS[0])
    assert str(caught.value) == (
        "the budget's 0.25 hours of each week are not enough for the longest contact (0.5).\n\n"
        "Hint: write hours=0.5 or more, or plan with a higher cap of the week."
    )


def test_owner_and_channel_select_contacts(base):
    """Each contact is in the list of its owner, and of its channel; hours are those of whom is asked."""
    mail = attrs.evolve(CALL, name="mail", channel=None, hours=0.1, when=kk.column("abc").equals("C"))
    a, rest = (
        kk.Strategy(name=name, when=when, objective="grow", owner=owner, actions=actions)
        for name, when, owner, actions in (
            ("best", kk.column("abc").equals("A"), "Anna", (CALL,)),
            ("rest", EVERYONE, "Bo", (CALL, mail)),
        )
    )
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(a, rest)))
    budget = kk.Budget(money=0, hours=120, period="2027", reserve=0)
    plan = planner.plan(base, budget=budget, start="2027-01-01", holdout=0)
    whole = plan.worklist(week=WEEKS[0])
    parts = {owner: plan.worklist(week=WEEKS[0], owner=owner) for owner in ("Anna", "Bo")}
    assert all(len(part) and set(part["owner"]) == {owner} for owner, part in parts.items())
    assert sorted(pd.concat(parts.values())["customer_id"]) == sorted(whole["customer_id"])
    phone = plan.worklist(week=WEEKS[0], channel="phone")
    assert set(phone["action"]) == {"call"}
    assert len(phone) == (whole["action"] == "call").sum() < len(whole)
    assert whole.loc[whole["action"] == "mail", "channel"].isna().all()
    hers = plan.worklist(week="2027-W01", hours=3, owner="Anna")
    assert len(hers) == 6  # the hours are hers, whatever the others do
    with pytest.raises(kk.DataError, match="`owner` must be one of 'Anna', 'Bo', got 'Cecilia'"):
        plan.worklist(week=WEEKS[0], owner="Cecilia")
    with pytest.raises(kk.DataError) as caught:
        calls(base, actions=(attrs.evolve(CALL, channel=None),)).worklist(week=WEEKS[0], channel="phone")
    assert str(caught.value) == (
        "`channel` must be left out, as nothing in the plan has a channel, got 'phone'.\n\n"
        'Hint: write kk.Action(..., channel="phone").'
    )


def test_who_will_buy_soonest_comes_first_within_the_week(base):
    """By last purchase and usual gap; who is overdue counts as due, among equal ones the larger net first."""
    gap = np.where(np.arange(len(base)) % 3 == 0, np.nan, np.arange(len(base)) % 90)
    dated = base.assign(last_purchase=pd.Timestamp("2026-12-01"), typical_gap=gap)
    plan = calls(dated, hours=1e3)
    listed = plan.worklist(week=WEEKS[0])
    expected = dict(zip(dated["customer_id"], dated["last_purchase"] + pd.to_timedelta(gap, unit="D"), strict=True))
    lapsed = set(dated.loc[dated["lapsed"], "customer_id"])
    for customer, day in zip(listed["customer_id"], listed["next_purchase"], strict=True):
        assert (pd.isna(day) and (customer in lapsed or pd.isna(expected[customer]))) or day == expected[customer]
    known = listed["next_purchase"].notna()
    assert 0 < known.sum() < len(listed)
    assert known.is_monotonic_decreasing
    soon = np.maximum(listed["next_purchase"][known], pd.Timestamp(plan.start))
    assert soon.is_monotonic_increasing
    assert listed["net"][known][soon == pd.Timestamp(plan.start)].is_monotonic_decreasing
    stored = kk.Plan.from_dict(plan.to_dict())
    pd.testing.assert_frame_equal(stored.worklist(week=WEEKS[0]), listed)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_a_next_purchase_of_ones_own_is_read(kind):
    days = ["2027-02-03", None, "2026-12-24"] + [None] * 5
    given = kind({"customer_id": list(range(8)), "clv": [100.0] * 8, "next_purchase": days})
    listed = calls(given).worklist(week=WEEKS[0])
    assert isinstance(listed, kind)
    assert [each and str(each)[:10] for each in listed["next_purchase"].to_list()[:2]] == ["2026-12-24", "2027-02-03"]
    assert str(listed["due"].to_list()[0])[:10] == "2027-01-01"
    with pytest.raises(kk.DataError, match=r"StrategyPlanner.plan needs days in `next_purchase`: broken by 1 of 8"):
        calls(kind({"customer_id": list(range(8)), "clv": [1.0] * 8, "next_purchase": ["soon", *days[1:]]}))


def test_assignments_count_the_contacts_and_have_the_first_day(base):
    plan = calls(base, hours=10)
    a = plan.assignments()
    treated = a["treated"]
    assert a["contacts"].tolist() == treated.astype(int).tolist()
    assert (a.loc[treated, "first_contact"] == pd.Timestamp("2027-01-01")).all()
    assert a.loc[~treated, "first_contact"].isna().all()


def test_equal_gains_are_in_the_order_of_priority(base):
    """Where an action adds the same for everyone, those of high priority come first; unknown ones last."""
    priority = np.where(np.arange(len(base)) % 10 == 0, np.nan, np.random.default_rng(1).permutation(len(base)))
    plan = calls(base.assign(priority=priority))
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

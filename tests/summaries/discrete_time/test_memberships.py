# ruff: noqa: E501 - messages stand line by line, as they are printed
"""Memberships: renewals, both conventions of the last day, warnings, and bad input."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.summaries.discrete_time.membership_rows import MembershipRows, read_membership_rows

CLUB = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d"],
        "start": pd.to_datetime(["2020-01-01", "2020-01-01", "2020-01-01", "2022-05-31"]),
        "end": pd.to_datetime(["2020-12-31", "2022-06-30", None, None]),
    }
)


def renewals(table):
    return list(zip(table["renewals"].to_list(), table["ended"].to_list(), strict=True))


def test_renewals_are_counted_from_the_start():
    table = kk.memberships(CLUB, as_of="2023-06-30", every="Y")
    assert renewals(table) == [(0, True), (2, True), (3, False), (1, False)]
    assert table["every"].tolist() == ["Y"] * 4
    assert table["ended"].dtype == bool


@pytest.mark.parametrize("end", ["2021-12-31", "2022-01-01", "2021-03-05"])
def test_both_conventions_of_the_last_day_give_one_renewal(end):
    """So does any day of the period before."""
    one = pd.DataFrame({"customer_id": [1], "start": pd.to_datetime(["2020-01-01"]), "end": pd.to_datetime([end])})
    assert renewals(kk.memberships(one, as_of="2022-01-01", every="Y")) == [(1, True)]


def test_early_ends_count_at_the_end_of_the_period():
    """Otherwise members observed for half a period would count as renewed."""
    with pytest.warns(kk.DataWarning) as raised:
        table = kk.memberships(CLUB, as_of="2022-08-01", every="Y")
    assert [str(warning.message) for warning in raised] == [
        (
            "1 of 4 members left within a period that is not over by 2022-08-01 and stand as members until it is; the "
            "last of these periods ends on 2023-01-01."
        )
    ]
    assert raised[0].filename == __file__
    assert renewals(table) == [(0, True), (2, False), (2, False), (0, False)]


@given(
    start=st.dates(dt.date(2015, 1, 1), dt.date(2020, 1, 1)),
    stays=st.none() | st.integers(0, 2500),
    more=st.integers(0, 2500),
    every=st.sampled_from(["Y", "M", "3M", "4W", "30D"]),
)
@pytest.mark.filterwarnings("ignore::kundkarriar.errors.DataWarning")
def test_renewals_as_by_hand(start, stays, more, every):
    """Law: as counted over renewal days one by one."""
    first, now = pd.Timestamp(start), pd.Timestamp(start) + pd.Timedelta(days=more)
    end = None if stays is None else first + pd.Timedelta(days=stays)
    step = {
        "Y": pd.DateOffset(years=1), "M": pd.DateOffset(months=1), "3M": pd.DateOffset(months=3),
        "4W": pd.Timedelta(days=28), "30D": pd.Timedelta(days=30),
    }[every]  # fmt: skip
    count, gone = 0, False
    while (renewal := first + step * (count + 1)) <= now and not gone:
        gone = end is not None and end <= renewal
        count += not gone
    one = pd.DataFrame({"customer_id": [1], "start": [first], "end": pd.to_datetime([end])})
    assert renewals(kk.memberships(one, as_of=now, every=every)) == [(count, gone)]


def test_later_starts_are_not_read():
    table = kk.memberships(CLUB, as_of="2021-06-30", every="Y")
    assert table["customer_id"].tolist() == ["a", "b", "c"]


def test_columns_may_have_other_names_and_text_dates():
    raw = pd.DataFrame({"Nr": [7], "from": ["31/01/2026"], "to": [None]})
    table = kk.memberships(
        raw, as_of="2026-03-01", every="M", customer_id="Nr", start="from", end="to", date_format="%d/%m/%Y"
    )
    assert renewals(table) == [(1, False)]  # the 28th of February
    assert table["start"].tolist() == [pd.Timestamp("2026-01-31")]


def test_polars_gives_the_same():
    columns = {name: [None if pd.isna(value) else value for value in CLUB[name].tolist()] for name in CLUB}
    table = kk.memberships(pl.DataFrame(columns), as_of="2023-06-30", every="Y")
    assert isinstance(table, pl.DataFrame)
    assert table["ended"].dtype == pl.Boolean
    assert renewals(table) == [(0, True), (2, True), (3, False), (1, False)]
    assert read_membership_rows(table, need="test").k.tolist() == [0, 2, 3, 1]


@given(rows=st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.integers(1, 5)), min_size=1, max_size=12))
def test_counts_of_members_lost_and_at_risk(rows):
    """Law: as counted member by member at each renewal."""
    k, ended, weights = (np.array(column) for column in zip(*rows, strict=True))
    members = MembershipRows(k=k, ended=ended, weights=weights, every="Y")
    for counted in (members.counts(), members.distinct().counts()):
        left, came = counted
        for j in range(len(came)):
            assert left[j] == weights[(k == j) & ended].sum()
            assert came[j] == weights[(k > j) | ((k == j) & ended)].sum()
        assert left.sum() == weights[ended].sum()


ROWS = pd.DataFrame({"customer_id": ["a", "b", "c"], "renewals": [0, 1, 3], "ended": [True, False, False]})
SEEN = "see kk.memberships(members, as_of=..., every=...)."


def read(**columns):
    return read_membership_rows(ROWS.assign(**columns), need="ShiftedBetaGeometric.fit", every="Y")


CASES = {
    "columns missing": (
        lambda: kk.memberships(CLUB[["customer_id", "start"]], as_of="2023-06-30", every="Y"),
        [
            "memberships needs columns that are not there: ['end'].",
            "",
            "Hint: the DataFrame has ['customer_id', 'start'].",
        ],
    ),
    "no member": (
        lambda: kk.memberships(CLUB[:0], as_of="2023-06-30", every="Y"),
        ["memberships needs members, got an empty frame.", "", "Hint: check the file or filter."],
    ),
    "nobody yet": (
        lambda: kk.memberships(CLUB, as_of="2019-06-30", every="Y"),
        ["memberships: nobody had started by 2019-06-30, of 4 members.", "", "Hint: check `start` and `as_of`."],
    ),
    "no id": (
        lambda: kk.memberships(CLUB.assign(customer_id=["a", None, "c", "d"]), as_of="2023-06-30", every="Y"),
        [
            "memberships needs an id in `customer_id` on every row: broken by 1 of 4 rows.",
            "",
            "row  customer_id       start         end",
            "  1      missing  2020-01-01  2022-06-30",
            "",
            "Hint: give these rows an id, or leave them out.",
        ],
    ),
    "a member twice": (
        lambda: kk.memberships(CLUB.assign(customer_id=["a", "b", "c", "a"]), as_of="2023-06-30", every="Y"),
        [
            "memberships needs one row per customer in `customer_id`: broken by 2 of 4 rows.",
            "",
            "row  customer_id       start         end",
            "  0            a  2020-01-01  2020-12-31",
            "  3            a  2022-05-31     missing",
            "",
            "Hint: a member who came back has two memberships: give each an id of its own, or keep the first.",
        ],
    ),
    "no start": (
        lambda: kk.memberships(CLUB.assign(start=CLUB["end"]), as_of="2023-06-30", every="Y"),
        [
            "memberships needs a date in `start` on every row: broken by 2 of 4 rows.",
            "",
            "row  customer_id    start      end",
            "  2            c  missing  missing",
            "  3            d  missing  missing",
            "",
            "Hint: repair or leave out these rows.",
        ],
    ),
    "backwards": (
        lambda: kk.memberships(
            CLUB.assign(end=pd.to_datetime(["2019-12-31", None, None, None])), as_of="2023-06-30", every="Y"
        ),
        [
            "memberships: `end` must not lie before `start`: broken by 1 of 4 rows.",
            "",
            "row  customer_id       start         end",
            "  0            a  2020-01-01  2019-12-31",
            "",
            "Hint: one of the two is wrong.",
        ],
    ),
    "no dates": (
        lambda: kk.memberships(CLUB.assign(end=["31/12/2020", None, "soon", None]), as_of="2023-06-30", every="Y"),
        [
            "memberships needs dates in `end`: broken by 2 of 4 rows.",
            "",
            "row  customer_id       start         end",
            "  0            a  2020-01-01  31/12/2020",
            "  2            c  2020-01-01        soon",
            "",
            'Hint: say how they are written: date_format="%d/%m/%Y" (day first) or "%m/%d/%Y" (month first).',
        ],
    ),
    "no such day": (
        lambda: kk.memberships(CLUB.assign(end=["2020-02-30", None, None, None]), as_of="2023-06-30", every="Y"),
        [
            "memberships needs dates in `end`: broken by 1 of 4 rows.",
            "",
            "row  customer_id       start         end",
            "  0            a  2020-01-01  2020-02-30",
            "",
            'Hint: there is no such day or time: repair them; date_format="%Y-%d-%m" reads a day before the month.',
        ],
    ),
    "a fraction of a renewal": (
        lambda: read(renewals=[0, 1.5, 3]),
        [
            "ShiftedBetaGeometric.fit: `renewals` is a whole number from 0 to 100,000: broken by 1 of 3 rows.",
            "",
            "row  customer_id  renewals  ended",
            "  1            b       1.5  False",
            "",
            "Hint: it counts how often a member has renewed; see kk.memberships(members, as_of=..., every=...).",
        ],
    ),
    "a number for a truth": (
        lambda: read(ended=[1, 0, 0]),
        [
            "ShiftedBetaGeometric.fit needs True or False in `ended`: broken by 3 of 3 rows.",
            "",
            "row  customer_id  renewals  ended",
            "  0            a         0      1",
            "  1            b         1      0",
            "  2            c         3      0",
            "",
            "Hint: True where the member left at the renewal after the last one counted, False where still a member; frame['ended'] == 1 makes truth values of numbers.",
        ],
    ),
    "a missing truth": (
        lambda: read(ended=[True, None, False]),
        [
            "ShiftedBetaGeometric.fit needs True or False in `ended`: broken by 1 of 3 rows.",
            "",
            "row  customer_id  renewals    ended",
            "  1            b         1  missing",
            "",
            "Hint: True where the member left at the renewal after the last one counted, False where still a member; frame['ended'] == 1 makes truth values of numbers.",
        ],
    ),
    "text for renewals": (
        lambda: read(renewals=["0", "1", "3"]),
        [
            "ShiftedBetaGeometric.fit needs numbers in `renewals`, found String: broken by 3 of 3 rows.",
            "",
            "row  customer_id  renewals",
            "  0            a         0",
            "  1            b         1",
            "  2            c         3",
            "",
            "Hint: convert it first: frame['renewals'].astype(float) in pandas, .cast(pl.Float64) in polars.",
        ],
    ),
    "no period": (
        lambda: read_membership_rows(ROWS, need="ShiftedBetaGeometric.fit"),
        [
            "ShiftedBetaGeometric.fit must know the unit of time: the table has no column `every`.",
            "",
            'Hint: write every="M" for months, or use kk.memberships(members, as_of=..., every=...).',
        ],
    ),
    "empty": (
        lambda: read_membership_rows(ROWS[:0], need="ShiftedBetaGeometric.fit", every="Y"),
        [
            "ShiftedBetaGeometric.fit needs members, got an empty table.",
            "",
            "Hint: check the dates given to kk.memberships(members, as_of=..., every=...).",
        ],
    ),
    "counts that count nobody": (
        lambda: read_membership_rows(ROWS.assign(n=[1, 0, 2]), need="ShiftedBetaGeometric.fit", every="Y", weights="n"),
        [
            "ShiftedBetaGeometric.fit: `n` counts customers: whole numbers of at least 1: broken by 1 of 3 rows.",
            "",
            "row  customer_id  renewals  ended  n",
            "  1            b         1  False  0",
            "",
            "Hint: it says how many customers alike a row stands for; leave `weights` out where a row is one customer.",
        ],
    ),
}


@pytest.mark.parametrize(("call", "message"), CASES.values(), ids=CASES)
def test_bad_input_is_refused(call, message):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value).splitlines() == message


@pytest.mark.parametrize(("as_of", "renewals"), [("2025-03-27", 0), ("2025-03-28", 1), ("2025-03-31", 1)])
def test_an_anniversary_keeps_its_day_of_the_month(as_of, renewals):
    """A membership from 28 February is renewed on 28 March."""
    club = pd.DataFrame({"customer_id": ["a"], "start": pd.to_datetime(["2025-02-28"]), "end": pd.NaT})
    assert kk.memberships(club, as_of=as_of, every="M")["renewals"].tolist() == [renewals]

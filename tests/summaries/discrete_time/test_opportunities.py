# ruff: noqa: E501 - messages stand line by line, as they are printed
"""Opportunities: frequency and number, the calendar, unfinished opportunities, and bad input."""

import datetime as dt
import warnings

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.dates.period import Period
from kundkarriar.summaries.discrete_time.calendar_steps import add_steps, steps_between
from kundkarriar.summaries.discrete_time.opportunity_rows import read_opportunity_rows

GIFTS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "a", "c", "b"],
        "date": pd.to_datetime(["1995-03-01", "1997-12-24", "1996-05-05", "1997-12-31", "1999-01-01", "1999-07-07"]),
        "amount": [10.0, 10, 25, 10, 40, 5],
    }
)
COUNTS = ["frequency", "recency", "n_opportunities"]


def counted(table):
    return {row[0]: tuple(row[1:]) for row in table[["customer_id", *COUNTS]].itertuples(index=False)}


def test_years_are_those_of_the_calendar():
    table = kk.opportunities(GIFTS, as_of="1999-12-31")
    assert counted(table) == {"a": (1, 2.0, 4.0), "b": (1, 3.0, 3.0), "c": (0, 0.0, 0.0)}
    assert table["n_transactions"].tolist() == [3, 2, 1]
    assert table["every"].tolist() == ["Y"] * 3


def test_years_may_begin_in_july():
    """Gifts of March 1995 and of May 1996 lie in the years before."""
    table = kk.opportunities(GIFTS, as_of="2000-06-30", start="1990-07-01")
    assert counted(table) == {"a": (1, 3.0, 5.0), "b": (1, 4.0, 4.0), "c": (0, 0.0, 1.0)}


def test_spans_of_days_count_from_the_first_purchase_in_the_data():
    days = pd.DataFrame({"customer_id": "a", "amount": 1.0, "date": pd.to_datetime(["2026-01-05", "2026-02-01"])})
    # 28 days from 5 January: the second begins on 2 February
    assert counted(kk.opportunities(days, as_of="2026-02-01", every="4W")) == {"a": (0, 0.0, 0.0)}
    assert counted(kk.opportunities(days, as_of="2026-03-01", every="4W")) == {"a": (0, 0.0, 1.0)}
    assert counted(kk.opportunities(days, as_of="2026-03-01", every="4W", start="2026-02-01")) == {"a": (1, 1.0, 1.0)}


@given(
    days=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1500)), min_size=1, max_size=30),
    every=st.sampled_from(["Y", "M", "3M", "2Y", "4W", "10D"]),
)
def test_every_purchase_is_counted_once_as_by_hand(days, every):
    """Law: as counted opportunity by opportunity, with rows in any order."""
    start = dt.date(2020, 1, 1)
    rows = pd.DataFrame({"customer_id": [who for who, _ in days], "amount": 1.0})
    rows["date"] = pd.to_datetime([start + dt.timedelta(days=day) for _, day in days])
    first = rows["date"].min() if every.endswith(("W", "D")) else pd.Timestamp(rows["date"].min().year, 1, 1)
    step = {
        "Y": pd.DateOffset(years=1), "M": pd.DateOffset(months=1), "3M": pd.DateOffset(months=3),
        "2Y": pd.DateOffset(years=2), "4W": pd.Timedelta(days=28), "10D": pd.Timedelta(days=10),
    }[every]  # fmt: skip
    edges = [first]
    while edges[-1] <= rows["date"].max():
        edges.append(first + step * len(edges))
    table = kk.opportunities(rows, as_of=edges[-1] - pd.Timedelta(days=1), every=every)
    for who, mine in rows.groupby("customer_id"):
        taken = sorted({sum(edge <= day for edge in edges) for day in mine["date"]})
        expected = (len(taken) - 1, taken[-1] - taken[0], len(edges) - 1 - taken[0])
        assert counted(table)[who] == expected


@given(day=st.integers(-2000, 40_000), steps=st.integers(-50, 50), span=st.sampled_from(["M", "5M", "Y", "2W", "3D"]))
def test_steps_between_inverts_add_steps(day, steps, span):
    """Law: the number of steps is counted back; the day before counts one less."""
    every = Period.of(span)
    there = add_steps(day, steps, every=every)
    assert steps_between(day, there, every=every) == steps
    assert steps_between(day, there - 1, every=every) == steps - 1


def test_unfinished_opportunities_are_left_out_with_a_warning():
    with pytest.warns(kk.DataWarning) as raised:
        table = kk.opportunities(GIFTS, as_of="1999-10-31")
    assert [str(warning.message) for warning in raised] == [
        (
            "the opportunity that began on 1999-01-01 is not over by 1999-10-31: its 2 purchase days are left out "
            "(customers who first bought in it: 1). The table ends on 1998-12-31."
        )
    ]
    assert raised[0].filename == __file__
    assert counted(table) == {"a": (1, 2.0, 3.0), "b": (0, 0.0, 2.0)}


def test_an_empty_unfinished_year_gives_no_warning():
    assert counted(kk.opportunities(GIFTS[:4], as_of="1999-10-31")) == {"a": (1, 2.0, 3.0), "b": (0, 0.0, 2.0)}


def test_prospects_keep_their_place_and_have_no_numbers():
    known = pd.DataFrame({"customer_id": ["x", "b"]})
    table = kk.opportunities(GIFTS, as_of="1999-12-31", customers=known)
    assert table["customer_id"].tolist() == ["x", "b", "a", "c"]
    assert table.loc[0, COUNTS].isna().tolist() == [False, True, True]
    assert table["n_transactions"].tolist() == [0, 2, 3, 1]
    assert table["first_purchase"].isna().tolist() == [True, False, False, False]


def test_customers_possibly_older_than_the_data_are_marked():
    with pytest.warns(kk.DataWarning, match="1 of 3 customers were first seen within 1 year of the start"):
        table = kk.opportunities(GIFTS, as_of="1999-12-31", burn_in="1Y")
    assert table["entry"].tolist() == ["unknown", "known", "known"]
    assert read_opportunity_rows(table, need="test").to_fit().x.tolist() == [1, 0]


def test_a_purchase_returned_on_its_day_is_not_counted():
    back = pd.DataFrame({"customer_id": ["b"], "date": pd.to_datetime(["1999-07-07"]), "amount": [-5.0]})
    assert counted(kk.opportunities(pd.concat([GIFTS, back]), as_of="1999-12-31"))["b"] == (0, 0.0, 3.0)


def test_polars_gives_the_same():
    ours = kk.opportunities(GIFTS, as_of="1999-12-31")
    theirs = kk.opportunities(pl.DataFrame({name: GIFTS[name].tolist() for name in GIFTS}), as_of="1999-12-31")
    assert isinstance(theirs, pl.DataFrame)
    for name in ours:
        assert theirs[name].to_list() == ours[name].tolist()


def test_the_table_feeds_the_model():
    """BG/BB reads the table as it is, with prospects."""
    known = pd.DataFrame({"customer_id": ["x"]})
    table = kk.opportunities(GIFTS, as_of="1999-12-31", customers=known)
    model = kk.FittedBGBB(params=kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8), every="Y")
    assert model.predict(table, horizon=3)["p_alive"].isna().tolist() == [True, False, False, False]


ROWS = pd.DataFrame(
    {"customer_id": ["a", "b", "c"], "frequency": [0, 1, 3], "recency": [0, 2, 4], "n_opportunities": [6, 6, 5]}
)


def read(**columns):
    return read_opportunity_rows(ROWS.assign(**columns), need="BG/BB.fit", every="Y")


CASES = {
    "an empty span": (
        lambda: kk.opportunities(GIFTS, as_of="1999-12-31", every="0.5D"),
        [
            "`every` must be whole days, got 0.5 days: no calendar is cut into parts of a day.",
            "",
            'Hint: write every="1Y", "1M", "4W" or "90D".',
        ],
    ),
    "half a month": (
        lambda: kk.opportunities(GIFTS, as_of="1999-12-31", every="1.5M"),
        [
            "`every` must be whole months, got 1.5 months: no calendar is cut into parts of a month.",
            "",
            'Hint: write every="1Y", "1M", "4W" or "90D".',
        ],
    ),
    "no span": (
        lambda: kk.opportunities(GIFTS, as_of="1999-12-31", every=12),
        [
            "`every` must be a span of time: a number above 0, then D, W, M or Y, got 12.",
            "",
            'Hint: write "12M" or "90D".',
        ],
    ),
    "no such day": (
        lambda: kk.opportunities(GIFTS, as_of="1999-12-31", start="1995-01-31"),
        ["`start` must be a day that every month has, got 1995-01-31.", "", 'Hint: write start="1995-07-01".'],
    ),
    "nothing is over": (
        lambda: kk.opportunities(GIFTS[:1], as_of="1995-10-31"),
        [
            "opportunities: no opportunity of 1 year with a purchase is over by 1995-10-31.",
            "",
            'Hint: the current one ends on 1995-12-31; take shorter ones (every="M"), or a later as_of.',
        ],
    ),
    "only returns": (
        lambda: kk.opportunities(GIFTS.assign(amount=-1.0), as_of="1999-12-31"),
        [
            "opportunities needs at least one purchase: every row up to 1999-12-31 is a return, or was taken back.",
            "",
            "Hint: check the signs of `amount`: a purchase is above 0.",
        ],
    ),
    "columns missing": (
        lambda: kk.opportunities(GIFTS[["customer_id"]], as_of="1999-12-31"),
        [
            "opportunities needs columns that are not there: ['amount', 'date'].",
            "",
            "Hint: the DataFrame has ['customer_id'].",
        ],
    ),
    "more taken than could be": (
        lambda: read(frequency=[0, 3, 3]),
        [
            "BG/BB.fit: `frequency` must not exceed `recency`: broken by 1 of 3 rows.",
            "",
            "row  customer_id  frequency  recency  n_opportunities",
            "  1            b          3        2                6",
            "",
            "Hint: `recency` is the number of the last opportunity taken, counted from the first purchase, not from today.",
        ],
    ),
    "the last beyond all": (
        lambda: read(recency=[0, 2, 7]),
        [
            "BG/BB.fit: `recency` must not exceed `n_opportunities`: broken by 1 of 3 rows.",
            "",
            "row  customer_id  frequency  recency  n_opportunities",
            "  2            c          3        7                5",
            "",
            "Hint: both are counted without the opportunity of the first purchase.",
        ],
    ),
    "a last one where none was taken": (
        lambda: read(recency=[6, 2, 4]),
        [
            "BG/BB.fit: `recency` is 0 where `frequency` is 0: broken by 1 of 3 rows.",
            "",
            "row  customer_id  frequency  recency  n_opportunities",
            "  0            a          0        6                6",
            "",
            "Hint: `recency` is the number of the last opportunity taken: 0 where none was.",
        ],
    ),
    "a fraction": (
        lambda: read(recency=[0, 1.5, 4]),
        [
            "BG/BB.fit: `recency` is a whole number of at least 0: broken by 1 of 3 rows.",
            "",
            "row  customer_id  frequency  recency  n_opportunities",
            "  1            b          1      1.5                6",
            "",
            "Hint: see kk.opportunities(transactions, as_of=...).",
        ],
    ),
    "a negative number": (
        lambda: read(n_opportunities=[-1, 6, 5]),
        [
            "BG/BB.fit: `n_opportunities` is a whole number of at least 0: broken by 1 of 3 rows.",
            "",
            "row  customer_id  frequency  recency  n_opportunities",
            "  0            a          0        0               -1",
            "",
            "Hint: see kk.opportunities(transactions, as_of=...).",
        ],
    ),
    "far too many": (
        lambda: read(n_opportunities=[6, 6, 200_000]),
        [
            "BG/BB.fit: `n_opportunities` is at most 100,000: broken by 1 of 3 rows.",
            "",
            "row  customer_id  frequency  recency  n_opportunities",
            "  2            c          3        4           200000",
            "",
            'Hint: take longer opportunities: every="M".',
        ],
    ),
    "text": (
        lambda: read(frequency=["0", "1", "3"]),
        [
            "BG/BB.fit needs numbers in `frequency`, found String: broken by 3 of 3 rows.",
            "",
            "row  customer_id  frequency",
            "  0            a          0",
            "  1            b          1",
            "  2            c          3",
            "",
            "Hint: convert it first: frame['frequency'].astype(float) in pandas, .cast(pl.Float64) in polars.",
        ],
    ),
    "missing": (
        lambda: read(recency=[0, None, 4]),
        [
            "BG/BB.fit needs finite numbers in `recency`: broken by 1 of 3 rows.",
            "",
            "row  customer_id  recency",
            "  1            b  missing",
            "",
            "Hint: look at these rows; repair or leave out what has no `recency`.",
        ],
    ),
    "a customer twice": (
        lambda: read(customer_id=["a", "b", "a"]),
        [
            "BG/BB.fit needs one row per customer in `customer_id`: broken by 2 of 3 rows.",
            "",
            "row  customer_id",
            "  0            a",
            "  2            a",
            "",
            "Hint: one row per customer: see kk.opportunities(transactions, as_of=...).",
        ],
    ),
    "fewer purchases than opportunities taken": (
        lambda: read(n_transactions=[1, 1, 9]),
        [
            "BG/BB.fit: `n_transactions` is at least `frequency` + 1, and 0 for prospects: broken by 1 of 3 rows.",
            "",
            "row  customer_id  n_transactions  frequency",
            "  1            b               1          1",
            "",
            "Hint: it counts purchase days, the first too; leave it out if it counts something else.",
        ],
    ),
    "no length": (
        lambda: read_opportunity_rows(ROWS, need="BG/BB.fit"),
        [
            "BG/BB.fit must know the unit of time: the table has no column `every`.",
            "",
            'Hint: write every="M" for months, or use kk.opportunities(transactions, as_of=...).',
        ],
    ),
    "two lengths": (
        lambda: read(every=["Y", "M", "Y"]),
        [
            "BG/BB.fit needs one unit of time in `every`, found ['Y', 'M'].",
            "",
            "Hint: make the whole table at once: kk.opportunities(transactions, as_of=...).",
        ],
    ),
    "another length": (
        lambda: read(every="M"),
        ['BG/BB.fit counts time in "Y", the table in "M".', "", 'Hint: make the table with every="Y".'],
    ),
    "empty": (
        lambda: read_opportunity_rows(ROWS[:0], need="BG/BB.fit", every="Y"),
        [
            "BG/BB.fit needs customers, got an empty table.",
            "",
            "Hint: check the dates given to kk.opportunities(transactions, as_of=...).",
        ],
    ),
    "no frame": (
        lambda: read_opportunity_rows([1, 2], need="BG/BB.fit", every="Y"),
        [
            "BG/BB.fit takes a frame of pandas, polars or pyarrow, got list.",
            "",
            "Hint: build one with pd.DataFrame(...), pl.DataFrame(...) or pa.table(...).",
        ],
    ),
}


@pytest.mark.parametrize(("call", "message"), CASES.values(), ids=CASES)
def test_bad_input_is_refused(call, message):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value).splitlines() == message


SUMMARY = pd.DataFrame({"frequency": [1, 0], "recency": [3.0, 0], "T": [9.0, 9]})
MEMBERS = pd.DataFrame({"renewals": [1, 0], "ended": [True, False]})
WRONG = {
    "opportunities for a model of time": (
        lambda: kk.MBGNBD().fit(ROWS),
        "MBG/NBD.fit reads a summary (frequency, recency, T), this is a table of opportunities.",
        "Hint: kk.BGBB() reads this table; a summary is made by kk.summarize(transactions, as_of=...).",
    ),
    "memberships for a model of time": (
        lambda: kk.NBD().fit(MEMBERS),
        "NBD.fit reads a summary (frequency, recency, T), this is a table of memberships.",
        "Hint: kk.ShiftedBetaGeometric() reads this table; a summary is made by kk.summarize(transactions, as_of=...).",
    ),
    "a summary for BG/BB": (
        lambda: kk.BGBB().fit(SUMMARY),
        "BG/BB.fit reads a table of opportunities (frequency, recency, n_opportunities), this is a summary.",
        "Hint: kk.MBGNBD() and its kin read this table; a table of opportunities is made by kk.opportunities(transactions, as_of=...).",
    ),
    "memberships for BG/BB": (
        lambda: kk.BGBB().fit(MEMBERS),
        "BG/BB.fit reads a table of opportunities (frequency, recency, n_opportunities), this is a table of memberships.",
        "Hint: kk.ShiftedBetaGeometric() reads this table; a table of opportunities is made by kk.opportunities(transactions, as_of=...).",
    ),
    "a summary for contracts": (
        lambda: kk.ShiftedBetaGeometric().fit(SUMMARY),
        "ShiftedBetaGeometric.fit reads a table of memberships (renewals, ended), this is a summary.",
        "Hint: kk.MBGNBD() and its kin read this table; a table of memberships is made by kk.memberships(members, as_of=..., every=...).",
    ),
    "opportunities for contracts": (
        lambda: kk.ShiftedBetaGeometric().fit(ROWS),
        "ShiftedBetaGeometric.fit reads a table of memberships (renewals, ended), this is a table of opportunities.",
        "Hint: kk.BGBB() reads this table; a table of memberships is made by kk.memberships(members, as_of=..., every=...).",
    ),
}


@pytest.mark.parametrize(("call", "law", "hint"), WRONG.values(), ids=WRONG)
def test_another_table_names_the_right_call(call, law, hint):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value).splitlines() == [law, "", hint]


def test_a_summary_that_also_counts_opportunities_is_read_by_both():
    both = SUMMARY.assign(n_opportunities=[9, 9], period="W")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_opportunity_rows(both, need="test", every="Y").rows.n.tolist() == [9, 9]
    with pytest.raises(kk.DataError, match="4 parameters and needs more customers"):
        kk.MBGNBD().fit(both)

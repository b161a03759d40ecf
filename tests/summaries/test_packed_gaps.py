"""The column `gaps`: what is packed is read back, in every frame library; laws that a column must obey."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows

START = pd.Timestamp("2024-01-01")
AS_OF = "2025-12-31"
SUMMER = kk.Season(index=[1, 1, 0.5, 1, 2, 1, 1, 1, 1, 1, 1, 2])
histories = st.lists(st.sets(st.integers(0, 700), min_size=1, max_size=8), min_size=1, max_size=12)


def transactions(days_of):
    """A purchase of each customer on each of its days, rows in no order of time."""
    pairs = [(number, day) for number, days in enumerate(days_of) for day in sorted(days, reverse=True)]
    ids, days = zip(*pairs, strict=True)
    return pd.DataFrame({"customer_id": ids, "date": START + pd.to_timedelta(days, unit="D"), "amount": 10.0})


def as_polars(frame):
    return pl.DataFrame({name: frame[name].to_list() for name in frame.columns})


def as_arrow(frame):
    """A table of pyarrow in several chunks."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return pa.concat_tables([table[:1], table[1:]])


def with_lists(frame, dtype):
    """The frame with its text of gaps as lists."""
    lists = [None if pd.isna(cell) else [int(each) for each in cell.split()] for cell in frame["gaps"]]
    return frame.assign(gaps=pd.Series(lists, dtype=dtype))


STORED = {
    "text": lambda frame: frame,
    "text in objects": lambda frame: frame.assign(gaps=frame["gaps"].astype(object)),
    "lists": lambda frame: with_lists(frame, object),
    "arrays": lambda frame: frame.assign(
        gaps=[np.array([int(each) for each in cell.split()]) for cell in frame["gaps"]]
    ),
    "pyarrow lists": lambda frame: with_lists(frame, pd.ArrowDtype(pa.list_(pa.int64()))),
    "pyarrow text": lambda frame: frame.assign(gaps=frame["gaps"].astype("string[pyarrow]")),
    "polars text": as_polars,
    "polars lists": lambda frame: as_polars(with_lists(frame, object)),
    "a table of text": as_arrow,
    "a table of lists": lambda frame: as_arrow(with_lists(frame, object)),
    "a table of large lists": lambda frame: as_arrow(with_lists(frame, pd.ArrowDtype(pa.large_list(pa.int32())))),
    "a file": lambda frame: frame.assign(gaps=frame["gaps"].replace("", None)),
}


def read(summary, **given_arguments):
    return read_purchase_rows(summary, need="this test", gaps=True, **given_arguments).rows


@pytest.mark.parametrize("period", ["D", "W", "M"])
@given(days_of=histories)
def test_what_is_packed_is_read_back(period, days_of):
    """Law: the gaps read are the differences of the ledger's purchase days, in order of time, in every library."""
    rows = transactions(days_of)
    expected = [np.diff(sorted(days)).tolist() for days in days_of]
    unit = {"D": 1, "W": 7, "M": 365.25 / 12}[period]
    for frame in (rows, as_polars(rows), as_arrow(rows)):
        summary = kk.summarize(frame, as_of=AS_OF, period=period, gaps=True)
        gaps = read(summary).gaps
        pieces = [gaps[np.array([row])].length.tolist() for row in range(len(gaps))]
        assert pieces == [[day / unit for day in days] for days in expected]


def test_the_kinds_of_column():
    """Lists of whole numbers in polars and pyarrow, text in pandas; missing for prospects."""
    rows = transactions([{0, 3, 24}, {5}])
    everyone = pd.DataFrame({"customer_id": [0, 1, 2]})
    text = kk.summarize(rows, as_of=AS_OF, gaps=True, customers=everyone)
    assert text["gaps"].tolist()[:2] == ["3 21", ""]
    assert text["gaps"].isna().tolist() == [False, False, True]
    assert (text["as_of"] == pd.Timestamp(AS_OF)).all()
    lists = kk.summarize(as_polars(rows), as_of=AS_OF, gaps=True, customers=as_polars(everyone))["gaps"]
    assert lists.dtype == pl.List(pl.Int64)
    assert lists.to_list() == [[3, 21], [], None]
    lists = kk.summarize(as_arrow(rows), as_of=AS_OF, gaps=True, customers=as_arrow(everyone))["gaps"]
    assert lists.type == pa.list_(pa.int64())
    assert lists.to_pylist() == [[3, 21], [], None]


@pytest.mark.parametrize("kind", STORED)
def test_every_kind_of_column_is_read_alike(kind):
    summary = kk.summarize(transactions([{0, 3, 24}, {5}, {7, 8}, {1, 2, 3, 600}]), as_of=AS_OF, gaps=True)
    gaps, expected = (read(frame).gaps for frame in (STORED[kind](summary), summary))
    assert gaps.length.tolist() == expected.length.tolist() == [gap / 7 for gap in (3, 21, 1, 1, 1, 597)]
    assert gaps.starts.tolist() == expected.starts.tolist() == [0, 2, 2, 3, 6]


def test_an_array_without_axes_is_one_gap():
    summary = kk.summarize(transactions([{0, 3}, {5}]), as_of=AS_OF, gaps=True)
    summary["gaps"] = pd.Series([np.array(3), np.array([])], dtype=object)
    assert read(summary).gaps.length.tolist() == [3 / 7]


def test_a_file_of_one_gap_each_holds_numbers():
    """A file of customers with one gap at most is read back as a column of numbers."""
    summary = kk.summarize(transactions([{0, 3}, {5}]), as_of=AS_OF, gaps=True)
    assert read(summary.assign(gaps=[3.0, np.nan])).gaps.starts.tolist() == [0, 1, 1]


@pytest.mark.parametrize("frame_of_rows", [lambda rows: rows, as_polars, as_arrow])
def test_only_prospects(frame_of_rows):
    rows = pd.DataFrame({"customer_id": [0], "date": [START], "amount": [-10.0]})
    everyone = frame_of_rows(pd.DataFrame({"customer_id": [0, 1]}))
    rows = read(kk.summarize(frame_of_rows(rows), as_of=AS_OF, gaps=True, customers=everyone))
    assert (len(rows), len(rows.gaps), len(rows.distinct(period="W").rows)) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["text", "polars lists"])
@given(days_of=histories)
def test_a_season_warps_gaps_as_it_warps_recency(kind, days_of):
    """Law: warped gaps add up to the warped recency; packed days are the calendar's."""
    rows = transactions(days_of)
    summary = kk.summarize(rows, as_of=AS_OF, gaps=True, season=SUMMER)
    assert summary["gaps"].tolist() == kk.summarize(rows, as_of=AS_OF, gaps=True)["gaps"].tolist()
    warped = read(STORED[kind](summary))
    np.testing.assert_allclose(warped.gaps.total(), warped.t_x, atol=1e-4)


def test_a_flat_season_is_the_calendar():
    rows = transactions([{0, 3, 24}, {5}])
    flat = read(kk.summarize(rows, as_of=AS_OF, gaps=True, season=kk.Season(index=[1] * 12)))
    assert flat.gaps.length.tolist() == [3 / 7, 3]


@given(days_of=histories, seed=st.integers(0, 9))
def test_distinct_rows_are_multisets_and_silences(days_of, seed):
    """Law: rows are equal if their gaps are, in any order, and their silence; rows in any order fit alike."""
    days_of = [*days_of, *days_of[::2]]
    rows = read(kk.summarize(transactions(days_of), as_of=AS_OF, gaps=True))
    distinct = rows.distinct(period="W")
    keys = [(*sorted(np.diff(sorted(days)).tolist()), -max(days)) for days in days_of]
    assert len(distinct.rows) == len(set(keys))
    assert len(set(zip(keys, distinct.inverse.tolist(), strict=True))) == len(set(keys))
    assert distinct.rows.weights.sum() == len(rows)
    np.testing.assert_allclose(distinct.rows.T[distinct.inverse], rows.T, atol=1e-9)
    np.testing.assert_allclose(distinct.rows.t_x[distinct.inverse], rows.t_x, atol=1e-9)
    shuffled = rows.at(np.random.default_rng(seed).permutation(len(rows)))
    one, other = (each.merged(period="W") for each in (rows, shuffled))
    for name in ("x", "t_x", "T", "weights"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert one.gaps.length.tolist() == other.gaps.length.tolist()
    assert one.gaps.count.tolist() == one.x.tolist() == other.gaps.count.tolist()


@pytest.mark.parametrize("backwards", [False, True])
def test_distinct_rows_are_the_same_numbers_whoever_comes_first(backwards):
    """Gaps in another order, and silences that differ by rounding."""
    gaps = PurchaseGaps(length=[3, 21, 21, 3], starts=[0, 2, 4])
    rows = PurchaseRows(x=[2, 2], t_x=[24, 24], T=[24 + 0.3, 24 + (0.1 + 0.2 + 1e-12)], weights=[1, 1], gaps=gaps)
    distinct = rows.at(np.array([1, 0] if backwards else [0, 1])).distinct(period="W").rows
    assert (distinct.gaps.length.tolist(), distinct.T.tolist()) == ([3, 21], [24.3])


def test_warped_gaps_are_rounded():
    """A week in March is one number in every year, to rounding: so are the gaps that are read."""
    summary = kk.summarize(transactions([{60, 67}, {426, 433}]), as_of=AS_OF, gaps=True, season=SUMMER)
    lengths = read(summary).gaps.length
    assert lengths.tolist() == np.round(lengths, 9).tolist()


def test_lists_after_a_hundred_missing_cells_are_read():
    """A pandas column of objects whose first hundred values are missing passes for text."""
    rows = transactions([*({5},) * 120, {0, 3, 24}, {7, 8, 10}])
    summary = kk.summarize(rows, as_of=AS_OF, gaps=True)
    lists = [np.array(cell.split(), dtype=np.int64) if cell else None for cell in summary["gaps"]]
    gaps = read(summary.assign(gaps=pd.Series(lists, dtype=object))).gaps
    assert (gaps.length * 7).round().tolist() == [3, 21, 1, 2]
    assert gaps.count.tolist() == [*[0] * 120, 2, 2]


def test_cdnow_has_8874_distinct_rows(cdnow):
    rows = read(kk.summarize(cdnow, as_of="1997-09-30", gaps=True))
    assert (len(rows), len(rows.merged(period="W"))) == (23_570, 8_874)


def test_hashes_do_not_depend_on_other_rows():
    """Equal multisets have equal hashes in any object, and other multisets of the same sum have others."""
    one = PurchaseGaps(length=[3, 21, 12, 12], starts=[0, 2, 4])
    other = PurchaseGaps(length=[21, 3], starts=[0, 0, 2])
    assert [each[0] == theirs[1] for each, theirs in zip(one.hashes(), other.hashes(), strict=True)] == [True, True]
    assert one.pattern()[0] != one.pattern()[1]


def test_covariates_and_gaps_make_distinct_rows_together():
    gaps = PurchaseGaps(length=[1, 1, 1], starts=[0, 1, 2, 3])
    rows = PurchaseRows(x=[1] * 3, t_x=[1] * 3, T=[9] * 3, weights=[1] * 3, covariates=[[0], [1], [0]], gaps=gaps)
    assert rows.distinct(period="W").inverse.tolist() == [0, 1, 0]


def test_what_is_not_asked_for_is_not_read():
    summary = kk.summarize(transactions([{0, 3, 24}]), as_of=AS_OF, gaps=True).assign(gaps="soon")
    assert read_purchase_rows(summary, need="this test").rows.gaps is None


MADE_BY = "kk.summarize(transactions, as_of=..., gaps=True)"
NUMBERS = "days in `gaps`: a list of whole numbers, or text with blanks between them"
DAYS = "`gaps` are the days from one purchase day to the next"
# columns, the law, how many of 3 rows break it, the first of them, the hint
LAWS = {
    "no text of numbers": (
        {"gaps": ["3 21", "soon", "1"]},
        (f" needs {NUMBERS}", 1),
        "customer_id 1, frequency 0, recency 0, T 103.571, gaps soon",
        f"{MADE_BY} writes it.",
    ),
    "too few": (
        {"gaps": ["24", "", "1"]},
        (": `gaps` are the days between purchase days: as many as `frequency`", 1),
        "customer_id 0, frequency 2, recency 3.42857, T 104.286, gaps 24",
        f"{MADE_BY} writes both; make both anew where purchases are left out or added.",
    ),
    "no order of time": (
        {"gaps": ["27 -3", "", "1"]},
        (f": {DAYS}: at least 1", 1),
        "customer_id 0, frequency 2, recency 3.42857, T 104.286, gaps 27 -3",
        f"sort the purchase days of each customer before taking differences, or use {MADE_BY}.",
    ),
    "several purchases of a day": (
        {"gaps": ["24 0", "", "0"]},
        (f": {DAYS}: at least 1", 2),
        "customer_id 0, frequency 2, recency 3.42857, T 104.286, gaps 24 0",
        f"several purchases of a day are one, as pauses within a day are of another kind: use {MADE_BY}.",
    ),
    "fractions of days": (
        {"gaps": ["23.5 0.5", "", "1"]},
        (f": {DAYS}: whole numbers", 1),
        "customer_id 0, frequency 2, recency 3.42857, T 104.286, gaps 23.5 0.5",
        f"time stamps are no purchase days: use {MADE_BY}.",
    ),
    "another sum": (
        {"gaps": ["3 21", "", "2"]},
        (": `gaps` add up to `recency`", 1),
        "customer_id 2, frequency 1, recency 0.142857, T 103.286, gaps 2",
        "`gaps` are in days, `recency` in the unit of `period`, from the first purchase day to the last.",
    ),
    "another first day": (
        {"first_purchase": pd.to_datetime(["2024-01-01", "2024-01-06", "2024-01-07"])},
        (": `gaps` lead from `first_purchase` to `last_purchase`", 1),
        "customer_id 2, first_purchase 2024-01-07, last_purchase 2024-01-09, gaps 1",
        f"{MADE_BY} writes all three.",
    ),
    "another day": (
        {"as_of": pd.Timestamp("2025-12-30")},
        (": `T` is the age at the end of `as_of`, from `first_purchase` on", 3),
        "customer_id 0, first_purchase 2024-01-01, as_of 2025-12-30, T 104.286",
        f"{MADE_BY} writes all three.",
    ),
    "no first day": (
        {"first_purchase": pd.to_datetime(["2024-01-01", None, "2024-01-08"])},
        (" needs `first_purchase` of every customer who has bought", 1),
        "customer_id 1, first_purchase missing",
        f"{MADE_BY} writes it.",
    ),
}


@pytest.mark.parametrize("case", LAWS)
def test_gaps_that_are_none_are_refused(case, message_of):
    """The law, how many rows, the first of them, the hint; of several broken laws the most basic one is told."""
    columns, (law, broken), first, hint = LAWS[case]
    summary = kk.summarize(transactions([{0, 3, 24}, {5}, {7, 8}]), as_of=AS_OF, gaps=True).assign(**columns)
    message = message_of(kk.DataError, lambda: read(summary))
    told, table, advice = message.split("\n\n")
    assert told == f"this test{law}: broken by {broken} of 3 rows."
    cells = [cell.partition(" ") for cell in first.split(", ")]
    header, row = table.splitlines()[:2]
    assert header.split() == ["row", *(name for name, _, _ in cells)]
    assert row.split()[1:] == " ".join(value for _, _, value in cells).split()
    assert advice == f"Hint: {hint}"


def test_a_summary_without_gaps_is_refused(message_of):
    summary = kk.summarize(transactions([{0, 3, 24}]), as_of=AS_OF)
    assert message_of(kk.DataError, lambda: read(summary)) == (
        "this test needs the gaps between the purchase days of each customer: the summary has no column `gaps`.\n\n"
        "Hint: kk.summarize(transactions, as_of=..., gaps=True)."
    )


def test_time_stamps_have_no_gaps(message_of):
    """merge="s" makes several purchases of a day, and with them a second kind of pause."""
    rows = transactions([{0, 3, 24}])
    assert message_of(kk.DataError, lambda: kk.summarize(rows, as_of=AS_OF, gaps=True, merge="s")) == (
        'summarize: `gaps` lie between purchase days, and merge="s" makes each time stamp a purchase: several a day'
        " would be short pauses of a second kind, within the day, which hide those between the days.\n\n"
        'Hint: leave merge="s" out.'
    )


def test_a_season_needs_the_first_day(message_of):
    summary = kk.summarize(transactions([{0, 3, 24}]), as_of=AS_OF, gaps=True, season=SUMMER)
    assert message_of(kk.DataError, lambda: read(summary.drop(columns="first_purchase"))) == (
        "this test needs `first_purchase`, from which the gaps are measured in the time of the season.\n\n"
        "Hint: kk.summarize(transactions, as_of=..., season=season, gaps=True) writes it."
    )


@pytest.mark.parametrize("season", [SUMMER, kk.Season(index=[1, 1, 0, 1, 2, 1, 1, 1, 1, 1, 1, 2])])
def test_warped_gaps_must_add_up_too(season, message_of):
    """A summary without last_purchase, whose gaps are a few days off."""
    summary = kk.summarize(transactions([{0, 3, 24}, {5}]), as_of=AS_OF, gaps=True, season=season)
    other = summary.drop(columns="last_purchase").assign(gaps=["3 25", ""])
    assert message_of(kk.DataError, lambda: read(other)).startswith(
        "this test: `gaps`, in the time of the season, add up to `recency`: broken by 1 of 2 rows.\n\n"
    )


def test_a_prospect_has_no_gaps(message_of):
    everyone = pd.DataFrame({"customer_id": [0, 1]})
    summary = kk.summarize(transactions([{0, 3}]), as_of=AS_OF, gaps=True, customers=everyone).assign(gaps="3")
    assert message_of(kk.DataError, lambda: read(summary)).startswith(
        "this test: `gaps` are the days between purchase days: as many as `frequency`: broken by 1 of 2 rows.\n\n"
    )


@pytest.mark.parametrize("period", ["D", "W", "M"])
def test_rounded_times_of_a_file_are_read(period):
    """Three digits of recency and T suffice, as in a file."""
    summary = kk.summarize(transactions([{0, 3, 24}, {5, 500}]), as_of=AS_OF, period=period, gaps=True)
    assert read(summary.assign(recency=summary["recency"].round(3), T=summary["T"].round(3))).x.tolist() == [2, 1]

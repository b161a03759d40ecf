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
    "a file": lambda frame: frame.assign(gaps=frame["gaps"].replace("", None)),
}


def read(summary, **given_arguments):
    return read_purchase_rows(summary, need="this test", gaps=True, **given_arguments).rows


@pytest.mark.parametrize("period", ["D", "W", "M"])
@given(days_of=histories)
def test_what_is_packed_is_read_back(period, days_of):
    """Law: the gaps read are the differences of the ledger's purchase days, in order of time, in pandas and polars."""
    rows = transactions(days_of)
    expected = [np.diff(sorted(days)).tolist() for days in days_of]
    unit = {"D": 1, "W": 7, "M": 365.25 / 12}[period]
    for frame in (rows, as_polars(rows)):
        summary = kk.summarize(frame, as_of=AS_OF, period=period, gaps=True)
        gaps = read(summary).gaps
        pieces = [gaps[np.array([row])].length.tolist() for row in range(len(gaps))]
        assert pieces == [[day / unit for day in days] for days in expected]


def test_the_kinds_of_column():
    """Lists of whole numbers in polars, text in pandas; missing for prospects."""
    rows = transactions([{0, 3, 24}, {5}])
    everyone = pd.DataFrame({"customer_id": [0, 1, 2]})
    text = kk.summarize(rows, as_of=AS_OF, gaps=True, customers=everyone)
    assert text["gaps"].tolist()[:2] == ["3 21", ""]
    assert text["gaps"].isna().tolist() == [False, False, True]
    assert (text["as_of"] == pd.Timestamp(AS_OF)).all()
    lists = kk.summarize(as_polars(rows), as_of=AS_OF, gaps=True, customers=as_polars(everyone))["gaps"]
    assert lists.dtype == pl.List(pl.Int64)
    assert lists.to_list() == [[3, 21], [], None]


@pytest.mark.parametrize("kind", STORED)
def test_every_kind_of_column_is_read_alike(kind):
    summary = kk.summarize(transactions([{0, 3, 24}, {5}, {7, 8}, {1, 2, 3, 600}]), as_of=AS_OF, gaps=True)
    gaps, expected = (read(frame).gaps for frame in (STORED[kind](summary), summary))
    assert gaps.length.tolist() == expected.length.tolist() == [gap / 7 for gap in (3, 21, 1, 1, 1, 597)]
    assert gaps.starts.tolist() == expected.starts.tolist() == [0, 2, 2, 3, 6]


def test_a_file_of_one_gap_each_holds_numbers():
    """A file of customers with one gap at most is read back as a column of numbers."""
    summary = kk.summarize(transactions([{0, 3}, {5}]), as_of=AS_OF, gaps=True)
    assert read(summary.assign(gaps=[3.0, np.nan])).gaps.starts.tolist() == [0, 1, 1]


@pytest.mark.parametrize("frame_of_rows", [lambda rows: rows, as_polars], ids=["pandas", "polars"])
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

"""The purchases of a summary with gaps, and the summary of an earlier day: laws, and what is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.summaries.earlier.earlier_summary import earlier_summary
from kundkarriar.summaries.earlier.purchase_dates import purchase_dates

START = pd.Timestamp("2024-01-01")
AS_OF = "2025-12-31"
SUMMER = kk.Season(index=[1, 1, 0.5, 1, 2, 1, 1, 1, 1, 1, 1, 2])
SAME = ("customer_id", "frequency", "n_transactions", "first_purchase", "last_purchase", "as_of", "period")
histories = st.lists(st.sets(st.integers(0, 700), min_size=1, max_size=8), min_size=1, max_size=12)
libraries = pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])


def transactions(days_of):
    """A purchase of each customer on each of its days, rows in no order of time."""
    pairs = [(number, day) for number, days in enumerate(days_of) for day in sorted(days, reverse=True)]
    ids, days = zip(*pairs, strict=True)
    return pd.DataFrame({"customer_id": ids, "date": START + pd.to_timedelta(days, unit="D"), "amount": 10.0})


def as_polars(frame):
    return pl.DataFrame({name: frame[name].to_list() for name in frame.columns})


def in_library(frame, library):
    return frame if library is pd.DataFrame else as_polars(frame)


def plain(frame):
    """The columns of a summary as lists, by customer."""
    frame = frame.to_pandas() if isinstance(frame, pl.DataFrame) else frame
    frame = frame.sort_values("customer_id")
    gaps = [each.split() if isinstance(each, str) else [str(gap) for gap in each] for each in frame["gaps"]]
    times = {name: frame[name].to_numpy() for name in ("recency", "T", "gap_log_sum")}
    return {name: frame[name].to_list() for name in SAME} | {"gaps": gaps}, times


def assert_same(one, other):
    (counts, times), (expected, expected_times) = plain(one), plain(other)
    assert counts == expected
    for name, values in times.items():
        np.testing.assert_allclose(values, expected_times[name], rtol=1e-5, atol=1e-5)


@libraries
@pytest.mark.parametrize("season", [None, SUMMER], ids=["calendar", "season"])
@given(days_of=histories)
def test_the_purchases_of_a_summary_give_the_summary(library, season, days_of):
    """Law: summarised on the same day, the purchases rebuilt give the counts, times and gaps of the summary."""
    how = {"as_of": AS_OF, "regularity": True, "gaps": True, "season": season}
    summary = kk.summarize(in_library(transactions(days_of), library), **how)
    rebuilt = purchase_dates(summary, need="this test")
    assert isinstance(rebuilt, library)
    assert list(rebuilt.columns) == ["customer_id", "date", "kind"]
    assert_same(kk.summarize(rebuilt, **how), summary)


@libraries
@pytest.mark.parametrize("season", [None, SUMMER], ids=["calendar", "season"])
@given(days_of=histories, day=st.integers(0, 730))
def test_an_earlier_summary_is_that_of_the_transactions_up_to_then(library, season, days_of, day):
    """Law: cut back to a day, a summary is that of the transactions up to it; customers who came later are absent."""
    rows = in_library(transactions(days_of), library)
    how = {"regularity": True, "gaps": True, "season": season}
    then = START + pd.Timedelta(days=max(day, min(map(min, days_of))))
    summary = kk.summarize(rows, as_of=AS_OF, **how)
    cut = earlier_summary(summary, as_of=then, need="this test")
    assert isinstance(cut, library)
    assert_same(cut, kk.summarize(rows, as_of=then, **how))


def test_an_earlier_summary_keeps_what_is_of_the_customer():
    """Entry, attributes and a pandas index stay; money, which a summary does not have by day, is not there."""
    rows = transactions([{0, 30, 400}, {500}, {100, 101}])
    with pytest.warns(kk.DataWarning, match="entry"):
        summary = kk.summarize(rows, as_of=AS_OF, gaps=True, burn_in="1M")
    summary = summary.assign(channel=["web", "shop", "web"]).set_axis(["a", "b", "c"])
    cut = earlier_summary(summary, as_of="2024-12-31", need="this test")
    assert cut.index.tolist() == ["a", "c"]
    assert cut[["entry", "channel"]].to_numpy().tolist() == [["unknown", "web"], ["known", "web"]]
    assert set(summary.columns) - set(cut.columns) == {"monetary_value", "first_value", "total_value", "returns_value"}


def test_prospects_have_no_purchases():
    everyone = pd.DataFrame({"customer_id": [3, 0, 1]})
    summary = kk.summarize(transactions([{0, 3}, {5}]), as_of=AS_OF, gaps=True, customers=everyone)
    assert purchase_dates(summary, need="this test")["customer_id"].tolist() == [0, 0, 1]
    assert earlier_summary(summary, as_of="2024-01-31", need="this test")["customer_id"].tolist() == [0, 1]


def test_what_is_refused(message_of):
    """Summaries without gaps or dates, and days that the summary does not reach."""
    rows = transactions([{10, 13}, {25}])
    summary = kk.summarize(rows, as_of=AS_OF, gaps=True)
    for column in ("customer_id", "first_purchase", "gaps"):
        less = summary.drop(columns=column)
        assert message_of(kk.DataError, lambda less=less: purchase_dates(less, need="this test")) == (
            f"this test needs the purchase days of each customer: the summary has no column `{column}`.\n\n"
            "Hint: kk.summarize(transactions, as_of=..., gaps=True)."
        )
    for day in ("2024-01-10", "2026-01-01"):
        assert message_of(kk.DataError, lambda day=day: earlier_summary(summary, as_of=day, need="this test")) == (
            f"this test: `as_of` is {day}, and the purchases of the summary run from 2024-01-11 to the end of"
            " 2025-12-31.\n\nHint: choose a day between them."
        )

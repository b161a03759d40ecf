"""Months on a rung as `After` requires them: whole months, also in a last month that is not over."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

DAYS_SINCE = kk.column("days_since_purchase")
START = pd.Timestamp("2025-01-15")


def ladder(months):
    """`middle` holds 21 to 100 days after a purchase, `high` up to 20; `top` requires months on middle or above."""
    return kk.CustomerLadder(
        rungs=(
            kk.Rung(name="low", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="middle", when=DAYS_SINCE.between(21, 100)),
            kk.Rung(name="high", when=DAYS_SINCE <= 20),
            kk.Rung(name="top", when=kk.column("purchase_days") >= 2, after=kk.After(rung="middle", months=months)),
        )
    )


def bought(*days):
    return pd.DataFrame({"customer_id": "a", "date": pd.to_datetime(days), "amount": 10.0})


ALONG = bought("2025-01-05", "2025-02-25", "2025-04-05")
"""Middle at the ends of January, March and April, high at that of February: three months on middle or above."""


def test_months_above_a_rung_are_months_on_it():
    """High in February does not interrupt the time: April 30 is three whole months after January 31."""
    careers = ladder(3).careers(ALONG, as_of="2025-04-30")
    assert careers["rung"].tolist() == ["middle", "high", "middle", "top"]
    last = ladder(3).place(ALONG, as_of="2025-04-30").iloc[0]
    assert last["reason"] == "purchase_days is 3 (at least 2) and 3 months on middle or above"


def test_a_higher_rung_counts_as_the_lower_one():
    """A customer who is high, not middle, on the day meets `after`."""
    rows = bought("2025-01-05", "2025-02-25", "2025-04-25")
    assert ladder(3).careers(rows, as_of="2025-04-30")["rung"].tolist() == ["middle", "high", "middle", "top"]
    assert ladder(0).place(rows[:2], as_of="2025-02-28").loc[0, "rung"] == "top"


@pytest.mark.parametrize(
    ("day", "rung", "months"), [("2025-04-29", "middle", 2), ("2025-04-30", "top", 3), ("2025-05-01", "top", 3)]
)
def test_a_month_that_is_not_over_opens_no_rung(day, rung, months):
    """Three months are required: two are over on April 29, three on April 30 and on May 1."""
    place = ladder(3).place(ALONG, as_of=day).iloc[0]
    assert place["rung"] == rung
    if rung == "top":
        assert place["reason"].endswith(f" and {months} months on middle or above")
    assert ladder(months).place(ALONG, as_of=day).loc[0, "rung"] == "top"
    assert ladder(months + 1).place(ALONG, as_of=day).loc[0, "rung"] != "top"


def by_hand(days, ends, *, required, whole):
    """Rungs, months on them, and months on middle or above of one customer at each of `ends`, by a plain loop."""
    rungs, on_rung, taken, since, kept = [], [], 0, None, 0
    for step, end in enumerate(ends):
        past = [day for day in days if day <= end]
        silent = (end - max(past)).days
        rung = 2 if silent <= 20 else 1 if silent <= 100 else 0
        passed = step if whole or step < len(ends) - 1 else step - 1
        kept = 0 if since is None else max(passed - since, 0)
        if rung >= 1 and kept >= required and len(set(past)) >= 2:
            rung = 3
        since = (step if since is None else since) if rung >= 1 else None
        kept = kept if since is not None else 0
        taken = taken if rungs and rungs[-1] == rung else step
        rungs.append(rung)
        on_rung.append(max(passed - taken, 0))
    return rungs, on_rung, kept


@settings(max_examples=40)
@given(
    gaps=st.lists(st.integers(0, 130), max_size=12), first=st.integers(0, 60), after=st.integers(0, 150),
    required=st.integers(0, 5),
)  # fmt: skip
def test_time_on_rungs_is_what_a_plain_loop_counts(gaps, first, after, required):
    """Rungs, months on them and the months in the reason equal those of the loop, as of any day."""
    days = [START + pd.Timedelta(days=first)]
    for gap in gaps:
        days.append(days[-1] + pd.Timedelta(days=gap))
    as_of = days[-1] + pd.Timedelta(days=after)
    months = pd.period_range(days[0], as_of, freq="M")
    ends = [min(month.end_time.normalize(), as_of) for month in months]
    which, rows = ladder(required), bought(*days)
    careers = which.careers(rows, as_of=as_of)
    rungs, on_rung, kept = by_hand(days, ends, required=required, whole=as_of.is_month_end)
    assert (careers["rung_number"] - 1).tolist() == rungs
    assert careers["months_on_rung"].tolist() == on_rung
    assert careers["highest_rung"].iloc[-1] == which.names[max(rungs)]
    place = which.place(rows, as_of=as_of).iloc[0]
    if place["rung"] == "top":
        time = "" if kept == 0 else "1 month " if kept == 1 else f"{kept} months "
        assert place["reason"].endswith(f" and {time}on middle or above")

"""The holdout table and newcomers."""

import datetime as dt

import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.errors import DataError, DataWarning

LINES = [
    ("b", "2026-01-01", 10.0),
    ("a", "2026-01-05", 20.0),
    ("c", "2026-01-20", 30.0),
    ("a", "2026-02-01", 5.0),
    ("a", "2026-02-01", 6.0),
    ("d", "2026-02-03", 50.0),
    ("b", "2026-02-10", -4.0),
    ("a", "2026-03-01", 100.0),
]


@pytest.fixture
def parts(frame_of):
    """Summary as of 2026-01-31, and the transactions after it."""
    ids, dates, amounts = zip(*LINES, strict=True)
    given = frame_of(
        {
            "customer_id": list(ids),
            "date": [dt.datetime.fromisoformat(date) for date in dates],
            "amount": list(amounts),
        }
    )
    calibration, holdout = kk.split(given, at="2026-01-31")
    known = frame_of({"customer_id": ["p", "c", "a", "b"]})
    return kk.summarize(calibration, as_of="2026-01-31", period="W", customers=known), holdout


def test_every_customer_of_the_summary_in_its_order(parts, as_dict):
    """Customers without a purchase have zeros; returns lower the value only; rows after `until` are not read."""
    assert as_dict(kk.holdout_table(*parts, until="2026-02-28")) == {
        "customer_id": ["p", "c", "a", "b"],
        "purchases": [0, 0, 1, 0],
        "value": [0.0, 0.0, 11.0, -4.0],
        "duration": [4.0] * 4,
    }


def test_newcomers_are_counted_apart(parts, as_dict):
    """Customers who are not in the summary have no row in its holdout table."""
    assert as_dict(kk.newcomers(*parts, until="2026-02-28")) == {
        "customer_id": ["d"],
        "purchases": [1],
        "value": [50.0],
    }


def test_table_and_newcomers_tie_out_with_the_holdout(cdnow):
    """Each amount of the holdout is in one of the two."""
    calibration, holdout = kk.split(cdnow, at="1997-02-15")
    summary = kk.summarize(calibration, as_of="1997-02-15")
    known = kk.holdout_table(summary, holdout, until="1998-06-30")
    new = kk.newcomers(summary, holdout, until="1998-06-30")
    assert len(known) + len(new) == cdnow["customer_id"].nunique()
    assert known["value"].sum() + new["value"].sum() == pytest.approx(holdout["amount"].sum())


def test_cdnow_holdout_is_that_of_the_literature(cdnow_sample):
    """1,882 purchase days in the 39 weeks after the calibration."""
    calibration, holdout = kk.split(cdnow_sample, at="1997-09-30")
    actual = kk.holdout_table(kk.summarize(calibration, as_of="1997-09-30"), holdout, until="1998-06-30")
    assert (actual["purchases"].sum(), actual["duration"].unique().tolist()) == (1882, [39.0])


@pytest.mark.parametrize("merge", ["D", "s"])
@pytest.mark.parametrize("period", ["D", "W", "M", "Y"])
def test_the_end_of_the_summary_is_read_back_exactly(cdnow_sample, period, merge):
    """In every unit, for merged days and for time stamps."""
    hours = pd.to_timedelta(cdnow_sample.index % 24, unit="h")
    calibration, holdout = kk.split(cdnow_sample.assign(date=cdnow_sample["date"] + hours), at="1997-09-30")
    summary = kk.summarize(calibration, as_of="1997-09-30", period=period, merge=merge)
    duration = kk.holdout_table(summary, holdout, until="1998-06-30", merge=merge)["duration"].unique()
    assert duration.tolist() == [273 / kk.Period.of(period).days]


def test_a_holdout_that_begins_too_early_is_refused(frame_of, message_of, parts):
    """The summary contains its first rows."""
    summary, _ = parts
    early = frame_of({"customer_id": ["a"], "date": [dt.datetime(2026, 1, 31)], "amount": [5.0]})  # noqa: DTZ001
    assert message_of(DataError, lambda: kk.holdout_table(summary, early, until="2026-02-28")) == (
        "holdout_table needs a holdout that begins after the end of the summary, 2026-01-31: broken by 1 of 1 rows.\n\n"
        "row  customer_id        date  amount\n"
        "  0            a  2026-01-31       5\n\n"
        "Hint: calibration, holdout = kk.split(transactions, at=...) cuts at the same day."
    )


def test_until_must_lie_after_the_summary(message_of, parts):
    """Otherwise the holdout has no day."""
    assert message_of(DataError, lambda: kk.holdout_table(*parts, until="2026-01-31")) == (
        "`until` 2026-01-31 does not lie after the end of the summary, 2026-01-31.\n\n"
        "Hint: pass the last day of the holdout."
    )


def test_summaries_of_several_days_are_refused(frame_of, message_of, parts):
    """Rows of two days have no common holdout."""
    _, holdout = parts
    mixed = frame_of(
        {
            "customer_id": ["a", "b"],
            "first_purchase": [dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1)],  # noqa: DTZ001
            "T": [2.0, 3.0],
            "period": ["W", "W"],
        }
    )
    assert message_of(DataError, lambda: kk.holdout_table(mixed, holdout, until="2026-02-28")) == (
        "holdout_table needs the summary of one `as_of`, found 2.\n\n"
        "Hint: summary = kk.summarize(calibration, as_of=...)."
    )


@pytest.mark.parametrize("ask", [kk.holdout_table, kk.newcomers])
def test_until_far_after_the_data_gives_a_warning(parts, as_dict, ask):
    """Purchases after the end of the data count as none."""
    near = as_dict(ask(*parts, until="2026-04-01"))
    with pytest.warns(DataWarning) as told:
        far = as_dict(ask(*parts, until="2026-04-02"))
    assert [str(one.message) for one in told] == [
        (
            f"{ask.__name__}: the data end on 2026-03-01, `until` is 2026-04-02: "
            "purchases after 2026-03-01 are not in the data, and count as none."
        )
    ]
    assert told[0].filename == __file__
    assert (far["customer_id"], far["purchases"], far["value"]) == (
        near["customer_id"],
        near["purchases"],
        near["value"],
    )


def test_ids_of_another_kind_are_refused(frame_of, message_of, parts):
    """The message names the summary and the holdout."""
    summary, _ = parts
    numbered = frame_of({"customer_id": [1], "date": [dt.datetime(2026, 2, 1)], "amount": [5.0]})  # noqa: DTZ001
    assert message_of(DataError, lambda: kk.holdout_table(summary, numbered, until="2026-02-28")) == (
        "holdout_table needs ids of one kind: `customer_id` is Int64 in the holdout and String in the summary, "
        "so no customer would be found again.\n\n"
        "Hint: make both of one kind: .astype(str) in pandas, .cast(pl.String) in polars."
    )

"""The split of transactions at a date."""

import datetime as dt

import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.errors import DataError


def days(*texts):
    return [dt.datetime.fromisoformat(text) for text in texts]


def test_the_day_itself_belongs_to_the_first_part(frame_of, as_dict):
    """All of the day; every row is in one of the parts, in its order."""
    dates = days("2026-02-01T00:00", "2026-01-31T23:59", "2026-01-01", "2026-02-02")
    given = frame_of({"customer_id": [1, 2, 3, 4], "date": dates, "amount": [1.0] * 4, "shop": list("wxyz")})
    parts = kk.split(given, at="2026-01-31")
    calibration, holdout = map(as_dict, parts)
    assert (calibration["customer_id"], holdout["customer_id"]) == ([2, 3], [1, 4])
    assert list(calibration) == list(holdout) == ["customer_id", "date", "amount", "shop"]
    assert {type(each) for each in parts} == {type(given)}


def test_a_pandas_index_stays(cdnow_sample):
    """The parts put together are the frame."""
    calibration, holdout = kk.split(cdnow_sample, at="1997-09-30")
    pd.testing.assert_frame_equal(pd.concat([calibration, holdout]).sort_index(), cdnow_sample)


@pytest.mark.parametrize("at", ["2025-12-31", "2026-01-02"])
def test_an_empty_part_is_refused(frame_of, message_of, at):
    """Both parts need a row."""
    given = frame_of({"customer_id": [1, 2], "date": days("2026-01-01", "2026-01-02"), "amount": [1.0, 1.0]})
    assert message_of(DataError, lambda: kk.split(given, at=at)) == (
        f"`at` {at} leaves nothing to split: the transactions run from 2026-01-01 to 2026-01-02.\n\n"
        "Hint: choose a day between them."
    )

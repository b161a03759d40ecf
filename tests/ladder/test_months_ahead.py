"""Horizons of movement: whole months, as text."""

import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.ladder.months_ahead import months_of


@pytest.mark.parametrize(("text", "months"), [("6M", 6), ("M", 1), ("1Y", 12), ("0.5Y", 6), (kk.Period(2, "Y"), 24)])
def test_whole_months(text, months):
    assert months_of(text) == months


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        (3, "3M"),
        (np.int64(12), "12M"),
        (0, "6M"),
        (1.5, "6M"),
        (True, "6M"),
        (None, "6M"),
        ("six", "6M"),
        ("90D", "6M"),
        ("26W", "6M"),
        ("1.5M", "6M"),
        ("1201M", "6M"),
        ("0M", "6M"),
    ],
)
def test_others_are_refused(given, typed):
    with pytest.raises(kk.DataError) as refused:
        months_of(given)
    assert str(refused.value) == (
        f"`horizon` must be a span of whole months, at most 1,200, as text, got {given!r}.\n\n"
        f'Hint: write horizon="{typed}".'
    )

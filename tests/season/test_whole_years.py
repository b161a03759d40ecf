"""Whole years: which spans are, and how much of customers' time lies beyond them."""

import numpy as np
import pytest

from kundkarriar.season.whole_years import are_whole_years, share_beyond_whole_years

YEAR = 365.25


@pytest.mark.parametrize("days", [364, 380, 716, 728, 4 * YEAR])
def test_52_weeks_are_a_year(days):
    assert are_whole_years(float(days))


@pytest.mark.parametrize("days", [0, 10, 182, 381, 715, 51 * YEAR / 12])
def test_51_months_are_not_four_years(days):
    assert not are_whole_years(float(days))


@pytest.mark.parametrize(("years", "share"), [(1, 0.5), (2, 0.25), (10, 0.05)])
def test_who_came_at_an_even_pace(years, share):
    """Half of the time over one year of customers, less half a month's slack; it falls with the years."""
    days = np.linspace(0, years * YEAR, 100_001)
    assert share_beyond_whole_years(days) == pytest.approx(share, rel=0.02)


def test_nobody_was_seen_for_no_time_only():
    """Days since a first purchase of today are beyond whole years; without any time there is nothing beyond."""
    assert share_beyond_whole_years(np.array([10.0, 0.0])) == 1.0
    assert share_beyond_whole_years(np.zeros(3)) == 0.0
    assert share_beyond_whole_years(np.array([YEAR + 15, YEAR - 15, 2 * YEAR])) == 0.0
    assert share_beyond_whole_years(np.array([YEAR + 20, YEAR - 20])) == pytest.approx(20 / YEAR)

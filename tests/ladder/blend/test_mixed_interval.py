"""Intervals of a mixture of forecasts with a centre and an interval each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundkarriar.ladder.blend.mixed_interval import mixed_interval

Z = 1.6448536269514722
SIDE = st.floats(0, 50)
FORECAST = st.tuples(st.floats(0, 100), SIDE, SIDE)


def test_skewed_forecasts_are_as_wide_on_each_side_as_they_say():
    """Half of the draws of a forecast lie below its centre, spread as that side; the rest above."""
    centre, below, above = np.array([40.0, 60.0]), np.array([30.0, 3.0]), np.array([5.0, 25.0])
    low, high = mixed_interval(centre, centre - below, centre + above, weights=np.array([0.4, 0.6]), level=0.9)
    generator = np.random.default_rng(1)
    which, z = (generator.random(400_000) < 0.6).astype(int), generator.standard_normal(400_000)
    drawn = centre[which] + np.where(z < 0, below[which], above[which]) / Z * z
    assert [low, high] == pytest.approx(np.quantile(drawn, [0.05, 0.95]), abs=0.3)


@settings(max_examples=50)
@given(one=FORECAST, other=FORECAST, share=st.floats(0, 1))
def test_an_interval_lies_between_those_of_the_parts(one, other, share):
    """Law: each bound is between the bounds of the parts, low up to high; of two equal forecasts it is theirs."""
    centre, below, above = (np.array(each) for each in zip(one, other, strict=True))
    given_low, given_high = centre - below, centre + above
    low, high = mixed_interval(centre, given_low, given_high, weights=np.array([share, 1 - share]), level=0.9)
    assert given_low.min() <= low <= given_low.max()
    assert given_high.min() <= high <= given_high.max()
    assert low <= high


def test_bounds_of_a_part_are_met_exactly():
    """Who expects nobody, surely, and decides the low end: it is 0, and no number of 1e-18."""
    nobody, some = np.array([0.0, 6.0]), np.array([0.0, 4.0])
    low, _ = mixed_interval(nobody, some, np.array([0.0, 8.0]), weights=np.array([0.2, 0.8]), level=0.9)
    assert low == 0

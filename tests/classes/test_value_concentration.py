"""Lorenz curve and Gini coefficient."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.classes.value_concentration import gini, lorenz_curve
from kundkarriar.errors import DataError

positive = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30)
mixed = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30).filter(lambda v: max(v) > 1e-6)


def frame(values):
    return pd.DataFrame({"clv": np.array(values, dtype=float)})


@given(positive)
def test_gini_is_twice_the_area_between_curve_and_diagonal(values):
    """2 * integral of Y - 1, by the trapezoid rule, which is exact for the polygon."""
    curve = lorenz_curve(frame(values))
    p, Y = curve["share_of_customers"].to_numpy(), curve["share_of_value"].to_numpy()
    area = np.sum((Y[1:] + Y[:-1]) / 2 * np.diff(p))
    assert gini(frame(values)) == pytest.approx(2 * area - 1, abs=1e-9)


@given(positive)
def test_gini_is_half_the_relative_mean_difference(values):
    """The definition by pairs."""
    v = np.array(values)
    pairs = np.abs(v[:, None] - v[None, :]).mean()
    assert gini(frame(values)) == pytest.approx(pairs / 2 / v.mean(), abs=1e-9)


@given(mixed)
def test_gini_stays_within_bounds(values):
    """Also with losses it lies between 0 and (n - 1) / n."""
    n = len(values)
    assert -1e-12 <= gini(frame(values)) <= (n - 1) / n + 1e-12


@given(mixed)
def test_curve_ends_at_one_less_the_share_of_loss(values):
    """Law: it rises while values are positive, falls with losses, and ends at the total."""
    Y = lorenz_curve(frame(values))["share_of_value"].to_numpy()
    gains = sum(v for v in values if v > 0)
    assert Y[-1] == pytest.approx(sum(values) / gains, rel=1e-6, abs=1e-6)
    assert Y.max() == pytest.approx(1.0)


def test_published_shapes():
    """Equal values: 0; one of n holds everything: (n - 1) / n."""
    assert gini(frame([3, 3, 3])) == 0.0
    assert gini(frame([0, 0, 0, 0, 9])) == pytest.approx(0.8)
    assert gini(frame([1, -1])) == pytest.approx(0.5)


def test_prospects_are_left_out_and_kinds_kept():
    with_prospect = lorenz_curve(pl.DataFrame({"clv": [1.0, None, 3.0]}))
    assert isinstance(with_prospect, pl.DataFrame)
    assert with_prospect.rows() == [(0.0, 0.0), (0.5, 0.75), (1.0, 1.0)]
    assert gini(frame([1, np.nan, 3])) == gini(frame([1, 3]))


@pytest.mark.parametrize("values", [[0, -1], [1e-310, -1]])
@pytest.mark.parametrize(("function", "who"), [(gini, "The Gini coefficient"), (lorenz_curve, "The Lorenz curve")])
def test_nothing_to_share_out(function, who, values):
    with pytest.raises(DataError) as caught:
        function(frame(values))
    assert str(caught.value) == (
        f"{who} needs a customer whose `clv` is positive.\n\n"
        "Hint: without a positive value there is nothing to share out."
    )

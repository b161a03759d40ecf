"""The scale of a stated effect: conjugate posterior, and what it makes of the effect."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.planning.effect_scale import EffectScale, posterior_scale, scaled_effect, stated_sd

POSITIVE = st.floats(0.05, 5)


@given(estimate=st.floats(-3, 3), error=POSITIVE, prior_sd=POSITIVE)
def test_the_posterior_is_the_product_of_two_normals(estimate, error, prior_sd):
    """Law: precisions add, and the mean is weighted by them."""
    found = posterior_scale(estimate=estimate, error=error, prior_sd=prior_sd)
    precision = 1 / prior_sd**2 + 1 / error**2
    assert found.sd == pytest.approx(precision**-0.5)
    assert found.mean == pytest.approx((1 / prior_sd**2 + estimate / error**2) / precision)


@given(factor=st.floats(1.05, 3), width=st.floats(1.01, 2))
def test_nothing_measured_gives_the_stated_range(factor, width):
    """Law: a scale of 1 with the stated spread gives back a range that is symmetric in logarithms."""
    stated = {"mean": factor, "low": factor / width, "high": factor * width}
    sd = stated_sd(**stated, level=0.9, multiplies=True)
    mean, low, high = scaled_effect(EffectScale(1.0, sd, 0.0), mean=factor, level=0.9, multiplies=True)
    assert (low, high) == pytest.approx((stated["low"], stated["high"]))
    assert low <= mean <= high


def test_effects_below_1_keep_their_order():
    """Leaving: the strong end is the low one."""
    mean, low, high = scaled_effect(EffectScale(2.0, 0.3, 0.5), mean=0.8, level=0.9, multiplies=True)
    assert low < 0.8**2 <= mean < high
    assert np.isnan(stated_sd(mean=0.5, low=0.0, high=1.0, level=0.9, multiplies=True))
    assert np.isnan(stated_sd(mean=1.0, low=0.9, high=1.1, level=0.9, multiplies=True))
    assert scaled_effect(EffectScale(0.5, 0.0, 1.0), mean=4.0, level=0.9, multiplies=False) == (2.0, 2.0, 2.0)

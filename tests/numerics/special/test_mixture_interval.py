"""Intervals of mixtures of gammas and betas: the distribution function at their ends is the tail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kundkarriar.numerics.special.mixture_interval import beta_mixture, gamma_mixture

logs = st.floats(-6.0, 12.0)
three = st.lists(logs, min_size=3, max_size=3).map(lambda values: np.exp(values)[None])
weights = st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).filter(any)


def normalised(values):
    return np.array([values]) / sum(values)


@settings(max_examples=200)
@given(weight=weights.map(normalised), first=three, second=three, level=st.floats(0.01, 0.9999))
def test_ends_cut_equal_tails(weight, first, second, level):
    """Law: beyond each end lies half of what is missing to the level; the mean is that of the components."""
    for mixture, law, names, mean in (
        (gamma_mixture, stats.gamma, ("shape", "rate"), first / second),
        (beta_mixture, stats.beta, ("a", "b"), first / (first + second)),
    ):
        middle, low, high = mixture(weight, **dict(zip(names, (first, second), strict=True)), level=level)
        assert middle[0] == pytest.approx((weight * mean).sum(), rel=1e-12)
        assert low[0] <= high[0]
        of = law(first, scale=1 / second) if law is stats.gamma else law(first, second)
        # near 1 a probability has no digits for what is missing, and below 1e-300 a rate has none
        apart = [end for end in (low, high) if end > 1e-299 and (law is stats.gamma or end < 0.999)]
        tail = (1 - level) / 2
        for end in apart:
            below, above = ((weight * part(end[0])).sum() for part in (of.cdf, of.sf))
            assert (below if end is low else above) == pytest.approx(tail, rel=1e-7)


def test_one_component_has_its_own_quantiles():
    shape, rate = np.array([[0.3], [5.0], [4000.0]]), np.array([[2.0], [0.01], [7.0]])
    mean, low, high = gamma_mixture(np.ones((3, 1)), shape=shape, rate=rate, level=0.8)
    of = stats.gamma(shape[:, 0], scale=1 / rate[:, 0])
    assert mean == pytest.approx(of.mean())
    assert low == pytest.approx(of.ppf(0.1), rel=1e-10)
    assert high == pytest.approx(of.ppf(0.9), rel=1e-10)


def test_components_far_apart_do_not_mislead_the_search():
    """Two narrow gammas with medians of 1 and 1e9: with 3 % of the weight above, a quantile lies in either."""
    weight, shape, rate = np.array([[0.97, 0.03]]), np.array([[1e4, 1e4]]), np.array([[1e4, 1e-5]])
    _, low, high = gamma_mixture(weight, shape=shape, rate=rate, level=0.9)
    assert low[0] == pytest.approx(stats.gamma(1e4, scale=1e-4).ppf(0.05 / 0.97), rel=1e-9)
    assert high[0] == pytest.approx(stats.gamma(1e4, scale=1e-4).ppf(0.95 / 0.97), rel=1e-9)
    _, _, high = gamma_mixture(weight, shape=shape, rate=rate, level=0.98)
    assert high[0] == pytest.approx(stats.gamma(1e4, scale=1e5).ppf(1 - 0.01 / 0.03), rel=1e-9)


def test_rows_are_searched_apart_from_each_other():
    generator = np.random.default_rng(1)
    weight = generator.dirichlet([1.0, 1.0], 50)
    shape, rate = np.exp(generator.normal(0, 2, (2, 50, 2)))
    whole = gamma_mixture(weight, shape=shape, rate=rate, level=0.9)
    for row in range(50):
        one = gamma_mixture(weight[[row]], shape=shape[[row]], rate=rate[[row]], level=0.9)
        assert [part[0] for part in one] == pytest.approx([part[row] for part in whole], rel=1e-11)

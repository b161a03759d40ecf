"""What effects are expected to be after the best of their estimates were selected."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import halfcauchy, norm

from kundkarriar.numerics.planning.selection import shrunken_effects

EFFECTS = st.lists(st.tuples(st.floats(-1, 1), st.floats(0.01, 1)), min_size=1, max_size=8)


def of(effects):
    estimate, error = np.array(effects).T
    return shrunken_effects(estimate=estimate, error=error)


@pytest.mark.parametrize("effects", [[(0.2, 0.08)], [(0.2, 0.08), (-0.05, 0.05)], [(0.2, 0.08), (0.1, 0.02), (0, 0.3)]])
def test_expected_effects_are_the_integral_of_the_posterior(effects):
    """Against numerical integration over the common mean and the scatter."""
    estimate, error = np.array(effects).T
    s = float(np.median(error))

    mu = np.linspace(-1.5, 1.5, 3001)[:, None]
    shares = (np.arange(400) + 0.5) / 400
    density, weighted = 0.0, 0.0
    for tau in halfcauchy.ppf(shares, scale=s):
        spread = np.sqrt(error**2 + tau**2)
        joint = norm.pdf(estimate, mu, spread).prod(axis=1) * norm.pdf(mu[:, 0], 0, np.hypot(tau, s))
        pull = error[0] ** 2 / spread[0] ** 2
        density += joint.sum()
        weighted += (joint * (estimate[0] + pull * (mu[:, 0] - estimate[0]))).sum()
    assert of(effects).mean[0] == pytest.approx(weighted / density, rel=1e-3)


@given(EFFECTS, st.floats(0.01, 100))
def test_the_unit_of_effects_does_not_matter(effects, unit):
    """Effects in another unit, or with the other sign, shrink in the same way."""
    estimate, error = np.array(effects).T
    mean = of(effects).mean
    np.testing.assert_allclose(shrunken_effects(estimate=estimate * unit, error=error * unit).mean, mean * unit)
    np.testing.assert_allclose(shrunken_effects(estimate=-estimate, error=error).mean, -mean)


@given(EFFECTS)
def test_expected_effects_lie_within_the_estimates_and_none(effects):
    estimate = np.array(effects)[:, 0]
    mean = of(effects).mean
    assert (mean >= min(estimate.min(), 0) - 1e-12).all()
    assert (mean <= max(estimate.max(), 0) + 1e-12).all()


def test_known_effects_stay_as_they_are():
    effects = shrunken_effects(estimate=np.array([0.3, 0.1]), error=np.zeros(2))
    np.testing.assert_array_equal(effects.mean, [0.3, 0.1])
    np.testing.assert_array_equal(effects.drawn(3, np.random.default_rng(1)), [[0.3, 0.1]] * 3)
    one = shrunken_effects(estimate=np.array([0.3, 0.1]), error=np.array([0.0, 0.2]))
    assert one.mean[0] == pytest.approx(0.3, rel=1e-12)
    assert 0.1 < one.mean[1] < 0.3


def test_draws_have_the_expected_mean():
    effects = of([(0.2, 0.08), (0.05, 0.08), (0.1, 0.05)])
    drawn = effects.drawn(40_000, np.random.default_rng(1))
    np.testing.assert_allclose(drawn.mean(axis=0), effects.mean, atol=5 * drawn.std(axis=0).max() / 200)


@pytest.mark.parametrize(
    ("effects", "scatter", "least", "most"),
    [(1, 0.1, -0.2, 0.2), (2, 0.05, -0.2, 0.2), (8, 0.02, -0.2, 0.2), (8, 0.05, -0.2, 0.2), (8, 0.1, -0.5, 0.0)],
)
def test_the_best_of_estimates_promises_too_much_and_the_expected_effect_does_not(effects, scatter, least, most):
    """Over 2,000 firms that do what seems best, if it seems better than its cost of .05: promised above the truth, and
    the expected effect off by less than a fifth of that. Of many effects that differ by more than their errors, it is
    too low by up to half of that, which is then little.
    """
    rng = np.random.default_rng(3)
    promised, expected, came = [], [], []
    for _ in range(2000):
        true = rng.normal(0.05, scatter, effects)
        estimate = true + rng.normal(0, 0.08, effects)
        best = int(estimate.argmax())
        if estimate[best] > 0.05:
            promised.append(estimate[best])
            expected.append(shrunken_effects(estimate=estimate, error=np.full(effects, 0.08)).mean[best])
            came.append(true[best])
    too_much = np.mean(promised) - np.mean(came)
    assert too_much > 0.02
    assert least < (np.mean(expected) - np.mean(came)) / too_much < most

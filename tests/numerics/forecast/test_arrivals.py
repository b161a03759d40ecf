"""Arrivals per month: the formula and its derivatives, and what is found again in simulated series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from kundkarriar.numerics.forecast import arrivals
from kundkarriar.numerics.forecast.arrivals import Months, damped, fit_arrivals, negative_binomial, objective_of

MONTHS = np.arange(12)
NONE = np.zeros(12)


def months(seen, ahead=12, log_season=None):
    """Whole months up to the end of the data, and after it."""
    of = np.zeros(12) if log_season is None else np.asarray(log_season)
    parts = []
    for start, count in ((-seen, seen), (0, ahead)):
        at = np.arange(start, start + count)
        month = at % 12
        parts.append(Months(exposure=np.ones(count), log_season=of[month], years=(at + 0.5) / 12, month=month))
    return parts


def simulated(generator, at, *, level, alpha=0.0, trend=0.0, effects=NONE):
    """Counts around level x exp(trend x years) x effects."""
    mu = level * np.exp(trend * at.years + effects[at.month])
    return generator.poisson(mu * generator.gamma(1 / alpha, alpha, size=len(mu)) if alpha else mu).astype(float)


@given(y=st.integers(0, 100_000), mu=st.floats(1e-3, 1e5), alpha=st.floats(1e-6, 2))
def test_the_formula_is_scipys(y, mu, alpha):
    """With the parameters that scipy uses: 1 / alpha, and 1 / (1 + alpha mu)."""
    value, _, _ = negative_binomial(np.array([float(y)]), np.log([mu]), alpha)
    expected = nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * mu))
    assert value[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(y=st.integers(0, 1000), mu=st.floats(1e-2, 1e3))
def test_without_dispersion_it_is_poisson(y, mu):
    """The limit, with its derivatives y - mu and -mu."""
    value, first, second = (each[0] for each in negative_binomial(np.array([float(y)]), np.log([mu]), 1e-12))
    assert value == pytest.approx(poisson.logpmf(y, mu), rel=1e-6, abs=1e-5)
    assert first == pytest.approx(y - mu, rel=1e-6, abs=1e-6)
    assert second == pytest.approx(-mu, rel=1e-6)


@given(seed=st.integers(0, 1000), alpha=st.floats(1e-4, 1))
def test_derivatives_are_central_differences(seed, alpha):
    """Of the log-likelihood with its prior, in every parameter and every pair."""
    generator = np.random.default_rng(seed)
    design, base = generator.normal(size=(8, 3)), np.log(generator.uniform(5, 50, 8))
    y, at = generator.poisson(np.exp(base)).astype(float), 0.3 * generator.normal(size=3)
    objective = objective_of(y, design, base, alpha=alpha)
    _, gradient, hessian = objective(at)
    h = 1e-5
    steps = [(objective(at + h * e), objective(at - h * e)) for e in np.eye(3)]
    scale = 1 + np.abs(hessian).max()
    assert gradient == pytest.approx([(up[0] - down[0]) / (2 * h) for up, down in steps], rel=1e-5, abs=1e-6 * scale)
    assert hessian == pytest.approx(np.array([(up[1] - down[1]) / (2 * h) for up, down in steps]), abs=1e-6 * scale)


def test_trend_season_and_dispersion_are_found_again():
    """Planted in six series of eight years: the mean estimates are near them."""
    generator = np.random.default_rng(1)
    seen, _ = months(96)
    effects = 0.3 * np.cos(2 * np.pi * MONTHS / 12)
    found = [
        fit_arrivals(simulated(generator, seen, level=300, alpha=0.02, trend=0.15, effects=effects), seen, season=True)
        for _ in range(6)
    ]
    assert all(each.converged for each in found)
    trends = [arrivals.TREND_SD * each.weight @ each.mean[:, arrivals.TREND_AT] for each in found]
    assert np.mean(trends) == pytest.approx(0.15, abs=0.06)
    dispersion = np.exp(np.mean([each.weight @ np.log(each.dispersion) for each in found]))
    assert 0.01 < dispersion < 0.04
    month_effects = np.mean(
        [(each.weight * each.season_sd) @ each.mean[:, arrivals.SEASON_AT :] for each in found], axis=0
    )
    assert month_effects - month_effects.mean() == pytest.approx(effects, abs=0.08)


@pytest.mark.parametrize(
    ("seen_months", "level", "alpha", "trend", "step"),
    [(6, 50, 0.02, 0.0, 0.06), (18, 200, 0.03, 0.2, 0.0), (36, 20, 0.0, -0.2, 0.03)],
)
def test_intervals_cover_about_as_often_as_they_say(seen_months, level, alpha, trend, step):
    """Of the sum of the next year, over 100 series: 90 % intervals cover 84 to 98 %, the mean is right to 8 %.

    With a level that moves by `step` a month, and one that does not.
    """
    generator = np.random.default_rng(2)
    seen, ahead = months(seen_months)
    both = months(seen_months + 12)[0]
    covered, ratios = [], []
    for _ in range(100):
        moved = np.cumsum(step * generator.normal(size=len(both)))
        mu = level * np.exp(trend * (both.years + 1) + moved - moved[seen_months - 1])
        y = generator.poisson(mu * (generator.gamma(1 / alpha, alpha, size=len(mu)) if alpha else 1)).astype(float)
        posterior = fit_arrivals(y[:seen_months], seen, season=False)
        low, high = np.quantile(posterior.draw(ahead, draws=400, generator=generator).sum(axis=0), [0.05, 0.95])
        covered.append(low <= y[seen_months:].sum() <= high)
        ratios.append(posterior.expected(ahead).sum() / mu[seen_months:].sum())
    assert 0.84 <= np.mean(covered) <= 0.98
    assert np.mean(ratios) == pytest.approx(1, abs=0.08)


def test_the_expectation_is_the_mean_of_the_draws():
    generator = np.random.default_rng(3)
    seen, ahead = months(24, log_season=np.log(1 + 0.5 * np.cos(2 * np.pi * MONTHS / 12)))
    posterior = fit_arrivals(simulated(generator, seen, level=40, alpha=0.05), seen, season=True)
    drawn = posterior.draw(ahead, draws=40_000, generator=generator)
    assert drawn.mean(axis=1) == pytest.approx(posterior.expected(ahead), rel=0.02)


def test_a_short_series_that_doubles_each_month_does_not_explode():
    """Six months that doubled: the next year brings no more than twelve times the last month and a half."""
    seen, ahead = months(6)
    y = 20 * 2.0 ** np.arange(6)
    assert fit_arrivals(y, seen, season=False).expected(ahead).sum() < 12 * 1.5 * y[-1]
    assert damped(np.array([50.0])) == pytest.approx(1 / np.log(2))


def test_a_known_season_is_followed_as_far_as_it_is_there():
    """Arrivals that do not follow the season of purchases are not forecast by it."""
    generator = np.random.default_rng(4)
    log_season = np.log(np.where(MONTHS == 11, 3.0, 9 / 11))
    seen, ahead = months(21, log_season=log_season)
    for effects, most in ((log_season, 0.2), (np.zeros(12), 0.35)):
        y = simulated(generator, seen, level=500, alpha=0.001, effects=effects)
        expected = np.log(fit_arrivals(y, seen, season=False).expected(ahead) / 500)
        assert np.abs(expected - effects[ahead.month])[11] < most


def test_nobody_for_a_year_is_nearly_impossible_where_a_hundred_came_a_month():
    seen, ahead = months(12)
    posterior = fit_arrivals(np.full(12, 100.0), seen, season=False)
    assert posterior.p_none(ahead, draws=200, generator=np.random.default_rng(1)) < 1e-6
    few = fit_arrivals(np.array([1.0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]), seen, season=False)
    assert few.p_none(ahead, draws=200, generator=np.random.default_rng(1)) > 0.02

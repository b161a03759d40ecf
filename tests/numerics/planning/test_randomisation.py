"""The difference of treated and held out, with an interval by the random assignment: exact values, and laws."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from kundkarriar.numerics.planning import randomisation
from kundkarriar.numerics.planning.randomisation import Assignments, assignments, difference


def drawn(n, h, *, seed, level=0.95, strata=None):
    """A random assignment of n customers, of whom h are held out in each stratum, and others that were as likely."""
    rng = np.random.default_rng(seed)
    strata = np.zeros(n, dtype=np.int64) if strata is None else strata
    held = np.zeros(n, dtype=bool)
    for each in np.unique(strata):
        held[rng.choice(np.flatnonzero(strata == each), h, replace=False)] = True
    return assignments(held=held, strata=strata, level=level, seed=seed)


def test_all_assignments_give_fishers_test():
    """Oracle: with all 210 assignments of ten, the interval ends where exactly the share beyond it is as extreme."""
    rng = np.random.default_rng(3)
    y, held = rng.exponential(1.0, 10), np.isin(np.arange(10), [1, 4, 7, 8])
    y[~held] += 2.0
    every = np.array(list(combinations(range(10), 4)))
    found = difference(y=y, x=np.zeros(10), assigned=Assignments(held, every), level=0.9)

    def share(tau, sign):
        """Share of the assignments whose t is as extreme as that of the true one, the true one counted once more."""
        free = y - tau * ~held
        t = [_t(free, np.isin(np.arange(10), each)) for each in every]
        return (1 + np.sum(sign * np.array(t) >= sign * _t(free, held) - 1e-9)) / (len(t) + 1)

    for end, sign in ((found.low, 1), (found.high, -1)):
        assert share(end + sign * 1e-6, sign) > 0.05
        assert share(end - sign * 1e-6, sign) <= 0.05
    assert found.estimate == pytest.approx(y[~held].mean() - y[held].mean())


def _t(y, held):
    return ttest_ind(y[~held], y[held], equal_var=False).statistic


def test_large_arms_have_welchs_interval():
    """Oracle: scipy's."""
    rng = np.random.default_rng(0)
    y, held = rng.lognormal(0, 1, 5000), np.arange(5000) % 3 == 0
    assigned = assignments(held=held, strata=np.zeros(5000, dtype=np.int64), level=0.9, seed=1)
    assert assigned.drawn.shape[0] == 0
    found = difference(y=y, x=np.zeros(5000), assigned=assigned, level=0.9)
    usual = ttest_ind(y[~held], y[held], equal_var=False).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((usual.low, usual.high))


def test_cuped_takes_off_the_share_that_the_covariate_explains():
    """Law: with correlation rho the standard error is sqrt(1 - rho^2) of the unadjusted one (F13)."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=3000)
    y = 0.8 * x + 0.6 * rng.normal(size=3000)
    assigned = drawn(3000, 300, seed=1)
    plain, adjusted = (difference(y=y, x=each, assigned=assigned, level=0.95) for each in (np.zeros(3000), x))
    rho = np.corrcoef(x, y)[0, 1]
    assert adjusted.error / plain.error == pytest.approx(np.sqrt(1 - rho**2), rel=0.05)


def test_small_skewed_arms_hold_their_level():
    """Law: without an effect one interval in forty lies above 0, also of 20 held out and very skewed amounts.

    Of Welch's intervals of the same amounts several times as many do, which is why it is not used here.
    """
    above, by_welch, years = 0, 0, 120
    strata = np.arange(200) % 2
    for seed in range(years):
        rng = np.random.default_rng(seed)
        y = rng.lognormal(0, 2.0, 200) * (rng.random(200) < 0.4)
        assigned = drawn(200, 10, seed=seed, strata=strata)
        assigned = assigned._replace(drawn=assigned.drawn[:500])
        welch = assigned._replace(drawn=assigned.drawn[:0])
        above, by_welch = (
            count + (difference(y=y, x=np.zeros(200), assigned=each, level=0.95).low > 0)
            for count, each in ((above, assigned), (by_welch, welch))
        )
    assert above <= 8  # so many or fewer of 120 at 2.5 %: probability .997
    assert by_welch > 8


def test_shifts_move_the_interval():
    """Law: a constant added to the treated moves estimate and ends by as much; a scale of all scales them."""
    rng = np.random.default_rng(5)
    y, x, assigned = rng.exponential(1.0, 80), rng.normal(size=80), drawn(80, 20, seed=5)
    one = difference(y=y, x=x, assigned=assigned, level=0.95)
    moved = difference(y=y + 10 * ~assigned.held, x=x, assigned=assigned, level=0.95)
    scaled = difference(y=y * 7, x=x, assigned=assigned, level=0.95)
    assert moved.estimate - one.estimate == pytest.approx(10)
    assert moved.high - one.high == pytest.approx(10, abs=1e-6)
    assert scaled.estimate == pytest.approx(7 * one.estimate)
    assert scaled.high == pytest.approx(7 * one.high, rel=1e-6)


def test_too_few_tell_nothing():
    """Two customers have an interval without ends; the same outcome for all has none but 0 inside."""
    alone = assignments(held=np.array([True, False]), strata=np.zeros(2, dtype=np.int64), level=0.95, seed=1)
    found = difference(y=np.array([0.0, 5.0]), x=np.zeros(2), assigned=alone, level=0.95)
    assert (found.estimate, found.low, found.high) == (5.0, -np.inf, np.inf)
    none = difference(y=np.zeros(40), x=np.zeros(40), assigned=drawn(40, 10, seed=1), level=0.95)
    assert none.low <= 0 <= none.high
    assert randomisation.LARGE == 1_000


@pytest.mark.parametrize("size", [300, 8_000])
def test_strata_with_other_shares_held_out_are_compared_in_themselves(size):
    """Law: that more is held out of those who buy little is no effect; an effect is found; by hand in two strata."""
    rng = np.random.default_rng(5)
    strata = np.arange(size) % 2
    held = np.zeros(size, dtype=bool)
    for each, share in ((0, 0.06), (1, 0.44)):
        rows = np.flatnonzero(strata == each)
        held[rng.choice(rows, round(share * len(rows)), replace=False)] = True
    assigned = assignments(held=held, strata=strata, level=0.95, seed=1)
    y = rng.poisson(np.where(strata == 0, 4.0, 0.5)).astype(float)
    found, treated = (
        difference(y=each, x=np.zeros(size), assigned=assigned, level=0.95) for each in (y, y + 2 * ~held)
    )
    assert found.low < 0 < found.high
    assert treated.low < 2 < treated.high
    own = [y[~held & (strata == s)].mean() - y[held & (strata == s)].mean() for s in (0, 1)]
    weight = [held[strata == s].mean() * (~held[strata == s]).sum() for s in (0, 1)]
    assert found.estimate == pytest.approx(np.average(own, weights=weight))
    assert abs(y[~held].mean() - y[held].mean()) > 1


def test_one_of_each_cannot_be_compared():
    """Bad input: two customers whom the covariate tells apart, without a warning of the arithmetic."""
    two = assignments(held=np.array([True, False]), strata=np.zeros(2, np.int64), level=0.95, seed=1)
    assert np.isnan(difference(y=np.array([0.0, 1.0]), x=np.array([0.0, 1.0]), assigned=two, level=0.95)).all()


def test_the_error_by_strata_is_that_of_the_regression_on_them():
    """Oracle: HC2 by the whole hat matrix of treatment and strata; of a single stratum error and ends are Welch's."""
    rng = np.random.default_rng(7)
    strata = np.repeat([0, 1, 2], [400, 300, 1])
    held = rng.random(701) < np.array([0.1, 0.5, 0.0])[strata]
    y = rng.normal(np.array([4.0, 0.0, 9.0])[strata], np.array([5.0, 1.0, 1.0])[strata])
    none = np.zeros((0, held.sum()), dtype=np.int64)
    found = difference(y=y, x=np.zeros(701), assigned=Assignments(held, none, strata), level=0.95)
    columns = np.column_stack([~held, *(strata == each for each in range(3))]).astype(float)
    inverse = np.linalg.inv(columns.T @ columns)
    slopes = inverse @ columns.T @ y
    leverage = np.einsum("ij,jk,ik->i", columns, inverse, columns)
    weight = np.where(leverage < 1 - 1e-9, (y - columns @ slopes) ** 2 / np.maximum(1 - leverage, 1e-9), 0.0)
    covariance = inverse @ (columns.T * weight) @ columns @ inverse
    assert found.estimate == pytest.approx(slopes[0])
    assert found.error == pytest.approx(np.sqrt(covariance[0, 0]))
    one = np.zeros(701, dtype=np.int64)
    plain, single = (
        difference(y=y, x=np.zeros(701), assigned=Assignments(held, none, s), level=0.9) for s in (None, one)
    )
    assert single == pytest.approx(plain)


def test_intervals_of_strata_that_differ_in_variance_hold_their_level():
    """Law: where few are held out of those who vary most, 95 of 100 intervals have the effect, and not 99."""
    rng = np.random.default_rng(0)
    strata, errors, estimates = np.repeat([0, 1], 2000), [], []
    for _ in range(200):
        held = np.zeros(4000, dtype=bool)
        for each, number in ((0, 120), (1, 880)):
            held[rng.choice(np.flatnonzero(strata == each), number, replace=False)] = True
        y = rng.normal(3.0 * strata, np.array([5.0, 1.0])[strata])
        assigned = Assignments(held, np.zeros((0, 1000), dtype=np.int64), strata)
        found = difference(y=y, x=np.zeros(4000), assigned=assigned, level=0.95)
        errors.append(found.error)
        estimates.append(found.estimate)
    assert np.mean(errors) / np.std(estimates) == pytest.approx(1.0, abs=0.12)  # by arms alone it is 1.2

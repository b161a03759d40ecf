"""The error of totals by chance: as wide as simulated outcomes are, with and without drift and estimated parameters."""

import numpy as np
import pytest
from scipy.stats import kstest

from kundkarriar.numerics.forecast.total_error import TotalError, pooled_std_error, total_error

R, MEAN, S = 0.8, 6.0, 60


def errors_in_units(*, drift=0.0, shared=0.0, draws=True, n=300, runs=400):
    """actual - predicted in standard errors, of NBD customers seen for a year; `shared`: log error of the mean rate."""
    g = np.random.default_rng(1)
    z = []
    for _ in range(runs):
        rate = g.gamma(R, MEAN / R, n)
        x = g.poisson(rate)
        shape, scale = R + x, 1 / (R / MEAN + 1)
        wrong = np.exp(shared * g.standard_normal())
        y = g.poisson(rate * np.exp(drift * g.standard_normal(n) - drift**2 / 2)).astype(float)
        known = {}
        if draws:
            level = wrong * np.exp(shared * g.standard_normal(S))
            drawn = g.poisson(level * g.gamma(shape[:, None], scale, (n, S)))
            known = {"variance": drawn.var(axis=1, ddof=1), "drawn": drawn.sum(axis=0).astype(float)}
        error = total_error(predicted=shape * scale * wrong, actual=y, **known)
        z.append((error.actual - error.predicted) / pooled_std_error([error], overlap=np.eye(1)))
    return np.array(z)


def test_the_right_model_is_off_by_chance():
    """Then the error of the total is standard normal: the larger of two variances hardly makes it smaller."""
    z = errors_in_units()
    assert z.std() == pytest.approx(1.0, abs=0.08)
    assert kstest(z, "norm").pvalue > 0.01


@pytest.mark.parametrize("given", [{"drift": 0.7}, {"shared": 0.2}, {"drift": 0.7, "draws": False}], ids=str)
def test_overdispersion_and_parameters_are_allowed_for(given):
    """Rates that moved, and parameters with an error that all customers share, are within the error too."""
    z = errors_in_units(**given)
    assert 0.8 < z.std() < 1.15
    assert (np.abs(z) > 2.5758).mean() < 0.03


def test_by_hand():
    """Two customers without draws: Poisson 4, and about the level of the outcomes 2 (.5^2 + .5^2)."""
    error = total_error(predicted=np.array([1.0, 3.0]), actual=np.array([1.0, 1.0]))
    assert error == TotalError(predicted=4.0, actual=2.0, process_variance=4.0, parameter_variance=0.0)
    wide = total_error(predicted=np.array([1.0, 3.0]), actual=np.array([9.0, 1.0]))
    assert wide.process_variance == pytest.approx(2 * 2 * 6.5**2)
    nobody = total_error(predicted=np.zeros(0), actual=np.zeros(0))
    assert nobody == TotalError(predicted=0.0, actual=0.0, process_variance=0.0, parameter_variance=0.0)
    drawn = total_error(
        predicted=np.array([2.0]), actual=np.array([2.0]), variance=np.array([3.0]), drawn=np.array([0.0, 4.0])
    )
    assert (drawn.process_variance, drawn.parameter_variance) == (3.0, 5.0)


def test_origins_share_what_their_horizons_do():
    """Errors of forecasts half a horizon apart, each from all that was known then, simulated."""
    g = np.random.default_rng(2)
    n = 200_000
    rate = g.gamma(R, MEAN / R, n)
    years = g.poisson(rate[:, None] / 2, (n, 5))
    before, later = years[:, :2].sum(axis=1), years[:, :3].sum(axis=1)
    first = years[:, 2:4].sum(axis=1) - (R + before) / (R / MEAN + 1)
    second = years[:, 3:].sum(axis=1) - (R + later) / (R / MEAN + 1.5)
    errors = [
        TotalError(predicted=0.0, actual=0.0, process_variance=float(each.var()), parameter_variance=0.0)
        for each in (first, second)
    ]
    overlap = np.array([[1.0, 0.5], [0.5, 1.0]])
    assert pooled_std_error(errors, overlap=overlap) == pytest.approx((first + second).std(), rel=0.03)

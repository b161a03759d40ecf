"""The calibration factor: its spread is unbiased and its interval keeps the level, overlap or not."""

import numpy as np
import pytest

from kundkarriar.numerics.forecast.calibration_factor import CalibrationFactor, calibration_factor, overlaps

SD = 0.1


def simulated(starts, *, length, runs, seed=1):
    """Log errors that are sums of shocks day by day: origins whose horizons overlap share shocks."""
    g = np.random.default_rng(seed)
    days = int(max(starts)) + length
    shocks = g.normal(0, SD / np.sqrt(length), (runs, days))
    sums = np.concatenate([np.zeros((runs, 1)), np.cumsum(shocks, axis=1)], axis=1)
    return np.stack([sums[:, s + length] - sums[:, s] for s in starts], axis=1)


@pytest.mark.parametrize("starts", [(0, 50, 100), (0, 100, 200), (0, 50), (0, 20, 40, 60)])
def test_spread_is_unbiased_where_horizons_overlap(starts):
    """The mean of its square is the variance of one origin's error."""
    starts = np.array(starts)
    R = overlaps(start=starts.astype(float), end=starts + 100.0)
    logs = simulated(starts, length=100, runs=4000)
    spread = [calibration_factor(predicted=np.ones(len(y)), actual=np.exp(y), overlap=R).log_spread for y in logs]
    assert np.mean(np.square(spread)) == pytest.approx(SD**2, rel=0.1)


@pytest.mark.parametrize(("starts", "low", "high"), [((0, 100, 200), 0.885, 0.915), ((0, 50, 100), 0.87, 0.93)])
def test_the_next_origin_lies_in_the_interval_as_often_as_said(starts, low, high):
    """Exactly so without overlap; nearly with it, where the degrees of freedom are an approximation."""
    starts = np.array([*starts, max(starts) + 100])
    logs = simulated(starts, length=100, runs=4000, seed=2)
    R = overlaps(start=starts[:-1].astype(float), end=starts[:-1] + 100.0)
    hits = 0
    for *past, future in logs:
        found = calibration_factor(predicted=np.ones(len(past)), actual=np.exp(past), overlap=R)
        hits += abs(future - np.log(found.factor)) <= found.log_width(0.9)
    assert low < hits / len(logs) < high


def test_by_hand():
    """Two origins apart: geometric mean, plain standard deviation, one degree of freedom."""
    found = calibration_factor(predicted=np.array([100.0, 50.0]), actual=np.array([120.0, 50.0]), overlap=np.eye(2))
    assert found.factor == pytest.approx(np.sqrt(1.2))
    assert found.log_spread == pytest.approx(np.log(1.2) / np.sqrt(2))
    assert (found.origins, found.freedom, found.mean_variance) == (2, pytest.approx(1.0), 0.5)
    assert found.log_width(0.9) == pytest.approx(6.313752 * found.log_spread * np.sqrt(1.5), rel=1e-6)


def test_one_origin_has_a_factor_and_no_spread():
    """What differs between origins cannot be seen at one."""
    found = calibration_factor(predicted=np.array([100.0]), actual=np.array([120.0]), overlap=np.eye(1))
    assert found.factor == pytest.approx(1.2)
    assert (found.log_spread, found.freedom, found.log_width(0.9)) == (None, None, None)


@pytest.mark.parametrize("actual", [0.0, -5.0])
def test_totals_that_are_not_positive_have_no_factor(actual):
    """They have no logarithm."""
    given = {"predicted": np.array([100.0, 100.0]), "overlap": np.eye(2)}
    assert calibration_factor(actual=np.array([120.0, actual]), **given) is None


def test_an_interval_never_gets_narrower():
    """Half-widths are added in quadrature; only the part that the factor multiplies is widened."""
    factor = CalibrationFactor(factor=1.0, origins=3, log_spread=0.1, freedom=2.0, mean_variance=1 / 3)
    width = factor.log_width(0.9)
    low, high = factor.widened(50.0, 40.0, 65.0, scaled=100.0, level=0.9)
    assert low == pytest.approx(50 - np.hypot(10, 100 * (1 - np.exp(-width))))
    assert high == pytest.approx(50 + np.hypot(15, 100 * (np.exp(width) - 1)))
    assert factor.widened(50.0, 40.0, 65.0, scaled=0.0, level=0.9) == (40.0, 65.0)

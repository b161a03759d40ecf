"""A small part of what `benchmarks/calibration.py` prints: posteriors and forecasts against simulated truths."""

import sys
from pathlib import Path

import numpy as np
import pytest

import kundkarriar as kk

BENCHMARKS = str(Path(__file__).parents[3] / "benchmarks")


@pytest.fixture(scope="module")
def calibration():
    sys.path.insert(0, BENCHMARKS)
    try:
        import calibration  # noqa: PLC0415 - a script beside the package
    finally:
        sys.path.remove(BENCHMARKS)
    return calibration


@pytest.mark.weak_fit
@pytest.mark.parametrize(("name", "bases"), [("NBD", 120), ("MBGNBD", 60)])
def test_truths_from_the_prior_have_even_ranks(calibration, name, bases):
    """In five bins; one in a thousand such tests would fail by chance."""
    found = calibration.ranks_under_prior(calibration.CASES[name], bases=bases, seed=5, draws=200)
    assert len(found.ranks) > 0.7 * bases
    assert not found.raised
    assert found.k_hats.max() < 0.7
    assert calibration.uniformity(found.ranks, bins=5).min() > 1e-3
    assert found.covered(0.9) == pytest.approx(0.9, abs=3.3 * (0.09 / len(found.ranks)) ** 0.5)


@pytest.mark.weak_fit
def test_posteriors_of_another_prior_fail_the_check(calibration, monkeypatch):
    """The check can fail: under a prior concentrated at r = 1, ranks concentrate at the ends."""
    sure, draw = kk.WeakPrior(log_r=0.05), kk.FittedNBD.posterior
    monkeypatch.setattr(kk.FittedNBD, "posterior", lambda fitted, **given: draw(fitted, **{**given, "prior": sure}))
    found = calibration.ranks_under_prior(calibration.CASES["NBD"], bases=60, seed=5, draws=200)
    assert calibration.uniformity(found.ranks, bins=5)[0] < 1e-3
    assert found.covered(0.9)[0] < 0.5


def test_intervals_cover_their_truths(calibration):
    """90 % intervals of two parameters in 60 bases, which go together: 81 to 98 % is 3 standard errors of 60."""
    found = calibration.intervals(calibration.CASES["NBD"], bases=60, seed=1)
    assert found["known"].all()
    assert 0.78 < found["covered"].mean() < 0.99
    assert (found["covered"] + found["truth_below"] + found["truth_above"] == 1).all()


@pytest.mark.parametrize("name", ["MBGNBD", "ParetoNBD"])
def test_future_purchases_are_as_predicted(calibration, name):
    """Purchase by purchase, for 39 weeks: intervals cover at least 88 %, and ranks are even."""
    found = calibration.forecasts(calibration.CASES[name], bases=2, seed=1, draws=100)
    assert found.covered.min() > 0.88
    assert calibration.uniformity(found.pit[:, None], bins=5)[0] > 1e-3
    assert found.bias == pytest.approx(np.ones(2), abs=0.15)


def test_spend_is_as_predicted(calibration):
    found = calibration.forecasts(calibration.CASES["GammaGamma"], bases=4, seed=1, draws=300)
    assert 0.87 < found.covered.mean() < 0.93


def test_p_values_adjusted_for_being_many(calibration):
    assert calibration.holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])

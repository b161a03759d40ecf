"""The prior and the normal draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

import kundkarriar as kk

NAMES = ("log_mean_purchases", "log_r", "logit_phi", "log_kappa")


@given(theta=st.tuples(*[st.floats(-6, 6)] * 4).map(np.array))
def test_derivatives_of_the_prior(theta):
    prior = kk.WeakPrior(log_r=0.7, logit_phi=2.0)
    _, slope, bend = prior.log_density(NAMES, theta)
    for i, unit in enumerate(1e-5 * np.eye(4)):
        up, down = (prior.log_density(NAMES, theta + sign * unit) for sign in (1, -1))
        assert slope[i] == pytest.approx((up[0] - down[0]) / 2e-5, abs=1e-6)
        assert bend[i] == pytest.approx((up[1] - down[1]) / 2e-5, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_prior_is_proper(name):
    """Its mass is finite, and centred where it says: kappa at e, the others at 1 (or a half)."""
    density = lambda y: np.exp(kk.WeakPrior().log_density([name], np.array([y]))[0])  # noqa: E731
    mass = quad(density, -60, 60, limit=200)[0]
    assert 0.5 < mass < 10
    centre = quad(lambda y: y * density(y), -60, 60, limit=200)[0] / mass
    assert centre == pytest.approx(1.0 if name == "log_kappa" else 0.0, abs=1e-6)


def test_at_a_boundary_the_centre_is_the_top_of_likelihood_times_prior(loyal):
    report = kk.MBGNBD().fit(loyal).report
    _, slope, _ = kk.WeakPrior().log_density(NAMES, np.array(report.centre))
    assert np.array(report.slope) + slope == pytest.approx(np.zeros(4), abs=1e-3)
    assert np.abs(report.slope).max() > 0.1


def test_a_strong_prior_pulls_and_a_weak_one_hardly(fitted):
    """CDNOW says r = .52: a prior that knows r = 1 pulls it there, the weak one moves it by a tenth of an error."""
    weak = np.log(fitted.posterior(draws=20_000, seed=1)["r"]).mean()
    sure = np.log(fitted.posterior(draws=20_000, seed=1, prior=kk.WeakPrior(log_r=0.01))["r"]).mean()
    error = fitted.estimates().set_index("parameter").loc["r", "std_error"] / fitted.params.r
    assert abs(weak - np.log(fitted.params.r)) < 0.2 * error
    assert sure == pytest.approx(0.0, abs=0.02)


def test_the_draws_are_normal_in_the_working_coordinates(fitted):
    """Mean and covariance are those of the information with the prior's own added."""
    report = fitted.report
    draws = fitted.posterior(draws=50_000, seed=3)
    theta = np.array([kk.FittedMBGNBD.family.coordinates.working(row, scale=report.scale) for row in draws.frame().to_numpy()])
    _, _, bend = kk.WeakPrior().log_density(NAMES, np.array(report.centre))
    covariance = np.linalg.inv(np.array(report.information) - bend)
    assert np.cov(theta.T) == pytest.approx(covariance, rel=0.05, abs=2e-3)


def test_a_slice_of_draws(fitted):
    draws = fitted.posterior(draws=10, seed=1)
    assert draws.some(slice(2, 5)).frame().to_numpy().tolist() == draws.frame().iloc[2:5].to_numpy().tolist()
    assert (len(draws), draws.k_hat, draws.names) == (10, None, ("r", "alpha", "a", "b"))


@pytest.mark.parametrize("draws", [0, 2.5])
def test_how_many_draws(fitted, draws):
    with pytest.raises(kk.DataError) as raised:
        fitted.posterior(draws=draws, seed=1)
    assert str(raised.value) == f"`draws` must be a whole number of at least 1, got {draws}.\n\nHint: draws=4000."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": "x"}, "`seed` must be a whole number >= 0 or a numpy Generator, got 'x'.\n\nHint: write seed=1."),
        (
            {"seed": 1, "prior": 3},
            "`prior` must be kk.WeakPrior(...), got int.\n\nHint: leave it out, or prior=kk.WeakPrior().",
        ),
    ],
)
def test_what_is_no_seed_and_no_prior(cdnow_sample, given, message):
    fitted = kk.NBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30"))
    with pytest.raises(kk.DataError) as raised:
        fitted.posterior(draws=10, **given)
    assert str(raised.value) == message

"""The weak prior: density, derivatives, draws."""

import numpy as np
import pytest
from attrs import fields_dict
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest, logistic, norm

import kundkarriar as kk
from kundkarriar.models.fitting.likelihood_fit import UNIDENTIFIED
from kundkarriar.models.uncertainty.priors import LOCATIONS, LOGISTIC

OF_PROCESS = tuple(f"{process}_coefficient" for process in ("purchase", "dropout", "both", "spend", "pace", "never"))
NAMES = tuple(name for name in fields_dict(kk.WeakPrior) if name not in OF_PROCESS)
thetas = st.lists(st.floats(-6, 6), min_size=len(NAMES), max_size=len(NAMES)).map(np.array)


def test_parameters_of_one_kind_have_one_width():
    """Rates and values within e^3, shapes within e^1.5, chances, spreads, ratios and coefficients within e."""
    within_e = ("logit", "log_spread", "log_first", "coefficient")
    widths = {1.0: {name for name in NAMES if name.startswith(within_e)}}
    widths[3.0] = {"log_mean_purchases", "log_mean_leaving", "log_order_value"}
    widths[3.0] |= {"log_typical_purchases", "log_typical_leaving"}
    widths[2.0] = {"log_return"}
    widths[1.5] = set(NAMES) - widths[1.0] - widths[2.0] - widths[3.0]
    for width, names in widths.items():
        assert {name: getattr(kk.WeakPrior(), name) for name in names} == dict.fromkeys(names, width)


@given(theta=thetas)
def test_derivatives_of_the_prior(theta):
    prior = kk.WeakPrior(log_r=0.7, logit_phi=2.0, logit_buys=0.5)
    _, gradient, hessian = prior.log_density(NAMES, theta)
    for i, unit in enumerate(1e-5 * np.eye(len(NAMES))):
        up, down = (prior.log_density(NAMES, theta + sign * unit) for sign in (1, -1))
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, abs=1e-5)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / 2e-5, abs=1e-5)


@given(theta=thetas)
def test_many_points_are_the_points_one_by_one(theta):
    prior, many = kk.WeakPrior(log_s=0.3), np.stack([theta, -theta, 2 * theta])
    one_by_one = [prior.log_density(NAMES, point)[0] for point in many]
    assert prior.log_densities(NAMES, many) == pytest.approx(one_by_one)


@pytest.mark.parametrize("name", NAMES)
def test_the_prior_is_proper(name):
    """Its mass is finite, and centred where it says: kappa and p at e, the return at .7, others at 1 (or a half)."""
    density = lambda y: np.exp(kk.WeakPrior().log_density([name], np.array([y]))[0])  # noqa: E731
    mass = quad(density, -60, 60, limit=200)[0]
    assert 0.5 < mass < 10
    centre = quad(lambda y: y * density(y), -60, 60, limit=200)[0] / mass
    at = {"log_p": 1.0, "log_return": -0.34}.get(name, 1.0 if name.startswith("log_kappa") else 0.0)
    assert centre == pytest.approx(at, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_truths_are_drawn_from_the_prior_itself(name):
    prior = kk.WeakPrior(**{name: 0.8})
    drawn = prior.draw([name], size=5000, generator=np.random.default_rng(6))[:, 0]
    distribution = (logistic if name in LOGISTIC else norm)(LOCATIONS.get(name, 0.0), 0.8)
    assert kstest(drawn, distribution.cdf).pvalue > 1e-3


def test_every_parameter_that_may_be_unidentified_has_a_prior():
    assert set(UNIDENTIFIED) <= set(NAMES)


def widths_of_coefficients(prior):
    """The widths of coefficients on the purchase rate, on dropout and on both, from the density's curvature."""
    names = ("purchase:age", "dropout:age=old", "both:web")
    _, _, hessian = prior.log_density(names, np.zeros(3))
    return (-np.diag(hessian)) ** -0.5


def test_coefficients_of_each_process_have_a_width_of_their_own_where_it_is_given():
    assert widths_of_coefficients(kk.WeakPrior()) == pytest.approx([1.0, 1.0, 1.0])
    assert widths_of_coefficients(kk.WeakPrior(coefficient=0.5)) == pytest.approx([0.5, 0.5, 0.5])
    of_two = kk.WeakPrior(coefficient=0.5, dropout_coefficient=0.1)
    assert widths_of_coefficients(of_two) == pytest.approx([0.5, 0.1, 0.5])
    of_all = kk.WeakPrior(purchase_coefficient=2.0, dropout_coefficient=0.1, both_coefficient=0.3)
    assert widths_of_coefficients(of_all) == pytest.approx([2.0, 0.1, 0.3])


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan"), float("inf")])
def test_a_width_is_positive_and_finite(width):
    with pytest.raises(ValueError, match="`log_s` must be a finite number above 0"):
        kk.WeakPrior(log_s=width)

"""Profile-likelihood intervals against one-dimensional searches."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize

import kundkarriar as kk
from kundkarriar.numerics.optimize.parameter_blocks import CoefficientParameters
from kundkarriar.numerics.optimize.profile_likelihood import profile_intervals
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

LIMIT = 2.7055434540954146 / 2  # half the 90 % quantile of chi-square with one degree of freedom


def plain(*names):
    """Parameters that are their own unconstrained ones."""
    wide = (100.0,) * len(names)
    block = CoefficientParameters(names=names, low=tuple(-edge for edge in wide), high=wide)
    return UnconstrainedParameters(blocks=(block,))


def test_intervals_of_a_normal_likelihood_are_the_known_ones():
    covariance = np.array([[1.0, 0.8, 0.1], [0.8, 2.0, -0.3], [0.1, -0.3, 0.5]])
    precision = np.linalg.inv(covariance)
    low, high = profile_intervals(
        lambda theta: -0.5 * np.einsum("si,ij,sj->s", theta - 1, precision, theta - 1),
        plain("a", "b", "c"),
        maximum=np.ones(3),
        covariance=covariance,
        level=0.9,
    )
    reach = 1.6448536269514722 * np.sqrt(np.diag(covariance))
    assert low == pytest.approx(1 - reach, abs=1e-6)
    assert high == pytest.approx(1 + reach, abs=1e-6)


def test_an_open_end_is_infinite():
    """-e^-y never falls below its limit as y grows: nothing bounds it from above."""
    low, high = profile_intervals(
        lambda theta: -10 * np.exp(-theta[:, 0]) - 0.01 * np.exp(-20 * theta[:, 0]) - 1e-9 * theta[:, 0] ** 2,
        plain("a"),
        maximum=np.array([20.0]),
        covariance=np.array([[1.0]]),
        level=0.9,
    )
    assert high[0] == np.inf
    assert low[0] == pytest.approx(np.log(10 / LIMIT), abs=1e-3)


@pytest.fixture(scope="module")
def skewed(cdnow_sample):
    """Six hundred customers, whose likelihood is far from normal."""
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30", period="W")
    return kk.BGNBD().fit(summary.iloc[::4].reset_index(drop=True))


def test_intervals_of_a_model_end_where_the_profile_does(skewed):
    """The profile of each log parameter, by Nelder and Mead over the others, is at its limit at both ends."""
    found = skewed.estimates(level=0.9).set_index("parameter")
    loglik_batch, unconstrained = skewed.loglik_batch(), skewed.unconstrained
    maximum = np.log(found["estimate"].to_numpy())

    def loglik(log_params):
        theta = unconstrained.unconstrained(np.exp(log_params), scale=skewed.report.scale)
        return float(loglik_batch(theta[None])[0])

    for at, name in enumerate(found.index):
        others = [i for i in range(len(maximum)) if i != at]

        def profile(log_value, at=at, others=others):
            def negative_loglik(free):
                point = maximum.copy()
                point[at], point[others] = log_value, free
                return -loglik(point)

            return -minimize(
                negative_loglik, maximum[others], method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7}
            ).fun

        for end in ("low", "high"):
            assert profile(np.log(found.loc[name, end])) == pytest.approx(loglik(maximum) - LIMIT, abs=5e-3)


def test_nbd_by_root_finding(cdnow_sample):
    """Two parameters: the other one by a fine grid, the end by a root."""
    fitted = kk.NBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30", period="W").iloc[::20])
    found = fitted.estimates(level=0.9).set_index("parameter")
    loglik_batch, unconstrained, scale = fitted.loglik_batch(), fitted.unconstrained, fitted.report.scale
    alphas = fitted.params.alpha * np.exp(np.linspace(-0.8, 0.8, 1601))
    maximum = fitted.log_likelihood

    def over(r):
        points = np.stack([np.full_like(alphas, r), alphas], axis=-1)
        return loglik_batch(unconstrained.unconstrained(points, scale=scale)).max() - maximum + LIMIT

    r = fitted.params.r
    assert found.loc["r", "low"] == pytest.approx(brentq(over, r / 3, r), rel=1e-3)
    assert found.loc["r", "high"] == pytest.approx(brentq(over, r, 3 * r), rel=1e-3)
    assert found.loc["r", "high"] / r > r / found.loc["r", "low"]


def test_intervals_of_a_stored_model_are_symmetric_in_logs(skewed):
    stored = kk.FittedBGNBD.from_dict(skewed.to_dict()).estimates(level=0.9)
    assert (stored["high"] / stored["estimate"]).to_numpy() == pytest.approx(
        (stored["estimate"] / stored["low"]).to_numpy()
    )
    assert stored["std_error"].to_numpy() == pytest.approx(skewed.estimates()["std_error"].to_numpy())

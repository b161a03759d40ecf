"""Posterior draws of parameters: from the likelihood, or from its normal approximation without the data."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln, logsumexp

import kundkarriar as kk
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.models.uncertainty import posterior_draws

NAMES = ("log_mean_purchases", "log_r", "logit_phi", "log_kappa")


@pytest.mark.weak_fit
def test_at_a_boundary_the_centre_is_the_posterior_mode(loyal):
    report = kk.MBGNBD().fit(loyal).report
    _, slope, _ = kk.WeakPrior().log_density(NAMES, np.array(report.centre))
    assert np.array(report.slope) + slope == pytest.approx(np.zeros(4), abs=1e-3)
    assert np.abs(report.slope).max() > 0.1


def test_a_strong_prior_moves_the_posterior_and_a_weak_one_hardly(fitted):
    """In CDNOW r = .52: a prior concentrated at r = 1 moves it there, the weak one by less than .2 standard errors."""
    weak = np.log(fitted.posterior(draws=8000, seed=1)["r"]).mean()
    sure = np.log(fitted.posterior(draws=8000, seed=1, prior=kk.WeakPrior(log_r=0.01))["r"]).mean()
    error = fitted.estimates().set_index("parameter").loc["r", "std_error"] / fitted.params.r
    assert abs(weak - np.log(fitted.params.r)) < 0.2 * error
    assert sure == pytest.approx(0.0, abs=0.02)


def test_a_model_read_back_draws_from_the_normal_approximation(fitted):
    """Without data: normal, with the inverse of the information plus the curvature of the prior as covariance."""
    report = fitted.report
    draws = kk.FittedMBGNBD.from_dict(fitted.to_dict()).posterior(draws=50_000, seed=3)
    assert (draws.k_hat, draws.effective_size) == (None, None)
    theta = fitted.unconstrained.unconstrained(draws.values, scale=report.scale)
    _, _, hessian = kk.WeakPrior().log_density(NAMES, np.array(report.centre))
    covariance = np.linalg.inv(np.array(report.information) - hessian)
    assert np.cov(theta.T) == pytest.approx(covariance, rel=0.05, abs=2e-3)


@pytest.mark.parametrize("spreads", [(3.0, 2.0), (0.02, 0.05)])
def test_without_data_a_quadratic_likelihood_and_normal_priors_are_one_normal(spreads):
    """With a slope at the optimum, as at a boundary, and a direction of which the data say next to nothing."""
    centre, slope = np.array([0.4, -0.3]), np.array([0.6, -0.2])
    information = np.array([[4.0, 0.3], [0.3, 0.1]])
    report = FitReport(
        fitted=True,
        log_likelihood=-50.0,
        n_customers=10_000,
        converged=True,
        boundary="NBD",
        centre=tuple(centre),
        slope=tuple(slope),
        information=tuple(map(tuple, information)),
    )
    prior = kk.WeakPrior(log_mean_purchases=spreads[0], log_r=spreads[1])
    space = kk.FittedNBD(params=kk.NBDParams(r=1.0, alpha=1.0), period="W").unconstrained
    mode, covariance = posterior_draws._normal_approximation(report, space, prior)
    precision = information + np.diag(1 / np.square(spreads))
    assert mode == pytest.approx(np.linalg.solve(precision, information @ centre + slope), abs=1e-6)
    assert covariance == pytest.approx(np.linalg.inv(precision), rel=1e-6)


@pytest.mark.weak_fit
def test_the_posterior_of_nbd_is_that_of_a_grid():
    """Forty customers, so that the posterior is far from normal: means, deviations and quantiles from 300 x 300 points.

    Three standard errors of 12,000 draws.
    """
    generator = np.random.default_rng(12)
    T = generator.uniform(10, 40, 40)
    x = generator.poisson(generator.gamma(0.6, 1 / 12, 40) * T)
    frame = pd.DataFrame({"frequency": x, "recency": np.where(x > 0, T / 2, 0.0), "T": T, "period": "W"})
    fitted = kk.NBD().fit(frame)
    drawn = fitted.posterior(draws=20_000, seed=5)
    assert drawn.k_hat < 0.5
    scale = np.median(T)
    mean, shape = np.meshgrid(np.linspace(-3, 3, 300), np.linspace(-4, 5, 300), indexing="ij")
    r, alpha = np.exp(shape)[..., None], scale * np.exp(shape - mean)[..., None]
    log_likelihood = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
    log_density = log_likelihood.sum(axis=-1) - 0.5 * (mean / 3) ** 2 - 0.5 * (shape / 1.5) ** 2
    weight = np.exp(log_density - logsumexp(log_density))
    theta = fitted.unconstrained.unconstrained(drawn.values, scale=scale)
    assert theta.shape == (20_000, 2)
    for i, axis in enumerate((mean, shape)):
        centre = (weight * axis).sum()
        spread = np.sqrt((weight * (axis - centre) ** 2).sum())
        assert theta[:, i].mean() == pytest.approx(centre, abs=3 * spread / np.sqrt(12_000))
        assert theta[:, i].std() == pytest.approx(spread, rel=0.03)
        for q in (0.05, 0.5, 0.95):
            below = weight[axis <= np.quantile(theta[:, i], q)].sum()
            assert below == pytest.approx(q, abs=3 * np.sqrt(q * (1 - q) / 12_000) + 0.005)


@pytest.mark.parametrize("model", [kk.NBD, kk.BGNBD, kk.MBGNBD])
def test_draws_on_cdnow_are_reliable(summary, model):
    drawn = model().fit(summary).posterior(draws=4000, seed=1)
    assert drawn.k_hat < 0.5
    assert drawn.effective_size > 2500
    assert len(np.unique(drawn.values, axis=0)) > 2200


def test_draws_of_a_spend_model_are_reliable(summary):
    drawn = kk.GammaGamma().fit(summary).posterior(draws=4000, seed=1)
    assert drawn.k_hat < 0.5
    assert drawn["q"].min() > 1


@pytest.mark.weak_fit
def test_a_posterior_far_from_normal_is_covered(loyal):
    """At a boundary the normal approximation is far off; k-hat stays good, and a is far below b."""
    drawn = kk.MBGNBD().fit(loyal).posterior(draws=4000, seed=1)
    assert drawn.k_hat < 0.7
    assert np.quantile(drawn["a"] / (drawn["a"] + drawn["b"]), 0.95) < 0.02


@pytest.mark.weak_fit
def test_few_customers_are_covered():
    """Thirty customers of MBG/NBD."""
    many = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6.0, a=0.9, b=1.6), period="W")
    drawn = kk.MBGNBD().fit(many.simulate([39.0] * 30, seed=4)).posterior(draws=1000, seed=1)
    assert drawn.k_hat < 0.7
    assert drawn.effective_size > 400


def test_unreliable_draws_are_warned_of(fitted, monkeypatch):
    """A likelihood of narrow peaks, which no proposal covers."""
    peaks = lambda theta: 5 / np.sqrt(np.abs(np.sin(1e6 * theta.sum(axis=1))))  # noqa: E731
    monkeypatch.setattr(kk.FittedMBGNBD, "loglik_batch", lambda _: peaks)
    with pytest.warns(kk.DataWarning) as caught:
        drawn = fitted.posterior(draws=1000, seed=1)
    assert drawn.k_hat > 0.7
    assert str(caught[0].message) == (
        f"FittedMBGNBD: the draws stand on too few points (k-hat {drawn.k_hat:.2f}, above 0.7); their intervals are "
        "rough. The customers tell too little of some parameter: see `fitted.boundary` and `fitted.estimates()`."
    )
    assert caught[0].filename == __file__


def test_a_seed_settles_the_draws_and_a_generator_moves_on(fitted):
    assert fitted.posterior(draws=50, seed=3).equals(fitted.posterior(draws=50, seed=3))
    generator = np.random.default_rng(3)
    first, second = (fitted.posterior(draws=50, seed=generator) for _ in range(2))
    assert first.equals(fitted.posterior(draws=50, seed=3))
    assert not first.equals(second)


def test_many_distinct_rows_have_fewer_proposals(fitted, monkeypatch):
    """Rows times points stay under the largest cost, down to five hundred points."""
    sizes = []
    loglik_batch = fitted.loglik_batch()
    monkeypatch.setattr(
        kk.FittedMBGNBD, "loglik_batch", lambda _: lambda theta: sizes.append(len(theta)) or loglik_batch(theta)
    )
    rows = len(fitted.report.distinct_rows.weights)
    for cost, points in ((rows * 2000, 2000), (rows, 500), (rows * 1e6, 4000)):
        sizes.clear()
        monkeypatch.setattr(posterior_draws, "MAX_COST", cost)
        fitted.posterior(draws=3000, seed=1)
        assert max(sizes) == points


def test_a_slice_of_draws(fitted):
    draws = fitted.posterior(draws=10, seed=1)
    some = draws.some(slice(2, 5))
    assert some.frame().to_numpy().tolist() == draws.frame().iloc[2:5].to_numpy().tolist()
    assert (some.k_hat, some.effective_size) == (draws.k_hat, draws.effective_size)
    assert (len(draws), draws.names) == (10, ("r", "alpha", "a", "b"))


@pytest.mark.parametrize("draws", [0, 2.5])
def test_how_many_draws(fitted, draws):
    with pytest.raises(kk.DataError) as raised:
        fitted.posterior(draws=draws, seed=1)
    assert (
        str(raised.value)
        == f"`draws` must be a whole number from 1 to 100,000, got {draws}.\n\nHint: write draws=4000."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"seed": "x"},
            "`seed` must be a whole number of at least 0 or a numpy Generator, got 'x'.\n\nHint: write seed=1.",
        ),
        (
            {"seed": 1, "prior": 3},
            "`prior` must be kk.WeakPrior(...), got 3.\n\nHint: leave it out, or write prior=kk.WeakPrior().",
        ),
    ],
)
def test_invalid_seeds_and_priors_are_refused(cdnow_sample, given, message):
    fitted = kk.NBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30"))
    with pytest.raises(kk.DataError) as raised:
        fitted.posterior(draws=10, **given)
    assert str(raised.value) == message


def test_a_mode_beyond_the_bounds_is_drawn_within_them():
    """Customers who all bought again on the next day: the quadratic approximation has its mode beyond the bounds."""
    T = 52.0 + np.random.default_rng(2).integers(0, 9, 300)
    base = pd.DataFrame({"frequency": 1, "recency": 1 / 7, "T": T, "period": "W"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        posterior = kk.GGompertzNBD().fit(base).posterior(draws=100, seed=1)
    assert np.isfinite(posterior.values).all()

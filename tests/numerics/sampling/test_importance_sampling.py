"""Pareto smoothing, the split t, and importance sampling."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.integrate import quad
from scipy.special import gammaln

from kundkarriar.numerics.sampling.importance_sampling import WeightedDraws, sample
from kundkarriar.numerics.sampling.pareto_smoothing import generalised_pareto, quantiles, smooth
from kundkarriar.numerics.sampling.split_t import FREEDOM, SplitT

ORACLE = pd.read_csv(Path(__file__).parents[2] / "oracles" / "pareto_smoothing.csv")


@pytest.mark.parametrize("case", ["heavy", "wide", "narrow"])
def test_smoothing_agrees_with_arviz(case):
    """To rounding: the same estimator, written by others."""
    theirs = ORACLE[ORACLE["case"] == case]
    smoothed, k_hat = smooth(theirs["log_weight"].to_numpy())
    assert k_hat == pytest.approx(theirs["k_hat"].iloc[0], abs=1e-12)
    assert smoothed == pytest.approx(theirs["smoothed"].to_numpy(), abs=1e-12)


@pytest.mark.parametrize("k", [-0.3, 0.0, 0.4, 0.9])
def test_a_generalised_pareto_is_recovered(k):
    """Within 4 standard errors of maximum likelihood, (1 + k) / sqrt(n), and the shrinkage by ten observations."""
    drawn = quantiles(np.random.default_rng(3).random(20_000), k=k, sigma=3.0)
    found, sigma = generalised_pareto(np.sort(drawn))
    assert found == pytest.approx(k, abs=4 * (1 + k) / np.sqrt(20_000) + 5e-4)
    assert sigma == pytest.approx(3.0, rel=0.05)


@given(
    weights=arrays(np.int64, st.integers(1, 300), elements=st.integers(-3000, 3000)).map(lambda whole: whole / 100),
    shift=st.floats(-500, 500),
)
def test_laws_of_smoothing(weights, shift):
    """Law: smoothed weights sum to 1, keep their order, and do not depend on a constant factor."""
    smoothed, k_hat = smooth(weights)
    assert np.exp(smoothed).sum() == pytest.approx(1.0)
    assert (np.diff(smoothed[np.argsort(weights, kind="stable")]) >= -1e-9).all()
    again, k_again = smooth(weights + shift)
    assert again == pytest.approx(smoothed, abs=1e-5)
    assert k_again == pytest.approx(k_hat, abs=1e-5)


def test_impossible_points_have_weight_zero():
    raw = np.append(np.random.default_rng(1).standard_normal(500), [-np.inf, np.nan])
    smoothed, k_hat = smooth(raw)
    assert np.exp(smoothed[-2:]).tolist() == [0.0, 0.0]
    assert np.isfinite(k_hat)


@pytest.mark.parametrize("possible", [1, 19, 20])
def test_where_all_possible_points_are_the_tail_nothing_is_smoothed(possible):
    """Of a hundred points the tail is twenty: there is no limit below it to which a Pareto could be fitted."""
    raw = np.append(np.full(100 - possible, -np.inf), -np.arange(float(possible)))
    smoothed, k_hat = smooth(raw)
    assert k_hat == np.inf
    assert np.exp(smoothed) == pytest.approx(np.exp(raw) / np.exp(raw).sum())


def test_all_weights_zero():
    with pytest.raises(ValueError, match="every weight is 0"):
        smooth(np.full(10, -np.inf))


@pytest.mark.parametrize("stretch", [(1.0, 1.0), (0.5, 3.0)])
def test_the_split_t_is_a_density_and_draws_from_it(stretch):
    """In one dimension: its mass is 1, and the distribution of its draws is the integral."""
    ahead, behind = (np.array([value]) for value in stretch)
    proposal = SplitT(centre=np.array([2.0]), axes=np.array([[0.7]]), ahead=ahead, behind=behind)

    def density(y):
        return float(np.exp(proposal.log_density(np.array([[y]])))[0])

    below = quad(density, -np.inf, 2.0)[0]
    assert below + quad(density, 2.0, np.inf)[0] == pytest.approx(1.0, abs=1e-7)
    assert below == pytest.approx(stretch[1] / sum(stretch))
    drawn = proposal.draw(20_000, generator=np.random.default_rng(5))[:, 0]
    assert (drawn < 2.0).mean() == pytest.approx(below, abs=4 * 0.5 / np.sqrt(20_000))
    assert (drawn < 3.0).mean() == pytest.approx(below + quad(density, 2.0, 3.0)[0], abs=4 * 0.5 / np.sqrt(20_000))


def test_with_equal_scales_it_is_the_multivariate_t():
    covariance = np.array([[2.0, 0.6], [0.6, 1.0]])
    axes = np.linalg.cholesky(covariance)
    proposal = SplitT(centre=np.ones(2), axes=axes, ahead=np.ones(2), behind=np.ones(2))
    points = np.random.default_rng(1).standard_normal((5, 2)) * 3
    theirs = stats.multivariate_t(loc=np.ones(2), shape=covariance, df=FREEDOM).logpdf(points)
    assert proposal.log_density(points) == pytest.approx(theirs, abs=1e-10)


def test_a_normal_target_gives_equal_scales():
    proposal = SplitT.around(lambda theta: -0.5 * (theta**2).sum(axis=1), centre=np.zeros(3), covariance=np.eye(3))
    assert np.concatenate([proposal.ahead, proposal.behind]) == pytest.approx(np.ones(6))


def log_gammas(theta):
    """Three independent ln Gamma(shape): skewed, with exponential tails to the left."""
    return (SHAPES * theta - np.exp(theta)).sum(axis=1)


SHAPES = np.array([0.4, 2.0, 30.0])


def test_a_skewed_target_of_known_moments():
    """Means and standard deviations of ln Gamma are known: means within 5 standard errors at the effective size."""
    drawn = sample(
        log_gammas,
        centre=np.log(SHAPES),
        covariance=np.diag(1 / SHAPES),
        size=20_000,
        generator=np.random.default_rng(2),
    )
    assert drawn.k_hat < 0.5
    assert drawn.effective_size() > 5000
    weights = np.exp(drawn.log_weights)
    distributions = [stats.loggamma(shape) for shape in SHAPES]
    deviation = np.array([one.std() for one in distributions])
    mean = weights @ drawn.theta
    error = deviation / np.sqrt(drawn.effective_size())
    assert (np.abs(mean - [one.mean() for one in distributions]) < 5 * error).all()
    assert np.sqrt(weights @ (drawn.theta - mean) ** 2) == pytest.approx(deviation, rel=0.1)


def banana(theta):
    """A curved normal: Haario, Saksman & Tamminen (1999)."""
    return -0.5 * (theta[:, 0] ** 2 / 4 + (theta[:, 1] + 0.5 * (theta[:, 0] ** 2 - 4)) ** 2)


def test_a_far_and_narrow_start_is_adapted():
    """The first proposal is a tenth too narrow and one deviation off; the mean of the second coordinate is 0."""
    first = sample(
        lambda theta: -0.5 * ((theta / [1.0, 20.0]) ** 2).sum(axis=1),
        centre=np.array([1.0, 10.0]),
        covariance=np.eye(2),
        size=4000,
        generator=np.random.default_rng(4),
    )
    assert first.k_hat < 0.7
    assert np.exp(first.log_weights) @ first.theta[:, 1] == pytest.approx(0.0, abs=2.0)
    curved = sample(
        banana,
        centre=np.array([0.0, 2.0]),
        covariance=np.diag([4.0, 1.0]),
        size=4000,
        generator=np.random.default_rng(4),
    )
    assert np.exp(curved.log_weights) @ curved.theta[:, 1] == pytest.approx(0.0, abs=0.3)


def test_k_hat_shows_a_target_with_heavier_tails():
    """A density with tails heavier than the t's, in four dimensions: k-hat stays above .7."""
    drawn = sample(
        lambda theta: -0.51 * np.log1p(theta**2).sum(axis=1),
        centre=np.zeros(4),
        covariance=np.eye(4),
        size=4000,
        generator=np.random.default_rng(1),
    )
    assert drawn.k_hat > 0.7


@given(
    log_weights=arrays(np.float64, st.integers(1, 60), elements=st.floats(-8, 0)),
    draws=st.integers(1, 200),
    seed=st.integers(0, 99),
)
def test_resampling_is_proportional_to_weights(log_weights, draws, seed):
    """Systematic resampling: floor(w x draws) times, or once more."""
    weights = np.exp(log_weights) / np.exp(log_weights).sum()
    points = np.arange(len(weights))[:, None].astype(float)
    weighted = WeightedDraws(theta=points, log_weights=np.log(weights), k_hat=0.0)
    chosen = weighted.resample(draws, generator=np.random.default_rng(seed))[:, 0].astype(int)
    times = np.bincount(chosen, minlength=len(weights))
    assert len(chosen) == draws
    assert (np.abs(times - weights * draws) < 1 + 1e-6).all()


def test_draws_come_in_random_order():
    """A block of draws is then a sample of all; in sorted order equal draws would be adjacent."""
    weighted = WeightedDraws(theta=np.arange(500.0)[:, None], log_weights=np.full(500, -np.log(500)), k_hat=0.0)
    drawn = weighted.resample(500, generator=np.random.default_rng(1))[:, 0]
    assert abs(np.corrcoef(drawn, np.arange(500))[0, 1]) < 0.15
    assert sorted(drawn) == list(range(500))


def test_the_effective_size_of_equal_weights():
    even = WeightedDraws(theta=np.zeros((50, 1)), log_weights=np.full(50, -np.log(50)), k_hat=0.0)
    assert even.effective_size() == pytest.approx(50.0)


def test_a_seed_determines_the_draws():
    one, other = (
        sample(
            log_gammas,
            centre=np.log(SHAPES),
            covariance=np.diag(1 / SHAPES),
            size=1000,
            generator=np.random.default_rng(9),
        )
        for _ in range(2)
    )
    assert np.array_equal(one.theta, other.theta)
    assert np.array_equal(one.log_weights, other.log_weights)


def test_the_mean_raw_weight_is_the_constant_of_the_target():
    """ln Γ of the shapes, summed: within 3 % at 20,000 draws."""
    generator = np.random.default_rng(3)
    proposal = SplitT.around(log_gammas, centre=np.log(SHAPES), covariance=np.diag(1 / SHAPES))
    theta = proposal.draw(20_000, generator=generator)
    raw = log_gammas(theta) - proposal.log_density(theta)
    assert np.log(np.exp(raw).mean()) == pytest.approx(gammaln(SHAPES).sum(), abs=0.03)

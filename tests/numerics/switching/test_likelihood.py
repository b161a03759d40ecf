"""The likelihood of gaps: derivatives, exactness of lattices, many parameter vectors at once."""

import numpy as np
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.models.families.returning_family import ReturningFamily
from kundkarriar.models.families.returning_likelihood import gap_blocks
from kundkarriar.numerics.switching import likelihood, loglik_batch
from kundkarriar.numerics.switching.trait_draws import NuScale, TraitDraws
from kundkarriar.numerics.switching.traits import EXACT, MOST_SPREAD, Traits
from kundkarriar.summaries.checked_summary import read_purchase_rows

FINER = evolve(EXACT, fineness=EXACT.fineness / 2, widest=tuple(step / 2 for step in EXACT.widest))
POINTS = [
    (-3.42, 0.14, -2.75, 0.19, -3.6),
    (-2.9, -0.4, -2.0, 0.5, -2.6),
    (-3.3, 0.1, -2.2, -0.3, -18.0),
]
"""(m1, ln s1, m2, ln s2, ln nu): near CDNOW's, elsewhere, and where nobody returns."""
points = pytest.mark.parametrize("theta", POINTS, ids=("near", "elsewhere", "no returns"))


@pytest.fixture(scope="module")
def rows(cdnow_sample):
    """The distinct rows of 500 customers, of all kinds of histories."""
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30", gaps=True)
    return read_purchase_rows(summary.iloc[::5], need="a test", gaps=True).rows.merged(period="W")


@pytest.fixture(scope="module")
def blocks(rows):
    return gap_blocks(rows)


def traits_at(theta):
    m1, log_s1, m2, log_s2, log_nu = theta
    return Traits(m1=m1, s1=np.exp(log_s1), m2=m2, s2=np.exp(log_s2), nu=np.exp(log_nu))


@points
def test_derivatives(theta, blocks):
    """Gradient and Hessian are central differences of value and gradient."""
    _, gradient, hessian = likelihood.total(blocks, traits_at(theta), FINER)
    step = 1e-4
    for i in range(5):
        ends = [likelihood.total(blocks, traits_at(theta + sign * step * np.eye(5)[i]), FINER) for sign in (1, -1)]
        assert (ends[0][0] - ends[1][0]) / (2 * step) == pytest.approx(gradient[i], rel=1e-5, abs=1e-4)
        slopes = (ends[0][1] - ends[1][1]) / (2 * step)
        assert slopes == pytest.approx(hessian[i], rel=1e-4, abs=1e-3 * np.abs(hessian).max() ** 0.5)


@points
def test_the_lattice_is_fine_enough(theta, blocks, rows):
    """Against one twice as fine: the total, and the posterior's part in it, the gradient."""
    value, gradient, _ = likelihood.total(blocks, traits_at(theta), EXACT)
    finer, slope, _ = likelihood.total(blocks, traits_at(theta), FINER)
    assert value == pytest.approx(finer, abs=1e-4)
    assert gradient == pytest.approx(slope, abs=2e-3)
    each = likelihood.log_likelihood(blocks, traits_at(theta), n=len(rows))
    assert rows.weights @ each == pytest.approx(value, abs=1e-6)


def draws_of(theta):
    m1, log_s1, m2, log_s2, log_nu = np.array(theta).T
    return TraitDraws(m1=m1, s1=np.exp(log_s1), m2=m2, s2=np.exp(log_s2), log_nu=log_nu)


@pytest.mark.parametrize(
    "spread",
    [(0.1, 0.06, 0.15, 0.2, 0.2), (0.6, 0.5, 1.5, 1.5, 2.0)],
    ids=["near the maximum", "as of few customers"],
)
def test_many_vectors_at_once(spread, blocks):
    """Log-likelihoods of scattered vectors differ by nearly one constant from the exact totals, which cancels."""
    scattered = POINTS[0] + np.random.default_rng(1).standard_normal((24, 5)) * spread
    scattered[:, [1, 3]] = np.minimum(scattered[:, [1, 3]], MOST_SPREAD)
    scattered[-1] = (-1.1, 0.5, 0.0, -4.7, 0.8)  # all customers pause nearly alike, unlike those of the others
    with np.errstate(all="ignore"):  # as whoever asks: far out nodes overflow, and weigh nothing
        found = loglik_batch.loglik_batch(blocks, draws_of(scattered))
    exact = np.array([likelihood.total(blocks, traits_at(theta))[0] for theta in scattered])
    assert np.ptp(found - exact) < 1e-2


def test_where_nobody_returns_all_small_nu_are_one_group(blocks):
    """Law: however far apart ln nu are, small nu share a lattice; likelihoods are each vector's but for a constant."""
    scattered = np.tile(POINTS[2], (12, 1))
    scattered[:, 4] = np.linspace(-30.0, -6.0, 12)
    draws, scale = draws_of(scattered), NuScale.of_blocks(blocks)
    given = {"longest": loglik_batch.LONGEST, "most_nodes": loglik_batch.MOST_NODES, "most": 100}
    assert len(list(draws.together(loglik_batch.BATCH, scale=scale, **given))) == 1
    assert scale.nu(scale.of(draws.log_nu)) == pytest.approx(np.exp(draws.log_nu), rel=1e-9)
    alone = [loglik_batch.loglik_batch(blocks, draws_of([theta]))[0] for theta in scattered]
    assert np.ptp(loglik_batch.loglik_batch(blocks, draws) - alone) < 1e-2
    assert np.ptp(alone) > 10  # among them the likelihood changes much


def test_a_vector_alone_is_as_among_others(blocks):
    scattered = POINTS[0] + np.random.default_rng(2).standard_normal((10, 5)) * 0.1
    together = loglik_batch.loglik_batch(blocks, draws_of(scattered))
    alone = [loglik_batch.loglik_batch(blocks, draws_of([theta]))[0] for theta in scattered]
    assert together == pytest.approx(alone, abs=5e-3)


def test_the_unit_of_time_is_free(rows):
    """Law: in units of any length the objective has one value; m and ln nu move by the log of the unit."""
    family, unit = ReturningFamily(), 33.0
    moved = np.array(POINTS[0]) + np.log(unit) * np.array([1, 0, 1, 0, 1])
    one, other = (
        family.objective(rows, scale=scale)(np.array(theta)) for scale, theta in ((1.0, POINTS[0]), (unit, moved))
    )
    for part, same in zip(one, other, strict=True):
        assert part == pytest.approx(same, rel=1e-9, abs=1e-6)
    batch = family.loglik_batch(rows, scale=unit)(moved[None, :])
    assert batch == pytest.approx([one[0]], abs=0.02)
    natural = family.unconstrained.natural(moved, scale=unit)
    params = dict(zip(family.parameters, natural, strict=True))
    assert rows.weights @ family.log_likelihood(rows, params) == pytest.approx(one[0], abs=1e-5)

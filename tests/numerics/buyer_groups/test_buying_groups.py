"""The mixture of three kinds of buyers: its density by brute force, its slopes by differences."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma

from kundkarriar.numerics.buyer_groups import buying_groups
from kundkarriar.numerics.buyer_groups.buying_groups import GroupParams, Histories, log_density, memberships

PARAMS = GroupParams(
    weights=[0.6, 0.3, 0.1],
    leaves=[0.6, 0.2, 0.05],
    gap=[20.0, 12.0, 4.0],
    k=[0.8, 1.3, 3.5],
    r=1.7,
    share=[0.2, 0.4, 0.8],
    concentration=6.0,
)
GAPS = ([], [6.0], [3.0, 5.0, 4.0])


def histories(T=20.0, share=np.nan):
    return Histories(
        x=[len(gaps) for gaps in GAPS],
        t_x=[sum(gaps) for gaps in GAPS],
        T=[T] * len(GAPS),
        gap_log_sum=[float(np.log(gaps).sum()) for gaps in GAPS],
        share=[share] * len(GAPS),
        weights=[1.0] * len(GAPS),
    )


@pytest.mark.parametrize("g", range(3))
@pytest.mark.parametrize("at", range(3))
def test_density_is_the_integral_over_rates(at, g):
    """Given a rate, gaps are gamma, the silence outlasts one more, or the customer left: by quadrature."""
    gaps, leaves, k = GAPS[at], PARAMS.leaves[g], PARAMS.k[g]
    silence, scale = 20.0 - sum(gaps), k / (PARAMS.r * PARAMS.gap[g])

    def given(rate):
        stayed = np.prod([(1 - leaves) * gamma.pdf(gap, k, scale=1 / rate) for gap in gaps])
        return (
            stayed
            * ((1 - leaves) * gamma.sf(silence, k, scale=1 / rate) + leaves)
            * gamma.pdf(rate, PARAMS.r, scale=scale)
        )

    whole = sum(quad(given, low, high, epsabs=0, epsrel=1e-10)[0] for low, high in ((0, 0.2), (0.2, 2), (2, 40)))
    assert log_density(histories(), PARAMS)[at, g] == pytest.approx(np.log(whole), abs=1e-7)


def test_slopes_are_those_of_the_height():
    """The slopes that are taken by formula, against central differences of the whole log-likelihood."""
    rows, generator = histories(share=0.3), np.random.default_rng(1)
    theta = buying_groups._centre() + generator.normal(0, 0.3, buying_groups.LENGTH)
    _, slope = buying_groups._height(rows, theta)
    for at in range(len(theta)):
        step = 1e-5 * np.eye(len(theta))[at]
        ends = [buying_groups._height(rows, theta + sign * step)[0] for sign in (1, -1)]
        assert slope[at] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-4)


def test_customers_alike_are_one_row():
    rows = histories()
    twice = rows.at(np.array([0, 1, 1, 2]))
    alone, inverse = twice.distinct()
    assert len(alone) == 3
    assert alone.weights.sum() == 4
    assert memberships(alone, PARAMS)[0][inverse] == pytest.approx(memberships(twice, PARAMS)[0])

"""The mixture of three buyer groups: its density by brute force, its gradient by differences."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma

from kundkarriar.numerics.buyer_groups.histories import Histories
from kundkarriar.numerics.buyer_groups.likelihood import class_probabilities, log_density, total
from kundkarriar.numerics.buyer_groups.parameters import SIZE, GroupParams, prior_mean

PARAMS = GroupParams(
    weights=[0.6, 0.3, 0.1],
    dropout=[0.6, 0.2, 0.05],
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
    """Given a rate, gaps are gamma, the last gap outlasts the trailing nonpurchase, or the customer dropped out."""
    gaps, dropout, k = GAPS[at], PARAMS.dropout[g], PARAMS.k[g]
    trailing, scale = 20.0 - sum(gaps), k / (PARAMS.r * PARAMS.gap[g])

    def density(rate):
        purchases = np.prod([(1 - dropout) * gamma.pdf(gap, k, scale=1 / rate) for gap in gaps])
        return (
            purchases
            * ((1 - dropout) * gamma.sf(trailing, k, scale=1 / rate) + dropout)
            * gamma.pdf(rate, PARAMS.r, scale=scale)
        )

    whole = sum(quad(density, low, high, epsabs=0, epsrel=1e-10)[0] for low, high in ((0, 0.2), (0.2, 2), (2, 40)))
    assert log_density(histories(), PARAMS)[at, g] == pytest.approx(np.log(whole), abs=1e-7)


def test_gradient_is_the_derivative_of_the_log_likelihood():
    """The analytic gradient against central differences of the whole log-likelihood."""
    rows, generator = histories(share=0.3), np.random.default_rng(1)
    theta = prior_mean() + generator.normal(0, 0.3, SIZE)
    _, gradient = total(rows, theta)
    for at in range(len(theta)):
        step = 1e-5 * np.eye(len(theta))[at]
        ends = [total(rows, theta + sign * step)[0] for sign in (1, -1)]
        assert gradient[at] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-4)


def test_customers_alike_are_one_row():
    rows = histories()
    twice = rows.at(np.array([0, 1, 1, 2]))
    alone, inverse = twice.distinct()
    assert len(alone) == 3
    assert alone.weights.sum() == 4
    assert class_probabilities(alone, PARAMS)[0][inverse] == pytest.approx(class_probabilities(twice, PARAMS)[0])

"""Expected future of customers who are alive, at parameters of any size, each number computed in two ways."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kundkarriar.numerics.bgnbd import expectation, poisson_expectation
from kundkarriar.numerics.bgnbd.alive_customers import alive_customers
from kundkarriar.numerics.special.beta_mixture_survival import expected_purchases, survival

EDGE = 28.0
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(20)


def sizes(low=-EDGE, high=EDGE):
    return st.floats(low, high).map(lambda u: float(np.exp(u)))


def over_time(inside, end, *, finest):
    """The integral of inside(t) from 0 to `end`: 20 nodes in each half e-fold of time, from far below `finest` on."""
    first = np.log(min(finest, end)) - 40
    edges = np.linspace(first, np.log(end), 2 * int(np.log(end) - first) + 2)
    half = np.diff(edges)[:, None] / 2
    t = np.exp(edges[:-1, None] + half + half * POINTS).ravel()
    return float((inside(t) * t * (half * WEIGHTS).ravel()).sum())


@given(
    x=st.sampled_from([0.0, 1.0, 40.0, 1000.0]),
    r=sizes(),
    alpha=sizes(),
    a=sizes(),
    b=sizes(),
    horizon=sizes(0.0, 9.2),
    discount_rate=st.sampled_from([0.0, 0.0018, 0.1]),
)
def test_discounting_is_an_integral_over_time(*, x, r, alpha, a, b, horizon, discount_rate):
    """Discounted purchases by parts from the plain ones, and time alive from survival, however odd the parameters."""
    s, rate = r + x, alpha + 20.0
    alone = alive_customers(k=1, s=[s], rate=rate, a=a, b=b + x)
    parts = poisson_expectation.residual(horizon, alone, discount_rate=discount_rate)
    counted, alive, plain, _ = (part[0] for part in parts)
    expected = float(poisson_expectation.expected_purchases(horizon, alone)[0, 0])
    assert_allclose(plain[0], expected, rtol=1e-9)
    customer = {"s": s, "a": a, "b": b + x}
    finest = rate / (s + 1)
    discounted_sum = over_time(
        lambda t: np.exp(-discount_rate * t) * expected_purchases(t / rate, **customer), horizon, finest=finest
    )
    assert_allclose(counted[0], np.exp(-discount_rate * horizon) * expected + discount_rate * discounted_sum, rtol=1e-9)
    time_alive = over_time(
        lambda t: np.exp(-discount_rate * t) * survival(t / rate, **customer), horizon, finest=finest
    )
    assert_allclose(alive[0], time_alive, rtol=1e-9)


@given(s=sizes(-3, 8), rate=sizes(-3, 8), a=sizes(-20, 10), b=sizes(-3, 10), horizon=sizes(-2, 9))
def test_dropout_is_what_survival_lacks(s, rate, a, b, horizon):
    """Law: dropout and survival sum to 1, and dropout needs a purchase."""
    one = alive_customers(k=1, s=[s], rate=rate, a=a, b=b)
    dropout = poisson_expectation.p_leaves(horizon, one)
    assert_allclose(dropout, 1 - poisson_expectation.still_alive(horizon, one), atol=1e-9)
    assert dropout[0] <= min(1.0, expectation.p_purchase(horizon, one)[0, 0]) * (1 + 1e-9)


def test_counts_of_a_known_rate_are_poisson():
    """A gamma of 1e12 on 1e12 is a rate of 1 for everyone: without dropout, counts are Poisson."""
    huge = alive_customers(k=1, s=[1e12], rate=1e12, a=0.0, b=1.0)
    counts = poisson_expectation.p_counts(3.0, huge, up_to=6)[0, 0]
    poisson = np.exp(-3.0) * 3.0 ** np.arange(7) / np.array([1, 1, 2, 6, 24, 120, 720])
    assert_allclose(counts, poisson, rtol=1e-9)

"""Discounts on a chain of rungs: by hand, by brute force, and at high precision."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import mp, mpf

from kundkarriar.numerics.markov.value import occupancy, value
from kundkarriar.numerics.planning.discount_curve import DiscountCurve
from kundkarriar.numerics.planning.discount_path import (
    break_even_volume,
    discount_ceiling,
    escalating_spend,
    hidden_multiple,
    margin_ceiling,
)

seeds = st.integers(0, 10_000)


def chain(seed, K=4):
    """Steps among K rungs, of which some are gone, and the spend on each."""
    generator = np.random.default_rng(seed)
    P = generator.dirichlet(np.ones(K + 1), size=K)[:, :K]
    return P, generator.uniform(0, 100, size=K)


def of_pairs(P, spend, *, escalation, beta, start):
    """The same of a chain whose states are pairs of rung and highest rung since the grant, at 40 digits."""
    K, g, beta = len(P), mpf(escalation), mpf(beta)
    pairs = [(rung, highest) for highest in range(start, K) for rung in range(highest + 1)]
    at = {pair: number for number, pair in enumerate(pairs)}
    A, b = mp.eye(len(pairs)), mp.zeros(len(pairs), 1)
    for (rung, highest), number in at.items():
        b[number] = mpf(spend[rung]) * (1 + g) ** (highest - start)
        for to in range(K):
            A[number, at[to, max(highest, to)]] -= beta * mpf(P[rung][to])
    return mp.lu_solve(A, b)[at[start, start]]


def test_two_rungs_by_hand():
    """Half climb and half fall each month. From the top: u1 = 2 + (u0 + u1)/4 and u0 = 1 + (u0 + u1)/4, so 7/2 and 5/2.

    From below: v = 1 + v/4 + 3/2 x 7/2 / 4, so 37/12; who falls keeps the share of the top. By the rung of each month
    alone, 3/2 periods below and 1/2 at the top, it would be 3/2 x 1 + 1/2 x 3/2 x 2 = 3.
    """
    halves = np.full((2, 2), 0.5)
    found = escalating_spend(P=halves, spend=np.array([1.0, 2.0]), escalation=0.5, beta=0.5)
    np.testing.assert_allclose(found, [float(Fraction(37, 12)), float(Fraction(7, 2))], rtol=1e-15)
    by_rung_alone = occupancy(P=halves, beta=0.5)[0] @ (np.array([1.0, 2.0]) * np.array([1.0, 1.5]))
    assert by_rung_alone == pytest.approx(3.0)


@given(seeds, st.floats(0, 0.5), st.floats(0, 0.98))
def test_the_cost_is_that_of_the_chain_of_rung_and_highest_rung(seed, escalation, beta):
    """Solved rung by rung from the top or all pairs at once."""
    P, spend = chain(seed)
    found = escalating_spend(P=P, spend=spend, escalation=escalation, beta=beta)
    with mp.workdps(40):
        expected = [float(of_pairs(P, spend, escalation=escalation, beta=beta, start=start)) for start in range(4)]
    np.testing.assert_allclose(found, expected, rtol=1e-11)


@given(seeds, st.floats(0, 0.98))
def test_without_escalation_it_is_occupancy_times_spend(seed, beta):
    """D sum_k N_beta[i, k] s_k."""
    P, spend = chain(seed)
    found = escalating_spend(P=P, spend=spend, escalation=0.0, beta=beta)
    np.testing.assert_allclose(found, occupancy(P=P, beta=beta) @ spend, rtol=1e-11)


@given(seeds, st.floats(0, 0.5), st.floats(0.01, 0.5), st.floats(0, 0.98))
def test_the_path_is_never_cheaper_than_its_first_period_and_escalation_makes_it_dearer(seed, g, more, beta):
    """The hidden multiple is at least 1, and grows with g."""
    P, spend = chain(seed)
    path = [escalating_spend(P=P, spend=spend, escalation=each, beta=beta) for each in (g, g + more)]
    assert (hidden_multiple(path=path[0], naive=spend) >= 1 - 1e-12).all()
    assert (path[1] >= path[0] * (1 - 1e-12)).all()


@given(st.floats(0.05, 0.95), st.floats(0, 0.9), st.floats(0, 0.5), st.integers(0, 6))
def test_at_the_margin_ceiling_the_top_rung_has_the_least_margin(margin, least, escalation, climbs):
    """Of the price paid there, (m - D_top) / (1 - D_top); below it if there is no such discount, D = 0."""
    granted = margin_ceiling(margin=margin, least_margin=least, escalation=escalation, climbs=np.array(climbs))
    top = granted * (1 + escalation) ** climbs
    assert (margin - top) / (1 - top) == pytest.approx(min(least, margin), abs=1e-12)


@given(st.floats(0.1, 1), st.floats(0.01, 0.99))
def test_at_the_break_even_volume_the_contribution_is_as_it_was(margin, part):
    """(1 + lift)(m - D) = m."""
    share = part * margin
    lift = break_even_volume(share=share, margin=np.array([margin]))[0]
    assert (1 + lift) * (margin - share) == pytest.approx(margin)


def test_margins_and_multiples_that_are_not_there():
    assert break_even_volume(share=0.3, margin=np.array([0.3, 0.2, np.nan])).tolist()[:2] == [np.inf, np.inf]
    assert np.isnan(break_even_volume(share=0.3, margin=np.array([np.nan]))[0])
    assert margin_ceiling(margin=np.array([0.1]), least_margin=0.2, escalation=0.1, climbs=np.array([1]))[0] == 0
    multiples = hidden_multiple(path=np.array([0.0, 1.0, 3.0]), naive=np.array([0.0, 0.0, 2.0]))
    np.testing.assert_array_equal(multiples, [np.nan, np.inf, 1.5])


# Two rungs: the odds of a climb are e^(8 D) / 9 each month; nobody falls, and a tenth is gone. So V_top =
# m s_1 / (1 - .9 beta) and V = (m s_0 + .9 beta p V_top) / (1 - .9 beta (1 - p)).
SPEND, MARGIN, BETA, STAYS, G = (10.0, 100.0), 0.5, 0.99, 0.9, 0.2


def treated(share):
    p = 1 / (1 + 9 * np.exp(-8 * share))
    return STAYS * np.array([[1 - p, p], [0.0, 1.0]])


def gain_and_cost(share):
    """Both from the lower rung."""
    contribution = MARGIN * np.array(SPEND)
    gain = value(P=treated(share), R=contribution, beta=BETA) - value(P=treated(0.0), R=contribution, beta=BETA)
    return gain[0], share * escalating_spend(P=treated(share), spend=np.array(SPEND), escalation=G, beta=BETA)[0]


def by_hand(share):
    """Gain less cost from the formulas above, at 40 digits."""
    s0, s1, m, beta, stays, g = map(mpf, (*map(str, SPEND), str(MARGIN), str(BETA), str(STAYS), str(G)))

    def path(p, weight):
        return (s0 + beta * stays * p * weight * s1 / (1 - stays * beta)) / (1 - stays * beta * (1 - p))

    p = 1 / (1 + 9 * mp.exp(-8 * share))
    return m * (path(p, 1) - path(mpf("0.1"), 1)) - share * path(p, 1 + g)


def test_the_ceiling_solves_gain_equals_cost():
    """To 1e-9, of both the equation and its root; the margin floor may be below it."""
    found = discount_ceiling(lambda share: float(np.subtract(*gain_and_cost(share))), most=MARGIN)
    with mp.workdps(40):
        root = float(mp.findroot(by_hand, (mpf("0.05"), mpf("0.3")), solver="anderson", tol=1e-60))
        assert abs(by_hand(root)) < 1e-12
    gain, cost = gain_and_cost(found)
    assert abs(gain - cost) < 1e-9
    assert abs(found - root) < 1e-9
    assert 0.01 < found < 0.4


@pytest.mark.parametrize(
    ("net", "ceiling"),
    [
        (lambda share: -share, 0.0),
        (lambda share: share, 0.8),
        (lambda share: share * (share - 0.1) * (0.5 - share), 0.5),  # small shares do not pay, larger ones do
        (lambda share: share * (1e-4 - share), 1e-4),
        (lambda share: share * (0.77 - share), 0.77),
    ],
)
def test_ceilings_of_known_gains(net, ceiling):
    assert discount_ceiling(net, most=0.8) == pytest.approx(ceiling, rel=1e-12)


@given(st.floats(0.15, 0.6), st.floats(1.5, 4.0), st.floats(0.05, 0.2))
def test_the_curve_is_exact_where_the_spend_is_multiplied(margin, lift, stated):
    """The root of m (1 - f^(-x/D)) = x, whatever lies between the shares at which customers are drawn."""
    share = margin * np.array([0.0, 1 / 9, 0.3, 4 / 9, 1.0])
    spend = 1e4 * lift ** (share / stated)
    curve = DiscountCurve(share=share, margin=margin * spend, costs=np.zeros_like(spend), spend=spend)
    found = curve.ceiling(most=margin)
    with mp.workdps(30):
        rate = mp.log(mpf(lift)) / mpf(stated)
        assume(abs(margin * rate - 1) > 1e-3)  # there gain and cost of small shares differ by rounding alone
        if margin * rate < 1:  # at the first cent the discount costs more than it gains
            assert found == 0
            return
        root = margin + mp.lambertw(-margin * rate * mp.exp(-margin * rate)) / rate
    assert found == pytest.approx(float(root), abs=1e-9)
    assert abs(curve.net(found)) < 1e-9 * max(curve.cost(found), 1.0)

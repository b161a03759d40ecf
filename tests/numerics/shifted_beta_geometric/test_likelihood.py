"""Renewals: probabilities that sum to one, derivatives, and the same number in two ways."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.shifted_beta_geometric import likelihood as sbg
from kundkarriar.numerics.special.gamma_ratio import log_stays

parameters = st.tuples(st.floats(-5, 5), st.floats(-5, 5)).map(
    lambda logs: dict(zip(("alpha", "beta"), np.exp(logs), strict=True))
)
counts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8)


@given(params=parameters, last=st.integers(0, 30))
def test_leaving_at_each_renewal_and_staying_past_the_last_are_certain(params, last):
    """And the retention is the ratio of who is there."""
    k = np.arange(last + 1.0)
    leaves = np.exp(sbg.log_likelihood(k=k, ended=np.ones(len(k), dtype=bool), **params))
    stays = np.exp(sbg.log_likelihood(k=k + 1, ended=np.zeros(len(k), dtype=bool), **params))
    assert leaves.sum() + stays[-1] == pytest.approx(1.0, rel=1e-11)
    there = np.exp(log_stays(np.arange(last + 2), a=params["alpha"], b=params["beta"]))
    assert sbg.retention(k, **params).tolist() == pytest.approx((there[1:] / there[:-1]).tolist(), rel=1e-9)


@given(params=parameters, drawn=counts)
def test_the_total_is_the_sum_and_its_slopes_are_slopes(params, drawn):
    """Against the members one by one, and against differences."""
    left, still = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    j = np.arange(float(len(left)))
    there = np.cumsum((left + still)[::-1])[::-1]
    seen = {"ended_at": left, "faced": there - still}
    value, gradient, hessian = sbg.total(**seen, **params)
    apart = sum(
        weights @ sbg.log_likelihood(k=j, ended=np.full(len(j), gone), **params)
        for weights, gone in ((left, True), (still, False))
    )
    assert value == pytest.approx(float(apart), rel=1e-10, abs=1e-9)
    at_once = sbg.totals(**seen, **{name: np.array([number]) for name, number in params.items()})
    assert at_once[0] == pytest.approx(value, rel=1e-12, abs=1e-12)
    for i, name in enumerate(("alpha", "beta")):
        step = 1e-5 * params[name]
        up, down = ({**params, name: params[name] + sign * step} for sign in (1, -1))
        above, below = sbg.total(**seen, **up), sbg.total(**seen, **down)
        near = {"rel": 1e-5, "abs": 1e-9 * (1 + abs(value)) / step}
        assert gradient[i] == pytest.approx((above[0] - below[0]) / (2 * step), **near)
        near = {"rel": 1e-5, "abs": 1e-9 * (1 + np.abs(gradient).max()) / step}
        assert hessian[i].tolist() == pytest.approx(((above[1] - below[1]) / (2 * step)).tolist(), **near)


def test_simulated_members_are_those_of_the_likelihood():
    """Chi-square over six outcomes of 200,000 members: 5 degrees of freedom, 99.9 %."""
    params = {"alpha": 0.668, "beta": 3.806}
    k, ended = sbg.simulate(most=np.full(200_000, 5.0), **params, generator=np.random.default_rng(5))
    expected = 200_000 * np.exp(sbg.log_likelihood(k=np.arange(6.0), ended=np.array([True] * 5 + [False]), **params))
    found = np.array([*(np.sum(ended & (k == j)) for j in range(5)), np.sum(~ended)])
    assert (k[~ended] == 5).all()
    assert np.sum((found - expected) ** 2 / expected) < 20.6

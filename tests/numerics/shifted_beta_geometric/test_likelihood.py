"""Shifted beta-geometric: probabilities that sum to one, derivatives, and the same number in two ways."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.shifted_beta_geometric import expectation, likelihood, simulate
from kundkarriar.numerics.special.beta_geometric_survival import log_survival

parameters = st.tuples(st.floats(-5, 5), st.floats(-5, 5)).map(
    lambda logs: dict(zip(("alpha", "beta"), np.exp(logs), strict=True))
)
counts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8)


@given(params=parameters, last=st.integers(0, 30))
def test_churn_at_each_renewal_and_survival_past_the_last_sum_to_one(params, last):
    """And the retention rate is a ratio of survival probabilities."""
    k = np.arange(last + 1.0)
    churned = np.exp(likelihood.log_likelihood(k=k, ended=np.ones(len(k), dtype=bool), **params))
    retained = np.exp(likelihood.log_likelihood(k=k + 1, ended=np.zeros(len(k), dtype=bool), **params))
    assert churned.sum() + retained[-1] == pytest.approx(1.0, rel=1e-11)
    survival = np.exp(log_survival(np.arange(last + 2), a=params["alpha"], b=params["beta"]))
    assert expectation.retention(k, **params).tolist() == pytest.approx(
        (survival[1:] / survival[:-1]).tolist(), rel=1e-9
    )


@given(params=parameters, drawn=counts)
def test_the_total_is_the_sum_with_its_derivatives(params, drawn):
    """Against the members one by one, and against differences."""
    churned, active = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    j = np.arange(float(len(churned)))
    at_risk = np.cumsum((churned + active)[::-1])[::-1]
    statistics = {"ended_at": churned, "faced": at_risk - active}
    value, gradient, hessian = likelihood.total(**statistics, **params)
    apart = sum(
        weights @ likelihood.log_likelihood(k=j, ended=np.full(len(j), ended), **params)
        for weights, ended in ((churned, True), (active, False))
    )
    assert value == pytest.approx(float(apart), rel=1e-10, abs=1e-9)
    at_once = likelihood.loglik_batch(**statistics, **{name: np.array([number]) for name, number in params.items()})
    assert at_once[0] == pytest.approx(value, rel=1e-12, abs=1e-12)
    for i, name in enumerate(("alpha", "beta")):
        step = 1e-5 * params[name]
        up, down = ({**params, name: params[name] + sign * step} for sign in (1, -1))
        above, below = likelihood.total(**statistics, **up), likelihood.total(**statistics, **down)
        near = {"rel": 1e-5, "abs": 1e-9 * (1 + abs(value)) / step}
        assert gradient[i] == pytest.approx((above[0] - below[0]) / (2 * step), **near)
        near = {"rel": 1e-5, "abs": 1e-9 * (1 + np.abs(gradient).max()) / step}
        assert hessian[i].tolist() == pytest.approx(((above[1] - below[1]) / (2 * step)).tolist(), **near)


def test_simulated_members_are_those_of_the_likelihood():
    """Chi-square over six outcomes of 200,000 members: 5 degrees of freedom, 99.9 %."""
    params = {"alpha": 0.668, "beta": 3.806}
    k, ended = simulate.draw_histories(most=np.full(200_000, 5.0), **params, generator=np.random.default_rng(5))
    expected = 200_000 * np.exp(
        likelihood.log_likelihood(k=np.arange(6.0), ended=np.array([True] * 5 + [False]), **params)
    )
    found = np.array([*(np.sum(ended & (k == j)) for j in range(5)), np.sum(~ended)])
    assert (k[~ended] == 5).all()
    assert np.sum((found - expected) ** 2 / expected) < 20.6

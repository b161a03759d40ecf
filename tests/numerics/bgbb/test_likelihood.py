"""Likelihood of BG/BB: probabilities that sum to one, derivatives, and the same number in two ways."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import comb

from kundkarriar.numerics.bgbb import (
    beta_binomial,
    expectation,
    likelihood,
)
from kundkarriar.numerics.bgbb.likelihood import log_p_alive
from kundkarriar.numerics.bgbb.sufficient_statistics import OpportunityStatistics

PARAMS = ("alpha", "beta", "gamma", "delta")
parameters = st.tuples(*[st.floats(-4.0, 4.0)] * 4).map(lambda logs: dict(zip(PARAMS, np.exp(logs), strict=True)))
wide = st.tuples(*[st.floats(-6.0, 6.0)] * 4).map(lambda logs: dict(zip(PARAMS, np.exp(logs), strict=True)))


@st.composite
def histories(draw, most=40):
    """x, t_x, n of one customer."""
    n = draw(st.integers(0, most))
    t_x = draw(st.integers(0, n))
    return (draw(st.integers(1, t_x)) if t_x else 0), t_x, n


def rows_of(drawn):
    return dict(zip(("x", "t_x", "n"), np.array(drawn, dtype=float).T, strict=True))


@given(params=parameters, n=st.integers(0, 9))
def test_all_histories_together_are_certain(params, n):
    """Their probabilities sum to 1; C(t_x - 1, x - 1) sequences have the same (x, t_x)."""
    cells = [(0, 0, n), *((x, t, n) for t in range(1, n + 1) for x in range(1, t + 1))]
    rows = rows_of(cells)
    ways = np.where(rows["x"] > 0, comb(rows["t_x"] - 1, rows["x"] - 1), 1.0)
    assert ways @ np.exp(likelihood.log_likelihood(**rows, **params)) == pytest.approx(1.0, rel=1e-11)


@given(params=parameters, drawn=st.lists(histories(), min_size=1, max_size=6))
def test_the_total_is_the_sum_with_its_derivatives(params, drawn):
    """Against the customers one by one, and against differences."""
    rows, weights = rows_of(drawn), np.arange(1.0, len(drawn) + 1)
    statistics = OpportunityStatistics.of(**rows, weights=weights)
    value, gradient, hessian = likelihood.total(statistics, **params)
    apart = likelihood.log_likelihood(**rows, **params)
    assert value == pytest.approx(float(weights @ apart), rel=1e-10, abs=1e-9)
    for i, name in enumerate(PARAMS):
        step = 1e-5 * params[name]
        up, down = ({**params, name: params[name] + sign * step} for sign in (1, -1))
        above, below = likelihood.total(statistics, **up), likelihood.total(statistics, **down)
        # differences keep about half of the digits of what they are taken of
        near = {"rel": 1e-5, "abs": 1e-9 * (1 + abs(value)) / step}
        assert gradient[i] == pytest.approx((above[0] - below[0]) / (2 * step), **near)
        scale = {"rel": 1e-5, "abs": 1e-9 * (1 + np.abs(gradient).max()) / step}
        assert hessian[i].tolist() == pytest.approx(((above[1] - below[1]) / (2 * step)).tolist(), **scale)
    assert np.abs(hessian - hessian.T).max() <= 1e-12 * np.abs(hessian).max()


@given(points=st.lists(wide, min_size=1, max_size=4), drawn=st.lists(histories(), min_size=1, max_size=8))
def test_many_parameter_vectors_at_once_are_those_one_by_one(points, drawn):
    """`loglik_batch` against `total`."""
    rows, weights = rows_of(drawn), np.arange(1.0, len(drawn) + 1)
    statistics = OpportunityStatistics.of(**rows, weights=weights)
    at_once = likelihood.loglik_batch(
        statistics, **{name: np.array([point[name] for point in points]) for name in PARAMS}
    )
    one_by_one = [likelihood.total(statistics, **point)[0] for point in points]
    assert at_once.tolist() == pytest.approx(one_by_one, rel=1e-10, abs=1e-9)


@given(points=st.lists(wide, min_size=1, max_size=3), drawn=st.lists(histories(), min_size=1, max_size=4))
def test_each_draw_of_the_parameters_gives_a_column(points, drawn):
    """Parameters of (1, S) draws give (n, S)."""
    rows = rows_of(drawn)
    draws = {name: np.array([[point[name] for point in points]]) for name in PARAMS}
    log_likelihoods = likelihood.log_likelihood(**rows, **draws)
    alive = log_p_alive(**rows, ahead=2, **draws)
    for s, point in enumerate(points):
        assert log_likelihoods[:, s].tolist() == pytest.approx(likelihood.log_likelihood(**rows, **point).tolist())
        assert alive[:, s].tolist() == pytest.approx(log_p_alive(**rows, ahead=2, **point).tolist())


@given(params=wide, drawn=histories(most=300))
def test_trailing_nonpurchase_lowers_p_alive(params, drawn):
    """Now and at the next opportunity; after a purchase at the last one P(alive) is 1."""
    x, t_x, n = drawn
    rows = rows_of([(x, t_x, n), (x, t_x, n + 1), (x, t_x, t_x)])
    now, later = (log_p_alive(**rows, ahead=ahead, **params) for ahead in (0, 1))
    assert now[2] == 0.0
    assert now[1] <= now[0] * (1 - 1e-12) <= 0.0
    assert (later < now).all()


@given(params=wide, drawn=histories(most=300))
def test_extremes_are_finite(params, drawn):
    """Whatever the customer and the parameters."""
    rows = rows_of([drawn])
    ahead = {"x": rows["x"], "n": rows["n"], **params}
    assert np.isfinite(likelihood.log_likelihood(**rows, **params)).all()
    assert np.isfinite(log_p_alive(**rows, ahead=1, **params)).all()
    assert np.isfinite(expectation.discounted_purchases(np.inf, discount_rate=0.01, **ahead)).all()
    statistics = OpportunityStatistics.of(**rows, weights=np.ones(1))
    _, gradient, hessian = likelihood.total(statistics, **params)
    assert np.isfinite(gradient).all()
    assert np.isfinite(hessian).all()


@given(params=parameters, drawn=st.lists(histories(), min_size=1, max_size=6))
def test_without_dropout_it_is_a_beta_binomial(params, drawn):
    """The nested model is the limit of the larger one."""
    rows, weights = rows_of(drawn), np.ones(len(drawn))
    without_dropout = {**params, "gamma": 1e-100, "delta": 1.0}
    nested_statistics = beta_binomial.tabulate(x=rows["x"], n=rows["n"], weights=weights)
    nested = beta_binomial.total(nested_statistics, alpha=params["alpha"], beta=params["beta"])
    whole = likelihood.total(OpportunityStatistics.of(**rows, weights=weights), **without_dropout)
    assert whole[0] == pytest.approx(nested[0], rel=1e-9, abs=1e-9)
    assert whole[1][:2].tolist() == pytest.approx(nested[1].tolist(), rel=1e-7, abs=1e-7)
    assert whole[2][:2, :2].ravel().tolist() == pytest.approx(nested[2].ravel().tolist(), rel=1e-7, abs=1e-7)

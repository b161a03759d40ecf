"""BG/BB: probabilities that sum to one, derivatives, and the same number in two ways."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import comb

from kundkarriar.numerics.beta_bernoulli import beta_binomial, likelihood, trailing_nonpurchase
from kundkarriar.numerics.beta_bernoulli.statistics import OpportunityCounts

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
    """Of (x, t_x) there are C(t_x - 1, x - 1) sequences."""
    cells = [(0, 0, n), *((x, t, n) for t in range(1, n + 1) for x in range(1, t + 1))]
    rows = rows_of(cells)
    ways = np.where(rows["x"] > 0, comb(rows["t_x"] - 1, rows["x"] - 1), 1.0)
    assert ways @ np.exp(likelihood.log_likelihood(**rows, **params)) == pytest.approx(1.0, rel=1e-11)


@given(params=parameters, drawn=st.lists(histories(), min_size=1, max_size=6))
def test_the_total_is_the_sum_and_its_slopes_are_slopes(params, drawn):
    """Against the customers one by one, and against differences."""
    rows, weights = rows_of(drawn), np.arange(1.0, len(drawn) + 1)
    seen = OpportunityCounts.of(**rows, weights=weights)
    value, gradient, hessian = likelihood.total(seen, **params)
    apart = likelihood.log_likelihood(**rows, **params)
    assert value == pytest.approx(float(weights @ apart), rel=1e-10, abs=1e-9)
    for i, name in enumerate(PARAMS):
        step = 1e-5 * params[name]
        up, down = ({**params, name: params[name] + sign * step} for sign in (1, -1))
        above, below = likelihood.total(seen, **up), likelihood.total(seen, **down)
        # differences keep about half of the digits of what they are taken of
        near = {"rel": 1e-5, "abs": 1e-9 * (1 + abs(value)) / step}
        assert gradient[i] == pytest.approx((above[0] - below[0]) / (2 * step), **near)
        scale = {"rel": 1e-5, "abs": 1e-9 * (1 + np.abs(gradient).max()) / step}
        assert hessian[i].tolist() == pytest.approx(((above[1] - below[1]) / (2 * step)).tolist(), **scale)
    assert np.abs(hessian - hessian.T).max() <= 1e-12 * np.abs(hessian).max()


@given(points=st.lists(wide, min_size=1, max_size=4), drawn=st.lists(histories(), min_size=1, max_size=8))
def test_many_points_at_once_are_the_points_one_by_one(points, drawn):
    """Two roads to the silence: groups walked back from the end, rows walked forward term by term."""
    rows, weights = rows_of(drawn), np.arange(1.0, len(drawn) + 1)
    seen = OpportunityCounts.of(**rows, weights=weights)
    at_once = likelihood.totals(seen, **{name: np.array([point[name] for point in points]) for name in PARAMS})
    one_by_one = [likelihood.total(seen, **point)[0] for point in points]
    assert at_once.tolist() == pytest.approx(one_by_one, rel=1e-10, abs=1e-9)


@given(points=st.lists(wide, min_size=1, max_size=3), drawn=st.lists(histories(), min_size=1, max_size=4))
def test_draws_stand_in_columns(points, drawn):
    """Parameters of (1, S) draws give (n, S)."""
    rows = rows_of(drawn)
    draws = {name: np.array([[point[name] for point in points]]) for name in PARAMS}
    heights = likelihood.log_likelihood(**rows, **draws)
    alive = likelihood.log_p_alive(**rows, ahead=2, **draws)
    for s, point in enumerate(points):
        assert heights[:, s].tolist() == pytest.approx(likelihood.log_likelihood(**rows, **point).tolist())
        assert alive[:, s].tolist() == pytest.approx(likelihood.log_p_alive(**rows, ahead=2, **point).tolist())


@given(params=parameters, drawn=histories(), upto=st.integers(1, 12))
def test_counts_agree_with_all_that_is_said_of_them(params, drawn, upto):
    """They sum to 1; their mean is the expectation; 0 is no purchase, which is silence."""
    rows = rows_of([drawn])
    ahead = {"x": rows["x"], "n": rows["n"], **params}
    counts = likelihood.p_counts(upto, most=upto, **ahead)[0]
    assert counts.sum() == pytest.approx(1.0, rel=1e-12)
    expected = likelihood.expected_purchases(upto, **ahead)[0]
    assert counts @ np.arange(upto + 1) == pytest.approx(expected, rel=1e-11)
    assert likelihood.p_purchase(upto, **ahead)[0] == pytest.approx(1 - counts[0], rel=1e-9, abs=1e-14)
    left, there = trailing_nonpurchase.log_parts(
        np.array([float(upto)]),
        a=params["alpha"] + rows["x"],
        b=params["beta"] + rows["n"] - rows["x"],
        c=params["gamma"],
        d=params["delta"] + rows["n"],
    )
    assert np.exp(left) + np.exp(there) == pytest.approx(counts[:1], rel=1e-11)


@given(params=wide, drawn=histories(most=300))
def test_a_silence_only_makes_it_less_likely(params, drawn):
    """That a customer is there, now and at any later opportunity; a purchase at the last one is certainty."""
    x, t_x, n = drawn
    rows = rows_of([(x, t_x, n), (x, t_x, n + 1), (x, t_x, t_x)])
    now, later = (likelihood.log_p_alive(**rows, ahead=ahead, **params) for ahead in (0, 1))
    assert now[2] == 0.0
    assert now[1] <= now[0] * (1 - 1e-12) <= 0.0
    assert (later < now).all()


@given(params=wide, drawn=histories(most=300))
def test_extremes_are_finite(params, drawn):
    """Whatever the customer and the parameters."""
    rows = rows_of([drawn])
    ahead = {"x": rows["x"], "n": rows["n"], **params}
    assert np.isfinite(likelihood.log_likelihood(**rows, **params)).all()
    assert np.isfinite(likelihood.log_p_alive(**rows, ahead=1, **params)).all()
    assert np.isfinite(likelihood.discounted_purchases(np.inf, discount_rate=0.01, **ahead)).all()
    seen = OpportunityCounts.of(**rows, weights=np.ones(1))
    _, gradient, hessian = likelihood.total(seen, **params)
    assert np.isfinite(gradient).all()
    assert np.isfinite(hessian).all()


@given(params=parameters, drawn=st.lists(histories(), min_size=1, max_size=6))
def test_without_leaving_it_is_a_beta_binomial(params, drawn):
    """The nested model is the limit of the larger one."""
    rows, weights = rows_of(drawn), np.ones(len(drawn))
    stays = {**params, "gamma": 1e-100, "delta": 1.0}
    counted = beta_binomial.counted(x=rows["x"], n=rows["n"], weights=weights)
    nested = beta_binomial.total(counted, alpha=params["alpha"], beta=params["beta"])
    whole = likelihood.total(OpportunityCounts.of(**rows, weights=weights), **stays)
    assert whole[0] == pytest.approx(nested[0], rel=1e-9, abs=1e-9)
    assert whole[1][:2].tolist() == pytest.approx(nested[1].tolist(), rel=1e-7, abs=1e-7)
    assert whole[2][:2, :2].ravel().tolist() == pytest.approx(nested[2].ravel().tolist(), rel=1e-7, abs=1e-7)


def test_the_median_wait_is_where_the_chance_reaches_a_half():
    params = {"alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783}
    x, n, alive = np.array([6.0, 1, 1, 0]), np.full(4, 6.0), np.array([1.0, 0.87, 0.30, 1e-9])
    found = likelihood.median_wait(alive, x=x, n=n, most=1000, **params)
    assert np.isinf(found[2:]).all()
    for row in (0, 1):
        times = likelihood.next_purchase(x=x[row], n=n[row], **params)
        reached = alive[row] * np.cumsum([float(buys) for buys, _ in islice(times, 1000)])
        assert found[row] == 1 + np.argmax(reached >= 0.5)


def test_simulated_customers_are_those_of_the_likelihood():
    """Chi-square over all histories of four opportunities, in 200,000 customers: 10 degrees of freedom, 99.9 %."""
    params = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}
    x, t_x = likelihood.simulate(n=np.full(200_000, 4.0), **params, generator=np.random.default_rng(3))
    cells = [(0, 0, 4), *((k, t, 4) for t in range(1, 5) for k in range(1, t + 1))]
    rows = rows_of(cells)
    ways = np.where(rows["x"] > 0, comb(rows["t_x"] - 1, rows["x"] - 1), 1.0)
    expected = 200_000 * ways * np.exp(likelihood.log_likelihood(**rows, **params))
    found = np.array([np.sum((x == k) & (t_x == t)) for k, t, _ in cells])
    assert found.sum() == 200_000
    assert np.sum((found - expected) ** 2 / expected) < 29.6


def test_simulations_know_who_never_leaves_and_who_never_buys():
    generator, n = np.random.default_rng(3), np.full(2000, 5.0)
    x, t_x = likelihood.simulate(n=n, alpha=1e9, beta=1e-9, gamma=1e-12, delta=1.0, generator=generator)
    assert (x == 5).all()
    assert (t_x == 5).all()
    x, t_x = likelihood.simulate(n=n, alpha=1e-12, beta=1.0, gamma=1.0, delta=1e-9, generator=generator)
    assert not x.any()
    assert not t_x.any()

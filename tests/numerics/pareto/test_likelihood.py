"""Lifetimes in arrays: derivatives, sums over customers, many parameters at once, what lies ahead, draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundkarriar.history.summary.purchase_rows import PurchaseRows
from kundkarriar.models.families.pareto_family import GGOMPERTZ_FAMILY, PARETO_FAMILY
from kundkarriar.numerics.pareto import expectation, gompertz_time, likelihood, simulate

theta4 = st.tuples(*[st.floats(-2, 2)] * 4).map(np.array)
theta5 = st.tuples(*[st.floats(-2, 2)] * 5).map(np.array)
FAMILIES = {"Pareto/NBD": PARETO_FAMILY, "GGompertz/NBD": GGOMPERTZ_FAMILY}
families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
SCALE = 20.0


@pytest.fixture(scope="module")
def rows():
    generator = np.random.default_rng(0)
    x = np.append(generator.integers(0, 12, 118), [60, 250]).astype(float)
    T = np.round(generator.uniform(5, 40, 120))
    t_x = np.where(x > 0, np.ceil(T * generator.random(120)), 0.0)
    return PurchaseRows(x=x, t_x=t_x, T=T, weights=generator.integers(1, 4, 120).astype(float))


def slopes(surface, theta, step=1e-5):
    """Central differences of (value, gradient)."""
    ups = [surface(theta + step * unit) for unit in np.eye(len(theta))]
    downs = [surface(theta - step * unit) for unit in np.eye(len(theta))]
    return tuple(
        np.array([(up[part] - down[part]) / (2 * step) for up, down in zip(ups, downs, strict=True)]) for part in (0, 1)
    )


@families
@settings(max_examples=25)
@given(theta=theta5)
def test_derivatives(rows, family, theta):
    surface, at = family.surface(rows, scale=SCALE), theta[: len(family.coordinates)]
    _, gradient, hessian = surface(at)
    by_steps, bends = slopes(surface, at)
    size = np.abs(hessian).max()
    assert gradient == pytest.approx(by_steps, rel=1e-5, abs=1e-7 * size)
    assert hessian == pytest.approx(bends, rel=1e-5, abs=1e-7 * size)
    assert hessian == pytest.approx(hessian.T)


@families
@settings(max_examples=25)
@given(theta=theta5)
def test_three_ways_to_one_likelihood(rows, family, theta):
    """The surface takes differences of integrals, `row_surface` each row's own, `heights` shared panels."""
    at = theta[: len(family.coordinates)]
    value, gradient, hessian = family.surface(rows, scale=SCALE)(at)
    alone = family.row_surface(rows, np.tile(at, (len(rows), 1)), scale=SCALE)
    size = np.abs(hessian).max()
    assert rows.weights @ alone[0] == pytest.approx(value, rel=1e-10)
    assert rows.weights @ alone[1] == pytest.approx(gradient, abs=1e-9 * size)
    assert np.einsum("n,nij->ij", rows.weights, alone[2]) == pytest.approx(hessian, abs=1e-9 * size)
    assert family.heights(rows, scale=SCALE)(at[None])[0] == pytest.approx(value, rel=1e-10)
    params = dict(zip(family.parameters, family.coordinates.natural(at, scale=SCALE), strict=True))
    assert rows.weights @ family.log_likelihood(rows, params) == pytest.approx(value, rel=1e-10)


@families
def test_rows_with_coordinates_of_their_own(rows, family):
    """As covariates give them: each row as if it were alone."""
    theta = np.random.default_rng(1).normal(0, 1, (len(rows), len(family.coordinates)))
    value, gradient, hessian = family.row_surface(rows, theta, scale=SCALE)
    for row in (0, 60, 119):
        one = PurchaseRows(x=rows.x[row], t_x=rows.t_x[row], T=rows.T[row], weights=1.0)
        alone = family.surface(one, scale=SCALE)(theta[row])
        assert value[row] == pytest.approx(alone[0], rel=1e-9)
        assert gradient[row] == pytest.approx(alone[1], rel=1e-7, abs=1e-9)
        assert hessian[row] == pytest.approx(alone[2], rel=1e-7, abs=1e-8)


@families
def test_many_points_at_once(rows, family):
    """`heights` sorts and groups the points, and answers in their order; wide ones too."""
    theta = np.random.default_rng(2).normal(0, 2, (450, len(family.coordinates)))
    surface, heights = family.surface(rows, scale=SCALE), family.heights(rows, scale=SCALE)(theta)
    assert heights.shape == (450,)
    for point in range(0, 450, 30):
        assert heights[point] == pytest.approx(surface(theta[point])[0], abs=1e-6, rel=1e-11)


@families
@given(theta=theta5, scale=st.floats(0.01, 400))
def test_coordinates_there_and_back(family, theta, scale):
    at = theta[: len(family.coordinates)]
    values = family.coordinates.natural(at, scale=scale)
    assert family.coordinates.working(values, scale=scale) == pytest.approx(at, abs=1e-9)
    step = 1e-6
    slopes = [
        (np.log(family.coordinates.natural(at + step * unit)) - np.log(family.coordinates.natural(at - step * unit)))
        / (2 * step)
        for unit in np.eye(len(at))
    ]
    assert family.coordinates.log_slopes(at) == pytest.approx(np.array(slopes).T, abs=1e-6)


@given(theta=theta5, weights=st.tuples(*[st.floats(-2, 2)] * 5).map(np.array))
def test_second_slopes_of_the_coordinates(theta, weights):
    """`bend` is the slope of the weighted slopes."""
    block, step = GGOMPERTZ_FAMILY.coordinates, 1e-5
    ups = [weights @ block.slopes(theta + step * unit) for unit in np.eye(5)]
    downs = [weights @ block.slopes(theta - step * unit) for unit in np.eye(5)]
    bends = [(up - down) / (2 * step) for up, down in zip(ups, downs, strict=True)]
    assert block.bend(theta, weights) == pytest.approx(np.array(bends), rel=1e-5, abs=1e-5)


@given(t=st.floats(0, 300), b=st.floats(1e-12, 2.0), c=st.floats(0.01, 100), since=st.floats(0, 300))
def test_warped_time_there_and_back(t, b, c, since):
    assert gompertz_time.unwarped(gompertz_time.warped(t, b), b) == pytest.approx(t, rel=1e-12, abs=1e-12)
    m = min(c, 1 / b)
    y = gompertz_time.log_growth(t, since=since, c=m, b=b)
    elapsed, slope = gompertz_time.after_growth(np.asarray(y), since=since, m=m, b=b)
    assert elapsed == pytest.approx(t, rel=1e-9, abs=1e-9)
    nearby, _ = gompertz_time.after_growth(np.asarray(y) + 1e-6, since=since, m=m, b=b)
    assert slope == pytest.approx((nearby - elapsed) / 1e-6, rel=1e-4, abs=1e-6)


def test_time_that_would_overflow():
    """exp(1e6) is no number: the logarithm of what has grown is."""
    assert gompertz_time.log_growth(1e6, since=3.0, c=2.0, b=1.0) == pytest.approx(1e6 + 3 - np.log(np.expm1(3) + 2))
    history = {"x": np.array([3.0]), "t_x": np.array([10.0]), "T": np.array([1e6])}
    alive = likelihood.log_p_alive(**history, r=1.0, alpha=5.0, s=2.0, beta=3.0, b=1.0)
    assert np.isfinite(alive).all()
    assert alive[0] == pytest.approx(-2e6, rel=1e-4)


@given(
    x=st.integers(0, 60),
    T=st.floats(0.1, 100),
    r=st.floats(0.1, 9),
    alpha=st.floats(0.5, 60),
    few=st.floats(1e-12, 1e-9),
)
def test_a_vanishing_rate_of_leaving_gives_nbd(x, T, r, alpha, few):
    row = {"x": np.array([float(x)]), "t_x": np.array([0.5 * T * (x > 0)]), "T": np.array([T])}
    nbd = PARETO_FAMILY.nested[0].family
    rows = PurchaseRows(**row, weights=1.0)
    without = nbd.log_likelihood(rows, {"r": r, "alpha": alpha})
    held = {"r": r, "alpha": alpha, "s": few, "beta": 1.0}
    # who was last seen halfway long ago may have left, however rarely anybody does
    left = likelihood.log_odds_left(**row, **held)
    assert PARETO_FAMILY.log_likelihood(rows, held) == pytest.approx(without + np.logaddexp(0, left), abs=1e-7)


@given(theta=theta4, b=st.floats(-16, -10))
def test_vanishing_ageing_gives_pareto(rows, theta, b):
    young = PARETO_FAMILY.surface(rows, scale=SCALE)(theta)[0]
    assert GGOMPERTZ_FAMILY.surface(rows, scale=SCALE)(np.append(theta, b))[0] == pytest.approx(
        young, abs=30 * np.exp(b) * len(rows)
    )


@settings(max_examples=20)
@given(
    shape=st.floats(0.2, 3),
    rate=st.floats(10, 50),
    s=st.floats(0.1, 5),
    beta=st.floats(1, 60),
    b=st.sampled_from([0.0, 0.02, 0.3]),
)
def test_counts_add_up(shape, rate, s, beta, b):
    """To 1; to the expected purchases; and their first is that of no purchase."""
    given = {"shape": np.array([shape]), "rate": np.array([rate]), "s": s, "beta": np.array([beta]), "b": b}
    counts = expectation.p_counts(10.0, up_to=90, **given)[0]
    assert counts.sum() == pytest.approx(1.0, abs=1e-9)
    expected = shape / rate * expectation.expected_time(10.0, s=s, beta=beta, b=b)
    assert counts @ np.arange(91) == pytest.approx(float(expected), rel=1e-7)
    assert counts[0] == pytest.approx(1 - expectation.p_purchase(10.0, **given)[0], abs=1e-11)


@given(s=st.floats(0.9, 1.1), beta=st.floats(1, 60))
def test_expected_time_bends_nowhere_at_s_1(s, beta):
    """Closed and by nodes; the closed form of the books divides 0 by 0 at s = 1."""
    by_nodes = expectation._time(52.0, discount_rate=0.0, s=s, beta=beta, b=0.0)
    assert expectation.expected_time(52.0, s=s, beta=beta) == pytest.approx(by_nodes, rel=1e-12)
    exactly = expectation.expected_time(52.0, s=1.0, beta=beta)
    assert exactly == pytest.approx(beta * np.log1p(52 / beta), rel=1e-14)


def test_a_purchase_one_day_or_never():
    """With no end to the horizon it is settled by which of two gammas comes first."""
    small = {"shape": 0.003, "rate": 3.0, "s": 0.004, "beta": 5000.0}
    # mpmath, by pieces of ln t: 0.44112933143239879976
    assert expectation.p_purchase(np.inf, **small) == pytest.approx(0.44112933143239880, rel=1e-12)
    assert expectation.p_purchase(1e300, **small) < expectation.p_purchase(np.inf, **small)


@pytest.mark.parametrize("b", [0.0, 0.05])
def test_draws_agree_with_expectations(b):
    """Outcomes and expectations of 200,000 customers alike, within four standard errors of the integrals."""
    generator = np.random.default_rng(3)
    one = np.ones((1000, 200))
    parts = {"shape": 2.5 * one, "rate": 40.0 * one, "s": 0.8 * one, "beta": 30.0 * one, "b": b}
    state = simulate.draw_state(generator, p_alive=0.7 * one, **parts)
    future = {"s": 0.8, "beta": 30.0, "b": b}
    time = expectation.expected_time(52.0, **future)
    worth = expectation.discounted_time(52.0, discount_rate=0.01, **future)
    due = 0.7 * np.array([2.5 / 40 * time, 2.5 / 40 * worth, worth])
    for drawn in (
        simulate.draw_futures(generator, state, horizon=52.0, discount_rate=0.01),
        simulate.expected_futures(state, horizon=52.0, discount_rate=0.01),
    ):
        for part, expected in zip(drawn, due, strict=True):
            assert part.mean() == pytest.approx(expected, abs=4 * part.std() / np.sqrt(part.size))
    buys = simulate.draw_futures(generator, state, horizon=52.0, discount_rate=0.0)[0]
    p_none = 0.3 + 0.7 * (1 - expectation.p_purchase(52.0, shape=2.5, rate=40.0, **future))
    assert (buys == 0).mean() == pytest.approx(p_none, abs=4 * 0.5 / np.sqrt(buys.size))


@pytest.mark.parametrize("b", [0.02, 4.0])
def test_time_alive_given_the_rate_of_leaving(b):
    """By nodes, against a fine trapezoidal rule."""
    leaving = np.array([[1e-9, 1e-3, 0.05, 2.0]])
    state = simulate.TimedState(alive=leaving > 0, rate=leaving, leaving=leaving, b=b)
    t = np.linspace(0, 52, 2_000_001)[:, None]
    with np.errstate(over="ignore"):
        lives = np.exp(-0.01 * t - leaving * np.expm1(b * t) / b)
    by_trapezoids = (lives.sum(axis=0) - 0.5 * (lives[0] + lives[-1])) * (t[1, 0] - t[0, 0])
    alive = simulate.expected_futures(state, horizon=52.0, discount_rate=0.01)[2][0]
    assert alive == pytest.approx(by_trapezoids, rel=1e-6)


def test_where_all_leave_at_once_the_log_likelihood_keeps_its_digits():
    """S(T) is exp(-38,000,000) and the odds of having left are its inverse; by direct integration with 25 digits."""
    row = PurchaseRows(x=0.0, t_x=0.0, T=2657.0654569874573, weights=1.0)
    held = {"r": 41.23603700038251, "alpha": 45.9084336579772, "b": 57.27192957427832, "s": 252.46211705991055}
    height = GGOMPERTZ_FAMILY.log_likelihood(row, held | {"beta": 60.03428216499852})
    assert height[0] == pytest.approx(-0.00310692688606843, abs=1e-12)

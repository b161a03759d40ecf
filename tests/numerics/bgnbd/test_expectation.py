"""Expected future under Erlang-k gaps: laws that hold at any parameters, and simulation against expectation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundkarriar.numerics.bgnbd import expectation, likelihood, poisson_expectation, simulate
from kundkarriar.numerics.bgnbd.alive_customers import alive_customers
from kundkarriar.numerics.bgnbd.simulate import (
    LatentState,
    draw_futures,
    draw_gap_log_sums,
    draw_histories,
    draw_latent_state,
    expected_futures,
)
from kundkarriar.numerics.special.gauss_summation import summation_rule

log_params = st.tuples(st.floats(-4, 4), st.floats(-2, 5), st.floats(-4, 4), st.floats(-4, 4)).map(np.exp)


@st.composite
def customers(draw, k=None):
    s, rate, a, b = draw(log_params)
    x = draw(st.integers(0, 60))
    k = draw(st.integers(1, 12)) if k is None else k
    return alive_customers(k=k, s=np.array([s + k * x]), rate=rate, a=a, b=b + x)


@settings(max_examples=60)
@given(ahead=customers(k=1), horizon=st.floats(0.01, 3000), rate=st.sampled_from([0.0, 0.0018, 0.05]))
def test_one_stage_is_bgnbd(ahead, horizon, rate):
    """k = 1 is BG/NBD, whose expectations are computed another way: the quicker one."""
    for name, further in (
        ("expected_purchases", {}),
        ("still_alive", {}),
        ("p_counts", {"up_to": 5}),
        ("residual", {"discount_rate": rate}),
    ):
        found, quick = (getattr(way, name)(horizon, ahead, **further) for way in (expectation, poisson_expectation))
        assert np.ravel(found) == pytest.approx(np.ravel(quick), rel=1e-9), name
    lifelong, quick = (way.residual(np.inf, ahead, discount_rate=0.01) for way in (expectation, poisson_expectation))
    assert np.ravel(lifelong) == pytest.approx(np.ravel(quick), rel=1e-9)


@settings(max_examples=60)
@given(ahead=customers(), horizon=st.floats(0.01, 1e4))
def test_survival_and_dropout_sum_to_one(ahead, horizon):
    """Law: two sums over purchases with different terms."""
    alive = expectation.still_alive(horizon, ahead)
    _, dropped_out = expectation.purchases_and_p_leaves(horizon, ahead)
    assert alive + dropped_out == pytest.approx(np.ones((ahead.k, 1)), rel=1e-9)


@settings(max_examples=40)
@given(ahead=customers(), horizon=st.floats(0.01, 200))
def test_rates_integrate_to_expectations(ahead, horizon):
    """Law: rates of dropout and of purchases, integrated over time, are expected purchases and dropout."""
    n, weights = summation_rule(blocks=25, nodes=256)
    terms = expectation._density_terms(ahead, n[:, None], weights)
    p_dropout = ahead.a / (ahead.a + ahead.b + (n[:, None] - 1))
    purchases, dropout = np.zeros((ahead.k, 1)), np.zeros((ahead.k, 1))
    for t, width in expectation._time_nodes(horizon, ahead, discount_rate=0.0):
        rates = expectation._rates(t, ahead, terms=terms, p_dropout=p_dropout)
        purchases, dropout = purchases + width * rates[0], dropout + width * rates[1]
    assert purchases == pytest.approx(expectation.expected_purchases(horizon, ahead), rel=1e-9)
    assert dropout == pytest.approx(expectation.purchases_and_p_leaves(horizon, ahead)[1], rel=1e-9)


@settings(max_examples=40)
@given(ahead=customers(), horizon=st.floats(0.01, 20))
def test_counts_are_a_distribution(ahead, horizon):
    """Law: up to counts above 600, they sum to 1, their mean is the expected purchases, and P(0) is no purchase."""
    counts = expectation.p_counts(horizon, ahead, up_to=600)
    beyond = 1 - counts.sum(axis=2)
    assert (counts >= 0).all()
    assert (beyond > -1e-9).all()
    none = 1 - expectation.p_purchase(horizon, ahead)
    assert counts[:, :, 0] == pytest.approx(none, abs=1e-9)
    mean = counts @ np.arange(601.0)
    expected = expectation.expected_purchases(horizon, ahead)
    settled = beyond < 1e-12
    assert mean[settled] == pytest.approx(expected[settled], rel=1e-6)
    assert (mean <= expected * (1 + 1e-9)).all()


def test_lifelong_purchases_do_not_depend_on_k():
    """They depend on the dropout probability alone."""
    for k in (1, 3):
        ahead = alive_customers(k=k, s=np.array([2.0, 2.0]), rate=5.0, a=np.array([1.5, 0.9]), b=4.0)
        found = expectation.expected_purchases(np.inf, ahead)
        assert found[0].tolist() == pytest.approx([9.0, np.inf])
        long = expectation.expected_purchases(1e9, ahead)
        assert long[:, 0] == pytest.approx(np.full(k, 9.0), rel=1e-3)


def test_a_billion_purchases():
    """A new customer of rate 100,000 over 10,000 periods: without dropout, rate x horizon purchases."""
    for k in (1, 3):
        new = alive_customers(k=k, s=np.array([2.0]), rate=2e-5, a=0.0, b=1.0)
        expected = 2.0 / 2e-5 * 1e4 / k
        # an unfinished gap loses less than one purchase
        assert expectation.expected_purchases(1e4, new)[0, 0] == pytest.approx(expected, abs=1.0)
        with_dropout = alive_customers(k=k, s=np.array([2.0]), rate=2e-5, a=0.3, b=1.0)
        assert 0 < expectation.still_alive(1e4, with_dropout)[0, 0] < 0.1


@pytest.mark.parametrize("nodes", [16, 64])
def test_gaussian_summation_is_exact_for_polynomials(nodes):
    n, weights = summation_rule(blocks=6, nodes=nodes)
    most = 32 * 2**6
    every = np.arange(1.0, most + 1)
    for power in (0, 1, 5, 20):
        assert weights @ (n / most) ** power == pytest.approx(np.sum((every / most) ** power), rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 3, 12])
@pytest.mark.parametrize("seen", [(0.0, 0.0, 10.0), (4.0, 20.0, 25.0)])
def test_draws_are_on_average_what_is_expected(k, seen):
    """200,000 draws, within four standard errors: purchases, discounted purchases, discounted time alive."""
    size, generator = 200_000, np.random.default_rng(k)
    x, t_x, T = seen
    r, alpha, a, b = 1.2, 6.0 / k, 0.8, 3.0 + x
    done = likelihood.stages_done(x=x, t_x=t_x, T=T, k=k, r=r, alpha=np.full((1, size), alpha))
    shape = np.full((1, size), r + k * x)
    latent = draw_latent_state(generator, p_alive=np.ones((1, size)), done=done, s=shape, rate=alpha + T, a=a, b=b)
    ahead = alive_customers(k=k, s=np.array([r + k * x]), rate=alpha + T, a=a, b=b)
    chances = np.array([np.ravel(chance)[0] for chance in done])
    for horizon, rate in ((26.0, 0.002), (52.0, 0.03)):
        parts = expectation.discounted(horizon, ahead, discount_rate=rate)
        expected = [chances @ part[:, 0] for part in (expectation.expected_purchases(horizon, ahead), *parts)]
        drawn = draw_futures(generator, latent, horizon=horizon, discount_rate=rate)
        means = expected_futures(latent, horizon=horizon, discount_rate=rate)
        for values, due in zip((*drawn, *means), expected * 2, strict=True):
            assert abs(values.mean() - due) < 4 * values.std() / np.sqrt(size)


def test_drawn_purchases_have_the_distribution_of_counts():
    size, k, generator = 200_000, 3, np.random.default_rng(7)
    one = np.ones((1, size))
    done = [0.2 * one, 0.5 * one, 0.3 * one]
    latent = draw_latent_state(generator, p_alive=one, done=done, s=2.5 * one, rate=9.0, a=0.7, b=2.0)
    purchases = draw_futures(generator, latent, horizon=30.0, discount_rate=0.0)[0]
    ahead = alive_customers(k=k, s=np.array([2.5]), rate=9.0, a=0.7, b=2.0)
    chances = np.array([0.2, 0.5, 0.3]) @ expectation.p_counts(30.0, ahead, up_to=5)[:, 0]
    drawn = np.array([(purchases == n).mean() for n in range(6)])
    assert drawn == pytest.approx(chances, abs=4 * np.sqrt(0.25 / size))


def test_near_certain_dropout_is_continuous():
    """On both sides of the 1 - p below which two purchases replace the closed form."""
    for done in range(3):
        pair = []
        for survival in (1.01e-6, 0.99e-6):
            part = {"alive": np.ones((1, 1), bool), "done": np.full((1, 1), float(done)), "rate": np.full((1, 1), 0.5)}
            latent = LatentState(k=3, **part, p=np.full((1, 1), 1 - survival))
            pair.append(np.ravel(expected_futures(latent, horizon=20.0, discount_rate=0.01)))
        assert pair[0] == pytest.approx(pair[1], abs=1e-6)
        assert expected_futures(latent, horizon=np.inf, discount_rate=0.01)[1] > 0


@pytest.mark.parametrize(
    ("count", "first", "k", "stages", "exposure"),
    [(2.0, 3.0, 3, 6.0, 0.1), (9.0, 2.0, 3, 30.0, 1.0), (1.0, 2.0, 2, 2.0, 0.5), (3.0, 1.0, 1, 3.0, 0.0)],
)
def test_discounted_purchases(count, first, k, stages, exposure):
    """Against the mean of 400,000 ordered uniform moments; the stated bound is exposure^3 / 100."""
    moments = np.sort(np.random.default_rng(1).random((400_000, int(stages))), axis=1)
    places = int(first) - 1 + k * np.arange(int(count))
    worth = np.exp(-exposure * moments[:, places]).sum(axis=1)
    arguments = {
        name: np.array([value]) for name, value in (("first", first), ("stages", stages), ("exposure", exposure))
    }
    found = simulate._discounted_purchases(np.array([count]), k=k, **arguments)
    assert found[0] == pytest.approx(worth.mean(), abs=exposure**3 / 100 + 4 * worth.std() / np.sqrt(400_000))


@pytest.mark.parametrize("first", [0, 1])
def test_histories_are_those_of_a_purchase_by_purchase_simulation(first):
    """Means of x, t_x, the gaps' logarithms and their products, within four standard errors of a plain simulation."""
    n, k, T = 100_000, 3, 39.0
    generator = np.random.default_rng(first)
    latent = [(generator.gamma(1.0, 0.5, n), generator.beta(1, 3, n)) for _ in range(2)]
    quick = draw_histories(generator, k=k, rate=latent[0][0], p=latent[0][1], T=np.full(n, T), chances_at_first=first)
    quick = (*quick, draw_gap_log_sums(generator, k=k, x=quick[0], t_x=quick[1]))
    x, t_x, gaps = (np.zeros(n) for _ in range(3))
    rate, p = latent[1]
    alive = np.flatnonzero(generator.random(n) >= p * first)
    while len(alive):
        gap = generator.gamma(k, 1 / rate[alive])
        comes = t_x[alive] + gap <= T
        alive, gap = alive[comes], gap[comes]
        x[alive] += 1
        t_x[alive] += gap
        gaps[alive] += np.log(gap)
        alive = alive[generator.random(len(alive)) >= p[alive]]
    plain = (x, t_x, gaps)
    pairs = [(0,), (1,), (2,), (0, 0), (0, 1), (0, 2), (1, 2)]
    for names in pairs:
        one, two = (np.prod([values[name] for name in names], axis=0) for values in (quick, plain))
        assert abs(one.mean() - two.mean()) < 4 * np.sqrt((one.var() + two.var()) / n), names

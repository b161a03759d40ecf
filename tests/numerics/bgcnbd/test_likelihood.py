"""The likelihood of BG/CNBD-k and MBG/CNBD-k: derivatives, sums over counts, and BG/NBD and MBG/NBD at k = 1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundkarriar.numerics.bgcnbd import likelihood, loglik_batch
from kundkarriar.numerics.bgcnbd.p_alive import log_p_alive as bgcnbd_log_p_alive
from kundkarriar.numerics.bgcnbd.sufficient_statistics import ErlangStatistics
from kundkarriar.numerics.bgnbd import likelihood as bgnbd_likelihood
from kundkarriar.numerics.bgnbd.p_alive import log_p_alive as bgnbd_log_p_alive
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES, gamma_parameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.special.beta_geometric_survival import log_survival
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

theta4 = st.tuples(*[st.floats(-2, 2)] * 4).map(np.array)
kinds = pytest.mark.parametrize("first", [0, 1], ids=["BG/CNBD", "MBG/CNBD"])
ks = pytest.mark.parametrize("k", [1, 2, 3, 12])
NAMES = ("r", "alpha", "a", "b")


@pytest.fixture(scope="module")
def base():
    generator = np.random.default_rng(0)
    x = generator.integers(0, 12, 300).astype(float)
    T = np.round(generator.uniform(5, 40, 300))
    return {
        "x": x,
        "t_x": np.where(x > 0, T * generator.random(300), 0.0),
        "T": T,
        "weights": generator.integers(1, 4, 300).astype(float),
    }


def objective_of(statistics, unconstrained):
    total = likelihood.total if len(unconstrained) == 4 else likelihood.total_without_dropout

    def objective(at):
        values = dict(zip(NAMES, unconstrained.natural(at), strict=False))
        return unconstrained.in_unconstrained(at, total(statistics, **values))

    return objective


@ks
@kinds
@settings(max_examples=20)
@given(theta=theta4, dropout=st.booleans())
def test_gradient_and_hessian(base, k, first, theta, dropout):
    """They are central differences of the value and the gradient, with dropout and without."""
    rates = gamma_parameters(*PURCHASE_RATES.names, stages=k)
    blocks = (rates, DROPOUT) if dropout else (rates,)
    unconstrained = UnconstrainedParameters(blocks=blocks)
    theta = theta[: len(unconstrained)]
    objective = objective_of(ErlangStatistics.of(**base, chances=base["x"] + first, k=k, scale=20.0), unconstrained)
    _, gradient, hessian = objective(theta)
    step = 1e-5
    ups, downs = ([objective(theta + sign * step * unit) for unit in np.eye(len(theta))] for sign in (1, -1))
    by_steps = np.array([(up[0] - down[0]) / (2 * step) for up, down in zip(ups, downs, strict=True)])
    by_steps_hessian = np.array([(up[1] - down[1]) / (2 * step) for up, down in zip(ups, downs, strict=True)])
    size = np.abs(hessian).max()
    assert gradient == pytest.approx(by_steps, rel=1e-5, abs=1e-7 * size)
    assert hessian == pytest.approx(by_steps_hessian, rel=1e-5, abs=1e-7 * size)
    assert hessian == pytest.approx(hessian.T)


@ks
@kinds
@given(theta=theta4)
def test_totals_and_batches_are_sums_of_the_rows(base, k, first, theta):
    r, alpha, a, b = np.exp(theta)
    rows = {name: base[name] for name in ("x", "t_x", "T")}
    statistics = ErlangStatistics.of(**base, chances=base["x"] + first, k=k, scale=1.0)
    each = likelihood.log_likelihood(
        **rows, chances=base["x"] + first, gap_log_sum=np.zeros(300), k=k, r=r, alpha=alpha, a=a, b=b
    ) - likelihood.gap_term(x=base["x"], gap_log_sum=np.zeros(300), k=k)
    whole = base["weights"] @ each
    assert likelihood.total(statistics, r=r, alpha=alpha, a=a, b=b)[0] == pytest.approx(whole, rel=1e-11)
    points = {"r": np.array([r, 1.0]), "alpha": np.array([alpha, 2.0]), "a": np.array([a, 1.0])}
    batch = loglik_batch.loglik_batch(statistics, **points, b=np.array([b, 3.0]))
    assert batch[0] == pytest.approx(whole, rel=1e-11)
    assert batch[1] == pytest.approx(likelihood.total(statistics, r=1.0, alpha=2.0, a=1.0, b=3.0)[0], rel=1e-11)
    without_dropout = loglik_batch.loglik_batch(statistics, **(points | {"a": np.zeros(2)}), b=np.ones(2))
    assert without_dropout[0] == pytest.approx(
        likelihood.total_without_dropout(statistics, r=r, alpha=alpha)[0], rel=1e-11
    )


@kinds
@given(
    x=st.integers(0, 300),
    share=st.floats(0.01, 1.0),
    T=st.floats(0.1, 1000),
    params=st.tuples(*[st.floats(-6, 6)] * 4).map(np.exp),
)
def test_one_stage_is_bgnbd(first, x, share, T, params):
    """k = 1 is BG/NBD, and MBG/NBD, whatever the spacing."""
    row = {"x": np.array([float(x)]), "t_x": np.array([share * T * (x > 0)]), "T": np.array([T])}
    values = dict(zip(NAMES, params, strict=True))
    plain = row | {"chances": row["x"] + first} | values
    seen = plain | {"k": 1}
    value = likelihood.log_likelihood(**seen, gap_log_sum=np.array([-7.0 * x]))
    assert value == pytest.approx(bgnbd_likelihood.log_likelihood(**plain), rel=1e-11, abs=1e-9)
    alive = bgcnbd_log_p_alive(**seen)
    assert alive == pytest.approx(bgnbd_log_p_alive(**plain), rel=1e-9, abs=1e-13)


@given(k=st.integers(2, 12), unit=st.floats(0.01, 400), params=st.tuples(*[st.floats(-2, 2)] * 4).map(np.exp))
def test_the_unit_of_time_changes_nothing_but_the_density(k, unit, params):
    """Times and alpha times c, gaps' logarithms plus ln c: the likelihood of x moments is c^-x of what it was."""
    r, alpha, a, b = params
    row = {"x": np.array([3.0]), "t_x": np.array([9.0]), "T": np.array([14.0])}
    scaled = {"x": row["x"], "t_x": unit * row["t_x"], "T": unit * row["T"]}
    shared = {"chances": np.array([4.0]), "k": k, "r": r, "a": a, "b": b}
    before = likelihood.log_likelihood(**row, gap_log_sum=np.array([2.0]), alpha=alpha, **shared)
    gaps = np.array([2.0 + 3 * np.log(unit)])
    after = likelihood.log_likelihood(**scaled, gap_log_sum=gaps, alpha=unit * alpha, **shared)
    assert after + 3 * np.log(unit) == pytest.approx(before, rel=1e-10, abs=1e-9)


@given(k=st.integers(1, 12), x=st.integers(1, 60), later=st.floats(0, 1), theta=theta4)
def test_a_more_recent_purchase_never_lowers_p_alive(k, x, later, theta):
    r, alpha, a, b = np.exp(theta)
    t_x = np.array([10.0, 10.0 + 20.0 * later])
    two = bgcnbd_log_p_alive(
        x=np.full(2, x), t_x=t_x, T=np.full(2, 30.0), chances=np.full(2, x), k=k, r=r, alpha=alpha, a=a, b=b
    )
    assert two[1] >= two[0] - 1e-12
    assert (two <= 0).all()


def test_extreme_customers_have_finite_likelihoods():
    """10,000 of them: x to 1,000, T to 10,000, parameters over 12 e-folds."""
    generator = np.random.default_rng(3)
    n = 10_000
    x = np.floor(np.exp(generator.uniform(0, np.log(1001), n))) - 1
    T = np.exp(generator.uniform(-2, np.log(1e4), n))
    t_x = np.where(x > 0, T * generator.uniform(1e-6, 1, n), 0.0)
    r, alpha, a, b = np.exp(generator.uniform(-6, 6, (4, n)))
    for k in (1, 2, 5, 12, 40):
        seen = {"x": x, "t_x": t_x, "T": T, "chances": x + generator.integers(0, 2, n), "k": k, "r": r, "alpha": alpha}
        assert np.isfinite(likelihood.log_likelihood(**seen, gap_log_sum=0 * x, a=a, b=b)).all()
        assert np.isfinite(bgcnbd_log_p_alive(**seen, a=a, b=b)).all()


@pytest.mark.parametrize(("start", "steps"), [(1e12, 3.0), (1e-9, 2.0), (39.5, -0.75), (1e9, 1e9), (45.0, 1e-8)])
def test_gamma_ratios_keep_their_digits(start, steps):
    mp = pytest.importorskip("mpmath")
    with mp.workdps(60):
        truth = mp.loggamma(mp.mpf(start) + mp.mpf(steps)) - mp.loggamma(mp.mpf(start))
    assert float(log_gamma_ratio(start, steps)) == pytest.approx(float(truth), rel=1e-14)


def test_log_survival_takes_fewer_factors():
    """(b)_n / (a + b)_n for a billion occasions and a small a: a billion factors would have no digits left."""
    mp = pytest.importorskip("mpmath")
    with mp.workdps(60):
        truth = mp.log(mp.beta(mp.mpf("0.5"), mp.mpf(2) + 10**9) / mp.beta(mp.mpf("0.5"), mp.mpf(2)))
    assert float(log_survival(1e9, a=0.5, b=2.0)) == pytest.approx(float(truth), rel=1e-14)
    assert float(log_survival(1e9, a=0.0, b=2.0)) == 0.0

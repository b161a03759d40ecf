"""Log-likelihoods at many parameters against those of the rows, one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.bgnbd import likelihood, loglik_batch
from kundkarriar.numerics.bgnbd.sufficient_statistics import tabulate
from kundkarriar.numerics.special import rising_factorial

LOGS = st.floats(-6, 6)


def a_base(n, seed, *, whole):
    """Customers of any weight; with whole days many share their age."""
    generator = np.random.default_rng(seed)
    T = generator.integers(5, 40, n).astype(float) if whole else generator.uniform(5, 40, n)
    x = generator.geometric(0.3, n) - 1.0
    t_x = np.where(x > 0, T * (generator.integers(1, 8, n) / 8 if whole else generator.random(n)), 0.0)
    return {"x": x, "t_x": t_x, "T": T, "weights": generator.integers(1, 4, n).astype(float)}


@given(
    at=st.lists(st.tuples(LOGS, LOGS, LOGS, LOGS), min_size=1, max_size=4),
    seed=st.integers(0, 50),
    whole=st.booleans(),
    first=st.integers(0, 1),
    k=st.integers(1, 3),
)
def test_a_batch_is_sums_of_the_rows(at, seed, whole, first, k):
    base = a_base(60, seed, whole=whole)
    opportunities, gaps = base["x"] + first, likelihood.gap_term(x=base["x"], gap_log_sum=0.0, k=k)
    statistics = tabulate(**base, chances=opportunities, k=k, scale=1.0)
    r, alpha, a, b = np.exp(np.array(at)).T
    rows = {name: base[name] for name in ("x", "t_x", "T")}
    found = loglik_batch.loglik_batch_function(statistics, dropout=True)(r=r, alpha=alpha, a=a, b=b)
    without_dropout = loglik_batch.loglik_batch_function(statistics, dropout=False)(r=r, alpha=alpha)
    for s in range(len(at)):
        point = {"r": float(r[s]), "alpha": float(alpha[s])}
        each = likelihood.log_likelihood(**rows, chances=opportunities, k=k, **point, a=float(a[s]), b=float(b[s]))
        assert found[s] == pytest.approx(base["weights"] @ (each - gaps), rel=1e-11, abs=1e-9)
        alone = likelihood.log_likelihood(**rows, chances=0 * base["x"], k=k, **point)
        assert without_dropout[s] == pytest.approx(base["weights"] @ (alone - gaps), rel=1e-11, abs=1e-9)


@pytest.mark.parametrize("k", [1, 3])
def test_blocks_and_long_counts_change_nothing(k, monkeypatch):
    """Rows in blocks of 7, points one by one, and counts by log-gammas: the same to rounding."""
    base = a_base(60, 1, whole=False)
    statistics = tabulate(**base, chances=base["x"] + 1, k=k, scale=1.0)
    points = np.exp(np.random.default_rng(2).standard_normal((4, 9)))
    at = dict(zip(("r", "alpha", "a", "b"), points, strict=True))
    whole = loglik_batch.loglik_batch_function(statistics, dropout=True)(**at)
    monkeypatch.setattr(rising_factorial, "LONG", 0)
    for name, small in (("ROWS", 7), ("NUMBERS", 1), ("FACTORS", 3)):
        monkeypatch.setattr(loglik_batch, name, small)
    assert loglik_batch.loglik_batch_function(statistics, dropout=True)(**at) == pytest.approx(whole, rel=1e-13)


def test_no_points():
    base = a_base(5, 1, whole=True)
    statistics = tabulate(**base, chances=base["x"], scale=1.0)
    none = np.empty(0)
    assert (
        loglik_batch.loglik_batch_function(statistics, dropout=True)(r=none, alpha=none, a=none, b=none).tolist() == []
    )

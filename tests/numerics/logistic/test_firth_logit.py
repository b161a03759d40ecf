"""Firth's logistic regression: closed forms, the penalised maximum by brute force, and what units change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, logit

from kundkarriar.numerics.logistic.clustered_errors import clustered_errors
from kundkarriar.numerics.logistic.firth_logit import LogitFit, firth_logit
from kundkarriar.numerics.logistic.independent_columns import independent_columns

COUNT = st.integers(0, 12)


@given(cells=st.tuples(COUNT, COUNT, COUNT, COUNT).filter(lambda n: n[0] + n[1] and n[2] + n[3]))
def test_a_table_of_two_by_two_has_one_half_added_to_each_count(cells):
    """Law: a saturated fit is that of the counts with one half added, also where a cell is empty."""
    a, b, c, d = cells
    y = np.repeat([1.0, 0.0, 1.0, 0.0], cells)
    X = np.column_stack([np.ones(len(y)), np.repeat([1.0, 0.0], [a + b, c + d])])
    fit = firth_logit(X=X, y=y)
    share = [(yes + 0.5) / (yes + no + 1) for yes, no in ((a, b), (c, d))]
    assert fit.converged
    assert fit.beta == pytest.approx([logit(share[1]), logit(share[0]) - logit(share[1])], abs=1e-6)


def design(seed, n=60, k=3):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, k - 1))])
    return X, (rng.random(n) < expit(X @ np.array([-2.0, 1.5, 0.0]))).astype(float)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_the_maximum_is_that_of_likelihood_times_the_jeffreys_prior(seed):
    """Law: no other coefficients have a higher penalised likelihood, found without derivatives."""
    X, y = design(seed)

    def penalised(beta):
        p = expit(X @ beta)
        _, logdet = np.linalg.slogdet((X * (p * (1 - p))[:, None]).T @ X)
        return -(y * np.log(p) + (1 - y) * np.log1p(-p)).sum() - logdet / 2

    fit = firth_logit(X=X, y=y)
    start = fit.beta + 0.3
    found = minimize(penalised, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
    assert fit.converged
    assert penalised(fit.beta) <= found.fun + 1e-9
    assert fit.beta == pytest.approx(found.x, abs=1e-4)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), units=st.floats(0.01, 100), shift=st.floats(-5, 5))
def test_units_change_no_probability(seed, units, shift):
    """Law: a covariate in other units, or from another zero, gives the same probabilities and errors in these units."""
    X, y = design(seed)
    other = X.copy()
    other[:, 1] = (X[:, 1] + shift) * units
    fit, again = firth_logit(X=X, y=y), firth_logit(X=other, y=y)
    assert fit.p == pytest.approx(again.p, abs=1e-6)
    errors = [clustered_errors(each, X=of, y=y, cluster=np.arange(60)) for each, of in ((fit, X), (again, other))]
    assert errors[0][1] == pytest.approx(errors[1][1] * units, rel=1e-5)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), copies=st.integers(1, 4))
def test_copies_of_a_customer_tell_nothing_new(seed, copies):
    """Law: rows repeated within their cluster leave the sandwich as it is, and shrink the information's error."""
    X, y = design(seed)
    fit = firth_logit(X=X, y=y)
    inverse = np.linalg.inv(fit.information)
    leverage = np.einsum("nk,kl,nl->n", X, inverse, X) * fit.p * (1 - fit.p)
    scores = X * ((y - fit.p) / (1 - leverage))[:, None]
    sandwich = np.diag(inverse @ scores.T @ scores @ inverse) * 59 / 60
    repeated = LogitFit(beta=fit.beta, p=np.tile(fit.p, copies), information=fit.information * copies, converged=True)
    cluster = np.tile(np.arange(60) * 7 - 3, copies)
    errors = clustered_errors(repeated, X=np.tile(X, (copies, 1)), y=np.tile(y, copies), cluster=cluster)
    assert errors == pytest.approx(np.sqrt(np.maximum(sandwich, np.diag(inverse) / copies)), rel=1e-9)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_clusters_of_any_size_are_added_up(seed):
    """Law: the errors are those of a loop over clusters, whatever the order of rows."""
    X, y = design(seed)
    rng = np.random.default_rng(seed)
    cluster, shuffled = rng.integers(0, 25, 60), rng.permutation(60)
    fit = firth_logit(X=X, y=y)
    inverse, meat = np.linalg.inv(fit.information), np.zeros((3, 3))
    for each in np.unique(cluster):
        own = np.flatnonzero(cluster == each)
        root = np.diag(np.sqrt(fit.p[own] * (1 - fit.p[own])))
        hat = root @ X[own] @ inverse @ X[own].T @ root
        score = X[own].T @ root @ np.linalg.solve(np.eye(len(own)) - hat, np.linalg.solve(root, (y - fit.p)[own]))
        meat += np.outer(score, score)
    groups = len(np.unique(cluster))
    sandwich = np.diag(inverse @ meat @ inverse) * (groups - 1) / groups
    other = LogitFit(beta=fit.beta, p=fit.p[shuffled], information=fit.information, converged=True)
    errors = clustered_errors(other, X=X[shuffled], y=y[shuffled], cluster=cluster[shuffled])
    assert errors == pytest.approx(np.sqrt(np.maximum(sandwich, np.diag(inverse))), rel=1e-9)


def test_a_customer_who_alone_has_a_covariate_has_an_error():
    """It is finite, and so wide that the coefficient tells nothing."""
    X, y = np.column_stack([np.ones(40), np.arange(40) == 0]).astype(float), np.tile([1.0, 0.0], 20)
    fit = firth_logit(X=X, y=y)
    error = clustered_errors(fit, X=X, y=y, cluster=np.arange(40))[1]
    assert np.isfinite(error)
    assert error > abs(fit.beta[1])


@given(rows=st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), min_size=1, max_size=6))
def test_as_many_columns_are_independent_as_the_rank_says(rows):
    """Law: the columns kept have the rank of the whole, up to every column."""
    X = np.array(rows, dtype=float)
    kept = independent_columns(X)
    for k in range(5):
        rank = np.linalg.matrix_rank(X[:, :k]) if k else 0
        assert kept[:k].sum() == rank

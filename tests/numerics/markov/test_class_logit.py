"""The M step of the classes' logit: it climbs, and rests where the gradient is 0."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from kundkarriar.numerics.markov.class_logit import log_weights, m_step

CUSTOMERS = 40


def problem(seed, *, covariates, classes):
    """Covariates of mean 0, posterior class probabilities, customers a row, and a point to start from."""
    generator = np.random.default_rng(seed)
    design = generator.normal(size=(CUSTOMERS, covariates))
    z = generator.dirichlet(np.ones(classes), CUSTOMERS)
    counts = generator.integers(1, 4, CUSTOMERS).astype(float)
    coefficients = generator.normal(size=(covariates, classes))
    return design, z, counts, generator.dirichlet(np.ones(classes)), coefficients


def log_posterior(design, z, counts, weights, coefficients):
    """What the M step climbs: the expected log-likelihood of the classes and the normal prior of the coefficients."""
    log_w = log_weights(design, weights=weights, coefficients=coefficients)
    return float(counts @ (z * log_w).sum(axis=1) - 0.5 * (coefficients**2).sum())


@given(seed=st.integers(0, 10**6), covariates=st.integers(1, 3), classes=st.integers(2, 4))
def test_a_step_never_goes_down(seed, covariates, classes):
    design, z, counts, weights, coefficients = problem(seed, covariates=covariates, classes=classes)
    coefficients = coefficients - coefficients.mean(axis=1, keepdims=True)
    before = log_posterior(design, z, counts, weights, coefficients)
    weights, coefficients = m_step(design, z, counts=counts, weights=weights, coefficients=coefficients)
    assert log_posterior(design, z, counts, weights, coefficients) >= before - 1e-9
    assert coefficients.mean(axis=1) == pytest.approx(np.zeros(covariates), abs=1e-12)
    assert weights.sum() == pytest.approx(1.0)


def test_steps_end_at_the_maximum_that_a_search_finds():
    design, z, counts, weights, coefficients = problem(4, covariates=2, classes=3)

    def negative(free):
        logits = np.append(0.0, free[:2])
        return -log_posterior(design, z, counts, np.exp(logits) / np.exp(logits).sum(), free[2:].reshape(2, 3))

    best = minimize(negative, np.zeros(8), method="BFGS", options={"gtol": 1e-8})
    for _ in range(2000):
        weights, coefficients = m_step(design, z, counts=counts, weights=weights, coefficients=coefficients)
    assert log_posterior(design, z, counts, weights, coefficients) == pytest.approx(-best.fun, rel=1e-10)
    assert coefficients == pytest.approx(best.x[2:].reshape(2, 3), abs=1e-5)

"""EM for a finite mixture of Markov chains.

Each customer follows one of K chains, with weight w_k, initial distribution pi_k and transitions P^k:
    E: z_nk is proportional to w_k pi_k(s_n1) prod_ij (P^k_ij)^C_nij
    M: P^k is proportional to sum_n z_nk C_nij + mass x P0_ij, and so for pi_k
Blumen, Kogan & McCarthy (1955), generalised (the mover-stayer model); Frydman (1984), JASA 79, for its EM. The pooled
chain P0 is the prior mean of every P^k; where P0 is 0 a step is impossible and stays so.

The first state and the counts of steps are sufficient, so customers with the same of both are one row.
"""

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.numerics.markov import class_logit
from kundkarriar.numerics.markov.dirichlet_rows import shrunk_to_pooled
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities, log_probability
from kundkarriar.numerics.markov.pooled_chain import FIRST_PRIOR
from kundkarriar.numerics.markov.step_counts import StepCounts

TOLERANCE = 1e-7
"""EM ends where an iteration adds less than this per customer to the log-likelihood."""


def random_classes(counts: StepCounts, *, chains: int, generator: Generator) -> Array:
    """Class probabilities that EM may start from, (m, K)."""
    return generator.dirichlet(np.ones(chains), len(counts))


def fit_mixture(counts: StepCounts, z: Array, *, mass: float, pooled: Array, rounds: int) -> Mixture:
    """Mixture of chains by at most `rounds` iterations of EM from class probabilities z, (m, K).

    `mass` and `pooled` as of `dirichlet_rows.shrunk_to_pooled`.
    """
    return run_em(counts, m_step(counts, z, mass=mass, pooled=pooled), mass=mass, pooled=pooled, rounds=rounds)


def run_em(counts: StepCounts, mixture: Mixture, *, mass: float, pooled: Array, rounds: int) -> Mixture:
    """EM from `mixture`, for at most `rounds` iterations or until one adds less than `TOLERANCE`."""
    before = -np.inf
    customers = counts.weights.sum()
    for _ in range(rounds):
        z, log_likelihood = class_probabilities(counts, mixture)
        value = float(np.sum(counts.weights * log_likelihood)) + mass * float(
            np.sum(pooled * log_probability(mixture.P))
        )
        if value - before < TOLERANCE * customers:
            break
        before = value
        mixture = m_step(counts, z, mass=mass, pooled=pooled, before=mixture)
    return mixture


def m_step(counts: StepCounts, z: Array, *, mass: float, pooled: Array, before: Mixture | None = None) -> Mixture:
    """M step: weights, initial distributions and transitions given the class probabilities z, (m, K).

    With covariates, the coefficients of the class logit take one step from those of `before`.
    """
    S, K = counts.states, z.shape[1]
    weighted = z * counts.weights[:, None]
    size = weighted.sum(axis=0) + 1.0
    known = counts.first >= 0
    entering, entered = (weighted, counts.first) if known.all() else (weighted[known], counts.first[known])
    first = np.stack([np.bincount(entered, weights=column, minlength=S) for column in entering.T])
    steps = np.asarray((counts.steps.T @ weighted).T).reshape(K, S, S)
    visited = first.sum(axis=0) + steps.sum(axis=(0, 1)) + steps.sum(axis=(0, 2)) > 0
    prior = first.sum(axis=0) + FIRST_PRIOR * (visited | ~visited.any())
    initial = first + mass * prior / prior.sum()
    P, seen = shrunk_to_pooled(steps, mass=mass, pooled=pooled)
    weights, coefficients = size / size.sum(), np.zeros((counts.design.shape[1], K))
    if len(coefficients) and before is not None:
        weights, coefficients = class_logit.m_step(
            counts.design, z, counts=counts.weights, weights=before.weights, coefficients=before.coefficients
        )
    return Mixture(
        coefficients=coefficients, weights=weights, initial=initial / initial.sum(axis=1, keepdims=True), P=P, seen=seen
    )

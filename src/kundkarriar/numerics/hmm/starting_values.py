"""Starting values of the fit of a hidden Markov model, from groups of customers by their purchases."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.numerics.hmm.forward_backward import Sequences
from kundkarriar.numerics.hmm.objective import PosteriorObjective
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel

STAY = 0.8
LEAST_MEAN = 0.02


def starting_theta(objective: PosteriorObjective, *, generator: Generator, perturbed: bool) -> Array:
    """Starting theta, (k,): means of the states from groups of customers by purchases, perturbed for later starts."""
    sequences, space = objective.sequences, objective.unconstrained
    S = space.states
    means = _group_means(sequences, S)
    if perturbed:
        means = np.sort(means * np.exp(0.7 * generator.standard_normal(S)))
        means[0] *= generator.choice([0.1, 1.0])
    means = means * 1.2 ** np.arange(S)  # so that groups with equal means differ too
    stay = generator.uniform(0.6, 0.95) if perturbed else STAY
    P = np.full((S, S), (1 - stay) / max(S - 1, 1)) + np.eye(S) * (stay - (1 - stay) / max(S - 1, 1))
    below = np.cumsum(P, axis=1)[:, :-1]
    model = HiddenMarkovModel(
        initial=np.full((2, S), 1.0 / S),
        mu=np.log(below / (1 - below)),
        rho=np.zeros((S, space.contacts)),
        m=means,
        k=np.full(S, np.inf if space.poisson else 2.0),
    )
    return space.theta(model)


def _group_means(sequences: Sequences, groups: int) -> Array:
    """Mean purchases a month in groups of equal size, from the customers who bought least, (groups,)."""
    present = sequences.observed >= 0
    means = np.where(present, sequences.y[sequences.observed], 0.0).sum(axis=0) / sequences.months
    order = np.argsort(means, kind="stable")
    cumulated = np.cumsum(sequences.weights[order])
    middle = (cumulated - sequences.weights[order] / 2) / cumulated[-1]
    group = np.minimum(middle * groups, groups - 1).astype(np.int64)
    weights = np.bincount(group, weights=sequences.weights[order], minlength=groups)
    total = np.bincount(group, weights=sequences.weights[order] * means[order], minlength=groups)
    return np.sort(np.maximum(total / np.maximum(weights, 1e-12), LEAST_MEAN))

"""Choice of the number of chains and of the prior mass by cross-validation."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.markov.em import fit_mixture, random_classes
from kundkarriar.numerics.markov.mixture import class_probabilities
from kundkarriar.numerics.markov.step_counts import StepCounts

FOLDS = 2
ROUNDS = 60
SAMPLE = 20_000
"""Customers used in the cross-validation, at most."""
LEAST_LOG_LIKELIHOOD = -50.0
"""Lower bound of a career's log-likelihood: a step estimated to be impossible costs this much, not everything."""


def held_out_log_likelihood(
    counts: StepCounts, row: Whole, *, choices: Sequence[tuple[int, float]], generator: Generator
) -> Array:
    """Mean log-likelihood of a held-out customer's career under each of `choices`, (chains, mass), (choices,).

    Customers, of whom each has the career of its `row` (n,), are split in two halves; chains fitted to either half are
    evaluated on the other.
    """
    some = np.sort(row)[generator.permutation(len(row))[:SAMPLE]]  # of careers, whoever comes first
    fold = generator.permutation(len(some)) % FOLDS
    total = np.zeros(len(choices))
    for held in range(FOLDS):
        training, test = (
            counts.weighted(np.bincount(some[half], minlength=len(counts))) for half in (fold != held, fold == held)
        )
        pooled = training.pooled_chain()
        for at, (chains, mass) in enumerate(choices):
            z = random_classes(training, chains=chains, generator=generator)
            mixture = fit_mixture(training, z, mass=mass, pooled=pooled, rounds=ROUNDS)
            _, log_likelihood = class_probabilities(test, mixture)
            total[at] += test.weights @ np.maximum(log_likelihood, LEAST_LOG_LIKELIHOOD)
    return total / len(some)

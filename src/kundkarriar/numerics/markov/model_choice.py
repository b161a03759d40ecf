"""Choice of the number of chains and of the prior mass by cross-validation."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.numerics.markov.em import fit_mixture
from kundkarriar.numerics.markov.mixture import class_probabilities
from kundkarriar.numerics.markov.step_counts import StepCounts

FOLDS = 2
ROUNDS = 60
SAMPLE = 20_000
"""Customers used in the cross-validation, at most."""
LEAST_LOG_LIKELIHOOD = -50.0
"""Lower bound of a career's log-likelihood: a step estimated to be impossible costs this much, not everything."""


def held_out_log_likelihood(counts: StepCounts, *, choices: Sequence[tuple[int, float]], generator: Generator) -> Array:
    """Mean log-likelihood of a held-out customer's career under each of `choices`, (chains, mass), (choices,).

    Customers, one a row, are split in two halves; chains fitted to either half are evaluated on the other.
    """
    counts = counts.at(
        np.argsort(counts.distinct()[1], kind="stable")
    )  # the halves are of careers, whoever comes first
    some = generator.permutation(len(counts))[:SAMPLE]
    fold = generator.permutation(len(some)) % FOLDS
    total = np.zeros(len(choices))
    for held in range(FOLDS):
        training, _ = counts.at(some[fold != held]).distinct()
        test, _ = counts.at(some[fold == held]).distinct()
        pooled = training.pooled_chain()
        for at, (chains, mass) in enumerate(choices):
            mixture = fit_mixture(training, chains=chains, mass=mass, pooled=pooled, generator=generator, rounds=ROUNDS)
            _, log_likelihood = class_probabilities(test, mixture)
            total[at] += test.weights @ np.maximum(log_likelihood, LEAST_LOG_LIKELIHOOD)
    return total / len(some)

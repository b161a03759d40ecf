"""Choice of the number of latent states by cross-validation."""

from collections.abc import Sequence

import numpy as np
from attrs import evolve
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.numerics.hmm.em import best_of_starts
from kundkarriar.numerics.hmm.forward_backward import Sequences
from kundkarriar.numerics.hmm.objective import PosteriorObjective
from kundkarriar.numerics.hmm.parameters import UnconstrainedHMM

FOLDS = 2
STARTS = 2
SAMPLE = 5_000
"""Different sequences used in the cross-validation, at most."""


def held_out_log_likelihood(
    sequences: Sequences, *, states: Sequence[int], contacts: int, poisson: bool, generator: Generator
) -> tuple[Array, int]:
    """Mean log-likelihood of a held-out customer under each number of `states` tried, (tried,), and the choice.

    Customers are split in two halves; models fitted to either half are evaluated on the other. The number of states
    rises until the log-likelihood falls. The choice is the smallest number within one standard error of the best; the
    standard error is that of the difference, customer by customer.
    """
    sample = sequences.sample(SAMPLE, generator)
    weights = np.maximum(np.rint(sample.weights), 1).astype(np.int64)
    held = generator.binomial(weights, 0.5).astype(np.float64)
    halves = [(evolve(sample, weights=one), other) for one, other in ((held, weights - held), (weights - held, held))]
    test_weights = np.stack([other for _, other in halves])
    total = test_weights.sum()
    log_likelihoods, mean = np.empty((0, FOLDS, len(sample))), np.empty(0)
    for count in states:
        own = np.empty((1, FOLDS, len(sample)))
        unconstrained = UnconstrainedHMM(states=count, contacts=contacts if count > 1 else 0, poisson=poisson)
        for fold, (training, _) in enumerate(halves):
            used = np.flatnonzero(training.weights > 0)
            objective = PosteriorObjective(sequences=training.at(used), unconstrained=unconstrained)
            theta = best_of_starts(objective, starts=STARTS if count > 1 else 1, generator=generator)
            own[0, fold] = evolve(objective, sequences=sample).log_likelihood(theta)
        log_likelihoods = np.concatenate([log_likelihoods, own])
        mean = np.sum(log_likelihoods * test_weights, axis=(1, 2)) / total
        if len(mean) > 1 and mean[-1] < mean[-2]:
            break
    best = int(np.argmax(mean))
    difference = log_likelihoods[best] - log_likelihoods
    variance = np.sum(test_weights * (difference - (mean[best] - mean)[:, None, None]) ** 2, axis=(1, 2)) / total
    close = mean >= mean[best] - np.sqrt(variance / total)
    return mean, states[int(np.argmax(close))]

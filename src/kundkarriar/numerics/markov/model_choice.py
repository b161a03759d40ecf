"""How many chains, and how much prior: judged on customers who were held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.numerics.markov.em import StepCounts, fit_mixture, memberships

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

FOLDS = 2
ROUNDS = 60
JUDGED = 20_000
"""Customers that choices are judged on, at most."""


def held_out_evidence(
    counts: StepCounts, *, choices: Sequence[tuple[int, float]], generator: Generator
) -> NDArray[np.float64]:
    """Mean log evidence of a held-out customer's career under each (chains, mass), (choices,).

    Customers are split in two halves; chains are fitted to one and asked of the other, both ways.

    Args:
        counts: careers, one row a customer.
        choices: number of chains and prior mass of each candidate.
        generator: the stream of the split and the starts.
    """
    some = generator.permutation(len(counts))[:JUDGED]
    fold = generator.permutation(len(some)) % FOLDS
    total = np.zeros(len(choices))
    for held in range(FOLDS):
        learnt, _ = counts.at(some[fold != held]).distinct()
        asked, _ = counts.at(some[fold == held]).distinct()
        pooled = learnt.pooled_chain()
        for at, (chains, mass) in enumerate(choices):
            mixture = fit_mixture(learnt, chains=chains, mass=mass, pooled=pooled, generator=generator, rounds=ROUNDS)
            _, evidence = memberships(asked, mixture)
            total[at] += asked.weights @ np.maximum(evidence, RARE)
    return total / len(some)


RARE = -50.0
"""A career that holds a step thought impossible costs this much, not everything."""

"""How many hidden states: judged on customers who were held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from kundkarriar.numerics.hmm.em import searched
from kundkarriar.numerics.hmm.objective import HiddenSurface, with_paths
from kundkarriar.numerics.hmm.parameters import HiddenCoordinates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.hmm.forward_backward import Paths

    Array = NDArray[np.float64]

FOLDS = 2
STARTS = 2
JUDGED = 5_000
"""Different paths that choices are judged on, at most."""


def held_out_evidence(
    paths: Paths, *, states: Sequence[int], contacts: int, poisson: bool, generator: Generator
) -> tuple[Array, int]:
    """Mean log evidence of a held-out customer under each number of states tried, (tried,), and the choice.

    Customers are split in two halves; chains are fitted to one and asked of the other, both ways, with ever more states
    until they foretell less. Taken is the smallest number within one standard error of the best: of the difference
    customer by customer, not of each.

    Args:
        paths: the customers' months.
        states: the numbers of states, rising.
        contacts: how many contacts move customers.
        poisson: whether counts are Poisson.
        generator: the stream of the split and the starts.
    """
    some = paths.some(JUDGED, generator)
    weights = np.maximum(np.rint(some.weights), 1).astype(np.int64)
    held = generator.binomial(weights, 0.5).astype(np.float64)
    halves = [(evolve(some, weights=one), other) for one, other in ((held, weights - held), (weights - held, held))]
    asked = np.stack([other for _, other in halves])
    total = asked.sum()
    every, mean = np.empty((0, FOLDS, len(some))), np.empty(0)
    for count in states:
        evidence = np.empty((1, FOLDS, len(some)))
        coordinates = HiddenCoordinates(states=count, contacts=contacts if count > 1 else 0, poisson=poisson)
        for fold, (learnt, _) in enumerate(halves):
            there = np.flatnonzero(learnt.weights > 0)
            surface = HiddenSurface(paths=learnt.at(there), coordinates=coordinates)
            theta = searched(surface, starts=STARTS if count > 1 else 1, generator=generator)
            evidence[0, fold] = with_paths(surface, some).evidence(theta)
        every = np.concatenate([every, evidence])
        mean = np.sum(every * asked, axis=(1, 2)) / total
        if len(mean) > 1 and mean[-1] < mean[-2]:
            break
    best = int(np.argmax(mean))
    apart = every[best] - every
    spread = np.sum(asked * (apart - (mean[best] - mean)[:, None, None]) ** 2, axis=(1, 2)) / total
    close = mean >= mean[best] - np.sqrt(spread / total)
    return mean, states[int(np.argmax(close))]

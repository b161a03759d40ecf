"""Averages over mixtures of Markov chains and their posterior intervals; checks of `level` and `draws`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.ladder.movement.movement import AveragedChains
from kundkarriar.numerics.markov.mixture import Mixture, draw_chains


def with_interval(
    movement: AveragedChains, statistic: Callable[[Mixture, Array], Array], *, level: float, draws: int, seed: int
) -> tuple[Array, Array, Array]:
    """Average of `statistic` over the mixtures, and its central intervals over posterior draws of their chains."""
    require_level(level)
    require_whole_draws(draws)
    pairs = list(zip(movement.members, movement.visits, strict=True))
    centre = np.mean([statistic(member, visits) for member, visits in pairs], axis=0)
    generator = np.random.default_rng(seed)
    drawn = [
        statistic(draw_chains(member, generator=generator), visits)
        for member, visits in (pairs[draw % len(pairs)] for draw in range(draws))
    ]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return centre, low, high


def mean_over_chains(visits: Array, by_chain: Array) -> Array:
    """Average of a (K, S) array over the chains of the customers in each state, (S,)."""
    return np.asarray(np.einsum("sk,ks->s", visits, by_chain))


def require_level(level: float) -> None:
    """Refuse the level of an interval that is not between 0 and 1.

    Raises:
        DataError: it is not.
    """
    if not 0 < level < 1:
        raise DataError.because(f"`level` must lie between 0 and 1, got {level}.", hint="level=0.9.")


def require_whole_draws(draws: Any) -> None:
    """Refuse a number of draws that is not a whole number of at least 1.

    Raises:
        DataError: it is not.
    """
    if not (isinstance(draws, int | np.integer) and not isinstance(draws, bool) and draws >= 1):
        raise DataError.because(f"`draws` must be a whole number of at least 1, got {draws!r}.", hint="draws=200.")

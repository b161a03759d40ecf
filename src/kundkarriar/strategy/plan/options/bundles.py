"""Bundles: the actions that one customer may get together."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.strategy.specs.action import Action

MOST_BUNDLES = 500
"""Bundles of one plan: each is a column of what it adds to every customer."""


@frozen
class Bundle:
    """One or several actions on a customer.

    Attributes:
        actions: their positions in the plan's actions, ascending.
        name: their names, joined by " + ".
    """

    actions: tuple[int, ...]
    name: str


def bundles_of(actions: Sequence[Action], *, most: int = 1) -> tuple[Bundle, ...]:
    """Each action by itself, in the order given, then all sets of 2 to `most` actions with effects.

    An action on a promotion is in no set: its effect holds all that the step brings.

    Raises:
        DataError: there are more than 500 bundles.
    """
    together = [at for at, each in enumerate(actions) if each.effects and not each.acts_on_promotion]
    sets: list[tuple[int, ...]] = [(at,) for at in range(len(actions))]
    for size in range(2, min(most, len(together)) + 1):
        for each in combinations(together, size):
            sets.append(each)
            if len(sets) > MOST_BUNDLES:
                raise DataError.because(
                    f"{len(actions)} actions make more than {MOST_BUNDLES} bundles of at most {most}.",
                    hint="allow fewer actions for each customer (most_actions=2), or plan fewer actions.",
                )
    return tuple(Bundle(each, " + ".join(actions[at].name for at in each)) for each in sets)


def members(bundles: Sequence[Bundle], *, actions: int) -> Array:
    """Whether each action is in each bundle, as 1 and 0, (A, B)."""
    table = np.zeros((actions, len(bundles)))
    for at, bundle in enumerate(bundles):
        table[list(bundle.actions), at] = 1.0
    return table


def by_bundle(amounts: Array, bundles: Sequence[Bundle]) -> Array:
    """Sums over the actions of each bundle, (m, B), of amounts by action, (m, A)."""
    if len(bundles) == amounts.shape[1]:
        return amounts
    return np.asarray(amounts @ members(bundles, actions=amounts.shape[1]))

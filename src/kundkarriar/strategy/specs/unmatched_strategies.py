"""Strategies that no customer can have: what they ask cannot be, or the strategies before them leave nobody."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.history.as_of.possible_facts import NESTED, fact_values, possible_facts
from kundkarriar.rules.shadowing import OrderedRule, Shadowed, shadowed
from kundkarriar.rules.value_combinations import value_combinations
from kundkarriar.strategy.specs.strategy import Strategy

SHARES = (
    *("p_alive", "p_leaves", "p_paused", "p_purchase", "p_promotion", "p_moving", "p_recurring", "p_exclusive"),
    *("rung_position", "highest_position"),
)
"""Columns of scores, groups and ladders that lie between 0 and 1."""


def refuse_unmatched(strategies: tuple[Strategy, ...]) -> None:
    """Refuse a strategy that can be nobody's first, whatever the values of the columns.

    A strategy that asks a user's function counts as one that can be, and leaves customers to those after it. Conditions
    that distinguish too many cases are not examined.

    Raises:
        DataError: a strategy can never match, the first of them.
    """
    try:
        found = _unmatched_at_once(strategies)
    except TypeError:  # a user's function that has no hash
        found = unmatched(strategies)
    for idle in found[:1]:
        name, when = strategies[idle.at].name, strategies[idle.at].when
        if not idle.by:
            raise DataError.because(
                f"the strategy {name!r} can never match: nobody can meet `{when}`.",
                hint="ask for values that the columns can have together, or leave the strategy out.",
            )
        before = " or ".join(repr(strategies[at].name) for at in idle.by)
        raise DataError.because(
            f"the strategy {name!r} can never match: wherever `{when}` holds, {before} holds too and comes before it.",
            hint="the first that holds wins: put the special ones first, and the one that takes the rest last.",
        )


@lru_cache(maxsize=64)
def _unmatched_at_once(strategies: tuple[Strategy, ...]) -> list[Shadowed]:
    """`unmatched`, found once for equal strategies: every plan and career that is read back has them again."""
    return unmatched(strategies)


def unmatched(strategies: Sequence[Strategy], *, words: Mapping[str, Sequence[str]] | None = None) -> list[Shadowed]:
    """The strategies that can be nobody's first; `words` are the only values of columns of text."""

    def known(edges: Mapping[str, set[Any]]) -> dict[str, list[Any]]:
        facts = {name: [*values, np.nan] for name, values in fact_values(edges).items()}  # customers may lack facts
        texts = {name: [*own, None] for name, own in (words or {}).items() if name in edges}
        ids = edges.get("customer_id", {0.0})
        named = {"customer_id": [*ids, "\0"]} if all(isinstance(each, str) for each in ids) else {}  # never missing
        return {**facts, **{name: _shares(edges[name]) for name in SHARES if name in edges}, **texts, **named}

    asked = [each.when for each in strategies]
    frame = value_combinations(asked, known=known, possible=possible_facts, together=NESTED)
    return [] if frame is None else shadowed([OrderedRule([when], [when]) for when in asked], frame)


def _shares(edges: set[Any]) -> list[Any]:
    """Values from 0 to 1: the limits, one between any two of them, and a missing one."""
    ends = sorted({0.0, 1.0, *(float(edge) for edge in edges if not isinstance(edge, str) and 0 <= edge <= 1)})
    return [*ends, *((low + high) / 2 for low, high in pairwise(ends)), np.nan]

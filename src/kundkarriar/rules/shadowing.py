"""Rules in order of precedence, and those among them that can never be the first one to hold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from kundkarriar.arrays import Mask
from kundkarriar.frames import narrow
from kundkarriar.rules.condition import Condition


class OrderedRule(NamedTuple):
    """A rule in an order of precedence.

    Attributes:
        opens: conditions of which one has to hold for the rule to hold.
        blocks: conditions of which one is enough for the rule to hold; those with a user's function are not counted,
            for it may return anything.
    """

    opens: Sequence[Condition]
    blocks: Sequence[Condition]


class Shadowed(NamedTuple):
    """A rule that is never the first to hold.

    Attributes:
        at: its position.
        by: positions of the rules before it of which one holds wherever it holds; none where it never holds.
    """

    at: int
    by: tuple[int, ...]


def shadowed(rules: Sequence[OrderedRule], frame: pd.DataFrame) -> list[Shadowed]:
    """The rules that are never the first to hold, in any row of a frame of `value_combinations`.

    A rule with a user's function counts as one that can be first, for the function may return anything.

    >>> import kundkarriar as kk
    >>> from kundkarriar.rules.value_combinations import value_combinations
    >>> age = kk.column("age")
    >>> asked = [age >= 18, age >= 65, age.between(5, 17) & (age > 20)]
    >>> shadowed([OrderedRule([each], [each]) for each in asked], value_combinations(asked))
    [Shadowed(at=1, by=(0,)), Shadowed(at=2, by=())]
    """
    found: list[Shadowed] = []
    before: list[Mask] = []
    for at, rule in enumerate(rules):
        if not any(condition.functions() for condition in rule.opens):
            holds = _one_holds(rule.opens, frame)
            by = [other for other, mask in enumerate(before) if mask[holds].any()]
            if not holds.any() or (by and np.logical_or.reduce([before[other][holds] for other in by]).all()):
                found.append(Shadowed(at, tuple(by)))
        before.append(_one_holds([condition for condition in rule.blocks if not condition.functions()], frame))
    return found


def _one_holds(conditions: Sequence[Condition], frame: pd.DataFrame) -> Mask:
    nowhere, table = np.zeros(len(frame), dtype=bool), narrow(frame, need="shadowed")
    return np.asarray(np.logical_or.reduce([nowhere, *(condition.holds(table) for condition in conditions)]))

"""Combinations of values of columns that cover every case which conditions distinguish."""

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from kundkarriar.arrays import Mask
from kundkarriar.errors import DataError
from kundkarriar.rules.comparison import OneOf
from kundkarriar.rules.condition import Condition, Question

FEW_CASES = 1_000
"""Of more combinations than this, values of a column are left out that answer every question as another one does."""
MOST_CASES = 1_000_000
"""Conditions with more combinations of values than this are not examined."""
Edges: TypeAlias = Mapping[str, set[Any]]
"""The values that each column is compared with."""


def _none_known(_: Edges) -> dict[str, list[Any]]:
    return {}


def _all_possible(frame: pd.DataFrame) -> Mask:
    return np.ones(len(frame), dtype=bool)


def value_combinations(
    conditions: Iterable[Condition],
    *,
    known: Callable[[Edges], Mapping[str, list[Any]]] = _none_known,
    possible: Callable[[pd.DataFrame], Mask] = _all_possible,
    together: Collection[str] = (),
) -> pd.DataFrame | None:
    """Combinations of values that cover every case which the conditions distinguish, one row each; None if too many.

    Each column has the limits that it is compared with, values between and beyond them, and a missing value.

    Args:
        conditions: the conditions; what their functions read is not among the columns.
        known: the values that the columns whose values are known can have, given what they are compared with.
        possible: the combinations that there can be.
        together: the columns that `possible` reads, all of whose values are kept.

    Raises:
        DataError: a column is compared with values of several kinds.

    >>> import kundkarriar as kk
    >>> value_combinations([(kk.column("age") >= 18) & kk.column("vip").equals(True)])["age"].unique().tolist()
    [17.0, 18.0, 19.0, nan]
    """
    edges: dict[str, set[Any]] = {}
    questions = [each for condition in conditions for each in condition.questions()]
    for each in questions:
        match each.comparison:
            case OneOf(values=limits):
                pass
            case other:
                limits = other.limits
        edges.setdefault(each.column, set()).update(limits)
    values = {name: _values(name, own) for name, own in edges.items()}
    values |= known(edges)
    if _count(values) > FEW_CASES:
        values |= {name: _told_apart(name, own, questions) for name, own in values.items() if name not in together}
    if (count := _count(values)) > MOST_CASES:
        return None
    at = np.indices([len(own) for own in values.values()]).reshape(len(values), count)
    frame = pd.DataFrame(
        {name: _column(own).take(rows).array for (name, own), rows in zip(values.items(), at, strict=True)},
        index=range(count),
    )
    return frame[possible(frame)].reset_index(drop=True)


def _column(values: list[Any]) -> Any:
    """Values as a column; truth values are no objects, which would be read one by one."""
    return pd.Series(values, dtype="boolean" if any(isinstance(each, bool) for each in values) else None)


def _count(values: Mapping[str, list[Any]]) -> int:
    return math.prod(map(len, values.values()))


def _values(name: str, edges: set[Any]) -> list[Any]:
    """The limits of a column, a value between any two of them, one beyond either end, and a missing one."""
    kinds = {str if isinstance(edge, str) else bool if isinstance(edge, bool) else float for edge in edges}
    if len(kinds) > 1:
        raise DataError.because(
            f"the column `{name}` is compared with values of several kinds: {', '.join(sorted(map(repr, edges)))}.",
            hint="a column holds text, numbers or truth values.",
        )
    if kinds == {str}:
        return [*sorted(edges), "\0", None]
    if kinds == {bool}:
        return [True, False, None]
    ends = sorted(map(float, edges)) or [0.0]
    between = [(low + high) / 2 for low, high in itertools.pairwise(ends)]
    return [ends[0] - 1, *ends, *between, ends[-1] + 1, np.nan]


def _told_apart(name: str, values: list[Any], questions: Iterable[Question]) -> list[Any]:
    """One value for each different set of answers to the questions about a column."""
    frame = pd.DataFrame({name: pd.Series(values)})
    judged = [each.judge(frame) for each in questions if each.column == name]
    answers = np.array([side for judgement in judged for side in judgement]).T
    return [values[at] for at in sorted(np.unique(answers, axis=0, return_index=True)[1])]

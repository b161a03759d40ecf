"""Combinations of values of columns that cover every case which conditions distinguish."""

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from kundkarriar.arrays import Mask
from kundkarriar.errors import DataError
from kundkarriar.rules.comparison import OneOf
from kundkarriar.rules.condition import Condition, Joined, Negation, Question

FEW_CASES = 1_000
"""Of more combinations than this, values of a column are left out by which the conditions hold as by another one."""
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

    Each column has the limits that it is compared with, values between and beyond them, and a missing value. Cases are
    those in which a condition holds or not; of more than `FEW_CASES`, those in which it fails or is unknown are one.

    Args:
        conditions: the conditions; what their functions read is not among the columns.
        known: the values that the columns whose values are known can have, given what they are compared with.
        possible: the combinations that there can be.
        together: the columns that `possible` holds against each other; all values of two of them and more are kept.

    Raises:
        DataError: a column is compared with values of several kinds.

    >>> import kundkarriar as kk
    >>> value_combinations([(kk.column("age") >= 18) & kk.column("vip").equals(True)])["age"].unique().tolist()
    [17.0, 18.0, 19.0, nan]
    """
    edges: dict[str, set[Any]] = {}
    asked = [each for condition in conditions for each in _asked(condition)]
    for each, _ in asked:
        match each.comparison:
            case OneOf(values=limits):
                pass
            case other:
                limits = other.limits
        edges.setdefault(each.column, set()).update(limits)
    values = {name: _values(name, own) for name, own in edges.items()}
    values |= known(edges)
    if _count(values) > FEW_CASES:
        kept = shared if len(shared := values.keys() & set(together)) > 1 else ()
        values |= {name: _told_apart(name, own, asked) for name, own in values.items() if name not in kept}
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


def _asked(condition: Condition, *, answer: bool = True) -> Iterator[tuple[Question, bool]]:
    """The comparisons of a condition, each with the answer, holds or fails, that lets the condition hold."""
    match condition:
        case Question():
            yield condition, answer
        case Negation(negated=negated):
            yield from _asked(negated, answer=not answer)
        case Joined(parts=parts):
            for part in parts:
                yield from _asked(part, answer=answer)


def _told_apart(name: str, values: list[Any], asked: Iterable[tuple[Question, bool]]) -> list[Any]:
    """One value for each different set of the answers that let conditions hold."""
    frame = pd.DataFrame({name: pd.Series(values)})
    answers = [each.judge(frame)[0 if answer else 1] for each, answer in asked if each.column == name]
    return [values[at] for at in sorted(np.unique(np.array(answers).T, axis=0, return_index=True)[1])]

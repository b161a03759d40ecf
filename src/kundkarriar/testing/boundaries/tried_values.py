"""The values that are tried of each column that conditions read: just below, at and above each limit, and missing."""

from collections.abc import Iterable, Mapping
from itertools import product
from math import prod
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from kundkarriar.frames import is_missing
from kundkarriar.rules.comparison import Comparison, Limit, OneOf, Within
from kundkarriar.rules.condition import Question

MOST_ROWS = 20_000
ANOTHER_TEXT = "something else"
Tried: TypeAlias = "Mapping[str, list[Any]]"
"""The values of each column, sorted; last None, the missing value."""


def tried_values(questions: Iterable[Question]) -> dict[str, list[Any]]:
    """The values to try of each column that is asked.

    >>> import kundkarriar as kk
    >>> tried_values(((kk.column("age") >= 18) & kk.column("city").equals("Örebro")).questions())
    {'age': [17.0, 18.0, 19.0, None], 'city': ['Örebro', 'something else', None]}
    """
    values: dict[str, list[Any]] = {}
    for asked in questions:
        values.setdefault(asked.column, []).extend(values_around(asked.comparison))
    return {name: [*_distinct_sorted(tried), None] for name, tried in values.items()}


def values_around(comparison: Comparison) -> list[Any]:
    """Values for which a comparison is true and values for which it is false; none where it tests `is_missing`."""
    if isinstance(comparison, Limit):
        return _around_limit(comparison.value)
    if isinstance(comparison, Within):
        return [*_around_limit(comparison.low), *_around_limit(comparison.high)]
    if isinstance(comparison, OneOf):
        first = comparison.values[0]  # noqa: PD011 - not a frame
        if isinstance(first, bool):
            return [True, False]
        other = ANOTHER_TEXT if isinstance(first, str) else max(map(float, comparison.values)) + 1
        return [*comparison.values, other]  # noqa: PD011 - not a frame
    return []


def frame_of_rows(values: Tried, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Rows as a frame; a missing value is NaN in a column of numbers, None in one of texts or truth values."""
    columns = {}
    for at, (name, tried) in enumerate(values.items()):
        kind = object if any(isinstance(value, str | bool) for value in tried) else np.float64
        columns[name] = pd.Series(np.array([row[at] for row in rows], dtype=kind), dtype=kind)
    return pd.DataFrame(columns)


def combinations(choices: list[list[Any]], *, most: int) -> list[tuple[Any, ...]]:
    """All combinations, or `most` of them drawn at random with a fixed seed where there are more."""
    if prod(map(len, choices)) <= most:
        return list(product(*choices))
    generator = np.random.default_rng(0)
    at = [generator.integers(len(tried), size=most) for tried in choices]
    return [tuple(tried[i] for tried, i in zip(choices, row, strict=True)) for row in zip(*at, strict=True)]


def known_values(values: Tried) -> dict[str, list[Any]]:
    """The values that are not missing."""
    return {name: [value for value in tried if not is_missing(value)] for name, tried in values.items()}


def _around_limit(limit: float) -> list[float]:
    """Just below, at and just above a limit."""
    step = 1.0 if limit.is_integer() else abs(limit) / 100
    return [limit - step, limit, limit + step]


def _distinct_sorted(values: list[Any]) -> list[Any]:
    """Distinct values, numbers in ascending order; 0.0 where a column is only asked whether it is missing."""
    once = list(dict.fromkeys(values)) or [0.0]
    return once if any(isinstance(value, str | bool) for value in once) else sorted(once)

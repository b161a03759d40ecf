"""`joined`: what was evaluated group by group of rows, in the order of all rows."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from attrs import fields_dict

from kundkarriar.arrays import Array, Whole
from kundkarriar.models.interface.futures import FutureDraws, ResidualExpectation
from kundkarriar.numerics.increments.course import CourseDifference

Result = TypeVar(
    "Result",
    Array,
    ResidualExpectation,
    tuple[ResidualExpectation, ...],
    FutureDraws,
    tuple[FutureDraws, ...],
    CourseDifference,
    dict[str, Array],
)


def joined(groups: Sequence[Whole], parts: Sequence[Result], *, n: int) -> Result:
    """Arrays of the groups of rows, by name, as fields or in tuples too, in the order of all rows, (n, ...)."""
    first: Any = parts[0]
    whole: Any
    if isinstance(first, np.ndarray):
        whole = np.empty((n, *first.shape[1:]))
        for group, values in zip(groups, parts, strict=True):
            whole[group] = values
    elif first is None:
        whole = None
    elif isinstance(first, tuple):
        whole = tuple(joined(groups, each, n=n) for each in zip(*parts, strict=True))
    elif isinstance(first, dict):
        by_name: Sequence[Any] = parts
        whole = {name: joined(groups, [part[name] for part in by_name], n=n) for name in first}
    else:
        names = fields_dict(type(first))
        whole = type(first)(**{name: joined(groups, [getattr(part, name) for part in parts], n=n) for name in names})
    result: Result = whole
    return result

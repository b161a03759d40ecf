"""The design matrix of a model with covariates: columns of customers as numbers, one for each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.models.covariates.columns import CustomerColumn, Level

Levels: TypeAlias = tuple[tuple[str, tuple[Level, ...]], ...]


def label_of(column: str, level: Level) -> str:
    """The label of one level of a column.

    >>> label_of("channel", "web")
    'channel=web'
    """
    return f"{column}={level}"


def column_and_code(label: str, levels: Levels) -> tuple[str, int | None]:
    """The column of a label and the position of its level; None as position for a column of numbers.

    >>> column_and_code("channel=web", (("channel", ("store", "web")),)), column_and_code("age", ())
    (('channel', 1), ('age', None))
    """
    for column, names in levels:
        for code, level in enumerate(names):
            if label == label_of(column, level):
                return column, code
    return label, None


def design_matrix(sources: Sequence[CustomerColumn], *, labels: Sequence[str], levels: Levels) -> Array:
    """The values of each label for each customer, (n, m): a number, or 1 where the customer has the level, else 0.

    Args:
        sources: the columns of the customers, as given.
        labels: the labels of the m columns of the matrix, at least one.
        levels: the levels of each column that has them.

    Raises:
        DataError: a value is missing, is no number, or is none of the levels.
    """
    levels_of, by_name = dict(levels), {column.name: column for column in sources}
    codes = {name: column.codes(levels_of[name]) for name, column in by_name.items() if name in levels_of}
    numbers = {name: column.numbers() for name, column in by_name.items() if name not in levels_of}
    columns = []
    for label in labels:
        name, code = column_and_code(label, levels)
        columns.append(numbers[name] if code is None else (codes[name] == code).astype(np.float64))
    return np.stack(columns, axis=-1)

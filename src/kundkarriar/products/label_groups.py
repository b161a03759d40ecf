"""The groups that columns of labels make of customers, with their labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.arguments import read_names
from kundkarriar.arrays import Whole
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, is_missing, require

MOST_GROUPS = 10_000


@frozen(kw_only=True, eq=False)
class LabelGroups:
    """The groups of n customers.

    Attributes:
        code: the group of each customer, (n,), from 0 without gaps, in the order of the labels.
        labels: the labels of each group, by column; None where one is missing.
    """

    code: Whole
    labels: dict[str, list[Any]]

    @property
    def number(self) -> int:
        """The number of groups."""
        return len(next(iter(self.labels.values())))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self.labels)

    @classmethod
    def of(cls, columns: dict[str, list[Any]], *, need: str) -> LabelGroups:
        """The groups of columns of labels, (n,) each, crossed.

        Raises:
            DataError: labels that are no text, numbers, dates or truth values; more than 10,000 groups.
        """
        known = ([None if is_missing(each) else each for each in column] for column in columns.values())
        rows = list(zip(*known, strict=True))
        try:
            code, distinct = pd.factorize(np.fromiter(rows, dtype=object, count=len(rows)))
        except TypeError:
            raise DataError.because(
                f"{need} needs labels that are text, numbers, dates or truth values in {list(columns)}.",
                hint="make them text.",
            ) from None
        if len(distinct) > MOST_GROUPS:
            raise DataError.because(
                f"{need} takes at most {MOST_GROUPS:,} groups, and {list(columns)} make {len(distinct):,}.",
                hint="cut numbers into fifths first; put rare labels together.",
            )
        order = sorted(range(len(distinct)), key=lambda at: _sorted_by(distinct[at]))
        place = np.empty(len(distinct), dtype=np.int64)
        place[order] = np.arange(len(distinct))
        labels = {name: [distinct[at][i] for at in order] for i, name in enumerate(columns)}
        return cls(code=place[code] if len(code) else np.zeros(0, dtype=np.int64), labels=labels)


def read_by(by: Any, frame: NarrowFrame, *, taken: tuple[str, ...], need: str) -> tuple[str, ...]:
    """The names of the columns that make groups, at least one.

    Raises:
        DataError: no names; a column that is not there, or that has the name of one of the result, `taken`.
    """
    names = read_names(by, "by", empty=False)
    require(frame, names, need=need)
    if own := sorted(set(names) & set(taken)):
        raise DataError.because(
            f"{need} makes columns of its own that `by` names: {own}.", hint="rename the column of the groups."
        )
    return names


def _sorted_by(label: Any) -> tuple[tuple[int, float, str], ...]:
    """A key that sorts numbers by size, text by its letters, and what is missing last."""
    return tuple(
        (2, 0.0, "") if each is None else (0, float(each), "") if isinstance(each, int | float) else (1, 0.0, str(each))
        for each in label
    )

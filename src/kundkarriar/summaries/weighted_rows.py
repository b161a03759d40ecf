"""Rows of a model as arrays of one length, with the number of customers that each row stands for."""

from typing import Any, Self

import numpy as np
from attrs import fields
from numpy.typing import NDArray

from kundkarriar.arrays import Array
from kundkarriar.fields import as_floats
from kundkarriar.summaries.purchase_gaps import PurchaseGaps


def as_rows(given: Any) -> Any:
    """Converter to an array with a row of data per entry, of one where a number is given; None stays None.

    >>> as_rows(3), as_rows(None)
    (array([3.]), None)
    """
    return None if given is None else np.atleast_1d(as_floats(given))


class WeightedRows:
    """Base of the attrs classes of rows: each field is an array with a row of data per entry, or None.

    Attributes:
        weights: number of customers each row stands for, (n,).
    """

    __slots__ = ()

    weights: Array

    def __len__(self) -> int:
        return len(self.weights)

    def at(self, where: NDArray[Any]) -> Self:
        """The rows selected by a mask or by positions, in order."""
        kind: Any = type(self)
        values = {each.name: getattr(self, each.name) for each in fields(kind)}
        chosen: Self = kind(**{name: None if value is None else value[where] for name, value in values.items()})
        return chosen

    def ordered(self) -> Self:
        """The rows in an order of their values, so that sums over them round alike in any order of the customers."""
        kind: Any = type(self)
        given = [value for each in fields(kind) if (value := getattr(self, each.name)) is not None]
        columns = [column for value in given for column in _sorting(value)]
        return self.at(np.lexsort(columns[::-1]))


def _sorting(value: Any) -> Any:
    """The columns of a field by which its rows are sorted, (n,) each."""
    return [value.pattern()] if isinstance(value, PurchaseGaps) else np.atleast_2d(value.T)

"""Rows of a model as arrays of one length, with the number of customers that each row stands for."""

from __future__ import annotations

from typing import Any, Self

from attrs import fields
from numpy.typing import NDArray

from kundkarriar.arrays import Array


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

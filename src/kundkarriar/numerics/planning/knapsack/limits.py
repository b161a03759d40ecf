"""Caps and floors of an allocation."""

from typing import NamedTuple

from kundkarriar.arrays import Array
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE


class Limits(NamedTuple):
    """Caps and floors of what is used.

    Attributes:
        most: the largest sums, (R,); infinite without a cap.
        least: the smallest sums, (R,); minus infinity without a floor.
    """

    most: Array
    least: Array

    def hold(self, sums: Array) -> bool:
        """Whether sums (R,) are within the limits, up to ties."""
        slack = TIE_TOLERANCE * sums
        return bool(((sums - slack <= self.most) & (sums + slack >= self.least)).all())

    def less(self, sums: Array) -> "Limits":
        """What is left of the limits after some customers have used `sums` (R,)."""
        return Limits(self.most - sums, self.least - sums)

"""Other coordinates for the same parameters: a linear map before those there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]


@frozen(kw_only=True)
class LinearBlock:
    """theta of `inner` is `turn` x the coordinates of this block.

    Attributes:
        inner: the coordinates there are, of the same names; `turn` keeps what each of them is about.
        turn: an invertible matrix, (m, m), as rows.

    >>> from kundkarriar.numerics.optimize.unconstrained_parameters import PURCHASE_RATES, Coordinates
    >>> halved = LinearBlock(inner=Coordinates(blocks=(PURCHASE_RATES,)), turn=((0.5, 0.0), (0.0, 1.0)))
    >>> halved.natural(np.array([2.0, 0.0]), scale=1.0).round(4)
    array([1.    , 0.3679])
    """

    inner: Coordinates
    turn: tuple[tuple[float, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The coordinates."""
        return self.inner.names

    @property
    def low(self) -> tuple[float, ...]:
        """Lower edges: those of the inner coordinates, taken as edges of these."""
        return tuple(self.inner.low)

    @property
    def high(self) -> tuple[float, ...]:
        """Upper edges."""
        return tuple(self.inner.high)

    @property
    def positive(self) -> tuple[bool, ...]:
        """Which parameters are above 0."""
        return self.inner.positive

    def natural(self, theta: Array, *, scale: float) -> Array:
        """The parameters, (..., m)."""
        return self.inner.natural(theta @ self._turn.T, scale=scale)

    def working(self, values: Array, *, scale: float) -> Array:
        """The coordinates of the parameters, (..., m)."""
        inner = self.inner.working(values, scale=scale)
        return np.asarray(np.linalg.solve(self._turn, inner[..., None])[..., 0])

    def within(self, values: Array) -> Array:
        """Inside e^-28..e^28, (..., m)."""
        return self.inner.within(values)

    def slopes(self, theta: Array) -> Array:
        """Parameter by coordinate, (..., m, m)."""
        return np.asarray(self.inner.slopes(theta @ self._turn.T) @ self._turn)

    def bend(self, theta: Array, gradient: Array) -> Array:
        """Second slopes under `gradient`, (..., m, m)."""
        return np.asarray(self._turn.T @ self.inner.bend(theta @ self._turn.T, gradient) @ self._turn)

    @property
    def _turn(self) -> Array:
        return np.array(self.turn)

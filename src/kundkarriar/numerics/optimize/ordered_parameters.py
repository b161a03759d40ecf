"""Numbers that rise strictly, as coordinates that may be anything: the first, then the logarithms of the gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEAST_GAP = 1e-5


def rising(free: Array) -> Array:
    """The numbers that coordinates stand for, (..., k).

    >>> rising(np.array([1.0, 0.0, 0.0]))
    array([1., 2., 3.])
    """
    return np.cumsum(np.concatenate([free[..., :1], np.exp(free[..., 1:])], axis=-1), axis=-1)


def coordinates_of(values: Array) -> Array:
    """The coordinates of rising numbers, (..., k); a gap below `LEAST_GAP` counts as that.

    >>> coordinates_of(np.array([1.0, 2.0, 3.0]))
    array([1., 0., 0.])
    """
    gaps = np.maximum(np.diff(values, axis=-1), LEAST_GAP)
    return np.concatenate([values[..., :1], np.log(gaps)], axis=-1)


def pulled_back(free: Array, slopes: Array) -> Array:
    """Slopes in the coordinates, of slopes in the numbers, (..., k): a gap moves every number above it.

    >>> pulled_back(np.array([1.0, 0.0]), np.array([2.0, 3.0]))
    array([5., 3.])
    """
    above = np.cumsum(slopes[..., ::-1], axis=-1)[..., ::-1]
    return np.concatenate([above[..., :1], above[..., 1:] * np.exp(free[..., 1:])], axis=-1)

"""A model whose working coordinates are shifted row by row: theta_i = X_i tau.

Static covariates move a model's coordinates, each by a weighted sum of columns: coordinate c of row i is the sum of
`columns[i, j] x tau[at[j]]`. Values, slopes and bends in tau are those in theta, carried through that linear map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    Total: TypeAlias = tuple[float, NDArray[np.float64], NDArray[np.float64]]

Array: TypeAlias = NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class Shifted:
    """One coordinate of every row, as a weighted sum of the searched ones.

    Attributes:
        at: which of tau it hangs on, (m,).
        columns: with what weights, (n, m).
    """

    at: NDArray[np.int64]
    columns: Array

    def some(self, where: slice) -> Shifted:
        """The same for some rows."""
        return Shifted(at=self.at, columns=self.columns[where])


def theta_of(tau: Array, coordinates: Sequence[Shifted]) -> Array:
    """The coordinates of each row, (n, k); (S, n, k) at many points tau (S, K).

    >>> level = Shifted(at=np.array([0, 1]), columns=np.array([[1.0, 0.0], [1.0, 1.0]]))
    >>> theta_of(np.array([3.0, 0.5]), [level])
    array([[3. ],
           [3.5]])
    """
    return np.stack([tau[..., one.at] @ one.columns.T for one in coordinates], axis=-1)


def carried(value: Array, gradient: Array, hessian: Array, *, coordinates: Sequence[Shifted], size: int) -> Total:
    """The sum over rows with its gradient (K,) and Hessian (K, K) in tau.

    Args:
        value: of each row, (n,).
        gradient: in the row's own coordinates, (n, k).
        hessian: the same, (n, k, k).
        coordinates: k of them.
        size: K, how many tau there are.
    """
    slopes, bends = np.zeros(size), np.zeros((size, size))
    for c, one in enumerate(coordinates):
        np.add.at(slopes, one.at, one.columns.T @ gradient[:, c])
        for d, other in enumerate(coordinates):
            part = (one.columns * hessian[:, c, d, None]).T @ other.columns
            bends[np.ix_(one.at, other.at)] += part
    return float(value.sum()), slopes, bends

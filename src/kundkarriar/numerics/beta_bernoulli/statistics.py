"""Everything that the likelihood of BG/BB needs of a customer base, counted once before a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kundkarriar.numerics.beta_bernoulli.trailing_nonpurchase_table import Silences
from kundkarriar.numerics.special.rising_factorial import above

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class OpportunityCounts:
    """A customer base as counts, and the customers that fell silent.

    Attributes:
        taken: customers with more than j opportunities taken, j = 0, 1, ....
        refused: customers with more than j not taken before the last one taken.
        alive: customers surely alive at more than j opportunities: those up to the last one taken.
        silences: customers for whom opportunities passed after the last one taken, grouped.
    """

    taken: Array
    refused: Array
    alive: Array
    silences: Silences

    @classmethod
    def of(cls, *, x: Array, t_x: Array, n: Array, weights: Array) -> OpportunityCounts:
        """Count rows of x opportunities taken of n, the last of them the t_x-th.

        >>> import numpy as np
        >>> one = np.ones(1)
        >>> counts = OpportunityCounts.of(x=2 * one, t_x=3 * one, n=5 * one, weights=7 * one)
        >>> counts.taken, counts.refused, counts.alive, counts.silences.longest
        (array([7., 7.]), array([7.]), array([7., 7., 7.]), array([2]))
        """
        silent = n > t_x
        return cls(
            taken=above(x, weights),
            refused=above(t_x - x, weights),
            alive=above(t_x, weights),
            silences=Silences.of(x=x[silent], t_x=t_x[silent], gap=(n - t_x)[silent], weights=weights[silent]),
        )

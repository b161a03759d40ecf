"""Purchase histories of customers, as the mixture of buyer groups reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, field, fields_dict, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.fields import as_floats


@frozen(kw_only=True, eq=False)
class Histories:
    """Purchase histories of customers, one a row.

    Attributes:
        x, t_x, T, gap_log_sum: repeat purchases, age at the last, age now, sum of the logarithms of the gaps, (n,).
        share: share of wallet, (n,); NaN where it is unknown.
        weights: customers that a row stands for, (n,).
    """

    x: Array = field(converter=as_floats)
    t_x: Array = field(converter=as_floats)
    T: Array = field(converter=as_floats)
    gap_log_sum: Array = field(converter=as_floats)
    share: Array = field(converter=as_floats)
    weights: Array = field(converter=as_floats)

    def __len__(self) -> int:
        return len(self.x)

    def at(self, where: NDArray[Any]) -> Histories:
        """The rows under a mask or at positions."""
        return Histories(**{name: getattr(self, name)[where] for name in fields_dict(Histories)})

    def ordered(self) -> Histories:
        """The rows in an order of their values, so that a fit does not depend on the order of the customers."""
        return self.at(np.lexsort([getattr(self, name) for name in fields_dict(Histories)]))

    def distinct(self) -> tuple[Histories, Whole]:
        """Each different history once, weighted, and the position of each row's history among them, (n,)."""
        code = np.zeros(len(self), dtype=np.int64)
        for values in (self.x, self.t_x, self.T, self.gap_log_sum, np.nan_to_num(self.share, nan=-1.0)):
            _, own = np.unique(values.round(9), return_inverse=True)
            # numbered anew after each column: a product of all would not fit into an integer
            _, first, code = np.unique(
                code * (int(own.max(initial=0)) + 1) + own, return_index=True, return_inverse=True
            )
        return evolve(self.at(first), weights=np.bincount(code, weights=self.weights)), code

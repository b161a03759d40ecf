"""`RateAhead`: what multiplies the rate of first purchases from now on, such as an action."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array


@frozen(kw_only=True, eq=False)
class RateAhead:
    """What multiplies the rate of first purchases from now on, piecewise constant; 1 after the last edge.

    Attributes:
        edges: ends of the pieces in months from now, from 0, (k + 1,).
        factor: the factor in each piece, (k,).

    >>> RateAhead(edges=np.array([0.0, 2.0]), factor=np.array([3.0])).exposure(np.array([1.0, 4.0]))
    array([3., 8.])
    """

    edges: Array
    factor: Array

    def exposure(self, months: Array) -> Array:
        """Months that count, with the factors, up to each of `months` from now."""
        inside = np.clip(months[..., None], self.edges[:-1], self.edges[1:]) - self.edges[:-1]
        return np.asarray(inside @ self.factor + np.maximum(months - self.edges[-1], 0.0))

    def months_at(self, exposure: Array) -> Array:
        """Months from now at which so much counts: the inverse of `exposure`; infinite where it is."""
        counted = np.append(0.0, np.cumsum(np.diff(self.edges) * self.factor))
        inner = np.interp(exposure, counted, self.edges)
        return np.where(exposure > counted[-1], self.edges[-1] + exposure - counted[-1], inner)
